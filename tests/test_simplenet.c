/* SimpleNet part by part against PyTorch: tests/oracle/simplenet.py has the same configurations and numbers. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/simplenet/local_features.h"
#include "models/simplenet/scoring.h"
#include "models/simplenet/training.h"
#include "tests/support/formula.h"
#include "tests/support/golden.h"

static SnStateDict *golden;
static SnScope *golden_scope;

/* ---- one training step, and five ---- */

enum { CHANNELS = 12, HIDDEN = 20, ROWS = 30, STEPS = 5 };
static const double NOISE = 0.25;

typedef struct Configuration {
  const char *name;
  int64_t bias, adaptor, discriminator, optimizer, loss;
  double margin;
} Configuration;

static const Configuration configurations[] = {
    {"paper", SN_NO, 1, 2, SN_ADAM, SN_LOSS_TRUNCATED_L1, 0.5},
    {"official", SN_YES, 1, 2, SN_ADAMW, SN_LOSS_TRUNCATED_L1, 0.5},
    {"no_adaptor", SN_NO, 0, 2, SN_ADAM, SN_LOSS_TRUNCATED_L1, 0.5},
    {"deep_adaptor", SN_YES, 2, 2, SN_ADAM, SN_LOSS_TRUNCATED_L1, 0.5},
    {"shallow_discriminator", SN_NO, 1, 1, SN_ADAM, SN_LOSS_TRUNCATED_L1, 0.5},
    {"deep_discriminator", SN_NO, 1, 3, SN_ADAM, SN_LOSS_TRUNCATED_L1, 0.5},
    {"cross_entropy", SN_NO, 1, 2, SN_ADAM, SN_LOSS_CROSS_ENTROPY, 0.5},
    {"wide_margin", SN_NO, 1, 2, SN_ADAM, SN_LOSS_TRUNCATED_L1, 1.5},
};

static SnSimpleNet *new_head(const Configuration *configuration, int64_t channels, int64_t hidden, SnDtype dtype) {
  SnSimpleNetSettings settings;
  assert_true(sn_settings_preset("paper", &settings));
  settings.hidden = hidden;
  settings.adaptor_bias = configuration->bias;
  settings.adaptor_depth = configuration->adaptor;
  settings.adaptor_optimizer = configuration->optimizer;
  settings.adaptor_decay = configuration->optimizer == SN_ADAMW ? 0.01 : 1e-5;
  settings.discriminator_depth = configuration->discriminator;
  settings.loss = configuration->loss;
  settings.margin = configuration->margin;
  SnSimpleNet *model = sn_simplenet_new_head(&settings, channels, dtype);
  if (!model) fail_msg("%s: %s", configuration->name, sn_error());
  formula_fill(&model->head);
  return model;
}

static SnTrainingResult take_step(SnTraining *training, int step, int64_t rows, int64_t channels, SnDtype dtype) {
  char features[32], noise[32];
  snprintf(features, sizeof features, "features/%d", step);
  snprintf(noise, sizeof noise, "noise/%d", step);
  SnScope *scope = sn_scope_open();
  SnTensor *o = formula_tensor(features, 1, 0, dtype, SN_SHAPE(rows, channels));
  SnTensor *e = formula_tensor(noise, NOISE, 0, dtype, SN_SHAPE(rows, channels));
  SnTrainingResult result;
  if (!sn_training_step(training, o, e, &result)) fail_msg("%s", sn_error());
  sn_scope_close(scope);
  return result;
}

static SnStateDict *state_of(const SnSimpleNet *model) {
  SnStateDict *state = sn_state_dict_new();
  if (!state || !sn_module_state(&model->head, "", state)) fail_msg("%s", sn_error());
  return state;
}

static double largest_of(const SnTensor *tensor) {
  double *values = test_malloc((size_t)sn_count(tensor) * sizeof *values), largest = 0;
  assert_true(sn_to_host(tensor, SN_FLOAT64, values));
  for (int64_t i = 0; i < sn_count(tensor); i++) largest = fmax(largest, fabs(values[i]));
  test_free(values);
  return largest;
}

