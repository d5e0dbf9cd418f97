/* Recordings: kernels, plans and training steps that were noted once and run again, on a card or on the CPU
 * emulation of the CUDA runtime, against the same on the device cpu. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "autograd/ops.h"
#include "models/simplenet/fast/recorded_steps.h"
#include "models/simplenet/fit.h"
#include "plan/plan.h"
#include "tests/support/cuda_device.h"
#include "tests/support/models.h"

static const SnBackend *cuda;

enum { REPLAYS = 10 };

static void use_device(const char *name) {
  if (!sn_set_device(name)) fail_msg("%s", sn_error());
}

static void read(const SnTensor *tensor, void *values, SnDtype dtype) {
  if (!sn_to_host(tensor, dtype, values)) fail_msg("%s", sn_error());
}

/* ---- what the device counts ---- */

static void noise_goes_on_step_by_step(void **state) {
  (void)state;
  enum { COUNT = 1027, STEP = 5 };
  use_device("cuda");
  SnScope *scope = sn_scope_open();
  SnRandom source = sn_random(3, SN_STREAM_NOISE, STEP);
  SnAttributes attributes = {.random = source};
  attributes.random.b = 0.015;
  SnTensor *noise = sn_empty(SN_FLOAT32, SN_SHAPE(COUNT));
  assert_true(sn_run_kernel(SN_KERNEL_normal, 0, NULL, 1, &noise, &attributes)); /* makes the device ready */
  assert_true(cuda->record_begin());
  assert_true(sn_run_kernel(SN_KERNEL_normal, 0, NULL, 1, &noise, &attributes));
  SnRecording *recording = cuda->record_end();
  assert_non_null(recording);
  static const int64_t order[REPLAYS + 2] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3}; /* also back and on from there */
  for (int i = 0; i < REPLAYS + 2; i++) {
    float found[COUNT], expected[COUNT];
    assert_true(cuda->record_run(recording, (SnClock){order[i], 0}));
    read(noise, found, SN_FLOAT32);
    use_device("cpu");
    source.step = (uint32_t)(STEP + order[i]);
    read(sn_normal(SN_FLOAT32, SN_SHAPE(COUNT), 0, 0.015, source), expected, SN_FLOAT32);
    use_device("cuda");
    assert_memory_equal(found, expected, sizeof found);
  }
  cuda->record_free(recording);
  cuda->record_free(NULL);
  sn_scope_close(scope);
}

static void batches_go_on_along_the_order(void **state) {
  (void)state;
  use_device("cuda");
  SnScope *scope = sn_scope_open();
  static const int64_t order[] = {4, 0, 3, 1, 2, 9};
  float rows[5][3];
  for (int i = 0; i < 15; i++) rows[i / 3][i % 3] = (float)i;
  SnTensor *x = sn_from_host(SN_FLOAT32, SN_SHAPE(5, 3), rows), *index = sn_from_host(SN_INT64, SN_SHAPE(6), order);
  SnTensor *y = sn_empty(SN_FLOAT32, SN_SHAPE(2, 3));
  const SnAttributes attributes = {.index_select = {.first = 2}};
  sn_run_kernel(SN_KERNEL_index_select, 2, (SnTensor *[]){x, index}, 1, &y, &attributes); /* makes the device ready */
  assert_true(cuda->record_begin());
  sn_run_kernel(SN_KERNEL_index_select, 2, (SnTensor *[]){x, index}, 1, &y, &attributes);
  SnRecording *recording = cuda->record_end();
  assert_non_null(recording);
  for (int64_t batch = -1; batch <= 1; batch++) {
    float found[2][3];
    assert_true(cuda->record_run(recording, (SnClock){0, batch}));
    read(y, found, SN_FLOAT32);
    for (int r = 0; r < 2; r++) {
      int64_t row = order[2 + 2 * batch + r];
      assert_true(row < 5 ? memcmp(found[r], rows[row], sizeof found[r]) == 0 : isnan(found[r][0]));
    }
  }
  cuda->record_free(recording);
  sn_scope_close(scope);
}

