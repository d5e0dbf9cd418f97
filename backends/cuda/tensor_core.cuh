/* 16x16 pieces of matrix products on tensor cores: a warp holds one, and all its threads take part in each function. On
 * the processor (tests/cuda_host) the threads share the piece's elements among them. */
#ifndef SN_BACKENDS_CUDA_TENSOR_CORE_CUH
#define SN_BACKENDS_CUDA_TENSOR_CORE_CUH

#include <cuda_runtime.h>

#ifdef __CUDACC__
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
#ifdef __CUDACC__
  typedef nvcuda::wmma::precision::tf32 Fragment;
  static __device__ Element rounded(float value) { return nvcuda::wmma::__float_to_tf32(value); }
#else
  static Element rounded(float value) { return __uint_as_float((__float_as_uint(value) + 0x1000u) & 0xFFFFE000u); }
#endif
};

struct SnCudaBfloat16 {
  static constexpr int DEPTH = 16, GAP = 8;
#ifdef __CUDACC__
  typedef __nv_bfloat16 Element;
  typedef __nv_bfloat16 Fragment;
  static __device__ Element rounded(float value) { return __float2bfloat16(value); }
#else
  typedef float Element;
  static Element rounded(float value) { return sn_float_from_bfloat16(sn_bfloat16_from_double((double)value)); }
#endif
};

/* [16, DEPTH], [DEPTH, 16] and [16, 16], whose rows lie `row` elements apart in shared memory. */
template <typename Format>
struct SnCudaLeftPiece;
template <typename Format>
struct SnCudaRightPiece;
template <typename Format>
struct SnCudaSumPiece;

#ifdef __CUDACC__

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

template <typename Format>
struct SnCudaLeftPiece {
  float element[16][Format::DEPTH];
  void load(const typename Format::Element *memory, int row) {
    for (int i = 0; i < 16; i++)
      for (int k = 0; k < Format::DEPTH; k++) element[i][k] = memory[i * row + k];
  }
};

template <typename Format>
struct SnCudaRightPiece {
  float element[Format::DEPTH][16];
  void load(const typename Format::Element *memory, int row) {
    for (int k = 0; k < Format::DEPTH; k++)
      for (int j = 0; j < 16; j++) element[k][j] = memory[k * row + j];
  }
};

/* Element e = lane, lane + 32, … of the 256 is the lane's. */
template <typename Format>
struct SnCudaSumPiece {
  float element[8];
  void clear() {
    for (float &sum : element) sum = 0;
  }
  void add(const SnCudaLeftPiece<Format> &left, const SnCudaRightPiece<Format> &right) {
    for (int e = 0; e < 8; e++) {
      int at = (int)(threadIdx.x % 32) + 32 * e;
      for (int k = 0; k < Format::DEPTH; k++) element[e] += left.element[at / 16][k] * right.element[k][at % 16];
    }
  }
  void store(float *memory, int row) const {
    for (int e = 0; e < 8; e++) {
      int at = (int)(threadIdx.x % 32) + 32 * e;
      memory[at / 16 * row + at % 16] = element[e];
    }
  }
};

#endif

#endif
