/* Copies between any strides and any two dtypes, and constants. Bytes moved: both arrays, once each; where neighbours
 * in the one array are far apart in the other, tiles pass through shared memory, so that both are read and written in
 * whole lines. */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/strided.cuh"
#include "backends/float16.h"

namespace {

struct Float16 {
  uint16_t bits;
};
struct Bfloat16 {
  uint16_t bits;
};

/* ---- conversion of numbers, as backends/reference/elements.h converts ---- */

/* Towards zero; beyond the integers' range the nearest of them, and 0 for NaN. */
__host__ __device__ __forceinline__ int64_t truncated(double value, int64_t low, int64_t high) {
  if (isnan(value)) return 0;
  if (value <= (double)low) return low;
  if (value >= (double)high) return high;
  return (int64_t)value;
}

template <typename Y>
__host__ __device__ __forceinline__ Y narrow(double value) {
  return (Y)value;
}
template <>
__host__ __device__ __forceinline__ int64_t narrow(double value) {
  return truncated(value, INT64_MIN, INT64_MAX);
}
template <>
__host__ __device__ __forceinline__ uint8_t narrow(double value) {
  return (uint8_t)truncated(value, 0, UINT8_MAX);
}
template <>
__host__ __device__ __forceinline__ Float16 narrow(double value) {
  return {sn_float16_from_double(value)};
}
template <>
__host__ __device__ __forceinline__ Bfloat16 narrow(double value) {
  return {sn_bfloat16_from_double(value)};
}

/* Of elements that stay as they are only the size matters. */
template <typename X>
struct Keep {
  __device__ __forceinline__ X operator()(X x) const { return x; }
};

/* ---- transposition ---- */

constexpr int TILE = 32, TILE_ROWS = 8;

/* y varies fastest along `across`, x along `down`; the other dimensions are left. Strides in elements. */
struct Transposition {
  int64_t across, down, others, x_across, y_down;
};

template <typename X>
__global__ void __launch_bounds__(TILE *TILE_ROWS)
    transpose_kernel(const X *__restrict__ x, X *__restrict__ y, Transposition t, SnOffsets<int64_t, 2> others) {
  __shared__ X tile[TILE][TILE + 1]; /* the odd width keeps columns in different banks */
  int64_t tiles_across = sn_divide_up(t.across, TILE), tiles_down = sn_divide_up(t.down, TILE);
  int a = (int)threadIdx.x, b = (int)threadIdx.y;
  for (int64_t w = blockIdx.x; w < tiles_across * tiles_down * t.others; w += gridDim.x) {
    int64_t left = w % tiles_across * TILE, top = w / tiles_across % tiles_down * TILE, offset[2];
    others.at(w / tiles_across / tiles_down, offset);
    __syncthreads();
    for (int r = b; r < TILE; r += TILE_ROWS)
      if (left + r < t.across && top + a < t.down) tile[r][a] = x[offset[1] + (left + r) * t.x_across + top + a];
    __syncthreads();
    for (int r = b; r < TILE; r += TILE_ROWS)
      if (left + a < t.across && top + r < t.down) y[offset[0] + (top + r) * t.y_down + left + a] = tile[a][r];
  }
}

/* False when the arrays' memory order is not of that kind. */
template <typename X>
bool transpose(const SnCall *call) {
  const SnArray *arrays[2] = {call->out[0], call->in[0]};
  SnStrided s = sn_cuda_collapse(2, arrays);
  int across = -1, down = -1;
  for (int d = 0; d < s.ndim; d++) {
    if (s.stride[0][d] == 1) across = d;
    if (s.stride[1][d] == 1) down = d;
  }
  if (across < 0 || down < 0 || across == down || s.shape[across] < TILE_ROWS || s.shape[down] < TILE_ROWS)
    return false;
  Transposition t = {s.shape[across], s.shape[down], 1, s.stride[1][across], s.stride[0][down]};
  SnStrided rest = s;
  rest.ndim = 0;
  for (int d = 0; d < s.ndim; d++) {
    if (d == across || d == down) continue;
    rest.shape[rest.ndim] = s.shape[d];
    for (int o = 0; o < 2; o++) rest.stride[o][rest.ndim] = s.stride[o][d];
    t.others *= s.shape[d];
    rest.ndim++;
  }
  int64_t tiles = sn_divide_up(t.across, TILE) * sn_divide_up(t.down, TILE) * t.others;
  SN_LAUNCH((transpose_kernel<X>), sn_cuda_grid(tiles, 1), dim3(TILE, TILE_ROWS), 0, sn_cuda_stream(),
            static_cast<const X *>(s.data[1]), static_cast<X *>(s.data[0]), t, (SnOffsets<int64_t, 2>(rest)));
  return true;
}

template <typename X>
bool keep(const SnCall *call) {
  if (transpose<X>(call)) return sn_cuda_launched("copy");
  return sn_cuda_map<X, X, 1>(call, Keep<X>(), "the kernel copy");
}

/* ---- conversion of arrays ---- */

/* The dtype of x is asked for at every element: all threads take the same way, and there is a kernel for each dtype of
 * y only. A double holds every value but a large int64, so those go straight to where they would be rounded wrongly; to
 * uint8 they wrap around as in C. */
template <typename Y>
__device__ __forceinline__ Y converted(const void *x, SnDtype dtype, int64_t i) {
  switch (dtype) {
    case SN_FLOAT32:
      return narrow<Y>((double)static_cast<const float *>(x)[i]);
    case SN_FLOAT64:
      return narrow<Y>(static_cast<const double *>(x)[i]);
    case SN_UINT8:
      return narrow<Y>((double)static_cast<const uint8_t *>(x)[i]);
    case SN_FLOAT16:
      return narrow<Y>((double)sn_float_from_float16(static_cast<const uint16_t *>(x)[i]));
    case SN_BFLOAT16:
      return narrow<Y>((double)sn_float_from_bfloat16(static_cast<const uint16_t *>(x)[i]));
    default: {
      int64_t value = static_cast<const int64_t *>(x)[i];
      if constexpr (std::is_same<Y, uint8_t>::value || std::is_same<Y, float>::value)
        return (Y)value;
      else
        return narrow<Y>((double)value);
    }
  }
}

template <typename Y>
__global__ void __launch_bounds__(SN_BLOCK) convert_kernel(const void *__restrict__ x, SnDtype dtype, Y *__restrict__ y,
                                                           int64_t count, SnOffsets<int64_t, 2> offsets) {
  for (int64_t i = sn_first_piece(); i < count; i += sn_piece_step()) {
    int64_t offset[2];
    offsets.at(i, offset);
    y[offset[0]] = converted<Y>(x, dtype, offset[1]);
  }
}

template <typename Y>
bool convert(const SnCall *call) {
  const SnArray *arrays[2] = {call->out[0], call->in[0]};
  SnStrided s = sn_cuda_collapse(2, arrays);
  if (s.count == 0) return true;
  SN_LAUNCH((convert_kernel<Y>), sn_cuda_grid(s.count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), s.data[1],
            call->in[0]->dtype, static_cast<Y *>(s.data[0]), s.count, (SnOffsets<int64_t, 2>(s)));
  return sn_cuda_launched("copy");
}

template <typename Y>
struct Constant {
  Y value;
  __device__ __forceinline__ Y operator()() const { return value; }
};

template <typename Y>
bool fill(const SnCall *call) {
  return sn_cuda_map<Y, Y, 0>(call, Constant<Y>{narrow<Y>(call->attributes.fill.value)}, "the kernel fill");
}

}  // namespace

