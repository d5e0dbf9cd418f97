/* `simplenet train --seeds N`: the same training with several seeds, one after the other, on features that are computed
 * once. */
#ifndef SN_CLI_TRAIN_SEEDS_H
#define SN_CLI_TRAIN_SEEDS_H

#include "cli/train_run.h"

/* Returns an exit status. */
int sn_train_seeds(const SnTrain *train, const SnSettings *settings, SnDataset *dataset);

#endif
