/* SimpleNet at work on generated photographs: noise, epochs, and the same bits on any number of threads without the
 * reference backend's help and without new memory. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anomaly/checkpoint.h"
#include "anomaly/local_features.h"
#include "anomaly/map.h"
#include "anomaly/testing.h"
#include "autograd/ops.h"
#include "datasets/png_write.h"
#include "models/simplenet/anomalous_features.h"
#include "models/simplenet/fast/batch_step.h"
#include "models/simplenet/fast/reassociated_step.h"
#include "models/simplenet/fit.h"
#include "models/simplenet/rates.h"
#include "tensor/random.h"
#include "tensor/safetensors.h"
#include "tests/support/comparison.h"
#include "tests/support/formula.h"
#include "tests/support/image_files.h"
#include "tests/support/models.h"
#include "tests/support/scope.h"

/* ---- noise ---- */

static SnSimpleNetSettings noise_settings(double sigma, int64_t mix) {
  SnSettings settings = test_settings(&sn_simplenet, "paper");
  SnSimpleNetSettings own = sn_simplenet_settings(&settings);
  own.sigma = sigma;
  own.noise_mix = mix;
  return own;
}

enum { SEED = 3 };

static const float *noise_of(const SnSimpleNetSettings *settings, uint64_t seed, int64_t rows, int64_t channels,
                             uint32_t step) {
  SnTensor *noise = sn_anomalous_noise(settings, seed, SN_FLOAT32, rows, channels, step);
  if (!noise) fail_msg("%s", sn_error());
  assert_true(sn_has_shape(noise, 2, (int64_t[]){rows, channels}));
  return sn_float_data(noise);
}

static void test_noise(void **state) {
  (void)state;
  enum { ROWS = 500, WIDTH = 64, COUNT = ROWS * WIDTH };
  SnScope *scope = sn_scope_open();
  SnSimpleNetSettings settings = noise_settings(0.015, 1);
  const float *noise = noise_of(&settings, SEED, ROWS, WIDTH, 1);
  assert_memory_equal(noise, noise_of(&settings, SEED, ROWS, WIDTH, 1), COUNT * sizeof *noise);
  assert_memory_equal(noise, noise_of(&settings, SEED, 10, WIDTH, 1),
                      10 * WIDTH * sizeof *noise); /* of position only */
  assert_memory_not_equal(noise, noise_of(&settings, SEED, ROWS, WIDTH, 2), WIDTH * sizeof *noise);
  assert_memory_not_equal(noise, noise_of(&settings, SEED + 1, ROWS, WIDTH, 1), WIDTH * sizeof *noise);
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
    const float *noise = noise_of(&settings, SEED, 7, 5, 1);
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
  const float *z = noise_of(&unit, SEED, ROWS, WIDTH, 5), *noise = noise_of(&mixed, SEED, ROWS, WIDTH, 5);
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
  assert_memory_equal(noise, noise_of(&mixed, SEED, ROWS, WIDTH, 5), ROWS * WIDTH * sizeof *noise);
  sn_scope_close(scope);
}

/* ---- epochs, on features by formula ---- */

enum { IMAGES = 8, SIDE = 4, POSITIONS = SIDE * SIDE, CHANNELS = 10, EPOCHS = 8 };

/* What the fit is made of, to be changed before begin_fit. */
static SnSettings fit_settings(int64_t batch, int64_t cosine) {
  SnSettings settings = test_simplenet_settings("paper", 12);
  SnSimpleNetSettings own = sn_simplenet_settings(&settings);
  own.cosine = cosine;
  sn_set_simplenet_settings(&settings, &own);
  settings.training = (SnTrainingSettings){.batch = batch, .epochs = EPOCHS, .seed = 11};
  return settings;
}

typedef struct Fit {
  void *fit;
  SnTraining *training; /* the fit's */
  int64_t epoch;        /* done */
} Fit;