bool sn_cuda_copy(const SnCall *call) {
  const SnArray *x = call->in[0];
  if (x->dtype == call->out[0]->dtype) switch (sn_dtype_size(x->dtype)) {
      case 1:
        return keep<uint8_t>(call);
      case 2:
        return keep<uint16_t>(call);
      case 4:
        return keep<uint32_t>(call);
      default:
        return keep<uint64_t>(call);
    }
  switch (call->out[0]->dtype) {
    case SN_FLOAT32:
      return convert<float>(call);
    case SN_FLOAT64:
      return convert<double>(call);
    case SN_INT64:
      return convert<int64_t>(call);
    case SN_UINT8:
      return convert<uint8_t>(call);
    case SN_FLOAT16:
      return convert<Float16>(call);
    case SN_BFLOAT16:
      return convert<Bfloat16>(call);
    default:
      return false;
  }
}

bool sn_cuda_fill(const SnCall *call) {
  switch (call->out[0]->dtype) {
    case SN_FLOAT32:
      return fill<float>(call);
    case SN_FLOAT64:
      return fill<double>(call);
    case SN_INT64:
      return fill<int64_t>(call);
    case SN_UINT8:
      return fill<uint8_t>(call);
    case SN_FLOAT16:
      return fill<Float16>(call);
    case SN_BFLOAT16:
      return fill<Bfloat16>(call);
    default:
      return false;
  }
}
