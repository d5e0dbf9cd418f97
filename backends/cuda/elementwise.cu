/* Arithmetic on elements. Bytes moved: those of the arrays, once each; nothing here computes for as long as it reads.
 */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/strided.cuh"

SN_CUDA_BINARY(add, a, b, 0, 0, a + b)
SN_CUDA_BINARY(subtract, a, b, 0, 0, a - b)
SN_CUDA_BINARY(multiply, a, b, 0, 0, a *b)
SN_CUDA_BINARY(divide, a, b, 0, 0, a / b)
SN_CUDA_UNARY(affine, x, attributes->affine.scale, attributes->affine.shift, q + p * x)
SN_CUDA_UNARY(exp, x, 0, 0, exp(x))
SN_CUDA_UNARY(log, x, 0, 0, log(x))
SN_CUDA_UNARY(sqrt, x, 0, 0, sqrt(x))
SN_CUDA_UNARY(abs, x, 0, 0, fabs(x))
SN_CUDA_BINARY(abs_backward, x, dy, 0, 0, (T)((x > 0) - (x < 0)) * dy)