static Fit begin_fit(const SnSettings *settings) {
  SnModel *model = sn_model_new_head(settings, (SnFeatureShape){SIDE, SIDE, CHANNELS}, SN_FLOAT32);
  SnTensor *level = formula_tensor("features", 1, 0, SN_FLOAT32, SN_SHAPE(IMAGES, SIDE, SIDE, CHANNELS));
  Fit fit = {.fit = model ? sn_simplenet_fit_new(model, test_features(1, &level)) : NULL};
  if (!fit.fit) fail_msg("%s", sn_error());
  fit.training = sn_simplenet_fit_training(fit.fit);
  return fit;
}

static Fit new_fit(int64_t batch, int64_t cosine) {
  SnSettings settings = fit_settings(batch, cosine);
  return begin_fit(&settings);
}

/* To the end of the epoch. */
static SnTrainingResult take_epoch(Fit *fit) {
  SnFitStep step = {.ends_epoch = false};
  while (!step.ends_epoch)
    if (!sn_simplenet_fit_next(fit->fit, &step)) fail_msg("%s", sn_ok() ? "there was no step left" : sn_error());
  fit->epoch++;
  return (SnTrainingResult){step.columns[0], step.columns[1], step.columns[2]};
}

static void expect_same_heads(const SnTraining *a, const SnTraining *b) {
  int64_t x_count, y_count;
  const float *x = test_bits(&a->model->head, &x_count), *y = test_bits(&b->model->head, &y_count);
  assert_int_equal(x_count, y_count);
  assert_memory_equal(x, y, (size_t)x_count * sizeof *x);
}

/* The images order[0..count). */
static SnTensor *images_of(const SnTensor *features, const int64_t *order, int64_t count) {
  SnTensor *images = sn_empty(SN_FLOAT32, SN_SHAPE(count, SIDE, SIDE, CHANNELS));
  for (int64_t i = 0; i < count; i++)
    memcpy((float *)images->array.data + i * POSITIONS * CHANNELS,
           (const float *)features->array.data + order[i] * POSITIONS * CHANNELS, POSITIONS * CHANNELS * sizeof(float));
  return images;
}

/* A step on those images as Algorithm 1 has it. */
static SnTrainingResult take_step_by_hand(SnTraining *training, SnTensor *level, uint32_t number) {
  int64_t rows = level->array.shape[0] * POSITIONS;
  SnTensor *noise = sn_anomalous_noise(&training->network->settings, 11, SN_FLOAT32, rows, CHANNELS, number);
  SnStepOutcome outcome;
  SnTrainingResult result = {0};
  sn_training_zero_gradients(training);
  assert_true(sn_reassociated_backward(training, 1, &level, noise, &outcome));
  assert_true(sn_training_update(training, number) && sn_training_read(training, &outcome, &result));
  return result;
}

/* Algorithm 1 by hand: each epoch in its own order, batches of 3, 3 and 2, noise by the number of the step. */
static void test_epochs_are_steps(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  Fit whole = new_fit(3, SN_COSINE_NO), single = new_fit(3, SN_COSINE_NO);
  int64_t previous[IMAGES] = {0};
  uint32_t step = 0;
  for (uint32_t epoch = 1; epoch <= 2; epoch++) {
    SnTrainingResult result = take_epoch(&whole), mean = {0};
    int64_t order[IMAGES];
    sn_permutation(11, SN_STREAM_SHUFFLE, epoch, IMAGES, order);
    assert_memory_not_equal(order, previous, sizeof order);
    memcpy(previous, order, sizeof order);
    for (int64_t first = 0; first < IMAGES; first += 3) {
      int64_t count = IMAGES - first < 3 ? IMAGES - first : 3;
      SnTensor *level = images_of(single.training->levels[0], order + first, count);
      SnTrainingResult one = take_step_by_hand(single.training, level, ++step);
      mean.loss += one.loss / 3;
      mean.p_true += one.p_true / 3;
      mean.p_fake += one.p_fake / 3;
    }
    expect_same_heads(whole.training, single.training);
    assert_int_equal(whole.epoch, epoch);
    assert_int_equal(whole.training->step, step);
    assert_true(fabs(result.loss - mean.loss) < 1e-12);
    assert_true(fabs(result.p_true - mean.p_true) < 1e-12);
    assert_true(fabs(result.p_fake - mean.p_fake) < 1e-12);
  }
  sn_scope_close(scope);
}

