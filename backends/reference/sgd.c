/* One step of stochastic gradient descent with momentum, as torch.optim.SGD takes it:
 *
 *   g = g + decay p
 *   buffer = momentum buffer + (1 - dampening) g, but g itself at the first step
 *   p = p - lr (nesterov: g + momentum buffer; else: buffer)
 *
 * With momentum 0, or without a buffer, p = p - lr g.
 */
#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

bool sn_reference_sgd(const SnCall *call) {
  const SnArray *gradient = call->in[0], *parameter = call->out[0], *momentum_buffer = call->out[1];
  const SnSgdStep *sgd = &call->attributes.sgd;
  int64_t count = sn_array_count(parameter);
  for (int64_t i = 0; i < count; i++) {
    double p = sn_get(parameter, i), g = sn_get(gradient, i) + sgd->weight_decay * p, direction = g;
    if (momentum_buffer && sgd->momentum != 0) {
      double buffer = sgd->first ? g : sgd->momentum * sn_get(momentum_buffer, i) + (1 - sgd->dampening) * g;
      sn_set(momentum_buffer, i, buffer);
      direction = sgd->nesterov ? g + sgd->momentum * buffer : buffer;
    }
    sn_set(parameter, i, p - sgd->learning_rate * direction);
  }
  return true;
}