static void what_cannot_be_recorded_is_an_error(void **state) {
  (void)state;
  use_device("cuda");
  SnScope *scope = sn_scope_open();
  SnTensor *x = sn_zeros(SN_FLOAT32, SN_SHAPE(3));
  assert_true(cuda->record_begin());
  assert_true(isnan(sn_item(sn_sum(x, SN_ALL_DIMS, false))));
  assert_non_null(strstr(sn_error(), "cannot be part of a recording"));
  cuda->record_free(cuda->record_end());
  sn_clear_error();
  sn_scope_close(scope);
}

/* ---- plans ---- */

static int forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  SnTensor *const *weights = context;
  SnTensor *x = sn_relu(sn_conv2d(inputs[0], weights[0], NULL, (SnConv2d){.padding = {1, 1}}));
  x = sn_index_select(x, 1, weights[2]); /* the batch of the recording's clock stays 0 */
  outputs[0] = sn_add(sn_conv2d(x, weights[1], NULL, (SnConv2d){0}), inputs[0]);
  return outputs[0] ? 1 : 0;
}

static SnTensor *numbers(uint32_t which, int ndim, const int64_t *shape) {
  return sn_normal(SN_FLOAT32, ndim, shape, 0, 1, sn_random(11, SN_STREAM_DATA, which));
}

static void plans_are_recorded(void **state) {
  (void)state;
  enum { COUNT = 2 * 6 * 7 * 5 };
  use_device("cuda");
  SnScope *scope = sn_scope_open();
  static const int64_t channels[] = {8, 2, 2, 5};
  SnTensor *weights[] = {numbers(1, SN_SHAPE(9, 6, 3, 3)), numbers(2, SN_SHAPE(6, 4, 1, 1)),
                         sn_from_host(SN_INT64, SN_SHAPE(4), channels)};
  SnTensor *like = numbers(3, SN_SHAPE(2, 6, 7, 5));
  SnPlan *plan = sn_plan_new(forward, weights, 1, &like);
  if (!plan) fail_msg("%s", sn_error());
  for (uint32_t run = 0; run < 4; run++) { /* the first is not recorded, the second makes the recording */
    float found[COUNT], expected[COUNT];
    SnTensor *images = numbers(4 + run, SN_SHAPE(2, 6, 7, 5)), *result = sn_plan_new_output(plan, 0), *eager;
    if (!sn_plan_run(plan, &images, &result)) fail_msg("run %u: %s", run, sn_error());
    assert_int_equal(forward(weights, &images, &eager), 1);
    read(result, found, SN_FLOAT32);
    read(eager, expected, SN_FLOAT32);
    for (int i = 0; i < COUNT; i++)
      if (!(fabsf(found[i] - expected[i]) <= 1e-4f))
        fail_msg("run %u: element %d is %g, expected %g", run, i, (double)found[i], (double)expected[i]);
  }
  sn_plan_free(plan);
  sn_scope_close(scope);
}

static void outputs_are_on_the_plans_device(void **state) {
  (void)state;
  use_device("cuda");
  SnScope *scope = sn_scope_open();
  const int64_t channels[] = {7, 0, 3, 3};
  SnTensor *weights[] = {numbers(1, SN_SHAPE(9, 6, 3, 3)), numbers(2, SN_SHAPE(6, 4, 1, 1)),
                         sn_from_host(SN_INT64, SN_SHAPE(4), channels)};
  SnTensor *images = numbers(3, SN_SHAPE(2, 6, 7, 5));
  SnPlan *plan = sn_plan_new(forward, weights, 1, &images);
  if (!plan) fail_msg("%s", sn_error());
  use_device("cpu"); /* as in a thread other than the one that made the plan */
  for (int run = 0; run < 3; run++) {
    SnTensor *result = sn_plan_new_output(plan, 0);
    assert_ptr_equal(sn_storage_backend(result->storage), cuda);
    if (!sn_plan_run(plan, &images, &result)) fail_msg("run %d: %s", run, sn_error());
  }
  sn_plan_free(plan);
  sn_scope_close(scope);
}

