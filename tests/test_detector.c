/* simplenet.h used as a program that embeds a detector uses it, against the parts it is made of. */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anomaly/detector_file.h"
#include "anomaly/map.h"
#include "anomaly/view.h"
#include "base/error.h"
#include "base/file.h"
#include "models/mean_image/mean_image.h"
#include "models/simplenet/simplenet.h"
#include "simplenet.h"
#include "tensor/safetensors.h"
#include "tests/support/comma_locale.h"
#include "tests/support/image_files.h"
#include "tests/support/models.h"

/* A model on a randomly initialised ResNet-18, in a folder of its own. */
typedef struct Fixture {
  SnScope *scope;
  char folder[40];
  char *weights, *model;
} Fixture;

static int set_up(void **state) {
  Fixture *fixture = calloc(1, sizeof *fixture);
  strcpy(fixture->folder, "/tmp/simplenet-test-XXXXXX");
  assert_non_null(mkdtemp(fixture->folder));
  fixture->scope = sn_scope_open();
  fixture->weights = sn_path_join(fixture->folder, "weights.safetensors");
  fixture->model = sn_path_join(fixture->folder, "model.safetensors");
  test_write_resnet18(fixture->weights);
  SnSettings settings = test_settings(&sn_simplenet, "paper");
  test_set(&settings, "backbone", "resnet18");
  settings.view.resize = sn_one_side(72);
  settings.view.crop = sn_square(64);
  SnModel *model = sn_model_new(&settings, fixture->weights);
  assert_non_null(model);
  model->calibration = (SnCalibration){-1, 1, 0.25, NAN, {.photographs = 0}};
  assert_true(sn_model_save(model, fixture->model));
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  Fixture *fixture = *state;
  unlink(fixture->weights);
  unlink(fixture->model);
  rmdir(fixture->folder);
  free(fixture->weights);
  free(fixture->model);
  sn_scope_close(fixture->scope);
  free(fixture);
  return 0;
}

static SnDetector *open_with(const char *model, const char *weights) {
  return sn_detector_open(model, &(SnOptions){.size = sizeof(SnOptions), .weights = weights});
}

enum { WIDTH = 90, HEIGHT = 80 };

static uint8_t *photograph(void) {
  uint8_t *pixels = malloc((size_t)3 * WIDTH * HEIGHT);
  for (int i = 0; i < 3 * WIDTH * HEIGHT; i++) pixels[i] = (uint8_t)(i * 7 % 251);
  return pixels;
}

static void a_detection_is_what_the_parts_give(void **state) {
  const Fixture *fixture = *state;
  uint8_t *pixels = photograph();
  SnDetector *detector = open_with(fixture->model, fixture->weights);
  assert_non_null(detector);
  SnDetection detection;
  assert_true(sn_detector_detect(detector, pixels, WIDTH, HEIGHT, &detection));
  assert_null(sn_error());
  assert_true(detection.map_height == 64 && detection.map_width == 64);
  assert_true(detection.threshold == 0.25);
  /* 64 of 72 pixels of the short side, centred */
  assert_true(fabs(detection.width - 80.0 * 64 / 72) < 0.2 && fabs(detection.height - 80.0 * 64 / 72) < 0.2);
  assert_true(fabs(detection.left + detection.width / 2 - WIDTH / 2.0) < 0.7);

  SnModel *model = sn_model_load(fixture->model, fixture->weights);
  SnTransform transform = sn_view_transform(&model->settings.view);
  SnImage image = {.width = WIDTH, .height = HEIGHT, .channels = 3, .pixels = pixels};
  float *input = malloc(3 * 64 * 64 * sizeof *input), *map = malloc(64 * 64 * sizeof *map);
  assert_true(sn_transform_image(&transform, &sn_imagenet_normalization, &image, input));
  SnTensor *images = sn_from_host(SN_FLOAT32, SN_SHAPE(1, 3, 64, 64), input);
  SnTensor *patches = test_patches_of_images(model, images);
  SnTensor *maps = sn_anomaly_maps(&model->settings, patches);
  double score = sn_item(sn_image_scores(&model->settings, patches, maps)), largest = 0;
  assert_true(sn_to_host(maps, SN_FLOAT32, map));
  for (int i = 0; i < 64 * 64; i++) largest = fmax(largest, fabs((double)map[i]));
  assert_true(largest > 0 && fabs(score - detection.score) <= 1e-3 * fabs(score));
  for (int i = 0; i < 64 * 64; i++) assert_true(fabs((double)(map[i] - detection.map[i])) <= 1e-3 * largest);
  sn_detector_close(detector);
  free(pixels);
  free(input);
  free(map);
}

