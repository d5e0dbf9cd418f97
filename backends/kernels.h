/* The kernel list: every computation a backend can be asked for, and what each one is given.
 *
 * A kernel gets one SnCall: input and output arrays, all allocated, of shapes that the caller has checked, plus
 * attributes. Floating-point arrays of one call share a dtype, float32 or float64. Arrays are contiguous except where a
 * line below says "strided". An optional array that is absent is a NULL pointer. No output overlaps an input, except
 * where one is listed as updated in place. Zero-sized arrays are legal.
 *
 * A kernel returns true when it is done. It returns false without an error, before it wrote anything, to decline the
 * call: the reference backend then does the work. Whether it declines depends on the call alone, never on the state of
 * the machine, so that results do not either. And it returns false with an error (sn_fail) when it could not do what it
 * took on, as memory was short: then nobody does the work, and the outputs hold anything. The reference backend
 * declines nothing but fused convolutions in other ways than its own.
 */
#ifndef SN_BACKENDS_KERNELS_H
#define SN_BACKENDS_KERNELS_H

#include "backends/array.h"

enum { SN_MAX_INPUTS = 6, SN_MAX_OUTPUTS = 3 };

/*  name                       inputs -> outputs                                                          attributes */
#define SN_KERNELS(X)                                                                                                         \
  /* ---- elementwise; strided; input shapes are already broadcast to the output's (stride 0) ---- */                         \
  X(copy)     /* x -> y = x, converted to y's dtype (any pair of dtypes; float to integer truncates) */                       \
  X(fill)     /* -> y = value                                                                         fill */                 \
  X(add)      /* a, b -> a + b */                                                                                             \
  X(subtract) /* a, b -> a - b */                                                                                             \
  X(multiply) /* a, b -> a * b */                                                                                             \
  X(divide)   /* a, b -> a / b */                                                                                             \
  X(affine)   /* x -> scale x + shift                                                                 affine */               \
  X(exp)                                                                                                                      \
  X(log)                                                                                                                      \
  X(sqrt)                                                                                                                     \
  X(abs)                                                                                                                      \
  X(abs_backward) /* x, dy -> dx = sign(x) dy */                                                                              \
  X(relu)                                                                                                                     \
  X(relu_backward)       /* x, dy -> dx = x <= 0 ? 0 : dy */                                                                  \
  X(leaky_relu)          /* x -> x > 0 ? x : slope x                                                  leaky_relu */           \
  X(leaky_relu_backward) /* x, dy -> dx                                                               leaky_relu */           \
  X(sigmoid)                                                                                                                  \
  X(sigmoid_backward)         /* y, dy -> dx = y (1 - y) dy */                                                                \
  X(relu6)                    /* x -> y = min(max(x, 0), 6) */                                                                \
  X(relu6_backward)           /* x, dy -> dx = dy where 0 < x < 6 */                                                          \
  X(silu)                     /* x -> y = x / (1 + exp(-x)) */                                                                \
  X(silu_backward)            /* x, dy -> dx = s (1 + x (1 - s)) dy, s = 1 / (1 + exp(-x)) */                                 \
  X(gelu)                     /* x -> y = x P(x), P the normal distribution's function, (1 + erf(x / sqrt 2)) / 2 */          \
  X(gelu_backward)            /* x, dy -> dx = (P(x) + x p(x)) dy, p its density */                                           \
  X(hard_sigmoid)             /* x -> y = min(max(x + 3, 0), 6) / 6 */                                                        \
  X(hard_sigmoid_backward)    /* x, dy -> dx = dy / 6 where -3 < x < 3 */                                                     \
  X(hard_swish)               /* x -> y = x hard_sigmoid(x) */                                                                \
  X(hard_swish_backward)      /* x, dy -> dx = 0 where x <= -3, dy where x >= 3, else (x / 3 + 1 / 2) dy */                   \
  X(clamp)                    /* x -> min(max(x, low), high)                                                  clamp */        \
  X(clamp_backward)           /* x, dy -> dx = low <= x <= high ? dy : 0                                      clamp */        \
  X(bce_with_logits)          /* x, target -> max(x, 0) - x target + log(1 + exp(-|x|)) */                                    \
  X(bce_with_logits_backward) /* x, target, dy -> dx = (sigmoid(x) - target) dy */                                            \
  /* ---- reductions; input strided; output has the input's ndim, with 1 in every reduced dimension ---- */                   \
  X(sum)                                                                                                                      \
  X(max)                                                                                                                      \
  X(max_backward) /* x, y, dy -> dx = dy / ties where x == y, else 0 (y, dy shaped as max's output) */                        \
  /* ---- matrices; matmul and linear's inputs strided ---- */                                                                \
  X(matmul) /* a [B,M,K], b [B,K,N], addend [B,M,N] (contiguous, may be y) or absent -> a b + addend */                       \
  X(linear) /* x [R,I], weight [O,I], bias [O] or absent -> x weight^T + bias, [R,O] */                                       \
  /* ---- convolution, NCHW; weight [O, C/groups, kh, kw] ---- */                                                             \
  X(conv2d)                 /* x [N,C,H,W], weight, bias [O] or absent -> y [N,O,OH,OW]               conv2d */               \
  X(conv2d_backward_input)  /* dy, weight -> dx                                                       conv2d */               \
  X(conv2d_backward_weight) /* dy, x -> dweight                                                       conv2d */               \
  /* ---- what plans run in place of convolution, BatchNorm, addition and activation ---- */                                  \
  X(conv2d_prepare) /* weight -> prepared [n], as the algorithm wants it; n: conv2d_prepared_count    fused_conv2d */         \
  X(conv2d_fused) /* x [N,C,H,W], prepared, bias [O] or absent, residual shaped as y or absent, absent, tail [O+1] or         \
                     absent -> y = activation(conv2d(x, weight) + bias + residual), [N,O,OH,OW]     fused_conv2d */           \
  /* ---- batch normalisation of [N,C,S] over N and S ---- */                                                                 \
  X(batch_norm)          /* x, weight [C] or absent, bias [C] or absent, running_mean [C], running_var [C]                    \
                            -> y, mean [C], inverse_std [C]                                                    batch_norm     \
                            training: batch statistics (biased variance), and running_* (absent or) updated in place with     \
                            the unbiased variance; otherwise running_* are the statistics. inverse_std = 1/sqrt(var + eps) */ \
  X(batch_norm_backward) /* dy, x, weight or absent, mean, inverse_std -> dx, dweight [C], dbias [C]  batch_norm */           \
  X(batch_norm_leaky_linear) /* x [2,C,S] (z and e), weight, bias [C], projection [C], running_mean, running_var [C]          \
                                -> y [2,S], statistics [2,C] (mean, inverse_std)        batch_norm_leaky_linear               \
                                y = sum over c of projection leaky_relu(batch_norm in training (z and z + e)),                \
                                in one pass; running_* updated in place as by batch_norm */                                   \
  X(batch_norm_leaky_linear_backward) /* dy [2,S], x, weight, bias, projection, statistics -> dx, dparameters [3,C]           \
                                (of weight, bias and projection)                        batch_norm_leaky_linear */            \
  /* ---- layer normalisation ---- */                                                                                         \
  X(layer_norm) /* x [N,C,S], weight [C] or absent, bias [C] or absent -> y = weight (x - mean) / sqrt(var + eps)             \
                   + bias, mean and biased variance over the C of each n and s                        layer_norm */           \
  X(layer_norm_backward) /* dy [R,C], x [R,C], weight or absent -> dx, dweight [C], dbias [C]         layer_norm */           \
  /* ---- attention: p = softmax over m of q k^T / sqrt(D); q [B,H,N,D], k, v [B,H,M,D], M and D > 0 ---- */                  \
  X(attention) /* q, k, v, all strided -> y [B,N,H,D], log_sum [B,H,N] or NULL: y = sum over m of p v, and the                \
                  logarithm of p's denominator. No more than a block of [N,M] exists at a time */                             \
  X(attention_backward) /* dy [B,N,H,D], q, k, v, y, log_sum -> dq, dk, dv */                                                 \
  /* ---- pooling and resampling, [N,C,H,W] ---- */                                                                           \
  X(max_pool2d)                    /* x -> y, indices (int64: h W + w of the first maximum) or NULL        pool2d */          \
  X(max_pool2d_backward)           /* dy, indices -> dx                                                    pool2d */          \
  X(avg_pool2d)                    /* x -> y                                                               pool2d */          \
  X(avg_pool2d_backward)           /* dy -> dx                                                             pool2d */          \
  X(adaptive_avg_pool2d)           /* x -> y; bin i covers floor(i H / OH) to ceil((i+1) H / OH) */                           \
  X(adaptive_avg_pool2d_backward)  /* dy -> dx */                                                                             \
  X(interpolate_bilinear)          /* x -> y; align_corners false: source = (i + 0.5) H / OH - 0.5, clamped at 0 */           \
  X(interpolate_bilinear_backward) /* dy -> dx */                                                                             \
  X(interpolate_nearest)           /* x -> y; y[i,j] = x[floor(i H / OH), floor(j W / OW)] */                                 \
  X(interpolate_nearest_backward)  /* dy -> dx */                                                                             \
  X(interpolate_bicubic)           /* x -> y, as bicubic.h says                                            bicubic */         \
  X(interpolate_bicubic_backward)  /* dy -> dx                                                             bicubic */         \
  X(unfold)                        /* x -> columns [N, C kh kw, OH OW], zero padded                        unfold */          \
  X(unfold_backward)               /* dcolumns -> dx                                                       unfold */          \
  X(gaussian_blur2d)               /* x -> y as scipy.ndimage.gaussian_filter: reflect, radius int(4 sigma + 0.5),            \
                                      rows (H) first, then columns                                         gaussian_blur */   \
  X(gaussian_blur2d_backward) /* dy -> dx, the transpose                                              gaussian_blur */        \
  /* ---- over the last dimension ---- */                                                                                     \
  X(softmax)              /* x [R,C] -> y */                                                                                  \
  X(softmax_backward)     /* y, dy -> dx = y (dy - sum(y dy)) */                                                              \
  X(log_softmax)          /* x [R,C] -> y */                                                                                  \
  X(log_softmax_backward) /* y, dy -> dx = dy - exp(y) sum(dy) */                                                             \
  X(nll_loss) /* log_probability [R,C], target int64 [R] -> loss [R] = -log_probability[r, target]; a target outside          \
                 [0, C): NaN */                                                                                               \
  X(nll_loss_backward) /* dloss [R], target int64 [R] -> dlog_probability [R,C] */                                            \
  /* ---- slices by their numbers ---- */                                                                                     \
  X(index_select)          /* x [..,N,..], index int64 [M] -> y [..,R,..]: along dimension dim, slice r of y is slice         \
                              index[first + r] of x, first + R <= M; an index outside [0, N): NaN    index_select */          \
  X(index_select_backward) /* dy, index -> dx: slice n is the sum of the slices r with index[first + r] = n                   \
                                                                                                     index_select */          \
  X(gather_positions)      /* x [N,h,w,C], index int64 [M] of positions of [N,H,W] -> y [R,C]; strided: row r is x at         \
                              position index[first + r] of a grid H x W, bilinear as above; beyond it: NaN                    \
                                                                                                 gather_positions */          \
  /* ---- Gaussians ---- */                                                                                                   \
  X(whitening) /* x [N,P,C] (strided), N > 1 -> mean [P,C], w [P,C,C]: for each of P positions the inverse of the             \
                  Cholesky factor of the covariance over N (divisor N - 1) + shift I, w^T w = that covariance^-1,             \
                  lower triangular; all NaN where it is not positive definite. In float64 inside   whitening */               \
  /* ---- which is the nearest, which the largest ---- */                                                                     \
  X(nearest_neighbors) /* x [R,C], bank [M,C] -> indices int64 [R,k], k <= M: the rows of bank nearest to each of x,          \
                          by rising distance and then index; -1 where too few distances are finite */                         \
  X(flat_argmax)       /* x [R,C], C > 0 -> index int64 [R] = r C + c of the first largest x[r,c]; NaN is largest */          \
  /* ---- random numbers: element i is number offset + i of the stream, see philox.h ---- */                                  \
  X(normal)  /* -> y = mean + std z                                                                   random */               \
  X(uniform) /* -> y in [low, high)                                                                   random */               \
  /* ---- optimiser steps; float arrays of one shape; updated in place: every output ---- */                                  \
  X(adam) /* gradient -> parameter, first_moment, second_moment                                       adam */                 \
  X(sgd)  /* gradient -> parameter, momentum_buffer or absent                                         sgd */

