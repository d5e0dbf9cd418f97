/* Features brought to one scale: the factors, what they make equal, and how they are stored. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "anomaly/feature_scale.h"
#include "anomaly/local_features.h"
#include "anomaly/run.h"
#include "anomaly/scorer.h"
#include "autograd/ops.h"
#include "models/simplenet/simplenet.h"
#include "tensor/safetensors.h"
#include "tests/support/comparison.h"
#include "tests/support/formula.h"
#include "tests/support/image_files.h"
#include "tests/support/models.h"
#include "tests/support/scope.h"

enum { IMAGES = 11, SIDE = 4 }; /* more images than are measured at once */

static SnSettings settings_of(const char *backbone, const char *scale) {
  SnSettings settings = test_simplenet_settings("paper", 16);
  test_set(&settings, "backbone", backbone);
  test_set(&settings, "crop", "64");
  test_set(&settings, "resize", "64");
  test_set(&settings, "epochs", "2");
  if (scale) test_set(&settings, "feature-scale", scale);
  return settings;
}

/* Level i: numbers by formula, of another spread and mean in each channel. */
static SnTensor *level(int i, double factor) {
  int64_t channels = i == 0 ? 5 : 3;
  SnTensor *x = formula_tensor(i == 0 ? "fine" : "coarse", factor * (i == 0 ? 1 : 8), 0, SN_FLOAT32,
                               SN_SHAPE(IMAGES, SIDE, SIDE, channels));
  float *values = x->array.data;
  for (int64_t e = 0; e < sn_count(x); e++)
    values[e] = values[e] * (float)(1 + e % channels) + (float)(factor * 40 * (double)(e % channels));
  return x;
}

static SnFeatures *features_of(double factor) {
  return test_features(2, (SnTensor *[]){level(0, factor), level(1, factor)});
}

static SnModel *head(const SnSettings *settings) {
  SnModel *model = sn_model_new_head(settings, (SnFeatureShape){SIDE, SIDE, 8}, SN_FLOAT32);
  expect_no_error();
  return model;
}

/* The definition, in two passes. */
static double deviation(const SnTensor *x) {
  int64_t channels = x->array.shape[3], rows = sn_count(x) / channels;
  const float *values = x->array.data;
  double total = 0;
  for (int64_t c = 0; c < channels; c++) {
    double mean = 0, variance = 0;
    for (int64_t row = 0; row < rows; row++) mean += (double)values[row * channels + c] / (double)rows;
    for (int64_t row = 0; row < rows; row++) variance += pow((double)values[row * channels + c] - mean, 2);
    total += variance / (double)rows;
  }
  return sqrt(total / (double)channels);
}

static void each_level_gets_its_factor(void **state) {
  (void)state;
  SnSettings settings = settings_of("embedded", NULL);
  SnModel *model = head(&settings);
  SnFeatures *features = features_of(1);
  double before[] = {deviation(features->levels[0]), deviation(features->levels[1])};
  assert_true(before[1] > 4 * before[0]);
  assert_true(sn_features_to_scale(model, features));
  for (int i = 0; i < 2; i++) {
    assert_true(fabs(features->scale[i] * before[i] / SN_FEATURE_DEVIATION - 1) < 1e-9);
    assert_true(fabs(deviation(features->levels[i]) / SN_FEATURE_DEVIATION - 1) < 1e-6);
    assert_true(model->feature_scale[i] == features->scale[i]);
  }
}

/* Features of another backbone that differ by a power of two train the same detector, bit for bit. */
static void scale_of_the_backbone_does_not_matter(void **state) {
  (void)state;
  float *expected = NULL;
  int64_t count = 0;
  for (double factor = 1; factor <= 64; factor *= 64) {
    SnSettings settings = settings_of("embedded", NULL);
    SnModel *model = head(&settings);
    SnFeatures *features = features_of(factor);
    assert_true(sn_features_to_scale(model, features));
    SnDataset dataset = {.root = "nowhere", .category = "thing", .train = {.count = IMAGES}};
    SnRun *run = sn_run_on_features(model, &dataset, features, NULL, NULL, &(SnRunOptions){.eval_every = 0});
    SnRunEvent event;
    while (sn_run_next(run, &event)) continue;
    expect_no_error();
    float *bits = test_bits(&model->head, &count);
    if (expected) assert_memory_equal(bits, expected, (size_t)count * sizeof *bits);
    expected = bits;
  }
}

