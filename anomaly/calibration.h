/* What a model remembers of the test set at the end of its training: the range of the anomaly maps, so that later
 * pictures have comparable colours, and the thresholds with the largest F1, named as chosen there. */
#ifndef SN_ANOMALY_CALIBRATION_H
#define SN_ANOMALY_CALIBRATION_H

#include "metrics/evaluation.h"
#include "tensor/state_dict.h"

typedef struct SnCalibration {
  double low, high;                        /* of all maps; NaN without a test set */
  double image_threshold, pixel_threshold; /* NaN without defects, or without masks */
} SnCalibration;

/* maps: `count` finite numbers. */
SnCalibration sn_calibrate(const float *maps, int64_t count, const SnEvaluation *evaluation);

SnCalibration sn_no_calibration(void); /* all NaN */

/* To and from a model's texts, exactly. A number that a file lacks is read as NaN; a text that is no finite number is
 * an error that names `path` and the text's name. */
bool sn_add_calibration(SnStateDict *dict, const SnCalibration *calibration);
bool sn_read_calibration(const SnStateDict *dict, const char *path, SnCalibration *calibration);

#endif
