#include "models/simplenet/loss.h"

#include <math.h>

#include "autograd/ops.h"

static SnTensor *mean_above_zero(SnTensor *x) { return sn_mean(sn_clamp(x, 0, INFINITY), SN_ALL_DIMS, false); }

static SnTensor *cross_entropy(SnTensor *scores, double target) {
  if (!sn_ok()) return NULL;
  return sn_bce_with_logits(scores, sn_full(scores->array.dtype, target, scores->array.ndim, scores->array.shape));
}

SnTensor *sn_discriminator_loss(const SnSimpleNetSettings *settings, SnTensor *normal, SnTensor *anomalous) {
  if (settings->loss == SN_LOSS_CROSS_ENTROPY) return sn_add(cross_entropy(normal, 1), cross_entropy(anomalous, 0));
  SnTensor *normal_loss = mean_above_zero(sn_add_scalar(sn_neg(normal), settings->margin));
  SnTensor *anomalous_loss = mean_above_zero(sn_add_scalar(anomalous, settings->margin));
  return sn_add(normal_loss, anomalous_loss);
}
