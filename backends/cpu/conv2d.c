#include <string.h>

#include "backends/cpu/blas.h"
#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/convolution.h"
#include "backends/cpu/gemm.h"
#include "backends/cpu/pool.h"

/* A block makes some outputs of one group at some positions: at part of one image's, or, where images are small, at all
 * positions of several. */
typedef struct Forward {
  SnConvolution c;
  const float *x, *weight, *bias;
  float *y;
  int64_t images_per_block, image_blocks; /* one of images_per_block and position_parts is 1 */
  int64_t position_parts, output_parts;
  int64_t columns, outputs; /* at most, of a block */
} Forward;

static void cut(Forward *f) {
  enum { COLUMNS = 256, MATRIX = 1 << 18, BLOCKS = 4, OUTPUTS = 64 };
  const SnConvolution *c = &f->c;
  int64_t wanted = c->pointwise ? 2 * COLUMNS : sn_larger(COLUMNS, MATRIX / sn_larger(c->rows, 1));
  f->position_parts = sn_larger(1, (c->positions + wanted / 2) / wanted);
  f->image_blocks = sn_divide_up(c->images, sn_larger(1, COLUMNS / c->positions));
  f->images_per_block = sn_divide_up(c->images, f->image_blocks);
  f->image_blocks = sn_divide_up(c->images, f->images_per_block);
  f->output_parts = 1;
  while (f->image_blocks * f->position_parts * c->groups * f->output_parts < BLOCKS &&
         c->outputs / f->output_parts >= 2 * OUTPUTS)
    f->output_parts *= 2;
  f->columns = f->images_per_block * sn_divide_up(c->positions, f->position_parts);
  f->outputs = sn_divide_up(c->outputs, f->output_parts);
}

static void add_bias(float *y, int64_t pitch, const float *bias, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) y[i * pitch + j] += bias[i];
}

static void forward_block(void *context, int64_t block) {
  const Forward *f = context;
  const SnConvolution *c = &f->c;
  int64_t output_part = block % f->output_parts, rest = block / f->output_parts;
  int64_t position_part = rest % f->position_parts, group = rest / f->position_parts % c->groups;
  int64_t image = rest / f->position_parts / c->groups * f->images_per_block;
  int64_t images = sn_smaller(f->images_per_block, c->images - image);
  int64_t position = sn_part(c->positions, f->position_parts, position_part);
  int64_t columns = sn_part(c->positions, f->position_parts, position_part + 1) - position;
  int64_t output = group * c->outputs + sn_part(c->outputs, f->output_parts, output_part);
  int64_t outputs = group * c->outputs + sn_part(c->outputs, f->output_parts, output_part + 1) - output;

  const float *x = f->x + (image * c->groups + group) * c->channels * c->area;
  float *y = f->y + (image * c->groups * c->outputs + output) * c->positions + position;
  int64_t x_step = c->groups * c->channels * c->area, y_step = c->groups * c->outputs * c->positions;
  SnMatrix weight = {f->weight + output * c->rows, c->rows, false}, windows = {x + position, c->area, false};
  int64_t all = images * columns;
  if (!c->pointwise || images > 1) {
    float *matrix = sn_scratch();
    for (int64_t i = 0; i < images; i++)
      SN_CPU(gather_windows)(&c->windows, x + i * x_step, 0, c->rows, position, columns, matrix + i * columns, all);
    windows = (SnMatrix){matrix, all, false};
  }
  float *product = images > 1 ? (float *)sn_scratch() + c->rows * f->columns : y;
  int64_t pitch = images > 1 ? all : c->positions;
  SN_CPU(gemm)(outputs, all, c->rows, weight, windows, false, product, pitch);
  if (f->bias) add_bias(product, pitch, f->bias + output, outputs, all);
  for (int64_t i = 0; images > 1 && i < images; i++)
    for (int64_t o = 0; o < outputs; o++)
      memcpy(y + i * y_step + o * c->positions, product + o * all + i * columns, (size_t)columns * sizeof *y);
}

