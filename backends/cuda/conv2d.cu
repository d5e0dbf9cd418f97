/* y[n,o,i,j] = bias[o] + sum over c, k, l of weight[o,c,k,l] x[n,c, i stride - padding + k dilation, …], and its
 * gradients. float32 is computed as products of matrices, in the shape of tiles or, for 1x1, by cuBLAS; float64 and
 * groups of few channels in plain loops. */
#include "backends/cuda/convolution.cuh"
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/product.cuh"
#include "backends/cuda/windows.cuh"

static size_t round_up(size_t bytes) { return (bytes + 255) / 256 * 256; }

/* x, weight and y: the convolution's, or, in place of one of them, its gradient. */
static SnCudaConvolution describe(const SnCall *call, const SnArray *x, const SnArray *weight, const SnArray *y) {
  SnCudaConvolution c = {};
  c.options.conv2d = call->attributes.conv2d;
  c.options.in = x->shape[1];
  c.options.out = weight->shape[0];
  c.options.kernel[0] = weight->shape[2];
  c.options.kernel[1] = weight->shape[3];
  c.dtype = x->dtype;
  c.images = x->shape[0];
  c.height = x->shape[2];
  c.width = x->shape[3];
  c.rows = y->shape[2];
  c.columns = y->shape[3];
  c.x = x->data;
  c.weight = weight->data;
  c.y = y->data;
  return c;
}

static bool suits_products(const SnCudaConvolution *c) {
  int64_t x[] = {c->images, c->options.in, c->height, c->width};
  return c->dtype == SN_FLOAT32 && sn_cuda_suits_tiles(&c->options, x);
}

bool sn_cuda_conv2d(const SnCall *call) {
  SnCudaConvolution c = describe(call, call->in[0], call->in[1], call->out[0]);
  c.bias = call->in[2] ? call->in[2]->data : nullptr;
  int64_t x[] = {c.images, c.options.in, c.height, c.width};
  if (c.dtype == SN_FLOAT32 && sn_cuda_suits_depthwise(&c.options, x)) return sn_cuda_convolve_depthwise(&c);
  if (!suits_products(&c)) return sn_cuda_convolve_direct(&c);
  if (sn_cuda_is_pointwise(&c.options)) return sn_cuda_convolve_pointwise(&c);
  size_t weight_bytes = round_up((size_t)sn_cuda_weight_count(&c.options) * sizeof(float));
  unsigned char *scratch = (unsigned char *)sn_cuda_scratch(weight_bytes + sn_cuda_tiles_bytes(&c));
  if (!scratch || !sn_cuda_arrange_weight(&c.options, (const float *)c.weight, (float *)scratch)) return false;
  c.weight = scratch;
  return sn_cuda_convolve_tiles(&c, (float *)(scratch + weight_bytes));
}

/* ---- the gradient of x ---- */

/* The window whose k-th cell lies at `in`; -1: none of `count` windows has it there. */
__device__ static int64_t window_with_cell(int64_t in, int64_t k, int64_t stride, int64_t padding, int64_t dilation,
                                           int64_t count) {
  int64_t start = in + padding - k * dilation;
  return start >= 0 && start % stride == 0 && start / stride < count ? start / stride : -1;
}

template <typename T>
__global__ void input_gradient(SnCudaConvolution call, int64_t count) {
  for (int64_t at = sn_first_piece(); at < count; at += sn_piece_step()) {
    const SnConv2d &c = call.options.conv2d;
    const T *dy = (const T *)call.y, *weight = (const T *)call.weight;
    int64_t w = at % call.width, h = at / call.width % call.height,
            channel = at / call.width / call.height % call.options.in;
    int64_t image = at / call.width / call.height / call.options.in, channels = call.options.in / c.groups;
    int64_t outs = call.options.out / c.groups, first = channel / channels * outs;
    int64_t height = call.options.kernel[0], width = call.options.kernel[1];
    double sum = 0;
    for (int64_t k = 0; k < height; k++)
      for (int64_t l = 0; l < width; l++) {
        int64_t i = window_with_cell(h, k, c.stride[0], c.padding[0], c.dilation[0], call.rows);
        int64_t j = window_with_cell(w, l, c.stride[1], c.padding[1], c.dilation[1], call.columns);
        if (i < 0 || j < 0) continue;
        for (int64_t o = first; o < first + outs; o++)
          sum += (double)weight[((o * channels + channel % channels) * height + k) * width + l] *
                 (double)dy[((image * call.options.out + o) * call.rows + i) * call.columns + j];
      }
    ((T *)call.x)[at] = (T)sum;
  }
}

/* weight [groups, o, channel, tap] -> [groups, channel, tap, o] */
__global__ static void turn_weight(const float *weight, float *turned, int64_t count, int64_t outs, int64_t channels,
                                   int64_t taps) {
  for (int64_t i = sn_first_piece(); i < count; i += sn_piece_step()) {
    int64_t o = i % outs, tap = i / outs % taps, channel = i / outs / taps % channels,
            group = i / outs / taps / channels;
    turned[i] = weight[((group * outs + o) * channels + channel) * taps + tap];
  }
}