typedef enum SnKernel {
#define X(name) SN_KERNEL_##name,
  SN_KERNELS(X)
#undef X
      SN_KERNEL_COUNT
} SnKernel;

/* In the three structures below, 0 in stride, dilation or groups stands for PyTorch's default: stride 1 (for pooling:
 * the kernel's size), dilation 1, one group. Pairs are [vertical, horizontal]. Kernels get them with defaults filled
 * in. */
typedef struct SnConv2d {
  int64_t stride[2], padding[2], dilation[2], groups;
  int64_t end_padding[2]; /* beyond `padding` at the end of a side: TensorFlow's "SAME" has one cell more there */
} SnConv2d;

/* Cells along direction d (0: vertical) of an image of so many, with the zeros around it. */
static inline int64_t sn_conv2d_padded_size(const SnConv2d *c, int d, int64_t size) {
  return size + 2 * c->padding[d] + c->end_padding[d];
}

static inline bool sn_conv2d_is_padded(const SnConv2d *c) {
  return c->padding[0] != 0 || c->padding[1] != 0 || c->end_padding[0] != 0 || c->end_padding[1] != 0;
}

/* The operations of these names. */
typedef enum SnActivation {
  SN_ACTIVATION_NONE,
  SN_ACTIVATION_RELU,
  SN_ACTIVATION_LEAKY_RELU,
  SN_ACTIVATION_RELU6,
  SN_ACTIVATION_SIGMOID,
  SN_ACTIVATION_SILU,
  SN_ACTIVATION_GELU,
  SN_ACTIVATION_HARD_SIGMOID,
  SN_ACTIVATION_HARD_SWISH,
  SN_ACTIVATION_COUNT
} SnActivation;