/* BatchNorm takes the mean away, and with it the biases before, the adaptor's last included: their gradients are zero
 * but for rounding. */
static bool is_before_batch_norm(const Configuration *configuration, const char *name) {
  char last[64];
  snprintf(last, sizeof last, "layers.%dfc.bias", (int)configuration->adaptor - 1);
  return strstr(name, ".0.bias") || (strstr(name, last) && configuration->discriminator > 1);
}

static void expect_no_gradient_before_batch_norm(const SnStateDict *state, int64_t i, double tolerance) {
  double bias = largest_of(sn_gradient(state->tensors[i].tensor));
  double weight = largest_of(sn_gradient(state->tensors[i - 1].tensor)); /* of the same layer */
  assert_non_null(strstr(state->tensors[i - 1].name, ".weight"));
  if (!(bias < tolerance * weight)) fail_msg("%s: gradient %g beside %g", state->tensors[i].name, bias, weight);
}

static void expect_close(const char *key, const SnTensor *found, double tolerance) {
  double distance = golden_distance(golden, key, found);
  if (!(distance <= tolerance)) fail_msg("%s: relative distance %g, allowed is %g", key, distance, tolerance);
}

static void expect_state(const char *configuration, int step, const SnStateDict *state, double tolerance) {
  for (int64_t i = 0; i < state->tensor_count; i++) {
    char key[128];
    snprintf(key, sizeof key, "%s/step %d/%s", configuration, step, state->tensors[i].name);
    expect_close(key, state->tensors[i].tensor, tolerance);
  }
}

static void expect_gradients(const Configuration *configuration, const SnStateDict *state, double tolerance,
                             double zero_tolerance) {
  for (int64_t i = 0; i < state->tensor_count; i++) {
    const char *name = state->tensors[i].name;
    char key[128];
    snprintf(key, sizeof key, "%s/gradient/%s", configuration->name, name);
    if (strstr(name, "running")) continue;
    if (is_before_batch_norm(configuration, name))
      expect_no_gradient_before_batch_norm(state, i, zero_tolerance);
    else
      expect_close(key, sn_gradient(state->tensors[i].tensor), tolerance);
  }
}

static void expect_result(const char *configuration, const SnTrainingResult *result, double tolerance) {
  char key[64];
  snprintf(key, sizeof key, "%s/result", configuration);
  const double *expected = golden_values(golden, key);
  if (!(fabs(result->loss - expected[0]) <= tolerance * expected[0]))
    fail_msg("%s: the loss is %.17g, PyTorch has %.17g", configuration, result->loss, expected[0]);
  assert_true(fabs(result->p_true - expected[1]) < 1e-12);
  assert_true(fabs(result->p_fake - expected[2]) < 1e-12);
}

static void test_steps_in_float64(void **state) {
  (void)state;
  sn_set_device("reference");
  for (size_t c = 0; c < sizeof configurations / sizeof *configurations; c++) {
    const Configuration *configuration = &configurations[c];
    SnScope *scope = sn_scope_open();
    SnSimpleNet *model = new_head(configuration, CHANNELS, HIDDEN, SN_FLOAT64);
    SnTraining *training = sn_training_new(model, 0, NULL);
    SnStateDict *head = state_of(model);
    SnTrainingResult result = take_step(training, 1, ROWS, CHANNELS, SN_FLOAT64);
    expect_result(configuration->name, &result, 1e-9);
    expect_gradients(configuration, head, 1e-9, 1e-12);
    expect_state(configuration->name, 1, head, 1e-9);
    for (int step = 2; step <= STEPS; step++) take_step(training, step, ROWS, CHANNELS, SN_FLOAT64);
    expect_state(configuration->name, STEPS, head, 1e-9);
    assert_int_equal(training->step, STEPS);
    sn_scope_close(scope);
  }
}

