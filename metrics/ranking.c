#include "metrics/ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "metrics/radix_sort.h"

static const int64_t ranking_limit = INT64_C(1) << 31;

/* Ascending keys are descending scores. IEEE 754 bits ordered as integers descend for negative numbers already; of the
 * positive ones all bits but the sign are flipped. No finite score gives UINT32_MAX, which therefore ends a list. */
static uint32_t score_key(float score) {
  float without_negative_zero = score + 0.0f;
  uint32_t bits;
  memcpy(&bits, &without_negative_zero, sizeof bits);
  return bits >> 31 ? bits : bits ^ 0x7FFFFFFFu;
}

float sn_ranking_score(uint32_t key) {
  uint32_t bits = key >> 31 ? key : key ^ 0x7FFFFFFFu;
  float score;
  memcpy(&score, &bits, sizeof score);
  return score;
}

bool sn_ranking_create(int64_t negatives, int64_t positives, SnRanking *ranking) {
  *ranking = (SnRanking){.negative_capacity = negatives, .positive_capacity = positives};
  if (!sn_ok()) return false;
  if (negatives < 0 || positives < 0 || negatives > ranking_limit || positives > ranking_limit - negatives)
    return sn_fail("a ranking of %lld negatives and %lld positives: at most %lld scores are expected",
                   (long long)negatives, (long long)positives, (long long)ranking_limit);
  ranking->negatives = sn_allocate(negatives + 1, sizeof *ranking->negatives, "the ranking of negative scores");
  ranking->positives = sn_allocate(positives + 1, sizeof *ranking->positives, "the ranking of positive scores");
  if (!sn_ok()) sn_ranking_free(ranking);
  return sn_ok();
}

/* Appends one score; region 0 is a negative. */
static bool append(SnRanking *ranking, const char *name, int64_t index, float score, uint32_t region) {
  if (!isfinite(score))
    return sn_fail("%s: score %lld: expected a finite number, found %g", name, (long long)index, (double)score);
  bool fits = region ? ranking->positive_count < ranking->positive_capacity
                     : ranking->negative_count < ranking->negative_capacity;
  if (!fits)
    return sn_fail("%s: score %lld: expected %lld negatives and %lld positives, found more", name, (long long)index,
                   (long long)ranking->negative_capacity, (long long)ranking->positive_capacity);
  if (region)
    ranking->positives[ranking->positive_count++] = (uint64_t)score_key(score) << 32 | region;
  else
    ranking->negatives[ranking->negative_count++] = score_key(score);
  return true;
}

bool sn_ranking_add(SnRanking *ranking, const char *name, const float *scores, const uint32_t *regions, int64_t count) {
  if (!sn_ok()) return false;
  for (int64_t i = 0; i < count; i++)
    if (!append(ranking, name, i, scores[i], regions[i])) return false;
  return true;
}

bool sn_ranking_sort(SnRanking *ranking) {
  uint32_t *negatives = sn_allocate(ranking->negative_capacity + 1, sizeof *negatives, "sorting negative scores");
  if (negatives) sn_radix_sort_u32(&ranking->negatives, &negatives, ranking->negative_count);
  free(negatives);
  uint64_t *positives = sn_allocate(ranking->positive_capacity + 1, sizeof *positives, "sorting positive scores");
  if (positives) sn_radix_sort_u64_high(&ranking->positives, &positives, ranking->positive_count);
  free(positives);
  if (!sn_ok()) return false;
  ranking->negatives[ranking->negative_count] = UINT32_MAX;
  ranking->positives[ranking->positive_count] = UINT64_MAX;
  return true;
}

bool sn_rank(const char *name, const float *scores, const uint8_t *labels, int64_t count, SnRanking *ranking) {
  int64_t positives = 0;
  for (int64_t i = 0; i < count; i++) positives += labels[i] != 0;
  if (!sn_ranking_create(count - positives, positives, ranking)) return false;
  for (int64_t i = 0; i < count && sn_ok(); i++) append(ranking, name, i, scores[i], labels[i] != 0);
  sn_ranking_sort(ranking);
  if (!sn_ok()) sn_ranking_free(ranking);
  return sn_ok();
}

void sn_ranking_free(SnRanking *ranking) {
  free(ranking->negatives);
  free(ranking->positives);
  *ranking = (SnRanking){0};
}
