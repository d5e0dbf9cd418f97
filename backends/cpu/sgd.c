#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"

enum { BLOCK = 8192 };

typedef struct Sgd {
  float decay, momentum, fresh, learning_rate;
  bool nesterov;
  const float *gradient;
  float *parameter, *buffer; /* buffer NULL without momentum */
  int64_t count;
} Sgd;

static void plain_block(void *context, int64_t block) {
  const Sgd *s = context;
  int64_t start = block * BLOCK, n = sn_smaller(BLOCK, s->count - start);
  const float *restrict gradient = s->gradient + start;
  float *restrict parameter = s->parameter + start;
  float decay = s->decay, learning_rate = s->learning_rate;
  for (int64_t i = 0; i < n; i++) parameter[i] -= learning_rate * (gradient[i] + decay * parameter[i]);
}

static void momentum_block(void *context, int64_t block) {
  const Sgd *s = context;
  int64_t start = block * BLOCK, n = sn_smaller(BLOCK, s->count - start);
  const float *restrict gradient = s->gradient + start;
  float *restrict parameter = s->parameter + start, *restrict buffer = s->buffer + start;
  float decay = s->decay, momentum = s->momentum, fresh = s->fresh, learning_rate = s->learning_rate;
  if (s->nesterov)
    for (int64_t i = 0; i < n; i++) {
      float g = gradient[i] + decay * parameter[i], b = momentum * buffer[i] + fresh * g;
      buffer[i] = b;
      parameter[i] -= learning_rate * (g + momentum * b);
    }
  else
    for (int64_t i = 0; i < n; i++) {
      float g = gradient[i] + decay * parameter[i], b = momentum * buffer[i] + fresh * g;
      buffer[i] = b;
      parameter[i] -= learning_rate * b;
    }
}

/* At the first step the buffer, which may hold anything, becomes the gradient. */
static void first_block(void *context, int64_t block) {
  const Sgd *s = context;
  int64_t start = block * BLOCK, n = sn_smaller(BLOCK, s->count - start);
  const float *restrict gradient = s->gradient + start;
  float *restrict parameter = s->parameter + start, *restrict buffer = s->buffer + start;
  float decay = s->decay, learning_rate = s->learning_rate, ahead = s->nesterov ? s->momentum : 0;
  for (int64_t i = 0; i < n; i++) {
    float g = gradient[i] + decay * parameter[i];
    buffer[i] = g;
    parameter[i] -= learning_rate * (g + ahead * g);
  }
}

bool SN_CPU(sgd)(const SnCall *call) {
  const SnSgdStep *step = &call->attributes.sgd;
  const SnArray *buffer = call->out[1];
  if (!sn_is_float32(call->in[0])) return false;
  Sgd s = {.decay = (float)step->weight_decay,
           .momentum = (float)step->momentum,
           .fresh = (float)(1 - step->dampening),
           .learning_rate = (float)step->learning_rate,
           .nesterov = step->nesterov,
           .gradient = call->in[0]->data,
           .parameter = call->out[0]->data,
           .buffer = buffer ? buffer->data : NULL,
           .count = sn_array_count(call->out[0])};
  bool with_momentum = s.buffer && step->momentum != 0;
  sn_parallel(sn_divide_up(s.count, BLOCK),
              !with_momentum ? plain_block
              : step->first  ? first_block
                             : momentum_block,
              &s);
  return true;
}
