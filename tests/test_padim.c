/* PaDiM against NumPy and SciPy (tests/oracle/padim.py has the same numbers), its choice of channels, its blocks of
 * positions, and what it refuses. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "anomaly/local_features.h"
#include "anomaly/scorer.h"
#include "autograd/ops.h"
#include "models/padim/fit.h"
#include "models/padim/padim.h"
#include "tests/support/comparison.h"
#include "tests/support/formula.h"
#include "tests/support/golden.h"
#include "tests/support/models.h"
#include "tests/support/scope.h"

enum { TRAINING = 9, TESTS = 3, GRID = 6, CROP = 32, SEED = 7, CHOSEN = 5, LEVELS = 3, CHANNELS = 4 + 5 + 3 };
static const int64_t level_shapes[LEVELS][3] = {{6, 6, 4}, {3, 3, 5}, {2, 2, 3}};

static SnSettings settings_of(int64_t channels, double regularization) {
  SnSettings settings = test_settings(&sn_padim, "paper");
  SnPadimSettings own = {.channels = channels, .regularization = regularization};
  sn_set_own_settings(&settings, sizeof own, &own);
  settings.view.crop = sn_square(CROP);
  settings.training.seed = SEED;
  return settings;
}

static SnModel *new_model(int64_t channels, double regularization, SnDtype dtype) {
  SnSettings settings = settings_of(channels, regularization);
  return sn_model_new_head(&settings, (SnFeatureShape){GRID, GRID, CHANNELS}, dtype);
}

/* Levels of images first … first + count - 1. */
static void levels_of(int64_t first, int64_t count, SnDtype dtype, SnTensor **levels) {
  char name[16];
  for (int i = 0; i < LEVELS; i++) {
    const int64_t *shape = level_shapes[i];
    snprintf(name, sizeof name, "level %d", i);
    SnTensor *all = formula_tensor(name, 1, 0, dtype, SN_SHAPE(TRAINING + TESTS, shape[0], shape[1], shape[2]));
    levels[i] = sn_to_contiguous(sn_narrow(all, 0, first, count));
  }
  expect_no_error();
}

/* Steps of the fit of `images` training images, whose blocks of positions take block_bytes. */
static int64_t fit(SnModel *model, int64_t images, int64_t block_bytes) {
  SnTensor *levels[LEVELS];
  levels_of(0, images, SN_FLOAT32, levels);
  void *memory = sn_padim_fit_begin(model, test_features(LEVELS, levels), block_bytes);
  SnFitStep step = {0};
  while (memory && sn_padim_fit_next(memory, &step)) assert_int_equal(step.ends_epoch, step.done == step.total);
  if (sn_ok()) assert_int_equal(step.done, step.total);
  return step.total;
}

static SnTensor *patches_of(SnModel *model, SnDtype dtype) {
  SnTensor *levels[LEVELS];
  SnScores scores = {0};
  levels_of(TRAINING, TESTS, dtype, levels);
  sn_padim.forward(model, sn_assemble_levels(&model->settings, LEVELS, levels), &scores);
  expect_no_error();
  assert_null(scores.images);
  return scores.patches;
}

/* W covariance W^T = I at every position. */
static void expect_whitened(const SnStateDict *golden, const SnPadim *padim, double tolerance) {
  const double *numbers = golden_values(golden, "covariance");
  SnTensor *covariance = sn_from_host(SN_FLOAT64, SN_SHAPE(GRID * GRID, CHOSEN, CHOSEN), numbers);
  SnTensor *w = sn_to_dtype(padim->whitening, SN_FLOAT64);
  SnTensor *product = sn_matmul(sn_matmul(w, covariance), sn_permute(w, SN_DIMS(0, 2, 1)));
  double found[CHOSEN * CHOSEN];
  for (int64_t p = 0; p < GRID * GRID; p++) {
    assert_true(sn_to_host(sn_narrow(product, 0, p, 1), SN_FLOAT64, found));
    for (int i = 0; i < CHOSEN * CHOSEN; i++) assert_float_equal(found[i], (i % (CHOSEN + 1) == 0 ? 1 : 0), tolerance);
  }
}

static void expect_golden(SnDtype dtype, double tolerance) {
  SnStateDict *golden = golden_read("tests/golden/padim.safetensors");
  SnModel *model = new_model(CHOSEN, 0.01, dtype);
  fit(model, TRAINING, 1 << 20);
  expect_no_error();
  const SnPadim *padim = model->own;
  golden_expect(golden, "channels", padim->channels, 0);
  golden_expect(golden, "mean", padim->mean, tolerance);
  expect_whitened(golden, padim, tolerance);
  golden_expect(golden, "patches", patches_of(model, dtype), tolerance);
}

static void gaussians_are_those_of_numpy(void **state) {
  (void)state;
  expect_golden(SN_FLOAT64, 1e-9);
  expect_golden(SN_FLOAT32, 1e-5);
}

