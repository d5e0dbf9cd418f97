/* What a training may replace: the results of the same photographs with the same settings. */
#ifndef SN_CLI_TRAIN_OUTPUTS_H
#define SN_CLI_TRAIN_OUTPUTS_H

#include "anomaly/model.h"
#include "datasets/dataset.h"
#include "report/origin.h"

typedef struct SnTrainOutputs {
  const char *folder;  /* OUT/CATEGORY */
  const char *weights; /* NULL: embedded */
  const SnDataset *dataset;
  const SnModel *model; /* untrained */
  SnOrigin origin;
  bool resume, force;
} SnTrainOutputs;

/* Compares the results with what is read and what is in the folder (base/outputs.h). An earlier model, a checkpoint
 * that the training does not go on from, and results of other photographs are replaced only by force. */
bool sn_check_train_outputs(const SnTrainOutputs *train);

#endif
