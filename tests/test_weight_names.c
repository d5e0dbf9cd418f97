/* Names in files of weights: what comes before a network's, and what is said when they are another network's. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "autograd/ops.h"
#include "models/backbones/weight_names.h"
#include "tensor/weights.h"
#include "tests/support/formula.h"
#include "tests/support/golden.h"
#include "tests/support/scope.h"
#include "tests/support/state_dicts.h"

static SnBackbone *new_backbone(const char *name, int64_t level) {
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 5};
  SnBackbone *backbone = sn_backbone_new(name, &(SnLevels){1, {level}}, &generator);
  if (!backbone) fail_msg("%s", sn_error());
  return backbone;
}

/* The first `count` tensors of the network (all: -1) with a prefix before their names, after what the file holds. */
static void add_state(SnStateDict *file, const SnBackbone *backbone, const char *prefix, int64_t count) {
  SnStateDict *all = sn_state_dict_new();
  assert_true(sn_module_state(&backbone->module, "", all));
  for (int64_t i = 0; i < all->tensor_count && i != count; i++) {
    char name[128];
    snprintf(name, sizeof name, "%s%s", prefix, all->tensors[i].name);
    sn_state_dict_add(file, name, all->tensors[i].tensor);
  }
  if (!sn_ok()) fail_msg("%s", sn_error());
}

static void expect_loaded(const SnStateDict *file, const SnBackbone *source, const char *what) {
  SnBackbone *target = sn_backbone_new(source->name, &source->levels, NULL);
  if (!sn_backbone_load(target, file, "file")) fail_msg("%s: %s", what, sn_error());
  SnStateDict *expected = sn_state_dict_new(), *found = sn_state_dict_new();
  sn_module_state(&source->module, "", expected);
  sn_module_state(&target->module, "", found);
  assert_same_state_dicts(found, expected);
}

static void test_any_prefix_is_found(void **state) {
  (void)state;
  static const char *const prefixes[] = {"",
                                         "module.",
                                         "model.",
                                         "backbone.",
                                         "encoder.",
                                         "net.",
                                         "model.backbone.",
                                         "module.encoder.0.",
                                         "a.long.way.to.the.",
                                         "conv1."};
  SnBackbone *source = new_backbone("embedded", 2);
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
    SnStateDict *file = sn_state_dict_new();
    add_state(file, source, prefixes[i], -1);
    expect_loaded(file, source, prefixes[i]);
  }
}

/* Beside the network: a head, counters, what is behind the deepest level, and a part of a second copy. */
static void test_other_names_are_passed_over(void **state) {
  (void)state;
  SnBackbone *source = new_backbone("embedded", 2), *other = new_backbone("embedded", 2);
  SnTensor *small = sn_zeros(SN_FLOAT32, SN_SHAPE(1));
  SnStateDict *file = sn_state_dict_new();
  sn_state_dict_add(file, "model.head.weight", small);
  add_state(file, other, "ema.", 8);
  add_state(file, source, "model.backbone.", -1);
  sn_state_dict_add(file, "model.backbone.layer3.0.conv1.weight", small);
  sn_state_dict_add(file, "model.backbone.fc.weight", small);
  sn_state_dict_add(file, "model.backbone.bn1.num_batches_tracked", small);
  expect_loaded(file, source, "model.backbone.");
  sn_state_dict_add(file, "model.backbone.of_another", small);
  SnBackbone *target = new_backbone("embedded", 2);
  assert_false(sn_backbone_load(target, file, "file"));
  assert_error("file: 1 tensor is not as expected: left over model.backbone.of_another; the file holds ");
}

static void test_two_that_fit_are_refused(void **state) {
  (void)state;
  SnBackbone *source = new_backbone("embedded", 1);
  static const char *const pairs[][2] = {{"student.", "teacher."}, {"", "ema."}, {"model.", "model.model."}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    char expected[160];
    SnStateDict *file = sn_state_dict_new();
    add_state(file, source, pairs[i][0], -1);
    add_state(file, source, pairs[i][1], -1);
    assert_false(sn_backbone_load(source, file, "file"));
    snprintf(expected, sizeof expected, "file: holds the network's tensors twice, with '%s' and with '%s' before",
             pairs[i][0], pairs[i][1]);
    assert_error(expected);
  }
}

