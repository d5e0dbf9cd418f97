/* SimpleNet's settings as texts, and trained models as files. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "models/simplenet/scoring.h"
#include "nn/optimizer.h"
#include "tensor/safetensors.h"
#include "tests/support/formula.h"
#include "tests/support/image_files.h"

static void expect_error(const char *const *parts) {
  assert_false(sn_ok());
  for (; *parts; parts++)
    if (!strstr(sn_error(), *parts)) fail_msg("'%s' does not say '%s'", sn_error(), *parts);
  sn_clear_error();
}

#define EXPECT_ERROR(...) expect_error((const char *const[]){__VA_ARGS__, NULL})

/* ---- settings ---- */

typedef struct Preset {
  const char *setting, *paper, *official;
} Preset;

/* Issue and paper.md; NULL: as in paper. */
static const Preset presets[] = {
    {"levels", "2,3", NULL},
    {"grid-level", "0", NULL},
    {"features", "paper", "official"},
    {"dimension", "1536", NULL},
    {"patch", "3", NULL},
    {"orientation", "stored", NULL},
    {"resize", "256", "329"},
    {"crop", "224", "288"},
    {"fit", "crop", NULL},
    {"adaptor-depth", "1", NULL},
    {"adaptor-bias", "no", "yes"},
    {"adaptor-optimizer", "adam", "adamw"},
    {"adaptor-rate", "0.0001", NULL},
    {"adaptor-decay", "1e-05", "0.01"},
    {"discriminator-depth", "2", NULL},
    {"hidden", "1024", NULL},
    {"discriminator-rate", "0.0002", NULL},
    {"discriminator-decay", "1e-05", NULL},
    {"cosine", "no", NULL},
    {"loss", "truncated-l1", NULL},
    {"margin", "0.5", NULL},
    {"sigma", "0.015", NULL},
    {"noise-mix", "1", NULL},
    {"batch", "4", "8"},
    {"epochs", "160", NULL},
    {"seed", "0", NULL},
    {"smoothing", "4", NULL},
    {"image-score", "patch", NULL},
    {"mask-threshold", "0.5", NULL},
    {"white-level", "65535", NULL},
};

static void test_presets(void **state) {
  (void)state;
  enum { COUNT = sizeof presets / sizeof *presets };
  SnSimpleNetSettings paper, official;
  assert_true(sn_settings_preset("paper", &paper) && sn_settings_preset("official", &official));
  assert_string_equal(paper.backbone, "wide_resnet50_2");
  assert_string_equal(official.backbone, "wide_resnet50_2");
  assert_int_equal(sn_setting_count, COUNT);
  for (int i = 0; i < COUNT; i++) {
    const SnSetting *setting = sn_setting_find(presets[i].setting);
    if (!setting) fail_msg("there is no setting %s", presets[i].setting);
    char text[SN_SETTING_TEXT];
    sn_setting_print(setting, &paper, text);
    assert_string_equal(text, presets[i].paper);
    sn_setting_print(setting, &official, text);
    assert_string_equal(text, presets[i].official ? presets[i].official : presets[i].paper);
  }
  assert_true(sn_settings_check(&paper) && sn_settings_check(&official));
  assert_int_equal(sn_settings_grid_level(&paper), 2);
  assert_int_equal(sn_settings_levels(&paper).count, 2);
  assert_false(sn_settings_preset("newspaper", &paper));
  EXPECT_ERROR("preset", "paper or official", "newspaper");
  assert_null(sn_setting_find("level"));
  assert_true(sn_ok());
}

/* Sets a field by `text`, prints it, and sets it again from what was printed. */
static void expect_round_trip(const SnSetting *setting, const char *text) {
  SnSimpleNetSettings first = {0}, second = {0};
  char printed[SN_SETTING_TEXT];
  if (!sn_setting_parse(setting, text, &first)) fail_msg("%s: %s", text, sn_error());
  sn_setting_print(setting, &first, printed);
  if (!sn_setting_parse(setting, printed, &second)) fail_msg("%s: %s", printed, sn_error());
  assert_memory_equal((char *)&first + setting->offset, (char *)&second + setting->offset, 8);
  if (setting->kind != SN_SETTING_REAL) assert_string_equal(printed, text);
}

