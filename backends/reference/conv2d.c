/* Convolution, as torch.nn.functional.conv2d: with g the group of output channel o, and zeros outside the image,
 *
 *   y[n,o,i,j] = bias[o] + sum over c, k, l of weight[o,c,k,l] x[n, g C/groups + c, i s - p + k d, j s - p + l d]
 *
 * stride s, padding p and dilation d each in its own direction. The two gradients follow by collecting, for one x or
 * one weight, the terms that it is part of.
 */
#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"
#include "backends/reference/windows.h"

static double output_at(const SnCall *call, int64_t n, int64_t o, int64_t i, int64_t j) {
  const SnArray *x = call->in[0], *weight = call->in[1], *bias = call->in[2];
  const SnConv2d *options = &call->attributes.conv2d;
  int64_t group = o / (weight->shape[0] / options->groups);
  double sum = bias ? sn_get(bias, o) : 0;
  for (int64_t c = 0; c < weight->shape[1]; c++)
    for (int64_t k = 0; k < weight->shape[2]; k++)
      for (int64_t l = 0; l < weight->shape[3]; l++) {
        int64_t h = i * options->stride[0] - options->padding[0] + k * options->dilation[0];
        int64_t w = j * options->stride[1] - options->padding[1] + l * options->dilation[1];
        if (h < 0 || h >= x->shape[2] || w < 0 || w >= x->shape[3]) continue;
        sum += sn_get(weight, sn_at4(weight, o, c, k, l)) * sn_get(x, sn_at4(x, n, group * weight->shape[1] + c, h, w));
      }
  return sum;
}

static double input_gradient_at(const SnCall *call, int64_t n, int64_t channel, int64_t h, int64_t w) {
  const SnArray *dy = call->in[0], *weight = call->in[1];
  const SnConv2d *options = &call->attributes.conv2d;
  int64_t group = channel / weight->shape[1], c = channel % weight->shape[1];
  int64_t group_size = weight->shape[0] / options->groups;
  double sum = 0;
  for (int64_t o = group * group_size; o < (group + 1) * group_size; o++)
    for (int64_t k = 0; k < weight->shape[2]; k++)
      for (int64_t l = 0; l < weight->shape[3]; l++) {
        int64_t i =
            sn_window_with_cell(h, k, options->stride[0], options->padding[0], options->dilation[0], dy->shape[2]);
        int64_t j =
            sn_window_with_cell(w, l, options->stride[1], options->padding[1], options->dilation[1], dy->shape[3]);
        if (i < 0 || j < 0) continue;
        sum += sn_get(weight, sn_at4(weight, o, c, k, l)) * sn_get(dy, sn_at4(dy, n, o, i, j));
      }
  return sum;
}

static double weight_gradient_at(const SnCall *call, int64_t o, int64_t c, int64_t k, int64_t l) {
  const SnArray *dy = call->in[0], *x = call->in[1], *dweight = call->out[0];
  const SnConv2d *options = &call->attributes.conv2d;
  int64_t group = o / (dweight->shape[0] / options->groups);
  double sum = 0;
  for (int64_t n = 0; n < dy->shape[0]; n++)
    for (int64_t i = 0; i < dy->shape[2]; i++)
      for (int64_t j = 0; j < dy->shape[3]; j++) {
        int64_t h = i * options->stride[0] - options->padding[0] + k * options->dilation[0];
        int64_t w = j * options->stride[1] - options->padding[1] + l * options->dilation[1];
        if (h < 0 || h >= x->shape[2] || w < 0 || w >= x->shape[3]) continue;
        sum += sn_get(dy, sn_at4(dy, n, o, i, j)) * sn_get(x, sn_at4(x, n, group * dweight->shape[1] + c, h, w));
      }
  return sum;
}

static bool for_each_output(const SnCall *call,
                            double (*value_at)(const SnCall *, int64_t, int64_t, int64_t, int64_t)) {
  const SnArray *out = call->out[0];
  for (int64_t a = 0; a < out->shape[0]; a++)
    for (int64_t b = 0; b < out->shape[1]; b++)
      for (int64_t c = 0; c < out->shape[2]; c++)
        for (int64_t d = 0; d < out->shape[3]; d++) sn_set(out, sn_at4(out, a, b, c, d), value_at(call, a, b, c, d));
  return true;
}

bool sn_reference_conv2d(const SnCall *call) { return for_each_output(call, output_at); }

bool sn_reference_conv2d_backward_input(const SnCall *call) { return for_each_output(call, input_gradient_at); }

bool sn_reference_conv2d_backward_weight(const SnCall *call) { return for_each_output(call, weight_gradient_at); }
