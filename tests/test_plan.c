/* Plans: tracing, every pass alone against the eager forward in float64, memory, and SimpleNet on every backbone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autograd/ops.h"
#include "models/simplenet/local_features.h"
#include "models/simplenet/planned.h"
#include "models/simplenet/scoring.h"
#include "plan/passes.h"
#include "plan/steps.h"
#include "tests/support/formula.h"

enum { MOST = 4 };

/* Numbers of our own for each name, in the dtype of x. */
static SnTensor *numbers(const SnTensor *x, const char *name, int ndim, const int64_t *shape) {
  return formula_tensor(name, 1, 0, x->array.dtype, ndim, shape);
}

static double largest(const double *values, int64_t count) {
  double result = 0;
  for (int64_t i = 0; i < count; i++) result = fmax(result, isfinite(values[i]) ? fabs(values[i]) : INFINITY);
  return result;
}

/* max |a - b| / max |b|; infinite where a is not finite. */
static double distance(const SnTensor *a, const SnTensor *b) {
  assert_true(sn_same_shape(a, b));
  int64_t count = sn_count(a);
  double *x = test_malloc(2 * (size_t)count * sizeof *x), *y = x + count;
  assert_true(sn_to_host(a, SN_FLOAT64, x) && sn_to_host(b, SN_FLOAT64, y));
  double scale = largest(y, count);
  for (int64_t i = 0; i < count; i++) x[i] -= y[i];
  double result = largest(x, count) / (scale > 0 ? scale : 1);
  test_free(x);
  return result;
}

static bool same_bits(const SnTensor *a, const SnTensor *b) {
  return sn_same_shape(a, b) &&
         memcmp(a->array.data, b->array.data, (size_t)sn_count(a) * sn_dtype_size(a->array.dtype)) == 0;
}

static void check_ok(void) {
  if (!sn_ok()) fail_msg("%s (%s)", sn_error(), sn_error_source());
}

/* A plan of the forward by the passes, whose results are those of the eager forward, also with dead memory poisoned. */
static SnPlan *expect_same(SnRewriting rewrite, SnForward forward, int input_count, SnTensor *const *inputs,
                           double tolerance) {
  SnTensor *expected[MOST], *found[MOST], *poisoned[MOST];
  SnPlan *plan = sn_plan_new_by(rewrite, forward, NULL, input_count, inputs);
  check_ok();
  int count = forward(NULL, inputs, expected);
  check_ok();
  assert_int_equal(sn_plan_output_count(plan), count);
  for (int i = 0; i < count; i++) {
    found[i] = sn_plan_new_output(plan, i);
    poisoned[i] = sn_plan_new_output(plan, i);
  }
  if (!sn_plan_run(plan, inputs, found) || !sn_plan_run_poisoned(plan, inputs, poisoned)) fail_msg("%s", sn_error());
  for (int i = 0; i < count; i++) {
    double d = distance(found[i], expected[i]);
    if (!(d <= tolerance)) fail_msg("output %d: relative distance %g, allowed is %g", i, d, tolerance);
    if (!same_bits(found[i], poisoned[i])) fail_msg("output %d changes when dead memory is overwritten", i);
  }
  return plan;
}

static int count_of(const SnPlan *plan, int op) {
  int count = 0;
  for (int i = 0; i < plan->graph.node_count; i++) count += plan->graph.nodes[i].op == op;
  return count;
}

static bool no_pass(SnPlanGraph *graph) { return graph->node_count > 0; }

