/* y[b,m,n] = addend[b,m,n] + sum over k of a[b,m,k] b[b,k,n]: cuBLAS where it can read the operands as they are in memory. */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/launch.cuh"
#include "backends/cuda/product.cuh"

static SnCudaMatrices matrices_of(const SnArray *array) {
  return {array->data, array->stride[1], array->stride[2], array->shape[0] == 1 ? 0 : array->stride[0]};
}

/* Any strides, an element a thread; with `add`, y + a b. */
template <typename T>
__global__ void multiply_strided(SnCudaMatrices a, SnCudaMatrices b, T *y, int64_t count, int64_t m, int64_t n,
                                 int64_t k, bool add) {
  for (int64_t i = sn_first_piece(); i < count; i += sn_piece_step()) {
    int64_t column = i % n, row = i / n % m, batch = i / n / m;
    const T *left = (const T *)a.data + batch * a.batch + row * a.row;
    const T *right = (const T *)b.data + batch * b.batch + column * b.column;
    double sum = add ? (double)y[i] : 0;
    for (int64_t l = 0; l < k; l++) sum += (double)left[l * a.column] * (double)right[l * b.row];
    y[i] = (T)sum;
  }
}

bool sn_cuda_matmul(const SnCall *call) {
  const SnArray *left = call->in[0], *right = call->in[1], *addend = call->in[2], *y = call->out[0];
  int64_t batch = y->shape[0], m = y->shape[1], n = y->shape[2], k = left->shape[2], count = batch * m * n;
  if (count == 0) return true;
  size_t bytes = (size_t)count * sn_dtype_size(y->dtype);
  if (addend && addend->data != y->data &&
      !sn_cuda_check(cudaMemcpyAsync(y->data, addend->data, bytes, cudaMemcpyDeviceToDevice, sn_cuda_stream()),
                     "copying an addend"))
    return false;
  if (k == 0) return addend || sn_cuda_check(cudaMemsetAsync(y->data, 0, bytes, sn_cuda_stream()), "writing zeros");
  SnCudaMatrices a = matrices_of(left), b = matrices_of(right), result = {y->data, n, 1, m * n};
  if (sn_cuda_can_multiply(m, n, k, &a, &b))
    return sn_cuda_multiply(y->dtype, batch, m, n, k, &a, &b, &result, addend != nullptr);
  unsigned blocks = sn_cuda_grid(count, SN_BLOCK);
  if (y->dtype == SN_FLOAT64)
    SN_LAUNCH(multiply_strided<double>, blocks, SN_BLOCK, 0, sn_cuda_stream(), a, b, (double *)y->data, count, m, n, k,
              addend != nullptr);
  else
    SN_LAUNCH(multiply_strided<float>, blocks, SN_BLOCK, 0, sn_cuda_stream(), a, b, (float *)y->data, count, m, n, k,
              addend != nullptr);
  return sn_cuda_check(cudaGetLastError(), "a product of matrices");
}
