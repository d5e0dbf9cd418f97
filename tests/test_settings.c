/* The settings of every method: a table whose names are unique, whose presets come back from their texts, and which
 * refuses what is wrong. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "anomaly/method.h"
#include "anomaly/settings_table.h"
#include "models/simplenet/simplenet.h"
#include "tests/support/models.h"
#include "tests/support/state_dicts.h"

/* ---- the table ---- */

static void test_names(void **state) {
  (void)state;
  const SnSetting *setting, *other;
  for (int m = 0; sn_methods[m]; m++) {
    const SnMethod *method = sn_methods[m];
    assert_ptr_equal(sn_method_find(method->name), method);
    for (int i = 0; i < m; i++) assert_string_not_equal(sn_methods[i]->name, method->name);
    assert_true(*method->title && *method->paper && *method->presets);
    for (int i = 0; (setting = sn_setting_at(method, i)); i++) {
      assert_ptr_equal(sn_setting_find(method, setting->name), setting);
      assert_true(setting->help && *setting->help);
      assert_true(strlen(setting->name) < 32 &&
                  strspn(setting->name, "abcdefghijklmnopqrstuvwxyz-") == strlen(setting->name));
      for (int j = 0; j < i && (other = sn_setting_at(method, j)); j++)
        if (strcmp(other->name, setting->name) == 0) fail_msg("%s: two settings %s", method->name, setting->name);
    }
  }
  assert_null(sn_method_find("simplernet"));
  assert_error("--method");
}

/* Also those of groups that the method has not: one option has one meaning for all methods. */
static void test_own_names_are_not_shared(void **state) {
  (void)state;
  for (int m = 0; sn_methods[m]; m++)
    for (int i = 0; i < sn_methods[m]->setting_count; i++) {
      const SnSetting *own = &sn_methods[m]->settings[i];
      assert_int_equal(own->group, SN_GROUP_METHOD);
      assert_in_range(own->offset, offsetof(SnSettings, own), sizeof(SnSettings) - sizeof(int64_t));
      for (int s = 0; s < sn_shared_setting_count; s++) assert_string_not_equal(own->name, sn_shared_settings[s].name);
    }
}

static void test_groups(void **state) {
  (void)state;
  const SnSetting *setting;
  for (int m = 0; sn_methods[m]; m++) {
    int rows = 0, expected = sn_methods[m]->setting_count;
    for (int s = 0; s < sn_shared_setting_count; s++)
      if (sn_methods[m]->groups & (unsigned)sn_shared_settings[s].group) expected++;
    for (; (setting = sn_setting_at(sn_methods[m], rows)); rows++)
      assert_true(setting->group == SN_GROUP_METHOD || (sn_methods[m]->groups & (unsigned)setting->group));
    assert_int_equal(rows, expected);
  }
}

/* ---- presets ---- */

static void expect_same_fields(const SnSettings *a, const SnSettings *b) {
  const SnSetting *setting;
  for (int i = 0; (setting = sn_setting_at(a->method, i)); i++) {
    size_t size = setting->kind == SN_SETTING_BACKBONE ? SN_BACKBONE_NAME
                  : setting->kind == SN_SETTING_LEVELS ? sizeof(SnLevels)
                  : setting->kind == SN_SETTING_SIZE   ? sizeof(SnSize)
                  : setting->kind == SN_SETTING_RESIZE ? sizeof(SnSize)
                                                       : sizeof(int64_t);
    if (memcmp((const char *)a + setting->offset, (const char *)b + setting->offset, size) != 0)
      fail_msg("%s: %s does not come back", a->method->name, setting->name);
  }
}

/* Every row printed and parsed again, over the settings of another preset. */
static void test_presets_come_back(void **state) {
  (void)state;
  const SnSetting *setting;
  char text[SN_SETTING_TEXT];
  for (int m = 0; sn_methods[m]; m++) {
    SnSettings first = test_settings(sn_methods[m], NULL),
               named = test_settings(sn_methods[m], *sn_methods[m]->presets);
    assert_memory_equal(&first, &named, sizeof first);
    for (int p = 0; sn_methods[m]->presets[p]; p++) {
      SnSettings preset = test_settings(sn_methods[m], sn_methods[m]->presets[p]), again = first;
      assert_true(sn_settings_check(&preset));
      for (int i = 0; (setting = sn_setting_at(sn_methods[m], i)); i++) {
        sn_setting_print(setting, &preset, text);
        test_set(&again, setting->name, text);
      }
      expect_same_fields(&again, &preset);
      assert_true(sn_settings_agree(&again, &preset, ~0u));
    }
    assert_false(sn_settings_preset(sn_methods[m], "newspaper", &first));
    assert_error("newspaper");
  }
}

