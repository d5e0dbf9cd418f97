/* The mean image: what it keeps and what it scores against the formula in double precision, its files, and what it
 * finds among the generated images: something, but far from all. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/run.h"
#include "anomaly/scorer.h"
#include "autograd/ops.h"
#include "base/file.h"
#include "datasets/generated/generate.h"
#include "models/mean_image/mean_image.h"
#include "tensor/safetensors.h"
#include "tests/support/comparison.h"
#include "tests/support/image_files.h"
#include "tests/support/models.h"
#include "tests/support/scope.h"
#include "tests/support/state_dicts.h"

static SnSettings settings_of(int64_t size) {
  SnSettings settings = test_settings(&sn_mean_image, NULL);
  settings.view.resize = sn_one_side(size);
  settings.view.crop = sn_square(size);
  return settings;
}

/* ---- numbers ---- */

enum { CROP = 32, PIXELS = CROP * CROP, VALUES = 3 * PIXELS };

static SnModel *new_model(void) {
  SnSettings settings = settings_of(CROP);
  settings.map.smoothing = 0;
  SnModel *model = sn_model_new(&settings, NULL);
  if (!model) fail_msg("%s", sn_error());
  assert_null(model->backbone);
  assert_true(model->features.height == CROP && model->features.width == CROP && model->features.channels == 3);
  return model;
}

/* To images [count,3,CROP,CROP]: the order of a level's numbers is [row][column][colour]. */
static void fit(SnModel *model, const float *images, int64_t count) {
  float *pixels = sn_scope_allocate(count * VALUES, sizeof *pixels, NULL);
  for (int64_t i = 0; i < count * VALUES; i++) {
    int64_t image = i / VALUES, colour = i / PIXELS % 3, pixel = i % PIXELS;
    pixels[image * VALUES + pixel * 3 + colour] = images[i];
  }
  SnTensor *level = sn_from_host(SN_FLOAT32, SN_SHAPE(count, CROP, CROP, 3), pixels);
  expect_no_error();
  void *memory = sn_mean_image.fit_new(model, test_features(1, &level));
  expect_no_error();
  SnFitStep step = {.done = 0};
  for (int64_t done = 1; done <= count; done++) {
    assert_true(sn_mean_image.fit_next(memory, &step));
    assert_true(step.done == done && step.total == count && step.ends_epoch == (done == count));
  }
  assert_false(sn_mean_image.fit_next(memory, &step));
  expect_no_error();
}

static void score(SnModel *model, const float *images, int64_t count, float *maps, float *scores) {
  if (!sn_scorer_run_images(sn_scorer_new(model, SN_SCORER_IMAGES), images, count, maps, scores))
    fail_msg("%s", sn_error());
}

static void test_distances(void **state) {
  (void)state;
  static const float levels[] = {1, 2, 6};
  static float images[3 * VALUES], image[VALUES], map[PIXELS];
  float score_of_image;
  SnModel *model = new_model();
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < VALUES; j++) images[i * VALUES + j] = levels[i] * (float)(j + 1) / 1000;
  fit(model, images, 3);
  score(model, image, 1, map, &score_of_image);
  double largest = 0;
  for (int i = 0; i < PIXELS; i++) {
    double expected = 0;
    for (int channel = 0; channel < 3; channel++) {
      double scale = (channel * PIXELS + i + 1) / 1000.0; /* mean 3 and variance 7 of 1, 2 and 6, scaled */
      expected += 9 * scale * scale / (7 * scale * scale + 0.01) / 3;
    }
    assert_float_equal(map[i], expected, 1e-6);
    largest = fmax(largest, expected);
  }
  assert_float_equal(score_of_image, largest, 1e-6);
}

/* Mean, variance and distance by their definitions, in double precision and two passes. */
static double distance(const float *training, int64_t count, const float *image, int64_t pixel) {
  double sum = 0;
  for (int64_t j = pixel; j < VALUES; j += PIXELS) {
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < count; i++) mean += (double)training[i * VALUES + j] / (double)count;
    for (int64_t i = 0; i < count; i++) squares += pow((double)training[i * VALUES + j] - mean, 2);
    sum += pow((double)image[j] - mean, 2) / (squares / (double)(count - 1) + 0.01);
  }
  return sum / 3;
}

