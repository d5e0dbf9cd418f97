/* Products of matrices that are not in memory as matrices, such as the windows of a convolution: y [m,n] = a [m,k]
 * b [k,n] for each of some groups, where a Problem says what an element of a and of b is and where one of y goes.
 *
 * A block of threads makes a tile of y. It brings a piece of a and b, DEPTH elements of the sum deep, into shared
 * memory while it multiplies the piece before it, on tensor cores or, for SnCudaFloat32, by multiply-adds. Where there
 * are few tiles the sum is split among blocks, whose parts are added in order; tiles and parts depend on the shape
 * alone, so the bits are the same in every run.
 *
 * Loops over arrays that are to live in registers are unrolled.
 *
 * A Problem has:
 *   int m, n, k;
 *   static constexpr bool NEIGHBOURS_ALONG_K;        of b, in memory; otherwise along n
 *   Column column(int group, int n)                  whatever helps to find b's elements of a column
 *   Depth depth(Column, int k)                       and of DEPTH rows from k on, k a multiple of it
 *   float left(int group, int m, int k)
 *   float right(Column, Depth, int k)
 *   void store(int group, int m, int n, float value)
 */
#ifndef SN_BACKENDS_CUDA_TILES_CUH
#define SN_BACKENDS_CUDA_TILES_CUH

#include "backends/cuda/context.cuh"
#include "backends/cuda/launch.cuh"
#include "backends/cuda/tensor_core.cuh"

constexpr int SN_CUDA_TILE_DEPTH = 16;

/* A tile's size in elements of y, and the warps that share it, each with a rectangle of 16x16 pieces. */
template <int M, int N, int WARPS_DOWN, int WARPS_ACROSS>
struct SnCudaTile {
  static constexpr int ROWS = M, COLUMNS = N, DOWN = WARPS_DOWN, ACROSS = WARPS_ACROSS;
  static constexpr int THREADS = 32 * WARPS_DOWN * WARPS_ACROSS;
};
typedef SnCudaTile<128, 128, 2, 4> SnCudaLargeTile;
typedef SnCudaTile<64, 64, 2, 2> SnCudaSmallTile;

struct SnCudaFloat32 {
  static constexpr int GAP = 4;
  typedef float Element;
  static __device__ Element rounded(float value) { return value; }
};

/* ---- what a thread holds of its block's tile ---- */

/* On tensor cores: its warp's pieces. */
template <typename Format, typename Tile>
struct SnCudaSums {
  static constexpr int LEFT_ROW = SN_CUDA_TILE_DEPTH + Format::GAP, RIGHT_ROW = Tile::COLUMNS + Format::GAP;
  static constexpr int PIECES_DOWN = Tile::ROWS / Tile::DOWN / 16, PIECES_ACROSS = Tile::COLUMNS / Tile::ACROSS / 16;
  static constexpr int STAGING_ROW = 20; /* of a piece on its way out, in floats */
  static constexpr int STAGING = 16 * STAGING_ROW * Tile::DOWN * Tile::ACROSS;
  typedef typename Format::Element Element;

  SnCudaSumPiece<Format> sum[PIECES_DOWN][PIECES_ACROSS];

  static __device__ int first_row() { return (int)threadIdx.x / 32 / Tile::ACROSS * PIECES_DOWN * 16; }
  static __device__ int first_column() { return (int)threadIdx.x / 32 % Tile::ACROSS * PIECES_ACROSS * 16; }

  __device__ void clear() {
#pragma unroll
    for (int i = 0; i < PIECES_DOWN; i++) {
#pragma unroll
      for (int j = 0; j < PIECES_ACROSS; j++) sum[i][j].clear();
    }
  }

  __device__ void add(const Element *left, const Element *right) {
#pragma unroll
    for (int k = 0; k < SN_CUDA_TILE_DEPTH; k += Format::DEPTH) {
      SnCudaLeftPiece<Format> a[PIECES_DOWN];
      SnCudaRightPiece<Format> b[PIECES_ACROSS];
#pragma unroll
      for (int i = 0; i < PIECES_DOWN; i++) a[i].load(left + (first_row() + 16 * i) * LEFT_ROW + k, LEFT_ROW);
#pragma unroll
      for (int j = 0; j < PIECES_ACROSS; j++) b[j].load(right + k * RIGHT_ROW + first_column() + 16 * j, RIGHT_ROW);
#pragma unroll
      for (int i = 0; i < PIECES_DOWN; i++) {
#pragma unroll
        for (int j = 0; j < PIECES_ACROSS; j++) sum[i][j].add(a[i], b[j]);
      }
    }
  }