/* What `simplenet demo` changes is right and stays within the method's settings. */
static void test_demo_settings(void **state) {
  (void)state;
  for (int m = 0; sn_methods[m]; m++) {
    SnSettings settings = test_settings(sn_methods[m], NULL);
    const char *const *demo = sn_methods[m]->demo;
    for (int i = 0; demo && demo[i]; i += 2) test_set(&settings, demo[i], demo[i + 1]);
    assert_true(sn_settings_check(&settings));
  }
}

/* Levels stay where both networks' usual ones are alike; else the new one's usual levels are taken, and no grid level.
 */
static void test_backbones_bring_their_levels(void **state) {
  (void)state;
  SnLevels of_resnets = sn_backbone_usual_levels("resnet18"), chosen = {3, {1, 2, 3}};
  for (int i = 0; sn_backbone_name(i); i++) {
    const char *name = sn_backbone_name(i);
    SnLevels usual = sn_backbone_usual_levels(name);
    bool alike = sn_levels_equal(&usual, &of_resnets);
    SnSettings settings = test_settings(sn_methods[0], NULL);
    test_set(&settings, "backbone", "resnet18");
    test_set(&settings, "levels", "1,2,3");
    test_set(&settings, "grid-level", "2");
    test_set(&settings, "backbone", name);
    assert_true(sn_levels_equal(&settings.features.levels, alike ? &chosen : &usual));
    assert_int_equal(settings.features.grid_level, alike ? 2 : 0);
    if (!sn_settings_check(&settings)) fail_msg("%s", sn_error());
  }
}

/* A text other than that of the settings; NULL where there is none. */
static const char *another(const SnSetting *setting, const SnSettings *settings) {
  static char text[SN_SETTING_TEXT];
  char now[SN_SETTING_TEXT];
  sn_setting_print(setting, settings, now);
  const char *candidates[] = {"0", "1", "2", "32", "0.25", "embedded", "resnet18", "1,2", text};
  if (setting->choices) { /* the last of them, or else the first */
    const char *last = strrchr(setting->choices, '|');
    snprintf(text, sizeof text, "%s", last ? last + 1 : setting->choices);
    if (strcmp(text, now) == 0)
      snprintf(text, sizeof text, "%.*s", (int)strcspn(setting->choices, "|"), setting->choices);
  }
  for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
    SnSettings trial = *settings;
    if (strcmp(candidates[i], now) != 0 && sn_setting_parse(setting, candidates[i], &trial)) return candidates[i];
    sn_clear_error();
  }
  return NULL;
}

/* One changed row makes settings differ in its group and in no other. */
static void test_agreement(void **state) {
  (void)state;
  const SnSetting *setting;
  for (int m = 0; sn_methods[m]; m++) {
    SnSettings settings = test_settings(sn_methods[m], NULL);
    for (int i = 0; (setting = sn_setting_at(sn_methods[m], i)); i++) {
      SnSettings changed = settings;
      const char *text = another(setting, &settings);
      if (!text) fail_msg("%s: %s takes no other value", sn_methods[m]->name, setting->name);
      test_set(&changed, setting->name, text);
      assert_true(sn_settings_agree(&settings, &settings, ~0u));
      assert_false(sn_settings_agree(&settings, &changed, ~0u));
      assert_false(sn_settings_agree(&settings, &changed, (unsigned)setting->group));
      assert_true(sn_settings_agree(&settings, &changed, ~(unsigned)setting->group));
    }
    if (m == 0) continue;
    SnSettings other = test_settings(sn_methods[0], NULL);
    assert_false(sn_settings_agree(&settings, &other, SN_GROUP_VIEW));
  }
}

/* Their values in files that do not name them are values that the rows take. */
static void test_when_absent(void **state) {
  (void)state;
  const SnSetting *setting;
  char text[SN_SETTING_TEXT];
  for (int m = 0; sn_methods[m]; m++)
    for (int i = 0; (setting = sn_setting_at(sn_methods[m], i)); i++) {
      SnSettings settings = test_settings(sn_methods[m], NULL);
      if (!setting->when_absent) continue;
      test_set(&settings, setting->name, setting->when_absent);
      sn_setting_print(setting, &settings, text);
      assert_string_equal(text, setting->when_absent);
    }
  assert_string_equal(sn_setting_find(&sn_simplenet, "white-level")->when_absent, "65535");
  assert_string_equal(sn_setting_find(&sn_simplenet, "upsampling")->when_absent, "bilinear");
  assert_null(sn_setting_find(&sn_simplenet, "crop")->when_absent);
}

/* ---- texts ---- */