/* Planned, from levels to map and score. */
static void maps_and_scores_are_those_of_scipy(void **state) {
  (void)state;
  SnStateDict *golden = golden_read("tests/golden/padim.safetensors");
  SnModel *model = new_model(CHOSEN, 0.01, SN_FLOAT32);
  fit(model, TRAINING, 1 << 20);
  static float maps[TESTS * CROP * CROP], scores[TESTS];
  SnTensor *levels[LEVELS];
  levels_of(TRAINING, TESTS, SN_FLOAT32, levels);
  if (!sn_scorer_run(sn_scorer_new(model, SN_SCORER_LEVELS), LEVELS, levels, maps, scores)) fail_msg("%s", sn_error());
  golden_expect(golden, "maps", sn_from_host(SN_FLOAT32, SN_SHAPE(TESTS, CROP, CROP), maps), 1e-5);
  golden_expect(golden, "scores", sn_from_host(SN_FLOAT32, SN_SHAPE(TESTS), scores), 1e-5);
}

static void blocks_make_no_difference(void **state) {
  (void)state;
  SnModel *whole = new_model(CHOSEN, 0.01, SN_FLOAT32), *cut = new_model(CHOSEN, 0.01, SN_FLOAT32);
  assert_int_equal(fit(whole, TRAINING, 1 << 20), 2 + 1); /* 8 images and 1, and all positions */
  assert_int_equal(fit(cut, TRAINING, 10 * TRAINING * CHOSEN * (int64_t)sizeof(float)), 4 * (2 + 1));
  expect_no_error();
  const SnPadim *a = whole->own, *b = cut->own;
  assert_true(tensor_same_bits(a->mean, b->mean) && tensor_same_bits(a->whitening, b->whitening));
}

static void channels_are_chosen_by_the_seed(void **state) {
  (void)state;
  assert_int_equal(sn_padim_channels(448), 100);
  assert_int_equal(sn_padim_channels(1792), 550);
  assert_int_equal(sn_padim_channels(999), 100);
  assert_int_equal(sn_padim_channels(64), 64);
  SnSettings settings = settings_of(0, 0.01);
  int64_t first[100], second[100];
  for (int64_t seed = 0; seed < 2; seed++) {
    settings.training.seed = seed;
    SnModel *model = sn_model_new_head(&settings, (SnFeatureShape){1, 1, 448}, SN_FLOAT32);
    assert_non_null(model);
    const SnPadim *padim = model->own;
    assert_true(sn_has_shape(padim->channels, 1, (int64_t[]){100}));
    assert_true(sn_to_host(padim->channels, SN_INT64, seed ? second : first));
  }
  for (int i = 1; i < 100; i++) assert_true(first[i - 1] < first[i] && second[i - 1] < second[i]);
  assert_true(first[0] >= 0 && first[99] < 448);
  assert_memory_not_equal(first, second, sizeof first);
}

/* What a file holds counts, whatever the seed of the model that it is loaded into. */
static void a_file_holds_all_that_scoring_needs(void **state) {
  (void)state;
  SnModel *model = new_model(CHOSEN, 0.01, SN_FLOAT32);
  fit(model, TRAINING, 1 << 20);
  SnStateDict *file = sn_state_dict_new();
  assert_true(sn_module_state(&model->head, "", file));
  SnSettings settings = settings_of(CHOSEN, 0.01);
  settings.training.seed = SEED + 1;
  SnModel *other = sn_model_new_head(&settings, model->features, SN_FLOAT32);
  assert_true(sn_module_load(&other->head, file, "", NULL, "a file"));
  assert_true(tensor_same_bits(patches_of(model, SN_FLOAT32), patches_of(other, SN_FLOAT32)));
  other->features.height = GRID + 1;
  assert_false(sn_padim.create(other, NULL, file, "a file"));
  assert_string_equal(sn_error(), "a file: mean: expected the shape [42, 5], found [36, 5]");
}

static void refused(const char *part) {
  if (sn_ok() || !strstr(sn_error(), part)) fail_msg("expected an error about \"%s\", found: %s", part, sn_error());
  sn_clear_error();
}

static void refusals(void **state) {
  (void)state;
  assert_null(new_model(CHANNELS + 1, 0.01, SN_FLOAT32));
  refused("--channels: expected at most the 12 channels");
  fit(new_model(CHOSEN, 0.01, SN_FLOAT32), 1, 1 << 20);
  refused("at least 2 training images, found 1");
  fit(new_model(CHOSEN, 0, SN_FLOAT32), CHOSEN - 1, 1 << 20); /* so few images span fewer dimensions */
  refused("row 0, column 0 of the grid: expected a regularization above 0");
}

static SnScope *test_scope;

static int on_cpu(void **state) {
  (void)state;
  sn_clear_error();
  test_scope = sn_scope_open();
  return sn_set_device("cpu") ? 0 : -1;
}

static int finish(void **state) {
  (void)state;
  sn_clear_error();
  sn_scope_close(test_scope);
  return 0;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, on_cpu, finish)

int main(void) {
  static const struct CMUnitTest tests[] = {
      TEST(gaussians_are_those_of_numpy),    TEST(maps_and_scores_are_those_of_scipy),  TEST(blocks_make_no_difference),
      TEST(channels_are_chosen_by_the_seed), TEST(a_file_holds_all_that_scoring_needs), TEST(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
