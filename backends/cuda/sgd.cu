/* One step of stochastic gradient descent (backends/reference/sgd.c). Bytes moved: with momentum five times the
 * parameters', else three times. */
#include "backends/cuda/element.cuh"
#include "backends/cuda/kernels.cuh"

namespace {

template <typename T>
struct Sgd {
  T learning_rate, momentum, rest, decay;
  bool nesterov, first;
  const T *gradient;
  T *parameter, *buffer; /* absent: no momentum */
  int64_t count;
};

template <typename T>
__global__ void __launch_bounds__(SN_BLOCK) sgd_kernel(Sgd<T> s) {
  for (int64_t i = sn_first_piece(); i < s.count; i += sn_piece_step()) {
    T p = s.parameter[i], g = s.gradient[i] + s.decay * p, direction = g;
    if (s.buffer) {
      T buffer = s.first ? g : s.momentum * s.buffer[i] + s.rest * g;
      s.buffer[i] = buffer;
      direction = s.nesterov ? g + s.momentum * buffer : buffer;
    }
    s.parameter[i] = p - s.learning_rate * direction;
  }
}

template <typename T>
bool run_sgd(const SnCall *call) {
  const SnSgdStep &step = call->attributes.sgd;
  Sgd<T> s = {};
  s.learning_rate = (T)step.learning_rate;
  s.momentum = (T)step.momentum;
  s.rest = (T)(1 - step.dampening);
  s.decay = (T)step.weight_decay;
  s.nesterov = step.nesterov;
  s.first = step.first;
  s.gradient = sn_data<const T>(call->in[0]);
  s.parameter = sn_data<T>(call->out[0]);
  s.buffer = step.momentum != 0 ? sn_data<T>(call->out[1]) : nullptr;
  s.count = sn_array_count(call->out[0]);
  if (s.count == 0) return true;
  SN_LAUNCH((sgd_kernel<T>), sn_cuda_grid(s.count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), s);
  return sn_cuda_launched("sgd");
}

}  // namespace

bool sn_cuda_sgd(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_sgd, call); }
