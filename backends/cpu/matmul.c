#include "backends/cpu/cpu.h"
#include "backends/cpu/product.h"

bool sn_cpu_matmul(const SnCall *call) {
  return sn_is_float32(call->out[0]) && sn_cpu_product(call->in[0], call->in[1], NULL, call->out[0]->data);
}
