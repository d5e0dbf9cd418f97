/* The reference kernels against numbers worked out by hand, or by PyTorch 1.13 and SciPy where a comment says so. Every
 * case runs in float64 and float32, and with strides where the kernel list allows them. */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "base/memory.h"

/* An array of a case: its numbers before the call (none: garbage) and, unless NULL, those expected after it. */
typedef struct Numbers {
  int ndim;
  int64_t shape[SN_MAX_DIMS];
  const double *before, *after;
  bool integers; /* int64 rather than the case's dtype */
} Numbers;

typedef struct Case {
  SnKernel kernel;
  SnAttributes attributes;
  Numbers in[SN_MAX_INPUTS], out[SN_MAX_OUTPUTS]; /* absent: no shape */
} Case;

#define S(...) .ndim = (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), .shape = {__VA_ARGS__}
#define LIST(...) ((const double[]){__VA_ARGS__})
#define IN(shape, ...) \
  { shape, .before = LIST(__VA_ARGS__) }
#define OUT(shape, ...) \
  { shape, .after = LIST(__VA_ARGS__) }

static bool covered[SN_KERNEL_COUNT];

static bool takes_strides(SnKernel kernel) { return kernel <= SN_KERNEL_linear; }

static double get(const SnArray *a, int64_t i) {
  if (a->dtype == SN_FLOAT64) return ((double *)a->data)[i];
  return a->dtype == SN_FLOAT32 ? (double)((float *)a->data)[i] : (double)((int64_t *)a->data)[i];
}

static void set(SnArray *a, int64_t i, double value) {
  if (a->dtype == SN_FLOAT64) ((double *)a->data)[i] = value;
  if (a->dtype == SN_FLOAT32) ((float *)a->data)[i] = (float)value;
  if (a->dtype == SN_INT64) ((int64_t *)a->data)[i] = (int64_t)value;
}

/* Elements in row-major order, `gap` apart; 777 wherever nothing else is said, the gaps too. */
static SnArray make(const Numbers *numbers, SnDtype dtype, int64_t gap) {
  SnArray a = {.dtype = numbers->integers ? SN_INT64 : dtype, .ndim = numbers->ndim};
  int64_t stride = gap;
  for (int d = a.ndim - 1; d >= 0; d--) {
    a.shape[d] = numbers->shape[d];
    a.stride[d] = stride;
    stride *= a.shape[d];
  }
  int64_t count = sn_array_count(&a);
  a.data = sn_allocate(count * gap, sn_dtype_size(a.dtype), "a test array");
  assert_non_null(a.data);
  for (int64_t i = 0; i < count * gap; i++)
    set(&a, i, i % gap == 0 && numbers->before ? numbers->before[i / gap] : 777);
  return a;
}

static bool close_to(double found, double expected, SnDtype dtype) {
  if (isnan(expected) || isinf(expected)) return isnan(expected) ? isnan(found) : found == expected;
  return fabs(found - expected) <= (dtype == SN_FLOAT64 ? 1e-13 : 1e-6) * fmax(1, fabs(expected));
}

static void check_array(const Case *tested, const Numbers *numbers, const SnArray *a, SnDtype dtype, int64_t gap) {
  for (int64_t i = 0; i < sn_array_count(a) * gap; i++) {
    const double *wanted = numbers->after ? numbers->after : numbers->before;
    double expected = i % gap == 0 ? wanted[i / gap] : 777;
    if (!close_to(get(a, i), expected, dtype))
      fail_msg("%s, dtype %d, gap %d, element %d: expected %.17g, found %.17g", sn_kernel_name(tested->kernel),
               (int)dtype, (int)gap, (int)(i / gap), expected, get(a, i));
  }
}

static void check_with(const Case *tested, SnDtype dtype, int64_t gap) {
  SnArray in[SN_MAX_INPUTS], out[SN_MAX_OUTPUTS];
  SnCall call = {.attributes = tested->attributes};
  int64_t out_gap = tested->kernel < SN_KERNEL_sum ? gap : 1;
  for (int i = 0; i < SN_MAX_INPUTS; i++)
    if (tested->in[i].ndim) {
      in[i] = make(&tested->in[i], dtype, gap);
      call.in[i] = &in[i];
    }
  for (int i = 0; i < SN_MAX_OUTPUTS; i++)
    if (tested->out[i].ndim) {
      out[i] = make(&tested->out[i], dtype, out_gap);
      call.out[i] = &out[i];
    }
  assert_true(sn_backend_reference()->kernels[tested->kernel](&call));
  for (int i = 0; i < SN_MAX_INPUTS; i++)
    if (call.in[i]) {
      check_array(tested, &tested->in[i], &in[i], dtype, gap);
      free(in[i].data);
    }
  for (int i = 0; i < SN_MAX_OUTPUTS; i++)
    if (call.out[i]) {
      check_array(tested, &tested->out[i], &out[i], dtype, out_gap);
      free(out[i].data);
    }
}

static void check(Case tested) {
  covered[tested.kernel] = true;
  for (int dtype = SN_FLOAT32; dtype <= SN_FLOAT64; dtype++) {
    check_with(&tested, (SnDtype)dtype, 1);
    if (takes_strides(tested.kernel)) check_with(&tested, (SnDtype)dtype, 3);
  }
}

#define CHECK(name, ...) check((Case){.kernel = SN_KERNEL_##name, __VA_ARGS__})

static void arithmetic(void **state) {
  (void)state;
  CHECK(add, .in = {IN(S(3), 1, -2, 3), IN(S(3), 4, 5, -6)}, .out = {OUT(S(3), 5, 3, -3)});
  CHECK(subtract, .in = {IN(S(3), 1, -2, 3), IN(S(3), 4, 5, -6)}, .out = {OUT(S(3), -3, -7, 9)});
  CHECK(multiply, .in = {IN(S(3), 1, -2, 3), IN(S(3), 4, 5, -6)}, .out = {OUT(S(3), 4, -10, -18)});
  CHECK(divide, .in = {IN(S(3), 1, -2, 3), IN(S(3), 4, 5, 0)}, .out = {OUT(S(3), 0.25, -0.4, INFINITY)});
  CHECK(affine, .attributes.affine = {2, 1}, .in = {IN(S(1, 3), 1, -2, 3)}, .out = {OUT(S(1, 3), 3, -3, 7)});
  CHECK(exp, .in = {IN(S(3), 0, 1, -1)}, .out = {OUT(S(3), 1, M_E, 1 / M_E)});
  CHECK(log, .in = {IN(S(4), 1, 4, 0, -1)}, .out = {OUT(S(4), 0, 2 * M_LN2, -INFINITY, NAN)});
  CHECK(sqrt, .in = {IN(S(3), 4, 2, -1)}, .out = {OUT(S(3), 2, M_SQRT2, NAN)});
  CHECK(abs, .in = {IN(S(3), -2, 0, 3)}, .out = {OUT(S(3), 2, 0, 3)});
  CHECK(abs_backward, .in = {IN(S(3), -2, 0, 3), IN(S(3), 5, 6, 7)}, .out = {OUT(S(3), -5, 0, 7)});
  CHECK(fill, .attributes.fill = {2.5}, .out = {OUT(S(2, 2), 2.5, 2.5, 2.5, 2.5)});
}

