/* SimpleNet's presets, and trained models as files, those of earlier versions included. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anomaly/scorer.h"
#include "base/file.h"
#include "models/simplenet/simplenet.h"
#include "tensor/safetensors.h"
#include "tests/support/comparison.h"
#include "tests/support/formula.h"
#include "tests/support/image_files.h"
#include "tests/support/models.h"

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
    {"backbone", "wide_resnet50_2", NULL},
    {"levels", "2,3", NULL},
    {"grid-level", "0", NULL},
    {"pooling", "mean", "adaptive"},
    {"upsampling", "bilinear", NULL},
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
    {"batch-from", "images", NULL},
    {"heads", "1", NULL},
    {"batch", "4", "8"},
    {"epochs", "160", NULL},
    {"seed", "0", NULL},
    {"smoothing", "4", NULL},
    {"image-score", "patch", NULL},
    {"mask-threshold", "0.5", NULL},
    {"white-level", "65535", NULL},
    {"feature-scale", "auto", NULL},
};

static void test_presets(void **state) {
  (void)state;
  enum { COUNT = sizeof presets / sizeof *presets };
  SnSettings paper = test_settings(&sn_simplenet, "paper"), official = test_settings(&sn_simplenet, "official");
  assert_non_null(sn_setting_at(&sn_simplenet, COUNT - 1));
  assert_null(sn_setting_at(&sn_simplenet, COUNT));
  for (int i = 0; i < COUNT; i++) {
    const SnSetting *setting = sn_setting_find(&sn_simplenet, presets[i].setting);
    if (!setting) fail_msg("there is no setting %s", presets[i].setting);
    char text[SN_SETTING_TEXT];
    sn_setting_print(setting, &paper, text);
    assert_string_equal(text, presets[i].paper);
    sn_setting_print(setting, &official, text);
    assert_string_equal(text, presets[i].official ? presets[i].official : presets[i].paper);
  }
  assert_true(sn_settings_check(&paper) && sn_settings_check(&official));
  assert_int_equal(paper.features.levels.numbers[sn_settings_grid_index(&paper.features)], 2);
  assert_int_equal(paper.features.levels.count, 2);
  assert_int_equal(paper.features.levels.numbers[1], 3);
  assert_false(sn_settings_preset(&sn_simplenet, "newspaper", &paper));
  EXPECT_ERROR("preset", "paper or official", "newspaper");
  assert_null(sn_setting_find(&sn_simplenet, "level"));
  assert_true(sn_ok());
}

static void test_refused_combinations(void **state) {
  (void)state;
  SnSettings settings = test_settings(&sn_simplenet, "paper");
  test_set(&settings, "patch", "4");
  assert_false(sn_settings_check(&settings));
  EXPECT_ERROR("--patch", "odd", "4");
  test_set(&settings, "patch", "5");
  test_set(&settings, "grid-level", "1");
  assert_false(sn_settings_check(&settings));
  EXPECT_ERROR("--grid-level", "(2,3)", "found 1");
  test_set(&settings, "grid-level", "3");
  assert_true(sn_settings_check(&settings));
  test_set(&settings, "crop", "257");
  assert_false(sn_settings_check(&settings));
  EXPECT_ERROR("--crop", "256", "257");
  test_set(&settings, "fit", "squash");
  assert_true(sn_settings_check(&settings));
  test_set(&settings, "margin", "0");
  assert_false(sn_settings_check(&settings));
  EXPECT_ERROR("--margin");
  test_set(&settings, "loss", "cross-entropy");
  assert_true(sn_settings_check(&settings));
  test_set(&settings, "levels", "2,4");
  test_set(&settings, "grid-level", "0");
  assert_true(sn_settings_check(&settings));
  test_set(&settings, "backbone", "embedded"); /* which ends with layer3 */
  assert_false(sn_settings_check(&settings));
  EXPECT_ERROR("--levels", "1 to 3", "2,4");
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