static SnFusedConv2d options_of(const SnConv2d *conv2d, const SnArray *x, const SnArray *weight) {
  return (SnFusedConv2d){
      .conv2d = *conv2d, .in = x->shape[1], .out = weight->shape[0], .kernel = {weight->shape[2], weight->shape[3]}};
}

bool SN_CPU(conv2d)(const SnCall *call) {
  const SnArray *x = call->in[0], *weight = call->in[1], *bias = call->in[2], *y = call->out[0];
  if (!sn_is_float32(x)) return false;
  if (sn_array_count(y) == 0) return true;
  SnCall fused = {.in = {x, weight, bias},
                  .out = {call->out[0]},
                  .attributes.fused_conv2d = options_of(&call->attributes.conv2d, x, weight)};
  if (SN_CPU(depthwise_takes)(&fused.attributes.fused_conv2d)) return SN_CPU(depthwise_run)(&fused);
  Forward f = {.x = x->data, .weight = weight->data, .bias = bias ? bias->data : NULL, .y = y->data};
  if (!SN_CPU(convolution)(&f.c, x, weight, y, &call->attributes.conv2d) || !sn_blas_ready()) return false;
  cut(&f);
  bool several = f.images_per_block > 1;
  size_t matrix = f.c.pointwise && !several ? 0 : (size_t)(f.c.rows * f.columns);
  size_t product = several ? (size_t)(f.outputs * f.columns) : 0;
  return sn_parallel_with_scratch(f.image_blocks * f.c.groups * f.position_parts * f.output_parts,
                                  (matrix + product) * sizeof(float), forward_block, &f);
}

/* ---- dx: each block owns some channels of one image; it makes the gradient of their windows and adds it up ---- */

typedef struct Backward {
  SnConvolution c;
  const float *dy, *weight, *x;
  float *dx, *dweight;
  int64_t parts, output_parts, columns;
} Backward;

static void input_block(void *context, int64_t block) {
  const Backward *b = context;
  const SnConvolution *c = &b->c;
  int64_t part = block % b->parts, group = block / b->parts % c->groups, image = block / b->parts / c->groups;
  int64_t channel = sn_part(c->channels, b->parts, part);
  int64_t channels = sn_part(c->channels, b->parts, part + 1) - channel, cells = c->rows / c->channels;
  const float *dy = b->dy + (image * c->groups + group) * c->outputs * c->positions;
  float *dx = b->dx + ((image * c->groups + group) * c->channels + channel) * c->area, *matrix = sn_scratch();
  SnMatrix weight = {b->weight + group * c->outputs * c->rows + channel * cells, c->rows, true};
  if (c->pointwise) {
    SN_CPU(gemm)(channels, c->positions, c->outputs, weight, (SnMatrix){dy, c->positions, false}, false, dx, c->area);
    return;
  }
  memset(dx, 0, (size_t)(channels * c->area) * sizeof *dx);
  for (int64_t position = 0; position < c->positions; position += b->columns) {
    int64_t columns = sn_smaller(b->columns, c->positions - position);
    SnMatrix gradient = {dy + position, c->positions, false};
    SN_CPU(gemm)(channels * cells, columns, c->outputs, weight, gradient, false, matrix, columns);
    SN_CPU(scatter_windows)(&c->windows, matrix, columns, 0, channels * cells, position, columns, dx);
  }
}

