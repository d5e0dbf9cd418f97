#include "backends/cuda/product.cuh"

#include <cublas_v2.h>
#include <limits.h>

static bool check(cublasStatus_t status, const char *what) {
  return status == CUBLAS_STATUS_SUCCESS || sn_cuda_fail("cuda: %s failed: cuBLAS gave status %d", what, (int)status);
}

/* One for all products, made at the first. Its workspace is ours: cuBLAS would otherwise ask for memory while work is
 * recorded, and a fixed one keeps its results the same from run to run. */
static cublasHandle_t handle() {
  static cublasHandle_t made;
  constexpr size_t WORKSPACE = (size_t)32 << 20;
  if (made) return made;
  cublasHandle_t fresh;
  if (!check(cublasCreate(&fresh), "starting cuBLAS")) return nullptr;
  void *workspace = sn_cuda_allocate(WORKSPACE);
  if (!workspace)
    sn_cuda_fail("cuda: out of memory: %zu bytes were asked for, for cuBLAS to work in", WORKSPACE);
  else if (check(cublasSetStream(fresh, sn_cuda_stream()), "starting cuBLAS") &&
           check(cublasSetWorkspace(fresh, workspace, WORKSPACE), "starting cuBLAS"))
    return made = fresh;
  if (workspace) sn_cuda_release(workspace, WORKSPACE);
  cublasDestroy(fresh);
  return nullptr;
}

/* A matrix in cuBLAS's words, in which ours are all transposed: our rows are its columns. */
struct Operand {
  cublasOperation_t operation;
  int64_t leading;
};

static bool describe(const SnCudaMatrices *matrix, int64_t rows, int64_t columns, Operand *operand) {
  if ((matrix->column == 1 || columns <= 1) && (matrix->row >= columns || rows <= 1)) {
    *operand = {CUBLAS_OP_N, rows <= 1 ? columns : matrix->row};
  } else if ((matrix->row == 1 || rows <= 1) && (matrix->column >= rows || columns <= 1)) {
    *operand = {CUBLAS_OP_T, columns <= 1 ? rows : matrix->column};
  } else {
    return false;
  }
  if (operand->leading < 1) operand->leading = 1;
  return operand->leading <= INT_MAX;
}

bool sn_cuda_can_multiply(int64_t m, int64_t n, int64_t k, const SnCudaMatrices *a, const SnCudaMatrices *b) {
  Operand left, right;
  return m <= INT_MAX && n <= INT_MAX && k <= INT_MAX && describe(a, m, k, &left) && describe(b, k, n, &right);
}

static cublasComputeType_t compute_type(SnDtype dtype) {
  if (dtype == SN_FLOAT64) return CUBLAS_COMPUTE_64F;
  switch (sn_cuda_precision()) {
    case SN_PRECISION_TF32:
      return CUBLAS_COMPUTE_32F_FAST_TF32;
    case SN_PRECISION_BFLOAT16:
      return CUBLAS_COMPUTE_32F_FAST_16BF;
    case SN_PRECISION_FLOAT32:
    case SN_PRECISION_INT8: /* which sn_cuda_set_precision refuses */
      break;
  }
  return CUBLAS_COMPUTE_32F;
}

bool sn_cuda_multiply(SnDtype dtype, int64_t batch, int64_t m, int64_t n, int64_t k, const SnCudaMatrices *a,
                      const SnCudaMatrices *b, const SnCudaMatrices *y, bool add) {
  if (batch == 0 || m == 0 || n == 0) return true;
  Operand left, right;
  bool fits = m <= INT_MAX && n <= INT_MAX && k <= INT_MAX && batch <= INT_MAX && y->row <= INT_MAX;
  if (!describe(a, m, k, &left) || !describe(b, k, n, &right) || !fits)
    return sn_cuda_fail("cuda: cuBLAS cannot multiply matrices of this size as they are in memory");
  cublasHandle_t cublas = handle();
  if (!cublas) return false;
  bool wide = dtype == SN_FLOAT64;
  cudaDataType type = wide ? CUDA_R_64F : CUDA_R_32F;
  float one = 1, some = add ? 1.0f : 0.0f;
  double wide_one = 1, wide_some = some;
  const void *alpha = wide ? (const void *)&wide_one : &one, *beta = wide ? (const void *)&wide_some : &some;
  cublasStatus_t status = cublasGemmStridedBatchedEx(
      cublas, right.operation, left.operation, (int)n, (int)m, (int)k, alpha, b->data, type, (int)right.leading,
      b->batch, a->data, type, (int)left.leading, a->batch, beta, y->data, type, (int)(m == 1 ? n : y->row), y->batch,
      (int)batch, compute_type(dtype), CUBLAS_GEMM_DEFAULT);
  return check(status, "a product of matrices");
}
