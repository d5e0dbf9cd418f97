/* What a trial leaves behind. */
#ifndef SN_STUDIES_TRIAL_OUTPUTS_H
#define SN_STUDIES_TRIAL_OUTPUTS_H

#include "studies/study.h"
#include "studies/trial.h"

/* The files of a trial, metrics.json the last of them, and by the first seed the category's page where the study has
 * these. */
bool sn_write_trial(const SnStudy *study, int64_t variant, int64_t category, int64_t seed, const SnTrial *trial);

#endif
