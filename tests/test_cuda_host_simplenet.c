/* SimpleNet on the CUDA backend against the cpu backend: training steps, epochs, and the scores of whole images by the
 * eager forward and by plans. On the CPU emulation of the CUDA runtime. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "anomaly/map.h"
#include "anomaly/scorer.h"
#include "autograd/ops.h"
#include "models/simplenet/fit.h"
#include "plan/planned.h"
#include "tests/support/comparison.h"
#include "tests/support/cuda_device.h"
#include "tests/support/models.h"
#include "tests/support/slow.h"

static const SnBackend *cuda;

/* ---- training ---- */

enum { IMAGES = 5, BATCH = 2, EPOCHS = 2, LEVELS = 2 };

typedef struct Trained {
  SnTrainingResult results[EPOCHS];
  SnStateDict *before, *after; /* in the host's memory */
} Trained;

static SnStateDict *state_on_host(const SnModule *head) {
  SnStateDict *state = sn_state_dict_new();
  assert_true(sn_module_state(head, "", state));
  for (int64_t i = 0; i < state->tensor_count; i++)
    state->tensors[i].tensor = sn_copy_of(sn_to_device(state->tensors[i].tensor, sn_backend_cpu()));
  expect_no_error();
  return state;
}

/* EPOCHS on the same features on any device: random numbers have the same bits on all. */
static Trained train(const SnBackend *backend, SnDtype dtype, const char *preset) {
  static const int64_t grids[LEVELS] = {6, 3}, channels[LEVELS] = {12, 20};
  Trained trained;
  assert_true(sn_set_device(backend->name));
  SnSettings settings = test_simplenet_settings(preset, 24);
  settings.training.batch = BATCH;
  settings.training.epochs = EPOCHS;
  SnTensor *levels[LEVELS];
  for (int i = 0; i < LEVELS; i++)
    levels[i] = sn_normal(dtype, SN_SHAPE(IMAGES, grids[i], grids[i], channels[i]), 0.3, 0.2,
                          sn_random(7, SN_STREAM_DATA, (uint32_t)i));
  SnFeatureShape shape = {grids[0], grids[0], channels[0] + channels[1]};
  SnModel *model = sn_model_new_head(&settings, shape, dtype);
  expect_no_error();
  trained.before = state_on_host(&model->head);
  assert_true(sn_set_device(backend->name));
  void *fit = sn_simplenet_fit_new(model, test_features(LEVELS, levels));
  int epochs = 0;
  for (SnFitStep step; fit && sn_simplenet_fit_next(fit, &step);)
    if (step.ends_epoch)
      trained.results[epochs++] = (SnTrainingResult){step.columns[0], step.columns[1], step.columns[2]};
  if (!sn_ok()) fail_msg("%s: %s", backend->name, sn_error());
  assert_int_equal(epochs, EPOCHS);
  trained.after = state_on_host(&model->head);
  return trained;
}

static double norm_of_difference(const SnTensor *a, const SnTensor *b) {
  int64_t count = sn_count(a);
  double *x = sn_scope_allocate(2 * count, sizeof *x, NULL), *y = x + count, sum = 0;
  assert_true(sn_to_host(a, SN_FLOAT64, x) && sn_to_host(b, SN_FLOAT64, y));
  for (int64_t i = 0; i < count; i++) sum += (x[i] - y[i]) * (x[i] - y[i]);
  return sqrt(sum);
}

/* Biases before BatchNorm have a gradient of zero but for rounding, of which Adam makes steps of full size; with them
 * goes the running mean (tests/test_reassociated_step.c). */
static bool is_excepted(const char *name) {
  return strstr(name, "fc.bias") || strstr(name, "block1.0.bias") || strstr(name, "running_mean");
}

static void expect_same_training(const char *preset, SnDtype dtype, double loss_tolerance, double weight_tolerance) {
  SnScope *scope = sn_scope_open();
  assert_true(cuda->set_precision(SN_PRECISION_FLOAT32));
  int64_t fallbacks = sn_fallback_count();
  Trained found = train(cuda, dtype, preset);
  assert_int_equal(sn_fallback_count(), fallbacks);
  Trained expected = train(sn_backend_cpu(), dtype, preset);
  for (int e = 0; e < EPOCHS; e++) {
    const SnTrainingResult *a = &found.results[e], *b = &expected.results[e];
    if (!(fabs(a->loss - b->loss) <= loss_tolerance * b->loss))
      fail_msg("%s: loss of epoch %d is %.9g, on the processor %.9g", preset, e + 1, a->loss, b->loss);
    assert_true(fabs(a->p_true - b->p_true) < 0.01 && fabs(a->p_fake - b->p_fake) < 0.01);
  }
  assert_int_equal(found.after->tensor_count, expected.after->tensor_count);
  for (int64_t i = 0; i < expected.after->tensor_count; i++) {
    const char *name = expected.after->tensors[i].name;
    assert_true(norm_of_difference(found.before->tensors[i].tensor, expected.before->tensors[i].tensor) == 0);
    double change = norm_of_difference(expected.after->tensors[i].tensor, expected.before->tensors[i].tensor);
    double error = norm_of_difference(found.after->tensors[i].tensor, expected.after->tensors[i].tensor);
    if (!is_excepted(name) && !(error <= weight_tolerance * change))
      fail_msg("%s, %s: changed by %g, off by %g", preset, name, change, error);
  }
  sn_scope_close(scope);
}

static void training_agrees_with_the_processor(void **state) {
  (void)state;
  expect_same_training("paper", SN_FLOAT32, 1e-4, 0.01);
  expect_same_training("official", SN_FLOAT32, 1e-4, 0.01);
  expect_same_training("paper", SN_FLOAT64, 1e-9, 1e-6);
}

