/* Winograd's minimal filtering F(m x m, 3 x 3), for rungs 10 and 11: m x m outputs from m + 2 by m + 2 inputs d,
 *
 *   Y = A^T [(G g G^T) * (B^T d B)] A   with * element by element
 *
 * (Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016). Transforms work along one direction
 * at a time, on `count` tiles side by side. */
#ifndef SN_BENCH_LADDER_WINOGRAD_H
#define SN_BENCH_LADDER_WINOGRAD_H

#include "bench/ladder/tile.h"

enum { WINOGRAD_SIDE = 6 }; /* m + 2 at most */

typedef void WinogradTransform(const float *const *from, float *const *to, int count);

typedef struct Winograd {
  int outputs;               /* m */
  const float (*g)[3];       /* G [m + 2][3] */
  WinogradTransform *input;  /* to[m + 2] = B^T from[m + 2] */
  WinogradTransform *output; /* to[m] = A^T from[m + 2] */
} Winograd;

bool ladder_winograd(Problem *p, const Winograd *w);

/* Before a loop whose rounds depend on none other: what is written is not read there. */
#if SN_SANITIZED
#define WINOGRAD_INDEPENDENT
#elif defined(__clang__)
#define WINOGRAD_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define WINOGRAD_INDEPENDENT _Pragma("GCC ivdep")
#endif

/* A function that is compiled once for each kind of vectors. */
#define WINOGRAD_LANES static inline __attribute__((always_inline)) void

/* Defines name(), which gives the transform WINOGRAD_LANES `name_lanes` as it is compiled for this processor's vectors.
 */
#define WINOGRAD_COMPILED(name, kind, attribute)                                            \
  attribute static void name##kind(const float *const *from, float *const *to, int count) { \
    name##_lanes(from, to, count);                                                          \
  }
#if defined(__x86_64__)
#define WINOGRAD_TRANSFORM(name)                                                             \
  WINOGRAD_COMPILED(name, _512, __attribute__((target("avx512f"))))                          \
  WINOGRAD_COMPILED(name, _256, __attribute__((target("avx2"))))                             \
  WINOGRAD_COMPILED(name, _plain, )                                                          \
  static WinogradTransform *name(void) {                                                     \
    return ladder_has_avx512() ? name##_512 : ladder_has_avx2() ? name##_256 : name##_plain; \
  }
#else
#define WINOGRAD_TRANSFORM(name)    \
  WINOGRAD_COMPILED(name, _plain, ) \
  static WinogradTransform *name(void) { return name##_plain; }
#endif

#endif