/* |step - expected step| / |expected step|, Euclidean; start is what the weights were. */
static double step_distance(const double *expected, const SnTensor *found, const SnTensor *start) {
  int64_t count = sn_count(found);
  double *x = test_malloc((size_t)count * sizeof *x), *w = test_malloc((size_t)count * sizeof *w);
  double difference = 0, norm = 0;
  assert_true(sn_to_host(found, SN_FLOAT64, x) && sn_to_host(start, SN_FLOAT64, w));
  for (int64_t i = 0; i < count; i++) {
    difference += (x[i] - expected[i]) * (x[i] - expected[i]);
    norm += (expected[i] - w[i]) * (expected[i] - w[i]);
  }
  test_free(x);
  test_free(w);
  return sqrt(difference) / sqrt(norm);
}

static void expect_steps_of_weights(const Configuration *configuration, const SnStateDict *head,
                                    const SnStateDict *start) {
  for (int64_t i = 0; i < head->tensor_count; i++) {
    const char *name = head->tensors[i].name;
    if (strstr(name, "running") || is_before_batch_norm(configuration, name)) continue;
    char key[128];
    snprintf(key, sizeof key, "%s/step 1/%s", configuration->name, name);
    double distance = step_distance(golden_values(golden, key), head->tensors[i].tensor, start->tensors[i].tensor);
    if (!(distance <= 0.03)) fail_msg("%s: relative distance of the step %g", key, distance);
  }
}

static void test_step_in_float32(void **state) {
  (void)state;
  for (size_t c = 0; c < sizeof configurations / sizeof *configurations; c++) {
    const Configuration *configuration = &configurations[c];
    SnScope *scope = sn_scope_open();
    SnStateDict *start = state_of(new_head(configuration, CHANNELS, HIDDEN, SN_FLOAT64));
    int64_t fallbacks = sn_fallback_count();
    SnSimpleNet *model = new_head(configuration, CHANNELS, HIDDEN, SN_FLOAT32);
    SnStateDict *head = state_of(model);
    SnTraining *training = sn_training_new(model, 0, NULL);
    SnTrainingResult result = take_step(training, 1, ROWS, CHANNELS, SN_FLOAT32);
    assert_int_equal(sn_fallback_count(), fallbacks);
    expect_result(configuration->name, &result, 1e-5);
    expect_gradients(configuration, head, 1e-3, 1e-4);
    expect_steps_of_weights(configuration, head, start);
    sn_scope_close(scope);
  }
}

/* At a size at which the fast kernels work in blocks: cpu in float32 beside the reference in float64, which the tests
 * above hold to PyTorch. */
static void test_large_step_in_float32(void **state) {
  (void)state;
  enum { LARGE_CHANNELS = 129, LARGE_HIDDEN = 130, LARGE_ROWS = 301 };
  SnScope *scope = sn_scope_open();
  SnStateDict *heads[2];
  for (int i = 0; i < 2; i++) {
    sn_set_device(i == 0 ? "reference" : "cpu");
    SnDtype dtype = i == 0 ? SN_FLOAT64 : SN_FLOAT32;
    SnSimpleNet *model = new_head(&configurations[0], LARGE_CHANNELS, LARGE_HIDDEN, dtype);
    heads[i] = state_of(model);
    take_step(sn_training_new(model, 0, NULL), 1, LARGE_ROWS, LARGE_CHANNELS, dtype);
  }
  SnStateDict *start = state_of(new_head(&configurations[0], LARGE_CHANNELS, LARGE_HIDDEN, SN_FLOAT32));
  for (int64_t i = 0; i < heads[0]->tensor_count; i++) {
    const char *name = heads[0]->tensors[i].name;
    if (strstr(name, "running")) continue;
    if (is_before_batch_norm(&configurations[0], name)) {
      expect_no_gradient_before_batch_norm(heads[1], i, 1e-4);
      continue;
    }
    SnTensor *exact = sn_gradient(heads[0]->tensors[i].tensor), *found = sn_gradient(heads[1]->tensors[i].tensor);
    SnTensor *zero = sn_zeros(SN_FLOAT32, exact->array.ndim, exact->array.shape);
    double distance = step_distance(exact->array.data, found, zero);
    if (!(distance <= 1e-3)) fail_msg("%s: relative distance of the gradient %g", name, distance);
    distance =
        step_distance(heads[0]->tensors[i].tensor->array.data, heads[1]->tensors[i].tensor, start->tensors[i].tensor);
    if (!(distance <= 0.03)) fail_msg("%s: relative distance of the step %g", name, distance);
  }
  sn_scope_close(scope);
}

