/* Sums and maxima over the dimensions in which the output has size 1.
 *
 * x is read once. A result's elements are cut into segments by shape alone: a block (or, of few elements, a warp) makes
 * a partial result of each in double precision, and where there are several a second kernel combines them in order.
 * Neighbouring threads read neighbouring elements: along the reduced dimensions where these vary fastest in memory,
 * else along the kept ones. */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/reduce.cuh"
#include "backends/cuda/strided.cuh"

namespace {

/* Elements of a segment; more segments than results are made only where there are too few blocks. */
constexpr int64_t SEGMENT = 4096, ENOUGH_BLOCKS = 512;
/* Of a block that reads along the kept dimensions: COLUMNS results, each by ROWS threads. */
constexpr int COLUMNS = 32, ROWS = 8;

template <typename T>
struct Sum {
  typedef SnAdd Operation;
  SnSum<T> sum;
  __device__ __forceinline__ void add(T x) { sum.add(x); }
  __device__ __forceinline__ double value() const { return sum.value(); }
};

template <typename T>
struct Max {
  typedef SnLarger Operation;
  double max;
  __device__ __forceinline__ Max() : max(SnLarger::none()) {}
  __device__ __forceinline__ void add(T x) { max = SnLarger::both(max, (double)x); }
  __device__ __forceinline__ double value() const { return max; }
};

/* x as [kept, reduced]. */
template <typename Index>
struct Plan {
  SnOffsets<Index, 2> kept; /* of a second array of x's shape too, in max_backward */
  SnOffsets<Index, 2> reduced;
  int64_t results, elements, segments, segment;
};

template <typename Index>
__device__ __forceinline__ int64_t offset_of(const SnOffsets<Index, 2> &offsets, int64_t i) {
  int64_t offset[2];
  offsets.at((Index)i, offset);
  return offset[0];
}

/* Width threads make one partial result: a warp, or a whole block. */
template <typename Index, typename T, typename Reduction, int Width>
__global__ void __launch_bounds__(SN_BLOCK)
    rows_kernel(const T *__restrict__ x, double *partial, T *y, Plan<Index> plan) {
  __shared__ double shared[SN_WARP];
  int lane = (int)threadIdx.x % Width, group = (int)threadIdx.x / Width;
  int64_t work = plan.results * plan.segments, groups = (int64_t)gridDim.x * (SN_BLOCK / Width);
  for (int64_t w = (int64_t)blockIdx.x * (SN_BLOCK / Width) + group; w < work; w += groups) {
    int64_t result = w / plan.segments, start = w % plan.segments * plan.segment;
    int64_t end = min(start + plan.segment, plan.elements);
    const T *from = x + offset_of(plan.kept, result);
    Reduction reduction;
    for (int64_t i = start + lane; i < end; i += Width) reduction.add(from[offset_of(plan.reduced, i)]);
    double value = Width == SN_WARP ? sn_warp_reduce<typename Reduction::Operation>(reduction.value())
                                    : sn_block_reduce<typename Reduction::Operation>(reduction.value(), shared);
    if (lane != 0) continue;
    if (partial)
      partial[w] = value;
    else
      y[w] = (T)value;
  }
}

/* A block of COLUMNS x ROWS threads makes COLUMNS neighbouring results. */
template <typename Index, typename T, typename Reduction>
__global__ void __launch_bounds__(COLUMNS *ROWS)
    columns_kernel(const T *__restrict__ x, double *partial, T *y, Plan<Index> plan) {
  __shared__ double shared[ROWS][COLUMNS];
  int64_t tiles = sn_divide_up(plan.results, COLUMNS);
  for (int64_t w = blockIdx.x; w < tiles * plan.segments; w += gridDim.x) {
    int64_t result = w / plan.segments * COLUMNS + threadIdx.x, segment = w % plan.segments;
    int64_t start = segment * plan.segment, end = min(start + plan.segment, plan.elements);
    Reduction reduction;
    if (result < plan.results) {
      const T *from = x + offset_of(plan.kept, result);
      for (int64_t i = start + threadIdx.y; i < end; i += ROWS) reduction.add(from[offset_of(plan.reduced, i)]);
    }
    __syncthreads();
    shared[threadIdx.y][threadIdx.x] = reduction.value();
    __syncthreads();
    if (threadIdx.y != 0 || result >= plan.results) continue;
    double value = shared[0][threadIdx.x];
    for (int r = 1; r < ROWS; r++) value = Reduction::Operation::both(value, shared[r][threadIdx.x]);
    if (partial)
      partial[result * plan.segments + segment] = value;
    else
      y[result] = (T)value;
  }
}

template <typename T, typename Operation>
__global__ void __launch_bounds__(SN_BLOCK)
    combine_kernel(const double *partial, T *y, int64_t results, int64_t segments) {
  int lane = (int)threadIdx.x % SN_WARP;
  int64_t warps = sn_piece_step() / SN_WARP;
  for (int64_t result = sn_first_piece() / SN_WARP; result < results; result += warps) {
    double value = Operation::none();
    for (int64_t s = lane; s < segments; s += SN_WARP) value = Operation::both(value, partial[result * segments + s]);
    value = sn_warp_reduce<Operation>(value);
    if (lane == 0) y[result] = (T)value;
  }
}

/* dx = dy / ties where x is the maximum, else 0. A block a result. */
template <typename Index, typename T>
__global__ void __launch_bounds__(SN_BLOCK) max_backward_kernel(const T *__restrict__ x, const T *__restrict__ y,
                                                                const T *__restrict__ dy, T *dx, Plan<Index> plan) {
  __shared__ double shared[SN_WARP];
  for (int64_t result = blockIdx.x; result < plan.results; result += gridDim.x) {
    int64_t start[2], offset[2];
    plan.kept.at((Index)result, start);
    T max = y[result], gradient = dy[result];
    int64_t own = 0;
    for (int64_t i = threadIdx.x; i < plan.elements; i += SN_BLOCK) {
      plan.reduced.at((Index)i, offset);
      own += x[start[0] + offset[0]] == max;
    }
    double ties = sn_block_reduce<SnAdd>((double)own, shared);
    T share = (T)((double)gradient / ties);
    for (int64_t i = threadIdx.x; i < plan.elements; i += SN_BLOCK) {
      plan.reduced.at((Index)i, offset);
      dx[start[1] + offset[1]] = x[start[0] + offset[0]] == max ? share : 0;
    }
  }
}

/* The dimensions of `first` (and of `second`, whose shape is the same) that y keeps, or that it reduces. */
SnStrided some_dimensions(const SnArray *first, const SnArray *second, const SnArray *y, bool kept) {
  SnArray views[2] = {*first, *second};
  const SnArray *arrays[2] = {&views[0], &views[1]};
  for (int d = 0; d < first->ndim; d++)
    if ((y->shape[d] != 1) != kept) views[0].shape[d] = views[1].shape[d] = 1;
  return sn_cuda_collapse(2, arrays);
}

template <typename Index>
Plan<Index> plan_of(const SnStrided &kept, const SnStrided &reduced, bool columns) {
  Plan<Index> plan = {
      SnOffsets<Index, 2>(kept), SnOffsets<Index, 2>(reduced), kept.count, reduced.count, 1, reduced.count};
  int64_t blocks = columns ? sn_divide_up(kept.count, COLUMNS) : kept.count;
  if (blocks < ENOUGH_BLOCKS && reduced.count > 2 * SEGMENT) {
    plan.segments = min(sn_divide_up(reduced.count, SEGMENT), sn_divide_up(ENOUGH_BLOCKS, blocks));
    plan.segment = sn_divide_up(reduced.count, plan.segments);
  }
  return plan;
}

template <typename Index, typename T, typename Reduction>
bool reduce(const SnCall *call, const SnStrided &kept, const SnStrided &reduced) {
  bool columns = kept.count >= COLUMNS && reduced.count > 1 && kept.stride[0][kept.ndim - 1] == 1 &&
                 reduced.stride[0][reduced.ndim - 1] != 1;
  Plan<Index> plan = plan_of<Index>(kept, reduced, columns);
  const T *x = sn_data<const T>(call->in[0]);
  T *y = sn_data<T>(call->out[0]);
  double *partial = nullptr;
  if (plan.segments > 1) {
    partial = static_cast<double *>(sn_cuda_scratch((size_t)(plan.results * plan.segments) * sizeof(double)));
    if (!partial) return false;
  }
  int64_t work = plan.results * plan.segments;
  cudaStream_t stream = sn_cuda_stream();
  if (columns)
    SN_LAUNCH((columns_kernel<Index, T, Reduction>),
              sn_cuda_grid(sn_divide_up(plan.results, COLUMNS) * plan.segments, 1), dim3(COLUMNS, ROWS), 0, stream, x,
              partial, y, plan);
  else if (plan.segment <= SN_BLOCK)
    SN_LAUNCH((rows_kernel<Index, T, Reduction, SN_WARP>), sn_cuda_grid(work, SN_BLOCK / SN_WARP), SN_BLOCK, 0, stream,
              x, partial, y, plan);
  else
    SN_LAUNCH((rows_kernel<Index, T, Reduction, SN_BLOCK>), sn_cuda_grid(work, 1), SN_BLOCK, 0, stream, x, partial, y,
              plan);
  if (partial)
    SN_LAUNCH((combine_kernel<T, typename Reduction::Operation>), sn_cuda_grid(plan.results, SN_BLOCK / SN_WARP),
              SN_BLOCK, 0, stream, partial, y, plan.results, plan.segments);
  return sn_cuda_launched("reduce");
}

template <typename T, typename Reduction>
bool reduce_any(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  SnStrided kept = some_dimensions(x, x, y, true), reduced = some_dimensions(x, x, y, false);
  if (kept.count == 0) return true;
  return sn_is_small(sn_array_count(x)) ? reduce<uint32_t, T, Reduction>(call, kept, reduced)
                                        : reduce<int64_t, T, Reduction>(call, kept, reduced);
}

template <typename T>
bool run_sum(const SnCall *call) {
  return reduce_any<T, Sum<T>>(call);
}

template <typename T>
bool run_max(const SnCall *call) {
  return reduce_any<T, Max<T>>(call);
}

template <typename Index, typename T>
bool max_backward(const SnCall *call, const SnStrided &kept, const SnStrided &reduced) {
  Plan<Index> plan = plan_of<Index>(kept, reduced, false);
  SN_LAUNCH((max_backward_kernel<Index, T>), sn_cuda_grid(plan.results, 1), SN_BLOCK, 0, sn_cuda_stream(),
            sn_data<const T>(call->in[0]), sn_data<const T>(call->in[1]), sn_data<const T>(call->in[2]),
            sn_data<T>(call->out[0]), plan);
  return sn_cuda_launched("max_backward");
}

template <typename T>
bool run_max_backward(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->in[1], *dx = call->out[0];
  SnStrided kept = some_dimensions(x, dx, y, true), reduced = some_dimensions(x, dx, y, false);
  if (kept.count == 0 || reduced.count == 0) return true;
  return sn_is_small(sn_array_count(x)) ? max_backward<uint32_t, T>(call, kept, reduced)
                                        : max_backward<int64_t, T>(call, kept, reduced);
}

}  // namespace

bool sn_cuda_sum(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_sum, call); }

bool sn_cuda_max(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_max, call); }

bool sn_cuda_max_backward(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_max_backward, call); }