static SnSettings small_settings(void) {
  static const char *const texts[][2] = {{"backbone", "resnet18"}, {"levels", "1,2"}, {"resize", "41"}, {"crop", "40"},
                                         {"dimension", "24"},      {"hidden", "16"},  {"seed", "12345"}};
  SnSettings settings = test_settings(&sn_simplenet, "official");
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) test_set(&settings, texts[i][0], texts[i][1]);
  SnSimpleNetSettings own = sn_simplenet_settings(&settings);
  own.sigma = 1.0 / 3;
  sn_set_simplenet_settings(&settings, &own);
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
  SnSettings settings = small_settings();
  SnModel *model = sn_model_new(&settings, fixture->weights);
  if (!model) fail_msg("%s", sn_error());
  formula_fill(&model->head);
  if (!sn_model_save(model, fixture->model)) fail_msg("%s", sn_error());
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

static void expect_same_settings(const SnSettings *a, const SnSettings *b) {
  const SnSetting *setting;
  assert_ptr_equal(a->method, b->method);
  for (int i = 0; (setting = sn_setting_at(a->method, i)); i++) {
    size_t size = setting->kind == SN_SETTING_BACKBONE ? SN_BACKBONE_NAME
                  : setting->kind == SN_SETTING_LEVELS ? sizeof(SnLevels)
                  : setting->kind == SN_SETTING_SIZE   ? sizeof(SnSize)
                  : setting->kind == SN_SETTING_RESIZE ? sizeof(SnSize)
                                                       : sizeof(int64_t);
    assert_memory_equal((const char *)a + setting->offset, (const char *)b + setting->offset, size);
  }
}

static void test_save_and_load(void **state) {
  const Fixture *fixture = *state;
  SnSettings settings = small_settings();
  SnModel *saved = sn_model_new(&settings, fixture->weights);
  formula_fill(&saved->head);
  SnModel *loaded = sn_model_load(fixture->model, fixture->weights);
  if (!loaded) fail_msg("%s", sn_error());
  expect_same_state(&saved->head, &loaded->head);
  expect_same_state(&saved->backbone->module, &loaded->backbone->module);
  assert_string_equal(saved->backbone_sha256, loaded->backbone_sha256);
  assert_memory_equal(&saved->features, &loaded->features, sizeof saved->features);
  expect_same_settings(&saved->settings, &loaded->settings);
  SnTensor *features = formula_tensor("features", 1, 0, SN_FLOAT32, SN_SHAPE(2, 10, 10, 24));
  SnTensor *a = test_patches(saved, features), *b = test_patches(loaded, features);
  assert_memory_equal(a->array.data, b->array.data, 200 * sizeof(float));
}

static const SnTensor *first_adaptor_weight(const SnModel *model) {
  const SnSimpleNet *network = model->own;
  return network->adaptor->linear[0]->weight;
}

/* The same seed gives the same head, with a backbone or without. */
static void test_head_is_determined_by_the_seed(void **state) {
  const Fixture *fixture = *state;
  SnSettings settings = small_settings();
  SnModel *whole = sn_model_new(&settings, fixture->weights);
  if (!whole) fail_msg("%s", sn_error());
  SnModel *alone = sn_model_new_head(&settings, whole->features, SN_FLOAT32);
  SnModel *beside = sn_model_new_beside(&settings, whole);
  if (!alone || !beside) fail_msg("%s", sn_error());
  expect_same_state(&whole->head, &alone->head);
  expect_same_state(&whole->head, &beside->head);
  assert_memory_equal(&beside->features, &whole->features, sizeof whole->features);
  settings.training.seed++;
  SnModel *other = sn_model_new_head(&settings, whole->features, SN_FLOAT32);
  const size_t size = 24 * 24 * sizeof(float);
  assert_memory_not_equal(first_adaptor_weight(other)->array.data, first_adaptor_weight(alone)->array.data, size);
}