/* Networks that the reassociated step does not support take the step of the tape. */
static void test_steps_of_other_networks(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnSettings settings = fit_settings(3, SN_COSINE_NO);
  test_set(&settings, "adaptor-depth", "2");
  assert_false(sn_reassociated_step_supports(&settings));
  Fit whole = begin_fit(&settings), single = begin_fit(&settings);
  take_epoch(&whole);
  int64_t order[IMAGES];
  sn_permutation(11, SN_STREAM_SHUFFLE, 1, IMAGES, order);
  for (int64_t first = 0; first < IMAGES; first += 3) {
    int64_t count = IMAGES - first < 3 ? IMAGES - first : 3, rows = count * POSITIONS;
    SnTensor *o = sn_reshape(images_of(single.training->levels[0], order + first, count), SN_SHAPE(rows, CHANNELS));
    SnTensor *e = sn_anomalous_noise(&single.training->network->settings, 11, SN_FLOAT32, rows, CHANNELS,
                                     (uint32_t)single.training->step + 1);
    assert_true(sn_training_step(single.training, o, e, NULL));
  }
  assert_int_equal(single.training->step, 3);
  expect_same_heads(whole.training, single.training);
  sn_scope_close(scope);
}

/* Noise as large as the features themselves is learned to be told from them. */
static void test_loss_falls(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnSettings settings = fit_settings(4, SN_COSINE_NO);
  settings.training.epochs = 61;
  test_set(&settings, "sigma", "1");
  test_set(&settings, "discriminator-rate", "0.01");
  Fit fit = begin_fit(&settings);
  SnTrainingResult first = take_epoch(&fit), last = {0};
  for (int epoch = 0; epoch < 60; epoch++) last = take_epoch(&fit);
  if (!(last.loss < 0.7 * first.loss && last.p_true > first.p_true && last.p_fake > first.p_fake))
    fail_msg("loss %g to %g, p_true %g to %g", first.loss, last.loss, first.p_true, last.p_true);
  sn_scope_close(scope);
}

static void test_cosine_schedule(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  Fit constant = new_fit(8, SN_COSINE_NO), falling = new_fit(8, SN_COSINE_YES), to_zero = new_fit(8, SN_COSINE_TO_ZERO);
  for (int epoch = 0; epoch < 8; epoch++) {
    take_epoch(&constant);
    take_epoch(&falling);
    take_epoch(&to_zero);
    double cosine = (1 + cos(acos(-1.0) * epoch / 8)) / 2, expected = 2e-4 * (0.4 + 0.6 * cosine);
    assert_true(fabs(falling.training->discriminator_optimizer->options.learning_rate - expected) < 1e-18);
    assert_true(fabs(to_zero.training->discriminator_optimizer->options.learning_rate - 2e-4 * cosine) < 1e-18);
    assert_true(fabs(to_zero.training->adaptor_optimizer->options.learning_rate - 1e-4 * cosine) < 1e-18);
    assert_true(constant.training->discriminator_optimizer->options.learning_rate == 2e-4);
    assert_true(falling.training->adaptor_optimizer->options.learning_rate == 1e-4);
  }
  sn_scope_close(scope);
}

static SnSettings plateau_settings(int64_t epochs) {
  SnSettings settings = fit_settings(1, SN_COSINE_AT_PLATEAU);
  settings.training.epochs = epochs;
  return settings;
}

