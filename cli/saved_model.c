#include "cli/saved_model.h"

#include <stdio.h>
#include <string.h>

#include "tensor/weights.h"

enum { SCORING = SN_GROUP_VIEW | SN_GROUP_FEATURES | SN_GROUP_MAP | SN_GROUP_MASKS };

/* "a ckpt.pth of the authors' released code": what foreign files there are. */
static const char *foreign_description(void) {
  for (int i = 0; sn_methods[i]; i++)
    if (sn_methods[i]->foreign) return sn_methods[i]->foreign->description;
  return "a model of another program";
}

void sn_add_model_options(SnOption *options, int *count, SnModelTexts *texts) {
  char help[256];
  snprintf(help, sizeof help,
           "a detector in one file (`simplenet export`), a model.safetensors that `simplenet train` wrote, or %s",
           foreign_description());
  options[(*count)++] = (SnOption){
      .name = "model", .argument = "FILE", .help = sn_scope_text(help), .text = &texts->model, .required = true};
  options[(*count)++] =
      (SnOption){.name = "weights", .argument = "FILE", .help = SN_WEIGHTS_HELP, .text = &texts->weights};
}

void sn_add_foreign_options(SnOption *options, int *count, SnModelTexts *texts) {
  SnOption settings[SN_MAX_OPTIONS];
  int setting_count = 0;
  char help[160];
  snprintf(help, sizeof help, "for %s: whose values the settings below begin with (official)", foreign_description());
  sn_add_setting_options(settings, &setting_count, &texts->settings);
  for (int i = 0; i < setting_count; i++) {
    SnOption option = settings[i];
    const SnSetting *setting = sn_any_setting(option.name);
    if (strcmp(option.name, "preset") == 0)
      option.help = sn_scope_text(help);
    else if (!setting || !(setting->group & SCORING))
      continue;
    else if (texts->tests && setting->group == SN_GROUP_MASKS)
      option.help = "share of white above which a mask's pixel is defective (the model's own)";
    options[(*count)++] = option;
  }
}

/* The first option given that only a foreign model needs; NULL when there is none. What a test reads its masks by does
 * not depend on the training. */
static const char *foreign_option_given(const SnModelTexts *texts) {
  const char *names[SN_MAX_OPTIONS];
  int count = sn_setting_names(names);
  if (texts->settings.preset) return "preset";
  for (int i = 0; i < count; i++)
    if (texts->settings.texts[i] && !(texts->tests && sn_any_setting(names[i])->group == SN_GROUP_MASKS))
      return names[i];
  return NULL;
}

static SnModel *open_foreign(const SnModelTexts *texts, const SnStateDict *file, const SnMethod *method) {
  SnSettingTexts with_preset = texts->settings;
  SnSettings settings;
  with_preset.method = method->name;
  if (!with_preset.preset) with_preset.preset = method->foreign->preset;
  if (!sn_read_settings(&with_preset, &settings)) return NULL;
  return sn_model_load_foreign(file, texts->model, &settings, texts->weights);
}

static SnModel *open_own(const SnModelTexts *texts, const SnStateDict *file) {
  const char *given = foreign_option_given(texts), *names[SN_MAX_OPTIONS];
  int count = sn_setting_names(names);
  if (given)
    return sn_fail_null("--%s: is for %s only; %s holds its own settings", given, foreign_description(), texts->model);
  SnModel *model = sn_model_load_from(file, texts->model, texts->weights);
  for (int i = 0; i < count && model; i++)
    if (texts->settings.texts[i]) sn_settings_set(&model->settings, names[i], texts->settings.texts[i]);
  return sn_ok() ? model : NULL;
}

SnModel *sn_open_model(const SnModelTexts *texts) {
  if (!sn_ok()) return NULL;
  SnModel *model = NULL;
  SnScope *scope = sn_scope_new(); /* not the innermost: the model outlives the file */
  sn_scope_enter(scope);
  SnStateDict *file = sn_weights_read(texts->model);
  sn_scope_leave(scope);
  const SnMethod *method = file ? sn_foreign_method(file) : NULL;
  if (method)
    model = open_foreign(texts, file, method);
  else if (file)
    model = open_own(texts, file);
  sn_scope_free(scope);
  return model && (!texts->device || sn_use_detector(texts->device, model)) ? model : NULL;
}
