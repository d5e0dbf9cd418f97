/* Attention (Vaswani et al. 2017; torch.nn.functional.scaled_dot_product_attention), for each head and query n:
 *
 *   s_m = q_n k_m / sqrt(D),   p_m = e^(s_m) / sum e^s,   y_n = sum over m of p_m v_m
 *
 * Scores are computed as often as they are needed, so that none are kept.
 */
#include <math.h>

#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

static double dot(const SnArray *a, int64_t i, const SnArray *b, int64_t j, int64_t head, int64_t image) {
  double sum = 0;
  for (int64_t d = 0; d < a->shape[3]; d++)
    sum += sn_get(a, sn_at4(a, image, head, i, d)) * sn_get(b, sn_at4(b, image, head, j, d));
  return sum;
}

static double score(const SnArray *q, int64_t n, const SnArray *k, int64_t m, int64_t head, int64_t image) {
  return dot(q, n, k, m, head, image) / sqrt((double)q->shape[3]);
}

static double log_sum_exp(const SnArray *q, int64_t n, const SnArray *k, int64_t head, int64_t image) {
  double max = -INFINITY, sum = 0;
  for (int64_t m = 0; m < k->shape[2]; m++) max = fmax(max, score(q, n, k, m, head, image));
  for (int64_t m = 0; m < k->shape[2]; m++) sum += exp(score(q, n, k, m, head, image) - max);
  return max + log(sum);
}

enum { PIECE = 64 };

/* Columns [first, first + count) of one y. */
static void attend(const SnCall *call, int64_t image, int64_t head, int64_t n, double log_sum, int64_t first,
                   int64_t count) {
  const SnArray *q = call->in[0], *k = call->in[1], *v = call->in[2], *y = call->out[0];
  double sum[PIECE] = {0};
  for (int64_t m = 0; m < k->shape[2]; m++) {
    double p = exp(score(q, n, k, m, head, image) - log_sum);
    for (int64_t d = 0; d < count; d++) sum[d] += p * sn_get(v, sn_at4(v, image, head, m, first + d));
  }
  for (int64_t d = 0; d < count; d++) sn_set(y, sn_at4(y, image, n, head, first + d), sum[d]);
}

bool sn_reference_attention(const SnCall *call) {
  const SnArray *q = call->in[0], *log_sums = call->out[1];
  int64_t size = q->shape[3];
  for (int64_t image = 0; image < q->shape[0]; image++)
    for (int64_t head = 0; head < q->shape[1]; head++)
      for (int64_t n = 0; n < q->shape[2]; n++) {
        double log_sum = log_sum_exp(q, n, call->in[1], head, image);
        for (int64_t d = 0; d < size; d += PIECE) attend(call, image, head, n, log_sum, d, sn_smaller(PIECE, size - d));
        if (log_sums) sn_set(log_sums, sn_at3(log_sums, image, head, n), log_sum);
      }
  return true;
}

/* p of query n and key m, and t = p (dy v - dy y) / sqrt(D); dy and y are [B,N,H,D]. */
static void factors(const SnCall *call, int64_t image, int64_t head, int64_t n, int64_t m, double *p, double *t) {
  const SnArray *dy = call->in[0], *q = call->in[1], *k = call->in[2], *v = call->in[3], *y = call->in[4];
  double product = 0, own = 0;
  for (int64_t d = 0; d < q->shape[3]; d++) {
    double g = sn_get(dy, sn_at4(dy, image, n, head, d));
    product += g * sn_get(v, sn_at4(v, image, head, m, d));
    own += g * sn_get(y, sn_at4(y, image, n, head, d));
  }
  *p = exp(score(q, n, k, m, head, image) - sn_get(call->in[5], sn_at3(call->in[5], image, head, n)));
  *t = *p * (product - own) / sqrt((double)q->shape[3]);
}

/* Adds to columns [first, first + count) of dq (query n) over all keys, or of dk and dv (key m) over all queries. */
static void backward_query(const SnCall *call, int64_t image, int64_t head, int64_t n, int64_t first, int64_t count) {
  const SnArray *k = call->in[2], *dq = call->out[0];
  double sum[PIECE] = {0}, p, t;
  for (int64_t m = 0; m < k->shape[2]; m++) {
    factors(call, image, head, n, m, &p, &t);
    for (int64_t d = 0; d < count; d++) sum[d] += t * sn_get(k, sn_at4(k, image, head, m, first + d));
  }
  for (int64_t d = 0; d < count; d++) sn_set(dq, sn_at4(dq, image, head, n, first + d), sum[d]);
}

static void backward_key(const SnCall *call, int64_t image, int64_t head, int64_t m, int64_t first, int64_t count) {
  const SnArray *dy = call->in[0], *q = call->in[1], *dk = call->out[1], *dv = call->out[2];
  double keys[PIECE] = {0}, values[PIECE] = {0}, p, t;
  for (int64_t n = 0; n < q->shape[2]; n++) {
    factors(call, image, head, n, m, &p, &t);
    for (int64_t d = 0; d < count; d++) {
      keys[d] += t * sn_get(q, sn_at4(q, image, head, n, first + d));
      values[d] += p * sn_get(dy, sn_at4(dy, image, n, head, first + d));
    }
  }
  for (int64_t d = 0; d < count; d++) {
    sn_set(dk, sn_at4(dk, image, head, m, first + d), keys[d]);
    sn_set(dv, sn_at4(dv, image, head, m, first + d), values[d]);
  }
}

bool sn_reference_attention_backward(const SnCall *call) {
  const SnArray *q = call->in[1], *k = call->in[2];
  for (int64_t image = 0; image < q->shape[0]; image++)
    for (int64_t head = 0; head < q->shape[1]; head++)
      for (int64_t d = 0; d < q->shape[3]; d += PIECE) {
        int64_t count = sn_smaller(PIECE, q->shape[3] - d);
        for (int64_t n = 0; n < q->shape[2]; n++) backward_query(call, image, head, n, d, count);
        for (int64_t m = 0; m < k->shape[2]; m++) backward_key(call, image, head, m, d, count);
      }
  return true;
}
