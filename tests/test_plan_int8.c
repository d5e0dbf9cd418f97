/* Plans in 8 bits: which convolutions compute so, what is packed between them, and that numbers stay near float32's. */
#include "tests/support/test.h"

#include <math.h>

#include "autograd/ops.h"
#include "plan/input_ranges.h"
#include "plan/steps.h"
#include "tests/support/comparison.h"
#include "tests/support/formula.h"

enum { CHANNELS = 34, WEIGHTS = 4, MAX = 3 };

static const SnConv2d same = {.padding = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}, .groups = 1};
static const SnConv2d coarse = {.padding = {1, 1}, .stride = {2, 2}, .dilation = {1, 1}, .groups = 1};

typedef enum Case { CHAIN, RESIDUAL, POOLED, MAX_POOLED, OUTPUT, UNLIKE, UNKNOWN, CASES } Case;

static const struct {
  int eight_bits, packed, packed_residuals;
} expected[CASES] = {
    [CHAIN] = {3, 2, 0},      /* a -> b -> c */
    [RESIDUAL] = {3, 2, 1},   /* a is added behind b as well */
    [POOLED] = {3, 1, 0},     /* a is pooled, too */
    [MAX_POOLED] = {3, 2, 1}, /* a is pooled, and what that gives is read and added */
    [OUTPUT] = {3, 1, 0},     /* b is an output */
    [UNLIKE] = {4, 1, 0},     /* a is read by b and d, whose ranges are not the same */
    [UNKNOWN] = {2, 0, 0},    /* of b, which is between them, no range is known */
};

typedef struct Forward {
  Case which;
  SnTensor *weight[WEIGHTS];
} Forward;

static int forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  Forward *f = context;
  SnTensor *a = sn_relu(sn_conv2d(inputs[0], f->weight[0], NULL, same));
  if (f->which == MAX_POOLED) a = sn_max_pool2d(a, (SnPool2d){.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}});
  SnTensor *b = sn_conv2d(a, f->weight[1], NULL, same);
  if (f->which == RESIDUAL || f->which == MAX_POOLED) b = sn_add(b, a);
  b = sn_leaky_relu(b, 0.2);
  SnTensor *c = sn_conv2d(b, f->weight[2], NULL, coarse);
  if (f->which == POOLED) c = sn_add(c, sn_avg_pool2d(a, (SnPool2d){.kernel = {2, 2}, .stride = {2, 2}}));
  if (f->which == UNLIKE) c = sn_add(c, sn_conv2d(a, f->weight[3], NULL, coarse));
  outputs[0] = c;
  outputs[1] = b;
  return f->which == OUTPUT ? 2 : 1;
}

static SnPlan *plan_of(Forward *f, SnTensor *x, const SnInputRanges *ranges, SnTensor **results) {
  sn_input_ranges_use(ranges);
  SnPlan *plan = sn_plan_new(forward, f, 1, &x);
  sn_input_ranges_use(NULL);
  expect_no_error();
  for (int i = 0; i < sn_plan_output_count(plan); i++) results[i] = sn_plan_new_output(plan, i);
  if (!sn_plan_run_poisoned(plan, &x, results)) fail_msg("%s", sn_error());
  return plan;
}

static void expect_near(SnTensor *found, SnTensor *exact) {
  SnTensor *difference = sn_sub(found, exact);
  double off = sqrt(sn_item(sn_mean(sn_mul(difference, difference), 0, NULL, false)));
  double size = sqrt(sn_item(sn_mean(sn_mul(exact, exact), 0, NULL, false)));
  if (!(off < 0.03 * size) || off == 0) fail_msg("8 bits differ by %g of %g", off, size);
}

static void check(Forward *f) {
  SnTensor *x = formula_tensor("x", 1, 0, SN_FLOAT32, SN_SHAPE(2, 5, 14, 18)), *found[MAX], *exact[MAX];
  SnRangedWeight items[WEIGHTS];
  for (int i = 0; i < WEIGHTS; i++)
    items[i] = (SnRangedWeight){f->weight[i]->storage, {i == 0 || i == 2 ? -4 : 0, i == 3 ? 4.5f : 4}};
  if (f->which == UNKNOWN) items[1].weight = NULL;
  SnPlan *plan = plan_of(f, x, &(SnInputRanges){items, WEIGHTS}, found), *plain = plan_of(f, x, NULL, exact);
  int eight_bits = 0, packed = 0, residuals = 0;
  for (int i = 0; i < plan->graph.node_count; i++) {
    const SnFusedConv2d *options = &plan->graph.nodes[i].attributes.fused_conv2d;
    if (plan->graph.nodes[i].op != SN_KERNEL_conv2d_fused) continue;
    eight_bits += options->algorithm == SN_CONVOLUTION_INT8;
    packed += options->y_packed;
    residuals += options->residual_packed;
  }
  if (eight_bits != expected[f->which].eight_bits || packed != expected[f->which].packed ||
      residuals != expected[f->which].packed_residuals)
    fail_msg("case %d: %d in 8 bits, %d packed, %d residuals", f->which, eight_bits, packed, residuals);
  for (int i = 0; i < sn_plan_output_count(plan); i++) expect_near(found[i], exact[i]);
  sn_plan_free(plan);
  sn_plan_free(plain);
}

static void ranges_say_what_computes_in_8_bits(void **state) {
  static const char *const names[WEIGHTS] = {"a", "b", "c", "d"};
  (void)state;
  for (int which = 0; which < CASES; which++) {
    Forward f = {.which = (Case)which};
    for (int64_t i = 0; i < WEIGHTS; i++)
      f.weight[i] =
          formula_tensor(names[i], i == 0 ? 0.3 : 0.1, 0, SN_FLOAT32, SN_SHAPE(CHANNELS, i == 0 ? 5 : CHANNELS, 3, 3));
    check(&f);
  }
}

static void zero_is_one_of_the_numbers(void **state) {
  (void)state;
  static const SnInputRange ranges[] = {{0, 6}, {-6, 0}, {-1, 2}, {-0.3f, 100}};
  static const int32_t zero[] = {0, 255, 85, 1};
  for (int i = 0; i < 4; i++) {
    SnQuantization q = sn_input_quantization(&ranges[i]);
    assert_int_equal(q.zero_point, zero[i]);
    assert_true(fabsf(q.scale * 255 - (ranges[i].most - ranges[i].least)) < 1e-4f);
  }
}

static SnScope *test_scope;

static int begin(void **state) {
  (void)state;
  test_scope = sn_scope_open();
  return sn_set_device("cpu") ? 0 : -1;
}

static int finish(void **state) {
  (void)state;
  sn_scope_close(test_scope);
  return 0;
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(ranges_say_what_computes_in_8_bits, begin, finish),
      cmocka_unit_test(zero_is_one_of_the_numbers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
