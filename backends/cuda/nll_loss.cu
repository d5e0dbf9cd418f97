/* Negative log-likelihood of each row's target; a target that is no class has loss NaN and no gradient. */
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

template <typename T>
__global__ void __launch_bounds__(SN_BLOCK)
    loss_kernel(const T *__restrict__ log_probability, const int64_t *__restrict__ target, T *__restrict__ loss,
                int64_t rows, int64_t classes) {
  for (int64_t r = sn_first_piece(); r < rows; r += sn_piece_step()) {
    int64_t c = target[r];
    loss[r] = c >= 0 && c < classes ? -log_probability[r * classes + c] : (T)NAN;
  }
}

template <typename T>
__global__ void __launch_bounds__(SN_BLOCK)
    backward_kernel(const T *__restrict__ dloss, const int64_t *__restrict__ target, T *__restrict__ dx, int64_t count,
                    int64_t classes) {
  for (int64_t i = sn_first_piece(); i < count; i += sn_piece_step()) {
    int64_t r = i / classes;
    dx[i] = i - r * classes == target[r] ? -dloss[r] : 0;
  }
}

template <typename T>
bool run_loss(const SnCall *call) {
  const SnArray *x = call->in[0];
  if (x->shape[0] == 0) return true;
  SN_LAUNCH((loss_kernel<T>), sn_cuda_grid(x->shape[0], SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), sn_data<const T>(x),
            sn_data<const int64_t>(call->in[1]), sn_data<T>(call->out[0]), x->shape[0], x->shape[1]);
  return sn_cuda_launched("nll_loss");
}

template <typename T>
bool run_backward(const SnCall *call) {
  const SnArray *dx = call->out[0];
  int64_t count = sn_array_count(dx);
  if (count == 0) return true;
  SN_LAUNCH((backward_kernel<T>), sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(),
            sn_data<const T>(call->in[0]), sn_data<const int64_t>(call->in[1]), sn_data<T>(dx), count, dx->shape[1]);
  return sn_cuda_launched("nll_loss_backward");
}

}  // namespace

bool sn_cuda_nll_loss(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_loss, call); }

bool sn_cuda_nll_loss_backward(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_backward, call); }
