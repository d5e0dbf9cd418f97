/* The work of one child process: a group's absent trials on one category. */
#ifndef SN_STUDIES_CATEGORY_RUN_H
#define SN_STUDIES_CATEGORY_RUN_H

#include "studies/schedule.h"

enum {
  SN_MESSAGE_PROGRESS, /* seconds, as predicted, that are done */
  SN_MESSAGE_TRIAL     /* the same, and the variant and the seed of the trial that ended */
};

/* False without an error after an interruption; then checkpoints are there. */
bool sn_run_category(const SnSchedule *schedule, const SnStudyOptions *options, const SnStudyItem *item,
                     int descriptor);

#endif