/* ---- the head at first ---- */

static void expect_spread(const SnTensor *tensor, double deviation, double bound) {
  int64_t count = sn_count(tensor);
  const float *values = sn_float_data(tensor);
  double square = 0;
  for (int64_t i = 0; i < count; i++) square += (double)values[i] * (double)values[i] / (double)count;
  double found = sqrt(square), largest = largest_of(tensor);
  if (!(fabs(found / deviation - 1) < 5 / sqrt(2 * (double)count) && largest <= bound))
    fail_msg("deviation %g, largest %g; expected %g and at most %g", found, largest, deviation, bound);
}

/* Weights xavier_normal, biases as PyTorch's Linear has them: uniform within 1 / sqrt(fan_in). */
static void test_initial_head(void **state) {
  (void)state;
  enum { WIDTH = 80, INNER = 200 };
  SnScope *scope = sn_scope_open();
  SnSimpleNetSettings settings;
  sn_settings_preset("official", &settings);
  settings.hidden = INNER;
  SnSimpleNet *model = sn_simplenet_new_head(&settings, WIDTH, SN_FLOAT32);
  if (!model) fail_msg("%s", sn_error());
  const SnLinear *adaptor = model->adaptor->linear[0], *hidden = model->discriminator->linear[0];
  const double bound = 1 / sqrt(WIDTH), uniform = bound / sqrt(3);
  expect_spread(adaptor->weight, sqrt(2.0 / (WIDTH + WIDTH)), INFINITY);
  expect_spread(adaptor->bias, uniform, bound * (1 + 1e-6));
  expect_spread(hidden->weight, sqrt(2.0 / (WIDTH + INNER)), INFINITY);
  expect_spread(hidden->bias, uniform, bound * (1 + 1e-6));
  expect_spread(model->discriminator->tail->weight, sqrt(2.0 / (INNER + 1)), INFINITY);
  assert_true(largest_of(hidden->weight) > 3 * sqrt(2.0 / (WIDTH + INNER))); /* no uniform reaches so far */
  assert_null(model->discriminator->tail->bias);
  assert_true(sn_settings_preset("paper", &settings));
  assert_null(sn_simplenet_new_head(&settings, WIDTH, SN_FLOAT32)->adaptor->linear[0]->bias);
  sn_scope_close(scope);
}

/* ---- local features ---- */

/* Feature maps by formula in place of a network. */
static bool give_maps(SnBackbone *backbone, SnTensor *images, SnTensor **levels) {
  static const int64_t shapes[][4] = {{2, 5, 13, 11}, {2, 7, 7, 6}, {2, 9, 4, 3}};
  for (int i = 0; i < backbone->levels.count; i++) {
    int64_t number = backbone->levels.numbers[i];
    char name[32];
    snprintf(name, sizeof name, "level/%d", (int)number);
    levels[i] = formula_tensor(name, 1, 0, images->array.dtype, 4, shapes[number - 1]);
  }
  return sn_ok();
}

static SnBackbone maps_at(SnLevels levels) {
  SnBackbone backbone = {.name = "maps", .levels = levels, .forward = give_maps};
  for (int i = 0; i < levels.count; i++) {
    backbone.channels[i] = 3 + 2 * levels.numbers[i];
    backbone.stride[i] = 2 << levels.numbers[i];
  }
  return backbone;
}

