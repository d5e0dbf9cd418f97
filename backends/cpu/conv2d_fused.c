#include "backends/cpu/conv2d_fused.h"

#include "backends/cpu/winograd.h"

static bool is_winograd(SnConvolutionAlgorithm algorithm) {
  return algorithm == SN_CONVOLUTION_WINOGRAD_2 || algorithm == SN_CONVOLUTION_WINOGRAD_4;
}

static bool is_packed(SnConvolutionAlgorithm algorithm) {
  return algorithm == SN_CONVOLUTION_BFLOAT16 || algorithm == SN_CONVOLUTION_INT8;
}

static bool both_are(const int64_t pair[2], int64_t value) { return pair[0] == value && pair[1] == value; }

static bool takes_winograd(const SnFusedConv2d *options) {
  return both_are(options->kernel, 3) && both_are(options->conv2d.dilation, 1) && options->conv2d.groups == 1;
}

bool SN_CPU(conv2d_supports)(const SnFusedConv2d *options, const int64_t x[4]) {
  const SnConv2d *c = &options->conv2d;
  if (is_packed(options->algorithm)) return SN_CPU(packed_takes)(options);
  if (options->x_packed || options->y_packed || options->residual_packed) return false;
  if (options->residual_interpolated || options->tail) return false;
  switch (options->algorithm) {
    case SN_CONVOLUTION_DIRECT:
    case SN_CONVOLUTION_IM2COL:
      return true;
    case SN_CONVOLUTION_POINTWISE:
      return SN_CPU(pointwise_takes)(options);
    case SN_CONVOLUTION_ROWS:
      return SN_CPU(pointwise_takes)(options) && both_are(x + 2, 1);
    case SN_CONVOLUTION_WINOGRAD_2:
      return takes_winograd(options) && (both_are(c->stride, 1) || both_are(c->stride, 2));
    case SN_CONVOLUTION_WINOGRAD_4:
      return takes_winograd(options) && both_are(c->stride, 1);
    case SN_CONVOLUTION_DEPTHWISE:
      return SN_CPU(depthwise_takes)(options);
    case SN_CONVOLUTION_SHALLOW:
      return SN_CPU(shallow_takes)(options);
    case SN_CONVOLUTION_GROUPED:
      return SN_CPU(grouped_takes)(options);
    default:
      return false;
  }
}

int64_t SN_CPU(conv2d_prepared_count)(const SnFusedConv2d *options) {
  if (options->algorithm == SN_CONVOLUTION_ROWS) return SN_CPU(rows_count)(options);
  if (options->algorithm == SN_CONVOLUTION_GROUPED) return SN_CPU(grouped_count)(options);
  if (options->algorithm == SN_CONVOLUTION_POINTWISE) return SN_CPU(pointwise_count)(options);
  if (options->algorithm == SN_CONVOLUTION_SHALLOW) return SN_CPU(shallow_count)(options);
  if (is_packed(options->algorithm)) return SN_CPU(packed_count)(options);
  return is_winograd(options->algorithm) ? SN_CPU(winograd_count)(options) : SN_CPU(panels_count)(options);
}

/* The reference backend does what is DIRECT, or in another dtype. */
static bool is_ours(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  return (options->x_packed || sn_is_float32(call->in[0])) && options->algorithm != SN_CONVOLUTION_DIRECT;
}

bool SN_CPU(conv2d_prepare)(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  if (!is_ours(call)) return false;
  if (is_winograd(options->algorithm))
    SN_CPU(winograd_prepare)(options, call->in[0]->data, call->out[0]->data);
  else if (options->algorithm == SN_CONVOLUTION_ROWS)
    SN_CPU(rows_prepare)(options, call->in[0]->data, call->out[0]->data);
  else if (options->algorithm == SN_CONVOLUTION_GROUPED)
    SN_CPU(grouped_prepare)(options, call->in[0]->data, call->out[0]->data);
  else if (options->algorithm == SN_CONVOLUTION_POINTWISE)
    SN_CPU(pointwise_prepare)(options, call->in[0]->data, call->out[0]->data);
  else if (options->algorithm == SN_CONVOLUTION_SHALLOW)
    SN_CPU(shallow_prepare)(options, call->in[0]->data, call->out[0]->data);
  else if (is_packed(options->algorithm))
    SN_CPU(packed_prepare)(options, call->in[0]->data, call->out[0]->data);
  else
    SN_CPU(panels_prepare)(options, call->in[0]->data, call->out[0]->data);
  return true;
}

bool SN_CPU(conv2d_fused)(const SnCall *call) {
  if (!is_ours(call)) return false;
  if (sn_array_count(call->out[0]) == 0) return true;
  SnConvolutionAlgorithm algorithm = call->attributes.fused_conv2d.algorithm;
  if (algorithm == SN_CONVOLUTION_DEPTHWISE) return SN_CPU(depthwise_run)(call);
  if (algorithm == SN_CONVOLUTION_ROWS) return SN_CPU(rows_run)(call);
  if (algorithm == SN_CONVOLUTION_GROUPED) return SN_CPU(grouped_run)(call);
  if (algorithm == SN_CONVOLUTION_POINTWISE) return SN_CPU(pointwise_run)(call);
  if (algorithm == SN_CONVOLUTION_SHALLOW) return SN_CPU(shallow_run)(call);
  if (is_packed(algorithm)) return SN_CPU(packed_run)(call);
  return is_winograd(algorithm) ? SN_CPU(winograd_run)(call) : SN_CPU(panels_run)(call);
}