/* How a backend computes a fused convolution. DIRECT stands for "in no special way": its prepared weight is a copy of
 * the weight, and every backend takes it for every shape and dtype. The others are float32 only, and their prepared
 * weight is read by nobody but the backend that made it. */
typedef enum SnConvolutionAlgorithm {
  SN_CONVOLUTION_DIRECT,
  SN_CONVOLUTION_IM2COL,     /* a matrix product with windows gathered piece by piece; any shape */
  SN_CONVOLUTION_POINTWISE,  /* 1x1 without padding: the image is the matrix */
  SN_CONVOLUTION_DEPTHWISE,  /* a filter for each channel, in float32 whatever the precision: groups = in = out */
  SN_CONVOLUTION_ROWS,       /* 1x1 of images of one pixel each: rows, as they are, times a matrix; cpu */
  SN_CONVOLUTION_GROUPED,    /* groups of few channels, straight from the image; as many in as out */
  SN_CONVOLUTION_SHALLOW,    /* of few channels, whose windows are read where their padded rows lie; cpu */
  SN_CONVOLUTION_WINOGRAD_2, /* 3x3, stride, dilation and groups 1: F(2x2,3x3) of Lavin and Gray (2016), 2.25 times
                                fewer products; cpu: stride 2 as well, 1.44 times fewer */
  SN_CONVOLUTION_WINOGRAD_4, /* and F(4x4,3x3), 4 times fewer products, about a digit less precise */
  SN_CONVOLUTION_BFLOAT16,   /* a matrix product whose factors are rounded to bfloat16; any shape */
  SN_CONVOLUTION_INT8,       /* a matrix product of numbers of 8 bits, whose sums are exact; one group; cpu */
  SN_CONVOLUTION_ALGORITHM_COUNT
} SnConvolutionAlgorithm;