static void round_trip_numbers(const SnSetting *setting) {
  static const double shares[] = {0, 1.0 / 3, 0.1, 1e-9, 1e-300, 0.7, 1};
  for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
    char text[64];
    double value = setting->minimum + shares[i] * (setting->maximum - setting->minimum);
    bool integer = setting->kind == SN_SETTING_INTEGER;
    snprintf(text, sizeof text, integer ? "%.0f" : "%.17g", integer ? floor(value) : value);
    expect_round_trip(setting, text);
  }
}

static void round_trip_choices(const SnSetting *setting) {
  char choices[128];
  snprintf(choices, sizeof choices, "%s", setting->choices);
  for (char *choice = strtok(choices, "|"); choice; choice = strtok(NULL, "|")) expect_round_trip(setting, choice);
}

static void round_trip_levels(const SnSetting *setting) {
  for (int bits = 1; bits < 16; bits++) {
    char text[16] = "";
    for (int level = 1; level <= 4; level++)
      if (bits >> (level - 1) & 1) snprintf(text + strlen(text), 4, "%s%d", *text ? "," : "", level);
    expect_round_trip(setting, text);
    SnSimpleNetSettings settings = {.levels = bits};
    assert_int_equal(text[0] - '0', sn_settings_grid_level(&settings));
    SnLevels levels = sn_settings_levels(&settings);
    assert_int_equal(text[strlen(text) - 1] - '0', levels.numbers[levels.count - 1]);
  }
}

static void test_round_trips(void **state) {
  (void)state;
  for (int i = 0; i < sn_setting_count; i++) {
    const SnSetting *setting = &sn_settings[i];
    assert_ptr_equal(sn_setting_find(setting->name), setting);
    assert_true(setting->help && *setting->help);
    if (setting->kind == SN_SETTING_CHOICE)
      round_trip_choices(setting);
    else if (setting->kind == SN_SETTING_LEVELS)
      round_trip_levels(setting);
    else
      round_trip_numbers(setting);
  }
}

static void expect_refused_text(const SnSetting *setting, const char *text) {
  SnSimpleNetSettings settings = {0}, untouched = {0};
  if (sn_setting_parse(setting, text, &settings)) fail_msg("--%s takes '%s'", setting->name, text);
  EXPECT_ERROR("--", setting->name, "expected");
  assert_memory_equal(&settings, &untouched, sizeof settings);
}

static void test_refused_texts(void **state) {
  (void)state;
  static const char *const never[] = {"", "x", " 1", "1 ", "nan", "inf", "1e999", "-1", "99999999999999999999", "2,,3"};
  static const char *const levels[] = {"0", "5", "3,2", "2,2", "2,", ",2", "2;3", "12", "2,3,", "2 3"};
  static const char *const choices[] = {"Paper", "pape", "papers", "paper|official", "|", "0"};
  for (int i = 0; i < sn_setting_count; i++) {
    const SnSetting *setting = &sn_settings[i];
    for (size_t n = 0; n < sizeof never / sizeof *never; n++) expect_refused_text(setting, never[n]);
    if (setting->kind == SN_SETTING_INTEGER) expect_refused_text(setting, "3.5");
    if (setting->kind != SN_SETTING_INTEGER && setting->kind != SN_SETTING_REAL) continue;
    char text[64];
    snprintf(text, sizeof text, "%.0f", setting->maximum + 1);
    expect_refused_text(setting, text);
    snprintf(text, sizeof text, "%.0f", setting->minimum - 1);
    expect_refused_text(setting, text);
  }
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) expect_refused_text(sn_setting_find("levels"), levels[i]);
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
    expect_refused_text(sn_setting_find("features"), choices[i]);
}

static void test_refused_combinations(void **state) {
  (void)state;
  SnSimpleNetSettings settings;
  sn_settings_preset("paper", &settings);
  settings.patch = 4;
  assert_false(sn_settings_check(&settings));
  EXPECT_ERROR("--patch", "odd", "4");
  settings.patch = 5;
  settings.grid_level = 1;
  assert_false(sn_settings_check(&settings));
  EXPECT_ERROR("--grid-level", "(2,3)", "found 1");
  settings.grid_level = 3;
  assert_true(sn_settings_check(&settings));
  settings.crop = 257;
  assert_false(sn_settings_check(&settings));
  EXPECT_ERROR("--crop", "256", "257");
  settings.fit = SN_FIT_SQUASH;
  assert_true(sn_settings_check(&settings));
  settings.margin = 0;
  assert_false(sn_settings_check(&settings));
  EXPECT_ERROR("--margin");
  settings.loss = SN_LOSS_CROSS_ENTROPY;
  assert_true(sn_settings_check(&settings));
}

