/* Depthwise convolution, a filter for each channel: nothing to multiply in tiles, so that reading is all there is to
 * save. A thread makes an element of y; threads side by side read the same lines of x, out of the first cache,
 * and all of a channel the same weights. */
#include <limits.h>

#include "backends/cuda/convolution.cuh"
#include "backends/cuda/windows.cuh"

bool sn_cuda_suits_depthwise(const SnFusedConv2d *options, const int64_t x[4]) {
  const SnConv2d *c = &options->conv2d;
  /* No fewer than x's or y's. */
  int64_t cells = sn_conv2d_padded_size(c, 0, x[2]) * sn_conv2d_padded_size(c, 1, x[3]);
  return c->groups == options->in && options->in == options->out && options->in > 0 && x[0] * x[1] <= INT_MAX / 2 &&
         cells <= INT_MAX / 2 && options->kernel[0] * options->kernel[1] <= INT_MAX / 2;
}

/* KERNEL 0: of any size. */
template <int KERNEL>
__global__ void convolve_depthwise(SnCudaConvolution call, SnCudaGeometry g, int64_t count) {
  const int height = KERNEL ? KERNEL : g.kernel[0], width = KERNEL ? KERNEL : g.kernel[1];
  const int channels = (int)call.options.out, cells = g.rows * g.columns;
  const float *bias = (const float *)call.bias, *residual = (const float *)call.residual;
  for (int64_t at = sn_first_piece(); at < count; at += sn_piece_step()) {
    const int plane = (int)(at / cells), cell = (int)(at - (int64_t)plane * cells), channel = plane % channels;
    const int top = cell / g.columns * g.stride[0] - g.padding[0];
    const int left = cell % g.columns * g.stride[1] - g.padding[1];
    const float *x = (const float *)call.x + (int64_t)plane * g.height * g.width;
    const float *weight = (const float *)call.weight + (int64_t)channel * height * width;
    float sum = 0;
#pragma unroll
    for (int k = 0; k < height; k++) {
      const int h = top + k * g.dilation[0];
#pragma unroll
      for (int l = 0; l < width; l++) {
        const int w = left + l * g.dilation[1];
        if (h >= 0 && h < g.height && w >= 0 && w < g.width) sum += weight[k * width + l] * x[h * g.width + w];
      }
    }
    if (bias) sum += bias[channel];
    if (residual) sum += residual[at];
    ((float *)call.y)[at] = sn_cuda_activate(sum, call.options.activation, (float)call.options.slope);
  }
}

template <int KERNEL>
static void launch(const SnCudaConvolution *c, const SnCudaGeometry &g, int64_t count) {
  SN_LAUNCH(convolve_depthwise<KERNEL>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), *c, g, count);
}

bool sn_cuda_convolve_depthwise(const SnCudaConvolution *c) {
  const int64_t *kernel = c->options.kernel, count = c->images * c->options.out * c->rows * c->columns;
  SnCudaGeometry g = sn_cuda_geometry(&c->options.conv2d, kernel, c->height, c->width, c->rows, c->columns);
  if (count == 0) return true;
  if (kernel[0] == 3 && kernel[1] == 3)
    launch<3>(c, g, count);
  else if (kernel[0] == 5 && kernel[1] == 5)
    launch<5>(c, g, count);
  else if (kernel[0] == 7 && kernel[1] == 7)
    launch<7>(c, g, count);
  else
    launch<0>(c, g, count);
  return sn_cuda_launched("convolve_depthwise");
}
