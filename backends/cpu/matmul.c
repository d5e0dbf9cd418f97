#include "backends/cpu/cpu.h"
#include "backends/cpu/product.h"

bool SN_CPU(matmul)(const SnCall *call) {
  return sn_is_float32(call->out[0]) && SN_CPU(product)(call->in[0], call->in[1], NULL, call->out[0]->data);
}
