/* --threads, --device and --precision; and --tuned. */
#ifndef SN_CLI_DEVICE_OPTIONS_H
#define SN_CLI_DEVICE_OPTIONS_H

#include <stdint.h>

#include "cli/options.h"

typedef struct SnDeviceTexts {
  const char *threads, *device, *precision;
  const char *tuned; /* of commands that plan */
} SnDeviceTexts;

void sn_add_device_options(SnOption *options, int *count, SnDeviceTexts *texts);
/* For commands that plan forwards. */
void sn_add_tuned_option(SnOption *options, int *count, SnDeviceTexts *texts);

bool sn_use_device(const SnDeviceTexts *texts);

/* The number of --threads; *threads stays as it is when the text is NULL. */
bool sn_read_threads(const char *text, int64_t *threads);

#endif
