/* Runs a study: what its folder lacks is trained and tested in child processes. It is pulled:
 *
 *     SnStudyRun *run = sn_study_run_new(&study, &options);
 *     for (SnStudyEvent event; sn_study_run_next(run, &event);) print(&event);
 *     if (sn_ok() && !sn_interrupted()) sn_study_write(&study);
 *
 * What was done stays done: a run that is interrupted, or in which categories fail, goes on where it ended when it is
 * started again. */
#ifndef SN_STUDIES_RUN_H
#define SN_STUDIES_RUN_H

#include "studies/schedule.h"

typedef enum SnStudyEventKind {
  SN_STUDY_PREDICTION, /* before the trials: what they will take */
  SN_STUDY_PROGRESS,   /* done of total */
  SN_STUDY_TRIAL,      /* a trial ended, the done-th of total; its result has been read */
  SN_STUDY_FAILURE     /* the run goes on without what failed */
} SnStudyEventKind;

typedef struct SnStudyEvent {
  SnStudyEventKind kind;
  SnStudyPrediction prediction;
  const char *label; /* of the progress: the study's name, "test images" */
  int64_t done, total;
  int64_t variant, category, seed; /* of the trial */
  const char *failed;              /* the category that failed; NULL: something else */
  char error[SN_ERROR_LENGTH];
} SnStudyEvent;

typedef struct SnStudyRun SnStudyRun;

/* Of a study that was opened, in the innermost scope. Takes the study's folder (studies/outputs.h). */
SnStudyRun *sn_study_run_new(SnStudy *study, const SnStudyOptions *options);

/* The next event; false when all is done, on failure, and after an interruption. Then the study's results are read, and
 * its jobs, threads and seconds are set. */
bool sn_study_run_next(SnStudyRun *run, SnStudyEvent *event);

/* Whether everything was done, and how many categories failed. */
bool sn_study_run_is_done(const SnStudyRun *run);
int64_t sn_study_run_failed(const SnStudyRun *run);

#endif
