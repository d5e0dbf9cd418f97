#include <math.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"

enum { BLOCK = 8192 };

/* The step's constants, rounded once. */
typedef struct Adam {
  float shrink, decay, beta1, beta2, rest1, rest2, step_size, root_scale, eps;
  const float *gradient;
  float *parameter, *first_moment, *second_moment;
  int64_t count;
} Adam;

static void adam_block(void *context, int64_t block) {
  const Adam *a = context;
  const float shrink = a->shrink, decay = a->decay, beta1 = a->beta1, beta2 = a->beta2, rest1 = a->rest1,
              rest2 = a->rest2, step_size = a->step_size, root_scale = a->root_scale, eps = a->eps;
  int64_t start = block * BLOCK, n = sn_smaller(BLOCK, a->count - start);
  const float *restrict gradient = a->gradient + start;
  float *restrict parameter = a->parameter + start, *restrict first = a->first_moment + start,
                  *restrict second = a->second_moment + start;
  for (int64_t i = 0; i < n; i++) {
    float p = parameter[i], g = gradient[i] + decay * p;
    float m = beta1 * first[i] + rest1 * g, v = beta2 * second[i] + rest2 * (g * g);
    first[i] = m;
    second[i] = v;
    parameter[i] = shrink * p - step_size * m / (sqrtf(v) * root_scale + eps);
  }
}

bool SN_CPU(adam)(const SnCall *call) {
  const SnAdamStep *step = &call->attributes.adam;
  if (!sn_is_float32(call->in[0])) return false;
  Adam a = {.shrink = step->decoupled ? (float)(1 - step->learning_rate * step->weight_decay) : 1,
            .decay = step->decoupled ? 0 : (float)step->weight_decay,
            .beta1 = (float)step->beta1,
            .beta2 = (float)step->beta2,
            .rest1 = (float)(1 - step->beta1),
            .rest2 = (float)(1 - step->beta2),
            .step_size = (float)(step->learning_rate / (1 - pow(step->beta1, (double)step->step))),
            .root_scale = (float)(1 / sqrt(1 - pow(step->beta2, (double)step->step))),
            .eps = (float)step->eps,
            .gradient = call->in[0]->data,
            .parameter = call->out[0]->data,
            .first_moment = call->out[1]->data,
            .second_moment = call->out[2]->data,
            .count = sn_array_count(call->out[0])};
  sn_parallel(sn_divide_up(a.count, BLOCK), adam_block, &a);
  return true;
}
