/* One step of Adam (Kingma and Ba 2015) or AdamW (Loshchilov and Hutter 2019), as torch.optim.Adam and AdamW take it:
 *
 *   AdamW: p = p - lr decay p        Adam: g = g + decay p
 *   m = beta1 m + (1 - beta1) g      v = beta2 v + (1 - beta2) g^2
 *   p = p - lr / (1 - beta1^step) m / (sqrt(v) / sqrt(1 - beta2^step) + eps)
 */
#include <math.h>

#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

bool sn_reference_adam(const SnCall *call) {
  const SnArray *gradient = call->in[0];
  const SnArray *parameter = call->out[0], *first_moment = call->out[1], *second_moment = call->out[2];
  const SnAdamStep *adam = &call->attributes.adam;
  double step_size = adam->learning_rate / (1 - pow(adam->beta1, (double)adam->step));
  double root_correction2 = sqrt(1 - pow(adam->beta2, (double)adam->step));
  int64_t count = sn_array_count(parameter);
  for (int64_t i = 0; i < count; i++) {
    double p = sn_get(parameter, i), g = sn_get(gradient, i);
    if (adam->decoupled)
      p -= adam->learning_rate * adam->weight_decay * p;
    else
      g += adam->weight_decay * p;
    double m = adam->beta1 * sn_get(first_moment, i) + (1 - adam->beta1) * g;
    double v = adam->beta2 * sn_get(second_moment, i) + (1 - adam->beta2) * g * g;
    sn_set(first_moment, i, m);
    sn_set(second_moment, i, v);
    sn_set(parameter, i, p - step_size * m / (sqrt(v) / root_correction2 + adam->eps));
  }
  return true;
}
