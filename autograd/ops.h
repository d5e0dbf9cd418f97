/* The operations: PyTorch's names, argument order and default values, with C's types.
 *
 * Every function takes and gives contiguous or strided tensors of float32 or float64 (all of one dtype and device
 * unless said otherwise), returns a new tensor in the innermost scope, and is differentiable in its floating-point
 * tensor arguments. On a wrong shape, dtype or attribute it records an error that names the operation and the shapes,
 * and returns NULL; it returns NULL at once while an error is pending. Each operation's file, `autograd/ops/NAME.c`,
 * derives its backward rule.
 */
#ifndef SN_AUTOGRAD_OPS_H
#define SN_AUTOGRAD_OPS_H

#include "autograd/tape.h"

/* ---- elementwise; a and b are broadcast against each other as in NumPy ---- */

SnTensor *sn_add(SnTensor *a, SnTensor *b); /* a + b */
SnTensor *sn_sub(SnTensor *a, SnTensor *b); /* a - b */
SnTensor *sn_mul(SnTensor *a, SnTensor *b); /* a b, element by element */
SnTensor *sn_div(SnTensor *a, SnTensor *b); /* a / b */

SnTensor *sn_scale(SnTensor *x, double factor);              /* factor * x */
SnTensor *sn_add_scalar(SnTensor *x, double term);           /* x + term */
SnTensor *sn_neg(SnTensor *x);                               /* -x */
SnTensor *sn_exp(SnTensor *x);                               /* e to the x */
SnTensor *sn_log(SnTensor *x);                               /* ln x; NaN below 0 */
SnTensor *sn_sqrt(SnTensor *x);                              /* NaN below 0 */
SnTensor *sn_abs(SnTensor *x);                               /* derivative 0 at 0 */
SnTensor *sn_relu(SnTensor *x);                              /* max(x, 0); derivative 0 at 0 */
SnTensor *sn_leaky_relu(SnTensor *x, double negative_slope); /* x > 0 ? x : negative_slope x; PyTorch's default: 0.01 */
SnTensor *sn_sigmoid(SnTensor *x);                           /* 1 / (1 + exp(-x)) */
SnTensor *sn_relu6(SnTensor *x);                             /* min(max(x, 0), 6) */
SnTensor *sn_silu(SnTensor *x);                              /* x sigmoid(x) */
SnTensor *sn_gelu(SnTensor *x);         /* x times the normal distribution at x: F.gelu(approximate="none") */
SnTensor *sn_hard_sigmoid(SnTensor *x); /* min(max(x + 3, 0), 6) / 6 */
SnTensor *sn_hard_swish(SnTensor *x);   /* x hard_sigmoid(x) */
/* Either bound may be infinite; derivative 1 at the bounds, as in PyTorch before 2.15. */
SnTensor *sn_clamp(SnTensor *x, double low, double high);

/* ---- reductions over the dimensions dims[0..count) (negative ones count from the end); count 0: over all ---- */

/* The sum and the mean. keep_dims: the dimensions stay, with size 1; otherwise they are gone. */
SnTensor *sn_sum(SnTensor *x, int count, const int *dims, bool keep_dims);
SnTensor *sn_mean(SnTensor *x, int count, const int *dims, bool keep_dims);
/* torch.amax: where several elements are the maximum they share the derivative equally. Not over zero elements. */
SnTensor *sn_max(SnTensor *x, int count, const int *dims, bool keep_dims);
/* "count, dims" in one: sn_mean(x, SN_DIMS(0, 2), false). */
#define SN_DIMS(...) \
  (int)(sizeof((const int[]){__VA_ARGS__}) / sizeof(int)), (const int[]) { __VA_ARGS__ }
/* "count, dims" that stand for all dimensions: sn_mean(x, SN_ALL_DIMS, false). */
#define SN_ALL_DIMS 0, NULL

/* ---- shape; the first four share memory with x where they can ---- */

