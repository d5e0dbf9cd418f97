/* For each position p, over the rows x_n of x[:, p, :]:
 *
 *     mean = sum x_n / N,   A = sum (x_n - mean)(x_n - mean)^T / (N - 1) + shift I = L L^T,   w = L^-1
 *
 * so that |w (x - mean)| is the Mahalanobis distance. L row by row (Cholesky), L^-1 by forward substitution. */
#include <math.h>
#include <stdlib.h>

#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"
#include "base/memory.h"

static void find_mean(const SnArray *x, int64_t p, double *mean) {
  for (int64_t c = 0; c < x->shape[2]; c++) {
    double sum = 0;
    for (int64_t n = 0; n < x->shape[0]; n++) sum += sn_get(x, sn_at3(x, n, p, c));
    mean[c] = sum / (double)x->shape[0];
  }
}

/* Element (i, j) of A. */
static double covariance(const SnArray *x, int64_t p, const double *mean, int64_t i, int64_t j, double shift) {
  double sum = 0;
  for (int64_t n = 0; n < x->shape[0]; n++)
    sum += (sn_get(x, sn_at3(x, n, p, i)) - mean[i]) * (sn_get(x, sn_at3(x, n, p, j)) - mean[j]);
  return sum / (double)(x->shape[0] - 1) + (i == j ? shift : 0);
}

/* L below the diagonal and on it, [size, size]. A pivot that is not above 0 becomes NaN, as does all that follows. */
static void factorise(const SnArray *x, int64_t p, const double *mean, double shift, int64_t size, double *l) {
  for (int64_t i = 0; i < size; i++)
    for (int64_t j = 0; j <= i; j++) {
      double rest = covariance(x, p, mean, i, j, shift);
      for (int64_t k = 0; k < j; k++) rest -= l[i * size + k] * l[j * size + k];
      if (i == j)
        l[i * size + j] = rest > 0 ? sqrt(rest) : NAN;
      else
        l[i * size + j] = rest / l[j * size + j];
    }
}

static void invert(const double *l, int64_t size, double *w) {
  for (int64_t i = 0; i < size; i++)
    for (int64_t j = 0; j < size; j++) {
      double rest = i == j;
      for (int64_t k = j; k < i; k++) rest -= l[i * size + k] * w[k * size + j];
      w[i * size + j] = j <= i ? rest / l[i * size + i] : 0;
    }
}

bool sn_reference_whitening(const SnCall *call) {
  const SnArray *x = call->in[0], *mean = call->out[0], *w = call->out[1];
  int64_t size = x->shape[2];
  double *memory = sn_allocate(size + 2 * size * size, sizeof *memory, "a covariance");
  if (!memory) return false;
  double *m = memory, *l = m + size, *inverse = l + size * size;
  for (int64_t p = 0; p < x->shape[1]; p++) {
    find_mean(x, p, m);
    factorise(x, p, m, call->attributes.whitening.shift, size, l);
    invert(l, size, inverse);
    for (int64_t i = 0; i < size; i++) sn_set(mean, sn_at2(mean, p, i), m[i]);
    bool is_positive = size == 0 || l[size * size - 1] > 0;
    for (int64_t i = 0; i < size; i++)
      for (int64_t j = 0; j < size; j++) sn_set(w, sn_at3(w, p, i, j), is_positive ? inverse[i * size + j] : NAN);
  }
  free(memory);
  return true;
}