#define EXPECT_COUNT(plan, kernel, expected)                                                       \
  do {                                                                                             \
    int found_ = count_of(plan, SN_KERNEL_##kernel);                                               \
    if (found_ != (expected)) fail_msg("%d steps are %s, expected %d", found_, #kernel, expected); \
  } while (0)

/* Runs a case in float64 on the reference backend; *plan lives until the next case. */
static SnPlan *last_plan;

static SnPlan *try_case(SnRewriting rewrite, SnForward forward, int ndim, const int64_t *shape) {
  sn_plan_free(last_plan);
  last_plan = NULL;
  SnTensor *x = formula_tensor("x", 1, 0, SN_FLOAT64, ndim, shape);
  last_plan = expect_same(rewrite, forward, 1, &x, 1e-9);
  return last_plan;
}

/* ---- operations as they are ---- */

static int forward_elementwise(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *row = numbers(x, "row", SN_SHAPE(5)), *column = numbers(x, "column", SN_SHAPE(4, 1));
  SnTensor *positive = sn_add_scalar(sn_abs(x), 0.5);
  SnTensor *sum = sn_add(sn_exp(sn_scale(x, 0.5)), sn_log(positive));
  sum = sn_sub(sn_mul(sum, row), sn_div(column, sn_sqrt(positive)));
  outputs[0] = sn_add(sn_sigmoid(sum), sn_clamp(sn_neg(x), -0.5, 0.25));
  outputs[1] = sn_mul(sn_relu(x), sn_leaky_relu(sum, 0.1));
  outputs[2] = sn_add(sn_permute(x, SN_DIMS(0, 2, 1)), numbers(x, "other", SN_SHAPE(3, 5, 4)));
  outputs[3] = sn_max(sn_mean(x, SN_DIMS(1), true), SN_DIMS(2), false);
  return 4;
}

static int forward_views(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *turned = sn_permute(x, SN_DIMS(2, 0, 1));
  SnTensor *flat = sn_reshape(turned, SN_SHAPE(-1, 6)), *part = sn_narrow(flat, 0, 1, 3);
  SnTensor *wide = sn_expand(sn_narrow(x, 1, 2, 1), SN_SHAPE(4, 2, 3, 5));
  outputs[0] = sn_cat(3, (SnTensor *[]){part, sn_relu(part), flat}, 0);
  outputs[1] = sn_permute(sn_cat(2, (SnTensor *[]){turned, turned}, 2), SN_DIMS(1, 2, 0));
  outputs[2] = wide;
  outputs[3] = sn_reshape(x, SN_SHAPE(-1)); /* the input itself */
  return 4;
}

static int forward_products(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *y = sn_softmax(x, 1), *bias = numbers(x, "bias", SN_SHAPE(6));
  outputs[0] = sn_matmul(sn_permute(x, SN_DIMS(0, 2, 1)), sn_reshape(y, SN_SHAPE(3, 4, 5)));
  outputs[1] = sn_linear(x, numbers(x, "weight", SN_SHAPE(6, 5)), bias);
  outputs[2] = sn_linear(numbers(x, "rows", SN_SHAPE(7, 5)), sn_narrow(sn_reshape(x, SN_SHAPE(12, 5)), 0, 2, 6), bias);
  outputs[3] = sn_matmul(sn_reshape(x, SN_SHAPE(12, 5)), sn_log_softmax(sn_reshape(y, SN_SHAPE(5, 12)), 0));
  return 4;
}

static int forward_images(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0];
  SnConv2d options = {.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}, .groups = 2};
  SnTensor *y = sn_conv2d(x, numbers(x, "weight", SN_SHAPE(6, 2, 3, 3)), numbers(x, "bias", SN_SHAPE(6)), options);
  SnTensor *computed = sn_conv2d(x, sn_narrow(sn_relu(sn_reshape(x, SN_SHAPE(10, 4, 7, 6))), 2, 1, 2), NULL,
                                 (SnConv2d){.padding = {1, 1}});
  SnTensor *pooled = sn_max_pool2d(y, (SnPool2d){.kernel = {2, 3}, .stride = {1, 2}, .padding = {1, 1}});
  outputs[0] = sn_interpolate_bilinear(sn_adaptive_avg_pool2d(pooled, 2, 3), 5, 4);
  outputs[1] = sn_avg_pool2d(computed, (SnPool2d){.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}});
  outputs[2] = sn_gaussian_blur2d(sn_reshape(sn_unfold(x, (SnUnfold){.kernel = {2, 2}}), SN_SHAPE(10, 16, 6, 5)), 0.7);
  outputs[3] = sn_batch_norm(sn_relu(x), numbers(x, "mean", SN_SHAPE(4)), sn_full(SN_FLOAT64, 0.7, SN_SHAPE(4)), NULL,
                             NULL, false, 0.1, 1e-5);
  return 4;
}

static void operations_as_they_are(void **state) {
  (void)state;
  try_case(no_pass, forward_elementwise, SN_SHAPE(3, 4, 5));
  try_case(no_pass, forward_views, SN_SHAPE(2, 3, 5));
  try_case(no_pass, forward_products, SN_SHAPE(3, 4, 5));
  try_case(no_pass, forward_images, SN_SHAPE(10, 4, 7, 6));
}

/* ... and the passes change nothing where they have no business. */
static void operations_simplified(void **state) {
  (void)state;
  try_case(sn_graph_simplify, forward_elementwise, SN_SHAPE(3, 4, 5));
  try_case(sn_graph_simplify, forward_views, SN_SHAPE(2, 3, 5));
  try_case(sn_graph_simplify, forward_products, SN_SHAPE(3, 4, 5));
  try_case(sn_graph_simplify, forward_images, SN_SHAPE(10, 4, 7, 6));
}

/* ---- layers for the cases below ---- */

static SnTensor *convolution(SnTensor *x, const char *name, int64_t out, int64_t kernel, bool with_bias) {
  char bias[32];
  snprintf(bias, sizeof bias, "%s/bias", name);
  SnConv2d options = {.padding = {kernel / 2, kernel / 2}};
  SnTensor *weight = numbers(x, name, SN_SHAPE(out, x->array.shape[1], kernel, kernel));
  return sn_conv2d(x, weight, with_bias ? numbers(x, bias, SN_SHAPE(out)) : NULL, options);
}

static SnTensor *norm(SnTensor *x, bool affine) {
  int64_t channels = x->array.shape[1];
  return sn_batch_norm(x, numbers(x, "mean", SN_SHAPE(channels)),
                       formula_tensor("var", 0.4, 1, x->array.dtype, SN_SHAPE(channels)),
                       affine ? numbers(x, "gamma", SN_SHAPE(channels)) : NULL,
                       affine ? numbers(x, "beta", SN_SHAPE(channels)) : NULL, false, 0.1, 1e-5);
}

static SnTensor *channels_last(SnTensor *x) {
  const int64_t *shape = x->array.shape;
  return sn_reshape(sn_permute(x, SN_DIMS(0, 2, 3, 1)), SN_SHAPE(shape[0] * shape[2] * shape[3], shape[1]));
}

static SnTensor *rows_linear(SnTensor *x, const char *name, int64_t out, bool with_bias) {
  char bias[32];
  snprintf(bias, sizeof bias, "%s/bias", name);
  int64_t in = x->array.shape[x->array.ndim - 1];
  return sn_linear(x, numbers(x, name, SN_SHAPE(out, in)), with_bias ? numbers(x, bias, SN_SHAPE(out)) : NULL);
}

static SnTensor *mean3(SnTensor *x) {
  return sn_avg_pool2d(x, (SnPool2d){.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}});
}

/* ---- BatchNorm and scalars into what makes their input ---- */

static int forward_norms(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0];
  outputs[0] = norm(norm(convolution(x, "a", 4, 3, false), true), false);
  outputs[1] = norm(convolution(x, "b", 6, 1, true), true);
  outputs[2] = norm(rows_linear(channels_last(x), "c", 5, true), true);
  SnTensor *shared = convolution(x, "d", 3, 3, true);
  outputs[3] = sn_mul(norm(shared, true), shared); /* read twice: stays */
  return 4;
}

