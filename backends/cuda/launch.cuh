/* Launching kernels: nvcc's brackets, or the simulator of tests/cuda_host, which defines the two macros itself. */
#ifndef SN_BACKENDS_CUDA_LAUNCH_CUH
#define SN_BACKENDS_CUDA_LAUNCH_CUH

#include "backends/cuda/context.cuh"

#ifndef SN_LAUNCH
/* A template's kernel goes in parentheses: SN_LAUNCH((kernel<float, 2>), ...). */
#define SN_LAUNCH(kernel, grid, block, shared_bytes, stream, ...) \
  kernel<<<grid, block, shared_bytes, stream>>>(__VA_ARGS__)
/* The block's dynamic shared memory as an array of `type`. */
#define SN_DYNAMIC_SHARED(type, name)                                \
  extern __shared__ __align__(16) unsigned char sn_dynamic_shared[]; \
  type *name = reinterpret_cast<type *>(sn_dynamic_shared)
#endif

constexpr int SN_WARP = 32;
constexpr unsigned SN_ALL_LANES = 0xFFFFFFFFu;
/* Threads of a block where a kernel has no reason for another number. */
constexpr int SN_BLOCK = 256;

static __host__ __device__ constexpr int64_t sn_divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/* A grid for kernels that stride over `count` pieces of work, `per_block` a block. Not for partial sums: nothing may
 * depend on it. */
static inline unsigned sn_cuda_grid(int64_t count, int64_t per_block) {
  int64_t blocks = sn_divide_up(count, per_block);
  return (unsigned)(blocks < 1 ? 1 : blocks > 65536 ? 65536 : blocks);
}

/* Whether the launches since the last call were accepted; an error names the kernel. */
#define sn_cuda_launched(kernel) sn_cuda_check(cudaGetLastError(), "the kernel " kernel)

/* The first piece of work of a thread in such a grid, and how far the next is. */
static __device__ __forceinline__ int64_t sn_first_piece() {
  return (int64_t)blockIdx.x * (int64_t)blockDim.x + (int64_t)threadIdx.x;
}
static __device__ __forceinline__ int64_t sn_piece_step() { return (int64_t)gridDim.x * (int64_t)blockDim.x; }

#endif
