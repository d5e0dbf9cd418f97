/* The ways in which fused convolutions are computed, and what they share. */
#ifndef SN_BACKENDS_CPU_CONV2D_FUSED_H
#define SN_BACKENDS_CPU_CONV2D_FUSED_H

#include "backends/cpu/activations.h"
#include "backends/cpu/cpu.h"

/* Functions of SnBackend. */
SnConvolutionAlgorithm SN_CPU(conv2d_choose)(const SnFusedConv2d *options, const int64_t x[4]);
bool SN_CPU(conv2d_supports)(const SnFusedConv2d *options, const int64_t x[4]);
int64_t SN_CPU(conv2d_prepared_count)(const SnFusedConv2d *options);

/* As matrix products of windows, gathered piece by piece: any shape. */
int64_t SN_CPU(panels_count)(const SnFusedConv2d *options);
void SN_CPU(panels_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared);
bool SN_CPU(panels_run)(const SnCall *call);

/* In bfloat16, or in 8 bits where there is one group, of an image that is packed before: any shape; x and y packed
 * already, where there is one group. */
bool SN_CPU(packed_takes)(const SnFusedConv2d *options);
int64_t SN_CPU(packed_count)(const SnFusedConv2d *options);
void SN_CPU(packed_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared);
bool SN_CPU(packed_run)(const SnCall *call);

/* 1x1 of stride 1 in one group, without padding: the image is the matrix, read where it lies. */
bool SN_CPU(pointwise_takes)(const SnFusedConv2d *options);
bool SN_CPU(pointwise_pays)(const SnFusedConv2d *options);
int64_t SN_CPU(pointwise_count)(const SnFusedConv2d *options);
int64_t SN_CPU(pointwise_groups)(int64_t out); /* that outputs are packed in: group g from sn_part(out, groups, g) */
void SN_CPU(pointwise_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared);
bool SN_CPU(pointwise_run)(const SnCall *call);

/* By Winograd's algorithm: 3x3, stride, dilation and groups 1. */
int64_t SN_CPU(winograd_count)(const SnFusedConv2d *options);
void SN_CPU(winograd_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared);
bool SN_CPU(winograd_run)(const SnCall *call);

/* A filter for each channel: any kernel, stride, padding and dilation. The weight is prepared as it is. */
bool SN_CPU(depthwise_takes)(const SnFusedConv2d *options);
bool SN_CPU(depthwise_run)(const SnCall *call);

/* The same without copying the image. */
bool SN_CPU(depthwise_direct_takes)(const SnFusedConv2d *options);
bool SN_CPU(depthwise_direct_run)(const SnCall *call);

/* As a matrix product, of images of one pixel. */
int64_t SN_CPU(rows_count)(const SnFusedConv2d *options);
void SN_CPU(rows_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared);
bool SN_CPU(rows_run)(const SnCall *call);

/* In groups of as many channels out as in, four to 64: any kernel, stride, padding and dilation. */
bool SN_CPU(grouped_takes)(const SnFusedConv2d *options);
int64_t SN_CPU(grouped_count)(const SnFusedConv2d *options);
void SN_CPU(grouped_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared);
bool SN_CPU(grouped_run)(const SnCall *call);

/* Of few channels, straight from padded rows: any kernel, stride, padding and dilation. */
bool SN_CPU(shallow_takes)(const SnFusedConv2d *options);
int64_t SN_CPU(shallow_count)(const SnFusedConv2d *options);
void SN_CPU(shallow_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared);
bool SN_CPU(shallow_run)(const SnCall *call);

/* What follows the sum of products. */
typedef struct SnEpilogue {
  const float *bias, *residual; /* [O] and as y, or NULL */
  SnActivation activation;
  float slope;
} SnEpilogue;

static inline SnEpilogue sn_epilogue(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  return (SnEpilogue){call->in[2] ? call->in[2]->data : NULL, call->in[3] ? call->in[3]->data : NULL,
                      options->activation, (float)options->slope};
}

/* The activations beside none, ReLU, leaky ReLU and ReLU6, which are written out where sums are finished. */
SnVector SN_CPU(activate)(SnActivation activation, SnVector x);
void SN_CPU(activate_all)(SnActivation activation, int64_t count, SnVector x[]);

/* The activation of a few vectors, asked for once: `count` is a constant, at most 24, and the vectors stay
 * in registers. */
SN_INLINE void sn_activate_vectors(SnActivation activation, float slope, const int count, SnVector x[]) {
#define EACH(statement) \
  SN_UNROLLED           \
  for (int i = 0; i < count; i++) statement
  SnVector factor = sn_repeat(slope);
  if (activation == SN_ACTIVATION_RELU) {
    EACH(x[i] = sn_vector_relu(x[i]));
  } else if (activation == SN_ACTIVATION_RELU6) {
    EACH(x[i] = sn_vector_relu6(x[i]));
  } else if (activation == SN_ACTIVATION_LEAKY_RELU) {
    EACH(x[i] = sn_vector_leaky_relu(x[i], factor));
  } else if (activation == SN_ACTIVATION_HARD_SWISH) {
    EACH(x[i] = sn_vector_hard_swish(x[i]));
  } else if (activation != SN_ACTIVATION_NONE) {
    SnVector others[24]; /* a copy: what a function gets the address of stays in no register */
    EACH(others[i] = x[i]);
    SN_CPU(activate_all)(activation, count, others);
    EACH(x[i] = others[i]);
  }
#undef EACH
}

/* The result for output channel o, at element `at` of y and residual. */
static inline float sn_finish(const SnEpilogue *e, float sum, int64_t o, int64_t at) {
  if (e->bias) sum += e->bias[o];
  if (e->residual) sum += e->residual[at];
  if (e->activation > SN_ACTIVATION_RELU6) return SN_CPU(activate)(e->activation, sn_repeat(sum))[0];
  if (e->activation == SN_ACTIVATION_RELU6 && sum > 6) return 6;
  if (e->activation == SN_ACTIVATION_NONE || !(sum <= 0)) return sum;
  return e->activation == SN_ACTIVATION_LEAKY_RELU ? e->slope * sum : 0.0f;
}

/* The same for SN_LANES elements of one channel from `at`. */
static inline SnVector sn_finish_vector(const SnEpilogue *e, SnVector sum, int64_t o, int64_t at) {
  if (e->bias) sum += sn_repeat(e->bias[o]);
  if (e->residual) sum += sn_load(e->residual + at);
  if (e->activation == SN_ACTIVATION_NONE) return sum;
  if (e->activation > SN_ACTIVATION_RELU6) return SN_CPU(activate)(e->activation, sum);
  if (e->activation == SN_ACTIVATION_RELU6) return sn_vector_relu6(sum);
  return e->activation == SN_ACTIVATION_RELU ? sn_vector_relu(sum) : sn_vector_leaky_relu(sum, sn_repeat(e->slope));
}

/* The same for `count` sums, those of the elements of y from `at`. */
static inline void sn_finish_line(const SnEpilogue *e, const float *sums, int64_t o, int64_t at, int64_t count,
                                  float *y) {
  int64_t i = 0;
  for (; i + SN_LANES <= count; i += SN_LANES) sn_store(y + at + i, sn_finish_vector(e, sn_load(sums + i), o, at + i));
  if (i < count && count >= SN_LANES) { /* again from further left: the same numbers twice */
    i = count - SN_LANES;
    sn_store(y + at + i, sn_finish_vector(e, sn_load(sums + i), o, at + i));
    return;
  }
  for (; i < count; i++) y[at + i] = sn_finish(e, sums[i], o, at + i);
}

#endif
