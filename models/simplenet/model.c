#include "models/simplenet/model.h"

#include <stdio.h>
#include <string.h>

#include "models/backbones/embedded.h"
#include "models/simplenet/local_features.h"
#include "tensor/safetensors.h"
#include "tensor/weights.h"

static const char format_name[] = "simplenet.c model 1";

static bool add_head(SnSimpleNet *model, SnGenerator *generator) {
  model->adaptor = sn_adaptor_new(&model->settings, model->channels, generator);
  model->discriminator = sn_discriminator_new(&model->settings, model->channels, generator);
  if (!sn_ok()) return false;
  sn_module_add(&model->head, "pre_projection", &model->adaptor->module);
  sn_module_add(&model->head, "discriminator", &model->discriminator->module);
  return sn_ok();
}

static SnSimpleNet *new_model(const SnSimpleNetSettings *settings) {
  if (!sn_settings_check(settings)) return NULL;
  SnSimpleNet *model = sn_scope_allocate(1, sizeof *model, NULL);
  if (!model) return NULL;
  model->settings = *settings;
  model->notes = sn_no_notes();
  return model;
}

SnSimpleNet *sn_simplenet_new_head(const SnSimpleNetSettings *settings, int64_t channels, SnDtype dtype) {
  SnSimpleNet *model = new_model(settings);
  if (!model) return NULL;
  SnGenerator generator = {.dtype = dtype, .seed = (uint64_t)settings->seed};
  model->channels = channels;
  return add_head(model, &generator) ? model : NULL;
}

static const char *source_of(const char *weights) { return weights ? weights : SN_EMBEDDED_SOURCE; }

/* A model's file, and the hash of the weights that it was trained on; NULL when it names none. */
typedef struct Origin {
  const char *path, *sha256;
} Origin;

/* A file that is damaged is named as that, though its hash differs as well. */
static bool check_hash(const SnSimpleNet *model, const SnStateDict *dict, const char *weights, const Origin *origin) {
  if (!origin || (origin->sha256 && strcmp(origin->sha256, model->backbone_sha256) == 0)) return true;
  if (!sn_weights_check_finite(dict, source_of(weights))) return false;
  return sn_fail("%s: was trained on backbone weights with SHA-256 %.64s (of %s), and those of %s have %s",
                 origin->path, origin->sha256 ? origin->sha256 : "(absent)", model->settings.backbone,
                 source_of(weights), model->backbone_sha256);
}

/* The hash is compared before the tensors are looked at: those of another network would be told by their names. */
static SnStateDict *read_backbone(SnSimpleNet *model, const char *weights, const Origin *origin) {
  size_t size;
  const uint8_t *bytes = sn_embedded_weights(&size);
  SnFileReader embedded = sn_file_reader_on_memory(SN_EMBEDDED_SOURCE, bytes, size);
  if (!weights) sn_sha256(bytes, size, model->backbone_sha256);
  if (weights && !sn_sha256_file(weights, model->backbone_sha256)) return NULL;
  SnStateDict *dict = weights ? sn_weights_read(weights) : sn_safetensors_read_from(&embedded);
  return dict && check_hash(model, dict, weights, origin) ? dict : NULL;
}

static bool load_backbone(SnSimpleNet *model, const char *weights, const Origin *origin) {
  if (!weights && !sn_backbone_is_embedded(model->settings.backbone))
    return sn_fail("%s%sthe backbone %s needs a file of weights (--weights)", origin ? origin->path : "",
                   origin ? ": " : "", model->settings.backbone);
  SnScope *scope = sn_scope_open();
  SnStateDict *dict = read_backbone(model, weights, origin);
  if (dict) sn_backbone_load(model->backbone, dict, source_of(weights));
  sn_scope_close(scope);
  sn_storage_trim(); /* the file's tensors are not needed again */
  return sn_ok();
}

static SnSimpleNet *new_with_backbone(const SnSimpleNetSettings *settings, const char *weights, const Origin *origin) {
  SnSimpleNet *model = new_model(settings);
  if (!model) return NULL;
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = (uint64_t)settings->seed};
  SnLevels levels = sn_settings_levels(settings);
  model->backbone = sn_backbone_new(settings->backbone, &levels, NULL);
  if (!model->backbone || !load_backbone(model, weights, origin)) return NULL;
  model->channels = sn_local_feature_channels(settings, model->backbone);
  model->grid = sn_local_feature_grid(settings, model->backbone);
  return add_head(model, &generator) ? model : NULL;
}

SnSimpleNet *sn_simplenet_new(const SnSimpleNetSettings *settings, const char *weights) {
  return new_with_backbone(settings, weights, NULL);
}

SnTransform sn_simplenet_transform(const SnSimpleNetSettings *settings) {
  return (SnTransform){.resize = settings->resize, .crop = settings->crop, .fit = (SnFit)settings->fit};
}

SnLoadOptions sn_simplenet_load_options(const SnSimpleNetSettings *settings) {
  return (SnLoadOptions){
      .transform = sn_simplenet_transform(settings),
      .mask_threshold = settings->mask_threshold,
      .image = {.apply_orientation = settings->orientation == SN_ORIENTATION_EXIF,
                .white_level = settings->white_level == SN_WHITE_LEVEL_FULL ? 0 /* exactly Pillow's conversion */
                                                                            : (int)settings->white_level}};
}