/* Takes note of losses until one makes the rates fall; returns after how many epochs. */
static int64_t epochs_to_plateau(SnRates *rates, double first, double factor, double floor) {
  double adaptor, discriminator;
  int64_t epoch = 0;
  for (; rates->plateau == 0 && epoch < 1000; epoch++) {
    sn_rates_factors(rates, epoch, &adaptor, &discriminator);
    assert_true(adaptor == 1 && discriminator == 1);
    sn_rates_end_epoch(rates, epoch + 1, floor + first * pow(factor, (double)epoch));
  }
  return epoch;
}

/* The rates fall once the loss is small, constant, or when half of the epochs are done, and for as long again. */
static void test_rates_fall_at_the_plateau(void **state) {
  (void)state;
  SnSettings settings = plateau_settings(100);
  SnRates small = sn_rates(&settings), constant = small, limited = small;
  double adaptor, discriminator;
  char text[SN_ENDING];
  assert_int_equal(sn_rates_epochs(&small), 100);
  assert_int_equal(epochs_to_plateau(&small, 1.3, 0.8, 0), 13); /* 1.3 0.8^12 = 0.089 */
  assert_int_equal(small.reason, SN_PLATEAU_SMALL);
  assert_int_equal(sn_rates_epochs(&small), 26);
  sn_rates_factors(&small, 13, &adaptor, &discriminator);
  assert_true(adaptor == 1 && discriminator == 1);
  sn_rates_factors(&small, 20, &adaptor, &discriminator);
  assert_true(adaptor == discriminator && fabs(adaptor - (1 + cos(acos(-1.0) * 7 / 13)) / 2) < 1e-15);
  /* 0.5 + 0.5^n: the sum of five losses, 2.508, is first above 0.9 of that of the five before, 2.742, at n = 8 to 12 */
  assert_int_equal(epochs_to_plateau(&constant, 1, 0.5, 0.5), 13);
  assert_int_equal(constant.reason, SN_PLATEAU_CONSTANT);
  assert_int_equal(epochs_to_plateau(&limited, 1e6, 0.97, 1), 50);
  assert_int_equal(limited.reason, SN_PLATEAU_LIMIT);
  assert_int_equal(sn_rates_epochs(&limited), 100);
  for (int64_t epochs = 1; epochs <= 7; epochs++) { /* never more than allowed, an odd number either */
    settings = plateau_settings(epochs);
    SnRates few = sn_rates(&settings);
    epochs_to_plateau(&few, 10, 0.5, 0);
    assert_int_equal(sn_rates_epochs(&few), epochs);
  }
  assert_true(sn_rates_ending(&small, text) && strstr(text, "26 epochs") && strstr(text, "below 0.1"));
  assert_true(sn_rates_ending(&limited, text) && strstr(text, "still falling"));
  settings = fit_settings(1, SN_COSINE_NO);
  SnRates fixed = sn_rates(&settings);
  assert_false(sn_rates_ending(&fixed, text));
}

/* Rows at drawn positions are those of the assembled features. */
static void test_drawn_patches_are_those_of_the_images(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnSettings settings = fit_settings(2, SN_COSINE_NO);
  SnSimpleNetSettings own = sn_simplenet_settings(&settings);
  own.batch_from = SN_BATCH_FROM_PATCHES;
  sn_set_simplenet_settings(&settings, &own);
  enum { FIRST = 4, SECOND = CHANNELS - FIRST, ROWS = 2 * POSITIONS, DRAWN = SN_PATCH_STEPS * ROWS };
  SnTensor *levels[] = {formula_tensor("fine", 1, 0, SN_FLOAT32, SN_SHAPE(IMAGES, SIDE, SIDE, FIRST)),
                        formula_tensor("coarse", 1, 0, SN_FLOAT32, SN_SHAPE(IMAGES, SIDE / 2, SIDE / 2, SECOND))};
  SnModel *model = sn_model_new_head(&settings, (SnFeatureShape){SIDE, SIDE, CHANNELS}, SN_FLOAT32);
  SnFeatures *features = test_features(2, levels);
  SnTraining *training = sn_training_new(model, features);
  assert_true(training && sn_training_set_order(training, 3));
  int64_t drawn[DRAWN], times[IMAGES * POSITIONS] = {0};
  assert_int_equal(sn_simplenet_epoch_steps(&settings, IMAGES), SN_PATCH_STEPS);
  assert_int_equal(sn_count(training->order), DRAWN);
  SnTensor *rows = sn_training_gather(training, 5 * ROWS, ROWS);
  SnTensor *all = sn_reshape(sn_features_assembled(model, features, 0, IMAGES), SN_SHAPE(-1, CHANNELS));
  SnTensor *expected = sn_index_select(all, 0, sn_narrow(training->order, 0, 5 * ROWS, ROWS));
  assert_true(tensor_same_bits(rows, expected));
  memcpy(drawn, training->order->array.data, sizeof drawn);
  for (int i = 0; i < DRAWN; i++) {
    assert_in_range(drawn[i], 0, IMAGES * POSITIONS - 1);
    times[drawn[i]]++;
  }
  for (int i = 0; i < IMAGES * POSITIONS; i++) assert_in_range(times[i], 0, 20); /* 5 on average */
  sn_scope_close(scope);
}

