/* Nearest-neighbour interpolation (backends/reference/interpolate_nearest.c), a thread a result. */
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

struct Planes {
  int64_t count, height, width, rows, columns; /* x [count, height, width], y [count, rows, columns] */
};

template <typename T>
__global__ void forward_kernel(const T *x, T *y, Planes p) {
  for (int64_t o = sn_first_piece(); o < p.count * p.rows * p.columns; o += sn_piece_step()) {
    int64_t row = o / p.columns, plane = row / p.rows;
    int64_t h = row % p.rows * p.height / p.rows, w = o % p.columns * p.width / p.columns;
    y[o] = x[(plane * p.height + h) * p.width + w];
  }
}

/* The first of `out` outputs that came from input h of `in`, or the end of them. */
__device__ __forceinline__ int64_t first_taker(int64_t h, int64_t in, int64_t out) { return (h * out + in - 1) / in; }

template <typename T>
__global__ void backward_kernel(const T *dy, T *dx, Planes p) {
  for (int64_t o = sn_first_piece(); o < p.count * p.height * p.width; o += sn_piece_step()) {
    int64_t row = o / p.width, plane = row / p.height, h = row % p.height, w = o % p.width;
    T sum = 0;
    for (int64_t i = first_taker(h, p.height, p.rows); i < first_taker(h + 1, p.height, p.rows); i++)
      for (int64_t j = first_taker(w, p.width, p.columns); j < first_taker(w + 1, p.width, p.columns); j++)
        sum += dy[(plane * p.rows + i) * p.columns + j];
    dx[o] = sum;
  }
}

template <typename T, bool BACKWARD>
bool run(const SnCall *call) {
  const SnArray *from = call->in[0], *to = call->out[0], *x = BACKWARD ? to : from, *y = BACKWARD ? from : to;
  int64_t count = sn_array_count(to);
  if (count == 0) return true;
  Planes p = {x->shape[0] * x->shape[1], x->shape[2], x->shape[3], y->shape[2], y->shape[3]};
  if (BACKWARD)
    SN_LAUNCH(backward_kernel<T>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), sn_data<const T>(from),
              sn_data<T>(to), p);
  else
    SN_LAUNCH(forward_kernel<T>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), sn_data<const T>(from),
              sn_data<T>(to), p);
  return sn_cuda_launched("interpolate_nearest");
}

template <typename T>
bool run_forward(const SnCall *call) {
  return run<T, false>(call);
}
template <typename T>
bool run_backward(const SnCall *call) {
  return run<T, true>(call);
}

}  // namespace

bool sn_cuda_interpolate_nearest(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_forward, call); }

bool sn_cuda_interpolate_nearest_backward(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_backward, call); }