/* Of a model that was trained with --orientation exif. */
static void photographs_are_turned_where_the_model_says_so(void **state) {
  const Fixture *fixture = *state;
  static const char *const file = "tests/golden/images/jpeg-exif-6.jpg";
  char *turning = sn_path_join(fixture->folder, "turning.safetensors");
  SnModel *model = sn_model_load(fixture->model, fixture->weights);
  assert_non_null(model);
  model->settings.view.orientation = SN_ORIENTATION_EXIF;
  assert_true(sn_model_save(model, turning));
  SnImage stored, turned;
  assert_true(sn_image_read(file, SN_IMAGE_RGB, NULL, &stored));
  assert_true(sn_image_read(file, SN_IMAGE_RGB, &(SnImageOptions){.apply_orientation = true}, &turned));
  assert_true(stored.width == turned.height && stored.width != stored.height);
  const char *const models[] = {fixture->model, turning};
  const SnImage *const images[] = {&stored, &turned};
  double scores[2];
  for (int i = 0; i < 2; i++) {
    SnDetector *detector = open_with(models[i], fixture->weights);
    SnDetection found, expected;
    assert_true(sn_detector_detect_file(detector, file, &found));
    scores[i] = found.score;
    assert_true(sn_detector_detect(detector, images[i]->pixels, images[i]->width, images[i]->height, &expected));
    assert_true(found.score == expected.score);
    assert_true(found.width == expected.width && found.height == expected.height);
    sn_detector_close(detector);
  }
  assert_true(scores[0] != scores[1]);
  sn_image_free(&stored);
  sn_image_free(&turned);
  unlink(turning);
  free(turning);
}

/* Of a model that was trained with --white-level 4095: a camera's 12 bits in 16 are seen as the same picture in 8. */
static void the_white_level_of_the_model_is_heeded(void **state) {
  const Fixture *fixture = *state;
  char *path = sn_path_join(fixture->folder, "levelled.safetensors"), *file = sn_path_join(fixture->folder, "deep.png");
  SnModel *model = sn_model_load(fixture->model, fixture->weights);
  assert_non_null(model);
  model->settings.view.white_level = 4095;
  assert_true(sn_model_save(model, path));
  uint8_t *pixels = photograph(), *rows = malloc((size_t)6 * WIDTH * HEIGHT);
  for (int i = 0; i < 3 * WIDTH * HEIGHT; i++) {
    int sample = (pixels[i] * 4095 + 127) / 255;
    rows[2 * i] = (uint8_t)(sample >> 8);
    rows[2 * i + 1] = (uint8_t)sample;
  }
  enum { TRUECOLOUR = 2 };
  PngFile png = {.width = WIDTH, .height = HEIGHT, .depth = 16, .colour_type = TRUECOLOUR, .rows = rows};
  write_png_file(fixture->folder, "deep.png", &png);
  const char *const models[] = {fixture->model, path};
  for (int i = 0; i < 2; i++) {
    SnDetector *detector = open_with(models[i], fixture->weights);
    SnDetection found, expected;
    assert_true(sn_detector_detect_file(detector, file, &found));
    double score = found.score;
    assert_true(sn_detector_detect(detector, pixels, WIDTH, HEIGHT, &expected));
    assert_int_equal(score == expected.score, i == 1);
    sn_detector_close(detector);
  }
  unlink(path);
  unlink(file);
  free(path);
  free(file);
  free(pixels);
  free(rows);
}

/* Finite weights, but so large that scores are not. */
static void a_score_that_is_not_finite_is_a_failure(void **state) {
  const Fixture *fixture = *state;
  static const char *const file = "tests/golden/images/jpeg-exif-6.jpg";
  char *path = sn_path_join(fixture->folder, "large.safetensors");
  SnModel *model = sn_model_load(fixture->model, fixture->weights);
  SnStateDict *head = sn_state_dict_new();
  assert_true(model && sn_module_state(&model->head, "", head));
  for (int64_t i = 0; i < head->tensor_count; i++)
    for (int64_t n = 0; n < sn_count(head->tensors[i].tensor); n++) sn_float_data(head->tensors[i].tensor)[n] = 1e38f;
  assert_true(sn_model_save(model, path));
  SnDetector *detector = open_with(path, fixture->weights);
  assert_non_null(detector);
  SnDetection detection = {.score = 1};
  assert_false(sn_detector_detect_file(detector, file, &detection));
  assert_non_null(strstr(sn_error(), file));
  assert_non_null(strstr(sn_error(), "not a finite number"));
  assert_true(isnan(detection.score));
  sn_clear_error();
  sn_detector_close(detector);
  unlink(path);
  free(path);
}

