/* Walks strided arrays of one shape together, row by row, on all threads. */
#ifndef SN_BACKENDS_CPU_STRIDED_H
#define SN_BACKENDS_CPU_STRIDED_H

#include "backends/cpu/cpu.h"

enum { SN_MAX_OPERANDS = 4 };

/* Several arrays over one shape, with as few dimensions as they allow: those of size 1 are left out, and neighbours
 * that lie without a gap in every array are joined. At least one dimension. */
typedef struct SnStrided {
  int operands, ndim;
  int64_t shape[SN_MAX_DIMS];
  int64_t stride[SN_MAX_OPERANDS][SN_MAX_DIMS]; /* in elements */
  char *data[SN_MAX_OPERANDS];
  int64_t size[SN_MAX_OPERANDS]; /* bytes an element */
} SnStrided;

SnStrided SN_CPU(collapse)(int operands, const SnArray *const *arrays);

/* A row: n elements; element i of operand o is i * stride[o] elements after data[o]. */
typedef void (*SnRow)(int64_t n, void *const *data, const int64_t *stride, const void *parameters);

/* Calls row for every row, or piece of a long row, of the arrays. Rows may come in any order, on any thread. */
void SN_CPU(each_row)(const SnStrided *arrays, SnRow row, const void *parameters);

#endif
