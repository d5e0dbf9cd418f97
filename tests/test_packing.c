/* Plans whose convolutions round to bfloat16: where channels are in pairs between them, and that no bit changes; and
 * heads, whose upsampling and last map are no steps of their own. */
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
    c = sn_add(conv(b, "c", 3, same),
               sn_avg_pool2d(b, (SnPool2d){.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}}));
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

/* A head: a pointwise convolution that adds an upsampled map, an activation, and a map of its channels to one. */
typedef enum Reshaped { NOTHING, ADDED, MAPPED } Reshaped; /* to one column an image: what is added, what is mapped */

typedef struct Head {
  bool tail; /* the last map is there */
  Reshaped reshaped;
  bool all; /* what lies between is an output as well, so that every step is one of its own */
} Head;

static int head_forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  const Head *h = context;
  const int64_t *size = inputs[0]->array.shape + 2;
  SnTensor *low = conv(inputs[1], "low", 1, point), *up = sn_interpolate_bilinear(low, size[0], size[1]);
  const int64_t column[] = {inputs[0]->array.shape[0], -1, size[0] * size[1], 1};
  SnTensor *x = h->reshaped == ADDED ? sn_reshape(inputs[0], 4, column) : inputs[0];
  if (h->reshaped == ADDED) up = sn_reshape(up, 4, column);
  SnTensor *high = conv(x, "high", 1, point);
  SnTensor *sum = sn_leaky_relu(sn_add(high, up), 0.2);
  if (h->reshaped == MAPPED) sum = sn_reshape(sum, 4, column);
  SnTensor *weight = formula_tensor("tail", 1, 0, SN_FLOAT32, SN_SHAPE(1, CHANNELS, 1, 1));
  SnTensor *y = h->tail ? sn_conv2d(sum, weight, formula_tensor("tail", 2, 0, SN_FLOAT32, SN_SHAPE(1)), point) : sum;
  outputs[0] = y;
  outputs[1] = sum;
  outputs[2] = up;
  return h->all ? 3 : 1;
}

static SnPlan *plan_of_head(Head *h, SnTensor **inputs, SnTensor **results) {
  SnPlan *plan = sn_plan_new(head_forward, h, 2, inputs);
  expect_no_error();
  for (int i = 0; i < sn_plan_output_count(plan); i++) results[i] = sn_plan_new_output(plan, i);
  if (!sn_plan_run_poisoned(plan, inputs, results)) fail_msg("%s", sn_error());
  return plan;
}

static void check_head(int64_t height, int64_t width, bool tail) {
  SnTensor *inputs[] = {formula_tensor("x", 1, 0, SN_FLOAT32, SN_SHAPE(2, 70, 14, 18)),
                        formula_tensor("l", 1, 0, SN_FLOAT32, SN_SHAPE(2, 40, height, width))};
  SnTensor *found[MAX], *expected[MAX];
  Head one = {.tail = tail}, apart = {.tail = tail, .all = true};
  SnPlan *plan = plan_of_head(&one, inputs, found), *steps = plan_of_head(&apart, inputs, expected);
  assert_int_equal(plan->graph.node_count, 2);
  assert_int_equal(steps->graph.node_count, 4); /* both outputs being one, the last is a copy */
  const SnFusedConv2d *options = &plan->graph.nodes[1].attributes.fused_conv2d;
  assert_true(options->residual_interpolated && options->tail == tail);
  if (!tail) assert_true(tensor_same_bits(found[0], expected[0]));
  assert_true(tensor_distance(found[0], expected[0]) < 1e-6);
  SnTensor *again = sn_plan_new_output(plan, 0);
  for (int threads = 1; threads <= 3; threads++) {
    sn_device()->set_threads(threads);
    assert_true(sn_plan_run(plan, inputs, &again) && tensor_same_bits(again, found[0]));
  }
  sn_plan_free(plan);
  sn_plan_free(steps);
}

static void a_head_is_two_steps(void **state) {
  (void)state;
  for (int tail = 0; tail < 2; tail++) {
    check_head(7, 9, tail);
    check_head(5, 4, tail);
    check_head(1, 18, tail);
  }
}

/* Steps are joined only where one reads what the other writes in the same shape. */
static void shapes_of_joined_steps_are_the_same(void **state) {
  (void)state;
  for (int reshaped = ADDED; reshaped <= MAPPED; reshaped++) {
    SnTensor *inputs[] = {formula_tensor("x", 1, 0, SN_FLOAT32, SN_SHAPE(2, 70, 14, 18)),
                          formula_tensor("l", 1, 0, SN_FLOAT32, SN_SHAPE(2, 40, 7, 9))};
    SnTensor *found[MAX], *expected[MAX];
    Head one = {.tail = true, .reshaped = (Reshaped)reshaped}, apart = one;
    apart.all = true;
    SnPlan *plan = plan_of_head(&one, inputs, found), *steps = plan_of_head(&apart, inputs, expected);
    assert_true(tensor_distance(found[0], expected[0]) < 1e-6);
    sn_plan_free(plan);
    sn_plan_free(steps);
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
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(only_factors_are_in_pairs, begin, finish),
      cmocka_unit_test_setup_teardown(a_head_is_two_steps, begin, finish),
      cmocka_unit_test_setup_teardown(shapes_of_joined_steps_are_the_same, begin, finish)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
