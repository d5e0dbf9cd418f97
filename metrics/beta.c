#include "metrics/beta.h"

#include <float.h>
#include <math.h>

/* log B(a, b). lgamma alone leaves a sign in a global that threads share. */
static double log_beta(double a, double b) {
  int sign;
  return lgamma_r(a, &sign) + lgamma_r(b, &sign) - lgamma_r(a + b, &sign);
}

static double away_from_zero(double value) { return fabs(value) < DBL_MIN ? DBL_MIN : value; }

/* 1/(1+ d1/(1+ d2/(1+ ...))) by Lentz's method, where with m = k/2
 *
 *     d(2m)   =  m (b-m) x / ((a+2m-1) (a+2m))
 *     d(2m+1) = -(a+m) (a+b+m) x / ((a+2m) (a+2m+1))
 *
 * It needs some sqrt(max(a, b)) terms where x < (a+1) / (a+b+2). */
static double fraction(double x, double a, double b) {
  enum { LONGEST = 100000 };
  double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), value = d;
  for (int m = 1; m < LONGEST; m++) {
    double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    value *= d * c;
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    value *= d * c;
    if (fabs(d * c - 1) < 2 * DBL_EPSILON) break;
  }
  return value;
}

double sn_beta_share(double x, double a, double b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  double front = exp(a * log(x) + b * log1p(-x) - log_beta(a, b));
  return x < (a + 1) / (a + b + 2) ? front * fraction(x, a, b) / a : 1 - front * fraction(1 - x, b, a) / b;
}

double sn_beta_quantile(double share, double a, double b) {
  double low = 0, high = 1;
  for (;;) {
    double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return middle;
    *(sn_beta_share(middle, a, b) < share ? &low : &high) = middle;
  }
}

SnInterval sn_rate_interval(double events, double trials, double confidence) {
  double beyond = (1 - confidence) / 2;
  return (SnInterval){events > 0 ? sn_beta_quantile(beyond, events, trials - events + 1) : 0,
                      events < trials ? sn_beta_quantile(1 - beyond, events + 1, trials - events) : 1};
}
