#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/plot/plot.h"

enum { BIN_LIMIT = 200 };

typedef struct Range {
  double low, high;
} Range;

static Range range_of(const SnHistogramGroup *groups, int64_t group_count) {
  Range range = {INFINITY, -INFINITY};
  for (int64_t g = 0; g < group_count; g++)
    for (int64_t i = 0; i < groups[g].count; i++) {
      if (!isfinite(groups[g].values[i])) continue;
      range.low = fmin(range.low, (double)groups[g].values[i]);
      range.high = fmax(range.high, (double)groups[g].values[i]);
    }
  if (range.low > range.high) return (Range){0.0, 1.0};
  if (range.low == range.high) {
    double pad = range.low != 0.0 ? 0.1 * fabs(range.low) : 0.5;
    return (Range){range.low - pad, range.high + pad};
  }
  return range;
}

static void count_values(const SnHistogramGroup *group, Range range, int bins, double *counts) {
  for (int64_t i = 0; i < group->count; i++) {
    if (!isfinite(group->values[i])) continue;
    int bin = (int)(((double)group->values[i] - range.low) / (range.high - range.low) * bins);
    counts[bin < bins ? bin : bins - 1] += 1.0; /* the largest value belongs to the last bin */
  }
}

bool sn_histogram(SnMarkup *markup, const SnPlot *plot, const SnHistogramGroup *groups, int64_t group_count, int bins) {
  if (!sn_ok()) return false;
  if (bins < 1 || bins > BIN_LIMIT) return sn_fail("a histogram: expected 1 to %d bins, found %d", BIN_LIMIT, bins);
  Range range = range_of(groups, group_count);
  double edges[BIN_LIMIT + 1];
  for (int i = 0; i <= bins; i++) edges[i] = range.low + (range.high - range.low) * i / bins;
  double *counts = sn_allocate(group_count * bins, sizeof *counts, "a histogram");
  SnSeries *series = sn_allocate(group_count, sizeof *series, "a histogram");
  if (counts && series) {
    for (int64_t g = 0; g < group_count; g++) {
      count_values(&groups[g], range, bins, counts + g * bins);
      series[g] = (SnSeries){.name = groups[g].name,
                             .kind = SN_SERIES_BARS,
                             .color = groups[g].color,
                             .x = edges,
                             .y = counts + g * bins,
                             .count = bins};
    }
    SnPlot bars = *plot;
    bars.series = series;
    bars.series_count = group_count;
    sn_plot(markup, &bars);
  }
  free(counts);
  free(series);
  return sn_ok();
}
