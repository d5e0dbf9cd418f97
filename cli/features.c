#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/local_features.h"
#include "anomaly/view.h"
#include "autograd/ops.h"
#include "base/memory.h"
#include "base/printable.h"
#include "cli/device_options.h"
#include "cli/progress.h"
#include "cli/setting_options.h"
#include "cli/terminal.h"
#include "datasets/loader.h"
#include "datasets/outputs.h"
#include "plan/planned.h"
#include "report/output_kinds.h"
#include "tensor/safetensors.h"

enum { IMAGES_AT_ONCE = 4 };

/* The settings that say which network looks at which part of a photograph. */
static const char *const setting_names[] = {"backbone", "levels", "orientation", "white-level",
                                            "resize",   "crop",   "fit"};
enum { SETTINGS = sizeof setting_names / sizeof *setting_names };

typedef struct Features {
  const char *out, *weights;
  SnSettingTexts texts;
  SnDeviceTexts device;
  SnSettings settings;
  SnModel *model;
  SnSamples samples;
  SnTensor *images, *levels[SN_MAX_LEVELS]; /* of all photographs */
} Features;

/* ---- what is read and written ---- */

static bool list_photographs(Features *features, int count, char **paths) {
  features->samples.items = sn_scope_allocate(count, sizeof *features->samples.items, NULL);
  if (!features->samples.items) return false;
  for (int i = 0; i < count; i++)
    features->samples.items[features->samples.count++] = (SnSample){.path = paths[i], .record = -1};
  return true;
}

static bool check_outputs(const Features *features) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  sn_outputs_read(&outputs, features->weights);
  sn_outputs_read_samples(&outputs, &features->samples);
  sn_outputs_write(&outputs, SN_OUTPUT_FEATURES, "", features->out);
  return sn_outputs_are_clear(&outputs);
}

/* ---- the levels ---- */

static int forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  SnBackbone *backbone = context;
  return sn_backbone_forward(backbone, inputs[0], outputs) ? (int)backbone->levels.count : 0;
}

/* Copies a batch into its place among all photographs', which is made when the first one shows the shape. */
static void put(SnTensor **all, int64_t photographs, int64_t first, SnTensor *batch) {
  const int64_t *shape = batch->array.shape;
  if (!*all) *all = sn_keep(sn_empty(SN_FLOAT32, SN_SHAPE(photographs, shape[1], shape[2], shape[3])));
  if (*all) sn_copy_into(sn_narrow(*all, 0, first, shape[0]), batch);
}

static bool add_batch(Features *features, SnPlanned *planned, const SnBatch *batch, int64_t first) {
  SnSize crop = features->settings.view.crop;
  SnTensor *levels[SN_PLAN_MAX_OUTPUTS];
  SnScope *scope = sn_scope_open();
  SnTensor *images = sn_from_host(SN_FLOAT32, SN_SHAPE(batch->count, 3, crop.height, crop.width), batch->images);
  int count = images && sn_check_feature_memory(images) ? sn_planned_run(planned, 1, &images, levels) : 0;
  if (count > 0) put(&features->images, features->samples.count, first, images);
  for (int i = 0; i < count && sn_ok(); i++) put(&features->levels[i], features->samples.count, first, levels[i]);
  sn_scope_close(scope);
  return sn_ok();
}

/* False without an error when interrupted. */
static bool compute(Features *features) {
  SnLoaderOptions options = {.load = sn_load_options(&features->settings), .batch_size = IMAGES_AT_ONCE};
  SnLoader *loader = sn_loader_open(NULL, &features->samples, &options);
  SnPlanned *planned = sn_planned_new(forward, features->model->backbone);
  SnProgressBar bar = sn_progress_begin("features");
  int64_t done = 0;
  for (SnBatch batch; planned && !sn_interrupted() && sn_loader_next(loader, &batch);) {
    if (!add_batch(features, planned, &batch, done)) break;
    done += batch.count;
    sn_progress_show(&bar, done, features->samples.count);
  }
  sn_progress_clear(&bar);
  sn_loader_close(loader);
  return sn_ok() && done == features->samples.count;
}

/* ---- the file ---- */

/* A path as a file may hold it. */
static char *printable(const char *path) {
  size_t size = strlen(path), length = 0;
  SnShown shown;
  char *text = sn_scope_allocate((int64_t)size, sizeof shown.text, NULL);
  for (size_t i = 0; text && i < size; length += shown.length) {
    i += sn_show_character(path + i, size - i, &shown);
    memcpy(text + length, shown.text, shown.length);
  }
  return text;
}

