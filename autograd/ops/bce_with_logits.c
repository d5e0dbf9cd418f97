/* Mean of max(x, 0) - x t + ln(1 + exp(-|x|)), which is the binary cross-entropy of sigmoid(x) against t without
 * overflow: dx = (sigmoid(x) - t) g. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *x = record->inputs[0], *inputs[] = {x, record->inputs[1], sn_output_gradient(record)};
  sn_accumulate(x, sn_compute_like(SN_KERNEL_bce_with_logits_backward, x, 3, inputs, NULL));
}

SnTensor *sn_bce_with_logits(SnTensor *x, SnTensor *target) {
  static const SnOp op = {"bce_with_logits", SN_OP_TRAINING, SN_KERNEL_bce_with_logits, backward};
  if (!sn_check_floating("bce_with_logits", 2, (SnTensor *[]){x, target})) return NULL;
  if (!sn_same_shape(x, target))
    return sn_fail_null("bce_with_logits: expected one shape, found %s and %s", sn_tensor_text(x),
                        sn_tensor_text(target));
  SnTensor *losses = sn_empty_like(x);
  losses = sn_apply(&op, 2, (SnTensor *[]){x, target}, 1, &losses, NULL);
  return sn_mean(losses, SN_ALL_DIMS, false);
}
