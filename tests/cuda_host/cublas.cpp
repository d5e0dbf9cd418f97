#include "cublas_v2.h"

#include <vector>

#include "backends/float16.h"
#include "simulator.h"

struct cublasContext {
  cudaStream_t stream;
};

namespace {

struct Matrix {
  const void *data;
  cudaDataType type;
  int64_t row_stride, column_stride, matrix_stride;
};

/* To the nearest number of so many bits of fraction, ties to even; finite numbers only. */
float rounded(float value, int fraction_bits) {
  unsigned bits = __float_as_uint(value), dropped = 23 - (unsigned)fraction_bits, half = 1u << (dropped - 1);
  if (!isfinite(value)) return value;
  return __uint_as_float((bits + half - 1 + (bits >> dropped & 1)) & ~((1u << dropped) - 1));
}

double element(const Matrix &matrix, int64_t place, cublasComputeType_t compute) {
  if (matrix.type == CUDA_R_64F) return ((const double *)matrix.data)[place];
  if (matrix.type == CUDA_R_16BF) return (double)sn_float_from_bfloat16(((const uint16_t *)matrix.data)[place]);
  if (matrix.type == CUDA_R_16F) return (double)sn_float_from_float16(((const uint16_t *)matrix.data)[place]);
  float value = ((const float *)matrix.data)[place];
  if (compute == CUBLAS_COMPUTE_32F_FAST_TF32) value = rounded(value, 10);
  if (compute == CUBLAS_COMPUTE_32F_FAST_16BF) value = rounded(value, 7);
  return (double)value;
}

void store(void *data, cudaDataType type, int64_t place, double value) {
  if (type == CUDA_R_64F)
    ((double *)data)[place] = value;
  else if (type == CUDA_R_16BF)
    ((uint16_t *)data)[place] = sn_bfloat16_from_double(value);
  else if (type == CUDA_R_16F)
    ((uint16_t *)data)[place] = sn_float16_from_double(value);
  else
    ((float *)data)[place] = (float)value;
}

/* A whole operand as doubles, its inner dimension contiguous. */
std::vector<double> unpack(const Matrix &matrix, int64_t which, int64_t outer, int64_t outer_stride, int64_t inner,
                           int64_t inner_stride, cublasComputeType_t compute) {
  std::vector<double> values((size_t)(outer * inner));
  for (int64_t o = 0; o < outer; o++)
    for (int64_t i = 0; i < inner; i++)
      values[(size_t)(o * inner + i)] =
          element(matrix, which * matrix.matrix_stride + o * outer_stride + i * inner_stride, compute);
  return values;
}

Matrix operand(const void *data, cudaDataType type, int leading, cublasOperation_t op, int64_t matrix_stride) {
  return {data, type, op == CUBLAS_OP_N ? 1 : leading, op == CUBLAS_OP_N ? leading : 1, matrix_stride};
}

bool known(cudaDataType type) {
  return type == CUDA_R_32F || type == CUDA_R_64F || type == CUDA_R_16F || type == CUDA_R_16BF;
}

}  // namespace

cublasStatus_t cublasCreate(cublasHandle_t *handle) {
  *handle = new cublasContext();
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy(cublasHandle_t handle) {
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetWorkspace(cublasHandle_t, void *workspace, size_t bytes) {
  return bytes == 0 || sn_cuda_host_is_device(workspace, bytes) ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t) { return CUBLAS_STATUS_SUCCESS; }

const char *cublasGetStatusString(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "CUBLAS_STATUS_NOT_SUPPORTED";
  }
  return "an unknown status";
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, int m, int n, int k,
                            const void *alpha, const void *a, cudaDataType a_type, int lda, const void *b,
                            cudaDataType b_type, int ldb, const void *beta, void *c, cudaDataType c_type, int ldc,
                            cublasComputeType_t compute, cublasGemmAlgo_t algorithm) {
  return cublasGemmStridedBatchedEx(handle, op_a, op_b, m, n, k, alpha, a, a_type, lda, 0, b, b_type, ldb, 0, beta, c,
                                    c_type, ldc, 0, 1, compute, algorithm);
}

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, int m,
                                          int n, int k, const void *alpha, const void *a, cudaDataType a_type, int lda,
                                          long long stride_a, const void *b, cudaDataType b_type, int ldb,
                                          long long stride_b, const void *beta, void *c, cudaDataType c_type, int ldc,
                                          long long stride_c, int count, cublasComputeType_t compute,
                                          cublasGemmAlgo_t) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  if (m < 0 || n < 0 || k < 0 || count < 0 || lda < std::max(1, op_a == CUBLAS_OP_N ? m : k) ||
      ldb < std::max(1, op_b == CUBLAS_OP_N ? k : n) || ldc < std::max(1, m))
    return CUBLAS_STATUS_INVALID_VALUE;
  bool wide = compute == CUBLAS_COMPUTE_64F;
  if (!known(a_type) || a_type != b_type || wide != (a_type == CUDA_R_64F) || wide != (c_type == CUDA_R_64F))
    return CUBLAS_STATUS_NOT_SUPPORTED;
  double factor = wide ? *(const double *)alpha : (double)*(const float *)alpha;
  double kept = wide ? *(const double *)beta : (double)*(const float *)beta;
  Matrix left = operand(a, a_type, lda, op_a, stride_a), right = operand(b, b_type, ldb, op_b, stride_b);
  sn_cuda_host_enqueue(handle->stream, [=] {
    Matrix result = {c, c_type, 1, ldc, stride_c};
    for (int64_t which = 0; which < count; which++) {
      std::vector<double> rows = unpack(left, which, m, left.row_stride, k, left.column_stride, compute);
      std::vector<double> columns = unpack(right, which, n, right.column_stride, k, right.row_stride, compute);
      for (int64_t j = 0; j < n; j++)
        for (int64_t i = 0; i < m; i++) {
          const double *x = rows.data() + i * k, *y = columns.data() + j * k;
          double sum = 0;
          for (int64_t l = 0; l < k; l++) sum += x[l] * y[l];
          int64_t place = which * stride_c + j * ldc + i;
          double before = kept == 0 ? 0 : kept * element(result, place, CUBLAS_COMPUTE_32F);
          store(c, c_type, place, factor * sum + before);
        }
    }
  });
  return CUBLAS_STATUS_SUCCESS;
}