bool SN_CPU(conv2d_backward_input)(const SnCall *call) {
  enum { ROWS = 256, MATRIX = 1 << 18, BLOCKS = 4 };
  const SnArray *dy = call->in[0], *weight = call->in[1], *dx = call->out[0];
  if (!sn_is_float32(dy)) return false;
  if (sn_array_count(dx) == 0) return true;
  Backward b = {.dy = dy->data, .weight = weight->data, .dx = dx->data};
  if (!SN_CPU(convolution)(&b.c, dx, weight, dy, &call->attributes.conv2d) || !sn_blas_ready()) return false;
  int64_t cells = weight->shape[2] * weight->shape[3], wanted = sn_larger(1, ROWS / cells);
  b.parts = sn_larger(1, b.c.channels / wanted);
  if (b.c.images * b.c.groups * b.parts < BLOCKS) b.parts = sn_smaller(b.c.channels, BLOCKS);
  int64_t rows = sn_divide_up(b.c.channels, b.parts) * cells;
  b.columns = sn_larger(1, sn_smaller(b.c.positions, sn_larger(ROWS, MATRIX / rows)));
  size_t bytes = b.c.pointwise ? 0 : (size_t)(rows * b.columns) * sizeof(float);
  return sn_parallel_with_scratch(b.c.images * b.c.groups * b.parts, bytes, input_block, &b);
}

/* ---- dweight: each block owns some outputs and some rows of one group, and goes through all images ---- */

static void weight_block(void *context, int64_t block) {
  const Backward *b = context;
  const SnConvolution *c = &b->c;
  int64_t part = block % b->parts, rest = block / b->parts;
  int64_t output_part = rest % b->output_parts, group = rest / b->output_parts;
  int64_t row = sn_part(c->rows, b->parts, part), rows = sn_part(c->rows, b->parts, part + 1) - row;
  int64_t output = group * c->outputs + sn_part(c->outputs, b->output_parts, output_part);
  int64_t outputs = group * c->outputs + sn_part(c->outputs, b->output_parts, output_part + 1) - output;
  float *dweight = b->dweight + output * c->rows + row, *matrix = sn_scratch();
  for (int64_t image = 0; image < c->images; image++) {
    const float *x = b->x + (image * c->groups + group) * c->channels * c->area;
    const float *dy = b->dy + (image * c->groups * c->outputs + output) * c->positions;
    for (int64_t position = 0; position < c->positions; position += b->columns) {
      int64_t columns = sn_smaller(b->columns, c->positions - position);
      SnMatrix windows = {x + row * c->area + position, c->area, true};
      if (!c->pointwise) {
        SN_CPU(gather_windows)(&c->windows, x, row, rows, position, columns, matrix, columns);
        windows = (SnMatrix){matrix, columns, true};
      }
      SnMatrix gradient = {dy + position, c->positions, false};
      SN_CPU(gemm)(outputs, rows, columns, gradient, windows, image + position > 0, dweight, c->rows);
    }
  }
}

bool SN_CPU(conv2d_backward_weight)(const SnCall *call) {
  enum { ROWS = 512, COLUMNS = 1024, BLOCKS = 4, NARROW = 32 };
  const SnArray *dy = call->in[0], *x = call->in[1], *dweight = call->out[0];
  if (!sn_is_float32(dy)) return false;
  Backward b = {.dy = dy->data, .x = x->data, .dweight = dweight->data};
  if (!SN_CPU(convolution)(&b.c, x, dweight, dy, &call->attributes.conv2d) || !sn_blas_ready()) return false;
  if (sn_array_count(dy) == 0 || sn_array_count(dweight) == 0) {
    memset(dweight->data, 0, (size_t)sn_array_count(dweight) * sizeof(float));
    return true;
  }
  b.parts = 2 * sn_divide_up(b.c.rows, 2 * ROWS);
  if (b.c.groups * b.parts < BLOCKS) b.parts = BLOCKS;
  b.parts = sn_larger(1, sn_smaller(b.parts, b.c.rows / NARROW));
  b.output_parts = 1;
  while (b.c.groups * b.parts * b.output_parts < BLOCKS && b.c.outputs / b.output_parts >= 2 * NARROW)
    b.output_parts *= 2;
  b.columns = sn_smaller(b.c.positions, COLUMNS);
  size_t bytes = b.c.pointwise ? 0 : (size_t)(sn_divide_up(b.c.rows, b.parts) * b.columns) * sizeof(float);
  return sn_parallel_with_scratch(b.c.groups * b.parts * b.output_parts, bytes, weight_block, &b);
}
