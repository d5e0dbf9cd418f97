/* What this card can do at most, for others to be measured by: a copy of 1 GiB within its memory, and cuBLAS's products
 * of square matrices in the three precisions. One line: the card, then GB/s read and written, then TFLOP/s of fp32, tf32
 * and bf16; the best of twenty runs each, by CUDA events. */
#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <stdio.h>
#include <stdlib.h>

static void check(bool good, const char *what) {
  if (good) return;
  fprintf(stderr, "ceilings: %s failed: %s\n", what, cudaGetErrorString(cudaGetLastError()));
  exit(1);
}

template <typename Work>
static double best_seconds(Work work) {
  cudaEvent_t start, end;
  check(cudaEventCreate(&start) == cudaSuccess && cudaEventCreate(&end) == cudaSuccess, "making an event");
  float best = 1e30f;
  for (int run = 0; run < 21; run++) {
    float milliseconds = 0;
    cudaEventRecord(start);
    work();
    cudaEventRecord(end);
    check(cudaEventSynchronize(end) == cudaSuccess, "the work");
    check(cudaEventElapsedTime(&milliseconds, start, end) == cudaSuccess, "telling the time");
    if (run > 0 && milliseconds < best) best = milliseconds; /* the first prepares */
  }
  cudaEventDestroy(start);
  cudaEventDestroy(end);
  return (double)best * 1e-3;
}

/* Numbers as they come, in both formats: products of zeros take less power and run faster. */
__global__ static void fill(unsigned *words, size_t count) {
  for (size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x; i < count; i += (size_t)gridDim.x * blockDim.x) {
    unsigned bits = (unsigned)i * 2654435761u;
    bits ^= bits >> 15;
    words[i] = (bits * 2246822519u & 0x807F807Fu) | 0x3F003F00u; /* 0.5 to 1, either sign */
  }
}

static void *allocate(size_t bytes) {
  void *memory = nullptr;
  check(cudaMalloc(&memory, bytes) == cudaSuccess, "allocating");
  fill<<<1024, 256>>>((unsigned *)memory, bytes / sizeof(unsigned));
  check(cudaDeviceSynchronize() == cudaSuccess, "filling memory");
  return memory;
}

int main() {
  constexpr size_t BYTES = (size_t)1 << 30;
  constexpr int SIZE = 8192;
  constexpr double FLOP = 2.0 * SIZE * SIZE * SIZE;
  cudaDeviceProp card;
  check(cudaGetDeviceProperties(&card, 0) == cudaSuccess, "finding a card");
  void *a = allocate(BYTES), *b = allocate(BYTES), *c = allocate((size_t)SIZE * SIZE * sizeof(float));
  double copy = best_seconds([&] { cudaMemcpyAsync(b, a, BYTES, cudaMemcpyDeviceToDevice); });

  cublasHandle_t cublas;
  check(cublasCreate(&cublas) == CUBLAS_STATUS_SUCCESS, "starting cuBLAS");
  const cublasComputeType_t types[] = {CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_FAST_TF32, CUBLAS_COMPUTE_32F};
  double products[3];
  for (int p = 0; p < 3; p++) {
    cudaDataType factors = p == 2 ? CUDA_R_16BF : CUDA_R_32F;
    float one = 1, zero = 0;
    products[p] = best_seconds([&] {
      check(cublasGemmEx(cublas, CUBLAS_OP_N, CUBLAS_OP_N, SIZE, SIZE, SIZE, &one, a, factors, SIZE, b, factors, SIZE,
                         &zero, c, CUDA_R_32F, SIZE, types[p], CUBLAS_GEMM_DEFAULT) == CUBLAS_STATUS_SUCCESS,
            "a product");
    });
  }
  printf("ok %.1f %.2f %.2f %.2f %s\n", 2.0 * (double)BYTES / copy / 1e9, FLOP / products[0] / 1e12,
         FLOP / products[1] / 1e12, FLOP / products[2] / 1e12, card.name);
  return 0;
}
