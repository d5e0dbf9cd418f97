/* y[r,o] = bias[o] + sum over i of x[r,i] weight[o,i]: the bias is written first, and the product added to it. */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/launch.cuh"
#include "backends/cuda/product.cuh"

template <typename T>
__global__ void write_bias(const T *bias, int64_t stride, T *y, int64_t count, int64_t columns) {
  for (int64_t i = sn_first_piece(); i < count; i += sn_piece_step()) y[i] = bias ? bias[i % columns * stride] : (T)0;
}

/* Any strides, an element a thread. */
template <typename T>
__global__ void add_strided(SnCudaMatrices x, SnCudaMatrices weight, T *y, int64_t count, int64_t out, int64_t in) {
  for (int64_t i = sn_first_piece(); i < count; i += sn_piece_step()) {
    const T *row = (const T *)x.data + i / out * x.row, *column = (const T *)weight.data + i % out * weight.column;
    double sum = (double)y[i];
    for (int64_t k = 0; k < in; k++) sum += (double)row[k * x.column] * (double)column[k * weight.row];
    y[i] = (T)sum;
  }
}

template <typename T>
static bool run(const SnCall *call) {
  const SnArray *x = call->in[0], *weight = call->in[1], *bias = call->in[2], *y = call->out[0];
  int64_t rows = y->shape[0], out = y->shape[1], in = x->shape[1], count = rows * out;
  if (count == 0) return true;
  unsigned blocks = sn_cuda_grid(count, SN_BLOCK);
  T *result = (T *)y->data;
  SnCudaMatrices left = {x->data, x->stride[0], x->stride[1], 0};
  SnCudaMatrices right = {weight->data, weight->stride[1], weight->stride[0], 0}, whole = {y->data, out, 1, 0};
  bool by_cublas = in > 0 && sn_cuda_can_multiply(rows, out, in, &left, &right);
  if (bias || !by_cublas) {
    SN_LAUNCH(write_bias<T>, blocks, SN_BLOCK, 0, sn_cuda_stream(), bias ? (const T *)bias->data : nullptr,
              bias ? bias->stride[0] : 0, result, count, out);
    if (!sn_cuda_check(cudaGetLastError(), "writing a bias")) return false;
  }
  if (by_cublas) return sn_cuda_multiply(y->dtype, 1, rows, out, in, &left, &right, &whole, bias != nullptr);
  SN_LAUNCH(add_strided<T>, blocks, SN_BLOCK, 0, sn_cuda_stream(), left, right, result, count, out, in);
  return sn_cuda_check(cudaGetLastError(), "a linear layer");
}

bool sn_cuda_linear(const SnCall *call) {
  return call->out[0]->dtype == SN_FLOAT64 ? run<double>(call) : run<float>(call);
}