static void expect_same_parts(const SnSimpleNet *found, const SnSimpleNet *expected) {
  const SnModule *parts[][2] = {{&found->adaptor->module, &expected->adaptor->module},
                                {&found->discriminator->module, &expected->discriminator->module}};
  for (int i = 0; i < 2; i++) {
    int64_t count, expected_count;
    const float *a = test_bits(parts[i][0], &count), *b = test_bits(parts[i][1], &expected_count);
    assert_int_equal(count, expected_count);
    assert_memory_equal(a, b, (size_t)count * sizeof *a);
  }
}

/* Each head is what a training of it alone gives, and the scores are their mean. */
static void test_heads(void **state) {
  (void)state;
  enum { HEADS = 3, TAKEN = 2 };
  SnScope *scope = sn_scope_open();
  SnSettings settings = fit_settings(3, SN_COSINE_NO);
  test_set(&settings, "heads", "3");
  Fit together = begin_fit(&settings);
  SnTrainingResult result = {0};
  double loss = 0;
  SnTensor *features = formula_tensor("scored", 1, 0, SN_FLOAT32, SN_SHAPE(2, SIDE, SIDE, CHANNELS)), *sum = NULL;
  for (int i = 0; i < TAKEN; i++) result = take_epoch(&together);
  test_set(&settings, "heads", "1");
  for (const SnTraining *head = together.training; head; head = head->next) {
    settings.training.seed = (int64_t)head->network->seed;
    Fit alone = begin_fit(&settings);
    SnTrainingResult own = {0};
    for (int i = 0; i < TAKEN; i++) own = take_epoch(&alone);
    expect_same_parts(head->network, alone.training->network);
    assert_int_equal(head->step, alone.training->step);
    SnTensor *patches = test_patches(alone.training->model, features);
    sum = sum ? sn_add(sum, patches) : patches;
    loss += own.loss / HEADS;
  }
  assert_true(fabs(result.loss - loss) <= 1e-12 * loss);
  SnTensor *patches = test_patches(together.training->model, features);
  assert_true(tensor_distance(patches, sn_scale(sum, 1.0 / HEADS)) < 1e-6);
  sn_scope_close(scope);
}

