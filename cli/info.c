#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/detector_file.h"
#include "anomaly/method.h"
#include "backends/backend.h"
#include "base/error.h"
#include "cli/info_backbone.h"
#include "cli/plan.h"
#include "cli/terminal.h"
#include "models/backbones/backbone.h"
#include "tensor/weights.h"

static void print_kernels(void) {
  sn_print("%-32s", "kernel");
  for (int b = 0; b < sn_backend_count(); b++) sn_print(" %-10s", sn_backend_at(b)->name);
  sn_print("\n");
  for (int k = 0; k < SN_KERNEL_COUNT; k++) {
    sn_print("%-32s", sn_kernel_name((SnKernel)k));
    for (int b = 0; b < sn_backend_count(); b++) sn_print(" %-10s", sn_backend_at(b)->kernels[k] ? "own" : "reference");
    sn_print("\n");
  }
  sn_print(
      "\n\"reference\" under another device: it has no kernel of its own for this, and the reference one is used.\n");
}

static void print_usual_levels(const char *name) {
  SnLevels usual = sn_backbone_usual_levels(name);
  sn_print("  %-24s", name);
  for (int i = 0; i < usual.count; i++) {
    SnLevel level = sn_backbone_level(name, usual.numbers[i]);
    sn_print("%s %s %" PRId64 "/%" PRId64, i > 0 ? "," : "", level.name, level.channels, level.stride);
  }
  sn_print("\n");
}

/* One family after the other, a network a line. */
static void print_backbones(void) {
  sn_print("backbones: usual levels, channels / input pixels to a cell; `simplenet info --backbone NAME` shows more\n");
  const char *family = NULL;
  for (int i = 0; sn_backbone_name(i); i++) {
    const char *title = sn_backbone_title(sn_backbone_name(i));
    if (title != family) sn_print("%s\n", title);
    family = title;
    print_usual_levels(sn_backbone_name(i));
  }
}

static void print_built_in(void) {
  sn_print("devices\n");
  for (int b = 0; b < sn_backend_count(); b++) {
    const SnBackend *backend = sn_backend_at(b);
    sn_print("  %-12s %s, %d thread%s\n", backend->name, backend->description, backend->threads(),
             backend->threads() == 1 ? "" : "s");
  }
  const SnBackend *cuda = sn_backend_find("cuda");
  bool ready = cuda && cuda->start();
  sn_print("  %-12s %s\n", "cuda", ready ? cuda->description : sn_error());
  if (!sn_is_shortage()) sn_clear_error();
  sn_print("methods\n");
  for (int i = 0; sn_methods[i]; i++) sn_print("  %-12s %s\n", sn_methods[i]->name, sn_methods[i]->paper);
  print_backbones();
}

/* What a model is, and what it decides by. */
static void print_model(const SnStateDict *dict, const char *path) {
  SnSettings settings;
  SnCalibration calibration;
  SnProvenance provenance;
  bool is_detector = sn_is_detector_file(dict);
  if (!sn_is_model_file(dict)) return;
  if (!sn_model_read_settings(dict, path, &settings) || !sn_read_calibration(dict, path, &calibration) ||
      !sn_read_provenance(dict, path, &provenance))
    return;
  sn_print("%s: %s", is_detector ? "detector in one file" : "model", settings.method->title);
  if (settings.method->groups & SN_GROUP_FEATURES) sn_print(" on %s", settings.features.backbone);
  if (provenance.category) sn_print(", category %s", provenance.category);
  if (provenance.train_images > 0)
    sn_print(", trained on %" PRId64 " photographs, tested on %" PRId64, provenance.train_images,
             provenance.test_images);
  if (provenance.program) sn_print(", by %s", provenance.program);
  if (provenance.exported) sn_print(", exported %s", provenance.exported);
  char *text = sn_threshold_text(&calibration);
  if (text) sn_print("\n%s\n\n", text);
  free(text);
}

static int print_file(const char *path) {
  SnStateDict *dict = sn_weights_read(path);
  if (!dict) return sn_report_error();
  print_model(dict, path);
  int64_t numbers = 0;
  for (int64_t i = 0; i < dict->text_count; i++) sn_print("%-32s %s\n", dict->texts[i].name, dict->texts[i].text);
  if (dict->text_count > 0) sn_print("\n");
  for (int64_t i = 0; i < dict->tensor_count; i++) {
    const SnTensor *tensor = dict->tensors[i].tensor;
    sn_print("%-48s %-9s %s\n", dict->tensors[i].name, sn_dtype_name(tensor->array.dtype), sn_tensor_text(tensor));
    numbers += sn_count(tensor);
  }
  sn_print("\n%" PRId64 " tensors, %" PRId64 " numbers\n", dict->tensor_count, numbers);
  return sn_ok() ? SN_EXIT_OK : sn_report_error();
}

int sn_command_info(int argc, char **argv) {
  bool kernels = false;
  SnPlanTexts plan = {0};
  SnOption options[SN_MAX_OPTIONS] = {
      {.name = "kernels", .help = "which computations each device has a kernel of its own for", .present = &kernels}};
  int count = 1;
  sn_add_plan_options(options, &count, &plan);
  SnUsage usage = {
      "info", "[FILE]",
      "Without a file: the devices and backbones that are built in, or with --backbone all about one of them.\n"
      "With a file: the texts and tensors that a model or weights file holds, or with --plan how the model is run.",
      options, count};
  int positionals;
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (positionals > 1) return sn_usage_error(&usage, "one file at a time");
  const char *of_plan = plan.wanted ? NULL : sn_plan_option_given(&plan);
  if (of_plan) return sn_usage_error(&usage, "--%s: goes with --plan", of_plan);
  if (kernels && (plan.wanted || positionals == 1)) return sn_usage_error(&usage, "--kernels: goes with nothing else");
  if (plan.wanted) return sn_print_plan(&plan, positionals == 1 ? argv[0] : NULL);
  const char *setting = sn_first_setting_given(&plan.settings);
  if (setting && (positionals == 1 || kernels || !sn_setting_text(&plan.settings, "backbone")))
    return sn_usage_error(&usage, "--%s: goes with --plan, or with --backbone alone", setting);
  if (positionals == 1) return print_file(argv[0]);
  if (sn_setting_text(&plan.settings, "backbone")) return sn_print_backbone(&plan.settings);
  if (kernels)
    print_kernels();
  else
    print_built_in();
  return SN_EXIT_OK;
}
