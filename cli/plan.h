#ifndef SN_CLI_PLAN_H
#define SN_CLI_PLAN_H

#include "cli/device_options.h"
#include "cli/setting_options.h"

/* Texts of `info --plan`'s options, NULL where they were not given. */
typedef struct SnPlanTexts {
  const char *weights, *images;
  SnSettingTexts settings;
  SnDeviceTexts device;
  bool wanted, profile;
} SnPlanTexts;

void sn_add_plan_options(SnOption *options, int *count, SnPlanTexts *texts);

/* The first option given that only goes with --plan; NULL when there is none. */
const char *sn_plan_option_given(const SnPlanTexts *texts);

/* Prints the steps of a plan from images to maps and scores: of the model in a file, or, where it is NULL, of the
 * settings with an untrained head. Returns an exit status. */
int sn_print_plan(const SnPlanTexts *texts, const char *file);

#endif