static void who_is_scaled(void **state) {
  (void)state;
  static const struct {
    const char *backbone, *scale;
    bool scaled;
  } cases[] = {{"resnet18", NULL, false},  {"wide_resnet50_2", NULL, false}, {"resnet50", NULL, true},
               {"embedded", NULL, true},   {"resnet18", "measured", true},   {"resnet50", "measured", true},
               {"embedded", "none", false}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    SnSettings settings = settings_of(cases[i].backbone, cases[i].scale);
    SnModel *model = head(&settings);
    SnFeatures *features = features_of(1);
    assert_true(sn_features_to_scale(model, features));
    if ((features->scale[0] != 1) != cases[i].scaled)
      fail_msg("%s, %s: factor %g", cases[i].backbone, cases[i].scale ? cases[i].scale : "auto", features->scale[0]);
    if (!cases[i].scaled) assert_true(tensor_same_bits(features->levels[0], level(0, 1)));
  }
}

static void levels_without_variance(void **state) {
  (void)state;
  SnSettings settings = settings_of("embedded", NULL);
  SnModel *model = head(&settings);
  SnFeatures *features = features_of(1);
  sn_fill(features->levels[0], 3);
  assert_true(sn_features_to_scale(model, features));
  assert_true(features->scale[0] == 1 && features->scale[1] != 1);
  assert_true(((float *)features->levels[0]->array.data)[0] == 3);
}

/* ---- images and files ---- */

/* Features of images are scaled by the model's factors, eagerly and planned, and a file keeps them. */
static void a_model_scales_its_features(void **state) {
  (void)state;
  char *folder = make_folder(), path[512];
  snprintf(path, sizeof path, "%s/model.safetensors", folder);
  SnSettings settings = settings_of("embedded", NULL);
  SnModel *model = sn_model_new(&settings, NULL);
  expect_no_error();
  formula_fill(&model->head);
  SnTensor *images = formula_tensor("images", 2, 0, SN_FLOAT32, SN_SHAPE(1, 3, 64, 64)), *plain[SN_MAX_LEVELS];
  assert_int_equal(sn_feature_levels(model, images, plain), 2);
  model->feature_scale[0] = 1.0 / 3;
  model->feature_scale[1] = 7;
  if (!sn_model_save(model, path)) fail_msg("%s", sn_error());
  SnModel *loaded = sn_model_load(path, NULL);
  expect_no_error();
  SnTensor *scaled[SN_MAX_LEVELS];
  assert_int_equal(sn_feature_levels(loaded, images, scaled), 2);
  for (int i = 0; i < 2; i++) {
    assert_true(loaded->feature_scale[i] == model->feature_scale[i]);
    assert_true(tensor_distance(scaled[i], sn_scale(plain[i], model->feature_scale[i])) == 0);
  }
  float map[64 * 64], score;
  double largest = sn_item(sn_max(test_patches_of_images(loaded, images), SN_ALL_DIMS, false));
  assert_true(sn_scorer_run(sn_scorer_new(loaded, SN_SCORER_IMAGES), 1, &images, map, &score));
  assert_true(fabs((double)score - largest) < 1e-5 * fabs(largest));
  remove_folder(folder);
}

static void damaged_factors(void **state) {
  (void)state;
  static const char *const texts[] = {"", "1", "1,", "1,2,3", "1,0", "-1,2", "1,nan", "inf,1", "1;2", "1,2 ", "a,b"};
  double factors[2];
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    SnStateDict *dict = sn_state_dict_new();
    sn_state_dict_add_text(dict, "feature_scale", texts[i]);
    assert_false(sn_read_feature_scale(dict, "model.safetensors", 2, factors));
    assert_memory_equal(sn_error(), "model.safetensors: feature_scale: expected 2 positive numbers", 60);
    sn_clear_error();
  }
  assert_true(sn_read_feature_scale(sn_state_dict_new(), "model.safetensors", 2, factors));
  assert_true(factors[0] == 1 && factors[1] == 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_scope, close_scope)

int main(void) {
  static const struct CMUnitTest tests[] = {
      TEST(each_level_gets_its_factor), TEST(scale_of_the_backbone_does_not_matter), TEST(who_is_scaled),
      TEST(levels_without_variance),    TEST(a_model_scales_its_features),           TEST(damaged_factors),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
