#include "metrics/false_alarms.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* A rate is read from a decimal text: (n + 1) rate may miss a whole number by its rounding. */
static const double rounding = 1e-9;

/* Of the largest magnitude among the scores: more than two processors' roundings differ by (docs/design.md). */
static const double margin = 1e-5;

static int compare(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

int64_t sn_false_alarms_needed(double rate) { return (int64_t)ceil(1 / rate - rounding / rate) - 1; }

bool sn_false_alarms_suffice(const SnFalseAlarms *alarms) {
  return alarms->photographs >= sn_false_alarms_needed(alarms->rate);
}

/* Halfway from the rank-th score, from 1, to the next larger one; where there is none, just above. */
static double threshold_above(const float *sorted, int64_t count, int64_t rank) {
  double below = (double)sorted[rank - 1], magnitude = fmax(fabs((double)sorted[0]), fabs((double)sorted[count - 1]));
  for (int64_t i = rank; i < count; i++)
    if ((double)sorted[i] > below) return below + ((double)sorted[i] - below) / 2;
  return below + margin * fmax(magnitude, DBL_MIN / margin);
}

static double median_of(const float *sorted, int64_t count) {
  return ((double)sorted[(count - 1) / 2] + (double)sorted[count / 2]) / 2;
}

static bool is_rate(double rate) { return rate >= SN_FALSE_ALARMS_LOWEST_RATE && rate <= SN_FALSE_ALARMS_HIGHEST_RATE; }

static bool is_count(int64_t count) { return count >= SN_FALSE_ALARMS_FEWEST && count <= SN_FALSE_ALARMS_MOST; }

static bool check(const float *scores, int64_t count, double rate) {
  if (!sn_ok()) return false;
  if (!is_rate(rate))
    return sn_fail("a rate of false alarms is to be between %g and %g, found %g", SN_FALSE_ALARMS_LOWEST_RATE,
                   SN_FALSE_ALARMS_HIGHEST_RATE, rate);
  if (!is_count(count))
    return sn_fail("a threshold takes at least %d good photographs and at most %d, found %lld", SN_FALSE_ALARMS_FEWEST,
                   SN_FALSE_ALARMS_MOST, (long long)count);
  for (int64_t i = 0; i < count; i++)
    if (!isfinite(scores[i])) return sn_fail("score %lld of the good photographs is not finite", (long long)i);
  return true;
}

bool sn_false_alarms_from(const float *scores, int64_t count, double rate, SnFalseAlarms *result) {
  *result = (SnFalseAlarms){.photographs = 0};
  if (!check(scores, count, rate)) return false;
  float *sorted = sn_allocate(count, sizeof *sorted, "the scores of good photographs");
  if (!sorted) return false;
  memcpy(sorted, scores, (size_t)count * sizeof *sorted);
  qsort(sorted, (size_t)count, sizeof *sorted, compare);
  int64_t allowed = (int64_t)floor((double)(count + 1) * rate + rounding), rank = count + 1 - allowed;
  *result = (SnFalseAlarms){.rate = rate, .photographs = count};
  result->threshold = threshold_above(sorted, count, rank < count ? rank : count);
  result->scale = result->threshold - median_of(sorted, count);
  for (int64_t i = count; i > 0 && (double)sorted[i - 1] >= result->threshold; i--) result->alarms++;
  free(sorted);
  return true;
}

double sn_false_alarms_expected(const SnFalseAlarms *alarms) {
  return (double)(alarms->alarms + 1) / (double)(alarms->photographs + 1);
}

SnInterval sn_false_alarms_interval(const SnFalseAlarms *alarms) {
  return sn_rate_interval((double)alarms->alarms, (double)alarms->photographs, SN_FALSE_ALARMS_CONFIDENCE);
}

double sn_normalised_score(const SnFalseAlarms *alarms, double score) {
  double u = (score - alarms->threshold) / alarms->scale;
  return u >= 0 ? 1 - 0.5 / (1 + u) : 0.5 / (1 - u);
}

bool sn_false_alarms_are_sound(const SnFalseAlarms *alarms) {
  int64_t count = alarms->photographs;
  return is_rate(alarms->rate) && is_count(count) && alarms->alarms >= 0 && alarms->alarms < count &&
         isfinite(alarms->threshold) && isfinite(alarms->scale) && alarms->scale > 0;
}

void sn_count_decision(SnDecisionCounts *counts, bool defective, bool called) {
  (*(defective ? &counts->defective : &counts->good))++;
  if (called) (*(defective ? &counts->detected : &counts->false_alarms))++;
}
