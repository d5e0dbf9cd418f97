/* Products of matrices by cuBLAS. */
#ifndef SN_BACKENDS_CUDA_PRODUCT_CUH
#define SN_BACKENDS_CUDA_PRODUCT_CUH

#include "backends/cuda/context.cuh"

/* A batch of matrices in device memory; strides in elements. */
typedef struct SnCudaMatrices {
  void *data;
  int64_t row, column, batch;
} SnCudaMatrices;

/* cuBLAS reads a [m,k] and b [k,n] as they are in memory: neighbours of each are neighbours in memory along one dimension. */
bool sn_cuda_can_multiply(int64_t m, int64_t n, int64_t k, const SnCudaMatrices *a, const SnCudaMatrices *b);

/* y [m,n] = a b, or with `add` y + a b, for each of a batch. y's rows are dense, one y.row after another. In the
 * backend's precision for float32; float64 too. False and an error when cuBLAS fails. */
bool sn_cuda_multiply(SnDtype dtype, int64_t batch, int64_t m, int64_t n, int64_t k, const SnCudaMatrices *a,
                      const SnCudaMatrices *b, const SnCudaMatrices *y, bool add);

#endif