/* ---- model files ---- */

typedef struct Fixture {
  char *folder, weights[512], model[512];
  SnScope *scope;
} Fixture;

/* A backbone's weights by formula, all times `factor`. */
static void write_weights(const char *path, double factor) {
  SnScope *scope = sn_scope_open();
  SnGenerator generator = {.dtype = SN_FLOAT32};
  SnBackbone *backbone = sn_backbone_new("resnet18", &(SnLevels){1, {2}}, &generator);
  formula_fill(&backbone->module);
  SnStateDict *dict = sn_state_dict_new();
  sn_module_state(&backbone->module, "", dict);
  *(float *)dict->tensors[0].tensor->array.data *= (float)factor;
  if (!sn_safetensors_write(path, dict)) fail_msg("%s", sn_error());
  sn_scope_close(scope);
}

static SnSimpleNetSettings small_settings(void) {
  SnSimpleNetSettings settings;
  sn_settings_preset("official", &settings);
  snprintf(settings.backbone, sizeof settings.backbone, "resnet18");
  settings.levels = 1 << 0 | 1 << 1;
  settings.resize = 41;
  settings.crop = 40;
  settings.dimension = 24;
  settings.hidden = 16;
  settings.sigma = 1.0 / 3;
  settings.seed = 12345;
  return settings;
}

static int make_model(void **state) {
  sn_clear_error();
  Fixture *fixture = calloc(1, sizeof *fixture);
  if (!fixture) return -1;
  fixture->folder = make_folder();
  fixture->scope = sn_scope_open();
  snprintf(fixture->weights, sizeof fixture->weights, "%s/weights.safetensors", fixture->folder);
  snprintf(fixture->model, sizeof fixture->model, "%s/model.safetensors", fixture->folder);
  write_weights(fixture->weights, 1);
  SnSimpleNetSettings settings = small_settings();
  SnSimpleNet *model = sn_simplenet_new(&settings, fixture->weights);
  if (!model) fail_msg("%s", sn_error());
  formula_fill(&model->head);
  SnStateDict *notes = sn_state_dict_new();
  sn_state_dict_add_text(notes, "category", "bottle");
  if (!sn_simplenet_save(model, fixture->model, notes)) fail_msg("%s", sn_error());
  *state = fixture;
  return 0;
}

static int remove_model(void **state) {
  Fixture *fixture = *state;
  sn_clear_error();
  sn_scope_close(fixture->scope);
  remove_folder(fixture->folder);
  free(fixture);
  return 0;
}

static void expect_same_state(const SnModule *a, const SnModule *b) {
  SnStateDict *x = sn_state_dict_new(), *y = sn_state_dict_new();
  assert_true(sn_module_state(a, "", x) && sn_module_state(b, "", y));
  assert_int_equal(x->tensor_count, y->tensor_count);
  for (int64_t i = 0; i < x->tensor_count; i++) {
    const SnTensor *s = x->tensors[i].tensor, *t = y->tensors[i].tensor;
    assert_string_equal(x->tensors[i].name, y->tensors[i].name);
    assert_true(sn_same_shape(s, t));
    assert_memory_equal(s->array.data, t->array.data, (size_t)sn_count(s) * sizeof(float));
  }
}

static void test_save_and_load(void **state) {
  const Fixture *fixture = *state;
  SnSimpleNetSettings settings = small_settings();
  SnSimpleNet *saved = sn_simplenet_new(&settings, fixture->weights);
  formula_fill(&saved->head);
  SnSimpleNet *loaded = sn_simplenet_load(fixture->model, fixture->weights);
  if (!loaded) fail_msg("%s", sn_error());
  expect_same_state(&saved->head, &loaded->head);
  expect_same_state(&saved->backbone->module, &loaded->backbone->module);
  assert_string_equal(saved->backbone_sha256, loaded->backbone_sha256);
  assert_string_equal(saved->settings.backbone, loaded->settings.backbone);
  assert_int_equal(saved->channels, loaded->channels);
  assert_int_equal(saved->grid, loaded->grid);
  for (int i = 0; i < sn_setting_count; i++) {
    size_t offset = sn_settings[i].offset;
    assert_memory_equal((char *)&saved->settings + offset, (char *)&loaded->settings + offset, 8);
  }
  SnTensor *features = formula_tensor("features", 1, 0, SN_FLOAT32, SN_SHAPE(2, 100, 24));
  SnTensor *a = sn_patch_scores(saved, features), *b = sn_patch_scores(loaded, features);
  if (!sn_ok()) fail_msg("%s", sn_error());
  assert_memory_equal(a->array.data, b->array.data, 200 * sizeof(float));
}

