/* A threshold from good photographs alone: the share of new good photographs that it calls defective is at most a
 * stated rate on average.
 *
 * Let s(1) <= ... <= s(n) be the scores of n good photographs that the detector has not been fitted to, and
 *
 *     k = ceil((n + 1) (1 - rate)).
 *
 * The score of another such photograph is as likely to fall in any of the n + 1 gaps between them, so it is larger than
 * s(k) with a probability of at most (n + 1 - k) / (n + 1) <= rate (split conformal prediction: Papadopoulos, Proedrou,
 * Vovk and Gammerman 2002). The threshold lies halfway from s(k) to the next larger score, so that the rounding of
 * another processor changes no decision. That holds on average over draws of the n photographs. For this draw the true
 * rate lies in the interval of Clopper and Pearson of `alarms` in n, which is that of the order statistics on both
 * sides of the threshold: 1 - F(s(k)) follows Beta(n + 1 - k, k).
 *
 * Where n + 1 < 1 / rate no order statistic is high enough. The threshold is then just above s(n). */
#ifndef SN_METRICS_FALSE_ALARMS_H
#define SN_METRICS_FALSE_ALARMS_H

#include <stdbool.h>
#include <stdint.h>

#include "metrics/beta.h"

#define SN_FALSE_ALARMS_CONFIDENCE 0.95
#define SN_FALSE_ALARMS_LOWEST_RATE 1e-6
#define SN_FALSE_ALARMS_HIGHEST_RATE 0.5
enum { SN_FALSE_ALARMS_FEWEST = 2, SN_FALSE_ALARMS_MOST = 10000000 }; /* photographs */

typedef struct SnFalseAlarms {
  double rate;         /* that was asked for */
  int64_t photographs; /* n; 0: there is no such threshold, and the other fields say nothing */
  int64_t alarms;      /* of them with a score of at least the threshold */
  double threshold;    /* a photograph whose score is at least this is called defective */
  double scale;        /* from the median of the n scores to the threshold; > 0 */
} SnFalseAlarms;

/* scores: of `count` good photographs, finite. An error names a rate or count out of bounds. */
bool sn_false_alarms_from(const float *scores, int64_t count, double rate, SnFalseAlarms *result);

/* How many photographs a rate takes at least: ceil(1 / rate) - 1. */
int64_t sn_false_alarms_needed(double rate);

/* Whether the photographs were enough for the rate. */
bool sn_false_alarms_suffice(const SnFalseAlarms *alarms);

/* The share of new good photographs that is called defective: at most so much on average, (alarms + 1) / (n + 1), and
 * the interval in which it lies for this threshold. */
double sn_false_alarms_expected(const SnFalseAlarms *alarms);
SnInterval sn_false_alarms_interval(const SnFalseAlarms *alarms);

/* A score in units that mean the same for every detector. With u = (score - threshold) / scale
 *
 *     1 - 0.5 / (1 + u)   for u >= 0,      0.5 / (1 - u)   for u < 0:
 *
 * 0.5 at the threshold, 0.25 at the median good photograph, 0.75 as far above the threshold as that is below; in
 * (0, 1), and larger for a larger score (unlike the logistic function's, its ends are so slow that floats stay apart up
 * to millions of scales away). */
double sn_normalised_score(const SnFalseAlarms *alarms, double score);

/* Whether these could have been made by sn_false_alarms_from, for what a file holds; photographs > 0. */
bool sn_false_alarms_are_sound(const SnFalseAlarms *alarms);

/* What a threshold does on a test set. */
typedef struct SnDecisionCounts {
  int64_t good, false_alarms, defective, detected;
} SnDecisionCounts;

/* One photograph more. */
void sn_count_decision(SnDecisionCounts *counts, bool defective, bool called);

#endif
