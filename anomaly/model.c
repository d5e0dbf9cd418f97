#include "anomaly/model.h"

#include <string.h>

#include "anomaly/backbone_weights.h"
#include "anomaly/feature_scale.h"
#include "anomaly/local_features.h"
#include "anomaly/method.h"

static SnModel *new_model(const SnSettings *settings) {
  if (!sn_settings_check(settings)) return NULL;
  SnModel *model = sn_scope_allocate(1, sizeof *model, NULL);
  if (!model) return NULL;
  model->settings = *settings;
  model->calibration = sn_no_calibration();
  for (int i = 0; i < SN_MAX_LEVELS; i++) model->feature_scale[i] = 1;
  return model;
}

bool sn_model_has_backbone(const SnModel *model) { return (model->settings.method->groups & SN_GROUP_FEATURES) != 0; }

bool sn_model_has_chance(const SnModel *model) {
  const SnMethod *method = model->settings.method;
  return (method->groups & SN_GROUP_SEED) && (!method->has_chance || method->has_chance(model));
}

/* What a file holds needs no initial values. */
static bool create(SnModel *model, SnDtype dtype, const SnStateDict *file, const char *path) {
  SnGenerator generator = {.dtype = dtype, .seed = (uint64_t)model->settings.training.seed};
  return sn_ok() && model->settings.method->create(model, file ? NULL : &generator, file, path);
}

static bool add_backbone(SnModel *model, SnGenerator *generator) {
  const SnFeatureSettings *features = &model->settings.features;
  if (sn_model_has_backbone(model)) model->backbone = sn_backbone_new(features->backbone, &features->levels, generator);
  if (sn_ok()) model->features = sn_feature_shape(&model->settings, model->backbone);
  return sn_ok();
}

static SnModel *with_backbone(const SnSettings *settings, const char *weights, const SnStateDict *file,
                              const char *path) {
  SnModel *model = new_model(settings);
  if (!model || !add_backbone(model, NULL)) return NULL;
  return !model->backbone || sn_load_backbone_weights(model, weights, file, path) ? model : NULL;
}

SnModel *sn_model_new_from(const SnSettings *settings, const char *weights, const SnStateDict *file, const char *path) {
  SnModel *model = with_backbone(settings, weights, file, path);
  return model && create(model, SN_FLOAT32, file, path) ? model : NULL;
}

SnModel *sn_model_new_backbone(const SnSettings *settings, const char *weights) {
  return with_backbone(settings, weights, NULL, NULL);
}

SnModel *sn_model_new(const SnSettings *settings, const char *weights) {
  return sn_model_new_from(settings, weights, NULL, NULL);
}

SnModel *sn_model_new_random(const SnSettings *settings) {
  SnGenerator generator = {.dtype = SN_FLOAT32};
  SnModel *model = new_model(settings);
  return model && add_backbone(model, &generator) && create(model, SN_FLOAT32, NULL, NULL) ? model : NULL;
}

SnModel *sn_model_new_head(const SnSettings *settings, SnFeatureShape features, SnDtype dtype) {
  SnModel *model = new_model(settings);
  if (!model) return NULL;
  model->features = features;
  return create(model, dtype, NULL, NULL) ? model : NULL;
}

static SnModel *new_beside(const SnSettings *settings, const SnModel *source, const SnStateDict *file,
                           const char *path) {
  SnModel *model = new_model(settings);
  if (!model) return NULL;
  model->features = sn_feature_shape(settings, source->backbone);
  memcpy(model->backbone_sha256, source->backbone_sha256, sizeof model->backbone_sha256);
  return create(model, SN_FLOAT32, file, path) ? model : NULL;
}

SnModel *sn_model_new_beside(const SnSettings *settings, const SnModel *source) {
  return new_beside(settings, source, NULL, NULL);
}

SnModel *sn_model_load_beside(const SnSettings *settings, const SnModel *source, const SnStateDict *file,
                              const char *path) {
  SnModel *model = new_beside(settings, source, file, path);
  bool scaled = model && sn_read_feature_scale(file, path, sn_feature_level_count(settings), model->feature_scale);
  return scaled && sn_module_load(&model->head, file, "", NULL, path) ? model : NULL;
}
