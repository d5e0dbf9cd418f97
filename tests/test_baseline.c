/* The mean image: its statistics against the formula, its scores on images made for it, and what it finds among the
 * generated images: something, but far from all. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/generated/generate.h"
#include "models/baseline/mean_image.h"
#include "tests/support/image_files.h"

static SnSimpleNetSettings settings_of(int64_t size) {
  SnSimpleNetSettings settings;
  assert_true(sn_settings_preset("paper", &settings));
  settings.resize = settings.crop = size;
  return settings;
}

static void test_distances(void **state) {
  (void)state;
  enum { CROP = 2, VALUES = 3 * CROP * CROP };
  static const float levels[] = {1, 2, 6};
  SnScope *scope = sn_scope_open();
  SnMeanImage *model = sn_mean_image_new(CROP);
  float image[VALUES], map[CROP * CROP];
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < VALUES; j++) image[j] = levels[i] * (float)(j + 1);
    sn_mean_image_add(model, image);
  }
  for (int j = 0; j < VALUES; j++) image[j] = 0;
  assert_true(sn_mean_image_distances(model, image, map));
  for (int i = 0; i < CROP * CROP; i++) {
    double expected = 0;
    for (int channel = 0; channel < 3; channel++) {
      double scale = channel * CROP * CROP + i + 1; /* mean 3 and variance 7 of 1, 2 and 6, scaled */
      expected += 9 * scale * scale / (7 * scale * scale + 0.01) / 3;
    }
    assert_float_equal(map[i], expected, 1e-6);
  }
  sn_scope_close(scope);
}

static void test_too_few_images(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnMeanImage *model = sn_mean_image_new(1);
  float image[3] = {0}, map[1];
  sn_mean_image_add(model, image);
  assert_false(sn_mean_image_distances(model, image, map));
  assert_non_null(strstr(sn_error(), "at least 2 training images, found 1"));
  sn_clear_error();
  sn_scope_close(scope);
}

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

static void test_plain_defects(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  char *folder = make_folder();
  write_category(folder);
  SnDataset dataset;
  assert_true(sn_dataset_open(folder, "thing", NULL, &dataset));
  SnSimpleNetSettings settings = settings_of(32);
  settings.smoothing = 1;
  SnEvaluationCurves curves = {0};
  SnMeanImage *model = sn_mean_image_train(&settings, &dataset, NULL, NULL);
  assert_non_null(model);
  assert_int_equal(model->images, 6);
  SnTestResult *test = sn_mean_image_test(model, &settings, &dataset, &curves, NULL, NULL);
  assert_non_null(test);
  assert_float_equal(test->evaluation.image_auroc.value, 1, 1e-12);
  assert_true(test->evaluation.pixel_auroc.value > 0.99);
  assert_true(curves.image_roc.count > 1);
  for (int64_t i = 0; i < test->image_count; i++) { /* the largest value of its map */
    float largest = test->maps[i * 32 * 32];
    for (int64_t j = 0; j < 32 * 32; j++) largest = fmaxf(largest, test->maps[i * 32 * 32 + j]);
    assert_true(test->image_scores[i] == largest);
  }
  sn_evaluation_curves_free(&curves);
  sn_dataset_free(&dataset);
  remove_folder(folder);
  sn_scope_close(scope);
}

static bool stop(void *context, int64_t done, int64_t total) {
  (void)context, (void)done, (void)total;
  return false;
}

static void test_stops(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  char *folder = make_folder();
  write_category(folder);
  SnDataset dataset;
  assert_true(sn_dataset_open(folder, "thing", NULL, &dataset));
  SnSimpleNetSettings settings = settings_of(32);
  assert_null(sn_mean_image_train(&settings, &dataset, stop, NULL));
  SnMeanImage *model = sn_mean_image_train(&settings, &dataset, NULL, NULL);
  assert_null(sn_mean_image_test(model, &settings, &dataset, NULL, stop, NULL));
  assert_true(sn_ok());
  sn_dataset_free(&dataset);
  remove_folder(folder);
  sn_scope_close(scope);
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
  SnSimpleNetSettings settings = settings_of(128);
  double sum = 0;
  for (int i = 0; i < sn_generated_category_count(); i++) {
    SnScope *scope = sn_scope_open();
    SnDataset dataset;
    assert_true(sn_dataset_open(data, sn_generated_category(i)->name, NULL, &dataset));
    SnMeanImage *model = sn_mean_image_train(&settings, &dataset, NULL, NULL);
    SnTestResult *test = sn_mean_image_test(model, &settings, &dataset, NULL, NULL, NULL);
    assert_non_null(test);
    sum += test->evaluation.image_auroc.value;
    sn_dataset_free(&dataset);
    sn_scope_close(scope);
  }
  double mean = sum / sn_generated_category_count();
  if (!(mean > 0.5 && mean < 0.9)) fail_msg("mean image AUROC of the mean image: %g", mean);
  free(data);
  remove_folder(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_distances),
      cmocka_unit_test(test_too_few_images),
      cmocka_unit_test(test_plain_defects),
      cmocka_unit_test(test_stops),
      cmocka_unit_test(test_generated_categories),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
