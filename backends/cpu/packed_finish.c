/* What becomes of the sums of a convolution of packed elements. */
#include "backends/cpu/conv2d_packed.h"
#include "backends/cpu/lanes.h"
#include "backends/cpu/packed_quantize.h"

typedef SnPackedConvolution Packed;

/* Part of a panel that lies in one row of the output. */
typedef struct Part {
  const float *sums;     /* of the first output; the next one's are SN_TILE_WIDTH further */
  int64_t o, rows;       /* outputs */
  int64_t at, packed_at; /* the first element's place: in arrays of channels, in those of steps */
  const float *residual; /* of the first output; NULL: none, or packed */
  float *shares;
  int64_t positions; /* to the next channel, or step */
  int64_t count;     /* of sums side by side */
} Part;

SN_INLINE SnVector number_of(const Packed *p, const int64_t unit, const float *sums, SnLanes lanes, int64_t o) {
  SnVector v = sn_load_lanes(sums, lanes);
  if (unit != SN_PACKED_INT8) return v;
  SnVectorMask sum = (SnVectorMask)v;
  if (p->x_quantization.zero_point != 0) sum -= p->corrections[o];
  return __builtin_convertvector(sum, SnVector) * sn_repeat(p->factors[o]);
}

/* Some sums side by side of `count` outputs from row r on, finished; 0 for rows that are not there. */
SN_INLINE void finish_outputs(const Packed *p, const int64_t unit, const int64_t count, const Part *part, int64_t r,
                              int64_t j, SnLanes lanes, SnVector v[]) {
  const SnEpilogue *e = &p->epilogue;
  SnVector residual = sn_repeat(0);
  if (p->residual_packed)
    residual = sn_load_lanes(e->residual + part->packed_at + r / unit * part->positions + j, lanes);
  for (int64_t u = 0; u < count; u++) {
    int64_t row = r + u;
    v[u] = sn_repeat(0);
    if (row >= part->rows) continue;
    v[u] = number_of(p, unit, part->sums + row * SN_TILE_WIDTH + j, lanes, part->o + row);
    if (e->bias) v[u] += sn_repeat(e->bias[part->o + row]);
    if (p->residual_packed)
      v[u] += sn_dequantize(p->residual_quantization, residual, (int)u);
    else if (part->residual)
      v[u] += sn_load_lanes(part->residual + row * part->positions + j, lanes);
    sn_activate_vectors(e->activation, e->slope, 1, &v[u]);
  }
}

/* The outputs' results times their factors. */
SN_INLINE SnVector share_of(const Packed *p, const Part *part, int64_t r, const int64_t count, const SnVector v[]) {
  SnVector share = sn_repeat(0);
  for (int64_t u = 0; u < count && r + u < part->rows; u++)
    share = sn_multiply_add(sn_repeat(p->tail[part->o + r + u]), v[u], share);
  return share;
}

/* unit: of the sums; y_unit: of y, where it is packed, and no less. */
SN_INLINE void finish_part(const Packed *p, const int64_t unit, const int64_t y_unit, const Part *part) {
  SnQuantizer quantizer = sn_quantizer(p->y_quantization);
  for (int64_t j = 0; j < part->count; j += SN_LANES) {
    SnLanes lanes = sn_lanes(0, part->count - j);
    SnVector shares = sn_repeat(0);
    for (int64_t r = 0; r < part->rows; r += y_unit) {
      SnVector v[SN_PACKED_MOST];
      finish_outputs(p, unit, y_unit, part, r, j, lanes, v);
      if (p->tail)
        shares += share_of(p, part, r, y_unit, v);
      else if (p->y_packed)
        sn_store_lanes(p->y + part->packed_at + r / y_unit * part->positions + j, lanes,
                       sn_pack(y_unit, &quantizer, v));
      else
        for (int64_t u = 0; u < y_unit && r + u < part->rows; u++)
          sn_store_lanes(p->y + part->at + (r + u) * part->positions + j, lanes, v[u]);
    }
    if (p->tail) sn_store_lanes(part->shares + j, lanes, shares);
  }
}

void SN_CPU(packed_finish)(const Packed *p, const float *sums, const SnPackedOutputs *outputs, int64_t pixel) {
  int64_t unit = p->y_unit, positions = p->grid[0] * p->grid[1], steps = sn_divide_up(p->form.out, unit);
  bool is_one_row = p->pitch == p->grid[1]; /* rows lie behind one another in the output as well */
  int64_t columns = is_one_row ? positions : p->grid[1], pitch = is_one_row ? positions : p->pitch;
  int64_t i = pixel / pitch, j = pixel % pitch, image_group = outputs->image_group;
  for (int64_t done = 0, left; done < SN_TILE_WIDTH && i * columns < positions; done += left, i++, j = 0) {
    left = sn_smaller(SN_TILE_WIDTH - done, pitch - j);
    int64_t place = i * columns + j;
    Part part = {.sums = sums + done,
                 .o = image_group % p->groups * p->form.out + outputs->o,
                 .rows = outputs->rows,
                 .at = (image_group * p->form.out + outputs->o) * positions + place,
                 .packed_at = (image_group * steps + outputs->o / unit) * positions + place,
                 .residual = outputs->residual ? outputs->residual + place : NULL,
                 .shares = outputs->shares ? outputs->shares + place : NULL,
                 .positions = positions,
                 .count = sn_smaller(left, columns - j)};
    if (p->form.unit == SN_PACKED_INT8)
      finish_part(p, SN_PACKED_INT8, SN_PACKED_INT8, &part);
    else if (unit == SN_PACKED_INT8)
      finish_part(p, SN_PACKED_BFLOAT16, SN_PACKED_INT8, &part);
    else
      finish_part(p, SN_PACKED_BFLOAT16, SN_PACKED_BFLOAT16, &part);
  }
}
