#include "models/simplenet/released.h"

#include <stdio.h>

static bool recognises(const SnStateDict *file) {
  return sn_state_dict_find(file, "discriminator.tail.weight") != NULL;
}

static const SnTensor *find_layer(const SnStateDict *file, const char *format, int number) {
  char name[64];
  snprintf(name, sizeof name, format, number);
  return sn_state_dict_find(file, name);
}

/* A setting that follows from the file; one outside its range is an error. */
static void set(const char *path, const char *name, int64_t value, SnSettings *settings) {
  char text[24];
  snprintf(text, sizeof text, "%lld", (long long)value);
  if (sn_ok() && !sn_settings_set(settings, name, text)) {
    SnError error = sn_error_take();
    sn_fail("%s: %s", path, error.message);
  }
}

/* From the tensors' names and shapes; sn_module_load finds what does not fit. */
static bool read_settings(const SnStateDict *file, const char *path, SnSettings *settings) {
  int layers = 0, blocks = 0;
  while (find_layer(file, "pre_projection.layers.%dfc.weight", layers)) layers++;
  while (find_layer(file, "discriminator.body.block%d.0.weight", blocks + 1)) blocks++;
  const SnTensor *layer = find_layer(file, "pre_projection.layers.%dfc.weight", 0);
  const SnTensor *block = find_layer(file, "discriminator.body.block%d.0.weight", 1);
  const SnTensor *first = layer ? layer : block ? block : sn_state_dict_find(file, "discriminator.tail.weight");
  if (first->array.ndim != 2 || (block && block->array.ndim != 2))
    return sn_fail("%s: the weights of its linear layers are no matrices", path);
  set(path, "adaptor-depth", layers, settings);
  set(path, "discriminator-depth", blocks + 1, settings);
  if (block) set(path, "hidden", block->array.shape[0], settings);
  if (settings->features.pooling == SN_POOLING_ADAPTIVE) set(path, "dimension", first->array.shape[1], settings);
  bool has_bias = find_layer(file, "pre_projection.layers.%dfc.bias", 0) != NULL;
  return sn_ok() && sn_settings_set(settings, "adaptor-bias", has_bias ? "yes" : "no");
}

const SnForeignModel sn_released_model = {.description = "a ckpt.pth of the authors' released code",
                                          .preset = "official",
                                          .recognises = recognises,
                                          .settings = read_settings};