static void test_older_names_of_densenets(void **state) {
  (void)state;
  static const char *const names[][2] = {
      {"a.features.denseblock1.denselayer1.norm.1.weight", "a.features.denseblock1.denselayer1.norm1.weight"},
      {"a.features.denseblock4.denselayer16.conv.2.weight", "a.features.denseblock4.denselayer16.conv2.weight"},
      {"a.features.denseblock1.denselayer1.norm.3.weight", "a.features.denseblock1.denselayer1.norm.3.weight"},
      {"a.features.denseblock1.denselayer12345.norm.1.bias", "a.features.denseblock1.denselayer12345.norm.1.bias"},
      {"features.denseblock1.denselayer1.norm.1.bias", "features.denseblock1.denselayer1.norm.1.bias"},
      {"a.features.transition1.norm.1.weight", "a.features.transition1.norm.1.weight"},
  };
  enum { NAMES = sizeof names / sizeof *names };
  SnStateDict *file = sn_state_dict_new();
  for (int i = 1; i < NAMES; i++) sn_state_dict_add(file, names[i][0], sn_zeros(SN_FLOAT32, SN_SHAPE(1)));
  assert_ptr_equal(sn_with_own_names("densenet121", file, "file"), file);
  sn_state_dict_add(file, names[0][0], sn_zeros(SN_FLOAT32, SN_SHAPE(1)));
  assert_ptr_equal(sn_with_own_names("resnet18", file, "file"), file);
  const SnStateDict *own = sn_with_own_names("densenet121", file, "file");
  assert_int_equal(own->tensor_count, NAMES);
  for (int i = 0; i < NAMES; i++)
    assert_ptr_equal(sn_state_dict_find(own, names[i][1]), sn_state_dict_find(file, names[i][0]));
}

/* ---- timm's and torchvision's names (tests/oracle/weight_names.py) ---- */

static SnStateDict *golden;

static int open_golden(void **state) {
  (void)state;
  return golden_open(&golden, "tests/golden/weight_names.safetensors");
}

/* A tensor of that name in that shape: by formula where `filled`, but for the large matrices of heads, else of zeros in
 * one place. */
static SnTensor *tensor_of_others(const char *name, const SnTensor *shape, bool filled) {
  enum { LARGE = 1 << 22 };
  int64_t sizes[SN_MAX_DIMS];
  int ndim = (int)sn_count(shape);
  assert_true(sn_to_host(shape, SN_INT64, sizes));
  SnTensor *zeros = sn_expand(sn_zeros(ndim > 0 ? SN_FLOAT32 : SN_INT64, 0, NULL), ndim, sizes);
  if (!zeros) fail_msg("%s", sn_error());
  if (!filled || ndim == 0 || sn_count(zeros) > LARGE) return zeros;
  SnTensor *tensor = sn_empty(SN_FLOAT32, ndim, sizes);
  formula_fill_tensor(tensor, name);
  return tensor;
}

/* A file of the other library's network with a prefix before its names. */
static SnStateDict *file_of_others(const char *network, const char *prefix, bool filled) {
  SnStateDict *shapes = sn_weights_read("tests/golden/weight_names.pth"), *file = sn_state_dict_new();
  if (!shapes) fail_msg("%s", sn_error());
  for (int64_t i = 0; i < shapes->tensor_count; i++) {
    const char *name = shapes->tensors[i].name;
    size_t length = strlen(network);
    if (strncmp(name, network, length) != 0 || name[length] != '.') continue;
    char text[160];
    name += length + 1;
    snprintf(text, sizeof text, "%s%s", prefix, name);
    sn_state_dict_add(file, text, tensor_of_others(name, shapes->tensors[i].tensor, filled));
  }
  if (!sn_ok()) fail_msg("%s", sn_error());
  assert_true(file->tensor_count > 0);
  return file;
}