/* Of a method, with a backbone of four levels where it has one. */
static SnSettings base_settings(const SnMethod *method) {
  SnSettings settings = test_settings(method, NULL);
  if (method->groups & SN_GROUP_FEATURES) test_set(&settings, "backbone", "resnet18");
  return settings;
}

/* Sets a field by `text`, prints it, and sets it again from what was printed. */
static void expect_round_trip(const SnMethod *method, const SnSetting *setting, const char *text) {
  SnSettings first = base_settings(method), second = first;
  char printed[SN_SETTING_TEXT];
  if (!sn_setting_parse(setting, text, &first)) fail_msg("%s: %s", text, sn_error());
  sn_setting_print(setting, &first, printed);
  if (!sn_setting_parse(setting, printed, &second)) fail_msg("%s: %s", printed, sn_error());
  expect_same_fields(&first, &second);
  if (setting->kind != SN_SETTING_REAL) assert_string_equal(printed, text);
}

static void round_trip_numbers(const SnMethod *method, const SnSetting *setting) {
  static const double shares[] = {0, 1.0 / 3, 0.1, 1e-9, 1e-300, 0.7, 1};
  for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
    char text[64];
    double value = setting->minimum + shares[i] * (setting->maximum - setting->minimum);
    bool integer = setting->kind != SN_SETTING_REAL;
    snprintf(text, sizeof text, integer ? "%.0f" : "%.17g", integer ? floor(value) : value);
    expect_round_trip(method, setting, text);
  }
}

static void round_trip_choices(const SnMethod *method, const SnSetting *setting) {
  char choices[128];
  snprintf(choices, sizeof choices, "%s", setting->choices);
  for (char *choice = strtok(choices, "|"); choice; choice = strtok(NULL, "|"))
    expect_round_trip(method, setting, choice);
}

static void round_trip_levels(const SnMethod *method, const SnSetting *setting) {
  for (int bits = 1; bits < 16; bits++) {
    char text[16] = "";
    for (int level = 1; level <= 4; level++)
      if (bits >> (level - 1) & 1) snprintf(text + strlen(text), 4, "%s%d", *text ? "," : "", level);
    expect_round_trip(method, setting, text);
    SnSettings settings = base_settings(method);
    test_set(&settings, "levels", text);
    const SnLevels *levels = &settings.features.levels;
    assert_int_equal(text[0] - '0', levels->numbers[sn_settings_grid_index(&settings.features)]);
    assert_int_equal(text[strlen(text) - 1] - '0', levels->numbers[levels->count - 1]);
  }
  SnSettings settings = base_settings(method);
  test_set(&settings, "levels", "layer1,layer4");
  assert_true(settings.features.levels.count == 2 && settings.features.levels.numbers[1] == 4);
}

static bool is_size(const SnSetting *setting) {
  return setting->kind == SN_SETTING_SIZE || setting->kind == SN_SETTING_RESIZE;
}

static void round_trip_sizes(const SnMethod *method, const SnSetting *setting) {
  static const char *const sizes[] = {"224x448", "448x224", "32x16384", "224x225", "64"};
  round_trip_numbers(method, setting);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) expect_round_trip(method, setting, sizes[i]);
}

static void round_trip(const SnMethod *method, const SnSetting *setting) {
  switch (setting->kind) {
    case SN_SETTING_CHOICE:
      round_trip_choices(method, setting);
      break;
    case SN_SETTING_LEVELS:
      round_trip_levels(method, setting);
      break;
    case SN_SETTING_LEVEL:
      for (int level = 0; level <= 4; level++) {
        char text[2] = {(char)('0' + level), '\0'};
        expect_round_trip(method, setting, text);
      }
      break;
    case SN_SETTING_BACKBONE:
      for (int i = 0; sn_backbone_name(i); i++) expect_round_trip(method, setting, sn_backbone_name(i));
      break;
    case SN_SETTING_SIZE:
    case SN_SETTING_RESIZE:
      round_trip_sizes(method, setting);
      break;
    default:
      round_trip_numbers(method, setting);
  }
}

static void test_round_trips(void **state) {
  (void)state;
  const SnSetting *setting;
  for (int m = 0; sn_methods[m]; m++)
    for (int i = 0; (setting = sn_setting_at(sn_methods[m], i)); i++) round_trip(sn_methods[m], setting);
}

static void expect_refused_text(const SnMethod *method, const SnSetting *setting, const char *text) {
  SnSettings settings = base_settings(method), untouched = settings;
  if (sn_setting_parse(setting, text, &settings)) fail_msg("--%s takes '%s'", setting->name, text);
  char named[64];
  snprintf(named, sizeof named, "--%s: ", setting->name);
  if (strncmp(sn_error(), named, strlen(named)) != 0) fail_msg("'%s' does not begin with '%s'", sn_error(), named);
  assert_error(setting->kind == SN_SETTING_BACKBONE ? "there is no backbone" : "expected");
  expect_same_fields(&settings, &untouched);
}

