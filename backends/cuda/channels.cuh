/* Two sums for every channel of [N,C,S] over N and S, in double precision and always in the same order: what batch
 * normalisation needs before it can begin. */
#ifndef SN_BACKENDS_CUDA_CHANNELS_CUH
#define SN_BACKENDS_CUDA_CHANNELS_CUH

#include "backends/cuda/reduce.cuh"

struct SnChannels {
  int64_t images, channels, positions; /* N, C, S */
  int64_t count;                       /* N S */
  int64_t segments, segment;           /* a channel's numbers, in parts of so many */
};

/* A channel is read by one block, in parts by several where there are few channels. Rows [N,C,1] are read across
 * channels instead, by blocks of COLUMNS x ROWS threads. */
constexpr int64_t SN_SEGMENT = 4096, SN_ENOUGH_BLOCKS = 512;
constexpr int SN_COLUMNS = 32, SN_ROWS = 8;

static inline SnChannels sn_cuda_channels(const SnArray *x) {
  SnChannels c = {x->shape[0], x->shape[1], x->shape[2], x->shape[0] * x->shape[2], 1, 0};
  int64_t blocks = c.positions == 1 ? sn_divide_up(c.channels, SN_COLUMNS) : c.channels;
  int64_t least = c.positions == 1 ? SN_ROWS * 16 : SN_SEGMENT;
  if (blocks > 0 && blocks < SN_ENOUGH_BLOCKS && c.count > 2 * least)
    c.segments = min(sn_divide_up(c.count, least), sn_divide_up(SN_ENOUGH_BLOCKS, blocks));
  c.segment = sn_divide_up(c.count, c.segments);
  return c;
}

struct SnTwo {
  double first, second;
};

/* Terms has `typedef ... Type`, a constructor-like `prepare(channel)` called once a channel, and
 * `at(place, &first, &second)`: the two numbers that element `place` of the arrays gives. */
template <typename Index, typename Terms>
static __global__ void __launch_bounds__(SN_BLOCK)
    sn_plane_sums_kernel(Terms terms, SnTwo *partial, SnChannels c, SnDivider<Index> positions) {
  typedef typename Terms::Type T;
  __shared__ double shared[SN_WARP];
  for (int64_t w = blockIdx.x; w < c.channels * c.segments; w += gridDim.x) {
    int64_t channel = w / c.segments, start = w % c.segments * c.segment, end = min(start + c.segment, c.count);
    SnSum<T> first, second;
    terms.prepare(channel);
    for (int64_t i = start + threadIdx.x; i < end; i += SN_BLOCK) {
      Index position, image = positions.divide((Index)i, &position);
      T a, b;
      terms.at(((int64_t)image * c.channels + channel) * c.positions + (int64_t)position, &a, &b);
      first.add(a);
      second.add(b);
    }
    double a = sn_block_reduce<SnAdd>(first.value(), shared), b = sn_block_reduce<SnAdd>(second.value(), shared);
    if (threadIdx.x == 0) partial[w] = {a, b};
  }
}

template <typename Terms>
static __global__ void __launch_bounds__(SN_COLUMNS *SN_ROWS)
    sn_column_sums_kernel(Terms terms, SnTwo *partial, SnChannels c) {
  typedef typename Terms::Type T;
  __shared__ SnTwo shared[SN_ROWS][SN_COLUMNS];
  int64_t tiles = sn_divide_up(c.channels, SN_COLUMNS);
  for (int64_t w = blockIdx.x; w < tiles * c.segments; w += gridDim.x) {
    int64_t channel = w / c.segments * SN_COLUMNS + threadIdx.x, segment = w % c.segments;
    int64_t start = segment * c.segment, end = min(start + c.segment, c.count);
    SnSum<T> first, second;
    if (channel < c.channels) {
      terms.prepare(channel);
      for (int64_t i = start + threadIdx.y; i < end; i += SN_ROWS) {
        T a, b;
        terms.at(i * c.channels + channel, &a, &b);
        first.add(a);
        second.add(b);
      }
    }
    __syncthreads();
    shared[threadIdx.y][threadIdx.x] = {first.value(), second.value()};
    __syncthreads();
    if (threadIdx.y != 0 || channel >= c.channels) continue;
    SnTwo sum = shared[0][threadIdx.x];
    for (int r = 1; r < SN_ROWS; r++) {
      sum.first += shared[r][threadIdx.x].first;
      sum.second += shared[r][threadIdx.x].second;
    }
    partial[channel * c.segments + segment] = sum;
  }
}

/* The parts of a channel's two sums, added in order. */
static __device__ __forceinline__ SnTwo sn_whole_sums(const SnTwo *partial, const SnChannels &c, int64_t channel) {
  SnTwo sum = {0, 0};
  for (int64_t s = 0; s < c.segments; s++) {
    sum.first += partial[channel * c.segments + s].first;
    sum.second += partial[channel * c.segments + s].second;
  }
  return sum;
}

/* Launches what fills `partial`, [channels][segments]. */
template <typename Terms>
static void sn_cuda_sum_channels(const Terms &terms, SnTwo *partial, const SnChannels &c) {
  int64_t blocks = c.channels * c.segments;
  cudaStream_t stream = sn_cuda_stream();
  if (c.positions == 1)
    SN_LAUNCH((sn_column_sums_kernel<Terms>), sn_cuda_grid(sn_divide_up(c.channels, SN_COLUMNS) * c.segments, 1),
              dim3(SN_COLUMNS, SN_ROWS), 0, stream, terms, partial, c);
  else if (sn_is_small(c.count))
    SN_LAUNCH((sn_plane_sums_kernel<uint32_t, Terms>), sn_cuda_grid(blocks, 1), SN_BLOCK, 0, stream, terms, partial, c,
              SnDivider<uint32_t>(c.positions));
  else
    SN_LAUNCH((sn_plane_sums_kernel<int64_t, Terms>), sn_cuda_grid(blocks, 1), SN_BLOCK, 0, stream, terms, partial, c,
              SnDivider<int64_t>(c.positions));
}

#endif
