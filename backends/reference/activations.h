/* Activations as functions of one number, for kernels of their own and at the end of fused convolutions. Comparisons are
 * written so that NaN passes through. */
#ifndef SN_BACKENDS_REFERENCE_ACTIVATIONS_H
#define SN_BACKENDS_REFERENCE_ACTIVATIONS_H

#include <math.h>

#include "backends/kernels.h"

/* min(max(x, low), high) */
static inline double sn_clamped(double x, double low, double high) {
  double raised = x < low ? low : x;
  return raised > high ? high : raised;
}

/* P(X <= x) of a standard normal X. */
static inline double sn_normal_distribution(double x) { return erfc(-x * sqrt(0.5)) / 2; }

/* slope: of leaky_relu. */
static inline double sn_activated(double x, SnActivation activation, double slope) {
  switch (activation) {
    case SN_ACTIVATION_RELU:
      return x <= 0 ? 0 : x;
    case SN_ACTIVATION_LEAKY_RELU:
      return x > 0 ? x : slope * x;
    case SN_ACTIVATION_RELU6:
      return sn_clamped(x, 0, 6);
    case SN_ACTIVATION_SIGMOID:
      return 1 / (1 + exp(-x));
    case SN_ACTIVATION_SILU:
      return x / (1 + exp(-x));
    case SN_ACTIVATION_GELU:
      return x * sn_normal_distribution(x);
    case SN_ACTIVATION_HARD_SIGMOID:
      return sn_clamped(x + 3, 0, 6) / 6;
    case SN_ACTIVATION_HARD_SWISH:
      return x * (sn_clamped(x + 3, 0, 6) / 6);
    default:
      return x;
  }
}

#endif
