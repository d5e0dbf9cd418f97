/* PatchCore: the coreset and the scores against scikit-learn (tests/oracle/patchcore.py), the coreset against the plain
 * greedy choice where it is lazy, the scores in a plan, and the method with its fit and its files. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autograd/ops.h"
#include "models/patchcore/coreset.h"
#include "models/patchcore/patchcore.h"
#include "models/patchcore/scoring.h"
#include "plan/plan.h"
#include "tests/support/comparison.h"
#include "tests/support/formula.h"
#include "tests/support/golden.h"
#include "tests/support/image_files.h"
#include "tests/support/models.h"
#include "tests/support/scope.h"

/* tests/oracle/patchcore.py has the same names and numbers */
enum { IMAGES = 20, TESTED = 3, SIDE = 8, CHANNELS = 24, PROJECTED = 16, CENTRES = 128, FIRST = 77, NEIGHBOURS = 9 };

static const double TOLERANCE = 1e-5;

static SnTensor *features(const char *name, int64_t images) {
  SnTensor *shared = formula_tensor("shared", 1, 0, SN_FLOAT32, SN_SHAPE(SIDE, SIDE, CHANNELS));
  return sn_add(shared, formula_tensor(name, 0.5, 0, SN_FLOAT32, SN_SHAPE(images, SIDE, SIDE, CHANNELS)));
}

static SnTensor *training(void) {
  return sn_reshape(features("training", IMAGES), SN_SHAPE(IMAGES * SIDE * SIDE, CHANNELS));
}

/* One of its patches is a training patch. */
static SnTensor *tested(void) {
  SnTensor *x = features("tested", TESTED);
  assert_non_null(x);
  memcpy(sn_float_data(x) + ((1 * SIDE + 2) * SIDE + 3) * CHANNELS, sn_float_data(training()) + 5 * CHANNELS,
         CHANNELS * sizeof(float));
  return x;
}

static SnTensor *indices_of(const SnCoreset *coreset) {
  expect_no_error();
  return sn_from_host(SN_INT64, SN_SHAPE(coreset->count), coreset->indices);
}

static SnTensor *chosen(void) {
  SnTensor *projection = formula_tensor("projection", 1, 0, SN_FLOAT32, SN_SHAPE(PROJECTED, CHANNELS));
  SnCoreset *coreset = sn_coreset_new(sn_linear(training(), projection, NULL), CENTRES, FIRST);
  while (coreset && sn_coreset_next(coreset, 50)) assert_true(coreset->count <= coreset->wanted);
  return indices_of(coreset);
}

static void agrees_with_scikit_learn(void **state) {
  (void)state;
  SnStateDict *golden = golden_read("tests/golden/patchcore.safetensors");
  for (int b = 0; b < sn_backend_count(); b++) {
    sn_set_device(sn_backend_at(b)->name);
    SnTensor *index = chosen(), *patches, *images;
    golden_expect(golden, "chosen", index, 0);
    SnTensor *bank = sn_index_select(training(), 0, index);
    assert_true(sn_patchcore_scores(tested(), bank, NEIGHBOURS, &patches, &images));
    golden_expect(golden, "patches", patches, TOLERANCE);
    golden_expect(golden, "images/9", images, TOLERANCE);
    assert_true(sn_patchcore_scores(tested(), bank, 3, &patches, &images));
    golden_expect(golden, "images/3", images, TOLERANCE);
  }
  sn_set_device("cpu");
}

static int forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  return sn_patchcore_scores(inputs[0], context, NEIGHBOURS, &outputs[0], &outputs[1]) ? 2 : 0;
}

static void scores_can_be_planned(void **state) {
  (void)state;
  SnTensor *x = tested(), *bank = training(), *expected[2];
  SnPlan *plan = sn_plan_new(forward, bank, 1, &x);
  assert_int_equal(forward(bank, &x, expected), 2);
  expect_no_error();
  assert_int_equal(sn_plan_output_count(plan), 2);
  SnTensor *found[] = {sn_plan_new_output(plan, 0), sn_plan_new_output(plan, 1)};
  assert_true(sn_plan_run_poisoned(plan, &x, found));
  for (int o = 0; o < 2; o++) assert_true(tensor_distance(found[o], expected[o]) <= 1e-6);
  assert_true(sn_float_data(found[0])[SIDE * SIDE + 2 * SIDE + 3] == 0); /* a training patch, to the last bit */
  sn_plan_free(plan);
}

