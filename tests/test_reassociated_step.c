/* The reassociated training step against the plain tape: the same mathematics, so the same weights.
 *
 * Excepted are the biases before BatchNorm: their gradient is zero, which the tape finds only up to rounding, and Adam
 * makes steps of full size of that. With them goes the running mean, whose distance from them is what counts. */
#include "tests/support/test.h"

#include <math.h>
#include <string.h>

#include "autograd/ops.h"
#include "backends/cpu/precision.h"
#include "models/simplenet/anomalous_features.h"
#include "models/simplenet/fast/reassociated_step.h"
#include "tests/support/models.h"

enum { NO, YES };

typedef struct Case {
  const char *device;
  SnDtype dtype;
  int steps;
  int64_t images, hidden, adaptor_bias, loss;
  int level_count;
  int64_t grids[3], channels[3];
  double loss_tolerance, weight_tolerance; /* relative; the latter to the change of each tensor, by norms */
} Case;

static SnTensor *random_level(const Case *c, int level, uint32_t step) {
  SnRandom source = sn_random(7, SN_STREAM_DATA, 10 * step + (uint32_t)level);
  int64_t cells = c->grids[level];
  return sn_normal(c->dtype, SN_SHAPE(c->images, cells, cells, c->channels[level]), 0.3, 0.2, source);
}

/* The local features as section 3.1 has them: resized to the first grid and concatenated. */
static SnTensor *assembled(const Case *c, SnTensor *const *levels) {
  SnTensor *planes[3];
  for (int i = 0; i < c->level_count; i++) {
    planes[i] = sn_permute(levels[i], SN_DIMS(0, 3, 1, 2));
    planes[i] = sn_interpolate_bilinear(planes[i], c->grids[0], c->grids[0]);
  }
  SnTensor *whole = sn_permute(sn_cat(c->level_count, planes, 1), SN_DIMS(0, 2, 3, 1));
  return sn_reshape(whole, SN_SHAPE(c->images * c->grids[0] * c->grids[0], -1));
}

static SnStateDict *state_of(const SnModule *head, bool copy) {
  SnStateDict *state = sn_state_dict_new();
  assert_true(sn_module_state(head, "", state));
  for (int64_t i = 0; copy && i < state->tensor_count; i++)
    state->tensors[i].tensor = sn_copy_of(state->tensors[i].tensor);
  return state;
}

static double norm_of_difference(SnTensor *a, SnTensor *b) {
  SnTensor *difference = sn_sub(sn_detach(a), sn_detach(b));
  return sqrt(sn_item(sn_sum(sn_mul(difference, difference), SN_ALL_DIMS, false)));
}

static bool is_excepted(const char *name) {
  return strstr(name, "fc.bias") || strstr(name, "block1.0.bias") || strstr(name, "running_mean");
}

static void compare(const Case *c, const SnStateDict *start, const SnStateDict *plain, const SnStateDict *fast) {
  for (int64_t i = 0; i < start->tensor_count; i++) {
    const char *name = start->tensors[i].name;
    double change = norm_of_difference(plain->tensors[i].tensor, start->tensors[i].tensor);
    double error = norm_of_difference(plain->tensors[i].tensor, fast->tensors[i].tensor);
    if (is_excepted(name) && c->steps > 1) continue;
    if (strstr(name, "bias") && is_excepted(name)) continue;
    if (error > c->weight_tolerance * change)
      fail_msg("%s: changed by %g, off by %g (allowed %g)", name, change, error, c->weight_tolerance * change);
    assert_true(change > 0);
  }
}

/* A step by the reassociated backward, counted as sn_training_step counts its own. */
static bool reassociated_step(SnTraining *training, SnTensor *const *levels, SnTensor *e, SnTrainingResult *result) {
  SnStepOutcome outcome;
  sn_training_zero_gradients(training);
  return sn_reassociated_backward(training, training->level_count, levels, e, &outcome) &&
         sn_training_update(training, ++training->step) && sn_training_read(training, &outcome, result);
}