static void activations(void **state) {
  (void)state;
  const double log3 = 1.0986122886681098;
  CHECK(relu, .in = {IN(S(4), -1, 0, 2, NAN)}, .out = {OUT(S(4), 0, 0, 2, NAN)});
  CHECK(relu_backward, .in = {IN(S(4), -1, 0, 2, NAN), IN(S(4), 1, 2, 3, 4)}, .out = {OUT(S(4), 0, 0, 3, 4)});
  CHECK(leaky_relu, .attributes.leaky_relu = {0.2}, .in = {IN(S(4), -1, 0, 2, NAN)},
        .out = {OUT(S(4), -0.2, 0, 2, NAN)});
  CHECK(leaky_relu_backward, .attributes.leaky_relu = {0.2}, .in = {IN(S(4), -1, 0, 2, NAN), IN(S(4), 1, 2, 3, 4)},
        .out = {OUT(S(4), 0.2, 0.4, 3, 0.8)});
  CHECK(sigmoid, .in = {IN(S(5), 0, log3, -log3, 1000, -1000)}, .out = {OUT(S(5), 0.5, 0.75, 0.25, 1, 0)});
  CHECK(relu6, .in = {IN(S(5), -1, 0, 2.5, 6, 7)}, .out = {OUT(S(5), 0, 0, 2.5, 6, 6)});
  CHECK(relu6_backward, .in = {IN(S(4), -1, 2.5, 6, 7), IN(S(4), 3, 3, 3, 3)}, .out = {OUT(S(4), 0, 3, 0, 0)});
  CHECK(silu, .in = {IN(S(4), 0, 1, -1, 1000)}, .out = {OUT(S(4), 0, 0.7310585786300049, -0.2689414213699951, 1000)});
  CHECK(silu_backward, .in = {IN(S(2), 0, 1), IN(S(2), 4, 1)}, .out = {OUT(S(2), 2, 0.9276705118714866)});
  CHECK(gelu, .in = {IN(S(4), 0, 1, -1, 1000)}, .out = {OUT(S(4), 0, 0.8413447460685429, -0.15865525393145707, 1000)});
  CHECK(gelu_backward, .in = {IN(S(2), 0, 1), IN(S(2), 4, 1)}, .out = {OUT(S(2), 2, 1.0833154705876864)});
  CHECK(hard_sigmoid, .in = {IN(S(4), -4, -1.5, 0, 3)}, .out = {OUT(S(4), 0, 0.25, 0.5, 1)});
  CHECK(hard_sigmoid_backward, .in = {IN(S(3), -4, 0, 3), IN(S(3), 6, 6, 6)}, .out = {OUT(S(3), 0, 1, 0)});
  CHECK(hard_swish, .in = {IN(S(4), -4, -1.5, 3, 5)}, .out = {OUT(S(4), 0, -0.375, 3, 5)});
  CHECK(hard_swish_backward, .in = {IN(S(4), -3, 0, 3, 5), IN(S(4), 2, 2, 2, 2)}, .out = {OUT(S(4), 0, 1, 2, 2)});
  CHECK(sigmoid_backward, .in = {IN(S(2), 0.5, 0.25), IN(S(2), 4, 16)}, .out = {OUT(S(2), 1, 3)});
  CHECK(clamp, .attributes.clamp = {-1, 2}, .in = {IN(S(6), -3, -1, 0, 2, 5, NAN)},
        .out = {OUT(S(6), -1, -1, 0, 2, 2, NAN)});
  CHECK(clamp_backward, .attributes.clamp = {-1, 2}, .in = {IN(S(6), -3, -1, 0, 2, 5, NAN), IN(S(6), 1, 2, 3, 4, 5, 6)},
        .out = {OUT(S(6), 0, 2, 3, 4, 0, 0)});
  CHECK(bce_with_logits, .in = {IN(S(5), 0, log3, -log3, 1000, -1000), IN(S(5), 0.5, 1, 1, 0, 1)},
        .out = {OUT(S(5), M_LN2, 2 * M_LN2 - log3, 2 * M_LN2, 1000, 1000)});
  CHECK(bce_with_logits_backward, .in = {IN(S(4), 0, log3, -log3, 1000), IN(S(4), 0.5, 1, 1, 0), IN(S(4), 2, 2, 2, 2)},
        .out = {OUT(S(4), 0, -0.5, -1.5, 2)});
}

static void reductions(void **state) {
  (void)state;
  CHECK(sum, .in = {IN(S(2, 3), 1, 2, 3, 4, 5, 6)}, .out = {OUT(S(2, 1), 6, 15)});
  CHECK(sum, .in = {IN(S(2, 3), 1, 2, 3, 4, 5, 6)}, .out = {OUT(S(1, 3), 5, 7, 9)});
  CHECK(sum, .in = {IN(S(2, 3), 1, 2, 3, 4, 5, 6)}, .out = {OUT(S(1, 1), 21)});
  CHECK(sum, .in = {IN(S(3), 16777216, 1, -16777216)}, .out = {OUT(S(1), 1)}); /* 2^24 + 1 is no float32 */
  CHECK(sum, .in = {IN(S(2, 0, 1), 0)}, .out = {OUT(S(2, 1, 1), 0, 0)});
  CHECK(max, .in = {IN(S(2, 3), 1, 7, 3, 7, 5, 7)}, .out = {OUT(S(1, 3), 7, 7, 7)});
  CHECK(max, .in = {IN(S(2, 3), -1, -7, -3, 7, NAN, 8)}, .out = {OUT(S(2, 1), -1, NAN)});
  CHECK(max_backward, .in = {IN(S(2, 3), 1, 7, 3, 7, 5, 7), IN(S(1, 1), 7), IN(S(1, 1), 6)},
        .out = {OUT(S(2, 3), 0, 2, 0, 2, 0, 2)});
  CHECK(max_backward, .in = {IN(S(2, 3), 1, 7, 3, 7, 5, 7), IN(S(2, 1), 7, 7), IN(S(2, 1), 4, 6)},
        .out = {OUT(S(2, 3), 0, 4, 0, 3, 0, 3)});
}

