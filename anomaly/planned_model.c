#include "anomaly/planned_model.h"

SnPlanned *sn_model_planned_new(const SnModel *model, SnForward forward, void *context) {
  SnPlanned *planned = sn_planned_new(forward, context);
  bool is_head = !model->backbone && sn_model_has_backbone(model); /* of features that are there already */
  if (!planned || sn_precision() != SN_PRECISION_INT8 || is_head) return planned;
  if (model->ranges.count == 0)
    return sn_fail_null("precision: int8 is for detectors that `simplenet export --precision int8` wrote");
  SnInputRanges *ranges = sn_scope_allocate(1, sizeof *ranges, NULL);
  if (!ranges) return NULL;
  *ranges = sn_layer_ranges_of(&model->ranges, &model->backbone->module);
  sn_planned_use_ranges(planned, ranges);
  return sn_ok() ? planned : NULL;
}
