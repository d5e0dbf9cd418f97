/* Training steps on ready features of one batch: 4 images of 224, so 3136 positions. */
#ifndef SN_BENCH_SUPPORT_TRAINING_H
#define SN_BENCH_SUPPORT_TRAINING_H

#include "models/simplenet/fast/recorded_steps.h"
#include "models/simplenet/training.h"

typedef struct SnBenchTraining {
  SnTraining *training;
  SnRecordedSteps *recorded; /* NULL where steps are not recorded */
  SnTensor *rows;            /* the assembled features [positions, channels] */
  double macs[2];            /* of a step: reassociated, and on the tape */
} SnBenchTraining;

/* A new head on random features as wide as the backbone's ("resnet18" or "wide_resnet50_2") layer2 and layer3. */
bool sn_bench_training_new(SnBenchTraining *bench, const char *backbone);

/* A step as `simplenet train` does it: gathering, noise, the reassociated step. */
bool sn_bench_training_step(void *bench);

/* The same step in the paper's order of operations: noise, forward on the tape, backward, optimisers. */
bool sn_bench_training_tape_step(void *bench);

#endif