/* The same seed gives the same head, with a backbone or without. */
static void test_head_is_determined_by_the_seed(void **state) {
  const Fixture *fixture = *state;
  SnSimpleNetSettings settings = small_settings();
  SnSimpleNet *whole = sn_simplenet_new(&settings, fixture->weights);
  SnSimpleNet *alone = sn_simplenet_new_head(&settings, 24, SN_FLOAT32);
  if (!alone) fail_msg("%s", sn_error());
  expect_same_state(&whole->head, &alone->head);
  settings.seed++;
  SnSimpleNet *other = sn_simplenet_new_head(&settings, 24, SN_FLOAT32);
  const size_t size = 24 * 24 * sizeof(float);
  assert_memory_not_equal(other->adaptor->linear[0]->weight->array.data, alone->adaptor->linear[0]->weight->array.data,
                          size);
}

static void test_file_contents(void **state) {
  const Fixture *fixture = *state;
  SnStateDict *dict = sn_safetensors_read(fixture->model);
  assert_non_null(dict);
  static const char *const names[] = {
      "pre_projection.layers.0fc.weight",
      "pre_projection.layers.0fc.bias",
      "discriminator.body.block1.0.weight",
      "discriminator.body.block1.0.bias",
      "discriminator.body.block1.1.weight",
      "discriminator.body.block1.1.bias",
      "discriminator.body.block1.1.running_mean",
      "discriminator.body.block1.1.running_var",
      "discriminator.tail.weight",
  };
  assert_int_equal(dict->tensor_count, sizeof names / sizeof *names);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_string_equal(dict->tensors[i].name, names[i]);
  assert_string_equal(sn_state_dict_text(dict, "backbone"), "resnet18");
  assert_string_equal(sn_state_dict_text(dict, "category"), "bottle");
  assert_string_equal(sn_state_dict_text(dict, "levels"), "1,2");
  assert_string_equal(sn_state_dict_text(dict, "sigma"), "0.3333333333333333");
  char again[600];
  snprintf(again, sizeof again, "%s.again", fixture->model);
  SnSimpleNet *loaded = sn_simplenet_load(fixture->model, fixture->weights);
  SnStateDict *notes = sn_state_dict_new();
  sn_state_dict_add_text(notes, "category", "bottle");
  assert_true(sn_simplenet_save(loaded, again, notes));
  SnBytes first, second;
  assert_true(sn_file_read(fixture->model, 1 << 20, &first) && sn_file_read(again, 1 << 20, &second));
  assert_int_equal(first.size, second.size);
  assert_memory_equal(first.data, second.data, first.size);
  sn_bytes_free(&first);
  sn_bytes_free(&second);
}

static void write_other_network(const char *path) {
  SnStateDict *dict = sn_state_dict_new();
  sn_state_dict_add(dict, "features.0.weight", formula_tensor("features", 1, 0, SN_FLOAT32, SN_SHAPE(8, 3, 3, 3)));
  if (!sn_safetensors_write(path, dict)) fail_msg("%s", sn_error());
}

static void test_other_weights(void **state) {
  const Fixture *fixture = *state;
  char other[600], own[SN_SHA256_HEX], found[SN_SHA256_HEX];
  snprintf(other, sizeof other, "%s/other.safetensors", fixture->folder);
  write_weights(other, 1.001);
  assert_true(sn_sha256_file(fixture->weights, own) && sn_sha256_file(other, found));
  assert_null(sn_simplenet_load(fixture->model, other));
  EXPECT_ERROR(fixture->model, other, own, found);
  write_other_network(other); /* told by its hash as well, not by the names of its tensors */
  assert_true(sn_sha256_file(other, found));
  assert_null(sn_simplenet_load(fixture->model, other));
  EXPECT_ERROR(fixture->model, "resnet18", other, own, found);
  snprintf(other, sizeof other, "%s/absent.safetensors", fixture->folder);
  assert_null(sn_simplenet_load(fixture->model, other));
  EXPECT_ERROR(other);
}

