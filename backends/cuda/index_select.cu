/* Rows by their numbers: y[r] = x[index[first + r]]. In a recording, batch after batch of the index. */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/launch.cuh"

template <typename T>
__global__ void index_select(const T *x, const int64_t *index, T *y, int64_t rows, int64_t selected, int64_t size,
                             const SnClock *clock) {
  if (clock) index += clock->batch * selected;
  for (int64_t i = sn_first_piece(); i < selected * size; i += sn_piece_step()) {
    int64_t row = index[i / size];
    y[i] = row >= 0 && row < rows ? x[row * size + i % size] : (T)NAN;
  }
}

template <typename T>
static bool run(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  int64_t count = sn_array_count(y);
  if (count == 0) return true;
  const int64_t *index = (const int64_t *)call->in[1]->data + call->attributes.index_select.first;
  SN_LAUNCH(index_select<T>, sn_cuda_grid(count, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), (const T *)x->data, index,
            (T *)y->data, x->shape[0], y->shape[0], y->shape[1], sn_cuda_clock());
  return sn_cuda_launched("index_select");
}

bool sn_cuda_index_select(const SnCall *call) {
  return call->out[0]->dtype == SN_FLOAT64 ? run<double>(call) : run<float>(call);
}
