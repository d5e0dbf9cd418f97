/* What a plan makes of a convolution and its followers: y = activation(conv2d(x, weight) + bias + residual).
 *
 * POINTWISE is cuBLAS on the images as they are, and a pass over the result for what follows. IM2COL is one kernel: a
 * product in tiles whose windows are found as they are read, with all that follows in its last lines; its prepared
 * weight has the kernel's cells before the channels. WINOGRAD_2 and WINOGRAD_4 are cuBLAS between two transforms.
 * DEPTHWISE is a thread an element (depthwise.cu). DIRECT is plain loops, for float64 and groups of few channels. */
#include "backends/cuda/conv2d_fused.cuh"

#include "backends/cuda/convolution.cuh"
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/tiles.cuh"
#include "backends/cuda/winograd.cuh"

bool sn_cuda_conv2d_supports(const SnFusedConv2d *options, const int64_t x[4]) {
  if (options->residual_interpolated || options->tail) return false;
  switch (options->algorithm) {
    case SN_CONVOLUTION_DIRECT:
      return true;
    case SN_CONVOLUTION_IM2COL:
      return sn_cuda_suits_tiles(options, x);
    case SN_CONVOLUTION_POINTWISE:
      return sn_cuda_is_pointwise(options);
    case SN_CONVOLUTION_DEPTHWISE:
      return sn_cuda_suits_depthwise(options, x);
    case SN_CONVOLUTION_WINOGRAD_2:
    case SN_CONVOLUTION_WINOGRAD_4:
      return sn_cuda_suits_winograd(options, x);
    default:
      return false;
  }
}

/* What 3x3 convolutions cost in float32, in multiply-adds, by counting. An H100 makes 33e12 of them a second, moves
 * 0.84e12 floats, and starts a kernel of a graph in about 1.5 us; its numbers are used for every card, so that all
 * compute alike. Products are made in whole tiles of at least MIN_TILE. */
constexpr double MOVE = 40, START = 5e7;
constexpr int64_t MIN_TILE = 64;

static double whole_tiles(int64_t m, int64_t n, int64_t side) {
  return (double)(sn_divide_up(m, side) * side) * (double)(sn_divide_up(n, side) * side);
}

static double tiles_cost(const SnFusedConv2d *options, int64_t cells) {
  double in = (double)options->in, out = (double)options->out, positions = (double)cells;
  SnCudaCut cut = sn_cuda_cut(options->out, cells, options->in * 9, 1);
  double parts = cut.parts > 1 ? 2 * cut.parts * out * positions : 0; /* written and read */
  double moved = (in + out) * positions + 9 * in * out + parts;
  return 9 * in * whole_tiles(options->out, cells, cut.large ? 128 : MIN_TILE) + MOVE * moved +
         START * (cut.parts > 1 ? 2 : 1);
}

static double winograd_cost(SnFusedConv2d options, const int64_t x[4], int64_t cells,
                            SnConvolutionAlgorithm algorithm) {
  options.algorithm = algorithm;
  SnCudaWinogradCut cut = sn_cuda_winograd_cut(&options, x);
  double in = (double)options.in, out = (double)options.out, tiles = (double)(x[0] * cut.down) * (double)cut.along;
  double components = (double)cut.components, chunks = (double)cut.chunks;
  double moved = (in + out) * ((double)cells + 2 * components * tiles) + chunks * components * in * out;
  return chunks * components * in * whole_tiles(options.out, cut.rows * cut.along, MIN_TILE) + MOVE * moved +
         START * 3 * chunks;
}

/* Where tensor cores multiply, a float moved costs seven (tf32) or fifteen (bf16) times as many multiply-adds: what
 * Winograd's algorithm moves then takes longer than what it saves, for layers of fewer than a thousand channels. */