SnTensor *sn_reshape(SnTensor *x, int ndim, const int64_t *shape); /* one size may be -1: the rest */
SnTensor *sn_permute(SnTensor *x, int count, const int *dims);     /* sn_permute(x, SN_DIMS(0, 2, 3, 1)) */
SnTensor *sn_narrow(SnTensor *x, int dim, int64_t start,
                    int64_t length);                              /* slices start to start + length - 1 of dim */
SnTensor *sn_expand(SnTensor *x, int ndim, const int64_t *shape); /* broadcasts x to the shape */
SnTensor *sn_cat(int count, SnTensor *const *tensors, int dim);   /* 1 to SN_MAX_INPUTS tensors */
/* torch.index_select: slices index[0], index[1] ... of x along dim; index int64 [K], a constant. A number outside
 * [0, size of dim) gives NaN, where PyTorch raises an error: an index is not read on the host. */
SnTensor *sn_index_select(SnTensor *x, int dim, SnTensor *index);

/* ---- matrices ---- */

/* a [M,K], b [K,N] -> [M,N]; or a [B,M,K], b [B,K,N] -> [B,M,N], where one of the B may be 1. */
SnTensor *sn_matmul(SnTensor *a, SnTensor *b);
/* x [..., I], weight [O,I], bias [O] or NULL -> x weight^T + bias, [..., O]. */
SnTensor *sn_linear(SnTensor *x, SnTensor *weight, SnTensor *bias);

/* torch.nn.functional.scaled_dot_product_attention without a mask: q [B,H,N,D], k and v [B,H,M,D] -> softmax(q k^T /
 * sqrt(D)) v, [B,H,N,D], without a matrix [N,M] in memory. M and D at least 1. */
SnTensor *sn_scaled_dot_product_attention(SnTensor *q, SnTensor *k, SnTensor *v);

/* ---- images, [N,C,H,W] ---- */

/* weight [O, C/groups, kh, kw], bias [O] or NULL -> [N, O, OH, OW],
 * OH = (H + 2 padding + end_padding - dilation (kh - 1) - 1) / stride + 1, rounded down. {0} in options stands for
 * PyTorch's defaults. */
SnTensor *sn_conv2d(SnTensor *x, SnTensor *weight, SnTensor *bias, SnConv2d options);

/* x [N,C] or [N,C,H,W], normalised per channel. weight, bias: [C] or NULL. running_mean, running_var: [C], constants to
 * autograd. training: by the batch's mean and biased variance, and the running statistics (which may be NULL then) move
 * by momentum towards the batch's, with the unbiased variance; otherwise by the running statistics.
 * PyTorch's defaults: momentum 0.1, eps 1e-5. */
SnTensor *sn_batch_norm(SnTensor *x, SnTensor *running_mean, SnTensor *running_var, SnTensor *weight, SnTensor *bias,
                        bool training, double momentum, double eps);

/* torch.nn.functional.layer_norm over the last dimension, of C numbers. weight, bias: [C] or NULL. PyTorch's default:
 * eps 1e-5. */
SnTensor *sn_layer_norm(SnTensor *x, SnTensor *weight, SnTensor *bias, double eps);

/* Of values z = x[0] and moved values z + e, e = x[1]: batch_norm in training over both together, leaky ReLU, and the
 * sum over channels weighted by projection [C], in one pass. x [2,C,S] -> [2,S], of z and of z + e. The other tensors
 * as in sn_batch_norm, none NULL. */
SnTensor *sn_batch_norm_leaky_linear(SnTensor *x, SnTensor *running_mean, SnTensor *running_var, SnTensor *weight,
                                     SnTensor *bias, SnTensor *projection, double negative_slope, double momentum,
                                     double eps);