static void batch_norm_pass(void **state) {
  (void)state;
  SnPlan *plan = try_case(no_pass, forward_norms, SN_SHAPE(2, 3, 5, 4));
  EXPECT_COUNT(plan, batch_norm, 5);
  plan = try_case(sn_pass_batch_norm, forward_norms, SN_SHAPE(2, 3, 5, 4));
  EXPECT_COUNT(plan, batch_norm, 1);
}

static int forward_scalars(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0];
  outputs[0] = sn_neg(sn_add_scalar(convolution(x, "a", 4, 3, false), 2));
  outputs[1] = sn_scale(rows_linear(channels_last(x), "b", 1, true), 3);
  outputs[2] = sn_neg(sn_relu(convolution(x, "c", 4, 3, true)));
  return 3;
}

static void affine_pass(void **state) {
  (void)state;
  SnPlan *plan = try_case(sn_pass_affine, forward_scalars, SN_SHAPE(2, 3, 5, 4));
  EXPECT_COUNT(plan, affine, 1);
}

/* ---- channels last ---- */

static int forward_channels_last(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0];
  const int64_t *shape = x->array.shape;
  SnTensor *rows = sn_leaky_relu(norm(rows_linear(channels_last(x), "a", 6, true), true), 0.2);
  SnTensor *others = sn_relu(rows_linear(channels_last(sn_abs(x)), "b", 6, false));
  SnTensor *sum = sn_add(rows, others);
  outputs[0] = sn_reshape(sn_neg(rows_linear(sum, "c", 1, false)), SN_SHAPE(shape[0], shape[2], shape[3]));
  outputs[1] = sn_reshape(sum, SN_SHAPE(shape[0], -1, 6));
  outputs[2] = sn_permute(sn_reshape(rows_linear(sum, "d", 3, true), SN_SHAPE(shape[0], shape[2], shape[3], 3)),
                          SN_DIMS(0, 3, 1, 2)); /* back again */
  return 3;
}

static void transposes_pass(void **state) {
  (void)state;
  SnPlan *plan = try_case(sn_pass_transposes, forward_channels_last, SN_SHAPE(2, 3, 5, 4));
  EXPECT_COUNT(plan, linear, 0);
  plan = try_case(sn_graph_simplify, forward_channels_last, SN_SHAPE(2, 3, 5, 4));
  EXPECT_COUNT(plan, linear, 0);
  EXPECT_COUNT(plan, batch_norm, 0);
  EXPECT_COUNT(plan, copy, 1); /* output 1, which is wanted in that order */
  EXPECT_COUNT(plan, conv2d_fused, 4);
}

/* ---- linear maps one after the other ---- */

static int forward_chain(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0];
  SnTensor *y = convolution(convolution(convolution(x, "a", 12, 3, true), "b", 10, 1, false), "c", 4, 1, true);
  outputs[0] = y;
  outputs[1] = convolution(convolution(x, "d", 1, 1, true), "e", 40, 1, true); /* narrow between: stays */
  SnConv2d grouped = {.groups = 2};
  outputs[2] = sn_conv2d(sn_conv2d(x, numbers(x, "f", SN_SHAPE(12, 4, 1, 1)), NULL, (SnConv2d){.groups = 6}),
                         numbers(x, "g", SN_SHAPE(2, 6, 1, 1)), NULL, grouped);
  outputs[3] = rows_linear(rows_linear(channels_last(x), "h", 9, true), "i", 7, true);
  return 4;
}

static void merge_pass(void **state) {
  (void)state;
  SnPlan *plan = try_case(sn_pass_merge, forward_chain, SN_SHAPE(2, 24, 5, 4));
  EXPECT_COUNT(plan, linear, 1);
  assert_true(sn_plan_summary(plan).planned.macs < sn_plan_summary(plan).written.macs);
}

/* ---- concatenations ---- */

static int forward_cat(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *parts[] = {sn_abs(x), sn_exp(sn_scale(x, 0.3)), sn_neg(x)};
  outputs[0] = convolution(sn_cat(3, parts, 1), "a", 5, 3, true);
  outputs[1] = sn_relu(convolution(sn_cat(2, parts, 1), "b", 3, 1, false));
  outputs[2] = sn_conv2d(sn_cat(2, parts, 1), numbers(x, "c", SN_SHAPE(8, 3, 1, 1)), numbers(x, "d", SN_SHAPE(8)),
                         (SnConv2d){.groups = 4}); /* two groups a part */
  SnTensor *rows[] = {channels_last(parts[0]), channels_last(parts[2])};
  outputs[3] = rows_linear(sn_cat(2, rows, 1), "e", 4, true);
  return 4;
}

static void split_cat_pass(void **state) {
  (void)state;
  SnPlan *plan = try_case(sn_pass_split_cat, forward_cat, SN_SHAPE(2, 6, 5, 4));
  EXPECT_COUNT(plan, conv2d_fused, 7);
  EXPECT_COUNT(plan, linear, 2);
  EXPECT_COUNT(plan, add, 4);
  EXPECT_COUNT(plan, copy, 4); /* the grouped results side by side, and two exchanges */
  try_case(sn_graph_simplify, forward_cat, SN_SHAPE(2, 6, 5, 4));
}

static int forward_cat_transposed(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *whole = sn_cat(2, (SnTensor *[]){sn_abs(x), sn_narrow(sn_exp(x), 1, 0, 3)}, 1);
  outputs[0] = channels_last(sn_cat(2, (SnTensor *[]){sn_relu(x), sn_abs(x)}, 1));
  outputs[1] = channels_last(whole); /* part of a value: read as it lies */
  return 2;
}

