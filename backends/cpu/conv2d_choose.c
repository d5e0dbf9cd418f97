/* Which algorithm a convolution of a plan takes: the one that costs least, as far as has been measured. */
#include <math.h>

#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/conv2d_packed.h"
#include "backends/cpu/precision.h"
#include "backends/cpu/winograd.h"

/* Costs are in multiply-adds of float32. Measured beside them: a weight takes as long to fetch as READ of them, and an
 * element of a tile or a window, on its way through transforms or into its place, as long as TRANSFORM. */
enum { READ = 8, TRANSFORM = 4 };

static bool both_are(const int64_t pair[2], int64_t value) { return pair[0] == value && pair[1] == value; }

static int64_t outputs_along(const SnFusedConv2d *options, const int64_t x[4], int direction) {
  const SnConv2d *c = &options->conv2d;
  int64_t window = (options->kernel[direction] - 1) * c->dilation[direction] + 1;
  return (sn_conv2d_padded_size(c, direction, x[2 + direction]) - window) / c->stride[direction] + 1;
}

static double winograd_cost(const SnFusedConv2d *options, const int64_t x[4], SnConvolutionAlgorithm algorithm) {
  SnFusedConv2d candidate = *options;
  candidate.algorithm = algorithm;
  if (!SN_CPU(conv2d_supports)(&candidate, x)) return INFINITY;
  int side = sn_winograd_side(&candidate), m = sn_winograd_outputs(side);
  double in = (double)options->in, out = (double)options->out, elements = (double)(side * side);
  double tiles =
      (double)(x[0] * sn_divide_up(outputs_along(options, x, 0), m) * sn_divide_up(outputs_along(options, x, 1), m));
  return elements * ((tiles + READ) * in * out + TRANSFORM * tiles * (in + out));
}

static double positions_of(const SnFusedConv2d *options, const int64_t x[4]) {
  return (double)(x[0] * outputs_along(options, x, 0) * outputs_along(options, x, 1));
}

/* Of a product with windows. */
static double product_cost(const SnFusedConv2d *options, const int64_t x[4]) {
  double in = (double)options->in, out = (double)options->out / (double)options->conv2d.groups;
  double cells = (double)(options->kernel[0] * options->kernel[1]), positions = positions_of(options, x);
  return cells * ((positions + READ) * in * out + (cells > 1 ? TRANSFORM * positions * in : 0));
}

/* Of one in bfloat16, whose factors are multiplied `speed` times as fast as float32, and take half the room. */
static double packed_cost(const SnFusedConv2d *options, const int64_t x[4], double speed) {
  double weights = (double)SN_CPU(packed_count)(options) * SN_PACKED_BFLOAT16;
  return weights * (positions_of(options, x) / speed + READ / 2.0) + TRANSFORM * (double)(x[0] * x[1] * x[2] * x[3]);
}

static SnConvolutionAlgorithm choose_float32(const SnFusedConv2d *options, const int64_t x[4], double *cost) {
  SnFusedConv2d candidate = *options;
  candidate.algorithm = SN_CONVOLUTION_ROWS;
  *cost = product_cost(options, x);
  if (SN_CPU(conv2d_supports)(&candidate, x)) return SN_CONVOLUTION_ROWS;
  if (SN_CPU(pointwise_takes)(options) && SN_CPU(pointwise_pays)(options)) return SN_CONVOLUTION_POINTWISE;
  if (both_are(options->kernel, 1) && !sn_conv2d_is_padded(&options->conv2d)) return SN_CONVOLUTION_IM2COL;
  if (SN_CPU(grouped_takes)(options)) return SN_CONVOLUTION_GROUPED;
  double two = winograd_cost(options, x, SN_CONVOLUTION_WINOGRAD_2);
  double four = winograd_cost(options, x, SN_CONVOLUTION_WINOGRAD_4);
  if (*cost <= two && *cost <= four)
    return SN_CPU(shallow_takes)(options) ? SN_CONVOLUTION_SHALLOW : SN_CONVOLUTION_IM2COL;
  *cost = fmin(two, four);
  return two < four ? SN_CONVOLUTION_WINOGRAD_2 : SN_CONVOLUTION_WINOGRAD_4;
}

SnConvolutionAlgorithm SN_CPU(conv2d_choose)(const SnFusedConv2d *options, const int64_t x[4]) {
  double cost, speed = sn_may_round_to_bfloat16(sn_cpu_precision()) ? sn_cpu_bfloat16_speed(SN_PACKED_AMX) : 0;
  if (SN_CPU(depthwise_takes)(options)) return SN_CONVOLUTION_DEPTHWISE;
  SnConvolutionAlgorithm exact = choose_float32(options, x, &cost);
  return speed > 1 && packed_cost(options, x, speed) < cost && SN_CPU(packed_takes)(options) ? SN_CONVOLUTION_BFLOAT16
                                                                                             : exact;
}
