/* Plans: tracing, every pass alone against the eager forward in float64, and what is refused. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "autograd/ops.h"
#include "plan/passes.h"
#include "plan/steps.h"
#include "tensor/random.h"
#include "tests/support/comparison.h"
#include "tests/support/formula.h"

enum { MAX = 4 };

/* Numbers of our own for each name, in the dtype of x. */
static SnTensor *numbers(const SnTensor *x, const char *name, int ndim, const int64_t *shape) {
  return formula_tensor(name, 1, 0, x->array.dtype, ndim, shape);
}

/* A plan of the forward by the passes, whose results are those of the eager forward, also with dead memory poisoned. */
static SnPlan *expect_same(SnRewriting rewrite, SnForward forward, int input_count, SnTensor *const *inputs,
                           double tolerance) {
  SnTensor *expected[MAX], *found[MAX], *poisoned[MAX];
  SnPlan *plan = sn_plan_new_by(rewrite, forward, NULL, input_count, inputs);
  expect_no_error();
  int count = forward(NULL, inputs, expected);
  expect_no_error();
  assert_int_equal(sn_plan_output_count(plan), count);
  for (int i = 0; i < count; i++) {
    found[i] = sn_plan_new_output(plan, i);
    poisoned[i] = sn_plan_new_output(plan, i);
  }
  if (!sn_plan_run(plan, inputs, found) || !sn_plan_run_poisoned(plan, inputs, poisoned)) fail_msg("%s", sn_error());
  for (int i = 0; i < count; i++) {
    double d = tensor_distance(found[i], expected[i]);
    if (!(d <= tolerance)) fail_msg("output %d: relative distance %g, allowed is %g", i, d, tolerance);
    if (!tensor_same_bits(found[i], poisoned[i])) fail_msg("output %d changes when dead memory is overwritten", i);
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

/* Numbers of slices are int64 constants. */
static int forward_slices(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0];
  static const int64_t channels[] = {4, 0, 4, 2, 5}, places[] = {3, 1, 0};
  SnTensor *index = sn_from_host(SN_INT64, SN_SHAPE(5), channels), *other = sn_from_host(SN_INT64, SN_SHAPE(3), places);
  outputs[0] = sn_relu(sn_index_select(sn_abs(x), 1, index));
  outputs[1] = sn_index_select(sn_permute(x, SN_DIMS(0, 2, 3, 1)), -1, sn_narrow(index, 0, 1, 3));
  outputs[2] = sn_index_select(sn_conv2d(x, numbers(x, "weight", SN_SHAPE(5, 6, 1, 1)), NULL, (SnConv2d){0}), 2, other);
  outputs[1] = sn_interpolate_nearest(outputs[1], 9, 3);
  outputs[3] = sn_index_select(numbers(x, "constant", SN_SHAPE(7, 3)), 0, index);
  return 4;
}

/* Numbers of rows that the forward itself finds. */
static int forward_nearest(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *bank = numbers(x, "bank", SN_SHAPE(9, 4)), *rows = sn_reshape(x, SN_SHAPE(12, 4));
  SnTensor *indices = sn_nearest_neighbors(rows, bank, 3), *last = sn_narrow(indices, 1, 2, 1);
  outputs[0] = sn_index_select(bank, 0, sn_reshape(last, SN_SHAPE(12)));
  outputs[1] = sn_relu(sn_index_select(sn_abs(bank), 0, sn_reshape(indices, SN_SHAPE(-1))));
  outputs[2] =
      sn_index_select(rows, 0, sn_flat_argmax(sn_exp(sn_reshape(sn_sum(x, SN_DIMS(3), false), SN_SHAPE(3, 4)))));
  return 3;
}

static void operations_as_they_are(void **state) {
  (void)state;
  try_case(no_pass, forward_elementwise, SN_SHAPE(3, 4, 5));
  try_case(no_pass, forward_views, SN_SHAPE(2, 3, 5));
  try_case(no_pass, forward_products, SN_SHAPE(3, 4, 5));
  try_case(no_pass, forward_images, SN_SHAPE(10, 4, 7, 6));
  try_case(no_pass, forward_slices, SN_SHAPE(2, 6, 4, 5));
  try_case(no_pass, forward_nearest, SN_SHAPE(3, 2, 2, 4));
}

/* ... and the passes change nothing where they have no business. */
static void operations_simplified(void **state) {
  (void)state;
  try_case(sn_graph_simplify, forward_elementwise, SN_SHAPE(3, 4, 5));
  try_case(sn_graph_simplify, forward_views, SN_SHAPE(2, 3, 5));
  try_case(sn_graph_simplify, forward_products, SN_SHAPE(3, 4, 5));
  try_case(sn_graph_simplify, forward_images, SN_SHAPE(10, 4, 7, 6));
  try_case(sn_graph_simplify, forward_slices, SN_SHAPE(2, 6, 4, 5));
  try_case(sn_graph_simplify, forward_nearest, SN_SHAPE(3, 2, 2, 4));
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

static int forward_lone_norms(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0];
  outputs[0] = convolution(sn_relu(norm(x, true)), "a", 4, 3, false);
  outputs[1] = norm(sn_cat(2, (SnTensor *[]){x, outputs[0]}, 1), false);
  return 2;
}

static bool lone_norms(SnPlanGraph *graph) {
  bool changed = sn_pass_lone_norm(graph);
  return sn_pass_epilogue(graph) || changed;
}

static void lone_norm_pass(void **state) {
  (void)state;
  SnPlan *plan = try_case(lone_norms, forward_lone_norms, SN_SHAPE(2, 3, 5, 4));
  EXPECT_COUNT(plan, batch_norm, 0);
  EXPECT_COUNT(plan, relu, 0);
  EXPECT_COUNT(plan, conv2d_fused, 3);
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

static int forward_scaled_inputs(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0];
  outputs[0] = convolution(sn_scale(sn_scale(x, 3), 0.25), "a", 4, 3, true);
  outputs[1] = norm(convolution(sn_scale(sn_relu(x), -2), "b", 6, 1, true), true);
  outputs[2] = convolution(sn_add_scalar(x, 1), "c", 4, 3, true); /* not zero beyond the border: stays */
  SnTensor *shared = sn_scale(x, 5);
  outputs[3] = sn_mul(convolution(shared, "d", 3, 3, true), shared); /* read twice: stays */
  return 4;
}

static void scaled_input_pass(void **state) {
  (void)state;
  SnPlan *plan = try_case(sn_pass_scaled_input, forward_scaled_inputs, SN_SHAPE(2, 3, 5, 4));
  EXPECT_COUNT(plan, affine, 2);
}

/* x times a factor for each of its channels, made from their means. */
static SnTensor *gated(SnTensor *x, const char *name) {
  SnTensor *means = sn_mean(x, SN_DIMS(2, 3), true);
  return sn_mul(x, sn_sigmoid(convolution(means, name, x->array.shape[1], 1, true)));
}

static int forward_gates(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *y = sn_relu(x);
  outputs[0] = sn_add(norm(convolution(gated(y, "a"), "b", 5, 1, true), true), convolution(x, "c", 5, 1, false));
  outputs[1] = sn_relu(convolution(gated(x, "d"), "e", 3, 1, false));
  return 2;
}

static int forward_other_gates(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *shared = gated(x, "a");
  outputs[0] = convolution(gated(x, "b"), "c", 6, 1, true);  /* more than a quarter as many weights as numbers */
  outputs[1] = convolution(gated(x, "d"), "e", 3, 3, false); /* of several cells */
  outputs[2] = sn_mul(convolution(shared, "f", 3, 1, true), shared); /* read twice */
  outputs[3] = convolution(sn_mul(x, x), "g", 4, 1, true);           /* a factor for each number */
  return 4;
}

static void gate_pass(void **state) {
  (void)state;
  SnPlan *plan = try_case(sn_pass_gate, forward_gates, SN_SHAPE(1, 3, 5, 4));
  EXPECT_COUNT(plan, conv2d_prepare, 2);
  plan = try_case(sn_graph_simplify, forward_gates, SN_SHAPE(1, 3, 5, 4));
  EXPECT_COUNT(plan, conv2d_prepare, 2);
  plan = try_case(sn_graph_simplify, forward_gates, SN_SHAPE(2, 3, 5, 4)); /* each image has its own factors */
  EXPECT_COUNT(plan, conv2d_prepare, 0);
  plan = try_case(sn_graph_simplify, forward_other_gates, SN_SHAPE(1, 3, 5, 4));
  EXPECT_COUNT(plan, conv2d_prepare, 0);
}

/* ---- concatenations ---- */

/* As DenseNet has them: what came so far, and something new. */
static int forward_growing(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = sn_abs(inputs[0]);
  SnTensor *second = sn_cat(2, (SnTensor *[]){x, convolution(x, "a", 2, 3, true)}, 1);
  SnTensor *third = sn_cat(2, (SnTensor *[]){second, convolution(sn_relu(second), "b", 1, 1, true)}, 1);
  outputs[0] = convolution(third, "c", 3, 1, false);
  outputs[1] = third;
  return 2;
}

static int forward_other_concatenations(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *y = sn_abs(x), *z = sn_exp(x);
  outputs[0] = sn_cat(2, (SnTensor *[]){y, y}, 1);
  outputs[1] = sn_cat(2, (SnTensor *[]){x, y}, 1);
  outputs[2] = sn_cat(2, (SnTensor *[]){z, sn_sqrt(y)}, 2);
  outputs[3] = z;
  return 4;
}

static void written_in_place(void **state) {
  (void)state;
  SnPlan *plan = try_case(no_pass, forward_growing, SN_SHAPE(1, 3, 5, 4));
  EXPECT_COUNT(plan, copy, 0);
  plan = try_case(no_pass, forward_growing, SN_SHAPE(2, 3, 5, 4)); /* one image's channels lie between another's */
  EXPECT_COUNT(plan, copy, 4);
  plan = try_case(no_pass, forward_other_concatenations, SN_SHAPE(1, 3, 5, 4));
  EXPECT_COUNT(plan, copy, 5); /* once for y, for the input and where y is elsewhere, and two of parts of channels */
  plan = try_case(no_pass, forward_other_concatenations, SN_SHAPE(1, 1, 5, 4));
  EXPECT_COUNT(plan, copy, 4); /* the root is written where it belongs; z is an output */
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

static int forward_layer_norms(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *weight = numbers(x, "weight", SN_SHAPE(3)), *bias = numbers(x, "bias", SN_SHAPE(3));
  SnTensor *rows = sn_permute(x, SN_DIMS(0, 2, 3, 1));
  SnTensor *y = sn_relu(sn_linear(sn_layer_norm(rows, weight, bias, 1e-6), numbers(x, "a", SN_SHAPE(3, 3)), NULL));
  outputs[0] = sn_add(sn_permute(sn_layer_norm(y, NULL, bias, 1e-5), SN_DIMS(0, 3, 1, 2)), x);
  outputs[1] = sn_layer_norm(x, NULL, NULL, 1e-5);
  return 2;
}

static void layer_norms_of_channels(void **state) {
  (void)state;
  SnPlan *plan = try_case(no_pass, forward_layer_norms, SN_SHAPE(2, 3, 5, 4));
  EXPECT_COUNT(plan, linear, 1);
  plan = try_case(sn_graph_simplify, forward_layer_norms, SN_SHAPE(2, 3, 5, 4));
  EXPECT_COUNT(plan, linear, 0);
  EXPECT_COUNT(plan, layer_norm, 3);
  EXPECT_COUNT(plan, copy, 0);
}

/* A block of ConvNeXt, and one of a transformer, which needs what depends on constants alone. */
static int forward_blocks(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0], *scale = numbers(x, "scale", SN_SHAPE(3, 1, 1)),
           *table = numbers(x, "table", SN_SHAPE(6, 3));
  SnTensor *rows = sn_layer_norm(sn_permute(x, SN_DIMS(0, 2, 3, 1)), NULL, NULL, 1e-6);
  SnTensor *y = sn_linear(sn_relu(sn_linear(rows, numbers(x, "a", SN_SHAPE(5, 3)), NULL)),
                          numbers(x, "b", SN_SHAPE(3, 5)), numbers(x, "bias", SN_SHAPE(3)));
  outputs[0] = sn_add(x, sn_mul(scale, sn_permute(y, SN_DIMS(0, 3, 1, 2))));
  SnTensor *image = sn_permute(sn_reshape(table, SN_SHAPE(1, 2, 3, 3)), SN_DIMS(0, 3, 1, 2));
  SnTensor *resized = sn_interpolate_bicubic(image, 5, 4, (SnBicubic){0});
  SnTensor *tokens = sn_reshape(sn_permute(sn_reshape(x, SN_SHAPE(2, 3, 20)), SN_DIMS(0, 2, 1)), SN_SHAPE(2, 20, 3));
  tokens = sn_add(tokens, sn_reshape(sn_permute(resized, SN_DIMS(0, 2, 3, 1)), SN_SHAPE(1, 20, 3)));
  SnTensor *heads = sn_linear(sn_layer_norm(tokens, NULL, NULL, 1e-6), numbers(x, "c", SN_SHAPE(12, 3)), NULL);
  SnTensor *parts[3];
  for (int i = 0; i < 3; i++)
    parts[i] = sn_permute(sn_narrow(sn_reshape(heads, SN_SHAPE(2, 20, 6, 2)), 2, 2 * i, 2), SN_DIMS(0, 2, 1, 3));
  SnTensor *z = sn_permute(sn_scaled_dot_product_attention(parts[0], parts[1], parts[2]), SN_DIMS(0, 2, 1, 3));
  z = sn_linear(sn_reshape(z, SN_SHAPE(2, 20, 4)), numbers(x, "d", SN_SHAPE(3, 4)), NULL);
  outputs[1] = sn_add(tokens, sn_mul(z, numbers(x, "gamma", SN_SHAPE(3))));
  return 2;
}

static void blocks_of_channels_and_of_tokens(void **state) {
  (void)state;
  SnPlan *plan = try_case(no_pass, forward_blocks, SN_SHAPE(2, 3, 5, 4));
  EXPECT_COUNT(plan, multiply, 2);
  EXPECT_COUNT(plan, interpolate_bicubic, 1);
  plan = try_case(sn_graph_simplify, forward_blocks, SN_SHAPE(2, 3, 5, 4));
  EXPECT_COUNT(plan, multiply, 0);
  EXPECT_COUNT(plan, interpolate_bicubic, 0);
  EXPECT_COUNT(plan, copy, 1); /* the tokens */
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

static int forward_activations(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  SnTensor *x = inputs[0];
  outputs[0] = sn_silu(sn_relu6(convolution(x, "a", 4, 3, true))); /* one of two fits */
  outputs[1] = sn_hard_swish(sn_silu(sn_gelu(x)));
  outputs[1] = sn_gelu(convolution(sn_hard_sigmoid(convolution(outputs[1], "b", 5, 1, true)), "c", 4, 1, true));
  outputs[2] = sn_hard_swish(convolution(sn_sigmoid(convolution(x, "d", 4, 3, true)), "e", 4, 1, true));
  outputs[3] = sn_silu(rows_linear(channels_last(x), "f", 5, true));
  return 4;
}

static void every_activation_is_an_epilogue(void **state) {
  (void)state;
  SnPlan *plan = try_case(sn_pass_epilogue, forward_activations, SN_SHAPE(2, 4, 5, 4));
  EXPECT_COUNT(plan, conv2d_fused, 5);
  EXPECT_COUNT(plan, silu, 3); /* one behind rows, which have no epilogue */
  EXPECT_COUNT(plan, gelu, 1);
  EXPECT_COUNT(plan, hard_swish, 1);
  EXPECT_COUNT(plan, relu6, 0);
  EXPECT_COUNT(plan, sigmoid, 0);
  EXPECT_COUNT(plan, hard_sigmoid, 0);
}

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
  expect_no_error();
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
      REFERENCE(lone_norm_pass),
      REFERENCE(affine_pass),
      REFERENCE(scaled_input_pass),
      REFERENCE(gate_pass),
      REFERENCE(written_in_place),
      REFERENCE(transposes_pass),
      REFERENCE(layer_norms_of_channels),
      REFERENCE(blocks_of_channels_and_of_tokens),
      REFERENCE(merge_pass),
      REFERENCE(split_cat_pass),
      REFERENCE(cat_transposed_pass),
      REFERENCE(cheap_side_pass),
      REFERENCE(unfold_and_channel_pool_passes),
      REFERENCE(windows_become_a_convolution),
      REFERENCE(epilogue_pass),
      REFERENCE(every_activation_is_an_epilogue),
      REFERENCE(rows_have_no_epilogue),
      REFERENCE(dead_pass),
      REFERENCE(several_inputs_and_outputs),
      CPU(refusals),
      CPU(wrong_shapes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