static void test_networks_of_others(void **state) {
  (void)state;
  static const struct {
    const char *name, *prefix;
    SnLevels levels;
    int64_t height, width;
  } cases[] = {
      {"efficientnet_b0", "", {5, {1, 2, 3, 4, 5}}, 64, 64},
      {"efficientnet_lite0", "model.", {5, {1, 2, 3, 4, 5}}, 64, 64},
      {"mobilenet_v2", "blocks.", {5, {1, 2, 3, 4, 5}}, 64, 64},
      {"convnext_tiny", "module.stem.", {2, {1, 2}}, 64, 64},
      {"regnet_y_400mf", "", {4, {1, 2, 3, 4}}, 64, 64},
      {"dinov2_vits14_reg4", "teacher.backbone.", {2, {1, 2}}, 56, 42},
      {"vit_b_16", "", {2, {1, 2}}, 224, 224},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    SnScope *scope = sn_scope_open();
    const char *name = cases[c].name;
    SnBackbone *network = sn_backbone_new(name, &cases[c].levels, NULL);
    if (!network || !sn_backbone_load(network, file_of_others(name, cases[c].prefix, true), "file"))
      fail_msg("%s: %s", name, sn_error());
    SnTensor *levels[SN_MAX_LEVELS];
    SnTensor *images = formula_tensor("images", 2, 0, SN_FLOAT32, SN_SHAPE(1, 3, cases[c].height, cases[c].width));
    if (!sn_backbone_forward(network, images, levels)) fail_msg("%s: %s", name, sn_error());
    for (int i = 0; i < cases[c].levels.count; i++) {
      char key[64];
      snprintf(key, sizeof key, "%s/%s", name, sn_backbone_level_name(name, cases[c].levels.numbers[i]));
      golden_expect(golden, key, levels[i], 1e-5);
    }
    sn_scope_close(scope);
    sn_storage_trim();
  }
}

