/* Several variants, each with several seeds, on one category: features are extracted once.
 *
 * Every trial ends as `simplenet train` with the same settings does, bit for bit. */
#ifndef SN_STUDIES_EXPERIMENT_H
#define SN_STUDIES_EXPERIMENT_H

#include "models/simplenet/run.h"
#include "studies/variant.h"

typedef struct SnExperiment {
  SnDataset *dataset;
  const SnVariant *const *variants; /* they share their features */
  int64_t variant_count;
  const int64_t *seeds;
  int64_t seed_count;
  int64_t eval_every;            /* epochs; 0: tested at the end only */
  bool untested;                 /* the test images are left alone: trials are trained, and end without a test */
  SnLargeMemory *feature_memory; /* as in SnSimpleNet */
} SnExperiment;

/* One variant with one seed. */
typedef struct SnTrial {
  int64_t variant, seed; /* positions in the experiment's lists */
  SnRun *run;
  const SnTestResult *test; /* after the last epoch; NULL when untested, as are the curves */
  const SnEvaluationCurves *curves;
  double seconds; /* of training and tests, since this process began or resumed the trial */
} SnTrial;

/* context is handed to each. The progress functions stop the experiment by returning false; finished does so with an
 * error. */
typedef struct SnExperimentListener {
  void *context;
  SnProgress features;                                          /* images, training and test together */
  bool (*wanted)(void *context, int64_t variant, int64_t seed); /* false: it is not to be run */
  const char *(*checkpoint)(void *context, int64_t variant, int64_t seed);
  bool (*step)(void *context, int64_t variant, int64_t seed, int64_t done, int64_t total); /* images, of all epochs */
  bool (*finished)(void *context, const SnTrial *trial);
} SnExperimentListener;

/* Runs the wanted trials, variant by variant and in each seed by seed, going on from checkpoints that stand. True when
 * all are done; false on failure, and without an error when the listener said stop: then a checkpoint of the trial that
 * was given up stands. */
bool sn_experiment_run(const SnExperiment *experiment, const SnExperimentListener *listener);

#endif
