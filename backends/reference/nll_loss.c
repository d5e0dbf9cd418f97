/* Negative log-likelihood of each row's target class, unreduced (torch.nn.functional.nll_loss, reduction="none"):
 *
 *   loss[r] = -log_probability[r, target[r]]
 *
 * A target that is no class has loss NaN and no gradient.
 */
#include <math.h>

#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

static int64_t target_at(const SnArray *target, int64_t r) {
  return ((const int64_t *)target->data)[r * target->stride[0]];
}

bool sn_reference_nll_loss(const SnCall *call) {
  const SnArray *log_probability = call->in[0], *target = call->in[1], *loss = call->out[0];
  for (int64_t r = 0; r < log_probability->shape[0]; r++) {
    int64_t c = target_at(target, r);
    bool is_class = c >= 0 && c < log_probability->shape[1];
    sn_set(loss, r, is_class ? -sn_get(log_probability, sn_at2(log_probability, r, c)) : NAN);
  }
  return true;
}

bool sn_reference_nll_loss_backward(const SnCall *call) {
  const SnArray *dloss = call->in[0], *target = call->in[1], *dx = call->out[0];
  for (int64_t r = 0; r < dx->shape[0]; r++)
    for (int64_t c = 0; c < dx->shape[1]; c++)
      sn_set(dx, sn_at2(dx, r, c), c == target_at(target, r) ? -sn_get(dloss, r) : 0);
  return true;
}