static void expect_local_features(const char *device, SnDtype dtype, double tolerance) {
  static const char *const styles[] = {"paper", "official"};
  static const struct {
    const char *levels;
    int64_t grid_level, expected_level, expected_grid;
  } grids[] = {{"2", 0, 2, 7},      {"3", 0, 3, 4},     {"2,3", 0, 2, 7},
               {"1,2,3", 0, 1, 13}, {"1,2,3", 2, 2, 7}, {"1,3", 3, 3, 4}};
  assert_true(sn_set_device(device));
  int64_t fallbacks = sn_fallback_count();
  for (int64_t style = 0; style < 2; style++)
    for (int64_t patch = 1; patch <= 5; patch += 2)
      for (size_t g = 0; g < sizeof grids / sizeof *grids; g++) {
        SnScope *scope = sn_scope_open();
        SnSimpleNetSettings settings;
        sn_settings_preset(styles[style], &settings);
        assert_true(sn_setting_parse(sn_setting_find("levels"), grids[g].levels, &settings));
        settings.grid_level = grids[g].grid_level;
        settings.patch = patch;
        settings.dimension = 10;
        settings.crop = 51;
        SnBackbone backbone = maps_at(sn_settings_levels(&settings));
        SnTensor *features = sn_local_features(&settings, &backbone, sn_zeros(dtype, SN_SHAPE(2, 3, 51, 44)));
        char key[64];
        snprintf(key, sizeof key, "local/%s/%d/%s/%d", styles[style], (int)patch, grids[g].levels,
                 (int)grids[g].expected_level);
        golden_expect(golden, key, features, tolerance);
        assert_int_equal(features->array.shape[2], sn_local_feature_channels(&settings, &backbone));
        assert_int_equal(sn_local_feature_grid(&settings, &backbone), grids[g].expected_grid);
        sn_scope_close(scope);
      }
  assert_int_equal(sn_fallback_count(), fallbacks);
}

static void test_local_features(void **state) {
  (void)state;
  expect_local_features("reference", SN_FLOAT64, 1e-13);
  expect_local_features("cpu", SN_FLOAT32, 2e-6);
}

static void test_local_features_of_a_network(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    const char *style = i == 0 ? "paper" : "official";
    SnScope *scope = sn_scope_open();
    SnSimpleNetSettings settings;
    sn_settings_preset(style, &settings);
    settings.crop = 64;
    SnGenerator generator = {.dtype = SN_FLOAT32};
    SnBackbone *backbone = sn_backbone_new("resnet18", &(SnLevels){2, {2, 3}}, &generator);
    formula_fill(&backbone->module);
    SnTensor *images = formula_tensor("images", 2, 0, SN_FLOAT32, SN_SHAPE(2, 3, 64, 64));
    char key[64];
    snprintf(key, sizeof key, "resnet18/%s", style);
    golden_expect(golden, key, sn_local_features(&settings, backbone, images), 1e-4);
    sn_scope_close(scope);
  }
}

/* ---- photographs, from the file to the features ---- */

static void expect_features_of_photograph(const char *shared, const char *weights, const char *name, const char *file,
                                          const char *preset) {
  SnScope *scope = sn_scope_open();
  char path[512], key[64];
  snprintf(path, sizeof path, "%s/data/%s", shared, file);
  snprintf(key, sizeof key, "photograph/%s/%s", name, preset);
  SnSimpleNetSettings settings;
  sn_settings_preset(preset, &settings);
  snprintf(settings.backbone, sizeof settings.backbone, "resnet18");
  SnSimpleNet *model = sn_simplenet_new(&settings, weights);
  SnSample sample = {.path = path, .record = -1};
  SnSamples samples = {&sample, 1};
  SnDataset dataset = {.test = samples};
  SnFeatures *features = model ? sn_extract_features(model, &dataset, &samples, false, NULL, NULL) : NULL;
  if (!features) fail_msg("%s", sn_error());
  golden_expect(golden, key, sn_features_rows(features, 0, 1), 1e-3);
  sn_scope_close(scope);
}