/* With one neighbour the image score is the patches' maximum; weights of distances that overflow in exp are finite. */
static void scores_at_the_ends(void **state) {
  (void)state;
  SnTensor *x = tested(), *bank = training(), *patches, *images, *far_patches, *far_images;
  assert_true(sn_patchcore_scores(x, bank, 1, &patches, &images));
  assert_true(tensor_same_bits(images, sn_max(patches, SN_DIMS(1, 2), false)));
  assert_true(sn_patchcore_scores(x, sn_narrow(bank, 0, 4, 1), NEIGHBOURS, &patches, &images));
  assert_true(tensor_same_bits(images, sn_max(patches, SN_DIMS(1, 2), false)));
  assert_true(sn_patchcore_scores(sn_scale(x, 1000), sn_scale(bank, 1000), NEIGHBOURS, &far_patches, &far_images));
  for (int i = 0; i < TESTED; i++) {
    float score = sn_float_data(far_images)[i];
    assert_true(score >= 0 && score <= 1000 * sn_float_data(sn_max(far_patches, SN_ALL_DIMS, false))[0]);
  }
}

/* ---- the lazy choice ---- */

enum { POINTS = 12000, DIMENSIONS = 19, WANTED = 900 };

/* Clusters of many sizes, among them points that are far from all others. */
static SnTensor *clusters(void) {
  SnTensor *x = formula_tensor("points", 1, 0, SN_FLOAT32, SN_SHAPE(POINTS, DIMENSIONS));
  assert_non_null(x);
  float *values = sn_float_data(x);
  for (int64_t i = 0; i < POINTS; i++)
    for (int64_t d = 0; d < DIMENSIONS; d++) {
      double middle = 3 * formula_value("middles", i % 37 * DIMENSIONS + d),
             spread = i % 97 == 0 ? 4 : 0.2 + 0.01 * (double)(i % 37);
      values[i * DIMENSIONS + d] = (float)(middle + spread * (double)values[i * DIMENSIONS + d]);
    }
  return x;
}

static double squared(const float *a, const float *b) {
  double sum = 0;
  for (int64_t d = 0; d < DIMENSIONS; d++) sum += ((double)a[d] - (double)b[d]) * ((double)a[d] - (double)b[d]);
  return sum;
}

static void the_lazy_choice_is_the_greedy_one(void **state) {
  (void)state;
  SnTensor *points = clusters();
  const float *x = sn_float_data(points);
  SnCoreset *coreset = sn_coreset_new(points, WANTED, 3);
  while (coreset && sn_coreset_next(coreset, 33)) assert_true(coreset->count == WANTED || coreset->count % 33 == 0);
  expect_no_error();
  assert_int_equal(coreset->count, WANTED);
  double *distances = test_malloc(POINTS * sizeof *distances);
  for (int64_t i = 0; i < POINTS; i++) distances[i] = INFINITY;
  for (int64_t c = 0, centre = 3; c < WANTED; c++) {
    if (coreset->indices[c] != centre)
      fail_msg("centre %d is point %d, the farthest is point %d", (int)c, (int)coreset->indices[c], (int)centre);
    int64_t farthest = 0;
    for (int64_t i = 0; i < POINTS; i++) {
      distances[i] = fmin(distances[i], squared(x + i * DIMENSIONS, x + centre * DIMENSIONS));
      if (distances[i] > distances[farthest]) farthest = i;
    }
    centre = farthest;
  }
  test_free(distances);
}

static void threads_choose_alike(void **state) {
  (void)state;
  const SnBackend *cpu = sn_device();
  int usual = cpu->threads();
  SnTensor *first = NULL;
  for (int threads = 1; threads <= 3; threads++) {
    cpu->set_threads(threads);
    SnCoreset *coreset = sn_coreset_new(clusters(), WANTED, 3);
    while (coreset && sn_coreset_next(coreset, WANTED)) assert_int_equal(coreset->count, WANTED);
    SnTensor *index = indices_of(coreset);
    if (first) assert_true(tensor_same_bits(index, first));
    first = index;
  }
  cpu->set_threads(usual);
}

/* Points that are all centres, or equal to one, end the choice. */
static void equal_points_are_chosen_once(void **state) {
  (void)state;
  float values[3000][2];
  for (int i = 0; i < 3000; i++) {
    values[i][0] = (float)(i % 7);
    values[i][1] = 0.5f;
  }
  SnCoreset *coreset = sn_coreset_new(sn_from_host(SN_FLOAT32, SN_SHAPE(3000, 2), values), 10, 2);
  while (coreset && sn_coreset_next(coreset, 1)) assert_true(coreset->count <= 7);
  expect_no_error();
  assert_int_equal(coreset->count, 7);
  assert_int_equal(coreset->wanted, 7);
  static const int64_t expected[] = {2, 6, 0, 4, 1, 3, 5};
  assert_memory_equal(coreset->indices, expected, sizeof expected);
}

static void points_that_are_not_finite_are_refused(void **state) {
  (void)state;
  float values[] = {1, 2, NAN, 4};
  SnCoreset *coreset = sn_coreset_new(sn_from_host(SN_FLOAT32, SN_SHAPE(4, 1), values), 2, 0);
  assert_false(sn_coreset_next(coreset, 1));
  assert_non_null(strstr(sn_error(), "NaN"));
  sn_clear_error();
}

/* ---- the method ---- */

