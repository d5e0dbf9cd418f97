/* How settings were chosen without labels: tune.csv, and a member of metrics.json. */
#ifndef SN_REPORT_TUNING_TABLE_H
#define SN_REPORT_TUNING_TABLE_H

#include "base/json.h"
#include "tuning/trials.h"

/* A row for each trial: what was tried, image and pixel AUROC of each round and their means, score, whether it was
 * chosen, why it did not come to all rounds, seconds. */
bool sn_write_tuning_table(const char *path, const SnTuning *tuning);

/* Reads that back; an error names the line that is none of ours. */
bool sn_read_tuning_table(const char *path, SnTuning *tuning);

/* "tune": {"chosen", "by", "test_images", …}: what was chosen by what. */
void sn_json_add_tuning(cJSON *object, const SnTuning *tuning);

#endif