static void test_photographs(void **state) {
  (void)state;
  static const char *const files[][2] = {{"bottle", "mvtec/bottle/test/broken_large/000.png"},
                                         {"hazelnut", "other/hazelnut/test/colour/00.jpg"},
                                         {"wood_surface", "other/wood_surface/test/defect/100000000.jpg"}};
  const char *shared = getenv("SIMPLENET_SHARED");
  if (!shared) shared = "../shared";
  char weights[512];
  snprintf(weights, sizeof weights, "%s/weights/resnet18-imagenet-to-layer3.safetensors", shared);
  if (access(weights, R_OK) != 0) {
    printf("skip: features of photographs: %s is absent\n", weights);
    skip();
  }
  for (int i = 0; i < 3; i++) {
    expect_features_of_photograph(shared, weights, files[i][0], files[i][1], "paper");
    expect_features_of_photograph(shared, weights, files[i][0], files[i][1], "official");
  }
}

/* ---- scoring ---- */

static void expect_scores(const char *device, SnDtype dtype, double tolerance) {
  enum { IMAGES = 3, SCORED_CHANNELS = 6, GRID = 7, CROP = 50 };
  static const Configuration configuration = {"scoring", SN_YES, 1, 2, SN_ADAM, SN_LOSS_TRUNCATED_L1, 0.5};
  assert_true(sn_set_device(device));
  SnScope *scope = sn_scope_open();
  int64_t fallbacks = sn_fallback_count();
  SnSimpleNet *model = new_head(&configuration, SCORED_CHANNELS, HIDDEN, dtype);
  model->grid = GRID;
  model->settings.crop = CROP;
  sn_module_train(&model->head, true); /* as after training: scoring has to use the running statistics */
  SnTensor *features = formula_tensor("scored", 1, 0, dtype, SN_SHAPE(IMAGES, GRID * GRID, SCORED_CHANNELS));
  SnTensor *patches = sn_patch_scores(model, features), *maps = sn_anomaly_maps(&model->settings, patches);
  golden_expect(golden, "scoring/patches", patches, tolerance);
  golden_expect(golden, "scoring/maps", maps, tolerance);
  golden_expect(golden, "scoring/by_patch", sn_image_scores(&model->settings, patches, maps), tolerance);
  model->settings.image_score = SN_SCORE_MAP;
  golden_expect(golden, "scoring/by_map", sn_image_scores(&model->settings, patches, maps), tolerance);
  model->settings.smoothing = 0;
  golden_expect(golden, "scoring/unsmoothed", sn_anomaly_maps(&model->settings, patches), tolerance);
  assert_int_equal(sn_fallback_count(), fallbacks);
  sn_scope_close(scope);
}

static void test_scoring(void **state) {
  (void)state;
  expect_scores("reference", SN_FLOAT64, 1e-12);
  expect_scores("cpu", SN_FLOAT32, 1e-5);
}

static int usual_device(void **state) {
  (void)state;
  sn_clear_error();
  return sn_set_device("cpu") ? 0 : -1;
}

static int open_golden(void **state) {
  (void)state;
  golden_scope = sn_scope_open();
  golden = golden_read("tests/golden/simplenet.safetensors");
  return golden ? 0 : -1;
}

static int close_golden(void **state) {
  (void)state;
  sn_scope_close(golden_scope);
  sn_storage_trim();
  return 0;
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_steps_in_float64, usual_device),
      cmocka_unit_test_setup(test_step_in_float32, usual_device),
      cmocka_unit_test_setup(test_large_step_in_float32, usual_device),
      cmocka_unit_test_setup(test_initial_head, usual_device),
      cmocka_unit_test_setup(test_local_features, usual_device),
      cmocka_unit_test_setup(test_local_features_of_a_network, usual_device),
      cmocka_unit_test_setup(test_photographs, usual_device),
      cmocka_unit_test_setup(test_scoring, usual_device),
  };
  return cmocka_run_group_tests(tests, open_golden, close_golden);
}