  /* take(row, column, value) of each element once, 16 neighbours at a time; staging: shared memory of STAGING floats.
   */
  template <typename Take>
  __device__ void give(float *staging, Take take) const {
    float *own = staging + threadIdx.x / 32 * 16 * STAGING_ROW;
    int lane = (int)threadIdx.x % 32;
#pragma unroll
    for (int i = 0; i < PIECES_DOWN; i++) {
#pragma unroll
      for (int j = 0; j < PIECES_ACROSS; j++) {
        sum[i][j].store(own, STAGING_ROW);
        __syncwarp();
        for (int row = lane / 16; row < 16; row += 2)
          take(first_row() + 16 * i + row, first_column() + 16 * j + lane % 16, own[row * STAGING_ROW + lane % 16]);
        __syncwarp();
      }
    }
  }
};

/* By multiply-adds: neighbouring rows, and every 16th column. */
template <typename Tile>
struct SnCudaSums<SnCudaFloat32, Tile> {
  static constexpr int LEFT_ROW = SN_CUDA_TILE_DEPTH + SnCudaFloat32::GAP;
  static constexpr int RIGHT_ROW = Tile::COLUMNS + SnCudaFloat32::GAP;
  static constexpr int DOWN = Tile::ROWS * 16 / Tile::THREADS, ACROSS = Tile::COLUMNS / 16, STAGING = 0;

  float sum[DOWN][ACROSS];

  __device__ void clear() {
#pragma unroll
    for (int i = 0; i < DOWN; i++) {
#pragma unroll
      for (int j = 0; j < ACROSS; j++) sum[i][j] = 0;
    }
  }

  __device__ void add(const float *left, const float *right) {
    const float *a = left + threadIdx.x / 16 * DOWN * LEFT_ROW, *b = right + threadIdx.x % 16;
#pragma unroll
    for (int k = 0; k < SN_CUDA_TILE_DEPTH; k++) {
#pragma unroll
      for (int i = 0; i < DOWN; i++) {
#pragma unroll
        for (int j = 0; j < ACROSS; j++) sum[i][j] += a[i * LEFT_ROW + k] * b[k * RIGHT_ROW + 16 * j];
      }
    }
  }

  template <typename Take>
  __device__ void give(float *, Take take) const {
#pragma unroll
    for (int i = 0; i < DOWN; i++) {
#pragma unroll
      for (int j = 0; j < ACROSS; j++)
        take((int)threadIdx.x / 16 * DOWN + i, (int)threadIdx.x % 16 + 16 * j, sum[i][j]);
    }
  }
};

/* ---- the kernels ---- */

/* A thread's share of the two pieces that are on their way into shared memory. */
template <typename Format, typename Tile, typename Problem>
struct SnCudaFetch {
  typedef SnCudaSums<Format, Tile> Sums;
  static constexpr int DEPTH = SN_CUDA_TILE_DEPTH;
  static constexpr int LEFTS = Tile::ROWS * DEPTH / Tile::THREADS, RIGHTS = Tile::COLUMNS * DEPTH / Tile::THREADS;
  static constexpr int LEFT_STEP = Tile::THREADS / DEPTH; /* rows between a thread's elements of a */
  static constexpr bool ALONG_K = Problem::NEIGHBOURS_ALONG_K;
  static constexpr int RIGHT_STEP = Tile::THREADS / (ALONG_K ? DEPTH : Tile::COLUMNS);

  float left[LEFTS], right[RIGHTS];

  static __device__ int left_row(int i) { return (int)threadIdx.x / DEPTH + i * LEFT_STEP; }
  static __device__ int left_depth() { return (int)threadIdx.x % DEPTH; }
  static __device__ int right_depth(int i) {
    return ALONG_K ? (int)threadIdx.x % DEPTH : (int)threadIdx.x / Tile::COLUMNS + i * RIGHT_STEP;
  }
  static __device__ int right_column(int i) {
    return ALONG_K ? (int)threadIdx.x / DEPTH + i * RIGHT_STEP : (int)threadIdx.x % Tile::COLUMNS;
  }

