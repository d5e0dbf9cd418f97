/* --threads, --device and --precision; and --tuned. */
#ifndef SN_CLI_DEVICE_OPTIONS_H
#define SN_CLI_DEVICE_OPTIONS_H

#include <stdint.h>

#include "anomaly/model.h"
#include "cli/options.h"

typedef struct SnDeviceTexts {
  const char *threads, *device, *precision;
  const char *tuned; /* of commands that plan */
  /* Set before the options are added by a command that opens a saved detector, which may be in int8. */
  bool of_detector;
} SnDeviceTexts;

void sn_add_device_options(SnOption *options, int *count, SnDeviceTexts *texts);
/* For commands that plan forwards. */
void sn_add_tuned_option(SnOption *options, int *count, SnDeviceTexts *texts);

bool sn_use_device(const SnDeviceTexts *texts);

/* Once the detector is known: int8 where it was exported so, unless --precision or another device says otherwise; and
 * what --tuned names, which is for one precision. */
bool sn_use_detector(const SnDeviceTexts *texts, const SnModel *model);

/* The number of --threads; *threads stays as it is when the text is NULL. */
bool sn_read_threads(const char *text, int64_t *threads);

#endif
