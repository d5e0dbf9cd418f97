#include "metrics/spread.h"

#include <math.h>

SnSpread sn_spread_of(const double *values, int64_t count) {
  SnSpread spread = {NAN, NAN, 0};
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < count; i++) {
    if (isnan(values[i])) continue;
    sum += values[i];
    spread.count++;
  }
  if (spread.count > 0) spread.mean = sum / (double)spread.count;
  for (int64_t i = 0; i < count; i++) {
    double difference = values[i] - spread.mean;
    if (!isnan(difference)) squares += difference * difference;
  }
  if (spread.count > 1) spread.deviation = sqrt(squares / (double)(spread.count - 1));
  return spread;
}
