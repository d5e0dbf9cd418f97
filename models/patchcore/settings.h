/* What can be chosen about PatchCore beside what all detectors share. */
#ifndef SN_MODELS_PATCHCORE_SETTINGS_H
#define SN_MODELS_PATCHCORE_SETTINGS_H

#include "anomaly/settings.h"

typedef struct SnPatchCoreSettings {
  double coreset;     /* share of the training patches that the memory bank keeps */
  int64_t projection; /* dimensions in which the coreset is chosen; features that have no more are not projected */
  int64_t neighbours; /* b of equation 7 */
} SnPatchCoreSettings;

SnPatchCoreSettings sn_patchcore_settings(const SnSettings *settings);

/* For the entry in the table of methods (anomaly/method.h). */
enum { SN_PATCHCORE_SETTINGS = 3 };
extern const SnSetting sn_patchcore_setting_rows[SN_PATCHCORE_SETTINGS];
extern const char *const sn_patchcore_presets[]; /* "paper" */
void sn_patchcore_preset(int number, SnSettings *settings);
bool sn_patchcore_check(const SnSettings *settings);

#endif
