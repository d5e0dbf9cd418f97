/* A strided view of an n-dimensional array in some backend's memory: what kernels read and write. Owns nothing. */
#ifndef SN_BACKENDS_ARRAY_H
#define SN_BACKENDS_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SN_MAX_DIMS = 6 };

typedef enum SnDtype { SN_FLOAT32, SN_FLOAT64, SN_INT64, SN_UINT8, SN_FLOAT16, SN_BFLOAT16, SN_DTYPE_COUNT } SnDtype;

typedef struct SnArray {
  void *data; /* the first element */
  SnDtype dtype;
  int ndim;
  int64_t shape[SN_MAX_DIMS];
  int64_t stride[SN_MAX_DIMS]; /* in elements; 0 repeats one element along the dimension */
} SnArray;

static inline size_t sn_dtype_size(SnDtype dtype) {
  static const size_t sizes[SN_DTYPE_COUNT] = {4, 8, 8, 1, 2, 2};
  return sizes[dtype];
}

static inline int64_t sn_array_count(const SnArray *a) {
  int64_t count = 1;
  for (int d = 0; d < a->ndim; d++) count *= a->shape[d];
  return count;
}

/* Elements are in row-major order without gaps; no elements at all are so, too. */
static inline bool sn_array_is_contiguous(const SnArray *a) {
  int64_t expected = 1;
  if (sn_array_count(a) == 0) return true;
  for (int d = a->ndim - 1; d >= 0; d--) {
    if (a->shape[d] != 1 && a->stride[d] != expected) return false;
    expected *= a->shape[d];
  }
  return true;
}

#endif