/* On features of fewer levels than the backbone has. */
static void test_a_model_beside_another(void **state) {
  const Fixture *fixture = *state;
  SnSettings settings = small_settings();
  test_set(&settings, "pooling", "mean");
  SnModel *both = sn_model_new(&settings, fixture->weights);
  if (!both) fail_msg("%s", sn_error());
  assert_true(both->features.height == 10 && both->features.channels == 64 + 128);
  static const int64_t sides[] = {10, 5}, channels[] = {64, 128};
  for (int i = 0; i < 2; i++) {
    test_set(&settings, "levels", i == 0 ? "1" : "2");
    SnModel *one = sn_model_new_beside(&settings, both);
    if (!one) fail_msg("%s", sn_error());
    assert_null(one->backbone);
    assert_string_equal(one->backbone_sha256, both->backbone_sha256);
    assert_true(one->features.height == sides[i] && one->features.width == sides[i]);
    assert_int_equal(one->features.channels, channels[i]);
  }
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
  assert_string_equal(sn_state_dict_text(dict, "method"), "simplenet");
  assert_string_equal(sn_state_dict_text(dict, "pooling"), "adaptive");
  assert_string_equal(sn_state_dict_text(dict, "levels"), "1,2");
  assert_string_equal(sn_state_dict_text(dict, "sigma"), "0.3333333333333333");
  char again[600];
  snprintf(again, sizeof again, "%s.again", fixture->model);
  SnModel *loaded = sn_model_load(fixture->model, fixture->weights);
  assert_true(sn_model_save(loaded, again));
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
  assert_null(sn_model_load(fixture->model, other));
  EXPECT_ERROR(fixture->model, other, own, found);
  write_other_network(other); /* told by its hash as well, not by the names of its tensors */
  assert_true(sn_sha256_file(other, found));
  assert_null(sn_model_load(fixture->model, other));
  EXPECT_ERROR(fixture->model, "resnet18", other, own, found);
  snprintf(other, sizeof other, "%s/absent.safetensors", fixture->folder);
  assert_null(sn_model_load(fixture->model, other));
  EXPECT_ERROR(other);
}

