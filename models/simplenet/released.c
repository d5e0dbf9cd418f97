#include "models/simplenet/released.h"

#include <stdio.h>

bool sn_is_released_model(const SnStateDict *dict) {
  return dict && !sn_state_dict_text(dict, "format") && sn_state_dict_find(dict, "discriminator.tail.weight");
}

static const SnTensor *find_layer(const SnStateDict *dict, const char *format, int number) {
  char name[64];
  snprintf(name, sizeof name, format, number);
  return sn_state_dict_find(dict, name);
}

/* A setting seen from the file; one outside its range is an error. */
static void set(const char *path, const char *name, int64_t value, SnSimpleNetSettings *settings) {
  char text[24];
  snprintf(text, sizeof text, "%lld", (long long)value);
  if (sn_ok() && !sn_setting_parse(sn_setting_find(name), text, settings)) {
    SnError error = sn_error_take();
    sn_fail("%s: %s", path, error.message);
  }
}

/* What the tensors' names and shapes tell; sn_module_load finds what does not fit. */
static bool see_settings(const SnStateDict *dict, const char *path, SnSimpleNetSettings *settings) {
  int layers = 0, blocks = 0;
  while (find_layer(dict, "pre_projection.layers.%dfc.weight", layers)) layers++;
  while (find_layer(dict, "discriminator.body.block%d.0.weight", blocks + 1)) blocks++;
  const SnTensor *layer = find_layer(dict, "pre_projection.layers.%dfc.weight", 0);
  const SnTensor *block = find_layer(dict, "discriminator.body.block%d.0.weight", 1);
  const SnTensor *first = layer ? layer : block ? block : sn_state_dict_find(dict, "discriminator.tail.weight");
  if (first->array.ndim != 2 || (block && block->array.ndim != 2))
    return sn_fail("%s: the weights of its linear layers are no matrices", path);
  set(path, "adaptor-depth", layers, settings);
  set(path, "discriminator-depth", blocks + 1, settings);
  if (block) set(path, "hidden", block->array.shape[0], settings);
  if (settings->features == SN_FEATURES_OFFICIAL) set(path, "dimension", first->array.shape[1], settings);
  settings->adaptor_bias = find_layer(dict, "pre_projection.layers.%dfc.bias", 0) ? SN_YES : SN_NO;
  return sn_ok();
}

SnSimpleNet *sn_simplenet_new_released(const SnStateDict *dict, const char *path, const SnSimpleNetSettings *settings,
                                       const char *weights) {
  if (!sn_ok()) return NULL;
  if (!sn_is_released_model(dict)) return sn_fail_null("%s: is no model: it has no discriminator.tail.weight", path);
  SnSimpleNetSettings seen = *settings;
  SnSimpleNet *model = see_settings(dict, path, &seen) ? sn_simplenet_new(&seen, weights) : NULL;
  return model && sn_module_load(&model->head, dict, "", NULL, path) ? model : NULL;
}
