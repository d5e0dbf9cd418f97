/* Row functions of elementwise kernels, written as one expression each. Rows of unit stride and rows against one
 * repeated number get loops of their own, which compilers turn into vector code. */
#ifndef SN_BACKENDS_CPU_ROWS_H
#define SN_BACKENDS_CPU_ROWS_H

#include "backends/cpu/cpu.h"
#include "backends/cpu/strided.h"

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
