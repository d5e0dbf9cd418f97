/* SimpleNet at work on generated photographs: noise, epochs, and the same bits on any number of threads without the
 * reference backend's help and without new memory. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "autograd/ops.h"
#include "datasets/png_write.h"
#include "models/simplenet/anomalous_features.h"
#include "models/simplenet/checkpoint.h"
#include "models/simplenet/reassociated_step.h"
#include "models/simplenet/scoring.h"
#include "models/simplenet/testing.h"
#include "models/simplenet/training.h"
#include "tensor/random.h"
#include "tensor/safetensors.h"
#include "tests/support/formula.h"
#include "tests/support/image_files.h"

/* ---- noise ---- */

static SnSimpleNetSettings noise_settings(double sigma, int64_t mix) {
  SnSimpleNetSettings settings;
  sn_settings_preset("paper", &settings);
  settings.sigma = sigma;
  settings.noise_mix = mix;
  settings.seed = 3;
  return settings;
}

static const float *noise_of(const SnSimpleNetSettings *settings, int64_t rows, int64_t channels, uint32_t step) {
  SnTensor *noise = sn_anomalous_noise(settings, SN_FLOAT32, rows, channels, step);
  if (!noise) fail_msg("%s", sn_error());
  assert_true(sn_has_shape(noise, 2, (int64_t[]){rows, channels}));
  return sn_float_data(noise);
}

static void test_noise(void **state) {
  (void)state;
  enum { ROWS = 500, WIDTH = 64, COUNT = ROWS * WIDTH };
  SnScope *scope = sn_scope_open();
  SnSimpleNetSettings settings = noise_settings(0.015, 1), other = settings;
  const float *noise = noise_of(&settings, ROWS, WIDTH, 1);
  assert_memory_equal(noise, noise_of(&settings, ROWS, WIDTH, 1), COUNT * sizeof *noise);
  assert_memory_equal(noise, noise_of(&settings, 10, WIDTH, 1), 10 * WIDTH * sizeof *noise); /* of position only */
  assert_memory_not_equal(noise, noise_of(&settings, ROWS, WIDTH, 2), WIDTH * sizeof *noise);
  other.seed = 4;
  assert_memory_not_equal(noise, noise_of(&other, ROWS, WIDTH, 1), WIDTH * sizeof *noise);
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < COUNT; i++) {
    double z = (double)noise[i] / 0.015;
    sum += z;
    squares += z * z;
    fourth += z * z * z * z;
  }
  /* five standard errors */
  assert_true(fabs(sum / COUNT) < 5 / sqrt(COUNT));
  assert_true(fabs(squares / COUNT - 1) < 5 * sqrt(2.0 / COUNT));
  assert_true(fabs(fourth / COUNT - 3) < 5 * sqrt(96.0 / COUNT));
  sn_scope_close(scope);
}

static void test_noise_of_no_deviation(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  for (int64_t mix = 1; mix <= 3; mix += 2) {
    SnSimpleNetSettings settings = noise_settings(0, mix);
    const float *noise = noise_of(&settings, 7, 5, 1);
    for (int i = 0; i < 35; i++) assert_true(noise[i] == 0);
  }
  sn_scope_close(scope);
}

