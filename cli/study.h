/* Runs a study and says on the terminal how it goes. */
#ifndef SN_CLI_STUDY_H
#define SN_CLI_STUDY_H

#include "cli/study_options.h"

/* Runs the variants that begin as `base`, of a study whose fields are set as studies/study.h says, from the options.
 * expected (NULL-ended, may be NULL): categories that are named on stderr where the data set lacks them. print: the
 * results. Returns an exit status. */
int sn_run_study(const SnStudyTexts *texts, const SnVariant *base, const char *const *expected, SnStudy *study,
                 void (*print)(const SnStudy *study));

/* The measures that tables in the terminal show, four columns; widths: as sn_print counts bytes. */
void sn_print_means(const SnStudy *study, int64_t variant, int64_t category, SnMvtecGroup group);

#endif
