#include "backends/cuda/strided.cuh"

static bool joins(const SnStrided *s, int last, int64_t size, const int64_t *stride) {
  for (int o = 0; o < s->operands; o++)
    if (s->stride[o][last] != stride[o] * size) return false;
  return true;
}

SnStrided sn_cuda_collapse(int operands, const SnArray *const *arrays) {
  SnStrided s = {};
  s.operands = operands;
  s.count = sn_array_count(arrays[0]);
  for (int o = 0; o < operands; o++) s.data[o] = arrays[o]->data;
  for (int d = 0; d < arrays[0]->ndim; d++) {
    int64_t size = arrays[0]->shape[d], stride[SN_MAX_OPERANDS];
    if (size == 1) continue;
    for (int o = 0; o < operands; o++) stride[o] = arrays[o]->stride[d];
    bool joined = s.ndim > 0 && joins(&s, s.ndim - 1, size, stride);
    if (!joined) s.ndim++;
    int last = s.ndim - 1;
    s.shape[last] = joined ? s.shape[last] * size : size;
    for (int o = 0; o < operands; o++) s.stride[o][last] = stride[o];
  }
  if (s.ndim == 0) {
    s.ndim = 1;
    s.shape[0] = 1;
    for (int o = 0; o < operands; o++) s.stride[o][0] = 1;
  }
  return s;
}

bool sn_cuda_is_flat(const SnStrided *s, const size_t *sizes, int pack) {
  if (s->ndim != 1) return false;
  for (int o = 0; o < s->operands; o++) {
    if (o > 0 && s->stride[o][0] == 0) continue;
    if (s->stride[o][0] != 1 || !sn_is_aligned(s->data[o], sizes[o] * (size_t)pack)) return false;
  }
  return true;
}