static void matrices(void **state) {
  (void)state;
  CHECK(matmul, .in = {IN(S(1, 2, 3), 1, 2, 3, 4, 5, 6), IN(S(1, 3, 2), 7, 8, 9, 10, 11, 12)},
        .out = {OUT(S(1, 2, 2), 58, 64, 139, 154)});
  CHECK(matmul, .in = {IN(S(2, 1, 1), 2, 3), IN(S(2, 1, 2), 4, 5, 6, 7)}, .out = {OUT(S(2, 1, 2), 8, 10, 18, 21)});
  CHECK(matmul, .in = {IN(S(1, 1, 0), 0), IN(S(1, 0, 2), 0)}, .out = {OUT(S(1, 1, 2), 0, 0)});
  CHECK(matmul, .in = {IN(S(2, 1, 1), 2, 3), IN(S(2, 1, 2), 4, 5, 6, 7), IN(S(2, 1, 2), 100, 200, 300, 400)},
        .out = {OUT(S(2, 1, 2), 108, 210, 318, 421)});
  CHECK(linear, .in = {IN(S(2, 2), 1, 2, 3, 4), IN(S(3, 2), 1, 0, 0, 1, 1, 1), IN(S(3), 10, 20, 30)},
        .out = {OUT(S(2, 3), 11, 22, 33, 13, 24, 37)});
  CHECK(linear, .in = {IN(S(2, 2), 1, 2, 3, 4), IN(S(3, 2), 1, 0, 0, 1, 1, 1)},
        .out = {OUT(S(2, 3), 1, 2, 3, 3, 4, 7)});
}

