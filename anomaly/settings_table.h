/* The rows of the settings that all methods share. */
#ifndef SN_ANOMALY_SETTINGS_TABLE_H
#define SN_ANOMALY_SETTINGS_TABLE_H

#include "anomaly/settings.h"

extern const SnSetting sn_shared_settings[];
extern const int sn_shared_setting_count;

#endif
