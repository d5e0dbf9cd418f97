/* A category from data set to result: features, training, tests on the way, and a state from which an interrupted run
 * goes on. */
#ifndef SN_MODELS_SIMPLENET_RUN_H
#define SN_MODELS_SIMPLENET_RUN_H

#include "models/simplenet/testing.h"
#include "models/simplenet/training.h"

typedef enum SnSelection { SN_SELECT_LAST, SN_SELECT_BEST_TEST } SnSelection;

typedef struct SnEpochRow {
  int64_t epoch;
  SnTrainingResult result;
  double seconds; /* of this epoch's training */
} SnEpochRow;

typedef struct SnRun {
  SnSimpleNet *model;
  const SnDataset *dataset;
  SnNames *skipped; /* a sentence about each image that could not be read and was left out */
  SnTraining *training;
  SnFeatures *train_features, *test_features;
  SnEpochRow *rows;   /* [training->epoch], room for settings.epochs */
  int64_t best_epoch; /* the best on the test set so far: larger image AUROC, ties by pixel AUROC; 0: none */
  SnEvaluation best;
  SnStateDict *best_head; /* its weights; NULL unless they are wanted */
  double seconds_features;
  double seconds_in_epoch; /* of training in an epoch that was given up */
  const char *photographs; /* where they are, as checkpoints note it; NULL: they do not */
} SnRun;

/* What the caller wants to hear of, each may be NULL. The progress functions stop the run by returning false. */
typedef struct SnRunListener {
  void *context;
  SnProgress features; /* images done, of training and test together */
  SnProgress steps;    /* training steps done within the epoch */
  void (*epoch)(void *context, const SnRun *run, const SnEvaluation *evaluation); /* evaluation NULL: not tested */
} SnRunListener;

/* Makes a run in the innermost scope: extracts the features of the training and the test images. NULL on failure, and
 * without an error when the listener said stop. keep_best: remember the best epoch's weights. skip_broken: images that
 * cannot be read are taken out of the data set, where otherwise the first of them is an error. */
SnRun *sn_run_new(SnSimpleNet *model, SnDataset *dataset, bool keep_best, bool skip_broken,
                  const SnRunListener *listener);

/* A run on features that stand already and outlive it, without the best epoch's weights. test_features may be NULL when
 * nothing will be tested. */
SnRun *sn_run_on_features(SnSimpleNet *model, const SnDataset *dataset, SnFeatures *train_features,
                          SnFeatures *test_features);

/* Trains up to settings.epochs, testing every eval_every epochs (0: never). True when all epochs are done; false on
 * failure, and without an error when the listener said stop. checkpoint, a path or NULL: where the state is written
 * when the run is stopped, and after an epoch when checkpoint_seconds have passed since the last time. */
bool sn_run_train(SnRun *run, int64_t eval_every, const char *checkpoint, double checkpoint_seconds,
                  const SnRunListener *listener);

/* Tests the model as it stands, or, for SN_SELECT_BEST_TEST, with the best epoch's weights, which stay in it. */
SnTestResult *sn_run_test(SnRun *run, SnSelection selection, SnEvaluationCurves *curves);

#endif