/* ---- training ---- */

enum { IMAGES = 7, BATCH = 2, EPOCHS = 3 };

typedef struct Trained {
  SnScope *scope;
  void *fit;
  SnTraining *training; /* the fit's */
  int64_t epoch;        /* done */
  SnStateDict *start;
} Trained;

static SnStateDict *head_of(const SnTraining *training) {
  SnStateDict *head = sn_state_dict_new();
  if (!sn_module_state(&training->model->head, "", head)) fail_msg("%s", sn_error());
  return head;
}

static Trained begin(const char *device, const char *preset, int64_t cosine, double discriminator_rate) {
  use_device(device);
  Trained t = {.scope = sn_scope_open()};
  SnSettings settings = test_simplenet_settings(preset, 16);
  SnSimpleNetSettings own = sn_simplenet_settings(&settings);
  own.cosine = cosine;
  own.discriminator_rate = discriminator_rate;
  sn_set_simplenet_settings(&settings, &own);
  settings.training.batch = BATCH;
  settings.training.epochs = EPOCHS;
  SnTensor *levels[] = {numbers(20, SN_SHAPE(IMAGES, 4, 4, 8)), numbers(21, SN_SHAPE(IMAGES, 2, 2, 12))};
  SnModel *model = sn_model_new_head(&settings, (SnFeatureShape){4, 4, 20}, SN_FLOAT32);
  t.fit = model ? sn_simplenet_fit_new(model, test_features(2, levels)) : NULL;
  if (!t.fit) fail_msg("%s: %s", device, sn_error());
  t.training = sn_simplenet_fit_training(t.fit);
  t.start = head_of(t.training);
  for (int64_t i = 0; i < t.start->tensor_count; i++)
    t.start->tensors[i].tensor = sn_to_device(sn_copy_of(t.start->tensors[i].tensor), sn_backend_cpu());
  return t;
}

static void end(Trained *t) { sn_scope_close(t->scope); }

/* True when it ended the epoch. */
static bool step(Trained *t, const char *device, SnTrainingResult *result) {
  SnFitStep taken = {.ends_epoch = false};
  use_device(device);
  if (!sn_simplenet_fit_next(t->fit, &taken)) fail_msg("%s: %s", device, sn_error());
  if (!taken.ends_epoch) return false;
  t->epoch++;
  *result = (SnTrainingResult){taken.columns[0], taken.columns[1], taken.columns[2]};
  return true;
}

/* Whether steps are recorded, as another fit of these features would have them. */
static bool is_recorded(const Trained *t, const char *device) {
  use_device(device);
  SnScope *scope = sn_scope_open();
  bool recorded = sn_recorded_steps_new(t->training) != NULL;
  if (!sn_ok()) fail_msg("%s: %s", device, sn_error());
  sn_scope_close(scope);
  return recorded;
}

static double distance(SnTensor *a, SnTensor *b) {
  use_device("cpu");
  SnScope *scope = sn_scope_open();
  SnTensor *difference = sn_sub(sn_detach(a), sn_detach(b));
  double norm = sqrt(sn_item(sn_sum(sn_mul(difference, difference), SN_ALL_DIMS, false)));
  sn_scope_close(scope);
  return norm;
}

static void expect_equal_heads(const Trained *found, const Trained *expected, int64_t steps) {
  SnScope *scope = sn_scope_open();
  SnStateDict *ours = head_of(found->training), *theirs = head_of(expected->training);
  assert_int_equal(ours->tensor_count, theirs->tensor_count);
  for (int64_t i = 0; i < ours->tensor_count; i++) {
    SnTensor *tensor = sn_to_device(ours->tensors[i].tensor, sn_backend_cpu());
    double off = distance(tensor, theirs->tensors[i].tensor);
    double moved = distance(theirs->tensors[i].tensor, expected->start->tensors[i].tensor);
    if (!(off <= 1e-3 * moved))
      fail_msg("after step %lld %s has moved by %g and is off by %g", (long long)steps, ours->tensors[i].name, moved,
               off);
  }
  sn_scope_close(scope);
}