/* precision: of the reassociated step */
static void run_case(const Case *c, SnPrecision precision) {
  SnScope *scope = sn_scope_open();
  assert_true(sn_set_device(c->device));
  SnSettings settings = test_settings(&sn_simplenet, "paper");
  SnSimpleNetSettings own = sn_simplenet_settings(&settings);
  own.hidden = c->hidden;
  own.adaptor_bias = c->adaptor_bias;
  own.loss = c->loss;
  sn_set_simplenet_settings(&settings, &own);
  assert_true(sn_reassociated_step_supports(&settings));
  SnFeatureShape shape = {c->grids[0], c->grids[0], 0};
  for (int i = 0; i < c->level_count; i++) shape.channels += c->channels[i];
  SnModel *models[2];
  SnTraining *trainings[2];
  for (int m = 0; m < 2; m++) {
    models[m] = sn_model_new_head(&settings, shape, c->dtype);
    trainings[m] = sn_training_new(models[m], NULL);
  }
  trainings[1]->level_count = c->level_count;
  SnStateDict *start = state_of(&models[0]->head, true);
  for (int s = 1; s <= c->steps; s++) {
    SnScope *step = sn_scope_open();
    SnTensor *levels[3];
    for (int i = 0; i < c->level_count; i++) levels[i] = random_level(c, i, (uint32_t)s);
    SnTensor *o = assembled(c, levels);
    SnTensor *e = sn_anomalous_noise(&own, 0, c->dtype, o->array.shape[0], shape.channels, (uint32_t)s);
    SnTrainingResult plain, fast;
    assert_true(sn_training_step(trainings[0], o, e, &plain));
    assert_true(sn_cpu_set_precision(precision));
    assert_true(reassociated_step(trainings[1], levels, e, &fast));
    assert_true(sn_cpu_set_precision(SN_PRECISION_FLOAT32));
    if (fabs(plain.loss - fast.loss) > c->loss_tolerance * plain.loss)
      fail_msg("step %d: loss %.12g, reassociated %.12g", s, plain.loss, fast.loss);
    assert_true(fabs(plain.p_true - fast.p_true) < 0.01 && fabs(plain.p_fake - fast.p_fake) < 0.01);
    sn_scope_close(step);
  }
  compare(c, start, state_of(&models[0]->head, false), state_of(&models[1]->head, false));
  assert_true(trainings[0]->step == c->steps);
  sn_scope_close(scope);
  assert_true(sn_set_device("cpu"));
}

static void one_step_in_float64(void **state) {
  (void)state;
  run_case(&(Case){"reference", SN_FLOAT64, 1, 2, 12, NO, SN_LOSS_TRUNCATED_L1, 2, {6, 3}, {5, 7}, 1e-9, 1e-9},
           SN_PRECISION_FLOAT32);
  run_case(&(Case){"reference", SN_FLOAT64, 1, 3, 9, YES, SN_LOSS_TRUNCATED_L1, 3, {7, 4, 2}, {3, 4, 5}, 1e-9, 1e-9},
           SN_PRECISION_FLOAT32);
  run_case(&(Case){"reference", SN_FLOAT64, 1, 2, 10, NO, SN_LOSS_TRUNCATED_L1, 3, {6, 6, 3}, {3, 4, 5}, 1e-9, 1e-9},
           SN_PRECISION_FLOAT32);
  run_case(&(Case){"reference", SN_FLOAT64, 1, 1, 9, NO, SN_LOSS_CROSS_ENTROPY, 1, {5}, {6}, 1e-9, 1e-9},
           SN_PRECISION_FLOAT32);
}

static void steps_in_float64(void **state) {
  (void)state;
  run_case(&(Case){"reference", SN_FLOAT64, 5, 2, 12, YES, SN_LOSS_TRUNCATED_L1, 2, {6, 3}, {5, 7}, 1e-9, 1e-9},
           SN_PRECISION_FLOAT32);
}

static void fifty_steps_in_float32(void **state) {
  (void)state;
  run_case(&(Case){"cpu", SN_FLOAT32, 50, 4, 128, NO, SN_LOSS_TRUNCATED_L1, 2, {14, 7}, {32, 64}, 3e-3, 0.1},
           SN_PRECISION_FLOAT32);
}

/* The same curve of the loss, where products round their factors to three digits. */
static void fifty_steps_in_bfloat16(void **state) {
  (void)state;
  sn_cpu_set_bfloat16_speed(8); /* as on a processor that has it */
  run_case(&(Case){"cpu", SN_FLOAT32, 50, 4, 128, NO, SN_LOSS_TRUNCATED_L1, 2, {14, 7}, {32, 64}, 3e-3, 0.1},
           SN_PRECISION_BFLOAT16);
  sn_cpu_set_bfloat16_speed(-1);
}

static bool supports(const char *name, const char *value) {
  SnSettings settings = test_settings(&sn_simplenet, "paper");
  if (name) test_set(&settings, name, value);
  return sn_reassociated_step_supports(&settings);
}

static void other_networks_are_not_supported(void **state) {
  (void)state;
  assert_true(supports(NULL, NULL));
  assert_false(supports("adaptor-depth", "2"));
  assert_false(supports("discriminator-depth", "3"));
  assert_false(supports("upsampling", "nearest"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_step_in_float64),
      cmocka_unit_test(steps_in_float64),
      cmocka_unit_test(fifty_steps_in_float32),
      cmocka_unit_test(fifty_steps_in_bfloat16),
      cmocka_unit_test(other_networks_are_not_supported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