/* Whole networks, heads and counters included. */
static void test_all_names_of_others(void **state) {
  (void)state;
  static const char *const names[] = {"efficientnet_b0", "efficientnet_lite0", "mobilenet_v2", "convnext_tiny",
                                      "regnet_y_400mf",  "vgg11_bn",           "resnet18",     "dinov2_vits14",
                                      "vit_b_16",        "dinov2_vits14_reg4"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    for (int64_t deepest = 1; deepest <= sn_backbone_level_count(names[i]);
         deepest += sn_backbone_level_count(names[i]) - 1) {
      SnScope *scope = sn_scope_open();
      SnBackbone *network = sn_backbone_new(names[i], &(SnLevels){1, {deepest}}, NULL);
      if (!network || !sn_backbone_load(network, file_of_others(names[i], "net.", false), "file"))
        fail_msg("%s: %s", names[i], sn_error());
      sn_scope_close(scope);
      sn_storage_trim();
    }
}

static void test_older_names_of_vit(void **state) {
  (void)state;
  const SnStateDict *file = file_of_others("vit_b_16", "", false);
  SnStateDict *older = sn_state_dict_new();
  for (int64_t i = 0; i < file->tensor_count; i++) {
    char text[160], *mlp;
    snprintf(text, sizeof text, "%s", file->tensors[i].name);
    mlp = strstr(text, ".mlp.");
    if (mlp) {
      const char *rest = file->tensors[i].name + (mlp - text) + sizeof ".mlp.0" - 1;
      snprintf(mlp, sizeof text - (size_t)(mlp - text), ".mlp.linear_%c%s", mlp[5] == '0' ? '1' : '2', rest);
    }
    sn_state_dict_add(older, text, file->tensors[i].tensor);
  }
  SnBackbone *network = sn_backbone_new("vit_b_16", &(SnLevels){1, {2}}, NULL);
  if (!sn_backbone_load(network, older, "file")) fail_msg("%s", sn_error());
}

static void expect_words(const SnBackbone *wanted, const SnStateDict *file, const char *words) {
  SnBackbone *target = sn_backbone_new(wanted->name, &wanted->levels, NULL);
  assert_false(sn_backbone_load(target, file, "file"));
  assert_error(words);
}

/* What would load and be computed otherwise, and what is there twice, or in part. */
static void test_refused_names_of_others(void **state) {
  (void)state;
  expect_words(new_backbone("mobilenet_v3_small", 3), file_of_others("mobilenet_v3_small", "a.", false),
               "file: these are timm's names, and timm's MobileNetV3 is another network");
  expect_words(new_backbone("vit_base_patch16_224", 1), file_of_others("vit_b_16", "", false), ": of vit_b_16?");
  expect_words(new_backbone("dinov2_vits14", 1), file_of_others("dinov2_vits14_reg4", "", false),
               "left over register_tokens; the file holds 175 tensors such as cls_token");
  SnStateDict *file = file_of_others("mobilenet_v2", "ema.", false), *once = file_of_others("mobilenet_v2", "", false);
  for (int64_t i = 0; i < once->tensor_count; i++)
    sn_state_dict_add(file, once->tensors[i].name, once->tensors[i].tensor);
  expect_words(new_backbone("mobilenet_v2", 2), file, "twice, with 'ema.' and with '' before");
  SnStateDict *part = sn_state_dict_new();
  for (int64_t i = 0; i < once->tensor_count; i++)
    if (strcmp(once->tensors[i].name, "blocks.1.0.bn2.bias") != 0)
      sn_state_dict_add(part, once->tensors[i].name, once->tensors[i].tensor);
  expect_words(new_backbone("mobilenet_v2", 2), part,
               "missing features.2.conv.1.1.bias; the file holds 313 tensors such as conv_stem.weight, ");
}

/* The half of the names is no more than a chance. */
static void test_a_minority_is_no_prefix(void **state) {
  (void)state;
  SnBackbone *source = new_backbone("embedded", 1);
  SnStateDict *all = sn_state_dict_new(), *file = sn_state_dict_new();
  sn_module_state(&source->module, "", all);
  add_state(file, source, "model.", all->tensor_count / 2);
  assert_false(sn_backbone_load(source, file, "file"));
  assert_error("missing conv1.weight and the other ");
}

static void test_messages_show_the_files_names(void **state) {
  (void)state;
  SnBackbone *wanted = new_backbone("resnet18", 3);
  SnStateDict *file = sn_state_dict_new();
  SnTensor *small = sn_zeros(SN_FLOAT32, SN_SHAPE(1));
  expect_words(wanted, file, "resnet18; the file holds no tensors");
  sn_state_dict_add(file, "stem.weight", small);
  expect_words(wanted, file, "the file holds 1 tensor stem.weight");
  sn_state_dict_add(file, "stem.bias", small);
  expect_words(wanted, file, "the file holds 2 tensors such as stem.weight");
  sn_state_dict_add(file, "head.bias", small);
  expect_words(wanted, file, "the file holds 3 tensors such as stem.weight, stem.bias and head.bias");
}

/* Of a network that is meant, and of one that is like it but deeper or wider. */
static void test_messages_name_the_better_network(void **state) {
  (void)state;
  static const char *const pairs[][2] = {{"resnet18", "resnet34"}, {"resnet34", "embedded"}, {"embedded", "resnet18"}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    char expected[64];
    SnScope *scope = sn_scope_open();
    SnStateDict *file = sn_state_dict_new();
    add_state(file, new_backbone(pairs[i][1], sn_backbone_level_count(pairs[i][1])), "net.", -1);
    snprintf(expected, sizeof expected, ": of %s?", pairs[i][1]);
    expect_words(new_backbone(pairs[i][0], 3), file, expected);
    sn_scope_close(scope);
  }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_scope, close_scope)

int main(void) {
  static const struct CMUnitTest tests[] = {
      TEST(test_older_names_of_densenets),
      TEST(test_any_prefix_is_found),
      TEST(test_other_names_are_passed_over),
      TEST(test_two_that_fit_are_refused),
      TEST(test_a_minority_is_no_prefix),
      TEST(test_messages_show_the_files_names),
      TEST(test_messages_name_the_better_network),
      TEST(test_networks_of_others),
      TEST(test_all_names_of_others),
      TEST(test_older_names_of_vit),
      TEST(test_refused_names_of_others),
  };
  return cmocka_run_group_tests(tests, open_golden, golden_close);
}
