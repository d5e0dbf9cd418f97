/* The CPU backend's kernels, one sn_cpu_NAME for each NAME in kernel_list.h, in files named after the operations. They
 * take float32 and decline other dtypes (copy converts some). */
#ifndef SN_BACKENDS_CPU_CPU_H
#define SN_BACKENDS_CPU_CPU_H

#include "backends/cpu/kernel_list.h"
#include "backends/kernels.h"

/* A public name of a file that is compiled once for each instruction set, SN_CPU_PATH: sn_cpu_NAME_avx2. */
#define SN_CPU(name) SN_CPU_JOIN(name, SN_CPU_PATH)
#define SN_CPU_JOIN(name, path) SN_CPU_PASTE(name, path)
#define SN_CPU_PASTE(name, path) sn_cpu_##name##_##path

#define X(name) bool SN_CPU(name)(const SnCall *call);
SN_CPU_KERNELS(X)
#undef X

static inline bool sn_is_float32(const SnArray *array) { return array->dtype == SN_FLOAT32; }

static inline int64_t sn_smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t sn_larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* condition ? yes : no without a branch, whatever the optimiser thinks: data like ours is no pattern to predict. */
static inline float sn_select(bool condition, float yes, float no) {
  union {
    float value;
    uint32_t bits;
  } a = {yes}, b = {no};
  uint32_t mask = 0u - (uint32_t)condition;
  a.bits = (a.bits & mask) | (b.bits & ~mask);
  return a.value;
}

/* ceil(a / b), a >= 0, b > 0. */
static inline int64_t sn_divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/* The k-th of `parts` nearly equal parts of n begins here. */
static inline int64_t sn_part(int64_t n, int64_t parts, int64_t k) { return n * k / parts; }

#endif
