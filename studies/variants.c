#include "studies/variants.h"

#include <stdio.h>
#include <string.h>

#include "models/backbones/backbone.h"
#include "models/backbones/embedded.h"
#include "studies/weights.h"
#include "tensor/scope.h"

static SnVariant *add(SnStudy *study, const SnVariant *base, const char *name, const char *label) {
  SnVariant *variant = &study->variants[study->variant_count++];
  *variant = *base;
  snprintf(variant->name, sizeof variant->name, "%s", name);
  snprintf(variant->label, sizeof variant->label, "%s", label);
  return variant;
}

static bool allocate(SnStudy *study, int64_t count) {
  study->variant_count = 0;
  study->variants = sn_scope_allocate(count, sizeof *study->variants, NULL);
  return study->variants != NULL;
}

static bool add_variants(SnStudy *study, const SnVariant *base) {
  const SnPaperStudy *drawn = study->drawn;
  if (!allocate(study, drawn->variant_count)) return false;
  for (int v = 0; v < drawn->variant_count && sn_ok(); v++) {
    const SnPaperVariant *row = &drawn->variants[v];
    SnVariant *variant = add(study, base, row->name, row->label);
    for (int i = 0; i < SN_VARIANT_SETTINGS && row->settings[2 * i] && sn_ok(); i++)
      sn_settings_set(&variant->settings, row->settings[2 * i], row->settings[2 * i + 1]);
  }
  return sn_ok();
}

static bool add_backbone(SnStudy *study, const SnVariant *base, const char *name, const char *weights,
                         SnNames *without_weights) {
  const char *file = base->weights;
  bool embedded = sn_backbone_is_embedded(name), is_folder = weights && sn_is_directory(weights);
  bool found = embedded || strcmp(name, base->settings.features.backbone) == 0 ||
               (is_folder && sn_find_backbone_weights(weights, name, &file));
  if (!sn_ok()) return false;
  if (!found) return sn_names_append(without_weights, name);
  SnVariant *variant = add(study, base, name, name);
  sn_settings_set(&variant->settings, "backbone", name);
  variant->weights = embedded ? NULL : file;
  return true;
}

/* Of the lines and the chosen one, or all. */
static bool add_backbones(SnStudy *study, const SnVariant *base, const char *weights, SnNames *without_weights) {
  const SnPaperStudy *drawn = study->drawn;
  bool all = drawn->backbones == SN_BACKBONES_ALL, chosen = all;
  int64_t count = drawn->line_count;
  for (int i = 0; all && sn_backbone_name(i); i++) count = i + 1;
  if (!allocate(study, count + 1)) return false;
  for (int i = 0; i < count && sn_ok(); i++) {
    const char *name = all ? sn_backbone_name(i) : drawn->lines[i].label;
    add_backbone(study, base, name, weights, without_weights);
    chosen = chosen || strcmp(name, base->settings.features.backbone) == 0;
  }
  return chosen ? sn_ok() : add_backbone(study, base, base->settings.features.backbone, weights, without_weights);
}

bool sn_study_make_variants(SnStudy *study, const SnVariant *base, const char *weights, SnNames *without_weights) {
  if (study->drawn && study->drawn->variant_count > 0) return add_variants(study, base);
  if (study->drawn && study->drawn->backbones != SN_BACKBONES_CHOSEN)
    return add_backbones(study, base, weights, without_weights);
  if (!allocate(study, 1)) return false;
  study->variants[study->variant_count++] = *base;
  return true;
}
