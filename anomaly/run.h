/* A category from data set to result: features, fit, tests on the way, and a state from which an interrupted run goes
 * on. It is pulled:
 *
 *     SnRun *run = sn_run_new(model, dataset, &options);
 *     for (SnRunEvent event; sn_run_next(run, &event);) { show(&event); if (interrupted) break; }
 *     if (sn_run_is_done(run)) test = sn_run_test(run, SN_SELECT_LAST, NULL); else sn_run_suspend(run);
 */
#ifndef SN_ANOMALY_RUN_H
#define SN_ANOMALY_RUN_H

#include "anomaly/method.h"
#include "anomaly/testing.h"

typedef enum SnSelection { SN_SELECT_LAST, SN_SELECT_BEST_TEST } SnSelection;

typedef struct SnEpochRow {
  int64_t epoch;                  /* from 1 */
  double columns[SN_MAX_COLUMNS]; /* under the method's names */
  double seconds;                 /* of this epoch's training */
} SnEpochRow;

typedef struct SnRunOptions {
  int64_t eval_every;     /* epochs between tests on the way; 0: none */
  bool keep_best;         /* remember the head of the epoch that is best on the test set */
  bool skip_broken;       /* images that cannot be read are taken out of the data set; else the first is an error */
  const char *checkpoint; /* where the state is written after an epoch, when checkpoint_seconds have passed since the
                           * last time, and by sn_run_suspend; NULL: nowhere */
  double checkpoint_seconds;
  bool resume;             /* from the checkpoint, where there is one */
  double false_alarms;     /* rate that the data set's calibration images set the threshold for, where it has some */
  SnLargeMemory *memory;   /* that the features may take (tensor/storage.h); NULL: no limit */
  const char *photographs; /* where they are, as checkpoints name it; NULL: they do not */
} SnRunOptions;

typedef enum SnRunEventKind {
  SN_RUN_FEATURES, /* images were looked at: done of total, training, calibration and test together */
  SN_RUN_READY,    /* features are there, and the fit begins or was resumed after `epoch` */
  SN_RUN_STEP,     /* steps of the fit: done of total */
  SN_RUN_EPOCH     /* an epoch ended: row, and evaluation where it was tested */
} SnRunEventKind;

typedef struct SnRunEvent {
  SnRunEventKind kind;
  int64_t done, total;
  int64_t epoch; /* done */
  const SnEpochRow *row;
  const SnEvaluation *evaluation;
  bool is_last;                 /* epoch */
  const char *warning, *ending; /* of an epoch, as in SnFitStep; NULL */
} SnRunEvent;

typedef struct SnRun {
  SnModel *model;
  SnDataset *dataset;
  SnRunOptions options;
  SnNames *skipped; /* a sentence about each image that could not be read and was left out */
  SnFeatures *train_features, *test_features;
  SnFeatures *calibration_features; /* NULL where the data set has no images for it */
  SnTruth *truth;                   /* of the test images */
  void *fit;                        /* the method's */
  SnEpochRow *rows;                 /* [epoch], capacity for epochs */
  int64_t epoch, epochs;            /* done; of the whole fit */
  int64_t best_epoch; /* the best on the test set so far: larger image AUROC, ties by pixel AUROC; 0: none */
  SnEvaluation best;
  SnStateDict *best_head; /* its weights; NULL unless they are wanted */
  char warning[512];      /* the last sign that the fit fails; "": none */
  char ending[256];       /* why the fit ended, where that was not known beforehand; "" */
  double seconds_features;
  double seconds_in_epoch; /* of fitting in an epoch that was given up */
  /* where it is */
  SnExtraction *extraction;
  double phase_start, last_save;
  SnEvaluation evaluation; /* of the last test */
  int phase;
} SnRun;

/* In the innermost scope. Once the features are there it releases the backbone's weights. */
SnRun *sn_run_new(SnModel *model, SnDataset *dataset, const SnRunOptions *options);

/* On features that exist already and outlive it. test_features and truth may be NULL when nothing will be tested.
 * calibration_features are the run's to be set, where there are some. */
SnRun *sn_run_on_features(SnModel *model, SnDataset *dataset, SnFeatures *train_features, SnFeatures *test_features,
                          SnTruth *truth, const SnRunOptions *options);

/* The next piece of work; false when all is done, or on failure. */
bool sn_run_next(SnRun *run, SnRunEvent *event);

bool sn_run_is_done(const SnRun *run);

/* Writes the checkpoint of a run that is not done and can be resumed; true when it did. */
bool sn_run_suspend(SnRun *run);

/* Tests the model as it is, or, for SN_SELECT_BEST_TEST, with the best epoch's weights, which stay in it, and notes in
 * it the result, the threshold by the calibration images, and its provenance. */
SnTestResult *sn_run_test(SnRun *run, SnSelection selection, SnEvaluationCurves *curves);

#endif
