/* The scorer of every method: what its plans give of images and of levels is what the eager forward gives. */
#include "tests/support/test.h"

#include <math.h>
#include <string.h>

#include "anomaly/local_features.h"
#include "anomaly/map.h"
#include "anomaly/scorer.h"
#include "autograd/ops.h"
#include "tests/support/comparison.h"
#include "tests/support/models.h"
#include "tests/support/scope.h"
#include "tests/support/state_dicts.h"

enum { TRAINED = 8, IMAGES = 3, BATCH = 4, CROP = 64, PIXELS = CROP * CROP };
static const double tolerance = 1e-4;

static SnTensor *random_images(int64_t count, uint32_t which) {
  SnTensor *images = sn_normal(SN_FLOAT32, SN_SHAPE(count, 3, CROP, CROP), 0, 1, sn_random(5, SN_STREAM_DATA, which));
  expect_no_error();
  return images;
}

/* Levels of images as extraction keeps them. */
static int levels_of(const SnModel *model, SnTensor *images, SnTensor **levels) {
  int count = sn_feature_levels(model, images, levels);
  for (int i = 0; i < count; i++) levels[i] = sn_to_contiguous(levels[i]);
  expect_no_error();
  return count;
}

/* On the embedded backbone, fitted to a few random images in one epoch. */
static SnModel *fitted_model(const SnMethod *method) {
  SnSettings settings = test_settings(method, NULL);
  test_set(&settings, "resize", "64");
  test_set(&settings, "crop", "64");
  if (method->groups & SN_GROUP_FEATURES) test_set(&settings, "backbone", "embedded");
  if (method->groups & SN_GROUP_TRAINING) test_set(&settings, "epochs", "1");
  SnModel *model = sn_model_new(&settings, NULL);
  expect_no_error();
  SnTensor *levels[SN_MAX_LEVELS];
  int count = levels_of(model, random_images(TRAINED, 1), levels);
  void *fit = method->fit_new(model, test_features(count, levels));
  SnFitStep step;
  while (fit && method->fit_next(fit, &step)) assert_true(step.done <= step.total);
  expect_no_error();
  assert_true(step.done == step.total && step.ends_epoch);
  return model;
}

/* Of up to 8 images. */
typedef struct Scored {
  float maps[8 * PIXELS], scores[8];
} Scored;

static void eager(SnModel *model, SnTensor *images, Scored *scored) {
  SnScores scores = {NULL, NULL};
  sn_module_train(&model->head, false);
  assert_true(model->settings.method->forward(model, sn_local_features(model, images), &scores));
  SnTensor *maps = sn_anomaly_maps(&model->settings, scores.patches);
  SnTensor *of_images = scores.images ? scores.images : sn_image_scores(&model->settings, scores.patches, maps);
  assert_true(sn_to_host(maps, SN_FLOAT32, scored->maps) && sn_to_host(of_images, SN_FLOAT32, scored->scores));
}

static double distance(const float *found, const float *expected, int64_t count) {
  double largest = 0, off = 0;
  for (int64_t i = 0; i < count; i++) {
    assert_true(isfinite(found[i]) && isfinite(expected[i]));
    largest = fmax(largest, fabs((double)expected[i]));
    off = fmax(off, fabs((double)found[i] - (double)expected[i]));
  }
  assert_true(largest > 0);
  return off / largest;
}

static void expect_same(const SnModel *model, const char *what, const Scored *found, const Scored *expected,
                        int64_t images) {
  double maps = distance(found->maps, expected->maps, images * PIXELS);
  double scores = distance(found->scores, expected->scores, images);
  if (!(maps <= tolerance && scores <= tolerance))
    fail_msg("%s of %s: relative distance of maps %g, of scores %g", what, model->settings.method->name, maps, scores);
}

static void run(SnScorer *scorer, int count, SnTensor *const *inputs, Scored *scored) {
  sn_scorer_run(scorer, count, inputs, scored->maps, scored->scores);
  expect_no_error();
}

