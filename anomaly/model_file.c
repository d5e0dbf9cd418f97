#include <stdio.h>
#include <string.h>

#include "anomaly/backbone_weights.h"
#include "anomaly/detector_file.h"
#include "anomaly/feature_scale.h"
#include "anomaly/local_features.h"
#include "anomaly/method.h"
#include "tensor/safetensors.h"
#include "tensor/weights.h"

static const char format_name[] = "simplenet.c model 2";

/* ---- writing ---- */

bool sn_model_add_identity(const SnModel *model, SnStateDict *file) {
  const SnMethod *method = model->settings.method;
  const SnSetting *setting;
  char text[SN_SETTING_TEXT];
  sn_state_dict_add_text(file, "method", method->name);
  if (sn_model_has_backbone(model)) sn_state_dict_add_text(file, "backbone_sha256", model->backbone_sha256);
  for (int i = 0; (setting = sn_setting_at(method, i)) && sn_ok(); i++) {
    sn_setting_print(setting, &model->settings, text);
    sn_state_dict_add_text(file, setting->name, text);
  }
  return sn_ok();
}

bool sn_model_add_texts(const SnModel *model, const char *format, SnStateDict *file) {
  sn_state_dict_add_text(file, "format", format);
  sn_model_add_identity(model, file);
  sn_add_feature_scale(file, sn_feature_level_count(&model->settings), model->feature_scale);
  sn_add_provenance(file, &model->provenance);
  return sn_add_calibration(file, &model->calibration);
}

bool sn_model_save(const SnModel *model, const char *path) {
  if (!sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  SnStateDict *file = sn_state_dict_new();
  if (file && sn_model_add_texts(model, format_name, file)) {
    sn_module_state(&model->head, "", file);
    if (sn_weights_check_finite(file, path)) sn_safetensors_write(path, file);
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* ---- reading ---- */

/* Puts the file's name before the error. */
static bool blame(const char *path) {
  if (sn_ok() || sn_is_shortage()) return sn_ok();
  SnError error = sn_error_take();
  return sn_fail("%s: %s", path, error.message);
}

bool sn_model_read_settings(const SnStateDict *file, const char *path, SnSettings *settings) {
  if (!sn_ok()) return false;
  const char *name = sn_state_dict_text(file, "method");
  if (!name) return sn_fail("%s: is not a model that `simplenet train` wrote", path);
  const SnMethod *method = sn_method_find(name);
  if (!method || !sn_settings_preset(method, NULL, settings)) return blame(path);
  const SnSetting *setting;
  for (int i = 0; (setting = sn_setting_at(method, i)); i++) {
    const char *text = sn_state_dict_text(file, setting->name);
    if (!text) text = setting->when_absent;
    if (!text) return sn_fail("%s: the setting %s is missing", path, setting->name);
    if (!sn_setting_parse(setting, text, settings)) return blame(path);
  }
  return sn_settings_check(settings) || blame(path);
}

bool sn_is_model_file(const SnStateDict *file) {
  const char *format = sn_state_dict_text(file, "format");
  return (format && strcmp(format, format_name) == 0) || sn_is_detector_file(file);
}

/* The file as this version writes it: itself, or what the method makes of an earlier version's; NULL when it is none.
 */
static const SnStateDict *current(const SnStateDict *file) {
  if (sn_is_model_file(file)) return file;
  for (int i = 0; sn_methods[i] && sn_ok(); i++) {
    const SnStateDict *read = sn_methods[i]->read_earlier ? sn_methods[i]->read_earlier(file) : NULL;
    if (read) return read;
  }
  return NULL;
}

/* The head shares the file's memory: what was read is not copied. */
static SnModel *load(const SnStateDict *file, const char *path, const SnSettings *settings, const char *weights) {
  static const char *const backbone[] = {SN_DETECTOR_BACKBONE, NULL};
  SnModel *model = sn_model_new_from(settings, weights, file, path);
  return model && sn_read_feature_scale(file, path, sn_feature_level_count(settings), model->feature_scale) &&
                 sn_read_calibration(file, path, &model->calibration) &&
                 sn_read_provenance(file, path, &model->provenance) &&
                 sn_module_share(&model->head, file, "", sn_is_detector_file(file) ? backbone : NULL, path)
             ? model
             : NULL;
}

SnModel *sn_model_load_from(const SnStateDict *file, const char *path, const char *weights) {
  if (!sn_ok()) return NULL;
  SnSettings settings;
  SnModel *model = NULL;
  SnScope *translation = sn_scope_new(); /* not the innermost: the model outlives it */
  sn_scope_enter(translation);
  file = current(file);
  sn_scope_leave(translation);
  if (!file) sn_fail("%s: is not a model that `simplenet train` wrote", path);
  if (sn_model_read_settings(file, path, &settings)) model = load(file, path, &settings, weights);
  sn_scope_free(translation);
  return sn_ok() ? model : NULL;
}

SnModel *sn_model_load(const char *path, const char *weights) {
  if (!sn_ok()) return NULL;
  SnScope *scope = sn_scope_new(); /* not the innermost: the model outlives the file */
  sn_scope_enter(scope);
  SnStateDict *file = sn_safetensors_read(path);
  sn_scope_leave(scope);
  SnModel *model = file ? sn_model_load_from(file, path, weights) : NULL;
  sn_scope_free(scope);
  return sn_ok() ? model : NULL;
}

/* ---- another threshold ---- */

bool sn_model_write_recalibrated(const SnStateDict *read, const char *source, const SnFalseAlarms *alarms,
                                 const char *path) {
  if (!sn_ok()) return false;
  SnCalibration calibration;
  SnScope *scope = sn_scope_open();
  SnStateDict *file = sn_state_dict_new();
  bool is_detector = sn_is_detector_file(read);
  read = current(read);
  if (!read) sn_fail("%s: is not a model that `simplenet train` wrote", source);
  if (sn_ok()) sn_state_dict_add_text(file, "format", is_detector ? SN_DETECTOR_FORMAT : format_name);
  for (int64_t i = 0; sn_ok() && i < read->text_count; i++)
    if (!sn_is_calibration_text(read->texts[i].name) && strcmp(read->texts[i].name, "format") != 0)
      sn_state_dict_add_text(file, read->texts[i].name, read->texts[i].text);
  if (sn_ok() && sn_read_calibration(read, source, &calibration)) {
    calibration.false_alarms = *alarms;
    sn_add_calibration(file, &calibration);
  }
  for (int64_t i = 0; sn_ok() && i < read->tensor_count; i++)
    sn_state_dict_add(file, read->tensors[i].name, read->tensors[i].tensor);
  if (sn_ok()) sn_safetensors_write(path, file);
  sn_scope_close(scope);
  return sn_ok();
}

/* ---- files of others ---- */

const SnMethod *sn_foreign_method(const SnStateDict *file) {
  for (int i = 0; file && sn_methods[i]; i++) {
    const SnForeignModel *foreign = sn_methods[i]->foreign;
    if (foreign && !sn_state_dict_text(file, "format") && foreign->recognises(file)) return sn_methods[i];
  }
  return NULL;
}

SnModel *sn_model_load_foreign(const SnStateDict *file, const char *path, const SnSettings *settings,
                               const char *weights) {
  if (!sn_ok()) return NULL;
  const SnMethod *method = sn_foreign_method(file);
  if (!method) return sn_fail_null("%s: is not a model", path);
  SnSettings seen = *settings;
  if (!method->foreign->settings(file, path, &seen)) return NULL;
  SnModel *model = sn_model_new(&seen, weights);
  return model && sn_module_load(&model->head, file, "", NULL, path) ? model : NULL;
}