/* Steps are pulled one by one; after the last there is none, which is no error. */
static void test_steps_are_counted(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  Fit fit = new_fit(3, SN_COSINE_NO);
  SnFitStep step;
  for (int64_t done = 1; done <= 3 * EPOCHS; done++) {
    assert_true(sn_simplenet_fit_next(fit.fit, &step));
    assert_int_equal(step.done, done);
    assert_int_equal(step.total, 3 * EPOCHS);
    assert_int_equal(step.ends_epoch, done % 3 == 0);
    assert_int_equal(fit.training->step, done);
  }
  assert_false(sn_simplenet_fit_next(fit.fit, &step));
  assert_true(sn_ok());
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
  enum { MANY_EPOCHS = 400000, ROW_COLUMNS = 3 };
  char path[] = "/tmp/test_checkpoint.XXXXXX";
  close(mkstemp(path));
  SnScope *scope = sn_scope_open();
  SnSettings settings = test_simplenet_settings("paper", 2);
  settings.training.epochs = MANY_EPOCHS;
  settings.training.batch = 2;
  SnDataset dataset = {.train = {.count = 2}};
  SnTensor *level = sn_zeros(SN_FLOAT32, SN_SHAPE(2, 1, 1, 3));
  SnFeatures *features = test_features(1, &level);
  SnRun runs[2];
  for (int i = 0; i < 2; i++) {
    runs[i] = (SnRun){.model = sn_model_new_head(&settings, (SnFeatureShape){1, 1, 3}, SN_FLOAT32),
                      .dataset = &dataset,
                      .epochs = MANY_EPOCHS,
                      .rows = sn_scope_allocate(MANY_EPOCHS, sizeof(SnEpochRow), NULL)};
    runs[i].fit = sn_simplenet_fit_new(runs[i].model, features);
    assert_true(sn_ok());
  }
  runs[0].epoch = MANY_EPOCHS;
  sn_simplenet_fit_training(runs[0].fit)->step = MANY_EPOCHS;
  for (int64_t i = 0; i < MANY_EPOCHS; i++)
    runs[0].rows[i] = (SnEpochRow){i + 1, {1.0 / (double)(i + 1), 0.3, 0.7}, 1e-3 * (double)i};
  assert_true(sn_checkpoint_write(&runs[0], path));
  if (!sn_checkpoint_read(&runs[1], path)) fail_msg("%s", sn_error());
  assert_int_equal(runs[1].epoch, MANY_EPOCHS);
  assert_memory_equal(runs[1].rows, runs[0].rows, MANY_EPOCHS * sizeof *runs[0].rows);
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
  SnSettings settings = fit_settings(3, SN_COSINE_YES);
  test_set(&settings, "noise-mix", "3");
  Fit fit = begin_fit(&settings);
  int64_t requests = 0, bytes = 0;
  for (int epoch = 1; epoch <= 6; epoch++) {
    take_epoch(&fit);
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

static SnSettings small_settings(const char *preset) {
  SnSettings settings = test_simplenet_settings(preset, 70);
  test_set(&settings, "backbone", "resnet18");
  settings.view.resize = sn_one_side(CROP + 4);
  settings.view.crop = sn_square(CROP);
  settings.features.dimension = 100;
  settings.training.batch = 2;
  return settings;
}

static SnModel *small_model(const Fixture *fixture, const char *preset) {
  SnSettings settings = small_settings(preset);
  SnModel *model = sn_model_new(&settings, fixture->weights);
  if (!model) fail_msg("%s", sn_error());
  return model;
}

static SnFeatures *features_of(SnModel *model, const SnDataset *dataset, SnSamples *samples, SnTruth *truth,
                               SnLargeMemory *memory) {
  SnExtractionOptions options = {.truth = truth, .memory = memory};
  SnFeatures *features = sn_extract_features(model, dataset, samples, &options);
  if (!features) fail_msg("%s", sn_error());
  return features;
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
static Run run_whole(Fixture *fixture, const char *preset, int threads, bool in_files) {
  Run run = {0};
  SnScope *scope = sn_scope_open();
  int usual = sn_device()->threads();
  int64_t fallbacks = sn_fallback_count();
  sn_device()->set_threads(threads);
  SnLargeMemory none = {.limit = 0};
  SnDataset *dataset = &fixture->dataset;
  SnModel *model = small_model(fixture, preset);
  SnFeatures *train = features_of(model, dataset, &dataset->train, NULL, in_files ? &none : NULL);
  SnFeatures *test = features_of(model, dataset, &dataset->test, NULL, in_files ? &none : NULL);
  assert_int_equal(sn_storage_file_bytes() > 0, in_files);
  Fit fit = {.fit = sn_simplenet_fit_new(model, train)};
  SnTrainingResult result = take_epoch(&fit);
  assert_int_equal(sn_simplenet_fit_training(fit.fit)->step, strcmp(preset, "robust") == 0 ? SN_PATCH_STEPS : 3);
  SnTensor *patches = test_patches(model, sn_features_assembled(model, test, 0, dataset->test.count)),
           *maps = sn_anomaly_maps(&model->settings, patches);
  for (int i = 0; i < train->count; i++) append(&run, train->levels[i]);
  for (int i = 0; i < test->count; i++) append(&run, test->levels[i]);
  append(&run, sn_scalar(SN_FLOAT32, result.loss));
  SnStateDict *head = sn_state_dict_new();
  sn_module_state(&model->head, "", head);
  for (int64_t i = 0; i < head->tensor_count; i++) append(&run, head->tensors[i].tensor);
  append(&run, patches);
  append(&run, maps);
  append(&run, sn_image_scores(&model->settings, patches, maps));
  assert_int_equal(sn_fallback_count(), fallbacks);
  sn_device()->set_threads(usual);
  sn_scope_close(scope);
  return run;
}

static void expect_same_bits(Fixture *fixture, const char *preset) {
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
static void test_same_bits_robust(void **state) { expect_same_bits(*state, "robust"); }
static void test_same_bits_official(void **state) { expect_same_bits(*state, "official"); }

/* One image alone has the features that it has among others. */
static void test_features_of_one_image(void **state) {
  Fixture *fixture = *state;
  SnScope *scope = sn_scope_open();
  SnDataset *dataset = &fixture->dataset;
  SnModel *model = small_model(fixture, "paper");
  SnSamples last = {&dataset->train.items[PHOTOGRAPHS - 1], 1};
  SnTruth *truth = sn_truth_new(PHOTOGRAPHS, sn_square(CROP));
  assert_non_null(truth);
  memset(truth->masks, 7, PHOTOGRAPHS * CROP * CROP);
  SnFeatures *all = features_of(model, dataset, &dataset->train, truth, NULL);
  SnFeatures *one = features_of(model, dataset, &last, NULL, NULL);
  SnTensor *all_images = sn_to_contiguous(sn_features_assembled(model, all, 0, PHOTOGRAPHS));
  SnTensor *one_image = sn_to_contiguous(sn_features_assembled(model, one, 0, 1));
  assert_true(sn_has_shape(all_images, 4, (int64_t[]){PHOTOGRAPHS, 12, 12, 384}));
  assert_int_equal(model->features.channels, 384);
  assert_int_equal(model->features.height, CROP / 8);
  assert_int_equal(model->features.width, CROP / 8);
  const float *found = sn_float_data(one_image);
  const float *expected = sn_float_data(all_images) + (PHOTOGRAPHS - 1) * 144 * 384;
  for (int i = 0; i < 144 * 384; i++)
    assert_true(fabs((double)found[i] - (double)expected[i]) <= 1e-5 * (1 + fabs((double)expected[i])));
  for (int i = 0; i < PHOTOGRAPHS * CROP * CROP; i++) assert_int_equal(truth->masks[i], 0);
  for (int i = 0; i < PHOTOGRAPHS; i++) assert_false(truth->mask_missing[i]);
  sn_scope_close(scope);
}

/* An extraction that is ended with images left gives nothing, and that is no error. */
static void test_stopped_extraction(void **state) {
  Fixture *fixture = *state;
  SnScope *scope = sn_scope_open();
  SnDataset *dataset = &fixture->dataset;
  SnModel *model = small_model(fixture, "paper");
  SnExtraction *extraction = sn_extraction_new(model, dataset, &dataset->train, &(SnExtractionOptions){.memory = NULL});
  assert_non_null(extraction);
  assert_int_equal(extraction->done, 0);
  assert_int_equal(extraction->total, PHOTOGRAPHS);
  assert_null(sn_extraction_end(extraction));
  assert_true(sn_ok());
  sn_scope_close(scope);
}

/* Broken images are taken out of the list and named, or are an error. */
static void test_broken_photographs(void **state) {
  Fixture *fixture = *state;
  SnScope *scope = sn_scope_open();
  SnDataset *dataset = &fixture->dataset;
  SnModel *model = small_model(fixture, "paper");
  SnFeatures *before = features_of(model, dataset, &dataset->train, NULL, NULL);
  write_text(fixture->folder, "photographs/cloth/train/good/1.png", "no picture");
  assert_null(sn_extract_features(model, dataset, &dataset->train, &(SnExtractionOptions){.memory = NULL}));
  assert_non_null(strstr(sn_error(), "good/1.png"));
  sn_clear_error();
  SnNames skipped = {0};
  SnFeatures *features =
      sn_extract_features(model, dataset, &dataset->train, &(SnExtractionOptions){.skipped = &skipped});
  if (!features) fail_msg("%s", sn_error());
  assert_int_equal(skipped.count, 1);
  assert_non_null(strstr(skipped.items[0], "good/1.png"));
  assert_int_equal(dataset->train.count, PHOTOGRAPHS - 1);
  assert_int_equal(features->levels[0]->array.shape[0], PHOTOGRAPHS - 1);
  size_t size = 12 * 12 * 128; /* of layer2's feature map */
  const float *all = sn_float_data(before->levels[0]), *rest = sn_float_data(features->levels[0]);
  for (size_t i = 0; i < (PHOTOGRAPHS - 1) * size; i++)
    assert_true(fabsf(rest[i] - all[i < size ? i : i + size]) <= 1e-5f * (1 + fabsf(rest[i])));
  sn_names_free(&skipped);
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
  SnModel *model = small_model(fixture, "paper");
  SnTruth *truth = sn_truth_new(dataset.test.count, sn_square(CROP));
  SnFeatures *features = features_of(model, &dataset, &dataset.test, truth, NULL);
  SnTestResult *result = sn_test(model, &dataset, features, truth, NULL);
  if (!result) fail_msg("%s", sn_error());
  assert_int_equal(result->image_count, 9);
  SnTensor *patches = test_patches(model, sn_features_assembled(model, features, 0, 9)),
           *maps = sn_anomaly_maps(&model->settings, patches);
  const float *scores = sn_float_data(sn_image_scores(&model->settings, patches, maps)), *cells = sn_float_data(maps);
  for (int i = 0; i < 9; i++) {
    assert_true(fabs((double)result->image_scores[i] - (double)scores[i]) <= 1e-5 * (1 + fabs((double)scores[i])));
    for (int c = i * CELLS; c < (i + 1) * CELLS; c++)
      assert_true(fabs((double)result->maps[c] - (double)cells[c]) <= 1e-5 * (1 + fabs((double)cells[c])));
  }
  sn_dataset_free(&dataset);
  sn_scope_close(scope);
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
      ON_FEATURES(test_rates_fall_at_the_plateau),
      ON_FEATURES(test_drawn_patches_are_those_of_the_images),
      ON_FEATURES(test_heads),
      ON_FEATURES(test_steps_are_counted),
      ON_FEATURES(test_steps_of_other_networks),
      cmocka_unit_test(test_a_checkpoint_of_many_epochs_comes_back),
      ON_FEATURES(test_steady_memory),
      ON_PHOTOGRAPHS(test_same_bits_paper),
      ON_PHOTOGRAPHS(test_same_bits_robust),
      ON_PHOTOGRAPHS(test_same_bits_official),
      ON_PHOTOGRAPHS(test_features_of_one_image),
      ON_PHOTOGRAPHS(test_stopped_extraction),
      ON_PHOTOGRAPHS(test_broken_photographs),
      ON_PHOTOGRAPHS(test_scores_of_a_test_set),
  };
  return cmocka_run_group_tests(tests, NULL, give_memory_back);
}