static void test_truncated_file(void **state) {
  const Fixture *fixture = *state;
  SnBytes bytes;
  assert_true(sn_file_read(fixture->model, 1 << 20, &bytes));
  size_t sizes[] = {0, 7, 8, 9, 300, bytes.size / 2, bytes.size - 1};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const char *path = write_bytes(fixture->folder, "short.safetensors", bytes.data, sizes[i]);
    assert_null(sn_simplenet_load(path, fixture->weights));
    EXPECT_ERROR("short.safetensors");
  }
  sn_bytes_free(&bytes);
}

/* The saved file with one text changed or, for a NULL value, left out; and one tensor replaced or left out. */
static const char *changed_file(const Fixture *fixture, const char *text, const char *value, const char *tensor,
                                SnTensor *replacement) {
  static char path[600];
  snprintf(path, sizeof path, "%s/changed.safetensors", fixture->folder);
  SnStateDict *dict = sn_safetensors_read(fixture->model), *changed = sn_state_dict_new();
  for (int64_t i = 0; i < dict->text_count; i++) {
    bool other = text && strcmp(dict->texts[i].name, text) == 0;
    if (!other || value) sn_state_dict_add_text(changed, dict->texts[i].name, other ? value : dict->texts[i].text);
  }
  for (int64_t i = 0; i < dict->tensor_count; i++) {
    bool other = tensor && strcmp(dict->tensors[i].name, tensor) == 0;
    if (!other || replacement)
      sn_state_dict_add(changed, dict->tensors[i].name, other ? replacement : dict->tensors[i].tensor);
  }
  if (!sn_safetensors_write(path, changed)) fail_msg("%s", sn_error());
  return path;
}

/* The saved file with one text added. */
static const char *file_with(const Fixture *fixture, const char *name, const char *text) {
  const char *path = changed_file(fixture, NULL, NULL, NULL, NULL);
  SnStateDict *dict = sn_safetensors_read(path);
  sn_state_dict_add_text(dict, name, text);
  if (!sn_safetensors_write(path, dict)) fail_msg("%s", sn_error());
  return path;
}

