#include "backends/cpu/conv2d_packed.h"

#include "backends/cpu/amx.h"
#include "backends/cpu/packed_quantize.h"

#if SN_PACKED_AMX

typedef struct TileConfiguration {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} TileConfiguration;

/* All eight tiles: 16 rows of 64 bytes. Constant, since gcc 12 takes the instruction to read but the first 8 bytes. */
static const TileConfiguration all = {
    .palette = 1, .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16, 16, 16}};

bool SN_CPU(packed_works)(void) { return sn_cpu_use_amx(); }

void SN_CPU(packed_begin)(void) { _tile_loadconfig(&all); }

void SN_CPU(packed_end)(void) { _tile_release(); }

#define MULTIPLY(SUM, WEIGHT, X)  \
  if (bytes)                      \
    _tile_dpbsud(SUM, WEIGHT, X); \
  else                            \
    _tile_dpbf16ps(SUM, WEIGHT, X)

/* 32 positions of 16 outputs, or where there are `more` of 32: these four tiles, with their factors, take all eight. */
SN_INLINE void multiply(const SnPackedTile *t, const bool more, const bool bytes, float *sums) {
  const float *weight = t->weight;
  size_t pitch = (size_t)t->pitch * sizeof(float);
  _tile_zero(0);
  _tile_zero(1);
  if (more) _tile_zero(2);
  if (more) _tile_zero(3);
  for (int64_t i = 0; i < t->count; i++, weight += 512) {
    const float *x = t->x + t->places[i];
    _tile_loadd(4, weight, 64);
    _tile_loadd(6, x, pitch);
    _tile_loadd(7, x + 16, pitch);
    MULTIPLY(0, 4, 6);
    if (more) _tile_loadd(5, weight + 256, 64);
    MULTIPLY(1, 4, 7);
    if (!more) continue;
    MULTIPLY(2, 5, 6);
    MULTIPLY(3, 5, 7);
  }
  _tile_stored(0, sums, 128);
  _tile_stored(1, sums + 16, 128);
  if (more) _tile_stored(2, sums + 16 * 32, 128);
  if (more) _tile_stored(3, sums + 16 * 32 + 16, 128);
}

void SN_CPU(packed_tile)(const SnPackedTile *tile, int rows, float *sums) {
  if (rows > 16)
    multiply(tile, true, false, sums);
  else
    multiply(tile, false, false, sums);
}

void SN_CPU(packed_tile_int8)(const SnPackedTile *tile, int rows, float *sums) {
  if (rows > 16)
    multiply(tile, true, true, sums);
  else
    multiply(tile, false, true, sums);
}

#else

bool SN_CPU(packed_works)(void) { return true; }
void SN_CPU(packed_begin)(void) {}
void SN_CPU(packed_end)(void) {}

/* Sums are kept as vectors of floats, whatever they are. */
SN_INLINE SnVector multiply_add(const bool bytes, SnVector weight, SnVector x, SnVector sum) {
  if (!bytes) return sn_multiply_add_pairs(weight, x, sum);
  return (SnVector)sn_multiply_add_bytes((SnVectorMask)weight, (SnVectorMask)x, (SnVectorMask)sum);
}

SN_INLINE void multiply(const SnPackedTile *t, const int rows, const bool bytes, float *sums) {
  SnVector sum[SN_TILE_ROWS][2];
  const float *weight = t->weight;
  SN_UNROLLED
  for (int r = 0; r < rows; r++) sum[r][0] = sum[r][1] = sn_repeat(0);
  for (int64_t k = 0; k < t->count; k++, weight += rows) {
    const float *x = t->x + t->places[k];
    __builtin_prefetch(weight + 64 * rows, 0, 3); /* the next tile's as well */
    SnVector left = sn_load(x), right = sn_load(x + SN_LANES);
    SN_UNROLLED
    for (int r = 0; r < rows; r++) {
      SnVector factor = sn_repeat(weight[r]);
      sum[r][0] = multiply_add(bytes, factor, left, sum[r][0]);
      sum[r][1] = multiply_add(bytes, factor, right, sum[r][1]);
    }
  }
  SN_UNROLLED
  for (int r = 0; r < rows; r++) {
    sn_store(sums + r * SN_TILE_WIDTH, sum[r][0]);
    sn_store(sums + r * SN_TILE_WIDTH + SN_LANES, sum[r][1]);
  }
}

#define CASE(ROWS)                     \
  case ROWS:                           \
    multiply(tile, ROWS, false, sums); \
    break;

void SN_CPU(packed_tile)(const SnPackedTile *tile, int rows, float *sums) {
  switch (rows) {
    SN_TILE_CASES(CASE)
    default:
      break;
  }
}

#define INT8_CASE(ROWS)               \
  case ROWS:                          \
    multiply(tile, ROWS, true, sums); \
    break;

void SN_CPU(packed_tile_int8)(const SnPackedTile *tile, int rows, float *sums) {
  switch (rows) {
    SN_TILE_CASES(INT8_CASE)
    default:
      break;
  }
}

#endif
