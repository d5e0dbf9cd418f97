/* --calibrate, --calibrate-share and --false-alarms: the good photographs that set the threshold, and its rate. */
#ifndef SN_CLI_CALIBRATE_OPTIONS_H
#define SN_CLI_CALIBRATE_OPTIONS_H

#include "anomaly/settings.h"
#include "cli/options.h"
#include "datasets/dataset.h"

typedef struct SnCalibrateTexts {
  const char *folder, *share_text, *rate_text;
  double share, rate; /* read by sn_read_calibrate_options */
} SnCalibrateTexts;

/* --false-alarms alone, and all three. */
void sn_add_false_alarms_option(SnOption *options, int *count, SnCalibrateTexts *texts);
void sn_add_calibrate_options(SnOption *options, int *count, SnCalibrateTexts *texts);

bool sn_read_false_alarms(SnCalibrateTexts *texts);
bool sn_read_calibrate_options(SnCalibrateTexts *texts);

/* Moves the share, chosen by the settings' seed, or adds the folder's photographs to dataset->calibration; nothing
 * where neither was asked for. `out`, a folder of results, is not looked into. */
bool sn_open_calibration(const SnCalibrateTexts *texts, const SnSettings *settings, const char *out,
                         SnDataset *dataset);

#endif
