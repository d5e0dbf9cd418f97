/* A detector in 8 bits from one in float32, by normal photographs alone. Two thirds of them say how the inputs of the
 * backbone's convolutions are distributed; on the others every rule for ranges is tried, and the one whose score maps
 * differ least from float32's is taken. Labels and defects are not looked at. It is pulled:
 *
 *     SnQuantizing *quantizing = sn_quantizing_new(model, images, count);
 *     while (sn_quantizing_next(quantizing)) show(sn_quantizing_progress(quantizing));
 *     if (sn_ok()) ... model->ranges, and sn_quantizing_difference(quantizing, rule)
 */
#ifndef SN_ANOMALY_QUANTIZING_H
#define SN_ANOMALY_QUANTIZING_H

#include "anomaly/input_statistics.h"
#include "anomaly/model.h"

typedef struct SnQuantizing SnQuantizing;

enum { SN_QUANTIZING_LEAST = 3, SN_QUANTIZING_MOST = 96 /* photographs */ };

/* Of a model with its backbone, on the device cpu, in the innermost scope, where the ranges will be as well. images:
 * [count,3,height,width] of the crop, normalised; it must stay. */
SnQuantizing *sn_quantizing_new(SnModel *model, const float *images, int64_t count);

/* A piece of work. False when all is done, the model's ranges included; or on failure. */
bool sn_quantizing_next(SnQuantizing *quantizing);

typedef struct SnQuantizingProgress {
  int64_t done, total;
} SnQuantizingProgress;

SnQuantizingProgress sn_quantizing_progress(const SnQuantizing *quantizing);

/* Of the score maps in 8 bits from those in float32: the mean of the absolute difference, divided by the standard
 * deviation of the latter, over the photographs that were held out. */
double sn_quantizing_difference(const SnQuantizing *quantizing, SnRangeRule rule);

SnRangeRule sn_quantizing_rule(const SnQuantizing *quantizing); /* that was taken */

int64_t sn_quantizing_held_out(const SnQuantizing *quantizing); /* photographs */

#endif
