/* Batch normalisation in training, leaky ReLU, and a linear layer without bias to one number, on values x[0] and on
 * moved values x[0] + x[1]. Over the m = 2 S numbers v of a channel, with mean, variance and r = 1 / sqrt(variance +
 * eps) as in batch_norm.c:
 *
 *   vhat = (v - mean) r    h = weight vhat + bias    a = h > 0 ? h : slope h    y[n,s] = sum over c of projection[c] a
 */
#include <math.h>

#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

/* v: a value (n = 0) or a moved one (n = 1). */
static double value(const SnArray *x, int64_t n, int64_t c, int64_t s) {
  return sn_get(x, sn_at3(x, 0, c, s)) + (n == 1 ? sn_get(x, sn_at3(x, 1, c, s)) : 0);
}

static double mean_of_channel(const SnArray *x, int64_t c, double centre, int power) {
  double sum = 0;
  for (int64_t n = 0; n < 2; n++)
    for (int64_t s = 0; s < x->shape[2]; s++) {
      double deviation = value(x, n, c, s) - centre;
      sum += power == 2 ? deviation * deviation : deviation;
    }
  return sum / (double)(2 * x->shape[2]);
}

bool sn_reference_batch_norm_leaky_linear(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0], *statistics = call->out[1];
  double momentum = call->attributes.batch_norm_leaky_linear.momentum;
  double count = (double)(2 * x->shape[2]);
  for (int64_t c = 0; c < x->shape[1]; c++) {
    double mean = mean_of_channel(x, c, 0, 1), variance = mean_of_channel(x, c, mean, 2);
    double running_mean = sn_get(call->in[4], c), running_var = sn_get(call->in[5], c);
    sn_set(statistics, sn_at2(statistics, 0, c), mean);
    sn_set(statistics, sn_at2(statistics, 1, c), 1 / sqrt(variance + call->attributes.batch_norm_leaky_linear.eps));
    sn_set(call->in[4], c, (1 - momentum) * running_mean + momentum * mean);
    sn_set(call->in[5], c, (1 - momentum) * running_var + momentum * variance * count / (count - 1));
  }
  for (int64_t n = 0; n < 2; n++)
    for (int64_t s = 0; s < x->shape[2]; s++) {
      double sum = 0;
      for (int64_t c = 0; c < x->shape[1]; c++) {
        double mean = sn_get(statistics, sn_at2(statistics, 0, c)), r = sn_get(statistics, sn_at2(statistics, 1, c));
        double vhat = (value(x, n, c, s) - mean) * r;
        double h = sn_get(call->in[1], c) * vhat + sn_get(call->in[2], c);
        sum += sn_get(call->in[3], c) * (h > 0 ? h : call->attributes.batch_norm_leaky_linear.slope * h);
      }
      sn_set(y, sn_at2(y, n, s), sum);
    }
  return true;
}

/*   dprojection = sum dy a    dh = dy projection (h > 0 ? 1 : slope)    dbias = sum dh    dweight = sum dh vhat
 *   dv = weight r (dh - dbias / m - vhat dweight / m)    dx[0] = dv[0] + dv[1]    dx[1] = dv[1] */
bool sn_reference_batch_norm_leaky_linear_backward(const SnCall *call) {
  const SnArray *dy = call->in[0], *x = call->in[1], *statistics = call->in[5];
  const SnArray *dx = call->out[0], *dparameters = call->out[1];
  double slope = call->attributes.batch_norm_leaky_linear.slope, count = (double)(2 * x->shape[2]);
  for (int64_t c = 0; c < x->shape[1]; c++) {
    double weight = sn_get(call->in[2], c), bias = sn_get(call->in[3], c), projection = sn_get(call->in[4], c);
    double mean = sn_get(statistics, sn_at2(statistics, 0, c)), r = sn_get(statistics, sn_at2(statistics, 1, c));
    double dweight = 0, dbias = 0, dprojection = 0;
    for (int64_t n = 0; n < 2; n++)
      for (int64_t s = 0; s < x->shape[2]; s++) {
        double vhat = (value(x, n, c, s) - mean) * r, h = weight * vhat + bias;
        double g = sn_get(dy, sn_at2(dy, n, s)), dh = g * projection * (h > 0 ? 1 : slope);
        dprojection += g * (h > 0 ? h : slope * h);
        dbias += dh;
        dweight += dh * vhat;
      }
    for (int64_t s = 0; s < x->shape[2]; s++) {
      double dv[2];
      for (int64_t n = 0; n < 2; n++) {
        double vhat = (value(x, n, c, s) - mean) * r, h = weight * vhat + bias;
        double dh = sn_get(dy, sn_at2(dy, n, s)) * projection * (h > 0 ? 1 : slope);
        dv[n] = weight * r * (dh - (dbias + vhat * dweight) / count);
      }
      sn_set(dx, sn_at3(dx, 0, c, s), dv[0] + dv[1]);
      sn_set(dx, sn_at3(dx, 1, c, s), dv[1]);
    }
    sn_set(dparameters, sn_at2(dparameters, 0, c), dweight);
    sn_set(dparameters, sn_at2(dparameters, 1, c), dbias);
    sn_set(dparameters, sn_at2(dparameters, 2, c), dprojection);
  }
  return true;
}