/* Row r of the mixed noise is row r of the unit noise times sigma 1.1^k of its own k. */
static void test_mixed_noise(void **state) {
  (void)state;
  enum { ROWS = 300, WIDTH = 9, MIX = 3 };
  SnScope *scope = sn_scope_open();
  SnSimpleNetSettings unit = noise_settings(1, 1), mixed = noise_settings(0.2, MIX);
  const float *z = noise_of(&unit, ROWS, WIDTH, 5), *noise = noise_of(&mixed, ROWS, WIDTH, 5);
  int64_t times[MIX] = {0};
  for (int row = 0; row < ROWS; row++) {
    double first = (double)noise[row * WIDTH] / (double)z[row * WIDTH];
    int k = (int)lround(log(first / 0.2) / log(1.1));
    assert_in_range(k, 0, MIX - 1);
    times[k]++;
    for (int i = row * WIDTH; i < (row + 1) * WIDTH; i++)
      assert_true(fabs((double)noise[i] - 0.2 * pow(1.1, k) * (double)z[i]) <= 1e-6 * fabs((double)noise[i]));
  }
  for (int k = 0; k < MIX; k++) /* five standard errors around 100 */
    assert_in_range(times[k], 59, 141);
  assert_memory_equal(noise, noise_of(&mixed, ROWS, WIDTH, 5), ROWS * WIDTH * sizeof *noise);
  sn_scope_close(scope);
}

/* ---- epochs, on features by formula ---- */

enum { IMAGES = 8, POSITIONS = 16, CHANNELS = 10 };

static SnTraining *new_training(int64_t batch, int64_t cosine) {
  SnSimpleNetSettings settings;
  sn_settings_preset("paper", &settings);
  settings.hidden = 12;
  settings.batch = batch;
  settings.cosine = cosine;
  settings.epochs = 8;
  settings.seed = 11;
  SnSimpleNet *model = sn_simplenet_new_head(&settings, CHANNELS, SN_FLOAT32);
  SnTensor *features = formula_tensor("features", 1, 0, SN_FLOAT32, SN_SHAPE(IMAGES, POSITIONS, CHANNELS));
  SnTraining *training = sn_training_new(model, 1, &features);
  if (!training) fail_msg("%s", sn_error());
  return training;
}

static void expect_same_heads(const SnTraining *a, const SnTraining *b) {
  SnStateDict *x = sn_state_dict_new(), *y = sn_state_dict_new();
  assert_true(sn_module_state(&a->model->head, "", x) && sn_module_state(&b->model->head, "", y));
  for (int64_t i = 0; i < x->tensor_count; i++)
    assert_memory_equal(x->tensors[i].tensor->array.data, y->tensors[i].tensor->array.data,
                        (size_t)sn_count(x->tensors[i].tensor) * sizeof(float));
}

/* The images order[0..count), one below the other. */
static SnTensor *rows_of(const SnTensor *features, const int64_t *order, int64_t count) {
  SnTensor *rows = sn_empty(SN_FLOAT32, SN_SHAPE(count * POSITIONS, CHANNELS));
  for (int64_t i = 0; i < count; i++)
    memcpy((float *)rows->array.data + i * POSITIONS * CHANNELS,
           (const float *)features->array.data + order[i] * POSITIONS * CHANNELS, POSITIONS * CHANNELS * sizeof(float));
  return rows;
}

/* Algorithm 1 by hand: each epoch in its own order, batches of 3, 3 and 2, noise by the number of the step. */
static void test_epochs_are_steps(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnTraining *whole = new_training(3, SN_COSINE_NO), *single = new_training(3, SN_COSINE_NO);
  int64_t previous[IMAGES] = {0};
  uint32_t step = 0;
  for (uint32_t epoch = 1; epoch <= 2; epoch++) {
    SnTrainingResult result, mean = {0}, one;
    if (!sn_training_epoch(whole, &result, NULL, NULL)) fail_msg("%s", sn_error());
    int64_t order[IMAGES];
    sn_permutation(11, SN_STREAM_SHUFFLE, epoch, IMAGES, order);
    assert_memory_not_equal(order, previous, sizeof order);
    memcpy(previous, order, sizeof order);
    for (int64_t first = 0; first < IMAGES; first += 3) {
      int64_t count = IMAGES - first < 3 ? IMAGES - first : 3;
      SnTensor *noise = sn_anomalous_noise(&single->model->settings, SN_FLOAT32, count * POSITIONS, CHANNELS, ++step);
      SnTensor *rows = rows_of(single->parts[0], order + first, count);
      SnTensor *part = sn_reshape(rows, SN_SHAPE(count, POSITIONS, CHANNELS));
      assert_true(sn_reassociated_step(single, 1, &part, noise, &one));
      mean.loss += one.loss / 3;
      mean.p_true += one.p_true / 3;
      mean.p_fake += one.p_fake / 3;
    }
    expect_same_heads(whole, single);
    assert_int_equal(whole->epoch, epoch);
    assert_int_equal(whole->step, step);
    assert_true(fabs(result.loss - mean.loss) < 1e-12);
    assert_true(fabs(result.p_true - mean.p_true) < 1e-12);
    assert_true(fabs(result.p_fake - mean.p_fake) < 1e-12);
  }
  sn_scope_close(scope);
}