template <bool ALIGNED>
static bool run_transposed(const SnCudaConvolution *c, const float *turned, float *partial) {
  const SnFusedConv2d *o = &c->options;
  SnCudaWindowProduct<true, ALIGNED> p = {};
  p.groups = (int)o->conv2d.groups;
  p.channels = (int)o->out / p.groups;
  p.m = (int)o->in / p.groups;
  p.n = (int)(c->images * c->height * c->width);
  p.k = p.channels * (int)(o->kernel[0] * o->kernel[1]);
  p.height = (int)c->rows;
  p.width = (int)c->columns;
  p.out_height = (int)c->height;
  p.out_width = (int)c->width;
  p.g = sn_cuda_geometry(&o->conv2d, o->kernel, c->height, c->width, c->rows, c->columns);
  p.image = (const float *)c->y;
  p.weight = turned;
  p.y = (float *)c->x;
  p.activation = SN_ACTIVATION_NONE;
  return sn_cuda_run_tiles(p, p.groups, partial);
}

bool sn_cuda_conv2d_backward_input(const SnCall *call) {
  const SnArray *dx = call->out[0];
  SnCudaConvolution c = describe(call, dx, call->in[1], call->in[0]);
  const SnFusedConv2d *o = &c.options;
  int64_t count = sn_array_count(dx), groups = o->conv2d.groups, taps = o->kernel[0] * o->kernel[1];
  if (count == 0) return true;
  if (c.dtype == SN_FLOAT64) {
    SN_LAUNCH(input_gradient<double>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), c, count);
    return sn_cuda_check(cudaGetLastError(), "a convolution's gradient");
  }
  if (!suits_products(&c)) {
    SN_LAUNCH(input_gradient<float>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), c, count);
    return sn_cuda_check(cudaGetLastError(), "a convolution's gradient");
  }
  int64_t weights = sn_cuda_weight_count(o);
  size_t weight_bytes = round_up((size_t)weights * sizeof(float));
  size_t bytes = weight_bytes +
                 sn_cuda_partial_bytes(o->in / groups, c.images * c.height * c.width, o->out / groups * taps, groups);
  unsigned char *scratch = (unsigned char *)sn_cuda_scratch(bytes);
  if (!scratch) return false;
  if (weights > 0)
    SN_LAUNCH(turn_weight, sn_cuda_grid(weights, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), (const float *)c.weight,
              (float *)scratch, weights, o->out / groups, o->in / groups, taps);
  if (!sn_cuda_check(cudaGetLastError(), "turning a weight")) return false;
  float *partial = (float *)(scratch + weight_bytes);
  return o->out / groups % SN_CUDA_TILE_DEPTH == 0 ? run_transposed<true>(&c, (const float *)scratch, partial)
                                                   : run_transposed<false>(&c, (const float *)scratch, partial);
}

/* ---- the gradient of the weight ---- */

template <typename T>
__global__ void weight_gradient(SnCudaConvolution call, int64_t count) {
  for (int64_t at = sn_first_piece(); at < count; at += sn_piece_step()) {
    const SnConv2d &c = call.options.conv2d;
    const T *x = (const T *)call.x, *dy = (const T *)call.y;
    int64_t height = call.options.kernel[0], width = call.options.kernel[1], channels = call.options.in / c.groups;
    int64_t l = at % width, k = at / width % height, channel = at / width / height % channels;
    int64_t o = at / width / height / channels;
    channel += o / (call.options.out / c.groups) * channels;
    double sum = 0;
    for (int64_t image = 0; image < call.images; image++)
      for (int64_t i = 0; i < call.rows; i++)
        for (int64_t j = 0; j < call.columns; j++) {
          int64_t h = i * c.stride[0] - c.padding[0] + k * c.dilation[0];
          int64_t w = j * c.stride[1] - c.padding[1] + l * c.dilation[1];
          if (h < 0 || h >= call.height || w < 0 || w >= call.width) continue;
          sum += (double)dy[((image * call.options.out + o) * call.rows + i) * call.columns + j] *
                 (double)x[((image * call.options.in + channel) * call.height + h) * call.width + w];
        }
    ((T *)call.weight)[at] = (T)sum;
  }
}

static bool run_weight_gradient(const SnCudaConvolution *c) {
  const SnFusedConv2d *o = &c->options;
  SnCudaWeightGradient p = {};
  p.groups = (int)o->conv2d.groups;
  p.channels = (int)o->in / p.groups;
  p.m = (int)o->out / p.groups;
  p.n = p.channels * (int)(o->kernel[0] * o->kernel[1]);
  p.k = (int)(c->images * c->rows * c->columns);
  p.g = sn_cuda_geometry(&o->conv2d, o->kernel, c->height, c->width, c->rows, c->columns);
  p.x = (const float *)c->x;
  p.dy = (const float *)c->y;
  p.dweight = (float *)c->weight;
  size_t bytes = sn_cuda_partial_bytes(p.m, p.n, p.k, p.groups);
  float *partial = bytes > 0 ? (float *)sn_cuda_scratch(bytes) : nullptr;
  return (bytes == 0 || partial) && sn_cuda_run_tiles(p, p.groups, partial);
}

bool sn_cuda_conv2d_backward_weight(const SnCall *call) {
  const SnArray *dweight = call->out[0];
  SnCudaConvolution c = describe(call, call->in[1], dweight, call->in[0]);
  int64_t count = sn_array_count(dweight);
  if (count == 0) return true;
  if (suits_products(&c)) return run_weight_gradient(&c);
  if (c.dtype == SN_FLOAT64)
    SN_LAUNCH(weight_gradient<double>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), c, count);
  else
    SN_LAUNCH(weight_gradient<float>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), c, count);
  return sn_cuda_check(cudaGetLastError(), "a convolution's gradient");
}