static void cat_transposed_pass(void **state) {
  (void)state;
  SnPlan *plan = try_case(sn_pass_cat_transposed, forward_cat_transposed, SN_SHAPE(2, 6, 5, 4));
  EXPECT_COUNT(plan, copy, 2 + 3);
}

/* ---- before or after pooling and resizing ---- */

static int forward_sides(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0];
  outputs[0] = convolution(sn_interpolate_bilinear(x, 11, 10), "a", 8, 1, true); /* to the small side */
  outputs[1] = convolution(mean3(x), "b", 2, 1, true);                           /* a bias and zeros outside: stays */
  outputs[2] = convolution(mean3(x), "c", 2, 1, false);                          /* few channels: before the mean */
  outputs[3] = sn_interpolate_bilinear(convolution(x, "d", 9, 1, true), 3, 2);   /* fewer places after */
  return 4;
}

static void cheap_side_pass(void **state) {
  (void)state;
  SnPlan *plan = try_case(sn_pass_cheap_side, forward_sides, SN_SHAPE(2, 8, 6, 5));
  const SnPlanNode *nodes = plan->graph.nodes;
  static const int order[] = {SN_KERNEL_conv2d_fused,         SN_KERNEL_interpolate_bilinear, SN_KERNEL_avg_pool2d,
                              SN_KERNEL_conv2d_fused,         SN_KERNEL_conv2d_fused,         SN_KERNEL_avg_pool2d,
                              SN_KERNEL_interpolate_bilinear, SN_KERNEL_conv2d_fused};
  assert_int_equal(plan->graph.node_count, 8);
  for (int i = 0; i < 8; i++) assert_int_equal(nodes[i].op, order[i]);
}

/* ---- the released code's features ---- */

static int forward_unfolded(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0];
  SnUnfold options = {.kernel = {3, 2}, .stride = {1, 2}, .padding = {1, 1}, .dilation = {2, 1}};
  SnTensor *columns = sn_permute(sn_unfold(x, options), SN_DIMS(0, 2, 1)); /* [N, windows, 6 x 6] */
  outputs[0] = rows_linear(columns, "a", 5, true);
  outputs[1] = sn_adaptive_avg_pool1d(columns, 24);
  outputs[2] = sn_adaptive_avg_pool1d(sn_reshape(channels_last(x), SN_SHAPE(1, -1, 6)), 4);
  return 3;
}

static bool unfold_passes(SnPlanGraph *graph) {
  return sn_pass_channel_pool(graph) && sn_pass_transposes(graph) && !sn_pass_unfold(graph) && sn_pass_dead(graph);
}

static void unfold_and_channel_pool_passes(void **state) {
  (void)state;
  SnPlan *plan = try_case(sn_pass_channel_pool, forward_unfolded, SN_SHAPE(2, 6, 7, 8));
  EXPECT_COUNT(plan, adaptive_avg_pool2d, 0);
  plan = try_case(unfold_passes, forward_unfolded, SN_SHAPE(2, 6, 7, 8));
  EXPECT_COUNT(plan, adaptive_avg_pool2d, 0);
  EXPECT_COUNT(plan, unfold, 1); /* two readers: stays */
}

static int forward_windows(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *columns = sn_unfold(x, (SnUnfold){.kernel = {3, 3}, .padding = {1, 1}});
  outputs[0] = sn_adaptive_avg_pool1d(sn_permute(columns, SN_DIMS(0, 2, 1)), 16);
  return 1;
}

static void windows_become_a_convolution(void **state) {
  (void)state;
  SnPlan *plan = try_case(sn_graph_simplify, forward_windows, SN_SHAPE(2, 8, 5, 6));
  EXPECT_COUNT(plan, unfold, 0);
  EXPECT_COUNT(plan, adaptive_avg_pool2d, 0);
  EXPECT_COUNT(plan, conv2d_fused, 1);
  for (int i = 0; i < plan->graph.node_count; i++)
    if (plan->graph.nodes[i].op == SN_KERNEL_conv2d_fused)
      assert_int_equal(plan->graph.nodes[i].attributes.fused_conv2d.conv2d.groups, 8);
}

/* ---- epilogues ---- */

static int forward_epilogues(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *y = convolution(x, "a", 4, 3, true);
  outputs[0] = sn_relu(sn_add(convolution(sn_relu(y), "b", 4, 3, true), convolution(x, "c", 4, 1, false)));
  outputs[1] = sn_leaky_relu(sn_add(sn_exp(x), convolution(x, "d", 4, 1, true)), 0.2);
  SnTensor *twice = convolution(x, "e", 4, 1, true);
  outputs[2] = sn_add(twice, twice);
  outputs[3] = sn_relu(sn_add(convolution(x, "f", 4, 1, true), numbers(x, "row", SN_SHAPE(4, 1, 1))));
  return 4;
}

static bool epilogue_twice(SnPlanGraph *graph) { return sn_pass_epilogue(graph) && !sn_pass_epilogue(graph); }

static void epilogue_pass(void **state) {
  (void)state;
  SnPlan *plan = try_case(epilogue_twice, forward_epilogues, SN_SHAPE(2, 4, 5, 4));
  EXPECT_COUNT(plan, conv2d_fused, 6);
  EXPECT_COUNT(plan, add, 2);  /* with itself, and with a row that is broadcast */
  EXPECT_COUNT(plan, relu, 1); /* after the broadcast */
  EXPECT_COUNT(plan, leaky_relu, 0);
}

static int forward_rows_only(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *y = sn_leaky_relu(rows_linear(x, "a", 6, true), 0.2);
  outputs[0] = sn_relu(sn_add(rows_linear(y, "b", 5, false), x));
  return 1;
}

