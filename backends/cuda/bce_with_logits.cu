/* Binary cross-entropy of logits, in the form that overflows nowhere (backends/reference/bce_with_logits.c). */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/strided.cuh"

SN_CUDA_BINARY(bce_with_logits, x, t, 0, 0, (x > 0 || isnan(x) ? x : 0) - x * t + log1p(exp(-fabs(x))))
SN_CUDA_TERNARY(bce_with_logits_backward, x, t, dy, 0, 0, (1 / (1 + exp(-x)) - t) * dy)
