/* What a study as a whole leaves behind. */
#ifndef SN_STUDIES_WRITE_H
#define SN_STUDIES_WRITE_H

#include "studies/study.h"

/* run.json, report.html, tables and plots, into the study's folder. */
bool sn_study_write(const SnStudy *study);

#endif