static SnDetection detect_once(const Fixture *fixture) {
  uint8_t *pixels = photograph();
  SnDetection detection = {.score = NAN};
  SnDetector *detector = open_with(fixture->model, fixture->weights);
  if (!detector || !sn_detector_detect(detector, pixels, WIDTH, HEIGHT, &detection)) fail_msg("%s", sn_error());
  detection.map = NULL;
  sn_detector_close(detector);
  free(pixels);
  return detection;
}

/* In a program that calls setlocale(). */
static void a_decimal_comma_changes_nothing(void **state) {
  const Fixture *fixture = *state;
  char *path = sn_path_join(fixture->folder, "comma.safetensors");
  SnDetection before = detect_once(fixture);
  if (!sn_comma_locale_enter()) skip();
  SnDetection within = detect_once(fixture);
  SnModel *model = sn_model_load(fixture->model, fixture->weights);
  assert_true(model && sn_model_save(model, path));
  sn_comma_locale_leave();
  assert_memory_equal(&before, &within, sizeof before);
  SnBytes a, b;
  assert_true(sn_file_read(fixture->model, 1 << 26, &a) && sn_file_read(path, 1 << 26, &b));
  assert_int_equal(a.size, b.size);
  assert_memory_equal(a.data, b.data, a.size);
  sn_bytes_free(&a);
  sn_bytes_free(&b);
  unlink(path);
  free(path);
}

/* Of a method without a backbone: no weights are asked for, and none are looked at. */
static void a_model_without_a_backbone(void **state) {
  const Fixture *fixture = *state;
  char *path = sn_path_join(fixture->folder, "mean_image.safetensors");
  SnSettings settings = test_settings(&sn_mean_image, NULL);
  settings.view.resize = sn_one_side(64);
  settings.view.crop = sn_square(64);
  settings.map.smoothing = 0;
  SnModel *model = sn_model_new(&settings, NULL);
  assert_true(model && sn_model_save(model, path)); /* not fitted: mean and variance are 0 */
  uint8_t *pixels = photograph();
  memset(pixels, 255, (size_t)3 * WIDTH * HEIGHT);
  double expected = 0;
  static const double mean[] = {0.485, 0.456, 0.406}, deviation[] = {0.229, 0.224, 0.225};
  for (int i = 0; i < 3; i++) expected += pow((1 - mean[i]) / deviation[i], 2) / 0.01 / 3;
  SnDetector *detector = sn_detector_open(path, NULL);
  SnDetection detection;
  if (!detector || !sn_detector_detect(detector, pixels, WIDTH, HEIGHT, &detection)) fail_msg("%s", sn_error());
  assert_true(fabs(detection.score - expected) <= 1e-5 * expected);
  assert_true(isnan(detection.threshold) && detection.map_height == 64 && detection.map_width == 64);
  assert_int_equal(detection.verdict, SN_VERDICT_NONE);
  assert_non_null(strstr(sn_detector_threshold_text(detector), "`simplenet calibrate` makes one"));
  sn_detector_close(detector);
  free(pixels);
  unlink(path);
  free(path);
}

/* ---- one file ---- */

static const SnFalseAlarms calibrated = {0.01, 120, 1, 0.25, 0.125};

/* The fixture's model as a detector in one file, in a file of the fixture's folder. */
static char *write_detector(const Fixture *fixture, SnDtype dtype, const char *name) {
  char *path = sn_path_join(fixture->folder, name);
  SnModel *model = sn_model_load(fixture->model, fixture->weights);
  assert_non_null(model);
  model->calibration.false_alarms = calibrated;
  model->provenance = (SnProvenance){.program = "simplenet 1.0.0", .category = "bottle", .train_images = 209};
  assert_true(sn_detector_write(model, dtype, path));
  return path;
}

static SnDetection detect_by(const char *model, const char *weights, float *map) {
  uint8_t *pixels = photograph();
  SnDetection detection = {.score = NAN};
  SnDetector *detector = open_with(model, weights);
  if (!detector || !sn_detector_detect(detector, pixels, WIDTH, HEIGHT, &detection)) fail_msg("%s", sn_error());
  memcpy(map, detection.map, (size_t)(64 * 64) * sizeof *map);
  detection.map = NULL;
  sn_detector_close(detector);
  free(pixels);
  return detection;
}

