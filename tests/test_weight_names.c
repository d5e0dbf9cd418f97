/* Names in files of weights: what comes before a network's, and what is said when they are another network's. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "models/backbones/weight_names.h"
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
      {"features.denseblock1.denselayer1.norm.1.weight", "features.denseblock1.denselayer1.norm1.weight"},
      {"a.features.denseblock4.denselayer16.conv.2.weight", "a.features.denseblock4.denselayer16.conv2.weight"},
      {"features.denseblock1.denselayer1.norm.3.weight", "features.denseblock1.denselayer1.norm.3.weight"},
      {"features.transition1.norm.1.weight", "features.transition1.norm.1.weight"},
  };
  enum { NAMES = sizeof names / sizeof *names };
  SnStateDict *file = sn_state_dict_new();
  for (int i = 2; i < NAMES; i++) sn_state_dict_add(file, names[i][0], sn_zeros(SN_FLOAT32, SN_SHAPE(1)));
  assert_ptr_equal(sn_with_current_names(file), file);
  for (int i = 0; i < 2; i++) sn_state_dict_add(file, names[i][0], sn_zeros(SN_FLOAT32, SN_SHAPE(1)));
  const SnStateDict *current = sn_with_current_names(file);
  assert_int_equal(current->tensor_count, NAMES);
  for (int i = 0; i < NAMES; i++)
    assert_ptr_equal(sn_state_dict_find(current, names[i][1]), sn_state_dict_find(file, names[i][0]));
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

static void expect_words(const SnBackbone *wanted, const SnStateDict *file, const char *words) {
  SnBackbone *target = sn_backbone_new(wanted->name, &wanted->levels, NULL);
  assert_false(sn_backbone_load(target, file, "file"));
  assert_error(words);
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
      TEST(test_older_names_of_densenets),         TEST(test_any_prefix_is_found),
      TEST(test_other_names_are_passed_over),      TEST(test_two_that_fit_are_refused),
      TEST(test_a_minority_is_no_prefix),          TEST(test_messages_show_the_files_names),
      TEST(test_messages_name_the_better_network),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