static SnSettings settings_of(const char *coreset, const char *projection) {
  SnSettings settings = test_settings(&sn_patchcore, NULL);
  test_set(&settings, "coreset", coreset);
  test_set(&settings, "projection", projection);
  return settings;
}

static SnModel *fitted(const SnSettings *settings) {
  SnTensor *level = features("training", IMAGES);
  SnModel *model = sn_model_new_head(settings, (SnFeatureShape){SIDE, SIDE, CHANNELS}, SN_FLOAT32);
  expect_no_error();
  void *fit = sn_patchcore.fit_new(model, test_features(1, &level));
  SnFitStep step = {.done = 0};
  for (int64_t before = 0; sn_patchcore.fit_next(fit, &step); before = step.done) {
    assert_true(before < step.done && step.done <= step.total);
    assert_true(step.ends_epoch == (step.done == step.total));
  }
  expect_no_error();
  assert_true(step.ends_epoch);
  return model;
}

static SnTensor *bank_of(const SnModel *model) { return ((const SnPatchCore *)model->own)->bank; }

/* The bank is a coreset of the training patches in their order; without a projection, that of the features. */
static void the_fit_keeps_training_patches(void **state) {
  (void)state;
  SnSettings settings = settings_of("0.05", "24");
  SnTensor *bank = bank_of(fitted(&settings)), *all = training();
  int64_t first = sn_random_below(sn_random(0, SN_STREAM_CORESET, 1), IMAGES * SIDE * SIDE);
  SnCoreset *coreset = sn_coreset_new(all, IMAGES * SIDE * SIDE / 20, first);
  while (coreset && sn_coreset_next(coreset, 100)) assert_true(coreset->count <= coreset->wanted);
  assert_true(sn_has_shape(bank, SN_SHAPE(IMAGES * SIDE * SIDE / 20, CHANNELS)));
  SnTensor *places = sn_nearest_neighbors(bank, all, 1);
  expect_no_error();
  const int64_t *place = places->array.data;
  assert_true(tensor_same_bits(sn_index_select(all, 0, sn_reshape(places, SN_SHAPE(-1))), bank));
  for (int64_t i = 0; i < coreset->count; i++) {
    bool found = false;
    for (int64_t k = 0; k < coreset->count; k++) found |= place[i] == coreset->indices[k];
    assert_true(found && (i == 0 || place[i] > place[i - 1]));
  }
}

static void the_fit_follows_its_settings(void **state) {
  (void)state;
  SnSettings settings = settings_of("0.05", "8");
  SnTensor *bank = bank_of(fitted(&settings));
  assert_true(tensor_same_bits(bank_of(fitted(&settings)), bank));
  settings.training.seed = 1;
  assert_false(tensor_same_bits(bank_of(fitted(&settings)), bank));
  settings = settings_of("1", "8");
  assert_true(tensor_same_bits(bank_of(fitted(&settings)), training()));
  settings = settings_of("1e-9", "8");
  assert_int_equal(bank_of(fitted(&settings))->array.shape[0], 1);
}

static SnTensor *image_scores(const SnModel *model) {
  SnScores scores = {NULL, NULL};
  assert_true(sn_patchcore.forward(model, tested(), &scores));
  return scores.images;
}

static void models_are_saved_and_loaded(void **state) {
  (void)state;
  char *folder = make_folder(), path[512];
  snprintf(path, sizeof path, "%s/model.safetensors", folder);
  SnSettings settings = settings_of("0.1", "16");
  test_set(&settings, "backbone", "embedded");
  test_set(&settings, "dimension", "24");
  SnModel *model = fitted(&settings), *whole = sn_model_new(&settings, NULL);
  expect_no_error();
  assert_true(sn_become(bank_of(whole), bank_of(model)));
  assert_true(sn_model_save(whole, path));
  SnModel *loaded = sn_model_load(path, NULL);
  expect_no_error();
  assert_true(tensor_same_bits(bank_of(loaded), bank_of(model)));
  assert_true(tensor_same_bits(image_scores(loaded), image_scores(model)));
  assert_true(sn_become(bank_of(whole), sn_zeros(SN_FLOAT32, SN_SHAPE(5, 23))));
  assert_true(sn_model_save(whole, path));
  assert_null(sn_model_load(path, NULL));
  assert_non_null(strstr(sn_error(), "memory_bank: expected the shape [M, 24] with M > 0, found [5, 23]"));
  sn_clear_error();
  remove_folder(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scope, close_scope)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(agrees_with_scikit_learn),
      TEST(scores_can_be_planned),
      TEST(scores_at_the_ends),
      TEST(the_lazy_choice_is_the_greedy_one),
      TEST(threads_choose_alike),
      TEST(equal_points_are_chosen_once),
      TEST(points_that_are_not_finite_are_refused),
      TEST(the_fit_keeps_training_patches),
      TEST(the_fit_follows_its_settings),
      TEST(models_are_saved_and_loaded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
