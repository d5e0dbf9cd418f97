/* 16x16 pieces of matrix products on tensor cores: a warp holds one, and all its threads take part in each function. On
 * cards before sm_80, which have none for these formats, and on the processor (tests/cuda_host) the threads share the
 * piece's elements among them. */
#ifndef SN_BACKENDS_CUDA_TENSOR_CORE_CUH
#define SN_BACKENDS_CUDA_TENSOR_CORE_CUH

#include <cuda_runtime.h>

#if defined(__CUDACC__) && (!defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800)
#define SN_CUDA_HAS_TENSOR_CORES
#include <cuda_bf16.h>
#include <mma.h>
#else
#include "backends/float16.h"
#endif

/* Number formats of factors. DEPTH: elements of the sum that one multiplication takes. GAP: elements between rows in
 * shared memory, which keep threads off each other's banks, and beginnings of pieces on multiples of 32 bytes. */
struct SnCudaTf32 {
  static constexpr int DEPTH = 8, GAP = 4;
  typedef float Element;
#ifdef SN_CUDA_HAS_TENSOR_CORES
  typedef nvcuda::wmma::precision::tf32 Fragment;
  static __device__ Element rounded(float value) { return nvcuda::wmma::__float_to_tf32(value); }
#else
  static __device__ Element rounded(float value) {
    return __uint_as_float((__float_as_uint(value) + 0x1000u) & 0xFFFFE000u);
  }
#endif
};

struct SnCudaBfloat16 {
  static constexpr int DEPTH = 16, GAP = 8;
#ifdef SN_CUDA_HAS_TENSOR_CORES
  typedef __nv_bfloat16 Element;
  typedef __nv_bfloat16 Fragment;
  static __device__ Element rounded(float value) { return __float2bfloat16(value); }
#else
  typedef float Element;
  static __device__ Element rounded(float value) {
    return sn_float_from_bfloat16(sn_bfloat16_from_double((double)value));
  }
#endif
};

/* [16, DEPTH], [DEPTH, 16] and [16, 16], whose rows lie `row` elements apart in shared memory. */
template <typename Format>
struct SnCudaLeftPiece;
template <typename Format>
struct SnCudaRightPiece;
template <typename Format>
struct SnCudaSumPiece;

#ifdef SN_CUDA_HAS_TENSOR_CORES

template <typename Format>
struct SnCudaLeftPiece {
  nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, 16, 16, Format::DEPTH, typename Format::Fragment,
                         nvcuda::wmma::row_major>
      fragment;
  __device__ void load(const typename Format::Element *memory, int row) {
    nvcuda::wmma::load_matrix_sync(fragment, memory, row);
  }
};

template <typename Format>
struct SnCudaRightPiece {
  nvcuda::wmma::fragment<nvcuda::wmma::matrix_b, 16, 16, Format::DEPTH, typename Format::Fragment,
                         nvcuda::wmma::row_major>
      fragment;
  __device__ void load(const typename Format::Element *memory, int row) {
    nvcuda::wmma::load_matrix_sync(fragment, memory, row);
  }
};

template <typename Format>
struct SnCudaSumPiece {
  nvcuda::wmma::fragment<nvcuda::wmma::accumulator, 16, 16, Format::DEPTH, float> fragment;
  __device__ void clear() { nvcuda::wmma::fill_fragment(fragment, 0.0f); }
  __device__ void add(const SnCudaLeftPiece<Format> &left, const SnCudaRightPiece<Format> &right) {
    nvcuda::wmma::mma_sync(fragment, left.fragment, right.fragment, fragment);
  }
  __device__ void store(float *memory, int row) const {
    nvcuda::wmma::store_matrix_sync(memory, fragment, row, nvcuda::wmma::mem_row_major);
  }
};

#else

/* Where it lies, and stays until it has been added. */
template <typename Format>
struct SnCudaLeftPiece {
  const typename Format::Element *memory;
  int row;
  __device__ void load(const typename Format::Element *memory_, int row_) {
    memory = memory_;
    row = row_;
  }
};

template <typename Format>
struct SnCudaRightPiece {
  const typename Format::Element *memory;
  int row;
  __device__ void load(const typename Format::Element *memory_, int row_) {
    memory = memory_;
    row = row_;
  }
};

/* Element e = lane, lane + 32, … of the 256 is the lane's. */
template <typename Format>
struct SnCudaSumPiece {
  float element[8];
  __device__ void clear() {
    for (float &sum : element) sum = 0;
  }
  __device__ void add(const SnCudaLeftPiece<Format> &left, const SnCudaRightPiece<Format> &right) {
    for (int e = 0; e < 8; e++) {
      int at = (int)(threadIdx.x % 32) + 32 * e;
      for (int k = 0; k < Format::DEPTH; k++)
        element[e] += left.memory[at / 16 * left.row + k] * right.memory[k * right.row + at % 16];
    }
  }
  __device__ void store(float *memory, int row) const {
    for (int e = 0; e < 8; e++) {
      int at = (int)(threadIdx.x % 32) + 32 * e;
      memory[at / 16 * row + at % 16] = element[e];
    }
  }
};

#endif

#endif