/* Noise as large as the features themselves is learned to be told from them. */
static void test_loss_falls(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnTraining *training = new_training(4, SN_COSINE_NO);
  training->model->settings.sigma = 1;
  training->model->settings.discriminator_rate = 0.01;
  SnTrainingResult first, last = {0};
  assert_true(sn_training_epoch(training, &first, NULL, NULL));
  for (int epoch = 0; epoch < 60; epoch++) assert_true(sn_training_epoch(training, &last, NULL, NULL));
  if (!(last.loss < 0.7 * first.loss && last.p_true > first.p_true && last.p_fake > first.p_fake))
    fail_msg("loss %g to %g, p_true %g to %g", first.loss, last.loss, first.p_true, last.p_true);
  sn_scope_close(scope);
}

static void test_cosine_schedule(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnTraining *constant = new_training(8, SN_COSINE_NO), *falling = new_training(8, SN_COSINE_YES);
  SnTraining *to_zero = new_training(8, SN_COSINE_TO_ZERO);
  SnTrainingResult result;
  for (int epoch = 0; epoch < 8; epoch++) {
    assert_true(sn_training_epoch(constant, &result, NULL, NULL) && sn_training_epoch(falling, &result, NULL, NULL));
    assert_true(sn_training_epoch(to_zero, &result, NULL, NULL));
    double cosine = (1 + cos(acos(-1.0) * epoch / 8)) / 2, expected = 2e-4 * (0.4 + 0.6 * cosine);
    assert_true(fabs(falling->discriminator_optimizer->options.learning_rate - expected) < 1e-18);
    assert_true(fabs(to_zero->discriminator_optimizer->options.learning_rate - 2e-4 * cosine) < 1e-18);
    assert_true(fabs(to_zero->adaptor_optimizer->options.learning_rate - 1e-4 * cosine) < 1e-18);
    assert_true(constant->discriminator_optimizer->options.learning_rate == 2e-4);
    assert_true(falling->adaptor_optimizer->options.learning_rate == 1e-4);
  }
  sn_scope_close(scope);
}

static bool stop_after_one(void *context, int64_t done, int64_t total) {
  *(int64_t *)context = total;
  return done < 1;
}

static void test_stopped_epoch(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnTraining *training = new_training(3, SN_COSINE_NO);
  SnTrainingResult result = {.loss = -1};
  int64_t total = 0;
  assert_false(sn_training_epoch(training, &result, stop_after_one, &total));
  assert_true(sn_ok());
  assert_int_equal(total, 3);
  assert_int_equal(training->step, 1);
  assert_int_equal(training->epoch, 0);
  sn_scope_close(scope);
}

/* Memory is given back for reuse, except under the address sanitizer. */
static bool memory_is_reused(void) {
  SnScope *scope = sn_scope_open();
  sn_zeros(SN_FLOAT32, SN_SHAPE(1000));
  sn_scope_close(scope);
  int64_t requests = sn_storage_backend_requests();
  scope = sn_scope_open();
  sn_zeros(SN_FLOAT32, SN_SHAPE(1000));
  sn_scope_close(scope);
  return sn_storage_backend_requests() == requests;
}

