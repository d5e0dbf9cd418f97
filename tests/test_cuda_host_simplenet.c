/* SimpleNet on the CUDA backend against the cpu backend: training steps, epochs, and the scores of whole images by the
 * eager forward and by plans. On the device that the processor plays. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "autograd/ops.h"
#include "models/simplenet/local_features.h"
#include "models/simplenet/planned.h"
#include "models/simplenet/scoring.h"
#include "models/simplenet/training.h"
#include "tests/support/comparison.h"
#include "tests/support/cuda_device.h"
#include "tests/support/slow.h"

static const SnBackend *cuda;

/* ---- training ---- */

enum { IMAGES = 5, BATCH = 2, EPOCHS = 2, PARTS = 2 };

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
  static const int64_t grids[PARTS] = {6, 3}, channels[PARTS] = {12, 20};
  Trained trained;
  SnSimpleNetSettings settings;
  assert_true(sn_set_device(backend->name));
  assert_true(sn_settings_preset(preset, &settings));
  settings.hidden = 24;
  settings.batch = BATCH;
  settings.epochs = EPOCHS;
  SnTensor *parts[PARTS];
  for (int i = 0; i < PARTS; i++)
    parts[i] = sn_normal(dtype, SN_SHAPE(IMAGES, grids[i] * grids[i], channels[i]), 0.3, 0.2,
                         sn_random(7, SN_STREAM_DATA, (uint32_t)i));
  SnSimpleNet *model = sn_simplenet_new_head(&settings, channels[0] + channels[1], dtype);
  expect_no_error();
  trained.before = state_on_host(&model->head);
  assert_true(sn_set_device(backend->name));
  SnTraining *training = sn_training_new(model, PARTS, parts);
  for (int e = 0; e < EPOCHS; e++)
    if (!sn_training_epoch(training, &trained.results[e], NULL, NULL)) fail_msg("%s: %s", backend->name, sn_error());
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
  SnTensor *eager, *planned, *again, *maps, *images;
} Scores;

static Scores score(const SnBackend *backend, const char *preset, int64_t batch, int64_t crop) {
  Scores scores;
  SnSimpleNetSettings settings;
  assert_true(sn_set_device(backend->name));
  assert_true(sn_settings_preset(preset, &settings));
  settings.crop = settings.resize = crop;
  snprintf(settings.backbone, sizeof settings.backbone, "embedded");
  SnSimpleNet *model = sn_simplenet_new(&settings, NULL);
  expect_no_error();
  SnTensor *images = sn_normal(SN_FLOAT32, SN_SHAPE(batch, 3, crop, crop), 0, 1, sn_random(5, SN_STREAM_DATA, 2));
  scores.eager = sn_patch_scores(model, sn_local_features(&settings, model->backbone, images));
  SnPlanned *planned = sn_planned_new(model, SN_PLANNED_SCORES);
  scores.planned = sn_copy_of(sn_planned_scores(planned, images));
  scores.again = sn_copy_of(sn_planned_scores(planned, images));
  scores.maps = sn_anomaly_maps(&settings, scores.eager);
  scores.images = sn_image_scores(&settings, scores.eager, scores.maps);
  expect_no_error();
  return scores;
}

static void expect_same_scores(const char *preset, int64_t batch, int64_t crop, SnPrecision precision,
                               double tolerance) {
  SnScope *scope = sn_scope_open();
  assert_true(cuda->set_precision(precision));
  int64_t fallbacks = sn_fallback_count();
  Scores found = score(cuda, preset, batch, crop);
  assert_int_equal(sn_fallback_count(), fallbacks);
  Scores expected = score(sn_backend_cpu(), preset, batch, crop);
  double distances[] = {tensor_distance(found.eager, expected.eager), tensor_distance(found.planned, expected.eager),
                        tensor_distance(found.maps, expected.maps), tensor_distance(found.images, expected.images)};
  for (int i = 0; i < 4; i++)
    if (!(distances[i] <= tolerance))
      fail_msg("%s, batch %d, crop %d, precision %d, scores %d: relative distance %g", preset, (int)batch, (int)crop,
               (int)precision, i, distances[i]);
  assert_true(tensor_distance(found.again, found.planned) == 0);
  assert_true(cuda->set_precision(SN_PRECISION_FLOAT32));
  sn_scope_close(scope);
}

static void scores_agree_with_the_processor(void **state) {
  (void)state;
  SKIP_WHEN_SANITIZED("a network on the device that the processor plays");
  expect_same_scores("paper", 2, 40, SN_PRECISION_FLOAT32, 1e-4);
  expect_same_scores("official", 1, 45, SN_PRECISION_FLOAT32, 1e-4);
  expect_same_scores("paper", 1, 40, SN_PRECISION_TF32, 0.02);
  expect_same_scores("paper", 1, 40, SN_PRECISION_BFLOAT16, 0.1);
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
