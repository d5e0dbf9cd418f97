/* The image of a convolution of packed elements, with its padding: [N][groups][steps][phases][plane], a step being some
 * neighbouring channels, or nothing but zeros behind the last. A phase holds every stride-th row and column, so that
 * whatever the stride is, an element of the kernel meets positions that lie side by side. */
#include <string.h>

#include "backends/cpu/conv2d_packed.h"
#include "backends/cpu/lanes.h"
#include "backends/cpu/packed_quantize.h"
#include "backends/cpu/pool.h"

typedef SnPackedConvolution Packed;

/* What zeros are. */
static void fill_blank(const Packed *p, float *to, int64_t count) {
  int byte = p->form.unit == SN_PACKED_INT8 ? p->x_quantization.zero_point : 0;
  memset(to, byte, (size_t)count * sizeof *to);
}

/* A row of channels as steps, `left` zeros before it and others behind it, `pitch` in all; those that are NULL are
 * zeros.
 */
SN_INLINE void pack_channels(const Packed *p, const int64_t unit, const float *const rows[], int64_t left,
                             int64_t width, float *to, int64_t pitch) {
  SnQuantizer quantizer = sn_quantizer(p->x_quantization);
  for (int64_t j = 0; j < pitch; j += SN_LANES) {
    SnLanes lanes = sn_lanes(left - j, left + width - j);
    SnVector x[SN_PACKED_MOST];
    for (int64_t c = 0; c < unit; c++) x[c] = rows[c] ? sn_load_lanes(rows[c] + j - left, lanes) : sn_repeat(0);
    sn_store_lanes(to + j, sn_lanes(0, pitch - j), sn_pack(unit, &quantizer, x));
  }
}

static void pack_row(const Packed *p, const float *const rows[], int64_t left, int64_t width, float *to,
                     int64_t pitch) {
  if (p->form.unit == SN_PACKED_INT8)
    pack_channels(p, SN_PACKED_INT8, rows, left, width, to, pitch);
  else
    pack_channels(p, SN_PACKED_BFLOAT16, rows, left, width, to, pitch);
}

/* Of steps already: as they are. */
static void copy_row(const Packed *p, const float *row, float *to) {
  int64_t left = p->conv2d.padding[1], width = sn_smaller(p->size[1], p->pitch - left);
  fill_blank(p, to, left);
  memcpy(to + left, row, (size_t)width * sizeof *to);
  fill_blank(p, to + left + width, p->pitch - left - width);
}

/* to[j] = row[j stride - left], zero where the row is not. */
static void take_columns(const Packed *p, const float *row, int64_t left, float *to, bool of_channels) {
  int64_t stride = p->conv2d.stride[1], end = p->size[1] + left;
  int64_t from = sn_smaller(left > 0 ? sn_divide_up(left, stride) : 0, p->pitch);
  int64_t until = sn_larger(sn_smaller(end > 0 ? sn_divide_up(end, stride) : 0, p->pitch), from);
  int64_t j = from;
  for (; stride == 2 && j + SN_LANES < until; j += SN_LANES) /* not the last: nothing may lie behind it */
    sn_store(to + j, sn_even(sn_load(row + 2 * j - left), sn_load(row + 2 * j - left + SN_LANES)));
  for (; j < until; j++) to[j] = row[j * stride - left];
  if (of_channels) {
    memset(to, 0, (size_t)from * sizeof *to);
    memset(to + until, 0, (size_t)(p->pitch - until) * sizeof *to);
  } else {
    fill_blank(p, to, from);
    fill_blank(p, to + until, p->pitch - until);
  }
}

/* A line of a step, from row `row` of the group's image: its columns' phases lie a plane apart. */
static void pack_line(const Packed *p, const float *image, int64_t step, int64_t row, float *to) {
  int64_t unit = p->form.unit, area = p->size[0] * p->size[1];
  const float *first = image + step * (p->x_packed ? 1 : unit) * area + row * p->size[1], *rows[SN_PACKED_MOST];
  float *steps = sn_scratch();
  for (int64_t c = 0; c < unit; c++) rows[c] = step * unit + c < p->form.in ? first + c * area : NULL;
  if (p->conv2d.stride[1] == 1) {
    if (p->x_packed)
      copy_row(p, first, to);
    else
      pack_row(p, rows, p->conv2d.padding[1], p->size[1], to, p->pitch);
    return;
  }
  if (!p->x_packed) pack_row(p, rows, 0, p->size[1], steps, p->size[1]);
  for (int64_t phase = 0; phase < p->phases[1]; phase++)
    take_columns(p, p->x_packed ? first : steps, p->conv2d.padding[1] - phase, to + phase * p->plane, false);
}

/* The same where columns of the kernel are channels. */
static void pack_folded_line(const Packed *p, const float *image, int64_t step, int64_t row, float *to) {
  int64_t unit = p->form.unit, area = p->size[0] * p->size[1], channels = sn_smaller(unit, p->form.in - step * unit);
  float *lines = sn_scratch();
  const float *rows[SN_PACKED_MOST] = {NULL};
  for (int64_t c = 0; c < channels; c++) {
    int64_t channel = (step * unit + c) / p->columns, column = (step * unit + c) % p->columns;
    take_columns(p, image + channel * area + row * p->size[1], p->conv2d.padding[1] - column * p->conv2d.dilation[1],
                 lines + c * p->pitch, true);
    rows[c] = lines + c * p->pitch;
  }
  pack_row(p, rows, 0, p->pitch, to, p->pitch);
}

void SN_CPU(packed_image_block)(void *context, int64_t block) {
  const Packed *p = context;
  int64_t step = block % p->form.steps, planes = p->x_packed ? sn_divide_up(p->channels, p->form.unit) : p->channels;
  const float *image = p->x + block / p->form.steps * planes * p->size[0] * p->size[1];
  float *to = (float *)sn_shared_scratch() + block * p->step;
  if (step * p->form.unit >= p->form.in) {
    fill_blank(p, to, p->step);
    return;
  }
  for (int64_t phase = 0; phase < p->phases[0]; phase++)
    for (int64_t i = 0; i < p->rows; i++) {
      int64_t row = i * p->conv2d.stride[0] + phase - p->conv2d.padding[0];
      float *line = to + phase * p->phases[1] * p->plane + i * p->pitch;
      if (row < 0 || row >= p->size[0])
        for (int64_t q = 0; q < p->phases[1]; q++) fill_blank(p, line + q * p->plane, p->pitch);
      else if (p->form.folded)
        pack_folded_line(p, image, step, row, line);
      else
        pack_line(p, image, step, row, line);
    }
}