static void rows_have_no_epilogue(void **state) {
  (void)state;
  SnPlan *plan = try_case(sn_graph_simplify, forward_rows_only, SN_SHAPE(7, 5));
  EXPECT_COUNT(plan, linear, 2);
  EXPECT_COUNT(plan, conv2d_fused, 0);
}

static int forward_dead(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0];
  sn_relu(convolution(x, "a", 4, 3, true));
  outputs[0] = sn_abs(x);
  return 1;
}

static void dead_pass(void **state) {
  (void)state;
  SnPlan *plan = try_case(sn_pass_dead, forward_dead, SN_SHAPE(1, 2, 3, 3));
  assert_int_equal(plan->graph.node_count, 1);
}

/* ---- several inputs; outputs that are inputs, constants and one another ---- */

static int forward_several(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  outputs[0] = sn_add(inputs[0], sn_permute(inputs[1], SN_DIMS(1, 0)));
  outputs[1] = outputs[0];
  outputs[2] = inputs[1];
  outputs[3] = numbers(inputs[0], "constant", SN_SHAPE(2, 2));
  return 4;
}

static void several_inputs_and_outputs(void **state) {
  (void)state;
  SnTensor *inputs[] = {formula_tensor("x", 1, 0, SN_FLOAT64, SN_SHAPE(2, 3)),
                        formula_tensor("y", 1, 0, SN_FLOAT64, SN_SHAPE(3, 2))};
  sn_plan_free(expect_same(sn_graph_simplify, forward_several, 2, inputs, 0));
}

/* ---- what cannot be planned ---- */

typedef struct Refusal {
  int what;
} Refusal;

enum { TO_HOST, ITEM, FLOAT_DATA, TAPE, TRAINING, RANDOM, COPY, UNKNOWN, NOTHING, MISSING, FAILING, TRACE, REFUSALS };

static int forward_refused(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  SnTensor *x = inputs[0], *y = sn_relu(x);
  double number;
  outputs[0] = y;
  switch (((const Refusal *)context)->what) {
    case TO_HOST:
      if (sn_to_host(sn_narrow(sn_narrow(y, 0, 0, 1), 1, 0, 1), SN_FLOAT64, &number) && number > 0) outputs[0] = x;
      break;
    case ITEM:
      if (sn_item(sn_sum(y, SN_ALL_DIMS, false)) > 0) outputs[0] = x;
      break;
    case FLOAT_DATA:
      if (sn_float_data(y)) outputs[0] = x;
      break;
    case TAPE:
      sn_tape_begin();
      break;
    case TRAINING:
      outputs[0] = sn_batch_norm(x, NULL, NULL, NULL, NULL, true, 0.1, 1e-5);
      break;
    case RANDOM:
      outputs[0] = sn_add(x, sn_normal(SN_FLOAT32, SN_SHAPE(4, 3), 0, 1, sn_random(0, SN_STREAM_NOISE, 1)));
      break;
    case COPY:
      outputs[0] = sn_relu(sn_copy_of(y));
      break;
    case UNKNOWN:
      outputs[0] = sn_bce_with_logits(x, sn_zeros(SN_FLOAT32, SN_SHAPE(4, 3)));
      break;
    case NOTHING:
      return 0;
    case MISSING:
      return 2;
    case FAILING:
      outputs[0] = sn_matmul(x, x);
      break;
    case TRACE:
      sn_trace_begin();
      break;
    default:
      break;
  }
  return 1;
}

static void refusals(void **state) {
  (void)state;
  static const char *const named[REFUSALS] = {
      "sn_to_host",           "sn_item",         "sn_float_data", "tape",     "batch statistics", "normal",
      "without an operation", "bce_with_logits", "0 outputs",     "output 1", "matmul",           "another trace"};
  SnTensor *x = formula_tensor("x", 1, 0, SN_FLOAT32, SN_SHAPE(4, 3));
  for (int i = 0; i < REFUSALS; i++) {
    Refusal refusal = {i};
    assert_null(sn_plan_new(forward_refused, &refusal, 1, &x));
    assert_false(sn_ok());
    if (!strstr(sn_error(), named[i])) fail_msg("expected an error about %s, found: %s", named[i], sn_error());
    sn_clear_error();
    double number =
        sn_item(sn_max(x, SN_ALL_DIMS, false)); /* the trace has ended: kernels run, and reading is allowed */
    assert_true(number > 0);
  }
  SnTape *tape = sn_tape_begin();
  assert_null(sn_plan_new(forward_several, NULL, 1, &x));
  assert_non_null(strstr(sn_error(), "tape"));
  sn_clear_error();
  sn_tape_end(tape);
  assert_null(sn_plan_new(forward_several, NULL, 0, &x));
  sn_clear_error();
}

static void wrong_shapes(void **state) {
  (void)state;
  SnTensor *x = formula_tensor("x", 1, 0, SN_FLOAT32, SN_SHAPE(4, 3)), *y = sn_zeros(SN_FLOAT32, SN_SHAPE(3, 4));
  Refusal none = {REFUSALS};
  SnPlan *plan = sn_plan_new(forward_refused, &none, 1, &x);
  check_ok();
  SnTensor *turned = sn_permute(y, SN_DIMS(1, 0)), *result = sn_plan_new_output(plan, 0);
  SnTensor *bad_inputs[] = {y, turned, sn_to_dtype(x, SN_FLOAT64)}, *bad_outputs[] = {y, turned, bad_inputs[2]};
  assert_true(sn_plan_run(plan, &x, &result));
  for (int i = 0; i < 3; i++) {
    assert_false(sn_plan_run(plan, &bad_inputs[i], &result));
    assert_non_null(strstr(sn_error(), "input 0"));
    sn_clear_error();
    assert_false(sn_plan_run(plan, &x, &bad_outputs[i]));
    assert_non_null(strstr(sn_error(), "output 0"));
    sn_clear_error();
  }
  sn_plan_free(plan);
}