static void one_file_gives_the_same_bits(void **state) {
  const Fixture *fixture = *state;
  static float expected_map[64 * 64], map[64 * 64];
  SnDetection expected = detect_by(fixture->model, fixture->weights, expected_map);
  assert_int_equal(expected.verdict, expected.score >= 0.25 ? SN_VERDICT_DEFECTIVE : SN_VERDICT_GOOD);
  assert_true(isnan(expected.normalised)); /* by the test set's F1 only */
  static const SnDtype dtypes[] = {SN_FLOAT32, SN_FLOAT16, SN_BFLOAT16};
  for (int i = 0; i < 3; i++) {
    char *path = write_detector(fixture, dtypes[i], "detector.safetensors");
    SnDetection found = detect_by(path, NULL, map);
    double difference = fabs(found.score - expected.score);
    if (i == 0) {
      assert_true(difference == 0);
      assert_memory_equal(map, expected_map, sizeof map);
    }
    assert_true(difference <= 0.05 * fabs(expected.score));
    assert_true(found.threshold == 0.25 && found.width == expected.width);
    assert_true(found.normalised == sn_normalised_score(&calibrated, found.score));
    assert_int_equal(found.verdict, found.score >= 0.25 ? SN_VERDICT_DEFECTIVE : SN_VERDICT_GOOD);
    unlink(path);
    free(path);
  }
}

static void one_file_holds_all_that_is_known(void **state) {
  const Fixture *fixture = *state;
  char *path = write_detector(fixture, SN_FLOAT16, "detector.safetensors");
  SnModel *model = sn_model_load(path, NULL), *two = sn_model_load(fixture->model, fixture->weights);
  assert_non_null(model);
  assert_string_equal(model->backbone_sha256, two->backbone_sha256);
  assert_string_equal(model->provenance.category, "bottle");
  assert_int_equal(model->provenance.train_images, 209);
  assert_memory_equal(&model->calibration.false_alarms, &calibrated, sizeof calibrated);
  SnStateDict *file = sn_safetensors_read(path);
  assert_string_equal(sn_state_dict_text(file, "precision"), "f16");
  SnDtype kernel = sn_state_dict_find(file, "backbone.conv1.weight")->array.dtype;
  SnDtype variance = sn_state_dict_find(file, "backbone.bn1.running_var")->array.dtype;
  assert_true(kernel == SN_FLOAT16 && variance == SN_FLOAT32);
  SnDetector *detector = sn_detector_open(path, NULL);
  assert_non_null(strstr(sn_detector_threshold_text(detector), "by 120 good photographs"));
  sn_detector_close(detector);
  assert_null(open_with(path, fixture->weights));
  assert_non_null(strstr(sn_error(), "leave out those of"));
  sn_clear_error();
  unlink(path);
  free(path);
}

/* A copy of the detector in which a text and a tensor are others; NULL: are missing. */
static const SnStateDict *spoilt(const SnStateDict *file, const char *name, const char *text, SnTensor *tensor) {
  SnStateDict *copy = sn_state_dict_new();
  for (int64_t i = 0; i < file->text_count; i++) {
    const char *value = strcmp(file->texts[i].name, name) == 0 ? text : file->texts[i].text;
    if (value) sn_state_dict_add_text(copy, file->texts[i].name, value);
  }
  for (int64_t i = 0; i < file->tensor_count; i++) {
    SnTensor *value = strcmp(file->tensors[i].name, name) == 0 ? tensor : file->tensors[i].tensor;
    if (value) sn_state_dict_add(copy, file->tensors[i].name, value);
  }
  return copy;
}

static void expect_refusal(const SnStateDict *file, const char *name, const char *words) {
  assert_null(sn_model_load_from(file, "spoilt.safetensors", NULL));
  const char *const parts[] = {"spoilt.safetensors", name, words};
  for (int i = 0; i < 3; i++)
    if (!strstr(sn_error(), parts[i])) fail_msg("'%s' does not say '%s'", sn_error(), parts[i]);
  sn_clear_error();
}

