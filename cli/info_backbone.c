#include "cli/info_backbone.h"

#include <inttypes.h>
#include <stdio.h>

#include "anomaly/view.h"
#include "base/error.h"
#include "base/number.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "models/backbones/embedded.h"

static void print_three(const char *what, const double numbers[3]) {
  char text[SN_NUMBER_TEXT];
  sn_print("%s", what);
  for (int i = 0; i < 3; i++) sn_print(" %s", sn_number_text(numbers[i], text));
}

static void print_input(const SnNormalization *normalization) {
  sn_print("input     %s", normalization->order == SN_ORDER_BGR ? "blue, green, red" : "red, green, blue");
  print_three("; mean", normalization->mean);
  print_three("; standard deviation", normalization->deviation);
  sn_print(" (of shares of full brightness)\n\n");
}

static void print_weights(const char *name) {
  const char *file = sn_backbone_weight_file(name);
  if (file)
    sn_print("weights   %s, by make weights NETWORKS=%s\n", file, name);
  else
    sn_print("weights   %s\n", sn_backbone_is_embedded(name) ? "built in" : "none that make weights gets");
}

static int64_t count_parameters(const SnBackbone *backbone) {
  int64_t count = sn_module_parameters(&backbone->module, 0, NULL), numbers = 0;
  SnTensor **parameters = sn_scope_allocate(count, sizeof(SnTensor *), NULL);
  if (!parameters) return 0;
  sn_module_parameters(&backbone->module, count, parameters);
  for (int64_t i = 0; i < count; i++) numbers += sn_count(parameters[i]);
  return numbers;
}

/* The network is built up to each level in turn. */
static void print_level(const SnFeatureSettings *features, int64_t number, SnSize crop) {
  SnScope *scope = sn_scope_open();
  SnLevel level = sn_backbone_level(features->backbone, number);
  SnBackbone *backbone = sn_backbone_new(features->backbone, &(SnLevels){1, {number}}, NULL);
  if (backbone) {
    char cells[48];
    SnLevels usual = sn_backbone_usual_levels(features->backbone);
    snprintf(cells, sizeof cells, "%" PRId64 " x %" PRId64, sn_backbone_cells(backbone, 0, crop.height),
             sn_backbone_cells(backbone, 0, crop.width));
    sn_print("%5" PRId64 "  %-16s %8" PRId64 " %7" PRId64 " %16s %12" PRId64 "%s\n", number, level.name, level.channels,
             level.stride, cells, count_parameters(backbone), sn_level_index(&usual, number) >= 0 ? "  usual" : "");
  }
  sn_scope_close(scope);
}

int sn_print_backbone(const SnSettingTexts *texts) {
  SnSettings settings;
  if (!sn_read_settings(texts, &settings)) return sn_report_misuse();
  const char *name = settings.features.backbone;
  SnNormalization normalization = sn_settings_normalization(&settings);
  char cells[96], crop[SN_SETTING_TEXT];
  sn_setting_print(sn_setting_find(settings.method, "crop"), &settings, crop);
  snprintf(cells, sizeof cells, "cells of %s", crop);
  sn_print("backbone  %s, of the family %s\n", name, sn_backbone_title(name));
  print_weights(name);
  print_input(&normalization);
  sn_print("level  name             channels  stride %16s   parameters\n", cells);
  for (int64_t number = 1; number <= sn_backbone_level_count(name) && sn_ok(); number++)
    print_level(&settings.features, number, settings.view.crop);
  sn_print("\ncells: at --crop; parameters: as far as this level; usual: taken where --levels are not given\n");
  return sn_ok() ? SN_EXIT_OK : sn_report_error();
}
