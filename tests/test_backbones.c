/* What every network of every family must do: its levels by number and by name, only as much as is asked for, and what
 * a file of weights may and may not hold. What a family computes is compared in a test of its own (test_resnet.c). */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/backbones/family.h"
#include "tests/support/formula.h"
#include "tests/support/scope.h"
#include "tests/support/slow.h"
#include "tests/support/state_dicts.h"

static SnBackbone *new_backbone(const char *name, SnLevels levels, SnGenerator *generator) {
  SnBackbone *backbone = sn_backbone_new(name, &levels, generator);
  if (!backbone) fail_msg("%s", sn_error());
  return backbone;
}

/* The first, as far as a request goes. */
static SnLevels all_levels(const char *name) {
  SnLevels levels = {.count = sn_backbone_level_count(name)};
  if (levels.count > SN_MAX_LEVELS) levels.count = SN_MAX_LEVELS;
  for (int i = 0; i < levels.count; i++) levels.numbers[i] = i + 1;
  return levels;
}

/* ---- names ---- */

static void test_names(void **state) {
  (void)state;
  assert_null(sn_backbone_name(-1));
  int count = 0;
  while (sn_backbone_name(count)) count++;
  assert_null(sn_backbone_name(count + 1));
  for (int i = 0; i < count; i++) {
    assert_true(sn_backbone_exists(sn_backbone_name(i)));
    for (int j = 0; j < i; j++) assert_string_not_equal(sn_backbone_name(i), sn_backbone_name(j));
  }
  assert_false(sn_backbone_exists("network19"));
  assert_true(sn_ok());
  assert_null(sn_backbone_new("network19", &(SnLevels){1, {1}}, NULL));
  for (int i = 0; i < count; i++)
    if (!strstr(sn_error(), sn_backbone_name(i))) fail_msg("'%s' does not say %s", sn_error(), sn_backbone_name(i));
  assert_error("there is no backbone 'network19'");
  assert_int_equal(sn_backbone_level_count("network19"), 0);
  assert_error("there is no backbone 'network19'");
  assert_null(sn_backbone_level_name("network19", 1));
  assert_error("there is no backbone 'network19'");
}

static void test_levels_have_names(void **state) {
  (void)state;
  for (int i = 0; sn_backbone_name(i); i++) {
    const char *name = sn_backbone_name(i);
    int count = sn_backbone_level_count(name);
    assert_true(count > 0);
    for (int number = 1; number <= count; number++) {
      SnLevel level = sn_backbone_level(name, number);
      assert_string_equal(level.name, sn_backbone_level_name(name, number));
      assert_true(level.channels > 0 && level.stride > 0);
      assert_null(strchr(level.name, ','));
      for (int other = 1; other < number; other++) {
        assert_string_not_equal(level.name, sn_backbone_level_name(name, other));
        assert_true(level.stride >= sn_backbone_level(name, other).stride);
      }
    }
    assert_null(sn_backbone_level(name, 0).name);
    assert_error("found 0");
    assert_null(sn_backbone_level(name, count + 1).name);
    assert_error(name);
  }
}

static void test_input_and_usual_levels(void **state) {
  (void)state;
  for (int i = 0; sn_backbone_name(i); i++) {
    const char *name = sn_backbone_name(i);
    SnNormalization normalization = sn_backbone_normalization(name);
    assert_non_null(sn_backbone_title(name));
    for (int c = 0; c < 3; c++) {
      assert_true(isfinite(normalization.mean[c]));
      assert_true(isfinite(normalization.deviation[c]) && normalization.deviation[c] > 0);
    }
    SnLevels usual = sn_backbone_usual_levels(name), parsed;
    char text[SN_LEVELS_TEXT];
    assert_true(usual.count > 0);
    sn_levels_text(&usual, text, sizeof text);
    if (!sn_parse_levels(name, text, &parsed)) fail_msg("%s", sn_error());
    assert_true(sn_levels_equal(&usual, &parsed));
  }
  assert_int_equal(sn_backbone_usual_levels("network19").count, 0);
  assert_error("there is no backbone 'network19'");
  sn_backbone_normalization("network19");
  assert_error("there is no backbone 'network19'");
}

/* ---- levels as texts ---- */

static void expect_levels(const char *backbone, const char *text, const SnLevels *expected) {
  SnLevels found;
  if (!sn_parse_levels(backbone, text, &found)) fail_msg("%s", sn_error());
  assert_int_equal(found.count, expected->count);
  assert_memory_equal(found.numbers, expected->numbers, (size_t)found.count * sizeof *found.numbers);
}

