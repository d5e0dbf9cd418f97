/* run.json: everything that is needed to repeat a study. */
#ifndef SN_STUDIES_RECORD_H
#define SN_STUDIES_RECORD_H

#include "studies/study.h"

/* Program and version, command, device, data set and its categories, seeds, and for each variant its settings and the
 * weights' file and SHA-256. */
bool sn_write_study_record(const char *path, const SnStudy *study);

#endif
