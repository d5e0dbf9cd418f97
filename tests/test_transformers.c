/* Vision transformers against timm and ConvNeXt against torchvision (tests/oracle/transformers.py): eagerly, planned,
 * and in float64. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "models/backbones/backbone.h"
#include "plan/planned.h"
#include "tests/support/formula.h"
#include "tests/support/golden.h"
#include "tests/support/slow.h"

static SnStateDict *golden;

typedef struct Case {
  const char *name, *size;
  int64_t shape[4];
  SnLevels levels, few; /* few: in float64, which takes its time; none: not at all */
} Case;

static const Case cases[] = {
    {"vit_small_patch16_224", "odd", {1, 3, 67, 53}, {3, {1, 4, 12}}, {2, {1, 4}}},
    {"vit_small_patch16_224", "trained", {1, 3, 224, 224}, {1, {1}}, {0}},
    {"dinov2_vits14", "odd", {1, 3, 71, 57}, {2, {1, 4}}, {1, {1}}},
    {"dinov2_vits14_reg4", "odd", {2, 3, 71, 57}, {3, {1, 4, 12}}, {1, {1}}},
    {"convnext_tiny", "even", {2, 3, 64, 64}, {4, {1, 2, 3, 4}}, {0}},
    {"convnext_tiny", "odd", {1, 3, 69, 41}, {4, {1, 2, 3, 4}}, {2, {1, 2}}},
};

/* With weights by formula; a table of positions that counts as much as what it is added to. */
static SnBackbone *formula_network(const char *name, const SnLevels *levels, SnDtype dtype) {
  SnGenerator generator = {.dtype = dtype};
  SnBackbone *network = sn_backbone_new(name, levels, &generator);
  if (!network) fail_msg("%s", sn_error());
  formula_fill(&network->module);
  SnStateDict *state = sn_state_dict_new();
  assert_true(sn_module_state(&network->module, "", state));
  SnTensor *table = sn_state_dict_find(state, "pos_embed");
  if (table) sn_copy_into(table, formula_tensor("pos_embed", 1, 0, dtype, table->array.ndim, table->array.shape));
  return network;
}

static void expect_levels(const Case *c, const SnBackbone *network, SnTensor *const *levels, double tolerance) {
  for (int i = 0; i < network->levels.count; i++) {
    char key[64];
    snprintf(key, sizeof key, "%s/%s/%s", c->name, c->size,
             sn_backbone_level_name(c->name, network->levels.numbers[i]));
    golden_expect(golden, key, levels[i], tolerance);
    assert_true(sn_has_shape(levels[i], 4,
                             (int64_t[]){c->shape[0], network->channels[i], sn_backbone_cells(network, i, c->shape[2]),
                                         sn_backbone_cells(network, i, c->shape[3])}));
  }
}

static int forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  SnBackbone *network = context;
  return sn_backbone_forward(network, inputs[0], outputs) ? (int)network->levels.count : 0;
}

static void test_network(void **state) {
  const Case *c = *state;
  if (c->levels.numbers[c->levels.count - 1] == 12) SKIP_WHEN_SANITIZED(c->name);
  SnScope *scope = sn_scope_open();
  SnBackbone *network = formula_network(c->name, &c->levels, SN_FLOAT32);
  SnTensor *images = formula_tensor("images", 2, 0, SN_FLOAT32, 4, c->shape), *levels[SN_MAX_LEVELS];
  int64_t fallbacks = sn_fallback_count();
  if (!sn_backbone_forward(network, images, levels)) fail_msg("%s", sn_error());
  expect_levels(c, network, levels, 1e-5);
  SnPlanned *planned = sn_planned_new(forward, network);
  if (sn_planned_run(planned, 1, &images, levels) != network->levels.count) fail_msg("%s", sn_error());
  expect_levels(c, network, levels, 1e-4);
  assert_int_equal(sn_fallback_count(), fallbacks);
  sn_scope_close(scope);
}

static void test_double_precision(void **state) {
  (void)state;
  SKIP_WHEN_SANITIZED("networks in float64");
  sn_set_device("reference");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (cases[i].few.count == 0) continue;
    SnScope *scope = sn_scope_open();
    SnBackbone *network = formula_network(cases[i].name, &cases[i].few, SN_FLOAT64);
    SnTensor *levels[SN_MAX_LEVELS];
    if (!sn_backbone_forward(network, formula_tensor("images", 2, 0, SN_FLOAT64, 4, cases[i].shape), levels))
      fail_msg("%s", sn_error());
    expect_levels(&cases[i], network, levels, 1e-11);
    sn_scope_close(scope);
  }
}

