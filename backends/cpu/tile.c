#include "backends/cpu/tile.h"

SN_INLINE void multiply(const int rows, const int vectors, int64_t depth, const float *a, int64_t a_pitch,
                        const float *b, float *c, int64_t c_pitch, SnAhead ahead) {
  SnVector sum[SN_TILE_ROWS][2];
  SN_UNROLLED
  for (int r = 0; r < rows; r++) sum[r][0] = sum[r][1] = sn_repeat(0);
  for (int64_t k = 0; k < depth; k++) {
    __builtin_prefetch(ahead.from + k * ahead.step, 0, 2);
    SnVector left = sn_load(b + k * SN_TILE_WIDTH), right = sn_load(b + k * SN_TILE_WIDTH + SN_LANES);
    SN_UNROLLED
    for (int r = 0; r < rows; r++) {
      SnVector factor = sn_repeat(a[r * a_pitch + k]);
      sum[r][0] = sn_multiply_add(factor, left, sum[r][0]);
      if (vectors == 2) sum[r][1] = sn_multiply_add(factor, right, sum[r][1]);
    }
  }
  SN_UNROLLED
  for (int r = 0; r < rows; r++) {
    sn_store(c + r * c_pitch, sum[r][0]);
    if (vectors == 2) sn_store(c + r * c_pitch + SN_LANES, sum[r][1]);
  }
}

#define CASE(ROWS)                                                \
  case ROWS:                                                      \
    if (width > SN_LANES)                                         \
      multiply(ROWS, 2, depth, a, a_pitch, b, c, c_pitch, ahead); \
    else                                                          \
      multiply(ROWS, 1, depth, a, a_pitch, b, c, c_pitch, ahead); \
    break;

void SN_CPU(tile_product)(int rows, int64_t width, int64_t depth, const float *a, int64_t a_pitch, const float *b,
                          float *c, int64_t c_pitch, SnAhead ahead) {
  switch (rows) {
    SN_TILE_CASES(CASE)
    default:
      break;
  }
}
