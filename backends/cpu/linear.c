#include "backends/cpu/cpu.h"
#include "backends/cpu/product.h"

bool SN_CPU(linear)(const SnCall *call) {
  const SnArray *x = call->in[0], *weight = call->in[1], *bias = call->in[2];
  if (!sn_is_float32(x) || (bias && bias->shape[0] > 1 && bias->stride[0] != 1)) return false;
  SnArray a = {x->data, SN_FLOAT32, 3, {1, x->shape[0], x->shape[1]}, {0, x->stride[0], x->stride[1]}};
  SnArray b = {
      weight->data, SN_FLOAT32, 3, {1, weight->shape[1], weight->shape[0]}, {0, weight->stride[1], weight->stride[0]}};
  return SN_CPU(product)(&a, &b, bias ? bias->data : NULL, NULL, call->out[0]->data);
}
