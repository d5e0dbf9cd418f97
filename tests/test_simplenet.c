/* SimpleNet part by part against PyTorch: tests/oracle/simplenet.py has the same configurations and numbers. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anomaly/features.h"
#include "anomaly/local_features.h"
#include "anomaly/map.h"
#include "anomaly/scorer.h"
#include "autograd/ops.h"
#include "models/simplenet/training.h"
#include "tests/support/formula.h"
#include "tests/support/golden.h"
#include "tests/support/models.h"
#include "tests/support/scope.h"

static SnStateDict *golden;

/* ---- one training step, and five ---- */

enum { CHANNELS = 12, HIDDEN = 20, ROWS = 30, STEPS = 5, NO = 0, YES = 1 };
static const double NOISE = 0.25;

typedef struct Configuration {
  const char *name;
  int64_t bias, adaptor, discriminator, optimizer, loss;
  double margin;
} Configuration;

static const Configuration configurations[] = {
    {"paper", NO, 1, 2, SN_ADAM, SN_LOSS_TRUNCATED_L1, 0.5},
    {"official", YES, 1, 2, SN_ADAMW, SN_LOSS_TRUNCATED_L1, 0.5},
    {"no_adaptor", NO, 0, 2, SN_ADAM, SN_LOSS_TRUNCATED_L1, 0.5},
    {"deep_adaptor", YES, 2, 2, SN_ADAM, SN_LOSS_TRUNCATED_L1, 0.5},
    {"shallow_discriminator", NO, 1, 1, SN_ADAM, SN_LOSS_TRUNCATED_L1, 0.5},
    {"deep_discriminator", NO, 1, 3, SN_ADAM, SN_LOSS_TRUNCATED_L1, 0.5},
    {"cross_entropy", NO, 1, 2, SN_ADAM, SN_LOSS_CROSS_ENTROPY, 0.5},
    {"wide_margin", NO, 1, 2, SN_ADAM, SN_LOSS_TRUNCATED_L1, 1.5},
};

static SnModel *new_head(const Configuration *configuration, SnFeatureShape shape, int64_t hidden, SnDtype dtype) {
  SnSettings settings = test_settings(&sn_simplenet, "paper");
  SnSimpleNetSettings own = sn_simplenet_settings(&settings);
  own.hidden = hidden;
  own.adaptor_bias = configuration->bias;
  own.adaptor_depth = configuration->adaptor;
  own.adaptor_optimizer = configuration->optimizer;
  own.adaptor_decay = configuration->optimizer == SN_ADAMW ? 0.01 : 1e-5;
  own.discriminator_depth = configuration->discriminator;
  own.loss = configuration->loss;
  own.margin = configuration->margin;
  sn_set_simplenet_settings(&settings, &own);
  SnModel *model = sn_model_new_head(&settings, shape, dtype);
  if (!model) fail_msg("%s: %s", configuration->name, sn_error());
  formula_fill(&model->head);
  return model;
}

