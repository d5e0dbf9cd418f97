/* Scores sorted once, from which every threshold-free metric is one walk.
 *
 * A detector says "defective" where score >= threshold. Lowering the threshold through all the distinct scores visits
 * every operating point there is; equal scores switch together, so ties need no special care anywhere else.
 *
 *     SnRanking ranking;
 *     if (sn_rank("validation scores", scores, labels, count, &ranking)) auroc = sn_auroc(&ranking);
 *     sn_ranking_free(&ranking);
 *
 * Negatives and positives are sorted apart (positives are few, and only they belong to a region) and merged while
 * walking. Memory: 8 bytes a negative and 16 a positive while sorting, half of that afterwards. */
#ifndef SN_METRICS_RANKING_H
#define SN_METRICS_RANKING_H

#include <stdbool.h>
#include <stdint.h>

typedef struct SnRanking {
  uint32_t *negatives; /* keys, highest score first, ended by UINT32_MAX */
  uint64_t *positives; /* key << 32 | region, highest score first, ended by UINT64_MAX */
  int64_t negative_count, positive_count;
  int64_t negative_capacity, positive_capacity;
} SnRanking;

/* Ranks count scores: labels[i] is 0 for a negative (good), anything else for a positive (defective). Scores must be
 * finite: an error names the index of one that is not, and `name`, what the scores are. -0 and 0 are equal. On failure
 * the ranking is empty. */
bool sn_rank(const char *name, const float *scores, const uint8_t *labels, int64_t count, SnRanking *ranking);

/* The same in pieces, for data too large to copy: capacity for the exact numbers of negatives and positives (together
 * at most 2^31), then any number of additions, then one sort. regions[i] is 0 for a negative, else the number of the
 * positive's region. Adding more than announced is an error. */
bool sn_ranking_create(int64_t negatives, int64_t positives, SnRanking *ranking);
bool sn_ranking_add(SnRanking *ranking, const char *name, const float *scores, const uint32_t *regions, int64_t count);
bool sn_ranking_sort(SnRanking *ranking);
void sn_ranking_free(SnRanking *ranking);

/* What a threshold gives: how many negatives and positives have score >= threshold. */
typedef struct SnOperatingPoint {
  int64_t false_positives, true_positives;
  uint32_t key; /* of the threshold */
} SnOperatingPoint;

/* Steps from a point ({0} at first: nothing is called defective) to the next lower distinct score; false after the
 * last. Region numbers of the positives that joined are those of ranking->positives[before .. after). */
static inline bool sn_ranking_next(const SnRanking *ranking, SnOperatingPoint *point) {
  const uint32_t *negative = ranking->negatives + point->false_positives;
  const uint64_t *positive = ranking->positives + point->true_positives;
  uint32_t positive_key = (uint32_t)(*positive >> 32);
  uint32_t key = *negative < positive_key ? *negative : positive_key;
  if (key == UINT32_MAX) return false;
  while (*negative == key) negative++;
  while ((uint32_t)(*positive >> 32) == key) positive++;
  *point = (SnOperatingPoint){negative - ranking->negatives, positive - ranking->positives, key};
  return true;
}

/* The score that a key stands for. */
float sn_ranking_score(uint32_t key);

#endif
