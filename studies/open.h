/* A study is opened: the data set's categories, the weights' hashes, and space for the results. */
#ifndef SN_STUDIES_OPEN_H
#define SN_STUDIES_OPEN_H

#include "studies/study.h"

/* Fills in a study whose variants are made. categories: names separated by commas; NULL: all that the data set has. In
 * the innermost scope, but for what each category left out (sn_left_out_free). */
bool sn_study_open(SnStudy *study, const char *categories);

#endif