static void test_truncated_file(void **state) {
  const Fixture *fixture = *state;
  SnBytes bytes;
  assert_true(sn_file_read(fixture->model, 1 << 20, &bytes));
  size_t sizes[] = {0, 7, 8, 9, 300, bytes.size / 2, bytes.size - 1};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const char *path = write_bytes(fixture->folder, "short.safetensors", bytes.data, sizes[i]);
    assert_null(sn_model_load(path, fixture->weights));
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
  assert_null(sn_model_load(fixture->weights, fixture->weights));
  EXPECT_ERROR(fixture->weights, "is not a model");
  assert_null(sn_model_load(changed_file(fixture, "format", NULL, NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "is not a model");
  assert_null(sn_model_load(changed_file(fixture, "format", "other", NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "is not a model");
  assert_null(sn_model_load(changed_file(fixture, "backbone_sha256", NULL, NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "SHA-256");
  assert_null(sn_model_load(changed_file(fixture, "method", NULL, NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "is not a model");
  assert_null(sn_model_load(changed_file(fixture, "method", "simplernet", NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "simplernet", "mean_image");
  const SnSetting *setting;
  for (int i = 0; (setting = sn_setting_at(&sn_simplenet, i)); i++) {
    const char *name = setting->name;
    SnModel *without = sn_model_load(changed_file(fixture, name, NULL, NULL, NULL), fixture->weights);
    if (setting->when_absent) { /* a file of an earlier version */
      char text[SN_SETTING_TEXT];
      assert_non_null(without);
      sn_setting_print(setting, &without->settings, text);
      assert_string_equal(text, setting->when_absent);
    } else {
      assert_null(without);
      EXPECT_ERROR("changed.safetensors", name, "missing");
    }
    assert_null(sn_model_load(changed_file(fixture, name, "-1", NULL, NULL), fixture->weights));
    EXPECT_ERROR("changed.safetensors", name, setting->kind == SN_SETTING_BACKBONE ? "there is no" : "expected");
  }
  assert_null(sn_model_load(changed_file(fixture, "patch", "4", NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "patch", "odd");
  assert_null(sn_model_load(changed_file(fixture, "backbone", "resnet9", NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "resnet9");
}

static void test_tensors_that_do_not_fit(void **state) {
  const Fixture *fixture = *state;
  SnTensor *tail = formula_tensor("tail", 1, 0, SN_FLOAT32, SN_SHAPE(1, 16));
  ((float *)tail->array.data)[3] = NAN;
  assert_null(sn_model_load(changed_file(fixture, NULL, NULL, "discriminator.tail.weight", tail), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "discriminator.tail.weight", "NaN");
  assert_null(sn_model_load(changed_file(fixture, NULL, NULL, "discriminator.tail.weight", NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "missing discriminator.tail.weight");
  assert_null(sn_model_load(changed_file(fixture, "hidden", "17", NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "discriminator.body.block1.0.weight", "[17, 24]", "[16, 24]");
  assert_null(sn_model_load(changed_file(fixture, "heads", "2", NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "missing head2.pre_projection.layers.0fc.weight");
  assert_null(sn_model_load(changed_file(fixture, "adaptor-bias", "no", NULL, NULL), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "left over pre_projection.layers.0fc.bias");
}

static void test_numbers_that_cannot_be_worked_with(void **state) {
  const Fixture *fixture = *state;
  static const char *const variance = "discriminator.body.block1.1.running_var";
  SnTensor *negative = formula_tensor("variance", 1, 2, SN_FLOAT32, SN_SHAPE(16));
  ((float *)negative->array.data)[5] = -1e-6f;
  assert_null(sn_model_load(changed_file(fixture, NULL, NULL, variance, negative), fixture->weights));
  EXPECT_ERROR("changed.safetensors", variance, "negative");
  SnTensor *large = formula_tensor("tail", 1, 0, SN_FLOAT64, SN_SHAPE(1, 16)); /* no float */
  ((double *)large->array.data)[3] = 1e300;
  assert_null(sn_model_load(changed_file(fixture, NULL, NULL, "discriminator.tail.weight", large), fixture->weights));
  EXPECT_ERROR("changed.safetensors", "discriminator.tail.weight", "too large");
  static const char *const names[] = {"test_image_f1_threshold", "test_pixel_f1_threshold", "test_map_low",
                                      "test_map_high"};
  static const char *const texts[] = {"", "-5 ; junk", "nan", "inf", "1e999", "0,5", "0.5 ", "junk"};
  for (size_t n = 0; n < sizeof names / sizeof *names; n++)
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
      assert_null(sn_model_load(file_with(fixture, names[n], texts[t]), fixture->weights));
      EXPECT_ERROR("changed.safetensors", names[n], "expected a finite number");
    }
}

static void test_calibration_comes_back_exactly(void **state) {
  const Fixture *fixture = *state;
  SnModel *model = sn_model_load(fixture->model, fixture->weights);
  assert_true(isnan(model->calibration.image_threshold) && isnan(model->calibration.low));
  for (int i = 0; i < 100; i++) {
    SnCalibration calibration = {
        -sqrt(2 + i), exp(0.5 * i), (double)sqrtf((float)i), 1.0 / (3 + i), {.photographs = 0}};
    if (i % 2) calibration.false_alarms = (SnFalseAlarms){1.0 / (2 + i), 10 + i, i / 20, sqrt(i) - 3, exp(-i)};
    model->calibration = calibration;
    assert_true(sn_model_save(model, fixture->model));
    SnStateDict *dict = sn_safetensors_read(fixture->model);
    SnCalibration found;
    assert_true(sn_read_calibration(dict, fixture->model, &found));
    assert_memory_equal(&found, &calibration, sizeof calibration);
  }
  SnModel *again = sn_model_load(fixture->model, fixture->weights);
  assert_true(again && again->calibration.image_threshold == (double)sqrtf(99));
}

static const char *const alarm_texts[][2] = {{"calibration_rate", "0.01"},
                                             {"calibration_photographs", "120"},
                                             {"calibration_alarms", "1"},
                                             {"calibration_threshold", "0.5"},
                                             {"calibration_scale", "0.25"}};
enum { ALARM_TEXTS = 5 };

/* The calibration above, in which text `index` is another; NULL: is missing. */
static bool read_alarms(int index, const char *text, SnCalibration *calibration) {
  SnStateDict *dict = sn_state_dict_new();
  for (int i = 0; i < ALARM_TEXTS; i++) {
    const char *value = i == index ? text : alarm_texts[i][1];
    if (value) sn_state_dict_add_text(dict, alarm_texts[i][0], value);
  }
  return sn_read_calibration(dict, "changed.safetensors", calibration);
}

static void test_a_calibration_that_cannot_be_is_refused(void **state) {
  (void)state;
  SnCalibration found;
  assert_true(read_alarms(-1, NULL, &found));
  assert_int_equal(found.false_alarms.photographs, 120);
  assert_true(sn_decision_threshold(&found) == 0.5 && sn_calibrated_score(&found, 0.5) == 0.5);
  static const char *const junk[] = {"", "nan", "inf", "-inf", "1e999", "0,5", "1 ", "junk"};
  static const char *const impossible[ALARM_TEXTS][4] = {{"0", "-0.1", "0.6", "1e-9"},
                                                         {"0", "-5", "1.5", "1e300"},
                                                         {"120", "-1", "0.5", "1e17"},
                                                         {NULL},
                                                         {"0", "-1", "-1e-300", NULL}};
  for (int i = 0; i < ALARM_TEXTS; i++) {
    assert_false(read_alarms(i, NULL, &found));
    EXPECT_ERROR("changed.safetensors", alarm_texts[i][0], "missing");
    for (size_t t = 0; t < sizeof junk / sizeof *junk; t++) {
      assert_false(read_alarms(i, junk[t], &found));
      EXPECT_ERROR("changed.safetensors", alarm_texts[i][0], "expected a finite number");
    }
    for (int t = 0; t < 4 && impossible[i][t]; t++) {
      assert_false(read_alarms(i, impossible[i][t], &found));
      EXPECT_ERROR("changed.safetensors", impossible[i][t]);
    }
  }
}

static void test_another_threshold_leaves_the_rest(void **state) {
  const Fixture *fixture = *state;
  static const SnFalseAlarms first = {0.01, 120, 1, 0.5, 0.25}, second = {0.1, 30, 2, 0.75, 0.125};
  char path[600];
  snprintf(path, sizeof path, "%s.calibrated", fixture->model);
  SnStateDict *before = sn_safetensors_read(fixture->model);
  assert_true(sn_model_write_recalibrated(before, fixture->model, &first, path));
  SnStateDict *between = sn_safetensors_read(path);
  assert_true(sn_model_write_recalibrated(between, path, &second, path));
  SnStateDict *after = sn_safetensors_read(path);
  assert_int_equal(after->text_count, before->text_count + ALARM_TEXTS);
  for (int64_t i = 0; i < before->text_count; i++)
    assert_string_equal(sn_state_dict_text(after, before->texts[i].name), before->texts[i].text);
  assert_int_equal(after->tensor_count, before->tensor_count);
  for (int64_t i = 0; i < before->tensor_count; i++) {
    const SnTensor *a = before->tensors[i].tensor, *b = after->tensors[i].tensor;
    assert_string_equal(before->tensors[i].name, after->tensors[i].name);
    assert_memory_equal(a->array.data, b->array.data, (size_t)sn_count(a) * sn_dtype_size(a->array.dtype));
  }
  SnModel *model = sn_model_load(path, fixture->weights);
  assert_memory_equal(&model->calibration.false_alarms, &second, sizeof second);
  unlink(path);
}

static void test_unfit_heads_are_not_saved(void **state) {
  const Fixture *fixture = *state;
  char path[600];
  snprintf(path, sizeof path, "%s.unfit", fixture->model);
  SnModel *model = sn_model_load(fixture->model, fixture->weights);
  sn_float_data(first_adaptor_weight(model))[7] = INFINITY;
  assert_false(sn_model_save(model, path));
  EXPECT_ERROR(path, "pre_projection.layers.0fc.weight", "NaN or infinite");
  assert_false(sn_is_file(path));
}

/* ---- files of earlier versions ---- */

/* The texts of a file as the version before methods wrote them: of small_settings(), with a calibration. */
static const char *const earlier_texts[][2] = {
    {"format", "simplenet.c model 1"},
    {"backbone", "resnet18"},
    {"levels", "1,2"},
    {"grid-level", "0"},
    {"features", "official"},
    {"dimension", "24"},
    {"patch", "3"},
    {"orientation", "stored"},
    {"white-level", "65535"},
    {"resize", "41"},
    {"crop", "40"},
    {"fit", "crop"},
    {"adaptor-depth", "1"},
    {"adaptor-bias", "yes"},
    {"adaptor-optimizer", "adamw"},
    {"adaptor-rate", "0.0001"},
    {"adaptor-decay", "0.01"},
    {"discriminator-depth", "2"},
    {"hidden", "16"},
    {"discriminator-rate", "0.0002"},
    {"discriminator-decay", "1e-05"},
    {"cosine", "no"},
    {"loss", "truncated-l1"},
    {"margin", "0.5"},
    {"sigma", "0.3333333333333333"},
    {"noise-mix", "1"},
    {"batch", "8"},
    {"epochs", "160"},
    {"seed", "12345"},
    {"smoothing", "4"},
    {"image-score", "patch"},
    {"mask-threshold", "0.5"},
    {"category", "bottle"},
    {"test_map_low", "-1.5"},
    {"test_map_high", "2"},
    {"test_image_f1_threshold", "0.1"},
};

/* With one text left out or of another value. */
static const char *write_earlier(const Fixture *fixture, const char *name, const char *value) {
  static char path[600];
  snprintf(path, sizeof path, "%s/earlier.safetensors", fixture->folder);
  SnStateDict *tensors = sn_safetensors_read(fixture->model), *dict = sn_state_dict_new();
  char hash[SN_SHA256_HEX];
  assert_true(sn_sha256_file(fixture->weights, hash));
  sn_state_dict_add_text(dict, "backbone_sha256", hash);
  for (size_t i = 0; i < sizeof earlier_texts / sizeof *earlier_texts; i++) {
    bool other = name && strcmp(earlier_texts[i][0], name) == 0;
    if (!other || value) sn_state_dict_add_text(dict, earlier_texts[i][0], other ? value : earlier_texts[i][1]);
  }
  for (int64_t i = 0; i < tensors->tensor_count; i++)
    sn_state_dict_add(dict, tensors->tensors[i].name, tensors->tensors[i].tensor);
  if (!sn_safetensors_write(path, dict)) fail_msg("%s", sn_error());
  return path;
}

enum { IMAGES = 2, CROP = 40 };

typedef struct Scored {
  float maps[IMAGES * CROP * CROP], scores[IMAGES];
} Scored;

static void score(SnModel *model, Scored *scored) {
  if (!model) fail_msg("%s", sn_error());
  SnTensor *images = formula_tensor("images", 2, 0, SN_FLOAT32, SN_SHAPE(IMAGES, 3, CROP, CROP));
  sn_scorer_run(sn_scorer_new(model, SN_SCORER_IMAGES), 1, &images, scored->maps, scored->scores);
  expect_no_error();
}

static void test_a_file_of_the_earlier_format(void **state) {
  const Fixture *fixture = *state;
  static Scored today, earlier, again;
  score(sn_model_load(fixture->model, fixture->weights), &today);
  SnModel *model = sn_model_load(write_earlier(fixture, NULL, NULL), fixture->weights);
  score(model, &earlier);
  assert_memory_equal(&earlier, &today, sizeof today);
  SnSettings settings = small_settings();
  test_set(&settings, "feature-scale", "none"); /* which was not known then */
  expect_same_settings(&model->settings, &settings);
  assert_true(model->calibration.low == -1.5 && model->calibration.high == 2);
  assert_true(model->calibration.image_threshold == 0.1 && isnan(model->calibration.pixel_threshold));

  char path[600];
  snprintf(path, sizeof path, "%s/today.safetensors", fixture->folder);
  assert_true(sn_model_save(model, path));
  SnStateDict *saved = sn_safetensors_read(path);
  assert_string_equal(sn_state_dict_text(saved, "format"), "simplenet.c model 2");
  assert_string_equal(sn_state_dict_text(saved, "pooling"), "adaptive");
  assert_null(sn_state_dict_text(saved, "features"));
  SnModel *translated = sn_model_load(path, fixture->weights);
  score(translated, &again);
  assert_memory_equal(&again, &today, sizeof today);
  assert_memory_equal(&translated->calibration.low, &model->calibration.low, sizeof(double));
}

/* Mean and adaptive pooling by their earlier names; what an even earlier version did not name; and what is wrong. */
static void test_texts_of_the_earlier_format(void **state) {
  const Fixture *fixture = *state;
  SnSettings settings;
  const char *path = write_earlier(fixture, "features", "paper");
  SnStateDict *file = sn_safetensors_read(path);
  assert_null(sn_model_load(path, fixture->weights)); /* whose features are not as wide as its head */
  EXPECT_ERROR("earlier.safetensors", "pre_projection.layers.0fc.weight", "[192, 192]", "[24, 24]");
  assert_false(sn_model_read_settings(file, path, &settings)); /* of a file that was not translated */
  EXPECT_ERROR("is not a model");
  SnModel *without = sn_model_load(write_earlier(fixture, "white-level", NULL), fixture->weights);
  assert_non_null(without);
  assert_int_equal(without->settings.view.white_level, 65535);
  assert_int_equal(without->settings.features.upsampling, SN_UPSAMPLING_BILINEAR);
  assert_null(sn_model_load(write_earlier(fixture, "features", "other"), fixture->weights));
  EXPECT_ERROR("earlier.safetensors", "pooling", "expected", "other");
  assert_null(sn_model_load(write_earlier(fixture, "features", NULL), fixture->weights));
  EXPECT_ERROR("earlier.safetensors", "pooling", "missing");
  assert_null(sn_model_load(write_earlier(fixture, "format", "simplenet.c model 0"), fixture->weights));
  EXPECT_ERROR("earlier.safetensors", "is not a model");
}

#define WITH_MODEL(test) cmocka_unit_test_setup_teardown(test, make_model, remove_model)

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_presets),
      cmocka_unit_test(test_refused_combinations),
      WITH_MODEL(test_save_and_load),
      WITH_MODEL(test_head_is_determined_by_the_seed),
      WITH_MODEL(test_a_model_beside_another),
      WITH_MODEL(test_file_contents),
      WITH_MODEL(test_other_weights),
      WITH_MODEL(test_truncated_file),
      WITH_MODEL(test_files_that_are_no_models),
      WITH_MODEL(test_tensors_that_do_not_fit),
      WITH_MODEL(test_numbers_that_cannot_be_worked_with),
      WITH_MODEL(test_calibration_comes_back_exactly),
      WITH_MODEL(test_another_threshold_leaves_the_rest),
      WITH_MODEL(test_a_calibration_that_cannot_be_is_refused),
      WITH_MODEL(test_unfit_heads_are_not_saved),
      WITH_MODEL(test_a_file_of_the_earlier_format),
      WITH_MODEL(test_texts_of_the_earlier_format),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