static void test_random_images(void **state) {
  (void)state;
  enum { TRAINED = 7, SCORED = 4 };
  static float training[TRAINED * VALUES], images[SCORED * VALUES], maps[SCORED * PIXELS];
  float scores[SCORED];
  SnTensor *random = sn_normal(SN_FLOAT32, SN_SHAPE(TRAINED * VALUES), 0.3, 0.8, sn_random(3, SN_STREAM_DATA, 1));
  SnTensor *others = sn_normal(SN_FLOAT32, SN_SHAPE(SCORED * VALUES), 0.1, 1.2, sn_random(3, SN_STREAM_DATA, 2));
  assert_true(sn_to_host(random, SN_FLOAT32, training) && sn_to_host(others, SN_FLOAT32, images));
  SnModel *model = new_model();
  fit(model, training, TRAINED);
  score(model, images, SCORED, maps, scores);
  for (int64_t i = 0; i < SCORED; i++) {
    double largest = 0;
    for (int64_t pixel = 0; pixel < PIXELS; pixel++) {
      double expected = distance(training, TRAINED, images + i * VALUES, pixel);
      if (!(fabs((double)maps[i * PIXELS + pixel] - expected) <= 1e-5 * expected + 1e-6))
        fail_msg("image %d, pixel %d: %g, expected %g", (int)i, (int)pixel, (double)maps[i * PIXELS + pixel], expected);
      largest = fmax(largest, expected);
    }
    assert_true(fabs((double)scores[i] - largest) <= 1e-5 * largest);
  }
}

static void test_too_few_images(void **state) {
  (void)state;
  SnTensor *level = sn_zeros(SN_FLOAT32, SN_SHAPE(1, CROP, CROP, 3));
  assert_null(sn_mean_image.fit_new(new_model(), test_features(1, &level)));
  assert_error("at least 2 training images, found 1");
}

/* ---- files ---- */

static void test_save_and_load(void **state) {
  (void)state;
  static float training[2 * VALUES], images[2 * VALUES], maps[2][2 * PIXELS];
  float scores[2][2];
  char *folder = make_folder(), path[512], again[512];
  snprintf(path, sizeof path, "%s/model.safetensors", folder);
  snprintf(again, sizeof again, "%s/again.safetensors", folder);
  for (int i = 0; i < 2 * VALUES; i++) training[i] = sinf((float)i), images[i] = cosf((float)(3 * i));
  SnModel *model = new_model();
  fit(model, training, 2);
  model->calibration.image_threshold = 1.0 / 3;
  if (!sn_model_save(model, path)) fail_msg("%s", sn_error());
  SnModel *loaded = sn_model_load(path, NULL);
  if (!loaded) fail_msg("%s", sn_error());
  assert_ptr_equal(loaded->settings.method, &sn_mean_image);
  assert_true(sn_settings_agree(&loaded->settings, &model->settings, ~0u));
  assert_true(loaded->calibration.image_threshold == 1.0 / 3 && isnan(loaded->calibration.low));
  score(model, images, 2, maps[0], scores[0]);
  score(loaded, images, 2, maps[1], scores[1]);
  assert_memory_equal(maps[0], maps[1], sizeof maps[0]);
  assert_memory_equal(scores[0], scores[1], sizeof scores[0]);
  assert_true(sn_model_save(loaded, again));
  SnBytes first = read_whole(path), second = read_whole(again);
  assert_int_equal(first.size, second.size);
  assert_memory_equal(first.data, second.data, first.size);
  sn_bytes_free(&first);
  sn_bytes_free(&second);

  SnStateDict *file = sn_safetensors_read(path), *changed = sn_state_dict_new();
  for (int64_t i = 0; i < file->text_count; i++) {
    bool crop = strcmp(file->texts[i].name, "crop") == 0 || strcmp(file->texts[i].name, "resize") == 0;
    sn_state_dict_add_text(changed, file->texts[i].name, crop ? "16384" : file->texts[i].text);
  }
  for (int64_t i = 0; i < file->tensor_count; i++)
    sn_state_dict_add(changed, file->tensors[i].name, file->tensors[i].tensor);
  assert_null(sn_model_load_from(changed, "changed", NULL)); /* it asks for 6 GB and holds 24 KB */
  assert_error("changed: mean: expected the shape [16384, 16384, 3], found [32, 32, 3]");
  remove_folder(folder);
}

/* ---- photographs ---- */

static void write_category(const char *folder) {
  char name[64];
  for (int i = 0; i < 6; i++) {
    snprintf(name, sizeof name, "thing/train/good/%d.png", i);
    write_grey(folder, name, 32, 32, (uint8_t)(100 + 4 * i));
    snprintf(name, sizeof name, "thing/test/good/%d.png", i);
    write_grey(folder, name, 32, 32, (uint8_t)(102 + 3 * i));
    snprintf(name, sizeof name, "thing/test/half/%d.png", i);
    write_halves(folder, name, 32, 32, 110, (uint8_t)(180 + i));
    snprintf(name, sizeof name, "thing/ground_truth/half/%d_mask.png", i);
    write_halves(folder, name, 32, 32, 0, 255);
  }
}