/* Numbers as whole numbers q of 8 bits without a sign, as PyTorch's quint8: x is about (q - zero_point) * scale, where
 * q is the nearest of 0 to 255, ties to even. */
typedef struct SnQuantization {
  float scale; /* > 0 */
  int32_t zero_point;
} SnQuantization;

typedef struct SnFusedConv2d {
  SnConv2d conv2d;
  int64_t in, out, kernel[2]; /* weight [out, in / groups, kernel[0], kernel[1]] */
  SnConvolutionAlgorithm algorithm;
  SnActivation activation;
  double slope; /* of leaky_relu */
  /* Only where the backend's conv2d_supports says so: x, y or the residual as products of this algorithm take them.
   * BFLOAT16: SN_BFLOAT16, two neighbouring channels side by side, [N, (C + 1) / 2, H, W, 2]; not the residual.
   * INT8: SN_UINT8, four of them, [N, (C + 3) / 4, H, W, 4].
   * Channels behind the last count as 0. 128 bytes behind such an x may be read. */
  bool x_packed, y_packed, residual_packed;
  /* Likewise, of BFLOAT16 in one group: the residual is of another size and interpolated, as by interpolate_bilinear;
   * and y [N, 1, OH, OW] adds up the results of all outputs, each multiplied by its number in `tail`, and the last
   * number there. */
  bool residual_interpolated, tail;
  /* Of INT8: of x always, of y and the residual where they are packed. A weight's scale is its output's largest number
   * divided by 127, and it has no zero point. Of BFLOAT16: y is packed in 8 bits where its scale is not 0. */
  SnQuantization x_quantization, y_quantization, residual_quantization;
} SnFusedConv2d;

