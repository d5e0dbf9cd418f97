/* Bilinear interpolation (backends/reference/interpolate.c), a thread a result. Bytes moved: both arrays, once each.
 *
 * Output i of `out` lies at (i + 0.5) in / out - 0.5 of the input. In units of 1 / (2 out) that is the integer
 * (2 i + 1) in - out, so places and shares are exact without double precision. */
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

/* One direction. `unit` is 2 out, `last` the place of the last input in units. */
template <typename Index>
struct Direction {
  Index in, out, unit, last;
};

/* Places beyond the first and the last input are theirs. */
template <typename Index>
__device__ __forceinline__ Index source(Index i, const Direction<Index> &d) {
  return min(max((2 * i + 1) * d.in - d.out, (Index)0), d.last);
}

/* An output place is (1 - share) of input `low` and share of input `high`. */
template <typename Index, typename T>
struct Place {
  Index low, high;
  T share;
  __device__ __forceinline__ Place(Index i, const Direction<Index> &d) {
    Index at = source(i, d);
    low = at / d.unit;
    high = min(low + 1, d.in - 1);
    share = (T)(at - low * d.unit) / (T)d.unit;
  }
};

/* What share of output `i` comes from input `h`. */
template <typename T, typename Index>
__device__ __forceinline__ T share_of(Index h, Index i, const Direction<Index> &d) {
  Index distance = source(i, d) - h * d.unit;
  if (distance < 0) distance = -distance;
  return distance < d.unit ? (T)(d.unit - distance) / (T)d.unit : 0;
}

/* The outputs that can take from input h lie less than one input away from it: [first, end), with some to spare. At
 * the edges all outputs beyond belong. */
template <typename Index>
__device__ __forceinline__ Index first_taker(Index h, const Direction<Index> &d) {
  return h == 0 ? 0 : max(((h - 1) * d.unit + d.out) / (2 * d.in) - 1, (Index)0);
}
template <typename Index>
__device__ __forceinline__ Index taker_end(Index h, const Direction<Index> &d) {
  return h == d.in - 1 ? d.out : min(((h + 1) * d.unit + d.out) / (2 * d.in) + 1, d.out);
}

template <typename Index, typename T>
__global__ void __launch_bounds__(SN_BLOCK) forward_kernel(const T *__restrict__ x, T *__restrict__ y, int64_t count,
                                                           Direction<Index> down, Direction<Index> across) {
  int64_t outputs = (int64_t)down.out * (int64_t)across.out, inputs = (int64_t)down.in * (int64_t)across.in;
  /* A thread keeps its place and goes through the planes: what depends on the place is worked out once. */
  for (int64_t o = sn_first_piece(); o < outputs; o += sn_piece_step()) {
    Place<Index, T> row((Index)(o / across.out), down), column((Index)(o % across.out), across);
    int64_t above = (int64_t)row.low * across.in, below = (int64_t)row.high * across.in;
    for (int64_t plane = blockIdx.y; plane < count; plane += gridDim.y) {
      const T *image = x + plane * inputs;
      T upper = (1 - column.share) * image[above + column.low] + column.share * image[above + column.high];
      T lower = (1 - column.share) * image[below + column.low] + column.share * image[below + column.high];
      y[plane * outputs + o] = (1 - row.share) * upper + row.share * lower;
    }
  }
}

/* dx = sum of share dy over the outputs that took from this place */
template <typename Index, typename T>
__global__ void __launch_bounds__(SN_BLOCK) backward_kernel(const T *__restrict__ dy, T *__restrict__ dx, int64_t count,
                                                            Direction<Index> down, Direction<Index> across) {
  int64_t outputs = (int64_t)down.out * (int64_t)across.out, inputs = (int64_t)down.in * (int64_t)across.in;
  for (int64_t o = sn_first_piece(); o < inputs; o += sn_piece_step()) {
    Index h = (Index)(o / across.in), w = (Index)(o % across.in);
    Index i_first = first_taker(h, down), i_end = taker_end(h, down);
    Index j_first = first_taker(w, across), j_end = taker_end(w, across);
    for (int64_t plane = blockIdx.y; plane < count; plane += gridDim.y) {
      const T *gradient = dy + plane * outputs;
      T sum = 0;
      for (Index i = i_first; i < i_end; i++) {
        T row = 0;
        for (Index j = j_first; j < j_end; j++)
          row += share_of<T>(w, j, across) * gradient[(int64_t)i * across.out + j];
        sum += share_of<T>(h, i, down) * row;
      }
      dx[plane * inputs + o] = sum;
    }
  }
}

template <typename Index>
Direction<Index> direction(int64_t in, int64_t out) {
  return {(Index)in, (Index)out, (Index)(2 * out), (Index)(2 * out * (in - 1))};
}

/* Blocks for the places of a plane times blocks for planes: enough of both, and several planes a thread of many. */
dim3 grid_of(int64_t places, int64_t planes) {
  constexpr int64_t ENOUGH_BLOCKS = 2048, MAX = 65535;
  unsigned across = sn_cuda_grid(places, SN_BLOCK);
  int64_t down = max(min(planes, sn_divide_up(ENOUGH_BLOCKS, across)), sn_divide_up(planes, 8));
  return dim3(across, (unsigned)min(down, MAX));
}

template <typename Index, typename T, bool BACKWARD>
bool interpolate(const SnArray *image, const SnArray *larger, const SnArray *from, const SnArray *to) {
  Direction<Index> down = direction<Index>(image->shape[2], larger->shape[2]);
  Direction<Index> across = direction<Index>(image->shape[3], larger->shape[3]);
  int64_t planes = to->shape[0] * to->shape[1];
  dim3 grid = grid_of(to->shape[2] * to->shape[3], planes);
  if (BACKWARD)
    SN_LAUNCH((backward_kernel<Index, T>), grid, SN_BLOCK, 0, sn_cuda_stream(), sn_data<const T>(from), sn_data<T>(to),
              planes, down, across);
  else
    SN_LAUNCH((forward_kernel<Index, T>), grid, SN_BLOCK, 0, sn_cuda_stream(), sn_data<const T>(from), sn_data<T>(to),
              planes, down, across);
  return sn_cuda_launched("interpolate_bilinear");
}

/* 32 bits are enough where all places in units are below 2^31. */
template <typename T, bool BACKWARD>
bool interpolate_any(const SnCall *call) {
  const SnArray *from = call->in[0], *to = call->out[0];
  const SnArray *image = BACKWARD ? to : from, *larger = BACKWARD ? from : to;
  bool small = true;
  for (int d = 2; d < 4; d++)
    small =
        small && image->shape[d] < 1 << 28 && 2 * (larger->shape[d] + 1) < ((int64_t)1 << 31) / (image->shape[d] + 2);
  if (sn_array_count(to) == 0) return true;
  return small ? interpolate<int32_t, T, BACKWARD>(image, larger, from, to)
               : interpolate<int64_t, T, BACKWARD>(image, larger, from, to);
}

template <typename T>
bool run_forward(const SnCall *call) {
  return interpolate_any<T, false>(call);
}
template <typename T>
bool run_backward(const SnCall *call) {
  return interpolate_any<T, true>(call);
}

}  // namespace

bool sn_cuda_interpolate_bilinear(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_forward, call); }

bool sn_cuda_interpolate_bilinear_backward(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_backward, call); }
