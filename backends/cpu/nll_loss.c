#include <math.h>
#include <string.h>

#include "backends/cpu/cpu.h"

/* One number a row: not worth waking a thread for. */
bool SN_CPU(nll_loss)(const SnCall *call) {
  const SnArray *x = call->in[0];
  if (!sn_is_float32(x)) return false;
  const float *log_probability = x->data;
  const int64_t *target = call->in[1]->data;
  float *loss = call->out[0]->data;
  for (int64_t r = 0; r < x->shape[0]; r++) {
    bool is_class = target[r] >= 0 && target[r] < x->shape[1];
    loss[r] = is_class ? -log_probability[r * x->shape[1] + target[r]] : NAN;
  }
  return true;
}

bool SN_CPU(nll_loss_backward)(const SnCall *call) {
  const SnArray *dx = call->out[0];
  if (!sn_is_float32(dx)) return false;
  const float *dloss = call->in[0]->data;
  const int64_t *target = call->in[1]->data;
  float *gradient = dx->data;
  memset(gradient, 0, (size_t)sn_array_count(dx) * sizeof *gradient);
  for (int64_t r = 0; r < dx->shape[0]; r++)
    if (target[r] >= 0 && target[r] < dx->shape[1]) gradient[r * dx->shape[1] + target[r]] = -dloss[r];
  return true;
}
