#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include "tests/support/models.h"

#include <cmocka.h>

#include "anomaly/local_features.h"
#include "models/simplenet/simplenet.h"
#include "tensor/safetensors.h"
#include "tests/support/comparison.h"
#include "tests/support/formula.h"

SnSettings test_settings(const SnMethod *method, const char *preset) {
  SnSettings settings;
  assert_true(sn_settings_preset(method, preset, &settings));
  return settings;
}

void test_set(SnSettings *settings, const char *name, const char *text) {
  if (!sn_settings_set(settings, name, text)) fail_msg("%s", sn_error());
}

void test_write_resnet18(const char *path) {
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 3};
  SnBackbone *backbone = sn_backbone_new("resnet18", &(SnLevels){1, {3}}, &generator);
  SnStateDict *dict = sn_state_dict_new();
  assert_true(sn_module_state(&backbone->module, "", dict) && sn_safetensors_write(path, dict));
}

SnSettings test_simplenet_settings(const char *preset, int64_t hidden) {
  SnSettings settings = test_settings(&sn_simplenet, preset);
  SnSimpleNetSettings own = sn_simplenet_settings(&settings);
  own.hidden = hidden;
  sn_set_simplenet_settings(&settings, &own);
  return settings;
}

SnModel *test_model_by_formula(const SnSettings *settings, SnDtype dtype) {
  SnGenerator generator = {.dtype = dtype};
  SnBackbone *backbone = sn_backbone_new(settings->features.backbone, &settings->features.levels, &generator);
  expect_no_error();
  SnModel *model = sn_model_new_head(settings, sn_feature_shape(settings, backbone), dtype);
  expect_no_error();
  formula_fill(&backbone->module);
  formula_fill(&model->head);
  model->backbone = backbone;
  return model;
}

SnFeatures *test_features(int count, SnTensor *const *levels) {
  SnFeatures *features = sn_scope_allocate(1, sizeof *features, NULL);
  expect_no_error();
  features->count = count;
  for (int i = 0; i < count; i++) {
    features->levels[i] = levels[i];
    features->scale[i] = 1;
  }
  return features;
}

SnTensor *test_patches(SnModel *model, SnTensor *features) {
  SnScores scores = {NULL, NULL};
  expect_no_error();
  sn_module_train(&model->head, false);
  model->settings.method->forward(model, features, &scores);
  expect_no_error();
  return scores.patches;
}

SnTensor *test_patches_of_images(SnModel *model, SnTensor *images) {
  return test_patches(model, sn_local_features(model, images));
}

float *test_bits(const SnModule *module, int64_t *count) {
  SnStateDict *state = sn_state_dict_new();
  assert_true(sn_module_state(module, "", state));
  *count = 0;
  for (int64_t i = 0; i < state->tensor_count; i++) *count += sn_count(state->tensors[i].tensor);
  float *bits = sn_scope_allocate(*count, sizeof *bits, NULL), *next = bits;
  expect_no_error();
  for (int64_t i = 0; i < state->tensor_count; i++) {
    assert_true(sn_to_host(state->tensors[i].tensor, SN_FLOAT32, next));
    next += sn_count(state->tensors[i].tensor);
  }
  return bits;
}
