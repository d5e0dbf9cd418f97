/* Choice of settings without labels: how well held-out good photographs and copies of them with drawn defects are told
 * apart (tuning/split.h, datasets/synthetic/).
 *
 * The method lists axes of candidates (SnMethod.tune). They are tried in that order, each SN_TUNING_ROUNDS times with
 * other photographs held out and another seed, on settings that begin as they were given and take over the best
 * candidate of each axis. An axis takes the candidate of the highest score, the mean of image and pixel AUROC, of those
 * that exceed the score at its beginning by more than twice the noise (tuning/trials.h): ties leave the settings alone.
 * A candidate that does not exceed the best so far in the first round is given up.
 *
 * The order is fixed, and all chance comes from the settings' seed; the time decides only how many candidates are
 * tried. Test images, their labels and their masks are never read. It is pulled:
 *
 *     SnTuner *tuner = sn_tuner_new(&settings, dataset, &options);
 *     for (SnTunerEvent event; sn_tuner_next(tuner, &event);) { show(&event); if (interrupted) break; }
 *     if (sn_tuner_is_done(tuner)) settings = *sn_tuner_settings(tuner);
 */
#ifndef SN_TUNING_TUNER_H
#define SN_TUNING_TUNER_H

#include "anomaly/run.h"
#include "tuning/view_features.h"

typedef struct SnTunerOptions {
  double seconds;      /* when they are over, the candidate being tried is given up, and the best so far is chosen */
  const char *weights; /* the backbone's, as sn_model_new takes them */
  const char *const *fixed; /* settings that are not to be changed, ended by NULL; NULL: none */
  SnNames
      *skipped; /* gets a sentence about each photograph that cannot be read and is left out; NULL: it is an error */
  SnLargeMemory *memory; /* that the features may take; NULL: no limit */
} SnTunerOptions;

typedef enum SnTunerEventKind {
  SN_TUNER_FEATURES, /* images of a view were looked at: done of total */
  SN_TUNER_STEP,     /* steps of a training: done of total */
  SN_TUNER_TRIAL     /* a candidate was tried, or given up: trial */
} SnTunerEventKind;

typedef struct SnTunerEvent {
  SnTunerEventKind kind;
  int64_t done, total;
  double seconds; /* since the tuner was made */
  const SnTuningTrial *trial;
} SnTunerEvent;

typedef struct SnTuner SnTuner;

/* In the innermost scope. An error when the method has nothing to choose, or there are too few photographs. */
SnTuner *sn_tuner_new(const SnSettings *settings, const SnDataset *dataset, const SnTunerOptions *options);

/* The next piece of work; false when all is done, or on failure. */
bool sn_tuner_next(SnTuner *tuner, SnTunerEvent *event);

bool sn_tuner_is_done(const SnTuner *tuner);

/* The chosen settings, and what was tried; they belong to the tuner. */
const SnSettings *sn_tuner_settings(const SnTuner *tuner);
const SnTuning *sn_tuner_tuning(const SnTuner *tuner);

/* How many photographs a round holds out, and how many damaged copies it has; 0 before they are divided. */
void sn_tuner_counts(const SnTuner *tuner, int64_t *held_out, int64_t *damaged);

#endif
