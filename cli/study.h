/* Runs a study: what its folder lacks is trained and tested, in child processes, with progress on the way. */
#ifndef SN_CLI_STUDY_H
#define SN_CLI_STUDY_H

#include "cli/study_options.h"
#include "datasets/outputs.h"

typedef struct SnStudyRun {
  SnStudy *study;
  const SnStudyTexts *texts;
  bool untested;        /* trials end with a model and without a test: the caller tests */
  int64_t later_images; /* which the caller tests all trials on in one pass; for the prediction */
  bool tells_mvtec;     /* predict the complete MVTec AD, too, where the data set is not that */
  bool save_models;     /* model.safetensors for each trial */
  bool category_pages;  /* pictures and a page for each category, by the first seed */
  SnOutputs *outputs;   /* what the caller writes into the study's folder beside run.json and report.html */
  bool feature_spread;  /* features.csv: the standard deviation of each feature before and after the adaptor */
} SnStudyRun;

/* Compares what will be written with what is there, and makes the study's folder. Ends the outputs. */
bool sn_check_study_outputs(const SnStudyRun *run);

/* Returns an exit status; the study's results are then read, and its jobs, threads and seconds are set. */
int sn_run_study(const SnStudyRun *run);

/* Work of one trial's end, in the child: files of the trial, metrics.json the last of them. */
bool sn_write_trial(const SnStudyRun *run, int64_t variant, int64_t category, int64_t seed, const SnTrial *trial);

/* Whether the trial's files stand. */
bool sn_trial_stands(const SnStudyRun *run, int64_t variant, int64_t category, int64_t seed);

#endif
