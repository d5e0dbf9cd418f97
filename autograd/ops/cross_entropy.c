/* Mean over rows of -log_softmax(logits)[row, target]. The loss of a row picks one column: its derivative is -g there
 * and 0 elsewhere. */
#include "autograd/ops/common.h"

static void backward(const SnRecord *record) {
  SnTensor *inputs[] = {sn_output_gradient(record), record->inputs[1]};
  sn_accumulate(record->inputs[0], sn_compute_like(SN_KERNEL_nll_loss_backward, record->inputs[0], 2, inputs, NULL));
}

static bool check_classes(const SnTensor *target, int64_t classes) {
  SnScope *scope = sn_scope_open();
  int64_t count = sn_count(target), *values = sn_scope_allocate(count, sizeof *values, NULL);
  if (values && sn_to_host(target, SN_INT64, values))
    for (int64_t i = 0; i < count; i++)
      if (values[i] < 0 || values[i] >= classes)
        sn_fail("cross_entropy: expected classes from 0 to %lld, found %lld in row %lld", (long long)classes - 1,
                (long long)values[i], (long long)i);
  sn_scope_close(scope);
  return sn_ok();
}

SnTensor *sn_cross_entropy(SnTensor *logits, SnTensor *target) {
  static const SnOp op = {"nll_loss", SN_OP_TRAINING, SN_KERNEL_nll_loss, backward};
  if (!sn_check_floating("cross_entropy", 1, &logits)) return NULL;
  if (!target || logits->array.ndim != 2 || target->array.dtype != SN_INT64 ||
      !sn_has_shape(target, 1, logits->array.shape))
    return sn_fail_null("cross_entropy: expected logits [N,C] and int64 targets [N], found %s and %s",
                        sn_tensor_text(logits), sn_tensor_text(target));
  if (!check_classes(target, logits->array.shape[1])) return NULL;
  SnTensor *classes = sn_to_contiguous(target), *losses = sn_empty(logits->array.dtype, 1, logits->array.shape);
  SnTensor *log_probability = sn_log_softmax(logits, 1);
  losses = sn_apply(&op, 2, (SnTensor *[]){log_probability, classes}, 1, &losses, NULL);
  return sn_mean(losses, SN_ALL_DIMS, false);
}
