#include "anomaly/adaptive_pooling.h"

#include "autograd/ops.h"

/* Averaging works on channels and resizing on positions, so the order in which the released code does them (resize
 * first) makes no difference, and this one is less work. */
SnTensor *sn_pool_neighbourhood(SnTensor *level, int64_t patch, int64_t dimension) {
  if (!level) return NULL;
  const int64_t *shape = level->array.shape;
  int64_t cells = shape[2] * shape[3], p = patch / 2;
  SnTensor *columns = sn_unfold(level, (SnUnfold){.kernel = {patch, patch}, .padding = {p, p}});
  SnTensor *pooled = sn_adaptive_avg_pool1d(sn_permute(columns, SN_DIMS(0, 2, 1)), dimension);
  pooled = sn_permute(pooled, SN_DIMS(0, 2, 1));
  return cells > 0 ? sn_reshape(pooled, SN_SHAPE(shape[0], dimension, shape[2], shape[3])) : NULL;
}

SnTensor *sn_pool_channels(SnTensor *level, int64_t count) {
  if (!level) return NULL;
  const int64_t *shape = level->array.shape;
  SnTensor *rows = sn_reshape(sn_permute(level, SN_DIMS(0, 2, 3, 1)), SN_SHAPE(shape[0], -1, shape[1]));
  SnTensor *pooled = sn_permute(sn_adaptive_avg_pool1d(rows, count), SN_DIMS(0, 2, 1));
  return sn_reshape(pooled, SN_SHAPE(shape[0], count, shape[2], shape[3]));
}