static void add_texts(const Features *features, SnStateDict *file) {
  char text[SN_SETTING_TEXT], name[32];
  sn_state_dict_add_text(file, "made by", "simplenet features"); /* first: the file is known by it */
  sn_state_dict_add_text(file, "backbone_sha256", features->model->backbone_sha256);
  for (int i = 0; i < SETTINGS; i++) {
    sn_setting_print(sn_any_setting(setting_names[i]), &features->settings, text);
    sn_state_dict_add_text(file, setting_names[i], text);
  }
  for (int64_t i = 0; i < features->samples.count && sn_ok(); i++) {
    char *path = printable(features->samples.items[i].path);
    snprintf(name, sizeof name, "photograph %lld", (long long)i);
    if (path) sn_state_dict_add_text(file, name, path);
  }
}

static bool write_file(const Features *features) {
  const SnBackbone *backbone = features->model->backbone;
  SnStateDict *file = sn_state_dict_new();
  if (!file) return false;
  add_texts(features, file);
  sn_state_dict_add(file, "image", features->images);
  for (int i = 0; i < backbone->levels.count && sn_ok(); i++)
    sn_state_dict_add(file, sn_backbone_level_name(backbone->name, backbone->levels.numbers[i]), features->levels[i]);
  if (!sn_ok() || !sn_safetensors_write(features->out, file)) return false;
  for (int64_t i = 0; i < file->tensor_count; i++)
    sn_print("%-16s %s\n", file->tensors[i].name, sn_tensor_text(file->tensors[i].tensor));
  sn_print("written: %s\n", features->out);
  return true;
}

static int run(Features *features) {
  sn_catch_interrupts();
  features->model = sn_model_new_backbone(&features->settings, features->weights);
  bool whole = features->model && compute(features);
  if (sn_ok() && !whole) return SN_EXIT_INTERRUPTED;
  return whole && write_file(features) ? SN_EXIT_OK : sn_report_error();
}

/* ---- the command ---- */

/* The settings' options, with the first method's first preset as defaults. */
static void add_setting_options(SnOption *options, int *count, SnSettingTexts *texts) {
  SnOption all[SN_MAX_OPTIONS];
  SnSettings preset;
  int all_count = 0;
  sn_add_setting_options(all, &all_count, texts);
  sn_settings_preset(sn_methods[0], NULL, &preset);
  for (int i = 0; i < SETTINGS; i++)
    for (int a = 0; a < all_count; a++) {
      if (strcmp(all[a].name, setting_names[i]) != 0) continue;
      const SnSetting *setting = sn_any_setting(setting_names[i]);
      char value[SN_SETTING_TEXT], help[256];
      sn_setting_print(setting, &preset, value);
      snprintf(help, sizeof help, "%s (%s)", setting->help,
               setting->kind == SN_SETTING_LEVELS ? "the backbone's usual ones" : value);
      options[*count] = all[a];
      options[(*count)++].help = sn_scope_text(help);
    }
}

int sn_command_features(int argc, char **argv) {
  Features features = {0};
  SnOption options[SN_MAX_OPTIONS] = {{.name = "out",
                                       .argument = "FILE.safetensors",
                                       .help = "what is written",
                                       .text = &features.out,
                                       .required = true},
                                      {.name = "weights",
                                       .argument = "FILE",
                                       .help = "the backbone's weights; not needed for the backbone embedded",
                                       .text = &features.weights}};
  int count = 2, positionals;
  add_setting_options(options, &count, &features.texts);
  sn_add_device_options(options, &count, &features.device);
  sn_add_tuned_option(options, &count, &features.device);
  SnUsage usage = {
      "features", "IMAGE...",
      "Writes the feature maps that a backbone computes for photographs, for comparison with another\n"
      "framework: a tensor [N,C,h,w] for each level, under the level's name, and the normalised input that\n"
      "they were computed from, as \"image\" [N,3,height,width].",
      options, count};
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  if (positionals == 0) return sn_usage_error(&usage, "name photographs");
  if (!sn_read_settings(&features.texts, &features.settings) || !sn_use_device(&features.device))
    return sn_report_misuse();
  return list_photographs(&features, positionals, argv) && check_outputs(&features) ? run(&features)
                                                                                    : sn_report_error();
}