SnTensor *sn_max_pool2d(SnTensor *x, SnPool2d options); /* padding at most half the kernel, as in PyTorch */
SnTensor *sn_avg_pool2d(SnTensor *x, SnPool2d options); /* x [N,C,H,W] -> [N,C,OH,OW]; sizes as in sn_conv2d */
/* F.adaptive_avg_pool2d: x [N,C,H,W] -> [N,C,height,width]. */
SnTensor *sn_adaptive_avg_pool2d(SnTensor *x, int64_t height, int64_t width);
SnTensor *sn_adaptive_avg_pool1d(SnTensor *x, int64_t length); /* x [N,C,L] */
/* F.interpolate(mode="bilinear", align_corners=False, size=(height, width)), not antialiased. */
SnTensor *sn_interpolate_bilinear(SnTensor *x, int64_t height, int64_t width);
/* F.interpolate(mode="nearest"): output (i, j) is input (floor(i H / height), floor(j W / width)), in whole numbers. */
SnTensor *sn_interpolate_nearest(SnTensor *x, int64_t height, int64_t width);
/* F.interpolate(mode="bicubic", align_corners=False, size=(height, width)). {0} in options stands for places by the
 * sizes, not antialiased; options.scale is what PyTorch calls scale_factor. */
SnTensor *sn_interpolate_bicubic(SnTensor *x, int64_t height, int64_t width, SnBicubic options);
/* F.unfold: x -> [N, C kh kw, OH OW], channel-major rows, zero padding. */
SnTensor *sn_unfold(SnTensor *x, SnUnfold options);
/* scipy.ndimage.gaussian_filter of each plane: mode "reflect", truncate 4. sigma > 0. */
SnTensor *sn_gaussian_blur2d(SnTensor *x, double sigma);

/* ---- probabilities and losses ---- */

SnTensor *sn_softmax(SnTensor *x, int dim);     /* exp(x) / sum of exp(x) along dim; of x's shape */
SnTensor *sn_log_softmax(SnTensor *x, int dim); /* its logarithm, computed without overflow */
/* Mean over rows of -log softmax(logits [N,C])[target]; target int64 [N] within [0, C). */
SnTensor *sn_cross_entropy(SnTensor *logits, SnTensor *target);
/* Mean of -(t ln sigmoid(x) + (1 - t) ln(1 - sigmoid(x))); target t of x's shape, within [0, 1], a constant. */
SnTensor *sn_bce_with_logits(SnTensor *x, SnTensor *target);

/* ---- which is the nearest, which the largest: int64 results, constants to autograd ---- */

/* x [R,C], bank [M,C], 1 <= k <= M -> the indices [R,k] of the rows of bank that are nearest to each row of x by
 * Euclidean distance, nearest first; of equally near ones the lower index. -1 where a distance is not finite.
 * torch.cdist(x, bank).topk(k, largest=False).indices without the matrix [R,M]. The cpu and cuda backends choose k + 4
 * candidates by |b|^2 / 2 - x b in float32, whose rounding is about 1e-7 (|x|^2 + |b|^2), and order them by their
 * differences in double precision: they can miss one of the nearest only where more than four others are as near as it
 * to within that rounding. */
SnTensor *sn_nearest_neighbors(SnTensor *x, SnTensor *bank, int64_t k);

/* x [R,C], C > 0 -> [R]: where the first largest number of each row is, counted over all rows as sn_index_select takes
 * it: torch.argmax(x, 1) + C * torch.arange(R). NaN is larger than any number. */
SnTensor *sn_flat_argmax(SnTensor *x);

/* ---- random numbers, not differentiated; see tensor/random.h for the streams ---- */

/* Independent numbers of a normal and of a uniform distribution, [low, high); the same bits on every backend. */
SnTensor *sn_normal(SnDtype dtype, int ndim, const int64_t *shape, double mean, double deviation, SnRandom source);
SnTensor *sn_uniform(SnDtype dtype, int ndim, const int64_t *shape, double low, double high, SnRandom source);

#endif
