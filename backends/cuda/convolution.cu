#include "backends/cuda/convolution.cuh"

#include <limits.h>

#include "backends/cuda/product.cuh"
#include "backends/cuda/windows.cuh"

/* ---- in plain loops ---- */

template <typename T>
__global__ void convolve_direct(SnCudaConvolution call, int64_t count) {
  for (int64_t at = sn_first_piece(); at < count; at += sn_piece_step()) {
    const SnConv2d &c = call.options.conv2d;
    const T *x = (const T *)call.x, *bias = (const T *)call.bias, *residual = (const T *)call.residual;
    int64_t j = at % call.columns, i = at / call.columns % call.rows,
            o = at / call.columns / call.rows % call.options.out;
    int64_t image = at / call.columns / call.rows / call.options.out;
    int64_t channels = call.options.in / c.groups, group = o / (call.options.out / c.groups);
    int64_t height = call.options.kernel[0], width = call.options.kernel[1];
    const T *weight = (const T *)call.weight + o * channels * height * width;
    x += (image * call.options.in + group * channels) * call.height * call.width;
    double sum = bias ? (double)bias[o] : 0;
    for (int64_t channel = 0; channel < channels; channel++)
      for (int64_t k = 0; k < height; k++)
        for (int64_t l = 0; l < width; l++) {
          int64_t h = i * c.stride[0] - c.padding[0] + k * c.dilation[0];
          int64_t w = j * c.stride[1] - c.padding[1] + l * c.dilation[1];
          if (h < 0 || h >= call.height || w < 0 || w >= call.width) continue;
          sum += (double)weight[(channel * height + k) * width + l] *
                 (double)x[(channel * call.height + h) * call.width + w];
        }
    if (residual) sum += (double)residual[at];
    ((T *)call.y)[at] = (T)sn_cuda_activate(sum, call.options.activation, call.options.slope);
  }
}

bool sn_cuda_convolve_direct(const SnCudaConvolution *c) {
  int64_t count = c->images * c->options.out * c->rows * c->columns;
  if (count == 0) return true;
  if (c->dtype == SN_FLOAT64)
    SN_LAUNCH(convolve_direct<double>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), *c, count);
  else
    SN_LAUNCH(convolve_direct<float>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), *c, count);
  return sn_cuda_check(cudaGetLastError(), "a convolution");
}

/* ---- 1x1 ---- */

bool sn_cuda_is_pointwise(const SnFusedConv2d *options) {
  const SnConv2d *c = &options->conv2d;
  for (int d = 0; d < 2; d++)
    if (options->kernel[d] != 1 || c->stride[d] != 1) return false;
  return !sn_conv2d_is_padded(c) && c->groups == 1 && options->in > 0;
}

__global__ static void finish(SnCudaConvolution c, int64_t count) {
  int64_t cells = c.rows * c.columns;
  for (int64_t i = sn_first_piece(); i < count; i += sn_piece_step()) {
    float *y = (float *)c.y, value = y[i];
    if (c.bias) value += ((const float *)c.bias)[i / cells % c.options.out];
    if (c.residual) value += ((const float *)c.residual)[i];
    y[i] = sn_cuda_activate(value, c.options.activation, (float)c.options.slope);
  }
}

bool sn_cuda_finish_convolution(const SnCudaConvolution *c) {
  int64_t count = c->images * c->options.out * c->rows * c->columns;
  if (count == 0 || (!c->bias && !c->residual && c->options.activation == SN_ACTIVATION_NONE)) return true;
  SN_LAUNCH(finish, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), *c, count);
  return sn_cuda_check(cudaGetLastError(), "a convolution's end");
}

bool sn_cuda_convolve_pointwise(const SnCudaConvolution *c) {
  int64_t in = c->options.in, out = c->options.out, cells = c->rows * c->columns;
  SnCudaMatrices weight = {(void *)c->weight, in, 1, 0}, x = {(void *)c->x, cells, 1, in * cells};
  SnCudaMatrices y = {c->y, cells, 1, out * cells};
  return sn_cuda_multiply(SN_FLOAT32, c->images, out, cells, in, &weight, &x, &y, false) &&
         sn_cuda_finish_convolution(c);
}

/* ---- in tiles ---- */

/* Groups of few channels would leave most of a tile empty. */
bool sn_cuda_suits_tiles(const SnFusedConv2d *options, const int64_t x[4]) {
  const SnConv2d *c = &options->conv2d;
  int64_t out = options->out / c->groups, in = options->in / c->groups;
  bool thin = c->groups > 1 && (out < 8 || in < 4);
  int64_t cells =
      sn_conv2d_padded_size(c, 0, x[2]) * sn_conv2d_padded_size(c, 1, x[3]); /* no fewer than x's or y's */
  return !thin && c->groups <= 4096 && x[0] * cells <= INT_MAX / 2 &&
         in * options->kernel[0] * options->kernel[1] <= INT_MAX / 2;
}

template <bool ALIGNED>
static bool run_tiles(const SnCudaConvolution *c, float *partial) {
  const SnFusedConv2d *o = &c->options;
  SnCudaWindowProduct<false, ALIGNED> p = {};
  p.groups = (int)o->conv2d.groups;
  p.channels = (int)o->in / p.groups;
  p.m = (int)o->out / p.groups;
  p.n = (int)(c->images * c->rows * c->columns);
  p.k = p.channels * (int)(o->kernel[0] * o->kernel[1]);
  p.height = (int)c->height;
  p.width = (int)c->width;
  p.out_height = (int)c->rows;
  p.out_width = (int)c->columns;
  p.g = sn_cuda_geometry(&o->conv2d, o->kernel, c->height, c->width, c->rows, c->columns);
  p.image = (const float *)c->x;
  p.weight = (const float *)c->weight;
  p.bias = (const float *)c->bias;
  p.residual = (const float *)c->residual;
  p.y = (float *)c->y;
  p.activation = o->activation;
  p.slope = (float)o->slope;
  return sn_cuda_run_tiles(p, p.groups, partial);
}

size_t sn_cuda_tiles_bytes(const SnCudaConvolution *c) {
  const SnFusedConv2d *o = &c->options;
  int64_t groups = o->conv2d.groups;
  return sn_cuda_partial_bytes(o->out / groups, c->images * c->rows * c->columns,
                               o->in / groups * o->kernel[0] * o->kernel[1], groups);
}

bool sn_cuda_convolve_tiles(const SnCudaConvolution *c, float *partial) {
  if (c->images * c->options.out * c->rows * c->columns == 0) return true;
  bool aligned = c->options.in / c->options.conv2d.groups % SN_CUDA_TILE_DEPTH == 0;
  return aligned ? run_tiles<true>(c, partial) : run_tiles<false>(c, partial);
}

__global__ static void arrange(const float *weight, float *arranged, int64_t count, int64_t channels, int64_t taps) {
  for (int64_t i = sn_first_piece(); i < count; i += sn_piece_step()) {
    int64_t channel = i % channels, tap = i / channels % taps, o = i / channels / taps;
    arranged[i] = weight[(o * channels + channel) * taps + tap];
  }
}

bool sn_cuda_arrange_weight(const SnFusedConv2d *options, const float *weight, float *arranged) {
  int64_t count = sn_cuda_weight_count(options);
  if (count == 0) return true;
  SN_LAUNCH(arrange, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), weight, arranged, count,
            options->in / options->conv2d.groups, options->kernel[0] * options->kernel[1]);
  return sn_cuda_check(cudaGetLastError(), "arranging a weight");
}
