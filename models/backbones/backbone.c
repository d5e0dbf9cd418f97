#include "models/backbones/backbone.h"

#include <stdio.h>
#include <string.h>

#include "models/backbones/resnet.h"

const char *sn_backbone_name(int index) {
  return index >= 0 && index < sn_resnet_count ? sn_resnet_specs[index].name : NULL;
}

static const SnResNetSpec *find(const char *name) {
  for (int i = 0; i < sn_resnet_count; i++)
    if (strcmp(sn_resnet_specs[i].name, name) == 0) return &sn_resnet_specs[i];
  char names[256] = "";
  for (int i = 0; i < sn_resnet_count; i++) {
    size_t used = strlen(names);
    snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", sn_resnet_specs[i].name);
  }
  return sn_fail_null("there is no backbone '%s'; there are %s", name, names);
}

SnBackbone *sn_backbone_new(const char *name, int deepest, SnGenerator *generator) {
  if (!sn_ok()) return NULL;
  const SnResNetSpec *spec = find(name);
  if (!spec) return NULL;
  if (deepest < 1 || deepest > SN_BACKBONE_LEVELS)
    return sn_fail_null("%s: expected a level from 1 to %d, found %d", name, SN_BACKBONE_LEVELS, deepest);
  SnResNet *network = sn_resnet_new(spec, deepest, 0, generator);
  return network ? &network->backbone : NULL;
}

bool sn_backbone_load(SnBackbone *backbone, const SnStateDict *dict, const char *source) {
  return sn_module_share(&backbone->module, dict, "", backbone->beyond, source);
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