static void test_files_that_are_no_models(void **state) {
  const Fixture *fixture = *state;
  assert_null(sn_simplenet_load(fixture->weights, fixture->weights));
  EXPECT_ERROR(fixture->weights, "is not a model");
  assert_null(sn_simplenet_load(changed_file(fixture, "format", NULL, NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "is not a model");
  assert_null(sn_simplenet_load(changed_file(fixture, "format", "other", NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "is not a model");
  assert_null(sn_simplenet_load(changed_file(fixture, "backbone_sha256", NULL, NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "SHA-256");
  for (int i = 0; i < sn_setting_count; i++) {
    const char *name = sn_settings[i].name;
    SnSimpleNet *without = sn_simplenet_load(changed_file(fixture, name, NULL, NULL, NULL), fixture->weights);
    if (sn_setting_when_absent(&sn_settings[i])) /* a file of an earlier version */
      assert_int_equal(without->settings.white_level, 65535);
    else
      EXPECT_ERROR("changed.safetensors", name, "missing");
    assert_null(sn_simplenet_load(changed_file(fixture, name, "-1", NULL, NULL), fixture->weights));
    EXPECT_ERROR("changed.safetensors", name, "expected");
  }
  assert_null(sn_simplenet_load(changed_file(fixture, "patch", "4", NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "patch", "odd");
  assert_null(sn_simplenet_load(changed_file(fixture, "backbone", "resnet9", NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "resnet9");
}

static void test_tensors_that_do_not_fit(void **state) {
  const Fixture *fixture = *state;
  SnTensor *tail = formula_tensor("tail", 1, 0, SN_FLOAT32, SN_SHAPE(1, 16));
  ((float *)tail->array.data)[3] = NAN;
  assert_null(
      sn_simplenet_load(changed_file(fixture, NULL, NULL, "discriminator.tail.weight", tail), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "discriminator.tail.weight", "NaN");
  assert_null(
      sn_simplenet_load(changed_file(fixture, NULL, NULL, "discriminator.tail.weight", NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "missing discriminator.tail.weight");
  assert_null(sn_simplenet_load(changed_file(fixture, "hidden", "17", NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "discriminator.body.block1.0.weight", "[17, 24]", "[16, 24]");
  assert_null(sn_simplenet_load(changed_file(fixture, "adaptor-bias", "no", NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "left over pre_projection.layers.0fc.bias");
}

static void test_numbers_that_cannot_be_worked_with(void **state) {
  const Fixture *fixture = *state;
  static const char *const variance = "discriminator.body.block1.1.running_var";
  SnTensor *negative = formula_tensor("variance", 1, 2, SN_FLOAT32, SN_SHAPE(16));
  ((float *)negative->array.data)[5] = -1e-6f;
  assert_null(sn_simplenet_load(changed_file(fixture, NULL, NULL, variance, negative), fixture->weights));
  EXPECT_ERROR("changed.safetensors", variance, "negative");
  SnTensor *large = formula_tensor("tail", 1, 0, SN_FLOAT64, SN_SHAPE(1, 16)); /* no float */
  ((double *)large->array.data)[3] = 1e300;
  assert_null(
      sn_simplenet_load(changed_file(fixture, NULL, NULL, "discriminator.tail.weight", large), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "discriminator.tail.weight", "too large");
  static const char *const names[] = {"test_image_f1_threshold", "test_pixel_f1_threshold", "test_map_low",
                                      "test_map_high"};
  static const char *const texts[] = {"", "-5 ; junk", "nan", "inf", "1e999", "0,5", "0.5 ", "junk"};
  for (size_t n = 0; n < sizeof names / sizeof *names; n++)
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
      assert_null(sn_simplenet_load(file_with(fixture, names[n], texts[t]), fixture->weights));
      EXPECT_ERROR("changed.safetensors", names[n], "expected a finite number");
    }
}

static void test_thresholds_come_back_exactly(void **state) {
  const Fixture *fixture = *state;
  SnSimpleNet *model = sn_simplenet_load(fixture->model, fixture->weights);
  assert_true(isnan(model->notes.image_threshold) && isnan(model->notes.low));
  for (int i = 0; i < 100; i++) {
    SnNotes notes = {-sqrt(2 + i), exp(0.5 * i), (double)sqrtf((float)i), 1.0 / (3 + i)};
    SnStateDict *texts = sn_state_dict_new();
    assert_true(sn_add_notes(texts, &notes) && sn_simplenet_save(model, fixture->model, texts));
    SnStateDict *dict = sn_safetensors_read(fixture->model);
    SnNotes found;
    assert_true(sn_read_notes(dict, fixture->model, &found));
    assert_memory_equal(&found, &notes, sizeof notes);
  }
  SnSimpleNet *again = sn_simplenet_load(fixture->model, fixture->weights);
  assert_true(again && again->notes.image_threshold == (double)sqrtf(99));
}

static void test_unfit_heads_are_not_saved(void **state) {
  const Fixture *fixture = *state;
  char path[600];
  snprintf(path, sizeof path, "%s.unfit", fixture->model);
  SnSimpleNet *model = sn_simplenet_load(fixture->model, fixture->weights);
  sn_float_data(model->adaptor->linear[0]->weight)[7] = INFINITY;
  assert_false(sn_simplenet_save(model, path, NULL));
  EXPECT_ERROR(path, "pre_projection.layers.0fc.weight", "NaN or infinite");
  assert_false(sn_is_file(path));
}

#define WITH_MODEL(test) cmocka_unit_test_setup_teardown(test, make_model, remove_model)

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_presets),
      cmocka_unit_test(test_round_trips),
      cmocka_unit_test(test_refused_texts),
      cmocka_unit_test(test_refused_combinations),
      WITH_MODEL(test_save_and_load),
      WITH_MODEL(test_head_is_determined_by_the_seed),
      WITH_MODEL(test_file_contents),
      WITH_MODEL(test_other_weights),
      WITH_MODEL(test_truncated_file),
      WITH_MODEL(test_files_that_are_no_models),
      WITH_MODEL(test_tensors_that_do_not_fit),
      WITH_MODEL(test_numbers_that_cannot_be_worked_with),
      WITH_MODEL(test_thresholds_come_back_exactly),
      WITH_MODEL(test_unfit_heads_are_not_saved),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
