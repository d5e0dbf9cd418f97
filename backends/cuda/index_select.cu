/* Slices by their numbers (backends/reference/index_select.c): x as [outer, of_x, inner], y as [outer, of_y, inner]. In
 * a recording, batch after batch of the index. */
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

struct Slices {
  const int64_t *index;
  int64_t outer, inner, of_x, of_y;
};

template <typename T>
__global__ void forward_kernel(const T *x, T *y, Slices s, const SnClock *clock) {
  const int64_t *index = clock ? s.index + clock->batch * s.of_y : s.index;
  for (int64_t i = sn_first_piece(); i < s.outer * s.of_y * s.inner; i += sn_piece_step()) {
    int64_t slice = i / s.inner, from = index[slice % s.of_y];
    y[i] = from >= 0 && from < s.of_x ? x[(slice / s.of_y * s.of_x + from) * s.inner + i % s.inner] : (T)NAN;
  }
}

/* A thread an element of dx: it looks for its slice among all, so that sums have one order. */
template <typename T>
__global__ void backward_kernel(const T *dy, T *dx, Slices s, const SnClock *clock) {
  const int64_t *index = clock ? s.index + clock->batch * s.of_y : s.index;
  for (int64_t i = sn_first_piece(); i < s.outer * s.of_x * s.inner; i += sn_piece_step()) {
    int64_t slice = i / s.inner, first = slice / s.of_x * s.of_y;
    T sum = 0;
    for (int64_t r = 0; r < s.of_y; r++)
      if (index[r] == slice % s.of_x) sum += dy[(first + r) * s.inner + i % s.inner];
    dx[i] = sum;
  }
}

template <typename T, bool BACKWARD>
bool run(const SnCall *call) {
  const SnArray *from = call->in[0], *to = call->out[0], *x = BACKWARD ? to : from, *y = BACKWARD ? from : to;
  int dim = call->attributes.index_select.dim;
  int64_t count = sn_array_count(to);
  if (count == 0) return true;
  Slices s = {(const int64_t *)call->in[1]->data + call->attributes.index_select.first, 1, 1, x->shape[dim],
              y->shape[dim]};
  for (int d = 0; d < dim; d++) s.outer *= x->shape[d];
  for (int d = dim + 1; d < x->ndim; d++) s.inner *= x->shape[d];
  if (BACKWARD)
    SN_LAUNCH(backward_kernel<T>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), sn_data<const T>(from),
              sn_data<T>(to), s, sn_cuda_clock());
  else
    SN_LAUNCH(forward_kernel<T>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), sn_data<const T>(from),
              sn_data<T>(to), s, sn_cuda_clock());
  return sn_cuda_launched("index_select");
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

bool sn_cuda_index_select(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_forward, call); }

bool sn_cuda_index_select_backward(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_backward, call); }