  /* own: the thread's only column, where it has one */
  __device__ void fetch(const Problem &p, int group, int m, int n, int k, typename Problem::Column own) {
#pragma unroll
    for (int i = 0; i < LEFTS; i++) {
      bool inside = m + left_row(i) < p.m && k + left_depth() < p.k;
      left[i] = inside ? p.left(group, m + left_row(i), k + left_depth()) : 0;
    }
    typename Problem::Depth depth = p.depth(own, k);
#pragma unroll
    for (int i = 0; i < RIGHTS; i++) {
      bool inside = n + right_column(i) < p.n && k + right_depth(i) < p.k;
      if (!inside) {
        right[i] = 0;
      } else if (ALONG_K) {
        typename Problem::Column column = p.column(group, n + right_column(i));
        right[i] = p.right(column, p.depth(column, k), k + right_depth(i));
      } else {
        right[i] = p.right(own, depth, k + right_depth(i));
      }
    }
  }

  __device__ void put(typename Format::Element *a, typename Format::Element *b) const {
#pragma unroll
    for (int i = 0; i < LEFTS; i++) a[left_row(i) * Sums::LEFT_ROW + left_depth()] = Format::rounded(left[i]);
#pragma unroll
    for (int i = 0; i < RIGHTS; i++) b[right_depth(i) * Sums::RIGHT_ROW + right_column(i)] = Format::rounded(right[i]);
  }
};

/* Grid: tiles across, tiles down, groups * parts. parts > 1: part p of the sums goes to partial[p][group][m][n]. */
template <typename Format, typename Tile, typename Problem>
__global__ void __launch_bounds__(Tile::THREADS) sn_cuda_tiles(Problem problem, int parts, float *partial) {
  typedef SnCudaSums<Format, Tile> Sums;
  typedef typename Format::Element Element;
  constexpr int LEFT = Tile::ROWS * Sums::LEFT_ROW, RIGHT = SN_CUDA_TILE_DEPTH * Sums::RIGHT_ROW;
  constexpr int BYTES = 2 * (LEFT + RIGHT) * (int)sizeof(Element), OUT_BYTES = Sums::STAGING * (int)sizeof(float);
  __shared__ __align__(32) unsigned char memory[BYTES > OUT_BYTES ? BYTES : OUT_BYTES];
  Element *left = (Element *)memory, *right = left + 2 * LEFT;

  int group = (int)blockIdx.z / parts, part = (int)blockIdx.z % parts;
  int m = (int)blockIdx.y * Tile::ROWS, n = (int)blockIdx.x * Tile::COLUMNS;
  int depths = (problem.k + SN_CUDA_TILE_DEPTH - 1) / SN_CUDA_TILE_DEPTH, share = (depths + parts - 1) / parts;
  int first = part * share, end = first + share < depths ? first + share : depths;

  SnCudaFetch<Format, Tile, Problem> fetch;
  typename Problem::Column own = problem.column(group, n + fetch.right_column(0));
  Sums sums;
  sums.clear();
  if (first < end) {
    fetch.fetch(problem, group, m, n, first * SN_CUDA_TILE_DEPTH, own);
    fetch.put(left, right);
  }
  for (int step = first; step < end; step++) {
    int now = (step - first) % 2;
    bool more = step + 1 < end;
    __syncthreads();
    if (more) fetch.fetch(problem, group, m, n, (step + 1) * SN_CUDA_TILE_DEPTH, own);
    sums.add(left + now * LEFT, right + now * RIGHT);
    if (more) fetch.put(left + (1 - now) * LEFT, right + (1 - now) * RIGHT);
  }
  __syncthreads(); /* before shared memory becomes the way out */
  sums.give((float *)memory, [&](int row, int column, float value) {
    if (m + row >= problem.m || n + column >= problem.n) return;
    if (parts == 1)
      problem.store(group, m + row, n + column, value);
    else
      partial[((int64_t)blockIdx.z % parts * (gridDim.z / (unsigned)parts) + group) * problem.m * problem.n +
              (int64_t)(m + row) * problem.n + n + column] = value;
  });
}