/* Rows are what training takes: the grid makes no difference. */
static SnModel *new_head_for_rows(const Configuration *configuration, int64_t channels, int64_t hidden, SnDtype dtype) {
  return new_head(configuration, (SnFeatureShape){1, 1, channels}, hidden, dtype);
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

static SnStateDict *state_of(const SnModel *model) {
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
    SnModel *model = new_head_for_rows(configuration, CHANNELS, HIDDEN, SN_FLOAT64);
    SnTraining *training = sn_training_new(model, NULL);
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
    SnStateDict *start = state_of(new_head_for_rows(configuration, CHANNELS, HIDDEN, SN_FLOAT64));
    int64_t fallbacks = sn_fallback_count();
    SnModel *model = new_head_for_rows(configuration, CHANNELS, HIDDEN, SN_FLOAT32);
    SnStateDict *head = state_of(model);
    SnTraining *training = sn_training_new(model, NULL);
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
    SnModel *model = new_head_for_rows(&configurations[0], LARGE_CHANNELS, LARGE_HIDDEN, dtype);
    heads[i] = state_of(model);
    take_step(sn_training_new(model, NULL), 1, LARGE_ROWS, LARGE_CHANNELS, dtype);
  }
  SnStateDict *start = state_of(new_head_for_rows(&configurations[0], LARGE_CHANNELS, LARGE_HIDDEN, SN_FLOAT32));
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
  static const SnFeatureShape shape = {1, 1, WIDTH};
  SnScope *scope = sn_scope_open();
  SnSettings official = test_simplenet_settings("official", INNER), paper = test_simplenet_settings("paper", INNER);
  SnModel *model = sn_model_new_head(&official, shape, SN_FLOAT32);
  if (!model) fail_msg("%s", sn_error());
  const SnSimpleNet *network = model->own;
  const SnLinear *adaptor = network->adaptor->linear[0], *hidden = network->discriminator->linear[0];
  const double bound = 1 / sqrt(WIDTH), uniform = bound / sqrt(3);
  expect_spread(adaptor->weight, sqrt(2.0 / (WIDTH + WIDTH)), INFINITY);
  expect_spread(adaptor->bias, uniform, bound * (1 + 1e-6));
  expect_spread(hidden->weight, sqrt(2.0 / (WIDTH + INNER)), INFINITY);
  expect_spread(hidden->bias, uniform, bound * (1 + 1e-6));
  expect_spread(network->discriminator->tail->weight, sqrt(2.0 / (INNER + 1)), INFINITY);
  assert_true(largest_of(hidden->weight) > 3 * sqrt(2.0 / (WIDTH + INNER))); /* no uniform reaches so far */
  assert_null(network->discriminator->tail->bias);
  model = sn_model_new_head(&paper, shape, SN_FLOAT32);
  if (!model) fail_msg("%s", sn_error());
  network = model->own;
  assert_null(network->adaptor->linear[0]->bias);
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

static SnBackbone maps_at(const SnLevels *levels) {
  SnBackbone backbone = {.name = "maps", .levels = *levels, .forward = give_maps};
  for (int i = 0; i < levels->count; i++) {
    backbone.channels[i] = 3 + 2 * levels->numbers[i];
    backbone.stride[i] = 2 << levels->numbers[i];
  }
  return backbone;
}

/* Features [N,h,w,C] against a golden of [N,positions,C]. */
static void expect_features(const char *key, SnTensor *features, double tolerance) {
  if (!features) fail_msg("%s: %s", key, sn_error());
  const int64_t *shape = features->array.shape;
  golden_expect(golden, key, sn_reshape(features, SN_SHAPE(shape[0], shape[1] * shape[2], shape[3])), tolerance);
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
        SnModel model = {.settings = test_settings(&sn_simplenet, styles[style])};
        for (int i = 0; i < SN_MAX_LEVELS; i++) model.feature_scale[i] = 1;
        test_set(&model.settings, "levels", grids[g].levels);
        model.settings.features.grid_level = grids[g].grid_level;
        model.settings.features.patch = patch;
        model.settings.features.dimension = 10;
        model.settings.view.crop = sn_square(51);
        SnBackbone backbone = maps_at(&model.settings.features.levels);
        model.backbone = &backbone;
        SnTensor *images = sn_zeros(dtype, SN_SHAPE(2, 3, 51, 44)), *levels[SN_MAX_LEVELS];
        SnTensor *features = sn_local_features(&model, images);
        char key[64];
        snprintf(key, sizeof key, "local/%s/%d/%s/%d", styles[style], (int)patch, grids[g].levels,
                 (int)grids[g].expected_level);
        expect_features(key, features, tolerance);
        int count = sn_feature_levels(&model, images, levels);
        expect_features(key, sn_assemble_levels(&model.settings, count, levels), tolerance);
        SnFeatureShape shape = sn_feature_shape(&model.settings, &backbone);
        assert_int_equal(features->array.shape[3], shape.channels);
        assert_int_equal(shape.height, grids[g].expected_grid);
        assert_int_equal(shape.width, grids[g].expected_grid);
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
    SnSettings settings = test_simplenet_settings(style, HIDDEN);
    test_set(&settings, "backbone", "resnet18");
    settings.view.crop = sn_square(64);
    SnModel *model = test_model_by_formula(&settings, SN_FLOAT32);
    SnTensor *images = formula_tensor("images", 2, 0, SN_FLOAT32, SN_SHAPE(2, 3, 64, 64));
    char key[64];
    snprintf(key, sizeof key, "resnet18/%s", style);
    expect_features(key, sn_local_features(model, images), 1e-4);
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
  SnSettings settings = test_settings(&sn_simplenet, preset);
  test_set(&settings, "backbone", "resnet18");
  SnModel *model = sn_model_new(&settings, weights);
  SnSample sample = {.path = path, .record = -1};
  SnSamples samples = {&sample, 1};
  SnDataset dataset = {.test = samples};
  SnFeatures *features =
      model ? sn_extract_features(model, &dataset, &samples, &(SnExtractionOptions){.memory = NULL}) : NULL;
  if (!features) fail_msg("%s", sn_error());
  expect_features(key, sn_features_assembled(model, features, 0, 1), 1e-3);
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

enum { IMAGES = 3, SCORED_CHANNELS = 6, GRID = 7, CROP = 50 };

static SnModel *scoring_head(SnDtype dtype) {
  static const Configuration configuration = {"scoring", YES, 1, 2, SN_ADAM, SN_LOSS_TRUNCATED_L1, 0.5};
  SnModel *model = new_head(&configuration, (SnFeatureShape){GRID, GRID, SCORED_CHANNELS}, HIDDEN, dtype);
  model->settings.view.crop = sn_square(CROP);
  return model;
}

static SnTensor *scored_features(SnDtype dtype) {
  return formula_tensor("scored", 1, 0, dtype, SN_SHAPE(IMAGES, GRID, GRID, SCORED_CHANNELS));
}

static void expect_scores(const char *device, SnDtype dtype, double tolerance) {
  assert_true(sn_set_device(device));
  SnScope *scope = sn_scope_open();
  int64_t fallbacks = sn_fallback_count();
  SnModel *model = scoring_head(dtype);
  SnSettings *settings = &model->settings;
  SnTensor *patches = test_patches(model, scored_features(dtype)), *maps = sn_anomaly_maps(settings, patches);
  golden_expect(golden, "scoring/patches", patches, tolerance);
  golden_expect(golden, "scoring/maps", maps, tolerance);
  golden_expect(golden, "scoring/by_patch", sn_image_scores(settings, patches, maps), tolerance);
  settings->map.image_score = SN_IMAGE_SCORE_MAP;
  golden_expect(golden, "scoring/by_map", sn_image_scores(settings, patches, maps), tolerance);
  settings->map.smoothing = 0;
  golden_expect(golden, "scoring/unsmoothed", sn_anomaly_maps(settings, patches), tolerance);
  assert_int_equal(sn_fallback_count(), fallbacks);
  sn_scope_close(scope);
}

static void test_scoring(void **state) {
  (void)state;
  expect_scores("reference", SN_FLOAT64, 1e-12);
  expect_scores("cpu", SN_FLOAT32, 1e-5);
}

static void expect_of_scorer(SnModel *model, const char *maps_key, const char *scores_key, double tolerance) {
  float maps[IMAGES * CROP * CROP], scores[IMAGES];
  SnTensor *features = scored_features(SN_FLOAT32);
  sn_module_train(&model->head, true); /* as after training: scoring has to use the running statistics */
  if (!sn_scorer_run(sn_scorer_new(model, SN_SCORER_LEVELS), 1, &features, maps, scores)) fail_msg("%s", sn_error());
  golden_expect(golden, maps_key, sn_from_host(SN_FLOAT32, SN_SHAPE(IMAGES, CROP, CROP), maps), tolerance);
  golden_expect(golden, scores_key, sn_from_host(SN_FLOAT32, SN_SHAPE(IMAGES), scores), tolerance);
}

/* The same by a plan, which is what everything but tests scores by. */
static void test_scorer(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  int64_t fallbacks = sn_fallback_count();
  SnModel *model = scoring_head(SN_FLOAT32);
  expect_of_scorer(model, "scoring/maps", "scoring/by_patch", 1e-5);
  model->settings.map.image_score = SN_IMAGE_SCORE_MAP;
  expect_of_scorer(model, "scoring/maps", "scoring/by_map", 1e-5);
  model->settings.map.image_score = SN_IMAGE_SCORE_PATCH;
  model->settings.map.smoothing = 0;
  expect_of_scorer(model, "scoring/unsmoothed", "scoring/by_patch", 1e-5);
  assert_int_equal(sn_fallback_count(), fallbacks);
  sn_scope_close(scope);
}

static int open_golden(void **state) {
  (void)state;
  return golden_open(&golden, "tests/golden/simplenet.safetensors");
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
      cmocka_unit_test_setup(test_scorer, usual_device),
  };
  return cmocka_run_group_tests(tests, open_golden, golden_close);
}
