/* Row functions of elementwise kernels, written as one expression each. Rows of unit stride and rows against one
 * repeated number get loops of their own, which compilers turn into vector code. */
#ifndef SN_BACKENDS_CPU_ROWS_H
#define SN_BACKENDS_CPU_ROWS_H

#include "backends/cpu/cpu.h"
#include "backends/cpu/strided.h"
#include "backends/cpu/vector.h"

static inline bool SN_CPU(elementwise)(const SnCall *call, int inputs, SnRow row) {
  const SnArray *arrays[SN_MAX_OPERANDS] = {call->out[0]};
  for (int i = 0; i <= inputs; i++) {
    if (i > 0) arrays[i] = call->in[i - 1];
    if (!sn_is_float32(arrays[i])) return false;
  }
  SnStrided strided = SN_CPU(collapse)(inputs + 1, arrays);
  SN_CPU(each_row)(&strided, row, &call->attributes);
  return true;
}

/* A vector function of rows: whole vectors of unit stride as they lie, all else by way of a vector beside them. */
#define SN_VECTOR_ROW(name, inputs, EXPRESSION)                                                         \
  static void name##_row(int64_t n, void *const *data, const int64_t *stride, const void *parameters) { \
    (void)parameters;                                                                                   \
    float *to = data[0];                                                                                \
    for (int64_t i = 0; i < n; i += SN_LANES) {                                                         \
      int64_t lanes = sn_smaller(SN_LANES, n - i);                                                      \
      SnVector x = SN_CPU(lanes)(data[1], stride[1], i, lanes), a = x;                                  \
      SnVector b = inputs > 1 ? SN_CPU(lanes)(data[inputs], stride[inputs], i, lanes) : x;              \
      (void)x, (void)a, (void)b;                                                                        \
      SnVector y = (EXPRESSION);                                                                        \
      if (lanes == SN_LANES && stride[0] == 1)                                                          \
        sn_store(to + i, y);                                                                            \
      else                                                                                              \
        for (int64_t lane = 0; lane < lanes; lane++) to[(i + lane) * stride[0]] = y[lane];              \
    }                                                                                                   \
  }                                                                                                     \
  bool SN_CPU(name)(const SnCall *call) { return SN_CPU(elementwise)(call, inputs, name##_row); }

/* EXPRESSION is in the vector x, or in a and b. */
#define SN_VECTOR_UNARY(name, EXPRESSION) SN_VECTOR_ROW(name, 1, EXPRESSION)
#define SN_VECTOR_BINARY(name, EXPRESSION) SN_VECTOR_ROW(name, 2, EXPRESSION)

static inline SnVector SN_CPU(lanes)(const float *from, int64_t stride, int64_t first, int64_t lanes) {
  if (lanes == SN_LANES && stride == 1) return sn_load(from + first);
  SnVector x = sn_repeat(0);
  for (int64_t lane = 0; lane < lanes; lane++) x[lane] = from[(first + lane) * stride];
  return x;
}

/* SETUP may declare what EXPRESSION needs from `attributes`; EXPRESSION is in x, or in a and b, or in a, b and c. */
#define SN_UNARY(name, SETUP, EXPRESSION)                                                               \
  static void name##_row(int64_t n, void *const *data, const int64_t *stride, const void *parameters) { \
    const SnAttributes *attributes = parameters;                                                        \
    (void)attributes;                                                                                   \
    SETUP;                                                                                              \
    float *restrict y = data[0];                                                                        \
    const float *restrict p = data[1];                                                                  \
    int64_t to = stride[0], from = stride[1];                                                           \
    if (to == 1 && from == 1) {                                                                         \
      for (int64_t i = 0; i < n; i++) {                                                                 \
        float x = p[i];                                                                                 \
        y[i] = (EXPRESSION);                                                                            \
      }                                                                                                 \
      return;                                                                                           \
    }                                                                                                   \
    for (int64_t i = 0; i < n; i++) {                                                                   \
      float x = p[i * from];                                                                            \
      y[i * to] = (EXPRESSION);                                                                         \
    }                                                                                                   \
  }                                                                                                     \
  bool SN_CPU(name)(const SnCall *call) { return SN_CPU(elementwise)(call, 1, name##_row); }

#define SN_BINARY(name, SETUP, EXPRESSION)                                                              \
  static void name##_row(int64_t n, void *const *data, const int64_t *stride, const void *parameters) { \
    const SnAttributes *attributes = parameters;                                                        \
    (void)attributes;                                                                                   \
    SETUP;                                                                                              \
    float *restrict y = data[0];                                                                        \
    const float *restrict p = data[1], *restrict q = data[2];                                           \
    int64_t to = stride[0], from_p = stride[1], from_q = stride[2];                                     \
    if (to == 1 && from_p == 1 && from_q == 1) {                                                        \
      for (int64_t i = 0; i < n; i++) {                                                                 \
        float a = p[i], b = q[i];                                                                       \
        y[i] = (EXPRESSION);                                                                            \
      }                                                                                                 \
    } else if (to == 1 && from_p == 1 && from_q == 0) {                                                 \
      float b = *q;                                                                                     \
      for (int64_t i = 0; i < n; i++) {                                                                 \
        float a = p[i];                                                                                 \
        y[i] = (EXPRESSION);                                                                            \
      }                                                                                                 \
    } else if (to == 1 && from_p == 0 && from_q == 1) {                                                 \
      float a = *p;                                                                                     \
      for (int64_t i = 0; i < n; i++) {                                                                 \
        float b = q[i];                                                                                 \
        y[i] = (EXPRESSION);                                                                            \
      }                                                                                                 \
    } else {                                                                                            \
      for (int64_t i = 0; i < n; i++) {                                                                 \
        float a = p[i * from_p], b = q[i * from_q];                                                     \
        y[i * to] = (EXPRESSION);                                                                       \
      }                                                                                                 \
    }                                                                                                   \
  }                                                                                                     \
  bool SN_CPU(name)(const SnCall *call) { return SN_CPU(elementwise)(call, 2, name##_row); }

#define SN_TERNARY(name, EXPRESSION)                                                                    \
  static void name##_row(int64_t n, void *const *data, const int64_t *stride, const void *parameters) { \
    (void)parameters;                                                                                   \
    float *restrict y = data[0];                                                                        \
    const float *restrict p = data[1], *restrict q = data[2], *restrict r = data[3];                    \
    for (int64_t i = 0; i < n; i++) {                                                                   \
      float a = p[i * stride[1]], b = q[i * stride[2]], c = r[i * stride[3]];                           \
      y[i * stride[0]] = (EXPRESSION);                                                                  \
    }                                                                                                   \
  }

#endif
