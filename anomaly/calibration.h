/* What a model knows of the scores it gives.
 *
 * From good photographs that training never saw: a threshold by a stated rate of false alarms
 * (metrics/false_alarms.h). From the test set at the end of its training: the range of the anomaly maps, so that later
 * pictures have comparable colours, and the thresholds with the largest F1, which are chosen on test labels and named
 * so everywhere. */
#ifndef SN_ANOMALY_CALIBRATION_H
#define SN_ANOMALY_CALIBRATION_H

#include "metrics/evaluation.h"
#include "metrics/false_alarms.h"
#include "tensor/state_dict.h"

typedef struct SnCalibration {
  double low, high;                        /* of all maps; NaN without a test set */
  double image_threshold, pixel_threshold; /* NaN without defects, or without masks */
  SnFalseAlarms false_alarms;              /* photographs 0: not calibrated */
} SnCalibration;

/* Of a test set, not calibrated. maps: `count` finite numbers. */
SnCalibration sn_calibrate(const float *maps, int64_t count, const SnEvaluation *evaluation);

SnCalibration sn_no_calibration(void); /* all NaN, not calibrated */

/* To and from a model's texts, exactly. A number of the test set that a file lacks is read as NaN, and a file without
 * any text of the false alarms is not calibrated. A text that is no finite number, and false alarms that lack one or
 * that no photographs could have given, are an error that names `path` and the text's name. */
bool sn_add_calibration(SnStateDict *dict, const SnCalibration *calibration);
bool sn_read_calibration(const SnStateDict *dict, const char *path, SnCalibration *calibration);

/* Whether a text of that name is one that sn_add_calibration writes. */
bool sn_is_calibration_text(const char *name);

/* What calls a photograph defective, the first that there is. */
typedef enum SnThresholdBasis {
  SN_THRESHOLD_NONE,
  SN_THRESHOLD_FALSE_ALARMS, /* by good photographs */
  SN_THRESHOLD_TEST_F1       /* chosen on test labels */
} SnThresholdBasis;

SnThresholdBasis sn_threshold_basis(const SnCalibration *calibration);

/* "score >= threshold" is called defective; NaN for SN_THRESHOLD_NONE. */
double sn_decision_threshold(const SnCalibration *calibration);

/* 0.5 at the threshold (metrics/false_alarms.h); NaN where it was not calibrated. */
double sn_calibrated_score(const SnCalibration *calibration, double score);

/* What the threshold is, by what, at which rate and how sure; without one, how to get it. Starts in small letters, has
 * no full stop, and is to be released with free(). */
char *sn_threshold_text(const SnCalibration *calibration);

#endif
