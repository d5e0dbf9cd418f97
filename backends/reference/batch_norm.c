/* Batch normalisation (Ioffe and Szegedy 2015; torch.nn.functional.batch_norm). Over the m = N S numbers of a channel:
 *
 *   mean = sum x / m    variance = sum (x - mean)^2 / m    xhat = (x - mean) / sqrt(variance + eps)
 *   y = weight xhat + bias
 */
#include <math.h>

#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

typedef struct Moments {
  double mean, variance;
} Moments;

/* Both 0 of no numbers. */
static Moments channel_moments(const SnArray *x, int64_t c) {
  int64_t count = x->shape[0] * x->shape[2];
  if (count == 0) return (Moments){0, 0};
  double sum = 0, squares = 0;
  for (int64_t n = 0; n < x->shape[0]; n++)
    for (int64_t s = 0; s < x->shape[2]; s++) sum += sn_get(x, sn_at3(x, n, c, s));
  double mean = sum / (double)count;
  for (int64_t n = 0; n < x->shape[0]; n++)
    for (int64_t s = 0; s < x->shape[2]; s++) {
      double deviation = sn_get(x, sn_at3(x, n, c, s)) - mean;
      squares += deviation * deviation;
    }
  return (Moments){mean, squares / (double)count};
}

/* running = (1 - momentum) running + momentum batch */
static void update_running(const SnArray *running, int64_t c, double batch, double momentum) {
  if (running) sn_set(running, c, (1 - momentum) * sn_get(running, c) + momentum * batch);
}

bool sn_reference_batch_norm(const SnCall *call) {
  const SnArray *x = call->in[0], *weight = call->in[1], *bias = call->in[2];
  const SnArray *running_mean = call->in[3], *running_var = call->in[4];
  const SnArray *y = call->out[0], *mean = call->out[1], *inverse_std = call->out[2];
  double eps = call->attributes.batch_norm.eps, momentum = call->attributes.batch_norm.momentum;
  double count = (double)(x->shape[0] * x->shape[2]);
  for (int64_t c = 0; c < x->shape[1]; c++) {
    Moments used;
    if (call->attributes.batch_norm.training) {
      used = channel_moments(x, c);
      if (count > 0) {
        update_running(running_mean, c, used.mean, momentum);
        update_running(running_var, c, used.variance * count / (count - 1), momentum);
      }
    } else {
      used = (Moments){sn_get(running_mean, c), sn_get(running_var, c)};
    }
    double scale = 1 / sqrt(used.variance + eps);
    sn_set(mean, c, used.mean);
    sn_set(inverse_std, c, scale);
    double w = weight ? sn_get(weight, c) : 1, b = bias ? sn_get(bias, c) : 0;
    for (int64_t n = 0; n < x->shape[0]; n++)
      for (int64_t s = 0; s < x->shape[2]; s++)
        sn_set(y, sn_at3(y, n, c, s), w * ((sn_get(x, sn_at3(x, n, c, s)) - used.mean) * scale) + b);
  }
  return true;
}

/*   dbias = sum dy    dweight = sum dy xhat
 *   dx = weight inverse_std dy                                          where mean and variance are constants
 *   dx = weight inverse_std (dy - dbias / m - xhat dweight / m)         in training, where they depend on x
 */
bool sn_reference_batch_norm_backward(const SnCall *call) {
  const SnArray *dy = call->in[0], *x = call->in[1], *weight = call->in[2];
  const SnArray *dx = call->out[0], *dweight = call->out[1], *dbias = call->out[2];
  double count = (double)(x->shape[0] * x->shape[2]);
  for (int64_t c = 0; c < x->shape[1]; c++) {
    double mean = sn_get(call->in[3], c), scale = sn_get(call->in[4], c), w = weight ? sn_get(weight, c) : 1;
    double sum_dy = 0, sum_dy_xhat = 0;
    for (int64_t n = 0; n < x->shape[0]; n++)
      for (int64_t s = 0; s < x->shape[2]; s++) {
        double gradient = sn_get(dy, sn_at3(dy, n, c, s));
        sum_dy += gradient;
        sum_dy_xhat += gradient * (sn_get(x, sn_at3(x, n, c, s)) - mean) * scale;
      }
    sn_set(dweight, c, sum_dy_xhat);
    sn_set(dbias, c, sum_dy);
    for (int64_t n = 0; n < x->shape[0]; n++)
      for (int64_t s = 0; s < x->shape[2]; s++) {
        double centred = sn_get(dy, sn_at3(dy, n, c, s));
        double xhat = (sn_get(x, sn_at3(x, n, c, s)) - mean) * scale;
        if (call->attributes.batch_norm.training) centred -= (sum_dy + xhat * sum_dy_xhat) / count;
        sn_set(dx, sn_at3(dx, n, c, s), w * scale * centred);
      }
  }
  return true;
}