/* ---- memory ---- */

static void places_do_not_overlap(const SnPlan *plan) {
  int64_t least = 0;
  for (int step = 0; step < plan->graph.node_count; step++) {
    int64_t live = 0;
    for (int a = 0; a < plan->graph.value_count; a++) {
      const SnPlanPlace *p = &plan->places[a];
      if (p->first < 0 || p->first > step || p->last < step) continue;
      live += p->bytes;
      assert_true(p->offset % 64 == 0 && p->offset + p->bytes <= plan->summary.arena_bytes);
      for (int b = 0; b < a; b++) {
        const SnPlanPlace *q = &plan->places[b];
        if (q->first < 0 || q->first > step || q->last < step) continue;
        assert_true(p->offset + p->bytes <= q->offset || q->offset + q->bytes <= p->offset);
      }
    }
    if (live > least) least = live;
  }
  assert_true(plan->summary.arena_bytes >= least);
  assert_true(plan->summary.arena_bytes <= least + least / 4); /* what a good packing reaches on these networks */
}

/* Counts requests for memory while `counting`, whoever makes them; not under sanitizers, which count for themselves. */
static atomic_bool counting;
static atomic_llong allocations;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define COUNTS_ALLOCATIONS 0
#endif
#endif
#if !defined(COUNTS_ALLOCATIONS) && defined(__GLIBC__)
#define COUNTS_ALLOCATIONS 1
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void count_allocation(void) {
  if (atomic_load(&counting)) atomic_fetch_add(&allocations, 1);
}

void *malloc(size_t size) {
  count_allocation();
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  count_allocation();
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  count_allocation();
  return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count_allocation();
  return __libc_memalign(alignment, size);
}
#endif
#ifndef COUNTS_ALLOCATIONS
#define COUNTS_ALLOCATIONS 0
#endif

/* ---- SimpleNet ---- */

typedef struct Case {
  const char *backbone, *preset;
  int64_t batch, crop;
} Case;

static SnSimpleNet *new_model(const Case *c, SnDtype dtype) {
  SnSimpleNetSettings settings;
  assert_true(sn_settings_preset(c->preset, &settings));
  settings.crop = settings.resize = c->crop;
  SnGenerator generator = {.dtype = dtype};
  SnBackbone *backbone = sn_backbone_new(c->backbone, 3, &generator);
  check_ok();
  SnSimpleNet *model = sn_simplenet_new_head(&settings, sn_local_feature_channels(&settings, backbone), dtype);
  check_ok();
  formula_fill(&backbone->module); /* BatchNorm statistics included */
  formula_fill(&model->head);
  model->backbone = backbone;
  model->grid = sn_local_feature_grid(&settings, backbone);
  return model;
}

static SnTensor *images_for(const Case *c, SnDtype dtype) {
  return formula_tensor("images", 2, 0, dtype, SN_SHAPE(c->batch, 3, c->crop, c->crop));
}

static void expect_scores(const Case *c, SnDtype dtype, double tolerance) {
  SnScope *scope = sn_scope_open();
  SnSimpleNet *model = new_model(c, dtype);
  SnTensor *images = images_for(c, dtype);
  int64_t fallbacks = sn_fallback_count();
  SnPlanned *planned = sn_planned_new(model, SN_PLANNED_SCORES);
  SnTensor *found = sn_planned_scores(planned, images);
  check_ok();
  if (dtype == SN_FLOAT32) assert_int_equal(sn_fallback_count(), fallbacks);
  SnTensor *expected = sn_patch_scores(model, sn_local_features(&model->settings, model->backbone, images));
  check_ok();
  double d = distance(found, expected);
  if (!(d <= tolerance))
    fail_msg("%s, %s, batch %d, crop %d: relative distance %g, allowed is %g", c->backbone, c->preset, (int)c->batch,
             (int)c->crop, d, tolerance);
  places_do_not_overlap(sn_planned_plan(planned));
  assert_int_equal(count_of(sn_planned_plan(planned), SN_KERNEL_batch_norm), 0);
  assert_int_equal(count_of(sn_planned_plan(planned), SN_KERNEL_copy), 0);
  sn_scope_close(scope);
  sn_storage_trim();
}

static void every_backbone(void **state) {
  (void)state;
  for (int i = 0; sn_backbone_name(i); i++) {
    expect_scores(&(Case){sn_backbone_name(i), "paper", 1, 67}, SN_FLOAT32, 1e-4);
    expect_scores(&(Case){sn_backbone_name(i), "official", 1, 67}, SN_FLOAT32, 1e-4);
  }
}

static void every_batch_and_size(void **state) {
  (void)state;
  static const char *const presets[] = {"paper", "official"};
  static const int64_t batches[] = {1, 3, 8}, crops[] = {32, 45, 100};
  for (int p = 0; p < 2; p++)
    for (int b = 0; b < 3; b++) {
      expect_scores(&(Case){"resnet18", presets[p], batches[b], crops[b]}, SN_FLOAT32, 1e-4);
      expect_scores(&(Case){"resnet18", presets[p], batches[b], 33}, SN_FLOAT32, 1e-4);
    }
  expect_scores(&(Case){"resnext50_32x4d", "paper", 3, 51}, SN_FLOAT32, 1e-4);
  expect_scores(&(Case){"resnet50", "official", 8, 39}, SN_FLOAT32, 1e-4);
}

static void whole_network_in_float64(void **state) {
  (void)state;
  assert_true(sn_set_device("reference"));
  expect_scores(&(Case){"resnet18", "paper", 1, 32}, SN_FLOAT64, 1e-9);
  expect_scores(&(Case){"resnet18", "official", 1, 32}, SN_FLOAT64, 1e-9);
}