static void training_repeats_itself(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  Trained first = train(cuda, SN_FLOAT32, "paper"), second = train(cuda, SN_FLOAT32, "paper");
  assert_memory_equal(first.results, second.results, sizeof first.results);
  for (int64_t i = 0; i < first.after->tensor_count; i++)
    assert_true(tensor_same_bits(first.after->tensors[i].tensor, second.after->tensors[i].tensor));
  sn_scope_close(scope);
}

/* ---- scores ---- */

typedef struct Scores {
  SnTensor *eager, *planned, *again, *maps, *images;         /* patch scores thrice; by the eager forward */
  SnTensor *scorer_maps, *scorer_images, *scorer_maps_again; /* by the scorer, on the host */
} Scores;

static int patches_of_images(void *model, SnTensor *const *inputs, SnTensor **outputs) {
  outputs[0] = test_patches_of_images(model, inputs[0]);
  return 1;
}

static SnTensor *planned_patches(SnPlanned *planned, SnTensor *images) {
  SnTensor *outputs[SN_PLAN_MAX_OUTPUTS];
  return sn_planned_run(planned, 1, &images, outputs) == 1 ? sn_copy_of(outputs[0]) : NULL;
}

static void run_scorer(SnScorer *scorer, SnTensor *input, SnSize crop, SnTensor **maps, SnTensor **images) {
  int64_t count = input->array.shape[0];
  float *map_values = sn_scope_allocate(count * sn_size_pixels(crop), sizeof *map_values, NULL);
  float *values = sn_scope_allocate(count, sizeof *values, NULL);
  sn_scorer_run(scorer, 1, &input, map_values, values);
  *maps = sn_from_host(SN_FLOAT32, SN_SHAPE(count, crop.height, crop.width), map_values);
  *images = sn_from_host(SN_FLOAT32, SN_SHAPE(count), values);
}

static Scores score(const SnBackend *backend, const char *preset, int64_t batch, SnSize crop) {
  Scores scores;
  assert_true(sn_set_device(backend->name));
  SnSettings settings = test_settings(&sn_simplenet, preset);
  settings.view.resize = settings.view.crop = crop;
  test_set(&settings, "backbone", "embedded");
  SnModel *model = sn_model_new(&settings, NULL);
  expect_no_error();
  int64_t shape[] = {batch, 3, crop.height, crop.width};
  SnTensor *images = sn_normal(SN_FLOAT32, 4, shape, 0, 1, sn_random(5, SN_STREAM_DATA, 2));
  scores.eager = test_patches_of_images(model, images);
  SnPlanned *planned = sn_planned_new(patches_of_images, model);
  scores.planned = planned_patches(planned, images);
  scores.again = planned_patches(planned, images);
  scores.maps = sn_anomaly_maps(&settings, scores.eager);
  scores.images = sn_image_scores(&settings, scores.eager, scores.maps);
  SnScorer *scorer = sn_scorer_new(model, SN_SCORER_IMAGES);
  run_scorer(scorer, images, crop, &scores.scorer_maps, &scores.scorer_images);
  run_scorer(scorer, images, crop, &scores.scorer_maps_again, &scores.scorer_images);
  expect_no_error();
  return scores;
}

static void expect_same_scores(const char *preset, int64_t batch, SnSize crop, SnPrecision precision,
                               double tolerance) {
  SnScope *scope = sn_scope_open();
  assert_true(cuda->set_precision(precision));
  int64_t fallbacks = sn_fallback_count();
  Scores found = score(cuda, preset, batch, crop);
  assert_int_equal(sn_fallback_count(), fallbacks);
  Scores expected = score(sn_backend_cpu(), preset, batch, crop);
  double distances[] = {
      tensor_distance(found.eager, expected.eager),      tensor_distance(found.planned, expected.eager),
      tensor_distance(found.maps, expected.maps),        tensor_distance(found.images, expected.images),
      tensor_distance(found.scorer_maps, expected.maps), tensor_distance(found.scorer_images, expected.images)};
  for (int i = 0; i < 6; i++)
    if (!(distances[i] <= tolerance))
      fail_msg("%s, batch %d, crop %d x %d, precision %d, scores %d: relative distance %g", preset, (int)batch,
               (int)crop.height, (int)crop.width, (int)precision, i, distances[i]);
  assert_true(tensor_distance(found.again, found.planned) == 0);
  assert_true(tensor_distance(found.scorer_maps_again, found.scorer_maps) == 0);
  assert_true(cuda->set_precision(SN_PRECISION_FLOAT32));
  sn_scope_close(scope);
}

static void scores_agree_with_the_processor(void **state) {
  (void)state;
  SKIP_WHEN_SANITIZED("a network on the CPU emulation of the CUDA runtime");
  expect_same_scores("paper", 2, sn_square(40), SN_PRECISION_FLOAT32, 1e-4);
  expect_same_scores("official", 1, (SnSize){45, 61}, SN_PRECISION_FLOAT32, 1e-4);
  expect_same_scores("paper", 1, sn_square(40), SN_PRECISION_TF32, 0.02);
  expect_same_scores("paper", 1, sn_square(40), SN_PRECISION_BFLOAT16, 0.1);
}

int main(void) {
  int status;
  if (!test_cuda_open(&cuda, &status)) return status;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(training_agrees_with_the_processor, test_clear_error),
      cmocka_unit_test_setup(training_repeats_itself, test_clear_error),
      cmocka_unit_test_setup(scores_agree_with_the_processor, test_clear_error),
  };
  return cmocka_run_group_tests(tests, NULL, test_free_storage);
}
