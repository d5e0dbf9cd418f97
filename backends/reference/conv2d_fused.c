/* What a plan makes of a convolution and its followers: y = activation(conv2d(x, weight) + bias + residual). The
 * prepared weight is the weight itself, row by row; what other backends prepared in their ways is theirs to read. */
#include "backends/reference/activations.h"
#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

bool sn_reference_conv2d_prepare(const SnCall *call) {
  if (call->attributes.fused_conv2d.algorithm != SN_CONVOLUTION_DIRECT) return false;
  for (int64_t i = 0; i < sn_array_count(call->in[0]); i++) sn_set(call->out[0], i, sn_get(call->in[0], i));
  return true;
}

static double output_at(const SnCall *call, int64_t n, int64_t o, int64_t i, int64_t j) {
  const SnArray *x = call->in[0], *prepared = call->in[1], *bias = call->in[2], *residual = call->in[3];
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  const SnConv2d *c = &options->conv2d;
  int64_t channels = options->in / c->groups, group = o / (options->out / c->groups);
  double sum = bias ? sn_get(bias, o) : 0;
  for (int64_t channel = 0; channel < channels; channel++)
    for (int64_t k = 0; k < options->kernel[0]; k++)
      for (int64_t l = 0; l < options->kernel[1]; l++) {
        int64_t h = i * c->stride[0] - c->padding[0] + k * c->dilation[0];
        int64_t w = j * c->stride[1] - c->padding[1] + l * c->dilation[1];
        if (h < 0 || h >= x->shape[2] || w < 0 || w >= x->shape[3]) continue;
        int64_t weight = ((o * channels + channel) * options->kernel[0] + k) * options->kernel[1] + l;
        sum += sn_get(prepared, weight) * sn_get(x, sn_at4(x, n, group * channels + channel, h, w));
      }
  if (residual) sum += sn_get(residual, sn_at4(residual, n, o, i, j));
  return sn_activated(sum, options->activation, options->slope);
}

bool sn_reference_conv2d_fused(const SnCall *call) {
  if (call->attributes.fused_conv2d.algorithm != SN_CONVOLUTION_DIRECT) return false;
  const SnArray *y = call->out[0];
  for (int64_t n = 0; n < y->shape[0]; n++)
    for (int64_t o = 0; o < y->shape[1]; o++)
      for (int64_t i = 0; i < y->shape[2]; i++)
        for (int64_t j = 0; j < y->shape[3]; j++) sn_set(y, sn_at4(y, n, o, i, j), output_at(call, n, o, i, j));
  return true;
}