static void expect_refused_numbers(const SnMethod *method, const SnSetting *setting) {
  char text[64];
  snprintf(text, sizeof text, "%.0f", setting->maximum + 1);
  expect_refused_text(method, setting, text);
  snprintf(text, sizeof text, "%.0f", setting->minimum - 1);
  expect_refused_text(method, setting, text);
  if (setting->kind != SN_SETTING_REAL) expect_refused_text(method, setting, "3.5");
}

static void expect_refused_sizes(const SnMethod *method, const SnSetting *setting) {
  static const char *const sizes[] = {
      "224x",     "x224",      "224x0",   "0x224", "224x448x1", "224X448",  "224 x448", "224x 448",
      "224x-448", "224x448.0", "224*448", "+224",  "16385x64",  "64x16385", "64xx64",   "99999999999999999999x64",
      "0x40"};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) expect_refused_text(method, setting, sizes[i]);
}

/* A number is a square for a crop, and the short side alone for a resize. */
static void test_sizes(void **state) {
  (void)state;
  SnSettings settings = base_settings(&sn_simplenet);
  char text[SN_SETTING_TEXT];
  test_set(&settings, "crop", "96");
  test_set(&settings, "resize", "128");
  assert_true(sn_same_size(settings.view.crop, sn_square(96)));
  assert_true(sn_same_size(settings.view.resize, (SnSize){128, 0}));
  test_set(&settings, "crop", "96x96");
  test_set(&settings, "resize", "128x128");
  sn_setting_print(sn_setting_find(&sn_simplenet, "crop"), &settings, text);
  assert_string_equal(text, "96");
  sn_setting_print(sn_setting_find(&sn_simplenet, "resize"), &settings, text);
  assert_string_equal(text, "128x128");
}

static void test_refused_texts(void **state) {
  (void)state;
  static const char *const never[] = {"", "x", " 1", "1 ", "nan", "inf", "1e999", "-1", "99999999999999999999", "2,,3"};
  static const char *const levels[] = {"0", "5", "3,2", "2,2", "2,", ",2", "2;3", "12", "2,3,", "2 3", "layer5"};
  static const char *const choices[] = {"Mean", "mea", "means", "mean|adaptive", "|", "0", "paper"};
  const SnSetting *setting;
  for (int m = 0; sn_methods[m]; m++)
    for (int i = 0; (setting = sn_setting_at(sn_methods[m], i)); i++) {
      for (size_t n = 0; n < sizeof never / sizeof *never; n++) expect_refused_text(sn_methods[m], setting, never[n]);
      if (setting->kind == SN_SETTING_INTEGER || setting->kind == SN_SETTING_REAL)
        expect_refused_numbers(sn_methods[m], setting);
      if (is_size(setting)) expect_refused_numbers(sn_methods[m], setting);
      if (is_size(setting)) expect_refused_sizes(sn_methods[m], setting);
    }
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    expect_refused_text(&sn_simplenet, sn_setting_find(&sn_simplenet, "levels"), levels[i]);
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
    expect_refused_text(&sn_simplenet, sn_setting_find(&sn_simplenet, "pooling"), choices[i]);
  expect_refused_text(&sn_simplenet, sn_setting_find(&sn_simplenet, "grid-level"), "2,3");
}

static void test_settings_that_a_method_has_not(void **state) {
  (void)state;
  for (int m = 0; sn_methods[m]; m++) {
    SnSettings settings = test_settings(sn_methods[m], NULL), untouched = settings;
    assert_false(sn_settings_set(&settings, "level", "2"));
    assert_error(sn_methods[m]->name);
    assert_memory_equal(&settings, &untouched, sizeof settings);
    for (int s = 0; s < sn_shared_setting_count; s++)
      assert_int_equal(sn_setting_find(sn_methods[m], sn_shared_settings[s].name) != NULL,
                       (sn_methods[m]->groups & (unsigned)sn_shared_settings[s].group) != 0);
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names),         cmocka_unit_test(test_own_names_are_not_shared),
      cmocka_unit_test(test_groups),        cmocka_unit_test(test_presets_come_back),
      cmocka_unit_test(test_demo_settings), cmocka_unit_test(test_backbones_bring_their_levels),
      cmocka_unit_test(test_agreement),     cmocka_unit_test(test_when_absent),
      cmocka_unit_test(test_round_trips),   cmocka_unit_test(test_refused_texts),
      cmocka_unit_test(test_sizes),         cmocka_unit_test(test_settings_that_a_method_has_not),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
