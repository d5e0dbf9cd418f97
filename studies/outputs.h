/* What a study will write, compared with what it reads and with what is there (base/outputs.h). */
#ifndef SN_STUDIES_OUTPUTS_H
#define SN_STUDIES_OUTPUTS_H

#include "studies/study.h"

/* Makes the comparison and the study's folder, and keeps that for this process (base/folder_lock.h). */
bool sn_study_take_folder(const SnStudy *study);

#endif