static void test_levels_as_texts(void **state) {
  (void)state;
  for (int i = 0; sn_backbone_name(i); i++) {
    const char *name = sn_backbone_name(i);
    for (int first = 1, count = sn_backbone_level_count(name); first <= count; first++)
      for (int last = first; last <= count && last < first + SN_MAX_LEVELS; last++) {
        char numbers[SN_LEVELS_TEXT], names[512] = "";
        SnLevels levels = {0};
        for (int number = first; number <= last; number++) {
          levels.numbers[levels.count++] = number;
          size_t used = strlen(names);
          snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? "," : "",
                   sn_backbone_level_name(name, number));
        }
        sn_levels_text(&levels, numbers, sizeof numbers);
        expect_levels(name, numbers, &levels);
        expect_levels(name, names, &levels);
        assert_int_equal(sn_level_index(&levels, first), 0);
        assert_int_equal(sn_level_index(&levels, last), last - first);
        assert_int_equal(sn_level_index(&levels, last + 1), -1);
      }
  }
}

static void test_refused_texts(void **state) {
  (void)state;
  static const char *const texts[] = {
      "", "0", "01", "1,", ",1", "1,1", "1;1", "1 ", " 1", "+1", "-1", "1.0", "nowhere", "999", "18446744073709551617"};
  for (int i = 0; sn_backbone_name(i); i++) {
    const char *name = sn_backbone_name(i);
    SnLevels levels;
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
      if (sn_parse_levels(name, texts[t], &levels)) fail_msg("'%s' is taken for levels of %s", texts[t], name);
      for (int number = 1; number <= sn_backbone_level_count(name); number++)
        assert_non_null(strstr(sn_error(), sn_backbone_level_name(name, number)));
      assert_error(texts[t]);
    }
    if (sn_backbone_level_count(name) == 1) continue;
    assert_false(sn_parse_levels(name, "2,1", &levels));
    assert_error("rising order");
  }
  SnLevels levels;
  assert_false(sn_parse_levels("network19", "1", &levels));
  assert_error("there is no backbone 'network19'");
}

static void test_refused_levels(void **state) {
  (void)state;
  for (int i = 0; sn_backbone_name(i); i++) {
    const char *name = sn_backbone_name(i);
    int64_t count = sn_backbone_level_count(name);
    SnLevels wrong[] = {{0}, {1, {0}}, {1, {-1}}, {1, {count + 1}}, {2, {1, 1}}, {SN_MAX_LEVELS + 1, {1}}};
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
      assert_null(sn_backbone_new(name, &wrong[w], NULL));
      assert_error(name);
    }
  }
}

/* ---- the networks ---- */

static bool begins_with_any(const char *name, const char *const *beginnings) {
  for (; beginnings && *beginnings; beginnings++)
    if (strncmp(name, *beginnings, strlen(*beginnings)) == 0) return true;
  return false;
}

/* The network for one level alone: it is no more than is needed, takes the whole network's weights, and gives the
 * same feature map as the whole network. */
static void expect_one_level(const char *name, int64_t number, const SnStateDict *weights, SnTensor *images,
                             const SnTensor *expected) {
  SnBackbone *alone = new_backbone(name, (SnLevels){1, {number}}, NULL);
  if (!sn_backbone_load(alone, weights, "weights")) fail_msg("%s", sn_error());
  SnStateDict *own = sn_state_dict_new();
  assert_true(sn_module_state(&alone->module, "", own));
  for (int64_t i = 0; i < own->tensor_count; i++) assert_false(begins_with_any(own->tensors[i].name, alone->beyond));
  SnLevel level = sn_backbone_level(name, number);
  assert_int_equal(alone->channels[0], level.channels);
  assert_int_equal(alone->stride[0], level.stride);
  const int64_t *shape = images->array.shape;
  SnTensor untouched, *levels[] = {NULL, &untouched};
  if (!sn_backbone_forward(alone, images, levels)) fail_msg("%s", sn_error());
  assert_ptr_equal(levels[1], &untouched);
  assert_true(sn_has_shape(levels[0], 4,
                           (int64_t[]){shape[0], level.channels, sn_backbone_cells(alone, 0, shape[2]),
                                       sn_backbone_cells(alone, 0, shape[3])}));
  assert_true(sn_same_shape(levels[0], expected));
  assert_memory_equal(levels[0]->array.data, expected->array.data, (size_t)sn_count(expected) * sizeof(float));
}

/* Of each family the first network, which is the smallest, and of all only one under a sanitizer: more takes minutes.
 */
static bool is_tried(int i) {
  int index;
  return sn_family_of(sn_backbone_name(i), &index) && index == 0 && (i == 0 || !SN_SANITIZED);
}