/* One line a tensor in order, as the oracle writes them. */
static void test_states(void **state) {
  (void)state;
  static const char *const names[] = {"vit_small_patch16_224", "vit_base_patch16_224", "deit_small_patch16_224",
                                      "deit_base_patch16_224", "dinov2_vits14",        "dinov2_vitb14",
                                      "dinov2_vits14_reg4",    "dinov2_vitb14_reg4",   "convnext_tiny",
                                      "convnext_small"};
  for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
    SnScope *scope = sn_scope_open();
    SnLevels deepest = {1, {sn_backbone_level_count(names[n])}};
    SnBackbone *network = sn_backbone_new(names[n], &deepest, NULL);
    SnStateDict *dict = sn_state_dict_new();
    if (!network || !sn_module_state(&network->module, "", dict)) fail_msg("%s", sn_error());
    size_t size = (size_t)dict->tensor_count * 128, used = 0;
    char *text = test_malloc(size), hash[SN_SHA256_HEX], key[64];
    for (int64_t i = 0; i < dict->tensor_count; i++)
      used += (size_t)snprintf(text + used, size - used, "%s %s\n", dict->tensors[i].name,
                               sn_tensor_text(dict->tensors[i].tensor));
    sn_sha256(text, used, hash);
    test_free(text);
    snprintf(key, sizeof key, "%s/state", names[n]);
    assert_non_null(sn_state_dict_text(golden, key));
    assert_string_equal(hash, sn_state_dict_text(golden, key));
    sn_scope_close(scope);
  }
}

static void test_what_networks_expect(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  assert_true(sn_backbone_normalization("vit_base_patch16_224").mean[0] == 0.5);
  assert_true(sn_backbone_normalization("deit_base_patch16_224").mean[0] == sn_imagenet_normalization.mean[0]);
  assert_true(sn_backbone_normalization("vit_b_16").mean[0] == sn_imagenet_normalization.mean[0]);
  SnLevels usual = sn_backbone_usual_levels("dinov2_vits14");
  assert_int_equal(usual.count, 2);
  assert_string_equal(sn_backbone_level_name("dinov2_vits14", usual.numbers[1]), "blocks.7");
  SnTensor *levels[SN_MAX_LEVELS];
  SnBackbone *network = sn_backbone_new("dinov2_vits14", &(SnLevels){1, {1}}, NULL);
  assert_false(sn_backbone_forward(network, sn_zeros(SN_FLOAT32, SN_SHAPE(1, 3, 13, 40)), levels));
  assert_non_null(strstr(sn_error(), "at least 14 x 14 pixels"));
  sn_scope_close(scope);
}

/* What files hold beyond the deepest level is passed over. */
static void test_load(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnGenerator generator = {.dtype = SN_FLOAT32};
  static const struct {
    const char *name, *beyond[4];
  } files[] = {{"dinov2_vits14", {"norm.weight", "blocks.1.ls1.gamma", "blocks.11.norm1.bias", "mask_token"}},
               {"vit_small_patch16_224", {"norm.bias", "head.weight", "head.bias", "blocks.10.mlp.fc1.bias"}},
               {"convnext_tiny",
                {"features.2.0.weight", "features.7.2.layer_scale", "classifier.0.bias", "classifier.2.weight"}}};
  for (int i = 0; i < 3; i++) {
    SnBackbone *network = sn_backbone_new(files[i].name, &(SnLevels){1, {1}}, &generator);
    SnStateDict *dict = sn_state_dict_new();
    assert_true(network && sn_module_state(&network->module, "", dict));
    for (int b = 0; b < 4; b++) sn_state_dict_add(dict, files[i].beyond[b], sn_zeros(SN_FLOAT32, SN_SHAPE(1)));
    if (!sn_backbone_load(network, dict, "file")) fail_msg("%s", sn_error());
    sn_state_dict_add(dict, "blocks.0.attn.out.weight", sn_zeros(SN_FLOAT32, SN_SHAPE(1)));
    assert_false(sn_backbone_load(network, dict, "file"));
    sn_clear_error();
  }
  sn_scope_close(scope);
}

static int open_golden(void **state) {
  (void)state;
  return golden_open(&golden, "tests/golden/transformers.safetensors");
}

static int on_cpu(void **state) {
  (void)state;
  sn_clear_error();
  sn_set_device("cpu");
  return 0;
}

#define NETWORK(i) \
  { cases[i].name, test_network, on_cpu, NULL, (void *)&cases[i] }

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_states, on_cpu),
      cmocka_unit_test_setup(test_what_networks_expect, on_cpu),
      cmocka_unit_test_setup(test_load, on_cpu),
      NETWORK(0),
      NETWORK(1),
      NETWORK(2),
      NETWORK(3),
      NETWORK(4),
      NETWORK(5),
      cmocka_unit_test_setup(test_double_precision, on_cpu),
  };
  return cmocka_run_group_tests(tests, open_golden, golden_close);
}
