#include "models/simplenet/fast/batch_step.h"

#include "autograd/ops.h"
#include "models/simplenet/anomalous_features.h"
#include "models/simplenet/fast/reassociated_step.h"

bool sn_batch_step(SnTraining *training, int64_t step, int64_t first, int64_t count, SnStepOutcome *outcome) {
  SnTensor *levels[SN_MAX_LEVELS];
  const SnSimpleNetSettings *settings = &training->network->settings;
  const SnArray *grid = &training->levels[0]->array;
  int64_t positions = grid->shape[1] * grid->shape[2];
  int64_t channels = training->model->features.channels, rows = count * positions;
  int level_count = training->level_count;
  if (settings->batch_from == SN_BATCH_FROM_PATCHES) {
    SnTensor *o = sn_training_gather(training, first * positions, rows);
    levels[0] = o ? sn_reshape(o, SN_SHAPE(1, 1, rows, channels)) : NULL;
    level_count = 1;
  } else if (!sn_training_select(training, first, count, levels)) {
    return false;
  }
  SnTensor *e = sn_anomalous_noise(settings, training->network->seed, grid->dtype, rows, channels, (uint32_t)step);
  sn_training_zero_gradients(training);
  if (e && sn_reassociated_step_supports(&training->model->settings))
    sn_reassociated_backward(training, level_count, levels, e, outcome);
  else if (e)
    sn_training_backward(training, sn_training_rows(training, level_count, levels), e, outcome);
  return sn_ok() && sn_training_update(training, step);
}
