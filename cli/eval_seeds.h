/* `simplenet eval --model FOLDER`: the models that `train --seeds` left in a folder, tested on features that are
 * computed once. */
#ifndef SN_CLI_EVAL_SEEDS_H
#define SN_CLI_EVAL_SEEDS_H

#include "cli/eval_run.h"

enum { SN_EVAL_MAX_SEEDS = 1000 };

/* Returns an exit status. skipped gets what skip_broken leaves out. */
int sn_eval_seeds(const SnEval *eval, SnDataset *dataset, SnNames *skipped);

#endif
