/* Photographs that are looked at as 40 x 88 pixels: every method learns, scores and comes back from its file. */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/local_features.h"
#include "anomaly/map.h"
#include "anomaly/scorer.h"
#include "anomaly/view.h"
#include "models/simplenet/simplenet.h"
#include "report/draw/whole_map.h"
#include "simplenet.h"
#include "tests/support/comparison.h"
#include "tests/support/formula.h"
#include "tests/support/image_files.h"
#include "tests/support/models.h"

enum { HEIGHT = 40, WIDTH = 88, PIXELS = HEIGHT * WIDTH, TRAINING = 6, TESTS = 3 };

static SnSettings settings_of(const SnMethod *method) {
  static const char *const values[][2] = {{"resize", "48x96"}, {"crop", "40x88"},  {"backbone", "embedded"},
                                          {"epochs", "2"},     {"batch", "2"},     {"hidden", "16"},
                                          {"channels", "10"},  {"coreset", "0.2"}, {"dimension", "64"}};
  SnSettings settings = test_settings(method, NULL);
  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    if (sn_setting_find(method, values[i][0])) test_set(&settings, values[i][0], values[i][1]);
  if (!sn_settings_check(&settings)) fail_msg("%s", sn_error());
  return settings;
}

static SnTensor *images_of(const char *name, int64_t count) {
  return formula_tensor(name, 2, 0, SN_FLOAT32, SN_SHAPE(count, 3, HEIGHT, WIDTH));
}

static void fit(SnModel *model) {
  SnTensor *levels[SN_MAX_LEVELS];
  int count = sn_feature_levels(model, images_of("training", TRAINING), levels);
  for (int i = 0; i < count; i++) levels[i] = sn_to_contiguous(levels[i]);
  void *memory = model->settings.method->fit_new(model, test_features(count, levels));
  SnFitStep step = {0};
  while (memory && model->settings.method->fit_next(memory, &step)) continue;
  if (!sn_ok()) fail_msg("%s: %s", model->settings.method->name, sn_error());
}

/* The features' grid is that of the backbone's level, rows and columns apart; without a backbone it is the pixels'. */
static void expect_grid(const SnModel *model) {
  const SnFeatureSettings *features = &model->settings.features;
  int64_t stride = 1;
  if (sn_model_has_backbone(model))
    stride = sn_backbone_level(features->backbone, features->levels.numbers[sn_settings_grid_index(features)]).stride;
  assert_int_equal(model->features.height, HEIGHT / stride);
  assert_int_equal(model->features.width, WIDTH / stride);
}

/* One operation after the other. */
static void score_eagerly(SnModel *model, SnTensor *images, float *maps, float *scores) {
  SnScores found = {NULL, NULL};
  sn_module_train(&model->head, false);
  model->settings.method->forward(model, sn_local_features(model, images), &found);
  expect_no_error();
  assert_int_equal(found.patches->array.shape[1], model->features.height);
  assert_int_equal(found.patches->array.shape[2], model->features.width);
  SnTensor *all = sn_anomaly_maps(&model->settings, found.patches);
  expect_no_error();
  assert_int_equal(all->array.shape[1], HEIGHT);
  assert_int_equal(all->array.shape[2], WIDTH);
  assert_true(sn_to_host(all, SN_FLOAT32, maps));
  SnTensor *images_scores = found.images ? found.images : sn_image_scores(&model->settings, found.patches, all);
  assert_true(sn_to_host(images_scores, SN_FLOAT32, scores));
}

static void score_planned(SnModel *model, SnTensor *images, float *maps, float *scores) {
  if (!sn_scorer_run(sn_scorer_new(model, SN_SCORER_IMAGES), 1, &images, maps, scores))
    fail_msg("%s: %s", model->settings.method->name, sn_error());
}

static void expect_near(const char *what, const float *found, const float *expected, int64_t count) {
  double largest = 0, furthest = 0;
  for (int64_t i = 0; i < count; i++) {
    largest = fmax(largest, fabs((double)expected[i]));
    furthest = fmax(furthest, fabs((double)(found[i] - expected[i])));
  }
  if (!(largest > 0 && furthest <= 1e-4 * largest)) fail_msg("%s: %g of %g apart", what, furthest, largest);
}

static void expect_file(const char *folder, SnModel *model, SnTensor *images, const float *maps, const float *scores) {
  static float again[TESTS * PIXELS], scores_again[TESTS];
  char *path = sn_path_join(folder, "model.safetensors");
  assert_true(sn_model_save(model, path));
  SnModel *loaded = sn_model_load(path, NULL);
  if (!loaded) fail_msg("%s", sn_error());
  assert_true(sn_settings_agree(&loaded->settings, &model->settings, ~0u));
  assert_true(sn_same_size(loaded->settings.view.crop, (SnSize){HEIGHT, WIDTH}));
  assert_true(sn_same_size(loaded->settings.view.resize, (SnSize){48, 96}));
  score_planned(loaded, images, again, scores_again);
  assert_memory_equal(again, maps, sizeof again);
  assert_memory_equal(scores_again, scores, sizeof scores_again);
  free(path);
}

