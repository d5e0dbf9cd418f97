/* Channels in pairs between the convolutions of a plan that round to bfloat16: where they are, and that no bit changes.
 */
#include "tests/support/test.h"

#include "autograd/ops.h"
#include "backends/cpu/precision.h"
#include "plan/steps.h"
#include "tests/support/comparison.h"
#include "tests/support/formula.h"

enum { CHANNELS = 34, MAX = 3 };

static const SnConv2d same = {.padding = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}, .groups = 1};
static const SnConv2d point = {.stride = {1, 1}, .dilation = {1, 1}, .groups = 1};
static const SnConv2d coarse = {.padding = {1, 1}, .stride = {2, 2}, .dilation = {1, 1}, .groups = 1};

static SnTensor *conv(SnTensor *x, const char *name, int64_t kernel, SnConv2d options) {
  int64_t in = x ? x->array.shape[1] / options.groups : 0;
  SnTensor *weight = formula_tensor(name, 1, 0, SN_FLOAT32, SN_SHAPE(CHANNELS, in, kernel, kernel));
  return sn_conv2d(x, weight, formula_tensor(name, 2, 0, SN_FLOAT32, SN_SHAPE(CHANNELS)), options);
}

/* What a case is about, and how many of its values are written in pairs. */
typedef enum Case { CHAIN, OUTPUT, RESIDUAL, POOLED, GROUPED, TWO_READERS, CASES } Case;

static const int expected_pairs[CASES] = {
    [CHAIN] = 2, [OUTPUT] = 1, [RESIDUAL] = 1, [POOLED] = 1, [GROUPED] = 1, [TWO_READERS] = 2};

typedef struct Forward {
  Case which;
  bool all; /* results are outputs as well, which are never in pairs */
} Forward;

static int forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  const Forward *f = context;
  SnConv2d grouped = same;
  grouped.groups = 2;
  SnTensor *a = sn_relu(conv(inputs[0], "a", 3, same)), *b = sn_relu(conv(a, "b", 1, point));
  SnTensor *c = conv(b, "c", 3, f->which == GROUPED ? grouped : coarse);
  if (f->which == RESIDUAL) c = sn_add(conv(b, "c", 3, same), b);
  if (f->which == POOLED)
    c = sn_add(conv(b, "c", 3, same), sn_avg_pool2d(b, (SnPool2d){.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}}));
  if (f->which == TWO_READERS)
    c = sn_add(c, conv(b, "d", 1, (SnConv2d){.stride = {2, 2}, .dilation = {1, 1}, .groups = 1}));
  outputs[0] = c;
  outputs[1] = b;
  outputs[2] = a;
  return f->all ? 3 : f->which == OUTPUT ? 2 : 1;
}

static int pairs_of(const SnPlan *plan) {
  int pairs = 0;
  for (int i = 0; i < plan->graph.node_count; i++) {
    const SnPlanNode *node = &plan->graph.nodes[i];
    if (node->op == SN_KERNEL_conv2d_fused) pairs += node->attributes.fused_conv2d.y_packed;
  }
  return pairs;
}

static SnPlan *plan_of(Forward *f, SnTensor *x, SnTensor **results, int *pairs) {
  SnPlan *plan = sn_plan_new(forward, f, 1, &x);
  expect_no_error();
  for (int i = 0; i < sn_plan_output_count(plan); i++) results[i] = sn_plan_new_output(plan, i);
  if (!sn_plan_run_poisoned(plan, &x, results)) fail_msg("%s", sn_error());
  *pairs = pairs_of(plan);
  return plan;
}

static void only_factors_are_in_pairs(void **state) {
  (void)state;
  for (int which = 0; which < CASES; which++) {
    SnTensor *x = formula_tensor("x", 1, 0, SN_FLOAT32, SN_SHAPE(2, 5, 14, 18)), *found[MAX], *expected[MAX];
    Forward some = {(Case)which, false}, all = {(Case)which, true};
    int pairs, none;
    SnPlan *plan = plan_of(&some, x, found, &pairs), *unpaired = plan_of(&all, x, expected, &none);
    if (pairs != expected_pairs[which])
      fail_msg("case %d: %d in pairs, expected %d", which, pairs, expected_pairs[which]);
    assert_int_equal(none, 0);
    for (int i = 0; i < sn_plan_output_count(plan); i++) assert_true(tensor_same_bits(found[i], expected[i]));
    sn_plan_free(plan);
    sn_plan_free(unpaired);
  }
}

static SnScope *test_scope;

static int begin(void **state) {
  (void)state;
  test_scope = sn_scope_open();
  sn_cpu_set_bfloat16_speed(100);
  return sn_set_device("cpu") && sn_device()->set_precision(SN_PRECISION_BFLOAT16) ? 0 : -1;
}

static int finish(void **state) {
  (void)state;
  sn_device()->set_precision(SN_PRECISION_FLOAT32);
  sn_cpu_set_bfloat16_speed(-1);
  sn_scope_close(test_scope);
  return 0;
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(only_factors_are_in_pairs, begin, finish)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
