/* The Beta distribution of whole parameters, which order statistics and binomial counts follow. */
#ifndef SN_METRICS_BETA_H
#define SN_METRICS_BETA_H

/* I_x(a, b), the share of Beta(a, b) at or below x, for a, b > 0 and x in [0, 1]:
 *
 *     I_x(a, b) = integral from 0 to x of t^(a-1) (1-t)^(b-1) dt / B(a, b)
 *
 * to about 1e-12, by the continued fraction of Abramowitz and Stegun, 26.5.8. */
double sn_beta_share(double x, double a, double b);

/* The x with I_x(a, b) = share, share in [0, 1], by halving. */
double sn_beta_quantile(double share, double a, double b);

/* An interval in which the rate of an event lies with this confidence that happened `events` times in `trials` > 0
 * (Clopper and Pearson 1934): from the (1 - confidence) / 2 quantile of Beta(events, trials - events + 1), 0 without
 * events, to the (1 + confidence) / 2 quantile of Beta(events + 1, trials - events), 1 where all were. */
typedef struct SnInterval {
  double low, high;
} SnInterval;

SnInterval sn_rate_interval(double events, double trials, double confidence);

#endif