/* The rows of 400,000 epochs are more than texts in a header could be. */
static void test_a_checkpoint_of_many_epochs_comes_back(void **state) {
  (void)state;
  enum { MANY_EPOCHS = 400000 };
  char path[] = "/tmp/test_checkpoint.XXXXXX";
  close(mkstemp(path));
  SnScope *scope = sn_scope_open();
  SnSimpleNetSettings settings;
  sn_settings_preset("paper", &settings);
  settings.epochs = MANY_EPOCHS;
  settings.batch = settings.hidden = 2;
  SnDataset dataset = {.train = {.count = 2}};
  SnTensor *features = sn_zeros(SN_FLOAT32, SN_SHAPE(2, 1, 3));
  SnRun run = {.model = sn_simplenet_new_head(&settings, 3, SN_FLOAT32), .dataset = &dataset};
  SnRun again = {.model = sn_simplenet_new_head(&settings, 3, SN_FLOAT32), .dataset = &dataset};
  run.rows = sn_scope_allocate(MANY_EPOCHS, sizeof *run.rows, NULL);
  again.rows = sn_scope_allocate(MANY_EPOCHS, sizeof *again.rows, NULL);
  run.training = sn_training_new(run.model, 1, &features);
  again.training = sn_training_new(again.model, 1, &features);
  assert_true(sn_ok());
  run.training->epoch = run.training->step = MANY_EPOCHS;
  for (int64_t i = 0; i < MANY_EPOCHS; i++)
    run.rows[i] = (SnEpochRow){i + 1, {1.0 / (double)(i + 1), 0.3, 0.7}, 1e-3 * (double)i};
  assert_true(sn_checkpoint_write(&run, path));
  assert_true(sn_checkpoint_read(&again, path));
  assert_int_equal(again.training->epoch, MANY_EPOCHS);
  assert_memory_equal(again.rows, run.rows, MANY_EPOCHS * sizeof *run.rows);
  sn_scope_close(scope);
  unlink(path);
}

static void test_steady_memory(void **state) {
  (void)state;
  if (!memory_is_reused()) {
    printf("skip: steady memory: this build gives memory back at once\n");
    skip();
  }
  SnScope *scope = sn_scope_open();
  SnTraining *training = new_training(3, SN_COSINE_YES);
  training->model->settings.noise_mix = 3;
  int64_t requests = 0, bytes = 0;
  for (int epoch = 1; epoch <= 6; epoch++) {
    SnTrainingResult result;
    assert_true(sn_training_epoch(training, &result, NULL, NULL));
    if (epoch == 2) requests = sn_storage_backend_requests(), bytes = sn_storage_bytes();
  }
  assert_int_equal(sn_storage_backend_requests(), requests);
  assert_int_equal(sn_storage_bytes(), bytes);
  sn_scope_close(scope);
}

/* ---- from photographs to scores ---- */

enum { CROP = 96, PHOTOGRAPHS = 5 };

typedef struct Fixture {
  char *folder, weights[512];
  SnDataset dataset;
} Fixture;

static void write_photograph(const char *folder, const char *name) {
  enum { WIDTH = 120, HEIGHT = 101 };
  uint8_t *pixels = test_malloc(WIDTH * HEIGHT * 3);
  for (int64_t i = 0; i < WIDTH * HEIGHT * 3; i++) {
    double wave = sin((double)(i % (WIDTH * 3)) / 40) * cos((double)(i / (WIDTH * 3)) / 9);
    pixels[i] = (uint8_t)(128 + 60 * wave + 60 * formula_value(name, i / 3 / 5));
  }
  assert_true(sn_png_write(write_colour(folder, name, 1, 1, 0, 0, 0), pixels, WIDTH, HEIGHT, 3));
  test_free(pixels);
}

