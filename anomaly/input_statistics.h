/* How the inputs of a backbone's convolutions are distributed, over normal photographs: what ranges for 8 bits are
 * taken from. The first convolution, of the photograph itself, and those in groups are left out.
 *
 *     SnInputStatistics *statistics = sn_input_statistics_new(backbone);
 *     for (pass ...) for (batches ...) sn_input_statistics_add(statistics, pass, images);
 *     SnLayerRanges ranges = sn_input_statistics_ranges(statistics, SN_RANGE_ENTROPY);
 */
#ifndef SN_ANOMALY_INPUT_STATISTICS_H
#define SN_ANOMALY_INPUT_STATISTICS_H

#include "anomaly/layer_ranges.h"
#include "models/backbones/backbone.h"

/* How much of the outermost numbers is cut off. */
typedef enum SnRangeRule {
  SN_RANGE_MINMAX,       /* nothing */
  SN_RANGE_PERCENTILE_4, /* a ten-thousandth of all numbers but zeros, at each end that is not 0 */
  SN_RANGE_PERCENTILE_3, /* a thousandth */
  SN_RANGE_ENTROPY,      /* as much as makes the Kullback-Leibler divergence of the distribution in 8 bits from the
                            one that was measured least (Migacz 2017) */
  SN_RANGE_RULE_COUNT
} SnRangeRule;

const char *sn_range_rule_name(SnRangeRule rule); /* "minmax", "percentile 99.99", "percentile 99.9", "entropy" */

typedef struct SnInputStatistics SnInputStatistics;

/* In the innermost scope. */
SnInputStatistics *sn_input_statistics_new(SnBackbone *backbone);

/* The smallest and the largest numbers come first, of all images; then the distribution between them, of the same. */
typedef enum SnInputPass { SN_INPUT_BOUNDS, SN_INPUT_DISTRIBUTION, SN_INPUT_PASSES } SnInputPass;

/* images [N,3,H,W], normalised. Runs the backbone. */
bool sn_input_statistics_add(SnInputStatistics *statistics, SnInputPass pass, SnTensor *images);

/* In the innermost scope; none where the backbone has no convolution for 8 bits. */
SnLayerRanges sn_input_statistics_ranges(const SnInputStatistics *statistics, SnRangeRule rule);

#endif
