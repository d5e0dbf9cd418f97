#include "metrics/spread.h"

#include <math.h>

#include "base/print.h"

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

const char *sn_spread_text(SnSpread spread, int decimals, char text[SN_SPREAD_TEXT]) {
  if (isnan(spread.mean))
    sn_snprintf(text, SN_SPREAD_TEXT, "n/a");
  else if (isnan(spread.deviation))
    sn_snprintf(text, SN_SPREAD_TEXT, "%.*f", decimals, spread.mean);
  else
    sn_snprintf(text, SN_SPREAD_TEXT, "%.*f \u00b1\u00a0%.*f", decimals, spread.mean, decimals, spread.deviation);
  return text;
}
