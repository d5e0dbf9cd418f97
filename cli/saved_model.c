#include "cli/saved_model.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "models/simplenet/released.h"
#include "tensor/weights.h"

void sn_add_model_options(SnOption *options, int *count, SnModelTexts *texts) {
  options[(*count)++] = (SnOption){.name = "model",
                                   .argument = "FILE",
                                   .help =
                                       "a model.safetensors that `simplenet train` wrote, or a ckpt.pth of the "
                                       "authors' released code",
                                   .text = &texts->model,
                                   .required = true};
  options[(*count)++] =
      (SnOption){.name = "weights",
                 .argument = "FILE",
                 .help = "the backbone's weights that it was trained on; not needed for the backbone embedded",
                 .text = &texts->weights};
}

static bool matters_for_scoring(const char *name) {
  static const char *const names[] = {"levels", "grid-level", "features", "patch",     "orientation", "white-level",
                                      "resize", "crop",       "fit",      "smoothing", "image-score", "mask-threshold"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

void sn_add_released_options(SnOption *options, int *count, SnModelTexts *texts) {
  SnOption settings[SN_MAX_OPTIONS];
  int setting_count = 0;
  options[(*count)++] = (SnOption){.name = "backbone",
                                   .argument = "NAME",
                                   .help = "for a ckpt.pth, which holds no settings: its backbone (wide_resnet50_2)",
                                   .text = &texts->backbone};
  sn_add_setting_options(settings, &setting_count, &texts->settings);
  for (int i = 0; i < setting_count; i++) {
    if (strcmp(settings[i].name, "preset") == 0)
      settings[i].help = "for a ckpt.pth: whose values the settings below begin with (official)";
    else if (!matters_for_scoring(settings[i].name))
      continue;
    else if (texts->tests && strcmp(settings[i].name, "mask-threshold") == 0)
      settings[i].help = "share of white above which a mask's pixel is defect (the model's own)";
    options[(*count)++] = settings[i];
  }
}

/* What a test reads its masks by does not depend on the training. */
static bool may_be_changed(const SnModelTexts *texts, const SnSetting *setting) {
  return texts->tests && setting->offset == offsetof(SnSimpleNetSettings, mask_threshold);
}

/* The first option given that only a ckpt.pth needs; NULL when there is none. */
static const char *released_option_given(const SnModelTexts *texts) {
  if (texts->backbone) return "backbone";
  if (texts->settings.preset) return "preset";
  for (int i = 0; i < sn_setting_count; i++)
    if (texts->settings.texts[i] && !may_be_changed(texts, &sn_settings[i])) return sn_settings[i].name;
  return NULL;
}

static SnSimpleNet *open_released(const SnModelTexts *texts, const SnStateDict *dict) {
  SnSettingTexts with_preset = texts->settings;
  SnSimpleNetSettings settings;
  if (!with_preset.preset) with_preset.preset = "official";
  if (!sn_read_settings(&with_preset, &settings)) return NULL;
  if (texts->backbone) snprintf(settings.backbone, sizeof settings.backbone, "%s", texts->backbone);
  return sn_simplenet_new_released(dict, texts->model, &settings, texts->weights);
}

SnSimpleNet *sn_open_model(const SnModelTexts *texts) {
  if (!sn_ok()) return NULL;
  SnSimpleNet *model = NULL;
  SnScope *file = sn_scope_new(); /* not the innermost: the model outlives it */
  sn_scope_enter(file);
  SnStateDict *dict = sn_weights_read(texts->model);
  sn_scope_leave(file);
  if (sn_is_released_model(dict)) {
    model = open_released(texts, dict);
  } else if (dict) {
    const char *given = released_option_given(texts);
    if (given)
      sn_fail("--%s: is for a ckpt.pth of the released code only; %s holds its own settings", given, texts->model);
    model = sn_simplenet_load(texts->model, texts->weights);
    for (int i = 0; i < sn_setting_count && model; i++)
      if (texts->settings.texts[i]) sn_setting_parse(&sn_settings[i], texts->settings.texts[i], &model->settings);
  }
  sn_scope_free(file);
  return sn_ok() ? model : NULL;
}
