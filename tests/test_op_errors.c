/* Calls that operations must refuse: with NULL, and a message that begins with the operation's name. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "autograd/ops.h"
#include "tensor/random.h"
#include "tests/support/scope.h"

static void expect_refused(const char *op, const SnTensor *result, const char *call) {
  size_t length = strlen(op);
  if (result || sn_ok()) fail_msg("accepted: %s", call);
  if (strncmp(sn_error(), op, length) != 0 || sn_error()[length] != ':')
    fail_msg("%s was refused with \"%s\", which does not begin with %s:", call, sn_error(), op);
  if (!sn_error_source()) fail_msg("%s: no source", call);
  sn_clear_error();
}

#define REFUSED(op, call) expect_refused(op, call, #call)

static SnTensor *zeros(SnDtype dtype, int ndim, const int64_t *shape) {
  SnTensor *tensor = sn_zeros(dtype, ndim, shape);
  assert_non_null(tensor);
  return tensor;
}

#define FLOATS(...) zeros(SN_FLOAT32, SN_SHAPE(__VA_ARGS__))
#define DOUBLES(...) zeros(SN_FLOAT64, SN_SHAPE(__VA_ARGS__))
#define INTEGERS(...) zeros(SN_INT64, SN_SHAPE(__VA_ARGS__))

static void absent_tensors(void **state) {
  (void)state;
  SnTensor *x = FLOATS(1, 1, 2, 2);
  REFUSED("add", sn_add(NULL, x));
  REFUSED("add", sn_add(x, NULL));
  REFUSED("sub", sn_sub(x, NULL));
  REFUSED("mul", sn_mul(NULL, NULL));
  REFUSED("div", sn_div(x, NULL));
  REFUSED("scale", sn_scale(NULL, 2));
  REFUSED("add_scalar", sn_add_scalar(NULL, 2));
  REFUSED("neg", sn_neg(NULL));
  REFUSED("exp", sn_exp(NULL));
  REFUSED("log", sn_log(NULL));
  REFUSED("sqrt", sn_sqrt(NULL));
  REFUSED("abs", sn_abs(NULL));
  REFUSED("relu", sn_relu(NULL));
  REFUSED("leaky_relu", sn_leaky_relu(NULL, 0.2));
  REFUSED("sigmoid", sn_sigmoid(NULL));
  REFUSED("clamp", sn_clamp(NULL, 0, 1));
  REFUSED("sum", sn_sum(NULL, SN_ALL_DIMS, false));
  REFUSED("mean", sn_mean(NULL, SN_ALL_DIMS, false));
  REFUSED("max", sn_max(NULL, SN_ALL_DIMS, false));
  REFUSED("reshape", sn_reshape(NULL, SN_SHAPE(1)));
  REFUSED("permute", sn_permute(NULL, SN_DIMS(0)));
  REFUSED("narrow", sn_narrow(NULL, 0, 0, 1));
  REFUSED("expand", sn_expand(NULL, SN_SHAPE(1)));
  REFUSED("cat", sn_cat(2, (SnTensor *[]){x, NULL}, 0));
  REFUSED("index_select", sn_index_select(NULL, 0, INTEGERS(1)));
  REFUSED("index_select", sn_index_select(x, 0, NULL));
  REFUSED("matmul", sn_matmul(NULL, x));
  REFUSED("matmul", sn_matmul(x, NULL));
  REFUSED("linear", sn_linear(NULL, x, NULL));
  REFUSED("linear", sn_linear(x, NULL, NULL));
  REFUSED("conv2d", sn_conv2d(NULL, x, NULL, (SnConv2d){0}));
  REFUSED("conv2d", sn_conv2d(x, NULL, NULL, (SnConv2d){0}));
  REFUSED("batch_norm", sn_batch_norm(NULL, NULL, NULL, NULL, NULL, true, 0.1, 1e-5));
  REFUSED("layer_norm", sn_layer_norm(NULL, NULL, NULL, 1e-5));
  REFUSED("attention", sn_scaled_dot_product_attention(NULL, x, x));
  REFUSED("attention", sn_scaled_dot_product_attention(FLOATS(1, 1, 2, 2), NULL, NULL));
  REFUSED("interpolate_bicubic", sn_interpolate_bicubic(NULL, 1, 1, (SnBicubic){0}));
  REFUSED("max_pool2d", sn_max_pool2d(NULL, (SnPool2d){.kernel = {2, 2}}));
  REFUSED("avg_pool2d", sn_avg_pool2d(NULL, (SnPool2d){.kernel = {2, 2}}));
  REFUSED("adaptive_avg_pool2d", sn_adaptive_avg_pool2d(NULL, 1, 1));
  REFUSED("adaptive_avg_pool1d", sn_adaptive_avg_pool1d(NULL, 1));
  REFUSED("interpolate_bilinear", sn_interpolate_bilinear(NULL, 1, 1));
  REFUSED("interpolate_nearest", sn_interpolate_nearest(NULL, 1, 1));
  REFUSED("unfold", sn_unfold(NULL, (SnUnfold){.kernel = {1, 1}}));
  REFUSED("gaussian_blur2d", sn_gaussian_blur2d(NULL, 1));
  REFUSED("softmax", sn_softmax(NULL, 0));
  REFUSED("log_softmax", sn_log_softmax(NULL, 0));
  REFUSED("cross_entropy", sn_cross_entropy(NULL, INTEGERS(1)));
  REFUSED("cross_entropy", sn_cross_entropy(FLOATS(1, 2), NULL));
  REFUSED("nearest_neighbors", sn_nearest_neighbors(NULL, x, 1));
  REFUSED("nearest_neighbors", sn_nearest_neighbors(FLOATS(1, 2), NULL, 1));
  REFUSED("flat_argmax", sn_flat_argmax(NULL));
  REFUSED("bce_with_logits", sn_bce_with_logits(NULL, x));
  REFUSED("bce_with_logits", sn_bce_with_logits(x, NULL));
}

static void wrong_dtypes(void **state) {
  (void)state;
  SnTensor *x = FLOATS(2, 2), *d = DOUBLES(2, 2), *n = INTEGERS(2, 2), *image = FLOATS(1, 2, 3, 3);
  REFUSED("add", sn_add(x, d));
  REFUSED("div", sn_div(n, n));
  REFUSED("relu", sn_relu(n));
  REFUSED("scale", sn_scale(n, 2));
  REFUSED("sum", sn_sum(n, SN_ALL_DIMS, false));
  REFUSED("mean", sn_mean(n, SN_ALL_DIMS, false));
  REFUSED("max", sn_max(n, SN_ALL_DIMS, false));
  REFUSED("cat", sn_cat(2, (SnTensor *[]){x, d}, 0));
  REFUSED("index_select", sn_index_select(n, 0, INTEGERS(1)));
  REFUSED("index_select", sn_index_select(x, 0, FLOATS(1)));
  REFUSED("matmul", sn_matmul(d, x));
  REFUSED("linear", sn_linear(x, x, DOUBLES(2)));
  REFUSED("conv2d", sn_conv2d(image, DOUBLES(1, 2, 1, 1), NULL, (SnConv2d){0}));
  REFUSED("batch_norm", sn_batch_norm(x, DOUBLES(2), DOUBLES(2), NULL, NULL, false, 0.1, 1e-5));
  REFUSED("layer_norm", sn_layer_norm(x, DOUBLES(2), NULL, 1e-5));
  REFUSED("max_pool2d", sn_max_pool2d(INTEGERS(1, 1, 4, 4), (SnPool2d){.kernel = {2, 2}}));
  REFUSED("softmax", sn_softmax(n, 0));
  REFUSED("cross_entropy", sn_cross_entropy(x, FLOATS(2)));
  REFUSED("nearest_neighbors", sn_nearest_neighbors(x, d, 1));
  REFUSED("nearest_neighbors", sn_nearest_neighbors(n, n, 1));
  REFUSED("flat_argmax", sn_flat_argmax(n));
  REFUSED("bce_with_logits", sn_bce_with_logits(x, d));
  REFUSED("normal", sn_normal(SN_INT64, SN_SHAPE(2), 0, 1, sn_random(1, SN_STREAM_NOISE, 1)));
  REFUSED("uniform", sn_uniform(SN_UINT8, SN_SHAPE(2), 0, 1, sn_random(1, SN_STREAM_NOISE, 1)));
}

static void wrong_shapes(void **state) {
  (void)state;
  SnTensor *x = FLOATS(3, 4), *image = FLOATS(2, 4, 5, 6);
  REFUSED("add", sn_add(FLOATS(3), FLOATS(4)));
  REFUSED("mul", sn_mul(FLOATS(0), FLOATS(2)));
  REFUSED("sum", sn_sum(x, SN_DIMS(2), false));
  REFUSED("sum", sn_sum(x, SN_DIMS(-3), false));
  REFUSED("mean", sn_mean(x, SN_DIMS(0, 0), false));
  REFUSED("max", sn_max(x, SN_DIMS(1, -1), false));
  REFUSED("max", sn_max(FLOATS(3, 0), SN_DIMS(1), false));
  REFUSED("reshape", sn_reshape(x, SN_SHAPE(5, 2)));
  REFUSED("reshape", sn_reshape(x, SN_SHAPE(-1, -1)));
  REFUSED("reshape", sn_reshape(x, SN_SHAPE(5, -1)));
  REFUSED("reshape", sn_reshape(x, SN_SHAPE(-2, -6)));
  REFUSED("reshape", sn_reshape(FLOATS(0), SN_SHAPE(0, -1)));
  REFUSED("reshape", sn_reshape(x, SN_SHAPE(INT64_MAX, INT64_MAX)));
  REFUSED("reshape", sn_reshape(x, SN_SHAPE(3, 4, 1, 1, 1, 1, 1)));
  REFUSED("permute", sn_permute(x, SN_DIMS(0)));
  REFUSED("permute", sn_permute(x, SN_DIMS(0, 0)));
  REFUSED("permute", sn_permute(x, SN_DIMS(0, 2)));
  REFUSED("narrow", sn_narrow(x, 2, 0, 1));
  REFUSED("narrow", sn_narrow(x, 1, 2, 3));
  REFUSED("narrow", sn_narrow(x, 1, -1, 2));
  REFUSED("narrow", sn_narrow(x, 1, 1, -1));
  REFUSED("narrow", sn_narrow(x, 1, 1, INT64_MAX));
  REFUSED("expand", sn_expand(x, SN_SHAPE(3, 5)));
  REFUSED("expand", sn_expand(x, SN_SHAPE(4)));
  REFUSED("expand", sn_expand(x, SN_SHAPE(1, 1, 1, 1, 1, 3, 4)));
  REFUSED("cat", sn_cat(0, NULL, 0));
  REFUSED("cat", sn_cat(SN_MAX_INPUTS + 1, (SnTensor *[]){x, x, x, x, x, x, x}, 0));
  REFUSED("cat", sn_cat(2, (SnTensor *[]){x, FLOATS(3, 5)}, 0));
  REFUSED("cat", sn_cat(2, (SnTensor *[]){x, FLOATS(3)}, 0));
  REFUSED("cat", sn_cat(1, (SnTensor *[]){x}, 2));
  REFUSED("matmul", sn_matmul(x, x));
  REFUSED("matmul", sn_matmul(FLOATS(4), FLOATS(4)));
  REFUSED("matmul", sn_matmul(x, FLOATS(1, 4, 3)));
  REFUSED("matmul", sn_matmul(FLOATS(2, 3, 4), FLOATS(3, 4, 3)));
  REFUSED("linear", sn_linear(x, FLOATS(2, 3), NULL));
  REFUSED("linear", sn_linear(x, FLOATS(2, 4), FLOATS(3)));
  REFUSED("linear", sn_linear(x, FLOATS(4), NULL));
  REFUSED("linear", sn_linear(sn_scalar(SN_FLOAT32, 1), FLOATS(2, 1), NULL));
  REFUSED("conv2d", sn_conv2d(x, FLOATS(1, 4, 1, 1), NULL, (SnConv2d){0}));
  REFUSED("conv2d", sn_conv2d(image, FLOATS(2, 3, 1, 1), NULL, (SnConv2d){0}));
  REFUSED("conv2d", sn_conv2d(image, FLOATS(3, 2, 1, 1), NULL, (SnConv2d){.groups = 2}));
  REFUSED("conv2d", sn_conv2d(image, FLOATS(3, 4, 1, 1), FLOATS(4), (SnConv2d){0}));
  REFUSED("conv2d", sn_conv2d(image, FLOATS(3, 4, 6, 1), NULL, (SnConv2d){0}));
  REFUSED("conv2d", sn_conv2d(image, FLOATS(3, 4, 0, 1), NULL, (SnConv2d){0}));
  REFUSED("batch_norm", sn_batch_norm(FLOATS(4), NULL, NULL, NULL, NULL, true, 0.1, 1e-5));
  REFUSED("batch_norm", sn_batch_norm(x, NULL, NULL, FLOATS(3), NULL, true, 0.1, 1e-5));
  REFUSED("batch_norm", sn_batch_norm(x, FLOATS(4), NULL, NULL, NULL, true, 0.1, 1e-5));
  REFUSED("batch_norm", sn_batch_norm(x, NULL, NULL, NULL, NULL, false, 0.1, 1e-5));
  REFUSED("batch_norm", sn_batch_norm(FLOATS(1, 4), NULL, NULL, NULL, NULL, true, 0.1, 1e-5));
  SnTensor *every_other = sn_view(FLOATS(8), SN_SHAPE(4), (int64_t[]){2}, 0);
  REFUSED("batch_norm", sn_batch_norm(x, every_other, every_other, NULL, NULL, true, 0.1, 1e-5));
  REFUSED("max_pool2d", sn_max_pool2d(x, (SnPool2d){.kernel = {2, 2}}));
  REFUSED("max_pool2d", sn_max_pool2d(image, (SnPool2d){.kernel = {6, 2}}));
  REFUSED("avg_pool2d", sn_avg_pool2d(x, (SnPool2d){.kernel = {2, 2}}));
  REFUSED("adaptive_avg_pool2d", sn_adaptive_avg_pool2d(FLOATS(1, 1, 0, 2), 1, 1));
  REFUSED("adaptive_avg_pool2d", sn_adaptive_avg_pool2d(x, 1, 1));
  REFUSED("adaptive_avg_pool1d", sn_adaptive_avg_pool1d(x, 2));
  REFUSED("interpolate_bilinear", sn_interpolate_bilinear(x, 2, 2));
  REFUSED("interpolate_nearest", sn_interpolate_nearest(x, 2, 2));
  REFUSED("interpolate_bilinear", sn_interpolate_bilinear(FLOATS(1, 1, 2, 0), 2, 2));
  REFUSED("interpolate_nearest", sn_interpolate_nearest(FLOATS(1, 1, 2, 0), 2, 2));
  REFUSED("unfold", sn_unfold(x, (SnUnfold){.kernel = {1, 1}}));
  REFUSED("unfold", sn_unfold(image, (SnUnfold){.kernel = {6, 1}}));
  REFUSED("gaussian_blur2d", sn_gaussian_blur2d(x, 1));
  REFUSED("layer_norm", sn_layer_norm(x, FLOATS(3), NULL, 1e-5));
  REFUSED("layer_norm", sn_layer_norm(sn_scalar(SN_FLOAT32, 1), NULL, NULL, 1e-5));
  REFUSED("attention", sn_scaled_dot_product_attention(x, x, x));
  REFUSED("attention", sn_scaled_dot_product_attention(FLOATS(1, 1, 2, 2), FLOATS(1, 1, 0, 2), FLOATS(1, 1, 0, 2)));
  REFUSED("attention", sn_scaled_dot_product_attention(FLOATS(1, 1, 2, 2), FLOATS(1, 1, 3, 2), FLOATS(1, 1, 2, 2)));
  REFUSED("interpolate_bicubic", sn_interpolate_bicubic(x, 2, 2, (SnBicubic){0}));
  REFUSED("interpolate_bicubic", sn_interpolate_bicubic(FLOATS(1, 1, 2, 2), 2, 0, (SnBicubic){0}));
  REFUSED("interpolate_bicubic", sn_interpolate_bicubic(FLOATS(1, 1, 2, 2), 2, 2, (SnBicubic){.scale = {-1, 1}}));
  REFUSED("softmax", sn_softmax(x, 2));
  REFUSED("softmax", sn_softmax(sn_scalar(SN_FLOAT32, 1), 0));
  REFUSED("log_softmax", sn_log_softmax(x, -3));
  REFUSED("cross_entropy", sn_cross_entropy(x, INTEGERS(4)));
  REFUSED("cross_entropy", sn_cross_entropy(FLOATS(3), INTEGERS(3)));
  REFUSED("nearest_neighbors", sn_nearest_neighbors(x, FLOATS(5, 3), 1));
  REFUSED("nearest_neighbors", sn_nearest_neighbors(x, FLOATS(5, 4), 0));
  REFUSED("nearest_neighbors", sn_nearest_neighbors(x, FLOATS(5, 4), 6));
  REFUSED("nearest_neighbors", sn_nearest_neighbors(FLOATS(4), FLOATS(5, 4), 1));
  REFUSED("flat_argmax", sn_flat_argmax(FLOATS(4)));
  REFUSED("flat_argmax", sn_flat_argmax(FLOATS(4, 0)));
  REFUSED("bce_with_logits", sn_bce_with_logits(x, FLOATS(4)));
}

static void wrong_attributes(void **state) {
  (void)state;
  SnTensor *image = FLOATS(2, 4, 5, 6), *weight = FLOATS(2, 4, 3, 3), *targets = INTEGERS(2);
  REFUSED("clamp", sn_clamp(image, 1, 0));
  REFUSED("clamp", sn_clamp(image, NAN, 0));
  REFUSED("conv2d", sn_conv2d(image, weight, NULL, (SnConv2d){.stride = {-1, 1}}));
  REFUSED("conv2d", sn_conv2d(image, weight, NULL, (SnConv2d){.padding = {0, -1}}));
  REFUSED("conv2d", sn_conv2d(image, weight, NULL, (SnConv2d){.dilation = {1, -2}}));
  REFUSED("conv2d", sn_conv2d(image, weight, NULL, (SnConv2d){.groups = -1}));
  REFUSED("conv2d", sn_conv2d(image, weight, NULL, (SnConv2d){.padding = {INT64_MAX, 1}}));
  REFUSED("conv2d", sn_conv2d(image, weight, NULL, (SnConv2d){.dilation = {INT64_MAX, 1}}));
  REFUSED("max_pool2d", sn_max_pool2d(image, (SnPool2d){.kernel = {2, 0}}));
  REFUSED("max_pool2d", sn_max_pool2d(image, (SnPool2d){.kernel = {2, 2}, .stride = {-1, 1}}));
  REFUSED("max_pool2d", sn_max_pool2d(image, (SnPool2d){.kernel = {3, 3}, .padding = {2, 1}}));
  REFUSED("avg_pool2d", sn_avg_pool2d(image, (SnPool2d){.kernel = {3, 3}, .padding = {1, -1}}));
  REFUSED("avg_pool2d", sn_avg_pool2d(image, (SnPool2d){.kernel = {INT64_MAX, 1}, .padding = {INT64_MAX / 2, 0}}));
  REFUSED("adaptive_avg_pool2d", sn_adaptive_avg_pool2d(image, 0, 1));
  REFUSED("adaptive_avg_pool1d", sn_adaptive_avg_pool1d(FLOATS(1, 1, 3), -1));
  REFUSED("interpolate_bilinear", sn_interpolate_bilinear(image, 3, 0));
  REFUSED("interpolate_nearest", sn_interpolate_nearest(image, 3, 0));
  REFUSED("unfold", sn_unfold(image, (SnUnfold){.kernel = {0, 1}}));
  REFUSED("unfold", sn_unfold(image, (SnUnfold){.kernel = {1, 1}, .stride = {0, -1}}));
  REFUSED("unfold", sn_unfold(image, (SnUnfold){.kernel = {1, 1}, .padding = {INT64_MAX, 0}}));
  REFUSED("unfold", sn_unfold(image, (SnUnfold){.kernel = {2, 2}, .dilation = {INT64_MAX, 1}}));
  REFUSED("gaussian_blur2d", sn_gaussian_blur2d(image, 0));
  REFUSED("gaussian_blur2d", sn_gaussian_blur2d(image, -1));
  REFUSED("gaussian_blur2d", sn_gaussian_blur2d(image, NAN));
  REFUSED("gaussian_blur2d", sn_gaussian_blur2d(image, INFINITY));
  sn_fill(targets, 3);
  REFUSED("cross_entropy", sn_cross_entropy(FLOATS(2, 3), targets));
  sn_fill(targets, -1);
  REFUSED("cross_entropy", sn_cross_entropy(FLOATS(2, 3), targets));
  REFUSED("normal", sn_normal(SN_FLOAT32, SN_SHAPE(2), 0, 1, (SnRandom){.offset = 2}));
}

/* The first error stays, and every operation after it gives NULL: an absent bias is never taken for a failed one. */
static void the_first_error_stays(void **state) {
  (void)state;
  SnTensor *x = FLOATS(2, 3), *weight = FLOATS(4, 3);
  SnTensor *bias = sn_narrow(x, 5, 0, 1);
  assert_null(bias);
  char first[256];
  snprintf(first, sizeof first, "%s", sn_error());
  assert_null(sn_linear(x, weight, bias));
  assert_null(sn_relu(sn_matmul(x, NULL)));
  assert_null(sn_max_pool2d(NULL, (SnPool2d){0}));
  assert_null(sn_clamp(x, 1, 0));
  assert_null(sn_cat(0, NULL, 0));
  assert_null(sn_normal(SN_INT64, SN_SHAPE(2), 0, 1, (SnRandom){0}));
  assert_null(sn_zeros(SN_FLOAT32, SN_SHAPE(2)));
  assert_true(isnan(sn_item(x)));
  assert_false(sn_fill(x, 1));
  assert_string_equal(sn_error(), first);
  sn_clear_error();
  assert_non_null(sn_linear(x, weight, bias));
}

static void devices_do_not_mix(void **state) {
  (void)state;
  SnTensor *here = FLOATS(2);
  assert_true(sn_set_device("reference"));
  SnTensor *there = FLOATS(2);
  assert_true(sn_set_device("cpu"));
  assert_null(sn_add(here, there));
  assert_non_null(strstr(sn_error(), "reference"));
  assert_non_null(strstr(sn_error(), "cpu"));
  sn_clear_error();
  assert_false(sn_set_device("abacus"));
  assert_non_null(strstr(sn_error(), "abacus"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(absent_tensors, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(wrong_dtypes, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(wrong_shapes, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(wrong_attributes, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(the_first_error_stays, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(devices_do_not_mix, open_scope, close_scope),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