typedef struct SnPool2d {
  int64_t kernel[2], stride[2], padding[2];
  bool exclude_padding; /* avg_pool2d: PyTorch's count_include_pad=False; divide by the cells inside the image */
  /* max_pool2d without indices, of backends whose convolutions write packed results (SnFusedConv2d): x and y are such
   * results. */
  bool packed;
} SnPool2d;

/* Of bicubic interpolation: output cells to an input cell, by which places are found, 0: as the sizes are; antialias: a
 * cell of a smaller output is a mean over all that it covers. */
typedef struct SnBicubic {
  double scale[2];
  bool antialias;
} SnBicubic;

typedef struct SnUnfold {
  int64_t kernel[2], stride[2], padding[2], dilation[2];
} SnUnfold;

typedef struct SnRandom {
  uint64_t seed;
  uint32_t stream, step;
  uint64_t offset; /* a multiple of 4 */
  double a, b;     /* normal: mean and standard deviation; uniform: low and high */
} SnRandom;

/* One Adam step as torch.optim.Adam (decoupled false: decay adds weight_decay * parameter to the gradient) or AdamW
 * (decoupled true: the parameter shrinks by learning_rate * weight_decay first). step counts from 1. */
typedef struct SnAdamStep {
  double learning_rate, beta1, beta2, eps, weight_decay;
  int64_t step;
  bool decoupled;
} SnAdamStep;

/* One step of torch.optim.SGD: buffer = momentum * buffer + (1 - dampening) * gradient, except that the first step sets
 * the buffer to the gradient. */
typedef struct SnSgdStep {
  double learning_rate, momentum, dampening, weight_decay;
  bool nesterov, first;
} SnSgdStep;

typedef union SnAttributes {
  struct {
    double value;
  } fill;
  struct {
    double scale, shift;
  } affine;
  struct {
    double slope;
  } leaky_relu;
  struct {
    double low, high;
  } clamp;
  struct {
    double eps, momentum;
    bool training;
  } batch_norm; /* momentum 0.1: running = 0.9 running + 0.1 batch */
  struct {
    double eps;
  } layer_norm;
  struct {
    double eps, momentum, slope;
  } batch_norm_leaky_linear;
  struct {
    double sigma;
  } gaussian_blur;
  SnConv2d conv2d;
  SnFusedConv2d fused_conv2d;
  SnPool2d pool2d;
  SnUnfold unfold;
  SnBicubic bicubic;
  struct {
    int64_t first;
    int dim;
  } index_select;
  struct {
    int64_t first, height, width;
  } gather_positions;
  struct {
    double shift;
  } whitening;
  SnRandom random;
  SnAdamStep adam;
  SnSgdStep sgd;
  /* of operations without a kernel, read by their backward rules */
  struct {
    int dim;
    int64_t start;
  } narrow;
  struct {
    int dims[SN_MAX_DIMS];
  } permute;
} SnAttributes;

typedef struct SnCall {
  const SnArray *in[SN_MAX_INPUTS];
  SnArray *out[SN_MAX_OUTPUTS];
  SnAttributes attributes;
} SnCall;

typedef bool (*SnKernelFunction)(const SnCall *call);

#endif