static int make_photographs(void **state) {
  sn_clear_error();
  Fixture *fixture = calloc(1, sizeof *fixture);
  if (!fixture) return -1;
  fixture->folder = make_folder();
  for (int i = 0; i < PHOTOGRAPHS; i++) {
    char name[64];
    snprintf(name, sizeof name, "photographs/cloth/train/good/%d.png", i);
    write_photograph(fixture->folder, name);
    snprintf(name, sizeof name, "photographs/cloth/test/good/%d.png", i);
    write_photograph(fixture->folder, name);
  }
  SnScope *scope = sn_scope_open();
  SnGenerator generator = {.dtype = SN_FLOAT32};
  SnBackbone *backbone = sn_backbone_new("resnet18", &(SnLevels){1, {3}}, &generator);
  formula_fill(&backbone->module);
  SnStateDict *dict = sn_state_dict_new();
  sn_module_state(&backbone->module, "", dict);
  snprintf(fixture->weights, sizeof fixture->weights, "%s/weights.safetensors", fixture->folder);
  bool written = sn_safetensors_write(fixture->weights, dict);
  sn_scope_close(scope);
  char root[512];
  snprintf(root, sizeof root, "%s/photographs", fixture->folder);
  if (!written || !sn_dataset_open(root, "cloth", "mvtec", &fixture->dataset)) return -1;
  *state = fixture;
  return 0;
}

static int remove_photographs(void **state) {
  Fixture *fixture = *state;
  sn_clear_error();
  sn_dataset_free(&fixture->dataset);
  remove_folder(fixture->folder);
  free(fixture);
  return 0;
}

static SnSimpleNetSettings small_settings(const char *preset) {
  SnSimpleNetSettings settings;
  sn_settings_preset(preset, &settings);
  snprintf(settings.backbone, sizeof settings.backbone, "resnet18");
  settings.resize = CROP + 4;
  settings.crop = CROP;
  settings.dimension = 100;
  settings.hidden = 70;
  settings.batch = 2;
  return settings;
}

/* Everything that a run computes, in a fixed order. */
typedef struct Run {
  int64_t count;
  float *values;
} Run;

static void append(Run *run, const SnTensor *tensor) {
  if (!tensor) fail_msg("%s", sn_error());
  int64_t count = sn_count(tensor);
  run->values = test_realloc(run->values, (size_t)(run->count + count) * sizeof *run->values);
  assert_true(sn_to_host(tensor, SN_FLOAT32, run->values + run->count));
  run->count += count;
}

/* Features, an epoch of three steps, patch scores, maps and image scores. */
static Run run_whole(const Fixture *fixture, const char *preset, int threads, bool in_files) {
  Run run = {0};
  SnScope *scope = sn_scope_open();
  int usual = sn_device()->threads();
  int64_t fallbacks = sn_fallback_count();
  sn_device()->set_threads(threads);
  SnLargeMemory none = {.limit = 0};
  SnSimpleNetSettings settings = small_settings(preset);
  SnSimpleNet *model = sn_simplenet_new(&settings, fixture->weights);
  if (model && in_files) model->feature_memory = &none;
  SnFeatures *train =
      model ? sn_extract_features(model, &fixture->dataset, &fixture->dataset.train, false, NULL, NULL) : NULL;
  SnFeatures *test =
      train ? sn_extract_features(model, &fixture->dataset, &fixture->dataset.test, false, NULL, NULL) : NULL;
  if (!test) fail_msg("%s", sn_error());
  assert_int_equal(sn_storage_file_bytes() > 0, in_files);
  SnTraining *training = sn_training_new(model, train->part_count, train->parts);
  SnTrainingResult result;
  assert_true(sn_training_epoch(training, &result, NULL, NULL));
  assert_int_equal(training->step, 3);
  SnTensor *patches = sn_patch_scores(model, sn_features_rows(test, 0, fixture->dataset.test.count)),
           *maps = sn_anomaly_maps(&settings, patches);
  for (int i = 0; i < train->part_count; i++) append(&run, train->parts[i]);
  for (int i = 0; i < test->part_count; i++) append(&run, test->parts[i]);
  append(&run, sn_scalar(SN_FLOAT32, result.loss));
  SnStateDict *head = sn_state_dict_new();
  sn_module_state(&model->head, "", head);
  for (int64_t i = 0; i < head->tensor_count; i++) append(&run, head->tensors[i].tensor);
  append(&run, patches);
  append(&run, maps);
  append(&run, sn_image_scores(&settings, patches, maps));
  assert_int_equal(sn_fallback_count(), fallbacks);
  sn_device()->set_threads(usual);
  sn_scope_close(scope);
  return run;
}