SnConvolutionAlgorithm sn_cuda_conv2d_choose(const SnFusedConv2d *options, const int64_t x[4]) {
  if (sn_cuda_suits_depthwise(options, x)) return SN_CONVOLUTION_DEPTHWISE;
  if (sn_cuda_is_pointwise(options)) return SN_CONVOLUTION_POINTWISE;
  if (!sn_cuda_suits_tiles(options, x)) return SN_CONVOLUTION_DIRECT;
  SnFusedConv2d winograd = *options;
  winograd.algorithm = SN_CONVOLUTION_WINOGRAD_4;
  if (sn_cuda_precision() != SN_PRECISION_FLOAT32 || !sn_cuda_suits_winograd(&winograd, x))
    return SN_CONVOLUTION_IM2COL;
  const SnConv2d *c = &options->conv2d;
  int64_t cells = x[0] * (sn_conv2d_padded_size(c, 0, x[2]) - 2) * (sn_conv2d_padded_size(c, 1, x[3]) - 2);
  double two = winograd_cost(*options, x, cells, SN_CONVOLUTION_WINOGRAD_2);
  double four = winograd_cost(*options, x, cells, SN_CONVOLUTION_WINOGRAD_4), tiles = tiles_cost(options, cells);
  if (tiles <= two && tiles <= four) return SN_CONVOLUTION_IM2COL;
  return two < four ? SN_CONVOLUTION_WINOGRAD_2 : SN_CONVOLUTION_WINOGRAD_4;
}

int64_t sn_cuda_conv2d_prepared_count(const SnFusedConv2d *options) {
  return sn_cuda_is_winograd(options->algorithm) ? sn_cuda_winograd_weight_count(options)
                                                 : sn_cuda_weight_count(options);
}

bool sn_cuda_conv2d_prepare(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  const SnArray *weight = call->in[0], *prepared = call->out[0];
  if (options->algorithm == SN_CONVOLUTION_IM2COL)
    return sn_cuda_arrange_weight(options, (const float *)weight->data, (float *)prepared->data);
  if (sn_cuda_is_winograd(options->algorithm))
    return sn_cuda_transform_weight(options, (const float *)weight->data, (float *)prepared->data);
  size_t bytes = (size_t)sn_array_count(weight) * sn_dtype_size(weight->dtype);
  return bytes == 0 ||
         sn_cuda_check(cudaMemcpyAsync(prepared->data, weight->data, bytes, cudaMemcpyDeviceToDevice, sn_cuda_stream()),
                       "copying a weight");
}

bool sn_cuda_conv2d_fused(const SnCall *call) {
  const SnArray *x = call->in[0], *bias = call->in[2], *residual = call->in[3], *y = call->out[0];
  SnCudaConvolution c = {};
  c.options = call->attributes.fused_conv2d;
  c.dtype = y->dtype;
  c.images = x->shape[0];
  c.height = x->shape[2];
  c.width = x->shape[3];
  c.rows = y->shape[2];
  c.columns = y->shape[3];
  c.x = x->data;
  c.weight = call->in[1]->data;
  c.bias = bias ? bias->data : nullptr;
  c.residual = residual ? residual->data : nullptr;
  c.y = y->data;
  switch (c.options.algorithm) {
    case SN_CONVOLUTION_POINTWISE:
      return sn_cuda_convolve_pointwise(&c);
    case SN_CONVOLUTION_DEPTHWISE:
      return sn_cuda_convolve_depthwise(&c);
    case SN_CONVOLUTION_IM2COL: {
      size_t bytes = sn_cuda_tiles_bytes(&c);
      float *partial = bytes > 0 ? (float *)sn_cuda_scratch(bytes) : nullptr;
      return (bytes == 0 || partial) && sn_cuda_convolve_tiles(&c, partial);
    }
    case SN_CONVOLUTION_WINOGRAD_2:
    case SN_CONVOLUTION_WINOGRAD_4:
      return sn_cuda_convolve_winograd(&c);
    default:
      return sn_cuda_convolve_direct(&c);
  }
}