/* The library, of a photograph twice as large as the resize. */
static void expect_detection(const char *folder, SnModel *model) {
  enum { TWICE = 2 };
  static uint8_t rgb[TWICE * 48 * TWICE * 96 * 3];
  static float input[3 * PIXELS], map[PIXELS];
  float score;
  for (size_t i = 0; i < sizeof rgb; i++) rgb[i] = (uint8_t)(i * i / 7 + i % 5 * 11);
  SnImage image = {.height = TWICE * 48, .width = TWICE * 96, .channels = 3, .pixels = rgb};
  SnLoadOptions load = sn_load_options(&model->settings);
  assert_true(sn_transform_image(&load.transform, &load.normalization, &image, input));
  score_planned(model, sn_from_host(SN_FLOAT32, SN_SHAPE(1, 3, HEIGHT, WIDTH), input), map, &score);
  char *path = sn_path_join(folder, "model.safetensors");
  SnDetector *detector = sn_detector_open(path, NULL);
  SnDetection found;
  if (!sn_detector_detect(detector, rgb, image.width, image.height, &found)) fail_msg("%s", sn_error());
  assert_true(found.map_height == HEIGHT && found.map_width == WIDTH);
  assert_true(found.left == 8 && found.top == 8 && found.width == TWICE * WIDTH && found.height == TWICE * HEIGHT);
  assert_true(found.score == (double)score);
  assert_memory_equal(found.map, map, sizeof map);
  sn_detector_close(detector);
  free(path);
}

/* The cell (row, column) of 5 x 11 is the map's 8 x 8 pixels around its largest value, and there on a photograph of
 * 96 x 48, whose crop is its centre. */
static void maps_lie_where_the_patches_do(void **state) {
  (void)state;
  enum { CELL = 8, ROWS = HEIGHT / CELL, COLUMNS = WIDTH / CELL, TALL = 48, WIDE = 96 };
  SnScope *scope = sn_scope_open();
  SnSettings settings = settings_of(&sn_simplenet);
  SnTransform transform = sn_view_transform(&settings.view);
  SnRectangle covered = sn_transform_covered(&transform, WIDE, TALL);
  static float map[PIXELS], whole[TALL * WIDE];
  for (int cell = 0; cell < ROWS * COLUMNS; cell++) {
    float patches[ROWS * COLUMNS] = {0};
    patches[cell] = 1;
    SnTensor *maps = sn_anomaly_maps(&settings, sn_from_host(SN_FLOAT32, SN_SHAPE(1, ROWS, COLUMNS), patches));
    assert_true(maps && sn_to_host(maps, SN_FLOAT32, map));
    int highest = 0;
    for (int i = 1; i < PIXELS; i++) highest = map[i] > map[highest] ? i : highest;
    assert_int_equal(highest / WIDTH / CELL, cell / COLUMNS);
    assert_int_equal(highest % WIDTH / CELL, cell % COLUMNS);
    sn_whole_map(map, (SnSize){HEIGHT, WIDTH}, covered, WIDE, TALL, whole);
    highest = 0;
    for (int i = 1; i < TALL * WIDE; i++) highest = whole[i] > whole[highest] ? i : highest;
    assert_int_equal((highest / WIDE - (TALL - HEIGHT) / 2) / CELL, cell / COLUMNS);
    assert_int_equal((highest % WIDE - (WIDE - WIDTH) / 2) / CELL, cell % COLUMNS);
  }
  sn_scope_close(scope);
}

static void every_method(void **state) {
  static float eager[TESTS * PIXELS], planned[TESTS * PIXELS], eager_scores[TESTS], planned_scores[TESTS];
  assert_true(sn_set_device("cpu"));
  for (int m = 0; sn_methods[m]; m++) {
    SnScope *scope = sn_scope_open();
    SnSettings settings = settings_of(sn_methods[m]);
    SnModel *model = sn_model_new(&settings, NULL);
    if (!model) fail_msg("%s", sn_error());
    expect_grid(model);
    fit(model);
    SnTensor *images = images_of("tests", TESTS);
    score_eagerly(model, images, eager, eager_scores);
    score_planned(model, images, planned, planned_scores);
    expect_near(sn_methods[m]->name, planned, eager, TESTS * PIXELS);
    expect_near(sn_methods[m]->name, planned_scores, eager_scores, TESTS);
    expect_file(*state, model, images, planned, planned_scores);
    expect_detection(*state, model);
    sn_scope_close(scope);
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(maps_lie_where_the_patches_do),
      cmocka_unit_test_setup_teardown(every_method, test_make_folder, test_remove_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
