/* Bicubic interpolation (backends/bicubic.h), a thread a result, which works out its weights itself: it is for what is
 * resized once, such as a table of positions. */
#include "backends/bicubic.h"
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

template <typename T>
__global__ void __launch_bounds__(SN_BLOCK) forward_kernel(const T *x, T *y, int64_t count, SnBicubicAxis down,
                                                           SnBicubicAxis along, int64_t rows, int64_t columns) {
  for (int64_t e = sn_first_piece(); e < count; e += sn_piece_step()) {
    const T *plane = x + e / columns / rows * down.in * along.in;
    SnBicubicPlace row = sn_bicubic_place(&down, e / columns % rows), column = sn_bicubic_place(&along, e % columns);
    double sum = 0;
    for (int64_t k = row.first; k < row.end; k++) {
      double part = 0;
      for (int64_t l = column.first; l < column.end; l++)
        part += sn_bicubic_weight(&column, l) *
                (double)plane[sn_bicubic_clamp(&down, k) * along.in + sn_bicubic_clamp(&along, l)];
      sum += sn_bicubic_weight(&row, k) * part;
    }
    y[e] = (T)sum;
  }
}

template <typename T>
__global__ void __launch_bounds__(SN_BLOCK) backward_kernel(const T *dy, T *dx, int64_t count, SnBicubicAxis down,
                                                            SnBicubicAxis along, int64_t rows, int64_t columns) {
  for (int64_t e = sn_first_piece(); e < count; e += sn_piece_step()) {
    const T *plane = dy + e / along.in / down.in * rows * columns;
    int64_t h = e / along.in % down.in, w = e % along.in;
    double sum = 0;
    for (int64_t i = 0; i < rows; i++) {
      SnBicubicPlace row = sn_bicubic_place(&down, i);
      double share = sn_bicubic_share(&down, &row, h);
      for (int64_t j = 0; share != 0 && j < columns; j++) {
        SnBicubicPlace column = sn_bicubic_place(&along, j);
        sum += share * sn_bicubic_share(&along, &column, w) * (double)plane[i * columns + j];
      }
    }
    dx[e] = (T)sum;
  }
}

template <typename T, bool BACKWARD>
bool run(const SnCall *call) {
  const SnArray *image = BACKWARD ? call->out[0] : call->in[0], *result = BACKWARD ? call->in[0] : call->out[0];
  const SnBicubic *options = &call->attributes.bicubic;
  SnBicubicAxis down = sn_bicubic_axis(image->shape[2], result->shape[2], options->scale[0], options->antialias);
  SnBicubicAxis along = sn_bicubic_axis(image->shape[3], result->shape[3], options->scale[1], options->antialias);
  int64_t count = sn_array_count(call->out[0]);
  if (count == 0) return true;
  if (BACKWARD)
    SN_LAUNCH(backward_kernel<T>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(),
              sn_data<const T>(call->in[0]), sn_data<T>(call->out[0]), count, down, along, result->shape[2],
              result->shape[3]);
  else
    SN_LAUNCH(forward_kernel<T>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(),
              sn_data<const T>(call->in[0]), sn_data<T>(call->out[0]), count, down, along, result->shape[2],
              result->shape[3]);
  return sn_cuda_launched("interpolate_bicubic");
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

bool sn_cuda_interpolate_bicubic(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_forward, call); }

bool sn_cuda_interpolate_bicubic_backward(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_backward, call); }