static void expect_same_bits(const Fixture *fixture, const char *preset) {
  Run expected = run_whole(fixture, preset, 1, false);
  static const int threads[] = {1, 2, 2, 3};
  for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
    Run run = run_whole(fixture, preset, threads[i], false);
    assert_int_equal(run.count, expected.count);
    if (memcmp(run.values, expected.values, (size_t)run.count * sizeof *run.values) != 0)
      fail_msg("%s: other bits at %d threads", preset, threads[i]);
    test_free(run.values);
  }
  Run run = run_whole(fixture, preset, 2, true);
  assert_memory_equal(run.values, expected.values, (size_t)run.count * sizeof *run.values);
  test_free(run.values);
  for (int64_t i = 0; i < expected.count; i++) assert_true(isfinite(expected.values[i]));
  test_free(expected.values);
}

static void test_same_bits_paper(void **state) { expect_same_bits(*state, "paper"); }
static void test_same_bits_official(void **state) { expect_same_bits(*state, "official"); }

/* One image alone has the features that it has among others. */
static void test_features_of_one_image(void **state) {
  const Fixture *fixture = *state;
  SnScope *scope = sn_scope_open();
  SnSimpleNetSettings settings = small_settings("paper");
  SnSimpleNet *model = sn_simplenet_new(&settings, fixture->weights);
  SnSamples last = {&fixture->dataset.train.items[PHOTOGRAPHS - 1], 1};
  SnFeatures *all = sn_extract_features(model, &fixture->dataset, &fixture->dataset.train, true, NULL, NULL);
  SnFeatures *one = sn_extract_features(model, &fixture->dataset, &last, false, NULL, NULL);
  if (!one) fail_msg("%s", sn_error());
  SnTensor *all_rows = sn_features_rows(all, 0, PHOTOGRAPHS), *one_row = sn_features_rows(one, 0, 1);
  assert_true(sn_has_shape(all_rows, 3, (int64_t[]){PHOTOGRAPHS, 144, 384}));
  assert_int_equal(model->channels, 384);
  assert_int_equal(model->grid, CROP / 8);
  const float *found = sn_float_data(one_row), *expected = sn_float_data(all_rows) + (PHOTOGRAPHS - 1) * 144 * 384;
  for (int i = 0; i < 144 * 384; i++)
    assert_true(fabs((double)found[i] - (double)expected[i]) <= 1e-5 * (1 + fabs((double)expected[i])));
  assert_null(one->masks);
  for (int i = 0; i < PHOTOGRAPHS * CROP * CROP; i++) assert_int_equal(all->masks[i], 0);
  sn_scope_close(scope);
}

static bool stop_at_once(void *context, int64_t done, int64_t total) {
  assert_int_equal(done, 0);
  *(int64_t *)context = total;
  return false;
}

static void test_stopped_extraction(void **state) {
  const Fixture *fixture = *state;
  SnScope *scope = sn_scope_open();
  SnSimpleNetSettings settings = small_settings("paper");
  SnSimpleNet *model = sn_simplenet_new(&settings, fixture->weights);
  int64_t total = 0;
  assert_null(sn_extract_features(model, &fixture->dataset, &fixture->dataset.train, false, stop_at_once, &total));
  assert_true(sn_ok());
  assert_int_equal(total, PHOTOGRAPHS);
  sn_scope_close(scope);
}