static void convolution(void **state) {
  (void)state;
  const SnAttributes plain = {.conv2d = {{1, 1}, {0, 0}, {1, 1}, 1, {0, 0}}};
  CHECK(conv2d, .attributes = plain,
        .in = {IN(S(1, 1, 3, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9), IN(S(1, 1, 2, 2), 1, 2, 3, 4), IN(S(1), 10)},
        .out = {OUT(S(1, 1, 2, 2), 47, 57, 77, 87)});
  CHECK(conv2d_backward_input, .attributes = plain,
        .in = {IN(S(1, 1, 2, 2), 1, 0, 0, 1), IN(S(1, 1, 2, 2), 1, 2, 3, 4)},
        .out = {OUT(S(1, 1, 3, 3), 1, 2, 0, 3, 5, 2, 0, 3, 4)});
  CHECK(conv2d_backward_weight, .attributes = plain,
        .in = {IN(S(1, 1, 2, 2), 1, 0, 0, 1), IN(S(1, 1, 3, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9)},
        .out = {OUT(S(1, 1, 2, 2), 6, 8, 12, 14)});
  /* Stride, padding and dilation such that every window meets the image at its centre alone; two groups. */
  const SnAttributes sparse = {.conv2d = {{2, 2}, {1, 1}, {2, 2}, 2, {0, 0}}};
  const Numbers x = IN(S(1, 2, 3, 3), 1, 1, 1, 1, 5, 1, 1, 1, 1, 2, 2, 2, 2, 50, 2, 2, 2, 2);
  const Numbers weight = IN(S(2, 1, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8);
  const Numbers dy = IN(S(1, 2, 2, 2), 1, 2, 3, 4, 1, 1, 1, 1);
  CHECK(conv2d, .attributes = sparse, .in = {x, weight},
        .out = {OUT(S(1, 2, 2, 2), 20, 15, 10, 5, 400, 350, 300, 250)});
  CHECK(conv2d_backward_input, .attributes = sparse, .in = {dy, weight},
        .out = {OUT(S(1, 2, 3, 3), 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 26, 0, 0, 0, 0)});
  CHECK(conv2d_backward_weight, .attributes = sparse, .in = {dy, x},
        .out = {OUT(S(2, 1, 2, 2), 20, 15, 10, 5, 50, 50, 50, 50)});
  CHECK(conv2d_backward_weight, .attributes = plain, .in = {IN(S(0, 1, 2, 2), 0), IN(S(0, 1, 3, 3), 0)},
        .out = {OUT(S(1, 1, 2, 2), 0, 0, 0, 0)});
}

static void fused_convolution(void **state) {
  (void)state;
  const SnAttributes leaky = {.fused_conv2d = {.conv2d = {{1, 1}, {0, 0}, {1, 1}, 1, {0, 0}},
                                               .in = 1,
                                               .out = 1,
                                               .kernel = {2, 2},
                                               .activation = SN_ACTIVATION_LEAKY_RELU,
                                               .slope = 0.5}};
  const Numbers x = IN(S(1, 1, 3, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9), prepared = IN(S(4), 1, 2, 3, 4);
  const Numbers bias = IN(S(1), 10), residual = IN(S(1, 1, 2, 2), -100, 0, -80, 1);
  CHECK(conv2d_prepare, .attributes = leaky, .in = {IN(S(1, 1, 2, 2), 1, 2, 3, 4)}, .out = {OUT(S(4), 1, 2, 3, 4)});
  CHECK(conv2d_fused, .attributes = leaky, .in = {x, prepared, bias, residual},
        .out = {OUT(S(1, 1, 2, 2), -26.5, 57, -1.5, 88)});
  SnAttributes other = leaky;
  other.fused_conv2d.activation = SN_ACTIVATION_RELU;
  CHECK(conv2d_fused, .attributes = other, .in = {x, prepared, bias, residual},
        .out = {OUT(S(1, 1, 2, 2), 0, 57, 0, 88)});
  other.fused_conv2d.activation = SN_ACTIVATION_NONE;
  CHECK(conv2d_fused, .attributes = other, .in = {x, prepared}, .out = {OUT(S(1, 1, 2, 2), 37, 47, 67, 77)});
  const SnCall theirs = {.attributes.fused_conv2d.algorithm = SN_CONVOLUTION_WINOGRAD_2};
  assert_false(sn_backend_reference()->kernels[SN_KERNEL_conv2d_prepare](&theirs));
  assert_false(sn_backend_reference()->kernels[SN_KERNEL_conv2d_fused](&theirs));
}

/* Two numbers z and two z + e a channel, whose mean is 0 and 4 and whose variance is 9: with eps 7, vhat is -3/4 or
 * 3/4. */
static void discriminator_tail(void **state) {
  (void)state;
  const SnAttributes attributes = {.batch_norm_leaky_linear = {.eps = 7, .momentum = 0.25, .slope = 0.5}};
  Numbers x = IN(S(2, 2, 2), -3, 3, 1, 7, 6, -6, 0, 0), weight = IN(S(2), 2, 4), bias = IN(S(2), 1, -1);
  Numbers projection = IN(S(2), 1, 2), statistics = IN(S(2, 2), 0, 4, 0.25, 0.25), dy = IN(S(2, 2), 1, 2, 4, 8);
  Numbers running_mean = {S(2), .before = LIST(10, 20), .after = LIST(7.5, 16)};
  Numbers running_var = {S(2), .before = LIST(8, 16), .after = LIST(9, 15)};
  CHECK(batch_norm_leaky_linear, .attributes = attributes,
        .in = {x, weight, bias, projection, running_mean, running_var},
        .out = {OUT(S(2, 2), -4.25, 6.5, -1.5, 3.75), OUT(S(2, 2), 0, 4, 0.25, 0.25)});
  CHECK(batch_norm_leaky_linear_backward, .attributes = attributes, .in = {dy, x, weight, bias, projection, statistics},
        .out = {OUT(S(2, 2, 2), -0.375, 0.375, -3.28125, 3.28125, 0.58203125, 0.79296875, -0.140625, 7.640625),
                OUT(S(3, 2), 1.125, 11.25, 10.5, 25, 12.75, 10)});
}

static void batch_normalisation(void **state) {
  (void)state;
  const SnAttributes training = {.batch_norm = {3, 0.25, true}}, evaluation = {.batch_norm = {3, 0.25, false}};
  const Numbers x = IN(S(2, 1, 2), 1, 3, 1, 3), weight = IN(S(1), 2), bias = IN(S(1), 10);
  const Numbers running_mean = {S(1), .before = LIST(0), .after = LIST(0.5)};
  const Numbers running_var = {S(1), .before = LIST(1), .after = LIST(0.75 + 0.25 * 4 / 3)};
  CHECK(batch_norm, .attributes = training, .in = {x, weight, bias, running_mean, running_var},
        .out = {OUT(S(2, 1, 2), 9, 11, 9, 11), OUT(S(1), 2), OUT(S(1), 0.5)});
  CHECK(batch_norm, .attributes = training, .in = {x},
        .out = {OUT(S(2, 1, 2), -0.5, 0.5, -0.5, 0.5), OUT(S(1), 2), OUT(S(1), 0.5)});
  CHECK(batch_norm, .attributes = evaluation, .in = {x, weight, bias, IN(S(1), 1), IN(S(1), 1)},
        .out = {OUT(S(2, 1, 2), 10, 12, 10, 12), OUT(S(1), 1), OUT(S(1), 0.5)});
  const Numbers dy = IN(S(2, 1, 2), 1, 2, 3, 4), mean = IN(S(1), 2), inverse_std = IN(S(1), 0.5);
  CHECK(batch_norm_backward, .attributes = training, .in = {dy, x, weight, mean, inverse_std},
        .out = {OUT(S(2, 1, 2), -1.375, -0.625, 0.625, 1.375), OUT(S(1), 1), OUT(S(1), 10)});
  CHECK(batch_norm_backward, .attributes = evaluation, .in = {dy, x, {0}, mean, inverse_std},
        .out = {OUT(S(2, 1, 2), 0.5, 1, 1.5, 2), OUT(S(1), 1), OUT(S(1), 10)});
}

#define INDICES(shape, ...) \
  { shape, .before = LIST(__VA_ARGS__), .after = LIST(__VA_ARGS__), .integers = true }
#define OUT_INDICES(shape, ...) \
  { shape, .after = LIST(__VA_ARGS__), .integers = true }

static void pooling(void **state) {
  (void)state;
  const SnAttributes two = {.pool2d = {.kernel = {2, 2}, .stride = {1, 1}, .padding = {0, 0}}},
                     three = {.pool2d = {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}};
  CHECK(max_pool2d, .attributes = two, .in = {IN(S(1, 1, 3, 3), 1, 2, 3, 4, 9, 9, 7, 8, -1)},
        .out = {OUT(S(1, 1, 2, 2), 9, 9, 9, 9), OUT_INDICES(S(1, 1, 2, 2), 4, 4, 4, 4)});
  CHECK(max_pool2d, .attributes = three, .in = {IN(S(1, 1, 2, 2), -1, -2, -3, -4)},
        .out = {OUT(S(1, 1, 1, 1), -1), OUT_INDICES(S(1, 1, 1, 1), 0)});
  CHECK(max_pool2d, .attributes = two, .in = {IN(S(1, 2, 2, 2), 1, NAN, 5, 2, -INFINITY, -INFINITY, -3, -INFINITY)},
        .out = {OUT(S(1, 2, 1, 1), NAN, -3), OUT_INDICES(S(1, 2, 1, 1), 1, 2)});
  CHECK(max_pool2d_backward, .attributes = two,
        .in = {IN(S(1, 1, 2, 2), 1, 2, 3, 4), INDICES(S(1, 1, 2, 2), 4, 4, 4, 8)},
        .out = {OUT(S(1, 1, 3, 3), 0, 0, 0, 0, 6, 0, 0, 0, 4)});
  /* each window holds one cell of the image and three of the padding */
  const SnAttributes with = {.pool2d = {.kernel = {2, 2}, .stride = {2, 2}, .padding = {1, 1}}};
  const SnAttributes without = {.pool2d = {.kernel = {2, 2}, .stride = {2, 2}, .padding = {1, 1}, .exclude_padding = true}};
  const Numbers x = IN(S(1, 1, 2, 2), 4, 8, 12, 16);
  CHECK(avg_pool2d, .attributes = with, .in = {x}, .out = {OUT(S(1, 1, 2, 2), 1, 2, 3, 4)});
  CHECK(avg_pool2d, .attributes = without, .in = {x}, .out = {OUT(S(1, 1, 2, 2), 4, 8, 12, 16)});
  CHECK(avg_pool2d, .attributes = two, .in = {x}, .out = {OUT(S(1, 1, 1, 1), 10)});
  CHECK(avg_pool2d_backward, .attributes = with, .in = {x}, .out = {OUT(S(1, 1, 2, 2), 1, 2, 3, 4)});
  CHECK(avg_pool2d_backward, .attributes = without, .in = {x}, .out = {OUT(S(1, 1, 2, 2), 4, 8, 12, 16)});
  CHECK(avg_pool2d_backward, .attributes = two, .in = {IN(S(1, 1, 1, 2), 4, 8)},
        .out = {OUT(S(1, 1, 2, 3), 1, 3, 2, 1, 3, 2)});
  CHECK(adaptive_avg_pool2d, .in = {IN(S(1, 1, 1, 5), 1, 2, 3, 4, 5)}, .out = {OUT(S(1, 1, 1, 3), 1.5, 3, 4.5)});
  CHECK(adaptive_avg_pool2d, .in = {IN(S(1, 1, 2, 1), 1, 2)}, .out = {OUT(S(1, 1, 3, 1), 1, 1.5, 2)});
  CHECK(adaptive_avg_pool2d_backward, .in = {IN(S(1, 1, 1, 3), 2, 3, 4)}, .out = {OUT(S(1, 1, 1, 5), 1, 2, 1, 3, 2)});
}

static void resampling(void **state) {
  (void)state;
  CHECK(interpolate_bilinear, .in = {IN(S(1, 1, 1, 2), 0, 4)}, .out = {OUT(S(1, 1, 1, 4), 0, 1, 3, 4)});
  CHECK(interpolate_bilinear, .in = {IN(S(1, 1, 4, 2), 1, 2, 3, 4, 5, 6, 7, 8)}, .out = {OUT(S(1, 1, 2, 1), 2.5, 6.5)});
  CHECK(interpolate_bilinear_backward, .in = {IN(S(1, 1, 1, 4), 1, 2, 3, 4)}, .out = {OUT(S(1, 1, 1, 2), 3.25, 6.75)});
  CHECK(interpolate_nearest, .in = {IN(S(1, 1, 2, 3), 1, 2, 3, 4, 5, 6)},
        .out = {OUT(S(1, 1, 3, 2), 1, 2, 1, 2, 4, 5)});
  CHECK(interpolate_nearest_backward, .in = {IN(S(1, 1, 3, 2), 1, 2, 4, 8, 16, 32)},
        .out = {OUT(S(1, 1, 2, 3), 5, 10, 0, 16, 32, 0)});
  const SnAttributes pairs = {.unfold = {{1, 2}, {1, 1}, {0, 1}, {1, 1}}};
  CHECK(unfold, .attributes = pairs, .in = {IN(S(1, 1, 2, 2), 1, 2, 3, 4)},
        .out = {OUT(S(1, 2, 6), 0, 1, 2, 0, 3, 4, 1, 2, 0, 3, 4, 0)});
  CHECK(unfold_backward, .attributes = pairs, .in = {IN(S(1, 2, 6), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)},
        .out = {OUT(S(1, 1, 2, 2), 9, 11, 15, 17)});
  /* scipy.ndimage.gaussian_filter, with sigma 1 and with sigma 4, whose radius of 16 mirrors the image many times */
  const Numbers x = IN(S(1, 1, 2, 3), 1, 2, 3, 4, 5, 10);
  CHECK(gaussian_blur2d, .attributes.gaussian_blur = {1}, .in = {x},
        .out = {OUT(S(1, 1, 2, 3), 2.574519569524382, 3.4828858482222635, 4.549606889787885, 3.5215826881625114,
                    4.701499766585417, 6.1699052377175425)});
  CHECK(gaussian_blur2d, .attributes.gaussian_blur = {4}, .in = {x},
        .out = {OUT(S(1, 1, 2, 3), 4.166384078665348, 4.166647250547155, 4.166921205289036, 4.1664157203960785,
                    4.166678894160305, 4.166952850942087)});
  CHECK(gaussian_blur2d, .attributes.gaussian_blur = {0.1}, .in = {x}, .out = {OUT(S(1, 1, 2, 3), 1, 2, 3, 4, 5, 10)});
}

static void layer_normalisation(void **state) {
  (void)state;
  CHECK(layer_norm, .attributes.layer_norm = {0}, .in = {IN(S(1, 2, 2), 1, 5, 3, 9), IN(S(2), 2, 3), IN(S(2), 10, 20)},
        .out = {OUT(S(1, 2, 2), 8, 8, 23, 23)});
  CHECK(layer_norm, .attributes.layer_norm = {3}, .in = {IN(S(1, 2, 1), 1, 3)}, .out = {OUT(S(1, 2, 1), -0.5, 0.5)});
  /* r = 1/2, xn = -1/2, 1/2: h has mean 7, h xn has mean 1/2 */
  CHECK(layer_norm_backward, .attributes.layer_norm = {3}, .in = {IN(S(1, 2), 3, 4), IN(S(1, 2), 1, 3), IN(S(2), 2, 2)},
        .out = {OUT(S(1, 2), -0.375, 0.375), OUT(S(2), -1.5, 2), OUT(S(2), 3, 4)});
}

static void attention_and_bicubic(void **state) {
  (void)state;
  const double log3 = 1.0986122886681098, log4 = 2 * M_LN2;
  Numbers q = IN(S(1, 1, 1, 1), 1), k = IN(S(1, 1, 2, 1), 0, log3), v = IN(S(1, 1, 2, 1), 4, 8);
  CHECK(attention, .in = {q, k, v}, .out = {OUT(S(1, 1, 1, 1), 7), OUT(S(1, 1, 1), log4)});
  /* p = 1/4, 3/4; ds = p (dy v - 7 dy) = -3/4, 3/4 for dy = 1 */
  CHECK(attention_backward, .in = {IN(S(1, 1, 1, 1), 1), q, k, v, IN(S(1, 1, 1, 1), 7), IN(S(1, 1, 1), log4)},
        .out = {OUT(S(1, 1, 1, 1), 0.75 * log3), OUT(S(1, 1, 2, 1), -0.75, 0.75), OUT(S(1, 1, 2, 1), 0.25, 0.75)});
  /* halfway between two: -0.09375, 0.59375, 0.59375, -0.09375 */
  CHECK(interpolate_bicubic, .attributes.bicubic = {{0}, false}, .in = {IN(S(1, 1, 1, 2), 0, 32)},
        .out = {OUT(S(1, 1, 1, 1), 16)});
  CHECK(interpolate_bicubic_backward, .attributes.bicubic = {{0}, false}, .in = {IN(S(1, 1, 1, 1), 32)},
        .out = {OUT(S(1, 1, 1, 2), 16, 16)});
  CHECK(interpolate_bicubic_backward, .attributes.bicubic = {{0}, false}, .in = {IN(S(1, 1, 1, 2), 0, 32)},
        .out = {OUT(S(1, 1, 1, 4), 0, -3, 19, 16)});
}

static void probabilities(void **state) {
  (void)state;
  const double log3 = 1.0986122886681098, log_quarter = -2 * M_LN2, log_three_quarters = log3 - 2 * M_LN2;
  CHECK(softmax, .in = {IN(S(2, 2), 0, log3, 1000, 1000)}, .out = {OUT(S(2, 2), 0.25, 0.75, 0.5, 0.5)});
  CHECK(softmax_backward, .in = {IN(S(1, 2), 0.25, 0.75), IN(S(1, 2), 4, 8)}, .out = {OUT(S(1, 2), -0.75, 0.75)});
  CHECK(log_softmax, .in = {IN(S(2, 2), 0, log3, -1000, 0)},
        .out = {OUT(S(2, 2), log_quarter, log_three_quarters, -1000, 0)});
  CHECK(log_softmax_backward, .in = {IN(S(1, 2), log_quarter, log_three_quarters), IN(S(1, 2), 4, 8)},
        .out = {OUT(S(1, 2), 1, -1)});
  CHECK(nll_loss, .in = {IN(S(4, 2), -1, -2, -3, -4, -5, -6, -7, -8), INDICES(S(4), 1, 0, 2, -1)},
        .out = {OUT(S(4), 2, 3, NAN, NAN)});
  CHECK(nll_loss_backward, .in = {IN(S(3), 5, 6, 7), INDICES(S(3), 1, 0, 2)},
        .out = {OUT(S(3, 2), 0, -5, -6, 0, 0, 0)});
}

static void slices_by_number(void **state) {
  (void)state;
  CHECK(index_select, .attributes.index_select.first = 1,
        .in = {IN(S(3, 2), 1, 2, 3, 4, 5, 6), INDICES(S(4), 1, 2, 0, 3)}, .out = {OUT(S(3, 2), 5, 6, 1, 2, NAN, NAN)});
  CHECK(index_select, .attributes.index_select.dim = 1, .in = {IN(S(2, 3, 1), 1, 2, 3, 4, 5, 6), INDICES(S(2), 2, 0)},
        .out = {OUT(S(2, 2, 1), 3, 1, 6, 4)});
  CHECK(index_select_backward, .attributes.index_select = {1, 1},
        .in = {IN(S(2, 4), 1, 2, 4, 8, 16, 32, 64, 128), INDICES(S(5), 0, 2, 0, 2, 3)},
        .out = {OUT(S(2, 3), 2, 0, 5, 32, 0, 80)});
}

/* A column of 2 pixels of 2 channels on a grid of 4 x 1: at the ends, a quarter and three quarters of the way. */
static void maps_at_positions(void **state) {
  (void)state;
  CHECK(gather_positions, .attributes.gather_positions = {1, 4, 1},
        .in = {IN(S(2, 2, 1, 2), 0, 1, 4, 9, 8, 8, 8, 8), INDICES(S(8), 9, 0, 1, 2, 3, 5, 8, -1)},
        .out = {OUT(S(7, 2), 0, 1, 1, 3, 3, 7, 4, 9, 8, 8, NAN, NAN, NAN, NAN)});
}

/* Of (0, 0), (2, 0) and (1, 3) the covariance is ((1, 0), (0, 3)), of twice the same numbers 0. */
static void gaussians(void **state) {
  (void)state;
  CHECK(whitening, .attributes.whitening.shift = 1, .in = {IN(S(3, 2, 2), 0, 0, 5, 6, 2, 0, 5, 6, 1, 3, 5, 6)},
        .out = {OUT(S(2, 2), 1, 1, 5, 6), OUT(S(2, 2, 2), M_SQRT1_2, 0, 0, 0.5, 1, 0, 0, 1)});
  CHECK(whitening, .attributes.whitening.shift = 0, .in = {IN(S(3, 2, 2), 0, 0, 5, 6, 2, 0, 5, 6, 1, 3, 5, 6)},
        .out = {OUT(S(2, 2), 1, 1, 5, 6), OUT(S(2, 2, 2), 1, 0, 0, 0.57735026918962576, NAN, NAN, NAN, NAN)});
  /* covariance ((2, sqrt 8), (sqrt 8, 4)) + 2 I = L L^T with L = ((2, 0), (sqrt 2, 2)) */
  CHECK(whitening, .attributes.whitening.shift = 2, .in = {IN(S(3, 1, 2), -M_SQRT2, -2, M_SQRT2, 2, 0, 0)},
        .out = {OUT(S(1, 2), 0, 0), OUT(S(1, 2, 2), 0.5, 0, -0.5 * M_SQRT1_2, 0.5)});
}

static void nearest_and_largest(void **state) {
  (void)state;
  /* Distances of 1: to (0, 0) and (2, 0); ties go to the lower index, and what is not finite is near to nothing. */
  CHECK(nearest_neighbors, .in = {IN(S(2, 2), 1, 0, 5, 6), IN(S(4, 2), 5, 5, 2, 0, 0, 0, 1, NAN)},
        .out = {OUT_INDICES(S(2, 3), 1, 2, 0, 0, 1, 2)});
  CHECK(nearest_neighbors, .in = {IN(S(2, 1), NAN, 3), IN(S(2, 1), INFINITY, 4)},
        .out = {OUT_INDICES(S(2, 2), -1, -1, 1, -1)});
  CHECK(flat_argmax, .in = {IN(S(3, 3), 1, 7, 7, 9, NAN, NAN, -1, -2, -1)}, .out = {OUT_INDICES(S(3), 1, 4, 6)});
}

#define UPDATED(shape, before_list, after_list) \
  { shape, .before = before_list, .after = after_list }

/* By hand, then the third of three steps of torch.optim from the state after the second. */
static void optimisers(void **state) {
  (void)state;
  CHECK(adam, .attributes.adam = {.learning_rate = 0.1, .beta1 = 0.9, .beta2 = 0.99, .step = 1}, .in = {IN(S(1), 2)},
        .out = {UPDATED(S(1), LIST(1), LIST(0.9)), UPDATED(S(1), LIST(0), LIST(0.2)),
                UPDATED(S(1), LIST(0), LIST(0.04))});
  CHECK(
      adam, .attributes.adam = {0.01, 0.9, 0.99, 1e-3, 0.1, 3, false}, .in = {IN(S(2), 2, -0.5)},
      .out = {UPDATED(S(2), LIST(0.9924932251303688, -2.016838294743829), LIST(0.9877127638828325, -2.020417199299742)),
              UPDATED(S(2), LIST(-0.03609983361064891, 0.25690003570153513),
                      LIST(0.17743508200171965, 0.16104164918394337)),
              UPDATED(S(2), LIST(0.01168198001666663, 0.07764001034987636),
                      LIST(0.055633637397214455, 0.08178721221183595))});
  CHECK(adam, .attributes.adam = {0.01, 0.9, 0.99, 1e-3, 0.1, 3, true}, .in = {IN(S(2), 2, -0.5)},
        .out = {
            UPDATED(S(2), LIST(0.9916824054215262, -2.0132972634637256), LIST(0.9865108184568261, -2.015816223360826)),
            UPDATED(S(2), LIST(-0.055, 0.295), LIST(0.1505, 0.2155)),
            UPDATED(S(2), LIST(0.012475, 0.089725), LIST(0.05235025, 0.09132775))});
  CHECK(sgd, .attributes.sgd = {.learning_rate = 0.1, .weight_decay = 0.5}, .in = {IN(S(2), 0.5, 3)},
        .out = {UPDATED(S(2), LIST(1, -2), LIST(0.9, -2.2))});
  CHECK(sgd, .attributes.sgd = {.learning_rate = 0.1, .momentum = 0.5, .dampening = 0.2, .first = true},
        .in = {IN(S(1), 4)}, .out = {UPDATED(S(1), LIST(1), LIST(0.6)), UPDATED(S(1), LIST(9), LIST(4))});
  CHECK(sgd, .attributes.sgd = {.learning_rate = 0.1, .momentum = 0.5, .dampening = 0.2}, .in = {IN(S(1), 5)},
        .out = {UPDATED(S(1), LIST(0.6), LIST(0)), UPDATED(S(1), LIST(4), LIST(6))});
  CHECK(sgd, .attributes.sgd = {0.1, 0.9, 0, 0.5, true, false}, .in = {IN(S(2), 2, -0.5)},
        .out = {UPDATED(S(2), LIST(0.84205, -2.3634), LIST(0.35735025, -2.113537)),
                UPDATED(S(2), LIST(0.305, 0.86), LIST(2.695525, -0.9077))});
}

/* A linear kernel f and the kernel of its transpose: sum of f(x) dy = sum of x f'(dy) for any x and dy. */
static double dot(const SnArray *a, const SnArray *b) {
  double sum = 0;
  for (int64_t i = 0; i < sn_array_count(a); i++) sum += get(a, i) * get(b, i);
  return sum;
}

static SnArray random_array(const Numbers *shape, uint32_t stream) {
  SnArray a = make(shape, SN_FLOAT64, 1);
  SnCall call = {.out = {&a}, .attributes.random = {.seed = 5, .stream = stream, .b = 1}};
  assert_true(sn_backend_reference()->kernels[SN_KERNEL_normal](&call));
  return a;
}

typedef struct Pair {
  SnKernel forward, backward;
  SnAttributes attributes;
  Numbers x, y, weight; /* weight: only of convolution */
} Pair;

static void check_pair(const Pair *pair) {
  covered[pair->forward] = covered[pair->backward] = true;
  SnArray x = random_array(&pair->x, 1), dy = random_array(&pair->y, 2), weight = random_array(&pair->weight, 3);
  SnArray y = make(&pair->y, SN_FLOAT64, 1), dx = make(&pair->x, SN_FLOAT64, 1);
  SnArray dweight = make(&pair->weight, SN_FLOAT64, 1);
  const SnKernelFunction *kernels = sn_backend_reference()->kernels;
  bool weighted = pair->weight.ndim > 0;
  assert_true(kernels[pair->forward](&(SnCall){{&x, weighted ? &weight : NULL}, {&y}, pair->attributes}));
  assert_true(kernels[pair->backward](&(SnCall){{&dy, weighted ? &weight : NULL}, {&dx}, pair->attributes}));
  double there = dot(&y, &dy), back = dot(&x, &dx);
  assert_true(fabs(there) > 1e-3);
  if (!(fabs(there - back) < 1e-10)) fail_msg("%s: %.15g, %.15g", sn_kernel_name(pair->backward), there, back);
  if (weighted) {
    assert_true(kernels[SN_KERNEL_conv2d_backward_weight](&(SnCall){{&dy, &x}, {&dweight}, pair->attributes}));
    assert_true(fabs(there - dot(&weight, &dweight)) < 1e-10);
  }
  const SnArray *made[] = {&x, &dy, &weight, &y, &dx, &dweight};
  for (size_t i = 0; i < sizeof made / sizeof *made; i++) free(made[i]->data);
}

#define BOTH(name) .forward = SN_KERNEL_##name, .backward = SN_KERNEL_##name##_backward

static void gradients_are_transposes(void **state) {
  (void)state;
  const Pair pairs[] = {
      {SN_KERNEL_conv2d,
       SN_KERNEL_conv2d_backward_input,
       {.conv2d = {{2, 1}, {1, 2}, {2, 1}, 2, {0, 0}}},
       {S(2, 4, 9, 6)},
       {S(2, 6, 4, 8)},
       {S(6, 2, 3, 3)}},
      {SN_KERNEL_conv2d,
       SN_KERNEL_conv2d_backward_input,
       {.conv2d = {{3, 2}, {0, 1}, {1, 3}, 1, {0, 0}}},
       {S(1, 3, 11, 9)},
       {S(1, 2, 4, 3)},
       {S(2, 3, 1, 3)}},
      {BOTH(avg_pool2d), {.pool2d = {.kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 1}}}, {S(2, 2, 8, 5)}, {S(2, 2, 4, 6)}, {0}},
      {BOTH(avg_pool2d), {.pool2d = {.kernel = {3, 3}, .stride = {1, 2}, .padding = {1, 1}, .exclude_padding = true}}, {S(1, 2, 5, 7)}, {S(1, 2, 5, 4)}, {0}},
      {BOTH(adaptive_avg_pool2d), {.fill = {0}}, {S(2, 1, 7, 10)}, {S(2, 1, 3, 12)}, {0}},
      {BOTH(interpolate_bilinear), {.fill = {0}}, {S(1, 2, 5, 9)}, {S(1, 2, 13, 4)}, {0}},
      {BOTH(interpolate_nearest), {.fill = {0}}, {S(1, 2, 5, 9)}, {S(1, 2, 13, 4)}, {0}},
      {BOTH(interpolate_bilinear), {.fill = {0}}, {S(1, 1, 1, 28)}, {S(1, 1, 3, 224)}, {0}},
      {BOTH(unfold), {.unfold = {{3, 2}, {2, 1}, {1, 0}, {1, 2}}}, {S(2, 2, 7, 6)}, {S(2, 12, 16)}, {0}},
      {BOTH(gaussian_blur2d), {.gaussian_blur = {4}}, {S(1, 2, 5, 40)}, {S(1, 2, 5, 40)}, {0}},
      {BOTH(gaussian_blur2d), {.gaussian_blur = {0.7}}, {S(2, 1, 9, 2)}, {S(2, 1, 9, 2)}, {0}},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) check_pair(&pairs[i]);
}

static void copy(const SnArray *x, const SnArray *y) {
  SnArray out = *y;
  assert_true(sn_backend_reference()->kernels[SN_KERNEL_copy](&(SnCall){.in = {x}, .out = {&out}}));
}

static void copies_convert(void **state) {
  (void)state;
  covered[SN_KERNEL_copy] = true;
  /* Each dtype to each, by way of numbers that all of them hold. */
  for (int from = 0; from < SN_DTYPE_COUNT; from++)
    for (int to = 0; to < SN_DTYPE_COUNT; to++) {
      double numbers[4] = {0, 1, 96, 254}, back[4];
      _Alignas(8) unsigned char first[32], second[32];
      SnArray x = {numbers, SN_FLOAT64, 1, {4}, {1}}, y = {first, (SnDtype)from, 1, {4}, {1}};
      SnArray z = {second, (SnDtype)to, 1, {4}, {1}}, last = {back, SN_FLOAT64, 1, {4}, {1}};
      copy(&x, &y);
      copy(&y, &z);
      copy(&z, &last);
      assert_memory_equal(back, numbers, sizeof numbers);
    }
  double values[6] = {-1.9, 2.9, 300, NAN, 1e300, -1e300};
  int64_t integers[6];
  uint8_t bytes[6];
  copy(&(SnArray){values, SN_FLOAT64, 1, {6}, {1}}, &(SnArray){integers, SN_INT64, 1, {6}, {1}});
  copy(&(SnArray){values, SN_FLOAT64, 1, {6}, {1}}, &(SnArray){bytes, SN_UINT8, 1, {6}, {1}});
  assert_memory_equal(integers, ((int64_t[]){-1, 2, 300, 0, INT64_MAX, INT64_MIN}), sizeof integers);
  assert_memory_equal(bytes, ((uint8_t[]){0, 2, 255, 0, 255, 0}), sizeof bytes);
  /* int64 that no double holds: kept whole, rounded once, and wrapped around */
  int64_t large[2] = {((int64_t)1 << 60) + 1, ((int64_t)1 << 54) + ((int64_t)1 << 30) + 1}, kept[2];
  float rounded[2];
  copy(&(SnArray){large, SN_INT64, 1, {2}, {1}}, &(SnArray){kept, SN_INT64, 1, {2}, {1}});
  copy(&(SnArray){large, SN_INT64, 1, {2}, {1}}, &(SnArray){rounded, SN_FLOAT32, 1, {2}, {1}});
  copy(&(SnArray){large, SN_INT64, 1, {2}, {1}}, &(SnArray){bytes, SN_UINT8, 1, {2}, {1}});
  assert_memory_equal(kept, large, sizeof large);
  assert_true(rounded[1] == 0x1p54f + 0x1p31f);
  assert_int_equal(bytes[0], 1);
}

/* [2,3] = column [2,1] + row [3], transposed on its way out, both broadcast with stride 0 */
static void strides_are_honoured(void **state) {
  (void)state;
  double column[2] = {10, 20}, row[3] = {1, 2, 3}, sums[6], total[1];
  SnArray a = {column, SN_FLOAT64, 2, {2, 3}, {1, 0}}, b = {row, SN_FLOAT64, 2, {2, 3}, {0, 1}};
  SnArray y = {sums, SN_FLOAT64, 2, {2, 3}, {1, 2}}, all = {total, SN_FLOAT64, 2, {1, 1}, {1, 1}};
  assert_true(sn_backend_reference()->kernels[SN_KERNEL_add](&(SnCall){.in = {&a, &b}, .out = {&y}}));
  assert_memory_equal(sums, ((double[]){11, 21, 12, 22, 13, 23}), sizeof sums);
  assert_true(sn_backend_reference()->kernels[SN_KERNEL_sum](&(SnCall){.in = {&a}, .out = {&all}}));
  assert_true(total[0] == 90);
}

static void the_backend_is_complete(void **state) {
  (void)state;
  const SnBackend *backend = sn_backend_reference();
  assert_string_equal(backend->name, "reference");
  assert_null(backend->copy_to_host);
  assert_null(backend->copy_from_host);
  for (size_t bytes = 1; bytes < 200; bytes += 37) {
    void *memory = backend->allocate(bytes);
    assert_non_null(memory);
    assert_int_equal((uintptr_t)memory % 64, 0);
    memset(memory, 1, bytes);
    backend->release(memory, bytes);
  }
  assert_null(backend->allocate(SIZE_MAX));
  backend->set_threads(8);
  assert_int_equal(backend->threads(), 1);
  covered[SN_KERNEL_normal] = covered[SN_KERNEL_uniform] = true; /* in test_philox.c */
  for (int k = 0; k < SN_KERNEL_COUNT; k++)
    if (!backend->kernels[k] || !covered[k]) fail_msg("%s is missing or untested", sn_kernel_name((SnKernel)k));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arithmetic),
      cmocka_unit_test(activations),
      cmocka_unit_test(reductions),
      cmocka_unit_test(matrices),
      cmocka_unit_test(convolution),
      cmocka_unit_test(fused_convolution),
      cmocka_unit_test(discriminator_tail),
      cmocka_unit_test(batch_normalisation),
      cmocka_unit_test(pooling),
      cmocka_unit_test(resampling),
      cmocka_unit_test(layer_normalisation),
      cmocka_unit_test(attention_and_bicubic),
      cmocka_unit_test(probabilities),
      cmocka_unit_test(slices_by_number),
      cmocka_unit_test(gaussians),
      cmocka_unit_test(maps_at_positions),
      cmocka_unit_test(nearest_and_largest),
      cmocka_unit_test(optimisers),
      cmocka_unit_test(gradients_are_transposes),
      cmocka_unit_test(copies_convert),
      cmocka_unit_test(strides_are_honoured),
      cmocka_unit_test(the_backend_is_complete), /* last: it asks what the others covered */
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
