/* Single elements of arrays, whatever their dtype and strides. */
#ifndef SN_BACKENDS_REFERENCE_ELEMENTS_H
#define SN_BACKENDS_REFERENCE_ELEMENTS_H

#include "backends/array.h"
#include "backends/float16.h"

/* The element that is `offset` elements after the first. Exact, except for int64 beyond 2^53. */
static inline double sn_get(const SnArray *a, int64_t offset) {
  switch (a->dtype) {
    case SN_FLOAT32:
      return (double)((const float *)a->data)[offset];
    case SN_FLOAT64:
      return ((const double *)a->data)[offset];
    case SN_INT64:
      return (double)((const int64_t *)a->data)[offset];
    case SN_UINT8:
      return ((const uint8_t *)a->data)[offset];
    case SN_FLOAT16:
      return (double)sn_float_from_float16(((const uint16_t *)a->data)[offset]);
    case SN_BFLOAT16:
      return (double)sn_float_from_bfloat16(((const uint16_t *)a->data)[offset]);
    default:
      return NAN;
  }
}

/* Truncated towards zero; beyond the integers' range the nearest of them, and 0 for NaN. */
static inline int64_t sn_truncate(double value, int64_t low, int64_t high) {
  if (isnan(value)) return 0;
  if (value <= (double)low) return low;
  if (value >= (double)high) return high;
  return (int64_t)value;
}

static inline void sn_set(const SnArray *a, int64_t offset, double value) {
  switch (a->dtype) {
    case SN_FLOAT32:
      ((float *)a->data)[offset] = (float)value;
      break;
    case SN_FLOAT64:
      ((double *)a->data)[offset] = value;
      break;
    case SN_INT64:
      ((int64_t *)a->data)[offset] = sn_truncate(value, INT64_MIN, INT64_MAX);
      break;
    case SN_UINT8:
      ((uint8_t *)a->data)[offset] = (uint8_t)sn_truncate(value, 0, UINT8_MAX);
      break;
    case SN_FLOAT16:
      ((uint16_t *)a->data)[offset] = sn_float16_from_double(value);
      break;
    case SN_BFLOAT16:
      ((uint16_t *)a->data)[offset] = sn_bfloat16_from_double(value);
      break;
    default:
      break;
  }
}

/* Offsets of an element by its place along each dimension. */
static inline int64_t sn_at2(const SnArray *a, int64_t i, int64_t j) { return i * a->stride[0] + j * a->stride[1]; }

static inline int64_t sn_at3(const SnArray *a, int64_t i, int64_t j, int64_t k) {
  return sn_at2(a, i, j) + k * a->stride[2];
}

static inline int64_t sn_at4(const SnArray *a, int64_t i, int64_t j, int64_t k, int64_t l) {
  return sn_at3(a, i, j, k) + l * a->stride[3];
}

static inline int64_t sn_at(const SnArray *a, const int64_t index[]) {
  int64_t offset = 0;
  for (int d = 0; d < a->ndim; d++) offset += index[d] * a->stride[d];
  return offset;
}

/* To the next place in row-major order; after the last, back to the first. */
static inline void sn_advance(const SnArray *a, int64_t index[]) {
  for (int d = a->ndim - 1; d >= 0; d--) {
    if (++index[d] < a->shape[d]) return;
    index[d] = 0;
  }
}

static inline int64_t sn_smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t sn_larger(int64_t a, int64_t b) { return a > b ? a : b; }

#endif