/* Both inputs, and images in host memory. */
static void expect_eager_scores(SnModel *model) {
  static Scored expected, found, host;
  static float values[IMAGES * 3 * PIXELS];
  SnTensor *images = random_images(IMAGES, 2), *levels[SN_MAX_LEVELS];
  eager(model, images, &expected);
  SnScorer *scorer = sn_scorer_new(model, SN_SCORER_IMAGES);
  assert_null(sn_scorer_plan(scorer));
  sn_module_train(&model->head, true); /* as after training */
  run(scorer, 1, &images, &found);
  expect_same(model, "images", &found, &expected, IMAGES);
  assert_non_null(sn_scorer_plan(scorer));
  assert_true(sn_to_host(images, SN_FLOAT32, values));
  assert_true(sn_scorer_run_images(scorer, values, IMAGES, host.maps, host.scores));
  assert_memory_equal(host.maps, found.maps, IMAGES * PIXELS * sizeof(float));
  assert_memory_equal(host.scores, found.scores, IMAGES * sizeof(float));

  int count = levels_of(model, images, levels);
  sn_module_train(&model->head, true);
  run(sn_scorer_new(model, SN_SCORER_LEVELS), count, levels, &found);
  expect_same(model, "levels", &found, &expected, IMAGES);

  SnTensor *one = sn_to_contiguous(sn_narrow(images, 0, 1, 1)); /* another shape, another plan */
  eager(model, one, &expected);
  run(scorer, 1, &one, &found);
  expect_same(model, "one image", &found, &expected, 1);
}

static void the_eager_scores(void **state) {
  (void)state;
  for (int m = 0; sn_methods[m]; m++) {
    SnModel *model = fitted_model(sn_methods[m]);
    static const char *const maps[][2] = {
        {"patch", "4"}, {"map", "4"}, {"patch", "0"}, {"map", "0"}}; /* image-score, smoothing */
    for (int i = 0; i < 4; i++) {
      test_set(&model->settings, "image-score", maps[i][0]);
      test_set(&model->settings, "smoothing", maps[i][1]);
      expect_eager_scores(model);
    }
  }
}

static void fewer_images_than_the_batch(void **state) {
  (void)state;
  static Scored expected, found;
  for (int m = 0; sn_methods[m]; m++) {
    SnModel *model = fitted_model(sn_methods[m]);
    SnTensor *images = random_images(BATCH + 1, 3);
    SnTensor *batch = sn_to_contiguous(sn_narrow(images, 0, 0, BATCH));
    run(sn_scorer_new(model, SN_SCORER_IMAGES), 1, &batch, &expected);
    SnScorer *scorer = sn_scorer_consume(model, BATCH);
    expect_no_error();
    for (int64_t count = BATCH; count >= 1; count--) {
      SnTensor *some = sn_to_contiguous(sn_narrow(images, 0, 0, count));
      memset(&found, 0xff, sizeof found);
      run(scorer, 1, &some, &found);
      assert_memory_equal(found.maps, expected.maps, (size_t)(count * PIXELS) * sizeof(float));
      assert_memory_equal(found.scores, expected.scores, (size_t)count * sizeof(float));
      assert_true(isnan(found.scores[count]) && isnan(found.maps[count * PIXELS])); /* nothing of blank images */
    }
    assert_false(sn_scorer_run(scorer, 1, &images, found.maps, found.scores));
    assert_error("5 images are more than the 4");
    run(scorer, 1, &batch, &found); /* and it goes on working */
    assert_memory_equal(found.maps, expected.maps, BATCH * PIXELS * sizeof(float));
    if (!sn_model_has_backbone(model)) continue;
    SnTensor *levels[SN_MAX_LEVELS];
    assert_int_equal(sn_feature_levels(model, batch, levels), 0);
    assert_error("released");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_eager_scores, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(fewer_images_than_the_batch, open_scope, close_scope),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
