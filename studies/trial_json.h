/* What a trial's metrics.json and cost.json say. */
#ifndef SN_STUDIES_TRIAL_JSON_H
#define SN_STUDIES_TRIAL_JSON_H

#include "anomaly/method.h"
#include "base/file.h"

/* Of one trial. Metrics in [0, 1], NaN where the data do not determine them. */
typedef struct SnTrialResult {
  bool present;
  double image_auroc, pixel_auroc, au_pro;   /* after the last epoch */
  double best_image_auroc, best_pixel_auroc; /* of the epoch that is best on the test set */
  int64_t best_epoch;                        /* 0: not known */
  double seconds;                            /* features once, training and tests */
  double peak_memory;                        /* bytes that the process had at most when the trial ended */
} SnTrialResult;

/* What the metrics must be of. */
typedef struct SnTrialIdentity {
  SnSettings settings; /* with the trial's seed */
  const char *sha256;  /* of the backbone's weights */
  int64_t train_images, test_images;
  const char *data; /* path of the data set's folder; NULL: not compared */
} SnTrialIdentity;

/* Takes the numbers out of the text of a metrics.json. Other settings, weights or numbers of images are an error that
 * names the first difference and the path. What is absent, or a number beyond all measure, is NaN. */
bool sn_trial_parse_metrics(const char *path, SnBytes text, const SnTrialIdentity *identity, SnTrialResult *result);

/* Takes seconds and peak memory out of the text of a cost.json. */
bool sn_trial_parse_cost(const char *path, SnBytes text, SnTrialResult *result);

/* cost.json: "seconds" and "peak_memory_bytes". */
bool sn_trial_write_cost(const char *path, double seconds, double peak_memory);

#endif
