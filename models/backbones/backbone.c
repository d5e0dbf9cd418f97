#include "models/backbones/backbone.h"

#include "models/backbones/family.h"
#include "models/backbones/weight_names.h"

static bool are_levels(const SnLevels *levels, int level_count) {
  if (levels->count < 1 || levels->count > SN_MAX_LEVELS) return false;
  for (int i = 0; i < levels->count; i++)
    if (levels->numbers[i] <= (i > 0 ? levels->numbers[i - 1] : 0) || levels->numbers[i] > level_count) return false;
  return true;
}

SnBackbone *sn_backbone_new(const char *name, const SnLevels *levels, SnGenerator *generator) {
  int index;
  const SnBackboneFamily *family = sn_family_of(name, &index);
  if (!family) return NULL;
  if (!are_levels(levels, family->level_count(index))) {
    char text[SN_LEVELS_TEXT] = "none";
    if (levels->count > SN_MAX_LEVELS) return sn_fail_null("%s: expected at most %d levels", name, SN_MAX_LEVELS);
    if (levels->count > 0) sn_levels_text(levels, text, sizeof text);
    return sn_fail_null("%s: expected levels from 1 to %d in rising order, found %s", name, family->level_count(index),
                        text);
  }
  return family->create(index, levels, generator);
}

bool sn_backbone_load(SnBackbone *backbone, const SnStateDict *dict, const char *source) {
  if (!sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  SnStateDict *own = sn_state_dict_new();
  const SnStateDict *renamed = sn_with_own_names(backbone->name, dict, source);
  if (renamed && own && sn_module_state(&backbone->module, "", own)) {
    const char *prefix = sn_weight_prefix(own, renamed, source);
    if (prefix && !sn_module_share(&backbone->module, renamed, prefix, backbone->beyond, source))
      sn_describe_weight_names(backbone, own, dict, renamed, prefix, source);
  }
  sn_scope_close(scope);
  return sn_ok();
}

static bool refuse(SnBackbone *backbone, SnTensor *images, SnTensor **levels) {
  (void)images, (void)levels;
  return sn_fail("%s: its weights have been released, so nothing can be computed by them", backbone->name);
}

void sn_backbone_release(SnBackbone *backbone) {
  sn_module_empty_out(&backbone->module);
  backbone->forward = refuse;
  sn_storage_trim();
}

bool sn_backbone_forward(SnBackbone *backbone, SnTensor *images, SnTensor **levels) {
  if (!sn_ok()) return false;
  if (images->array.ndim != 4 || images->array.shape[1] != 3)
    return sn_fail("%s: expected images [N,3,H,W], found %s", backbone->name, sn_tensor_text(images));
  return backbone->forward(backbone, images, levels);
}

int64_t sn_backbone_cells(const SnBackbone *backbone, int i, int64_t pixels) {
  if (backbone->cells) return backbone->cells(backbone, i, pixels);
  return (pixels + backbone->stride[i] - 1) / backbone->stride[i];
}
