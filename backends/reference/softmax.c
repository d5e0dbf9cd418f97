/* Over the C numbers of each row (torch.softmax, torch.log_softmax):
 *
 *   softmax: y = e^x / sum e^x     log_softmax: y = x - log(sum e^x)
 *
 * Taking the row's largest number off every x changes neither, and lets nothing overflow.
 */
#include <math.h>

#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

static double row_max(const SnArray *x, int64_t r) {
  double max = -INFINITY;
  for (int64_t c = 0; c < x->shape[1]; c++) max = fmax(max, sn_get(x, sn_at2(x, r, c)));
  return max;
}

static double row_sum_exp(const SnArray *x, int64_t r, double max) {
  double sum = 0;
  for (int64_t c = 0; c < x->shape[1]; c++) sum += exp(sn_get(x, sn_at2(x, r, c)) - max);
  return sum;
}

bool sn_reference_softmax(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  for (int64_t r = 0; r < x->shape[0]; r++) {
    double max = row_max(x, r), sum = row_sum_exp(x, r, max);
    for (int64_t c = 0; c < x->shape[1]; c++) sn_set(y, sn_at2(y, r, c), exp(sn_get(x, sn_at2(x, r, c)) - max) / sum);
  }
  return true;
}

bool sn_reference_log_softmax(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  for (int64_t r = 0; r < x->shape[0]; r++) {
    double max = row_max(x, r), log_sum = log(row_sum_exp(x, r, max));
    for (int64_t c = 0; c < x->shape[1]; c++) sn_set(y, sn_at2(y, r, c), sn_get(x, sn_at2(x, r, c)) - max - log_sum);
  }
  return true;
}

/* dx = y (dy - sum of y dy) */
bool sn_reference_softmax_backward(const SnCall *call) {
  const SnArray *y = call->in[0], *dy = call->in[1], *dx = call->out[0];
  for (int64_t r = 0; r < y->shape[0]; r++) {
    double sum = 0;
    for (int64_t c = 0; c < y->shape[1]; c++) sum += sn_get(y, sn_at2(y, r, c)) * sn_get(dy, sn_at2(dy, r, c));
    for (int64_t c = 0; c < y->shape[1]; c++)
      sn_set(dx, sn_at2(dx, r, c), sn_get(y, sn_at2(y, r, c)) * (sn_get(dy, sn_at2(dy, r, c)) - sum));
  }
  return true;
}

/* dx = dy - e^y sum of dy */
bool sn_reference_log_softmax_backward(const SnCall *call) {
  const SnArray *y = call->in[0], *dy = call->in[1], *dx = call->out[0];
  for (int64_t r = 0; r < y->shape[0]; r++) {
    double sum = 0;
    for (int64_t c = 0; c < y->shape[1]; c++) sum += sn_get(dy, sn_at2(dy, r, c));
    for (int64_t c = 0; c < y->shape[1]; c++)
      sn_set(dx, sn_at2(dx, r, c), sn_get(dy, sn_at2(dy, r, c)) - exp(sn_get(y, sn_at2(y, r, c))) * sum);
  }
  return true;
}
