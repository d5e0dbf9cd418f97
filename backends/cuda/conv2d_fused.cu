/* What a plan makes of a convolution and its followers: y = activation(conv2d(x, weight) + bias + residual).
 *
 * POINTWISE is cuBLAS on the images as they lie, and a pass over the result for what follows. IM2COL is one kernel: a
 * product in tiles whose windows are found as they are read, with all that follows in its last lines; its prepared
 * weight has the kernel's cells before the channels. DIRECT is plain loops, for float64 and groups of few channels. */
#include "backends/cuda/conv2d_fused.cuh"

#include "backends/cuda/convolution.cuh"
#include "backends/cuda/kernels.cuh"

bool sn_cuda_conv2d_supports(const SnFusedConv2d *options, const int64_t x[4]) {
  switch (options->algorithm) {
    case SN_CONVOLUTION_DIRECT:
      return true;
    case SN_CONVOLUTION_IM2COL:
      return sn_cuda_suits_tiles(options, x);
    case SN_CONVOLUTION_POINTWISE:
      return sn_cuda_is_pointwise(options);
    default:
      return false;
  }
}

SnConvolutionAlgorithm sn_cuda_conv2d_choose(const SnFusedConv2d *options, const int64_t x[4]) {
  if (sn_cuda_is_pointwise(options)) return SN_CONVOLUTION_POINTWISE;
  return sn_cuda_suits_tiles(options, x) ? SN_CONVOLUTION_IM2COL : SN_CONVOLUTION_DIRECT;
}

int64_t sn_cuda_conv2d_prepared_count(const SnFusedConv2d *options) { return sn_cuda_weight_count(options); }

bool sn_cuda_conv2d_prepare(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  const SnArray *weight = call->in[0], *prepared = call->out[0];
  if (options->algorithm == SN_CONVOLUTION_IM2COL)
    return sn_cuda_arrange_weight(options, (const float *)weight->data, (float *)prepared->data);
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
    case SN_CONVOLUTION_IM2COL: {
      size_t bytes = sn_cuda_tiles_bytes(&c);
      float *partial = bytes > 0 ? (float *)sn_cuda_scratch(bytes) : nullptr;
      return (bytes == 0 || partial) && sn_cuda_convolve_tiles(&c, partial);
    }
    default:
      return sn_cuda_convolve_direct(&c);
  }
}
