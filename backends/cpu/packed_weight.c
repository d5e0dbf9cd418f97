/* The weight of a convolution of packed elements: [groups][tiles of outputs][as a tile has it]; in 8 bits, what a sum
 * of each output counts and what is taken from it before follow. */
#include <math.h>
#include <string.h>

#include "backends/cpu/conv2d_packed.h"
#include "backends/cpu/packed_quantize.h"
#include "backends/cpu/pool.h"

int64_t SN_CPU(packed_count)(const SnFusedConv2d *options) {
  SnPackedForm f = SN_CPU(packed_form)(options);
  return options->conv2d.groups * (f.weights + (f.unit == SN_PACKED_INT8 ? 2 * f.out : 0));
}

typedef struct Prepare {
  const SnFusedConv2d *options;
  SnPackedForm form;
  const float *weight;
  float *prepared, *factors;
  int32_t *corrections;
} Prepare;

/* Of one output: a channel's weight at element `cell` of the kernel. */
static float weight_at(const Prepare *p, const float *weight, int64_t channel, int64_t cell) {
  const SnPackedForm *f = &p->form;
  int64_t width = p->options->kernel[1];
  if (channel >= f->in) return 0;
  if (!f->folded) return weight[channel * f->cells + cell];
  return weight[(channel / width * f->cells + cell) * width + channel % width];
}

static float bfloat16_step(const Prepare *p, const float *weight, int64_t channel, int64_t cell) {
  return sn_pair_bfloat16(sn_repeat(weight_at(p, weight, channel, cell)),
                          sn_repeat(weight_at(p, weight, channel + 1, cell)))[0];
}

static float largest(const float *weight, int64_t count) {
  float most = 0;
  for (int64_t i = 0; i < count; i++) most = fmaxf(most, fabsf(weight[i]));
  return most;
}

static float int8_step(const Prepare *p, const float *weight, int64_t channel, int64_t cell, float factor,
                       int32_t *sum) {
  int8_t bytes[SN_PACKED_INT8];
  float step;
  for (int64_t c = 0; c < SN_PACKED_INT8; c++) {
    bytes[c] = (int8_t)lrintf(factor * weight_at(p, weight, channel + c, cell));
    *sum += bytes[c];
  }
  memcpy(&step, bytes, sizeof step);
  return step;
}

static void prepare_row(const Prepare *p, int64_t o, int64_t r, int64_t rows, float *to) {
  const SnPackedForm *f = &p->form;
  int64_t inputs = p->options->in / p->options->conv2d.groups * p->options->kernel[0] * p->options->kernel[1];
  const float *from = p->weight + o * inputs;
  bool is_int8 = f->unit == SN_PACKED_INT8;
  float most = is_int8 ? largest(from, inputs) : 0, factor = most > 0 ? 127 / most : 0;
  int32_t sum = 0;
  for (int64_t cell = 0; cell < f->cells; cell++)
    for (int64_t k = 0; k * f->unit < f->in; k++)
      to[sn_packed_weight(r, rows, cell * f->steps + k)] =
          is_int8 ? int8_step(p, from, k * f->unit, cell, factor, &sum) : bfloat16_step(p, from, k * f->unit, cell);
  if (!is_int8) return;
  p->factors[o] = most / 127 * p->options->x_quantization.scale;
  p->corrections[o] = p->options->x_quantization.zero_point * sum;
}

/* A block is one tile of one group. */
static void prepare_block(void *context, int64_t block) {
  const Prepare *p = context;
  const SnPackedForm *f = &p->form;
  int64_t group = block / f->tiles, t = block % f->tiles, o = sn_packed_tile_start(f, t);
  int64_t rows = sn_packed_tile_start(f, t + 1) - o;
  float *to = p->prepared + group * f->weights + sn_packed_weights_before(f, t);
  memset(to, 0, (size_t)sn_packed_weights(rows, f->cells * f->steps) * sizeof *to);
  for (int64_t r = 0; r < rows; r++) prepare_row(p, group * f->out + o + r, r, rows, to);
}

void SN_CPU(packed_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared) {
  Prepare p = {.options = options, .form = SN_CPU(packed_form)(options), .weight = weight, .prepared = prepared};
  p.factors = prepared + options->conv2d.groups * p.form.weights;
  p.corrections = (int32_t *)(p.factors + options->out);
  sn_parallel(options->conv2d.groups * p.form.tiles, prepare_block, &p);
}