/* Steps 1 and 4 run on their own, the others are replays: of the recording of two images, and of that of one. */
static void check_training(const char *preset, int64_t cosine, double discriminator_rate) {
  Trained ours = begin("cuda", preset, cosine, discriminator_rate);
  Trained theirs = begin("cpu", preset, cosine, discriminator_rate);
  assert_true(is_recorded(&ours, "cuda"));
  assert_false(is_recorded(&theirs, "cpu"));
  for (int64_t steps = 1; ours.epoch < EPOCHS; steps++) {
    SnTrainingResult found = {0}, expected = {0};
    bool whole = step(&ours, "cuda", &found);
    assert_true(step(&theirs, "cpu", &expected) == whole);
    assert_int_equal(ours.training->step, steps);
    expect_equal_heads(&ours, &theirs, steps);
    if (whole) {
      assert_true(fabs(found.loss - expected.loss) <= 1e-4 * expected.loss);
      assert_true(fabs(found.p_true - expected.p_true) < 0.05 && fabs(found.p_fake - expected.p_fake) < 0.05);
    }
  }
  end(&theirs);
  end(&ours);
}

static void training_is_recorded(void **state) {
  (void)state;
  check_training("paper", SN_COSINE_NO, 2e-4);
}

static void training_is_recorded_anew_at_another_rate(void **state) {
  (void)state;
  check_training("paper", SN_COSINE_YES, 2e-4);
  check_training("paper", SN_COSINE_TO_ZERO, 2e-4);
  check_training("paper", SN_COSINE_TO_ZERO, 0); /* the adaptor's alone changes */
}

/* An epoch has more steps than there are images. */
static void training_by_patches_is_recorded(void **state) {
  (void)state;
  check_training("robust", SN_COSINE_NO, 2e-4);
}

static void head_bits(const Trained *t, float *values, int64_t room) {
  SnScope *scope = sn_scope_open();
  SnStateDict *head = head_of(t->training);
  int64_t used = 0;
  for (int64_t i = 0; i < head->tensor_count; i++) {
    assert_true(used + sn_count(head->tensors[i].tensor) <= room);
    read(head->tensors[i].tensor, values + used, SN_FLOAT32);
    used += sn_count(head->tensors[i].tensor);
  }
  sn_scope_close(scope);
}

static void training_repeats_itself(void **state) {
  (void)state;
  enum { ROOM = 2000 };
  static float bits[2][ROOM];
  for (int i = 0; i < 2; i++) {
    Trained t = begin("cuda", "paper", SN_COSINE_NO, 2e-4);
    for (SnTrainingResult result; t.epoch < EPOCHS;) step(&t, "cuda", &result);
    head_bits(&t, bits[i], ROOM);
    end(&t);
  }
  assert_memory_equal(bits[0], bits[1], sizeof bits[0]);
}

int main(void) {
  int status;
  if (!test_cuda_open(&cuda, &status)) return status;
#define TEST(name) cmocka_unit_test_teardown(name, test_clear_error)
  const struct CMUnitTest tests[] = {TEST(noise_goes_on_step_by_step),
                                     TEST(batches_go_on_along_the_order),
                                     TEST(what_cannot_be_recorded_is_an_error),
                                     TEST(plans_are_recorded),
                                     TEST(outputs_are_on_the_plans_device),
                                     TEST(training_is_recorded),
                                     TEST(training_is_recorded_anew_at_another_rate),
                                     TEST(training_by_patches_is_recorded),
                                     TEST(training_repeats_itself)};
  return cmocka_run_group_tests(tests, NULL, test_free_storage);
}
