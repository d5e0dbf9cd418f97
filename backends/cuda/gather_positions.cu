/* Rows of maps at given positions (backends/reference/gather_positions.c), a thread a result. */
#include "backends/bilinear.h"
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

struct Gather {
  const int64_t *index;
  int64_t images, rows, columns, channels; /* of x */
  int64_t height, width;                   /* of the grid that positions are counted on */
  int64_t count, stride;                   /* rows of y, and from one to the next */
};

template <typename T>
__device__ T value_at(const T *x, const Gather &g, int64_t position, int64_t c) {
  int64_t image = position / (g.height * g.width);
  if (position < 0 || image >= g.images) return (T)NAN;
  SnBilinearPlace down = sn_bilinear_place(position / g.width % g.height, g.rows, g.height);
  SnBilinearPlace along = sn_bilinear_place(position % g.width, g.columns, g.width);
  const T *above = x + (image * g.rows + down.low) * g.columns * g.channels + c;
  const T *below = x + (image * g.rows + down.high) * g.columns * g.channels + c;
  T right = (T)along.share, lower = (T)down.share;
  T upper_value = (1 - right) * above[along.low * g.channels] + right * above[along.high * g.channels];
  T lower_value = (1 - right) * below[along.low * g.channels] + right * below[along.high * g.channels];
  return (1 - lower) * upper_value + lower * lower_value;
}

/* In a recording, batch after batch of the index. */
template <typename T>
__global__ void gather_kernel(const T *x, T *y, Gather g, const SnClock *clock) {
  const int64_t *index = clock ? g.index + clock->batch * g.count : g.index;
  for (int64_t i = sn_first_piece(); i < g.count * g.channels; i += sn_piece_step()) {
    int64_t r = i / g.channels, c = i % g.channels;
    y[r * g.stride + c] = value_at(x, g, index[r], c);
  }
}

template <typename T>
bool run(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  if (y->stride[1] != 1) return false;
  int64_t count = sn_array_count(y);
  if (count == 0) return true;
  Gather g = {(const int64_t *)call->in[1]->data + call->attributes.gather_positions.first,
              x->shape[0],
              x->shape[1],
              x->shape[2],
              x->shape[3],
              call->attributes.gather_positions.height,
              call->attributes.gather_positions.width,
              y->shape[0],
              y->stride[0]};
  SN_LAUNCH(gather_kernel<T>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), sn_data<const T>(x),
            sn_data<T>(y), g, sn_cuda_clock());
  return sn_cuda_launched("gather_positions");
}

}  // namespace

bool sn_cuda_gather_positions(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run, call); }