/* Settings beyond the presets: levels, neighbourhoods, deep heads, dimensions that do not divide. */
static void expect_variant(const char *preset, const char *levels, int64_t patch, int64_t dimension, int64_t adaptors,
                           int64_t discriminators) {
  SnScope *scope = sn_scope_open();
  Case c = {"resnet18", preset, 2, 40};
  SnSimpleNet *model = new_model(&c, SN_FLOAT32);
  SnSimpleNetSettings settings = model->settings;
  assert_true(sn_setting_parse(sn_setting_find("levels"), levels, &settings));
  settings.patch = patch;
  settings.dimension = dimension;
  settings.adaptor_depth = adaptors;
  settings.discriminator_depth = discriminators;
  SnSimpleNet *head =
      sn_simplenet_new_head(&settings, sn_local_feature_channels(&settings, model->backbone), SN_FLOAT32);
  check_ok();
  formula_fill(&head->head);
  head->backbone = model->backbone;
  head->grid = sn_local_feature_grid(&settings, model->backbone);
  SnTensor *images = images_for(&c, SN_FLOAT32);
  SnTensor *found = sn_planned_scores(sn_planned_new(head, SN_PLANNED_SCORES), images);
  check_ok();
  double d = distance(found, sn_patch_scores(head, sn_local_features(&settings, head->backbone, images)));
  if (!(d <= 1e-4)) fail_msg("%s, levels %s, patch %d: relative distance %g", preset, levels, (int)patch, d);
  sn_scope_close(scope);
}

static void settings_of_all_kinds(void **state) {
  (void)state;
  expect_variant("paper", "1,2,3", 3, 1536, 1, 2);
  expect_variant("paper", "2", 5, 1536, 0, 1);
  expect_variant("paper", "3", 1, 1536, 2, 3);
  expect_variant("paper", "1,3", 1, 1536, 0, 2);
  expect_variant("official", "1,2,3", 3, 96, 1, 2);
  expect_variant("official", "2,3", 3, 77, 2, 2);
  expect_variant("official", "1,2,3", 5, 100, 0, 1);
  expect_variant("official", "3", 1, 64, 1, 3);
}

/* The parts of the features, and the head alone on them. */
static void parts_and_head(void **state) {
  (void)state;
  for (int p = 0; p < 2; p++) {
    Case c = {"resnet18", p == 0 ? "paper" : "official", 3, 64};
    SnSimpleNet *model = new_model(&c, SN_FLOAT32);
    SnTensor *images = images_for(&c, SN_FLOAT32), *parts[MOST], *expected[MOST], *scores[MOST];
    int count = sn_planned_run(sn_planned_new(model, SN_PLANNED_PARTS), 1, &images, parts);
    check_ok();
    assert_int_equal(count, sn_local_feature_parts(&model->settings, model->backbone, images, expected));
    for (int i = 0; i < count; i++) assert_true(distance(parts[i], expected[i]) <= 1e-4);
    SnPlanned *head = sn_planned_new(model, SN_PLANNED_HEAD);
    assert_int_equal(sn_planned_run(head, count, expected, scores), 1);
    assert_true(distance(scores[0], sn_patch_scores(model, sn_assemble_parts(count, expected))) <= 1e-4);
  }
}

static void same_bits_on_any_number_of_threads(void **state) {
  (void)state;
  Case c = {"resnet18", "paper", 3, 75};
  SnSimpleNet *model = new_model(&c, SN_FLOAT32);
  SnTensor *images = images_for(&c, SN_FLOAT32), *first = NULL;
  int usual = sn_device()->threads();
  for (int threads = 1; threads <= 3; threads++) {
    sn_device()->set_threads(threads);
    SnTensor *scores = sn_planned_scores(sn_planned_new(model, SN_PLANNED_SCORES), images);
    check_ok();
    if (!first) first = scores;
    assert_true(same_bits(first, scores));
  }
  sn_device()->set_threads(usual);
}

static void steady_state_allocates_nothing(void **state) {
  (void)state;
  for (int p = 0; p < 2; p++) {
    Case c = {"resnet18", p == 0 ? "paper" : "official", 2, 64};
    SnSimpleNet *model = new_model(&c, SN_FLOAT32);
    SnTensor *images = images_for(&c, SN_FLOAT32), *poisoned;
    SnPlanned *planned = sn_planned_new(model, SN_PLANNED_SCORES);
    SnTensor *scores = sn_planned_scores(planned, images);
    check_ok();
    SnPlan *plan = sn_planned_plan(planned);
    int64_t requests = sn_storage_backend_requests(), bytes = sn_storage_bytes();
    atomic_store(&allocations, 0);
    atomic_store(&counting, true);
    for (int i = 0; i < 3 && sn_ok(); i++) sn_plan_run(plan, &images, &scores);
    atomic_store(&counting, false);
    check_ok();
    assert_int_equal(sn_storage_backend_requests(), requests);
    assert_int_equal(sn_storage_bytes(), bytes);
    assert_int_equal(atomic_load(&allocations), 0);
    poisoned = sn_plan_new_output(plan, 0);
    assert_true(sn_plan_run_poisoned(plan, &images, &poisoned));
    assert_true(same_bits(scores, poisoned));
  }
  if (!COUNTS_ALLOCATIONS) printf("skip: calls of malloc are not counted in this build\n");
}