template <typename Problem>
__global__ void sn_cuda_add_parts(Problem problem, int groups, int parts, const float *partial) {
  int64_t area = (int64_t)problem.m * problem.n, count = groups * area;
  for (int64_t i = sn_first_piece(); i < count; i += sn_piece_step()) {
    float sum = 0;
    for (int part = 0; part < parts; part++) sum += partial[part * count + i];
    problem.store((int)(i / area), (int)(i % area / problem.n), (int)(i % problem.n), sum);
  }
}

/* ---- how a product is cut, by its shape alone ---- */

typedef struct SnCudaCut {
  bool large;
  int parts;
} SnCudaCut;

static inline SnCudaCut sn_cuda_cut(int64_t m, int64_t n, int64_t k, int64_t groups) {
  constexpr int64_t BLOCKS = 264;    /* that keep a large card busy */
  constexpr int64_t MIN_DEPTH = 8; /* of a part, in pieces of the sum */
  constexpr int64_t MAX_PARTS = 16;
  int64_t large = sn_divide_up(m, 128) * sn_divide_up(n, 128) * groups;
  int64_t small = sn_divide_up(m, 64) * sn_divide_up(n, 64) * groups;
  if (small == 0) return {false, 1};
  if (large >= BLOCKS && m > 64 && n > 64) return {true, 1};
  int64_t parts = BLOCKS / small, depths = sn_divide_up(k, SN_CUDA_TILE_DEPTH);
  if (parts > depths / MIN_DEPTH) parts = depths / MIN_DEPTH;
  if (parts > MAX_PARTS) parts = MAX_PARTS;
  return {false, parts > 1 ? (int)parts : 1};
}

/* Bytes of device memory that sn_cuda_run_tiles wants as `partial`. */
static inline size_t sn_cuda_partial_bytes(int64_t m, int64_t n, int64_t k, int64_t groups) {
  SnCudaCut cut = sn_cuda_cut(m, n, k, groups);
  return cut.parts > 1 ? (size_t)cut.parts * (size_t)groups * (size_t)m * (size_t)n * sizeof(float) : 0;
}

template <typename Format, typename Tile, typename Problem>
bool sn_cuda_launch_tiles(const Problem &problem, int groups, int parts, float *partial) {
  dim3 grid((unsigned)sn_divide_up(problem.n, Tile::COLUMNS), (unsigned)sn_divide_up(problem.m, Tile::ROWS),
            (unsigned)(groups * parts));
  SN_LAUNCH((sn_cuda_tiles<Format, Tile, Problem>), grid, Tile::THREADS, 0, sn_cuda_stream(), problem, parts, partial);
  return sn_cuda_check(cudaGetLastError(), "a product in tiles");
}

template <typename Format, typename Problem>
bool sn_cuda_run_tiles_in(const Problem &problem, int groups, float *partial) {
  SnCudaCut cut = sn_cuda_cut(problem.m, problem.n, problem.k, groups);
  if (cut.large) return sn_cuda_launch_tiles<Format, SnCudaLargeTile>(problem, groups, 1, partial);
  if (!sn_cuda_launch_tiles<Format, SnCudaSmallTile>(problem, groups, cut.parts, partial)) return false;
  if (cut.parts == 1) return true;
  int64_t count = (int64_t)groups * problem.m * problem.n;
  SN_LAUNCH(sn_cuda_add_parts<Problem>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), problem, groups,
            cut.parts, partial);
  return sn_cuda_check(cudaGetLastError(), "adding the parts of a product");
}

/* In the backend's precision. */
template <typename Problem>
bool sn_cuda_run_tiles(const Problem &problem, int groups, float *partial) {
  switch (sn_cuda_precision()) {
    case SN_PRECISION_TF32:
      return sn_cuda_run_tiles_in<SnCudaTf32>(problem, groups, partial);
    case SN_PRECISION_BFLOAT16:
      return sn_cuda_run_tiles_in<SnCudaBfloat16>(problem, groups, partial);
    case SN_PRECISION_FLOAT32:
    case SN_PRECISION_INT8: /* which sn_cuda_set_precision refuses */
      break;
  }
  return sn_cuda_run_tiles_in<SnCudaFloat32>(problem, groups, partial);
}

#endif