static void test_each_level_alone(void **state) {
  (void)state;
  for (int i = 0; sn_backbone_name(i); i++) {
    const char *name = sn_backbone_name(i);
    if (!is_tried(i)) continue;
    SnScope *scope = sn_scope_open();
    SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 3};
    SnBackbone *whole = new_backbone(name, all_levels(name), &generator);
    assert_string_equal(whole->name, name);
    SnStateDict *weights = sn_state_dict_new();
    assert_true(sn_module_state(&whole->module, "", weights));
    SnTensor *images = formula_tensor("images", 2, 0, SN_FLOAT32, SN_SHAPE(1, 3, 77, 64)), *expected[SN_MAX_LEVELS];
    int64_t fallbacks = sn_fallback_count();
    if (!sn_backbone_forward(whole, images, expected)) fail_msg("%s", sn_error());
    assert_int_equal(sn_fallback_count(), fallbacks);
    for (int l = 0; l < whole->levels.count; l++) {
      SnScope *level = sn_scope_open();
      expect_one_level(name, whole->levels.numbers[l], weights, images, expected[l]);
      sn_scope_close(level);
    }
    sn_scope_close(scope);
    sn_storage_trim();
  }
}

static void test_refused_images(void **state) {
  (void)state;
  const char *name = sn_backbone_name(0);
  SnGenerator generator = {.dtype = SN_FLOAT32};
  SnBackbone *backbone = new_backbone(name, (SnLevels){1, {1}}, &generator);
  SnTensor *levels[SN_MAX_LEVELS];
  assert_false(sn_backbone_forward(backbone, sn_zeros(SN_FLOAT32, SN_SHAPE(1, 1, 32, 32)), levels));
  assert_error(": expected images [N,3,H,W], found [1, 1, 32, 32]");
  assert_false(sn_backbone_forward(backbone, sn_zeros(SN_FLOAT32, SN_SHAPE(3, 32, 32)), levels));
  assert_error("found [3, 32, 32]");
}

/* ---- weights ---- */

/* A network's state without its tensor number `without`, and with one more called `extra`. */
static SnStateDict *changed_state(const SnBackbone *backbone, int64_t without, const char *extra, SnTensor *tensor) {
  SnStateDict *all = sn_state_dict_new(), *dict = sn_state_dict_new();
  assert_true(sn_module_state(&backbone->module, "", all));
  for (int64_t i = 0; i < all->tensor_count; i++)
    if (i != without) sn_state_dict_add(dict, all->tensors[i].name, sn_copy_of(all->tensors[i].tensor));
  if (extra) sn_state_dict_add(dict, extra, tensor);
  assert_true(sn_ok());
  return dict;
}

static void expect_refusal(SnBackbone *backbone, const SnStateDict *dict, const char *problem, const char *tensor) {
  assert_false(sn_backbone_load(backbone, dict, "weights.safetensors"));
  assert_memory_equal(sn_error(), "weights.safetensors: ", 21);
  assert_non_null(strstr(sn_error(), tensor));
  assert_error(problem);
}

static void test_refused_weights(void **state) {
  (void)state;
  for (int i = 0; sn_backbone_name(i) && (i == 0 || !SN_SANITIZED); i++) {
    SnScope *scope = sn_scope_open();
    SnGenerator generator = {.dtype = SN_FLOAT32};
    SnBackbone *backbone = new_backbone(sn_backbone_name(i), (SnLevels){1, {1}}, &generator);
    SnStateDict *dict = sn_state_dict_new();
    assert_true(sn_module_state(&backbone->module, "", dict));
    const char *first = dict->tensors[0].name;
    SnTensor *small = sn_zeros(SN_FLOAT32, SN_SHAPE(1)), *broken = sn_copy_of(dict->tensors[0].tensor);
    ((float *)broken->array.data)[0] = NAN;
    expect_refusal(backbone, sn_state_dict_new(), "missing", first);
    expect_refusal(backbone, changed_state(backbone, 0, NULL, NULL), "missing", first);
    expect_refusal(backbone, changed_state(backbone, -1, "of.another.network", small), "left over",
                   "of.another.network");
    expect_refusal(backbone, changed_state(backbone, 0, first, small), "found [1]", first);
    expect_refusal(backbone, changed_state(backbone, 0, first, broken), "NaN", first);
    sn_scope_close(scope);
    sn_storage_trim();
  }
}

static void test_released_weights(void **state) {
  (void)state;
  const char *name = sn_backbone_name(0);
  SnGenerator generator = {.dtype = SN_FLOAT32};
  SnBackbone *backbone = new_backbone(name, (SnLevels){1, {1}}, &generator);
  sn_backbone_release(backbone);
  SnTensor *levels[SN_MAX_LEVELS];
  assert_false(sn_backbone_forward(backbone, sn_zeros(SN_FLOAT32, SN_SHAPE(1, 3, 32, 32)), levels));
  assert_error("weights have been released");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_scope, close_scope)

int main(void) {
  static const struct CMUnitTest tests[] = {
      TEST(test_names),
      TEST(test_levels_have_names),
      TEST(test_input_and_usual_levels),
      TEST(test_levels_as_texts),
      TEST(test_refused_texts),
      TEST(test_refused_levels),
      TEST(test_each_level_alone),
      TEST(test_refused_images),
      TEST(test_refused_weights),
      TEST(test_released_weights),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