/* Training that goes on does not reach a plan, and inputs of another shape get a plan of their own. */
static void a_plan_is_a_snapshot(void **state) {
  (void)state;
  Case c = {"resnet18", "paper", 2, 40}, single = {"resnet18", "paper", 1, 40};
  SnSimpleNet *model = new_model(&c, SN_FLOAT32);
  SnTensor *images = images_for(&c, SN_FLOAT32), *one = images_for(&single, SN_FLOAT32);
  SnPlanned *planned = sn_planned_new(model, SN_PLANNED_SCORES);
  SnTensor *before = sn_planned_scores(planned, images);
  check_ok();
  SnTensor *parameters[256];
  int64_t count = sn_module_parameters(&model->head, 256, parameters);
  for (int64_t i = 0; i < count; i++) sn_fill(parameters[i], 0.25);
  count = sn_module_parameters(&model->backbone->module, 256, parameters);
  for (int64_t i = 0; i < count; i++) sn_fill(parameters[i], 0.25);
  assert_true(same_bits(before, sn_planned_scores(planned, images)));
  SnTensor *other = sn_planned_scores(planned, one); /* made anew: from the weights of now */
  SnTensor *eager = sn_patch_scores(model, sn_local_features(&model->settings, model->backbone, one));
  check_ok();
  assert_true(distance(other, eager) <= 1e-4);
}

/* The counts that docs/plan.md tells: the head as written, and as planned. */
static void counts_of_the_head(void **state) {
  (void)state;
  static const struct {
    const char *backbone;
    int64_t written, planned; /* multiply-accumulates of the head */
  } counts[] = {
      {"wide_resnet50_2", 784LL * (1536 * 1536 + 1536 * 1024 + 1024), 1024 * (784LL * 512 + 196LL * 1024 + 784)},
      {"resnet18", 784LL * (384 * 384 + 384 * 1024 + 1024), 1024 * (784LL * 128 + 196LL * 256 + 784)}};
  for (int i = 0; i < 2; i++) {
    SnScope *scope = sn_scope_open();
    Case c = {counts[i].backbone, "paper", 1, 224};
    SnSimpleNet *model = new_model(&c, SN_FLOAT32);
    SnTensor *images = images_for(&c, SN_FLOAT32), *outputs[MOST];
    SnPlanned *whole = sn_planned_new(model, SN_PLANNED_SCORES), *parts = sn_planned_new(model, SN_PLANNED_PARTS);
    sn_planned_scores(whole, images);
    sn_planned_run(parts, 1, &images, outputs);
    check_ok();
    SnPlanSummary all = sn_plan_summary(sn_planned_plan(whole)), backbone = sn_plan_summary(sn_planned_plan(parts));
    assert_int_equal(all.written.macs - backbone.written.macs, counts[i].written);
    assert_int_equal(all.planned.macs - backbone.planned.macs, counts[i].planned);
    sn_scope_close(scope);
    sn_storage_trim();
  }
}

static void printing(void **state) {
  (void)state;
  Case c = {"resnet18", "official", 1, 40};
  SnSimpleNet *model = new_model(&c, SN_FLOAT32);
  SnPlanned *planned = sn_planned_new(model, SN_PLANNED_SCORES);
  SnTensor *images = images_for(&c, SN_FLOAT32), *scores = sn_planned_scores(planned, images);
  SnPlan *plan = sn_planned_plan(planned);
  double *seconds = test_malloc((size_t)sn_plan_summary(plan).planned.steps * sizeof *seconds);
  assert_true(sn_plan_profile(plan, &images, &scores, 3, seconds));
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  sn_plan_print(plan, stream, seconds);
  fclose(stream);
  static const char *const expected[] = {"conv2d 7x7 /2 + relu",
                                         "[1, 3, 40, 40] -> [1, 64, 20, 20]",
                                         "residual",
                                         "leaky_relu",
                                         "groups",
                                         "as written",
                                         "planned",
                                         "memory",
                                         "GFLOP/s"};
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
    if (!strstr(text, expected[i])) fail_msg("'%s' is not in:\n%s", expected[i], text);
  free(text);
  test_free(seconds);
}

static SnScope *test_scope;

static int on_reference(void **state) {
  (void)state;
  sn_clear_error();
  test_scope = sn_scope_open();
  return sn_set_device("reference") ? 0 : -1;
}

static int on_cpu(void **state) {
  (void)state;
  sn_clear_error();
  test_scope = sn_scope_open();
  return sn_set_device("cpu") ? 0 : -1;
}

static int finish(void **state) {
  (void)state;
  sn_clear_error();
  sn_plan_free(last_plan);
  last_plan = NULL;
  sn_scope_close(test_scope);
  sn_storage_trim();
  return 0;
}

#define REFERENCE(test) cmocka_unit_test_setup_teardown(test, on_reference, finish)
#define CPU(test) cmocka_unit_test_setup_teardown(test, on_cpu, finish)

int main(void) {
  static const struct CMUnitTest tests[] = {
      REFERENCE(operations_as_they_are),
      REFERENCE(operations_simplified),
      REFERENCE(batch_norm_pass),
      REFERENCE(affine_pass),
      REFERENCE(transposes_pass),
      REFERENCE(merge_pass),
      REFERENCE(split_cat_pass),
      REFERENCE(cat_transposed_pass),
      REFERENCE(cheap_side_pass),
      REFERENCE(unfold_and_channel_pool_passes),
      REFERENCE(windows_become_a_convolution),
      REFERENCE(epilogue_pass),
      REFERENCE(rows_have_no_epilogue),
      REFERENCE(dead_pass),
      REFERENCE(several_inputs_and_outputs),
      CPU(refusals),
      CPU(wrong_shapes),
      CPU(every_backbone),
      CPU(every_batch_and_size),
      CPU(whole_network_in_float64),
      CPU(settings_of_all_kinds),
      CPU(parts_and_head),
      CPU(same_bits_on_any_number_of_threads),
      CPU(steady_state_allocates_nothing),
      CPU(a_plan_is_a_snapshot),
      CPU(counts_of_the_head),
      CPU(printing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