bool sn_simplenet_save(const SnSimpleNet *model, const char *path, const SnStateDict *notes) {
  if (!sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  SnStateDict *dict = sn_state_dict_new();
  if (dict) {
    sn_state_dict_add_text(dict, "format", format_name);
    sn_state_dict_add_text(dict, "backbone", model->settings.backbone);
    sn_state_dict_add_text(dict, "backbone_sha256", model->backbone_sha256);
    for (int i = 0; i < sn_setting_count; i++) {
      char text[SN_SETTING_TEXT];
      sn_setting_print(&sn_settings[i], &model->settings, text);
      sn_state_dict_add_text(dict, sn_settings[i].name, text);
    }
    for (int64_t i = 0; notes && i < notes->text_count; i++)
      sn_state_dict_add_text(dict, notes->texts[i].name, notes->texts[i].text);
    sn_module_state(&model->head, "", dict);
    if (sn_weights_check_finite(dict, path)) sn_safetensors_write(path, dict);
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* Puts the file's name before the standing error. */
static bool blame(const char *path) {
  SnError error = sn_error_take();
  return sn_fail("%s: %s", path, error.message);
}

bool sn_simplenet_read_settings(const SnStateDict *dict, const char *path, SnSimpleNetSettings *settings) {
  if (!sn_ok()) return false;
  const char *format = sn_state_dict_text(dict, "format"), *backbone = sn_state_dict_text(dict, "backbone");
  if (!format || strcmp(format, format_name) != 0 || !backbone)
    return sn_fail("%s: is not a model that `simplenet train` wrote", path);
  if (!sn_backbone_exists(backbone)) return sn_fail("%s: there is no backbone '%.40s'", path, backbone);
  if (!sn_settings_preset("paper", settings)) return false;
  snprintf(settings->backbone, sizeof settings->backbone, "%s", backbone);
  for (int i = 0; i < sn_setting_count; i++) {
    const char *text = sn_state_dict_text(dict, sn_settings[i].name);
    if (!text) text = sn_setting_when_absent(&sn_settings[i]);
    if (!text) return sn_fail("%s: the setting %s is missing", path, sn_settings[i].name);
    if (!sn_setting_parse(&sn_settings[i], text, settings)) return blame(path);
  }
  return sn_settings_check(settings) || blame(path);
}

/* The matrix of that name is as large as the settings say (0: any size), so that a file cannot ask for more memory than
 * it fills. */
static bool check_matrix(const SnStateDict *dict, const char *path, const char *name, int64_t rows, int64_t columns) {
  if (!sn_ok()) return false;
  const SnTensor *weight = sn_state_dict_find(dict, name);
  if (!weight) return sn_fail("%s: missing %s", path, name);
  const SnArray *found = &weight->array;
  int64_t expected[] = {rows ? rows : found->shape[0], columns ? columns : found->shape[1]};
  return sn_has_shape(weight, 2, expected) || sn_fail("%s: %s: expected the shape %s, found %s", path, name,
                                                      sn_shape_text(2, expected), sn_tensor_text(weight));
}

static bool check_head(const SnStateDict *dict, const char *path, const SnSimpleNetSettings *settings) {
  char name[64];
  int64_t channels = settings->features == SN_FEATURES_OFFICIAL ? settings->dimension : 0; /* else the backbone's */
  for (int64_t i = 0; i < settings->adaptor_depth; i++) {
    snprintf(name, sizeof name, "pre_projection.layers.%dfc.weight", (int)i);
    check_matrix(dict, path, name, channels, channels);
  }
  for (int64_t i = 1; i < settings->discriminator_depth; i++) {
    snprintf(name, sizeof name, "discriminator.body.block%d.0.weight", (int)i);
    check_matrix(dict, path, name, settings->hidden, i == 1 ? channels : settings->hidden);
  }
  int64_t last = settings->discriminator_depth > 1 ? settings->hidden : channels;
  return check_matrix(dict, path, "discriminator.tail.weight", 1, last);
}

SnSimpleNet *sn_simplenet_load(const char *path, const char *weights) {
  if (!sn_ok()) return NULL;
  SnSimpleNetSettings settings;
  SnSimpleNet *model = NULL;
  SnScope *file = sn_scope_new();
  sn_scope_enter(file);
  SnStateDict *dict = sn_safetensors_read(path);
  SnNotes notes;
  bool readable = dict && sn_simplenet_read_settings(dict, path, &settings) && sn_read_notes(dict, path, &notes) &&
                  check_head(dict, path, &settings);
  sn_scope_leave(file);
  if (readable) {
    Origin origin = {path, sn_state_dict_text(dict, "backbone_sha256")};
    model = new_with_backbone(&settings, weights, &origin);
  }
  if (model && sn_module_load(&model->head, dict, "", NULL, path)) model->notes = notes;
  sn_scope_free(file);
  return sn_ok() ? model : NULL;
}
