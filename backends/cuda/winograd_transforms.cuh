/* The transforms of F(m, 3) in one dimension, m 2 or 4, at the points of Lavin and Gray and of backends/cpu/winograd.h:
 * y = A^T [(G g) * (B^T d)]. */
#ifndef SN_BACKENDS_CUDA_WINOGRAD_TRANSFORMS_CUH
#define SN_BACKENDS_CUDA_WINOGRAD_TRANSFORMS_CUH

#include <cuda_runtime.h>

/* B^T d, in place. */
template <int M>
__device__ __forceinline__ void sn_cuda_transform_input(float (&d)[M + 2]) {
  float d0 = d[0], d1 = d[1], d2 = d[2], d3 = d[3];
  if constexpr (M == 2) {
    d[0] = d0 - d2;
    d[1] = d1 + d2;
    d[2] = d2 - d1;
    d[3] = d1 - d3;
  } else {
    float d4 = d[4], d5 = d[5], even = d4 - 4 * d2, odd = d3 - 4 * d1, rest = d4 - d2, twice = 2 * (d3 - d1);
    d[0] = 4 * d0 + (d4 - 5 * d2);
    d[1] = even + odd;
    d[2] = even - odd;
    d[3] = rest + twice;
    d[4] = rest - twice;
    d[5] = 4 * d1 + (d5 - 5 * d3);
  }
}

/* y = A^T p. */
template <int M>
__device__ __forceinline__ void sn_cuda_transform_output(const float (&p)[M + 2], float (&y)[M]) {
  float sum = p[1] + p[2], difference = p[1] - p[2];
  if constexpr (M == 2) {
    y[0] = p[0] + sum;
    y[1] = difference - p[3];
  } else {
    float far_sum = p[3] + p[4], far = p[3] - p[4];
    y[0] = p[0] + sum + far_sum;
    y[1] = difference + 2 * far;
    y[2] = sum + 4 * far_sum;
    y[3] = difference + 8 * far + p[5];
  }
}

/* G g, rounded to float only after both dimensions. */
template <int M>
__device__ __forceinline__ void sn_cuda_transform_filter(double g0, double g1, double g2, double (&out)[M + 2]) {
  if constexpr (M == 2) {
    out[0] = g0;
    out[1] = 0.5 * (g0 + g2) + 0.5 * g1;
    out[2] = 0.5 * (g0 + g2) - 0.5 * g1;
    out[3] = g2;
  } else {
    out[0] = g0 / 4;
    out[1] = -(g0 + g2) / 6 - g1 / 6;
    out[2] = -(g0 + g2) / 6 + g1 / 6;
    out[3] = g0 / 24 + g2 / 6 + g1 / 12;
    out[4] = g0 / 24 + g2 / 6 - g1 / 12;
    out[5] = g2;
  }
}

#endif