static SnRun *run_whole(const SnSettings *settings, SnDataset *dataset) {
  SnModel *model = sn_model_new(settings, NULL);
  SnRun *run = model ? sn_run_new(model, dataset, &(SnRunOptions){.eval_every = 0}) : NULL;
  for (SnRunEvent event; sn_run_next(run, &event);) continue;
  expect_no_error();
  assert_true(sn_run_is_done(run));
  return run;
}

static void test_plain_defects(void **state) {
  (void)state;
  char *folder = make_folder();
  write_category(folder);
  SnDataset dataset;
  assert_true(sn_dataset_open(folder, "thing", NULL, &dataset));
  SnSettings settings = settings_of(32);
  settings.map.smoothing = 1;
  SnEvaluationCurves curves = {0};
  SnRun *run = run_whole(&settings, &dataset);
  SnTestResult *test = sn_run_test(run, SN_SELECT_LAST, &curves);
  if (!test) fail_msg("%s", sn_error());
  assert_float_equal(test->evaluation.image_auroc.value, 1, 1e-12);
  assert_true(test->evaluation.pixel_auroc.value > 0.99);
  assert_true(curves.image_roc.count > 1);
  for (int64_t i = 0; i < test->image_count; i++) { /* the largest value of its map */
    float largest = test->maps[i * 32 * 32];
    for (int64_t j = 0; j < 32 * 32; j++) largest = fmaxf(largest, test->maps[i * 32 * 32 + j]);
    assert_true(test->image_scores[i] == largest);
  }
  assert_true(run->model->calibration.image_threshold == test->evaluation.image_f1_threshold.value);
  sn_evaluation_curves_free(&curves);
  sn_dataset_free(&dataset);
  remove_folder(folder);
}

/* Left after any event, which is no error. */
static void test_stops(void **state) {
  (void)state;
  char *folder = make_folder();
  write_category(folder);
  SnDataset dataset;
  assert_true(sn_dataset_open(folder, "thing", NULL, &dataset));
  SnSettings settings = settings_of(32);
  int events = 0;
  for (bool done = false; !done; events++) {
    SnScope *scope = sn_scope_open();
    SnRun *run = sn_run_new(sn_model_new(&settings, NULL), &dataset, &(SnRunOptions){.eval_every = 0});
    SnRunEvent event;
    for (int i = 0; i < events && sn_run_next(run, &event); i++) continue;
    done = sn_run_is_done(run);
    assert_false(sn_run_suspend(run));
    assert_true(sn_ok());
    sn_scope_close(scope);
  }
  assert_true(events > 6);
  sn_dataset_free(&dataset);
  remove_folder(folder);
}

/* The set is too easy when the mean image finds nine in ten of its defects; and a chance's AUROC would tell that the
 * baseline does not look. */
static void test_generated_categories(void **state) {
  (void)state;
  char *folder = make_folder();
  char *data = sn_path_join(folder, "data");
  SnGenerateOptions options = sn_generate_options();
  options.size = 128;
  options.train = 24;
  options.test_good = 10;
  options.per_defect = 3;
  assert_true(sn_generate_dataset(data, &options, NULL, NULL));
  SnSettings settings = settings_of(128);
  double sum = 0;
  for (int i = 0; i < sn_generated_default_count(); i++) {
    SnScope *scope = sn_scope_open();
    SnDataset dataset;
    assert_true(sn_dataset_open(data, sn_generated_category(i)->name, NULL, &dataset));
    SnTestResult *test = sn_run_test(run_whole(&settings, &dataset), SN_SELECT_LAST, NULL);
    if (!test) fail_msg("%s", sn_error());
    sum += test->evaluation.image_auroc.value;
    sn_dataset_free(&dataset);
    sn_scope_close(scope);
  }
  double mean = sum / sn_generated_default_count();
  if (!(mean > 0.5 && mean < 0.9)) fail_msg("mean image AUROC of the mean image: %g", mean);
  free(data);
  remove_folder(folder);
}

#define IN_SCOPE(test) cmocka_unit_test_setup_teardown(test, open_scope, close_scope)

int main(void) {
  const struct CMUnitTest tests[] = {
      IN_SCOPE(test_distances),
      IN_SCOPE(test_random_images),
      IN_SCOPE(test_too_few_images),
      IN_SCOPE(test_save_and_load),
      IN_SCOPE(test_plain_defects),
      IN_SCOPE(test_stops),
      IN_SCOPE(test_generated_categories),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