static void what_is_wrong_with_one_file_is_named(void **state) {
  const Fixture *fixture = *state;
  char *path = write_detector(fixture, SN_FLOAT32, "detector.safetensors");
  const SnStateDict *file = sn_safetensors_read(path);
  assert_non_null(sn_model_load_from(file, path, NULL));
  expect_refusal(spoilt(file, "backbone_sha256", NULL, NULL), "backbone_sha256", "found nothing");
  expect_refusal(spoilt(file, "backbone_sha256", "12ab", NULL), "backbone_sha256", "found 12ab");
  expect_refusal(spoilt(file, "format", "simplenet.c detector 9", NULL), "is not a model", "simplenet train");
  expect_refusal(spoilt(file, "format", "simplenet.c model 2", NULL), "needs a file of weights", "resnet18");
  expect_refusal(spoilt(file, "method", "magic", NULL), "magic", "there is no method");
  expect_refusal(spoilt(file, "resize", NULL, NULL), "resize", "missing");
  expect_refusal(spoilt(file, "train_images", "-3", NULL), "train_images", "expected an integer");
  static const char *const kernel = "backbone.layer1.0.conv1.weight", *const tail = "discriminator.tail.weight";
  expect_refusal(spoilt(file, kernel, NULL, NULL), kernel, "missing");
  expect_refusal(spoilt(file, kernel, NULL, sn_scalar(SN_FLOAT32, 1)), kernel, "expected the shape");
  SnTensor *spoilt_kernel = sn_copy_of(sn_state_dict_find(file, kernel));
  sn_float_data(spoilt_kernel)[5] = NAN;
  expect_refusal(spoilt(file, kernel, NULL, spoilt_kernel), kernel, "NaN");
  expect_refusal(spoilt(file, "backbone.bn1.running_var", NULL, sn_full(SN_FLOAT32, -1, SN_SHAPE(64))),
                 "backbone.bn1.running_var", "negative");
  expect_refusal(spoilt(file, tail, NULL, NULL), tail, "missing");
  unlink(path);
  free(path);
}

static void a_number_too_large_for_the_precision_is_named(void **state) {
  const Fixture *fixture = *state;
  char *path = sn_path_join(fixture->folder, "detector.safetensors");
  SnModel *model = sn_model_load(fixture->model, fixture->weights);
  SnStateDict *head = sn_state_dict_new();
  assert_true(sn_module_state(&model->head, "", head));
  sn_float_data(sn_state_dict_find(head, "discriminator.tail.weight"))[3] = 1e6f;
  assert_false(sn_detector_write(model, SN_FLOAT16, path));
  assert_non_null(strstr(sn_error(), "discriminator.tail.weight: a number is too large for float16"));
  sn_clear_error();
  assert_false(sn_is_file(path));
  assert_true(sn_detector_write(model, SN_BFLOAT16, path));
  unlink(path);
  free(path);
}

static void failures_are_sentences(void **state) {
  const Fixture *fixture = *state;
  SnDetection detection;
  assert_null(open_with("absent.safetensors", fixture->weights));
  assert_non_null(strstr(sn_error(), "absent.safetensors"));
  assert_false(sn_detector_detect_file(NULL, "a.png", &detection)); /* the first failure is still told */
  assert_non_null(strstr(sn_error(), "absent.safetensors"));
  assert_null(sn_detector_threshold_text(NULL));
  sn_detector_close(NULL);

  SnDetector *detector = open_with(fixture->model, fixture->weights);
  assert_non_null(detector);
  assert_false(sn_detector_detect_file(detector, fixture->model, &detection)); /* not an image */
  assert_non_null(strstr(sn_error(), fixture->model));
  uint8_t pixel[3] = {0};
  assert_false(sn_detector_detect(detector, pixel, 0, 1, &detection));
  assert_false(sn_detector_detect(detector, pixel, INT64_MAX, INT64_MAX, &detection));
  assert_false(sn_detector_detect(detector, NULL, 1, 1, &detection));
  assert_true(sn_detector_detect(detector, pixel, 1, 1, &detection)); /* and it goes on working */
  sn_detector_close(detector);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_detection_is_what_the_parts_give, set_up, tear_down),
      cmocka_unit_test_setup_teardown(photographs_are_turned_where_the_model_says_so, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_white_level_of_the_model_is_heeded, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_score_that_is_not_finite_is_a_failure, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_decimal_comma_changes_nothing, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_model_without_a_backbone, set_up, tear_down),
      cmocka_unit_test_setup_teardown(one_file_gives_the_same_bits, set_up, tear_down),
      cmocka_unit_test_setup_teardown(one_file_holds_all_that_is_known, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_is_wrong_with_one_file_is_named, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_number_too_large_for_the_precision_is_named, set_up, tear_down),
      cmocka_unit_test_setup_teardown(failures_are_sentences, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
