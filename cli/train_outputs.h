/* What a training may replace: the results of the same photographs with the same settings. With several seeds each has
 * a folder below OUT/CATEGORY (report/seeds.h). */
#ifndef SN_CLI_TRAIN_OUTPUTS_H
#define SN_CLI_TRAIN_OUTPUTS_H

#include "anomaly/run.h"
#include "cli/seeds_option.h"
#include "report/origin.h"

typedef struct SnTrainOutputs {
  const char *folder;  /* OUT/CATEGORY */
  const char *weights; /* NULL: embedded */
  const SnDataset *dataset;
  const SnModel *model; /* untrained */
  SnOrigin origin;
  bool resume, force;
  bool tunes; /* settings are chosen before the training, and may be others than the model's */
  bool tuned; /* they were already, in an interrupted training */
} SnTrainOutputs;

/* Compares the results with what is read and what is in the folder (base/outputs.h). An earlier model, a checkpoint
 * that the training does not go on from, and results of other photographs are replaced only by force. */
bool sn_check_train_outputs(const SnTrainOutputs *train);

/* The same for a training with several seeds. */
bool sn_check_seeds_outputs(const SnTrainOutputs *train, const SnSeedList *seeds);

/* Whether an earlier, interrupted training has finished with this seed, so that a resumed one leaves it alone. Results
 * of other settings, photographs or another selection are an error. Before broken images are taken out. */
bool sn_seed_is_finished(const SnTrainOutputs *train, int64_t seed, SnSelection selection);

/* Removes what would say that a training has finished with a seed, or has begun it. */
void sn_seed_forget(const char *folder, int64_t seed);

/* Removes what is said of all seeds together. */
void sn_seeds_forget(const char *folder);

#endif