/* Scores and maps of a whole test set, nine images in batches of eight, are those of its images. */
static void test_scores_of_a_test_set(void **state) {
  const Fixture *fixture = *state;
  enum { CELLS = CROP * CROP };
  SnScope *scope = sn_scope_open();
  for (int i = 0; i < 4; i++) {
    char name[64];
    snprintf(name, sizeof name, "more/cloth/test/hole/%d.png", i);
    write_photograph(fixture->folder, name);
    snprintf(name, sizeof name, "more/cloth/ground_truth/hole/%d_mask.png", i);
    write_halves(fixture->folder, name, 120, 101, 0, 255);
    snprintf(name, sizeof name, "more/cloth/train/good/%d.png", i);
    write_photograph(fixture->folder, name);
  }
  for (int i = 0; i < 5; i++) {
    char name[64];
    snprintf(name, sizeof name, "more/cloth/test/good/%d.png", i);
    write_photograph(fixture->folder, name);
  }
  char root[512];
  snprintf(root, sizeof root, "%s/more", fixture->folder);
  SnDataset dataset;
  assert_true(sn_dataset_open(root, "cloth", "mvtec", &dataset));
  SnSimpleNetSettings settings = small_settings("paper");
  SnSimpleNet *model = sn_simplenet_new(&settings, fixture->weights);
  SnFeatures *features = sn_extract_features(model, &dataset, &dataset.test, true, NULL, NULL);
  SnTestResult *result = features ? sn_simplenet_test(model, &dataset, features, NULL) : NULL;
  if (!result) fail_msg("%s", sn_error());
  assert_int_equal(result->image_count, 9);
  SnTensor *patches = sn_patch_scores(model, sn_features_rows(features, 0, 9)),
           *maps = sn_anomaly_maps(&settings, patches);
  const float *scores = sn_float_data(sn_image_scores(&settings, patches, maps)), *cells = sn_float_data(maps);
  for (int i = 0; i < 9; i++) {
    assert_true(fabs((double)result->image_scores[i] - (double)scores[i]) <= 1e-5 * (1 + fabs((double)scores[i])));
    for (int c = i * CELLS; c < (i + 1) * CELLS; c++)
      assert_true(fabs((double)result->maps[c] - (double)cells[c]) <= 1e-5 * (1 + fabs((double)cells[c])));
  }
  sn_dataset_free(&dataset);
  sn_scope_close(scope);
}

static int usual_device(void **state) {
  (void)state;
  sn_clear_error();
  return sn_set_device("cpu") ? 0 : -1;
}

static int give_memory_back(void **state) {
  (void)state;
  sn_storage_trim();
  return 0;
}

#define ON_FEATURES(test) cmocka_unit_test_setup(test, usual_device)
#define ON_PHOTOGRAPHS(test) cmocka_unit_test_setup_teardown(test, make_photographs, remove_photographs)

int main(void) {
  static const struct CMUnitTest tests[] = {
      ON_FEATURES(test_noise),
      ON_FEATURES(test_noise_of_no_deviation),
      ON_FEATURES(test_mixed_noise),
      ON_FEATURES(test_epochs_are_steps),
      ON_FEATURES(test_loss_falls),
      ON_FEATURES(test_cosine_schedule),
      ON_FEATURES(test_stopped_epoch),
      cmocka_unit_test(test_a_checkpoint_of_many_epochs_comes_back),
      ON_FEATURES(test_steady_memory),
      ON_PHOTOGRAPHS(test_same_bits_paper),
      ON_PHOTOGRAPHS(test_same_bits_official),
      ON_PHOTOGRAPHS(test_features_of_one_image),
      ON_PHOTOGRAPHS(test_stopped_extraction),
      ON_PHOTOGRAPHS(test_scores_of_a_test_set),
  };
  return cmocka_run_group_tests(tests, NULL, give_memory_back);
}
