/* Detectors in 8 bits: ranges from photographs, the file that holds them, and what its scores are. */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anomaly/detector_file.h"
#include "anomaly/quantizing.h"
#include "anomaly/scorer.h"
#include "base/error.h"
#include "base/file.h"
#include "models/simplenet/simplenet.h"
#include "simplenet.h"
#include "tensor/safetensors.h"
#include "tests/support/models.h"
#include "tests/support/random_floats.h"

enum { SIDE = 64, PIXELS = SIDE * SIDE, IMAGES = 9 };

/* A model on a randomly initialised ResNet-18 and what it looks at, in a folder of its own. */
typedef struct Fixture {
  SnScope *scope;
  char folder[40];
  char *weights, *eight_bits, *plain;
  SnModel *model;
  float *images;
} Fixture;

static int set_up(void **state) {
  Fixture *fixture = calloc(1, sizeof *fixture);
  strcpy(fixture->folder, "/tmp/simplenet-test-XXXXXX");
  assert_non_null(mkdtemp(fixture->folder));
  fixture->scope = sn_scope_open();
  fixture->weights = sn_path_join(fixture->folder, "weights.safetensors");
  fixture->eight_bits = sn_path_join(fixture->folder, "int8.safetensors");
  fixture->plain = sn_path_join(fixture->folder, "f32.safetensors");
  test_write_resnet18(fixture->weights);
  SnSettings settings = test_settings(&sn_simplenet, "paper");
  test_set(&settings, "backbone", "resnet18");
  settings.view.resize = settings.view.crop = sn_square(SIDE);
  fixture->model = sn_model_new(&settings, fixture->weights);
  fixture->images = random_floats(7, IMAGES * 3 * PIXELS);
  assert_true(sn_detector_write(fixture->model, SN_FLOAT32, fixture->plain));
  SnQuantizing *quantizing = sn_quantizing_new(fixture->model, fixture->images, IMAGES);
  while (quantizing && sn_quantizing_next(quantizing)) continue;
  assert_null(sn_error());
  for (int rule = 0; rule < SN_RANGE_RULE_COUNT; rule++) {
    double found = sn_quantizing_difference(quantizing, (SnRangeRule)rule);
    assert_true(found > 0 && found >= sn_quantizing_difference(quantizing, sn_quantizing_rule(quantizing)));
  }
  assert_true(sn_detector_write(fixture->model, SN_UINT8, fixture->eight_bits));
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  Fixture *fixture = *state;
  sn_clear_error();
  sn_set_precision("fp32");
  unlink(fixture->weights);
  unlink(fixture->eight_bits);
  unlink(fixture->plain);
  rmdir(fixture->folder);
  free(fixture->weights);
  free(fixture->eight_bits);
  free(fixture->plain);
  free(fixture->images);
  sn_scope_close(fixture->scope);
  free(fixture);
  return 0;
}

static float score_of(SnModel *model, const Fixture *fixture, const char *precision, float *map) {
  float score = NAN;
  SnScope *scope = sn_scope_open();
  assert_true(sn_set_precision(precision));
  SnScorer *scorer = sn_scorer_new(model, SN_SCORER_IMAGES);
  if (!scorer || !sn_scorer_run_images(scorer, fixture->images, 1, map, &score)) fail_msg("%s", sn_error());
  assert_true(sn_set_precision("fp32"));
  sn_scope_close(scope);
  return score;
}

/* What the first convolution and the head see is not in 8 bits. */
static void every_convolution_but_the_first_has_a_range(void **state) {
  const Fixture *fixture = *state;
  const SnLayerRanges *ranges = &fixture->model->ranges;
  assert_int_equal(ranges->count, 14); /* 12 of the blocks, 2 beside them */
  assert_null(sn_layer_range_find(ranges, "conv1.weight"));
  const SnLayerRange *range = sn_layer_range_find(ranges, "layer1.0.conv1.weight");
  assert_non_null(range);
  assert_true(range->x.least == 0 && range->x.most > 0); /* behind ReLU */
}

static void a_file_gives_the_same_scores(void **state) {
  const Fixture *fixture = *state;
  static float map[PIXELS], again[PIXELS], plain[PIXELS];
  SnModel *read = sn_model_load(fixture->eight_bits, NULL);
  if (!read) fail_msg("%s", sn_error());
  assert_int_equal(read->ranges.count, fixture->model->ranges.count);
  for (int64_t i = 0; i < read->ranges.count; i++)
    assert_memory_equal(&read->ranges.items[i].x,
                        &sn_layer_range_find(&fixture->model->ranges, read->ranges.items[i].weight)->x,
                        sizeof(SnInputRange));
  float score = score_of(read, fixture, "int8", map), exact = score_of(fixture->model, fixture, "fp32", plain);
  /* written again and read again: weights in 8 bits stay what they are */
  assert_true(sn_detector_write(read, SN_UINT8, fixture->eight_bits));
  SnModel *second = sn_model_load(fixture->eight_bits, NULL);
  assert_true(second && score_of(second, fixture, "int8", again) == score);
  assert_memory_equal(map, again, sizeof map);
  double off = 0, size = 0, mean = 0;
  for (int i = 0; i < PIXELS; i++) mean += (double)plain[i] / PIXELS;
  for (int i = 0; i < PIXELS; i++) {
    off += pow((double)(map[i] - plain[i]), 2);
    size += pow((double)plain[i] - mean, 2);
  }
  assert_true(score != exact && off > 0 && off < 0.1 * size);
}

static int64_t size_of(const char *path) {
  SnStateDict *file = sn_safetensors_read(path);
  int64_t bytes = 0;
  for (int64_t i = 0; i < file->tensor_count; i++)
    bytes += sn_count(file->tensors[i].tensor) * (int64_t)sn_dtype_size(file->tensors[i].tensor->array.dtype);
  return bytes;
}

static void a_file_is_a_quarter(void **state) {
  const Fixture *fixture = *state;
  SnStateDict *file = sn_safetensors_read(fixture->eight_bits);
  assert_string_equal(sn_state_dict_text(file, "precision"), "int8");
  SnDtype dtype = sn_state_dict_find(file, "backbone.layer2.1.conv2.weight")->array.dtype;
  SnDtype first = sn_state_dict_find(file, "backbone.conv1.weight")->array.dtype;
  assert_true(dtype == SN_UINT8 && first == SN_FLOAT16);
  assert_true((double)size_of(fixture->eight_bits) < 0.35 * (double)size_of(fixture->plain));
}

static void the_library_takes_the_precision_of_the_file(void **state) {
  const Fixture *fixture = *state;
  static const struct {
    const char *asked, *used;
  } cases[] = {{NULL, "int8"}, {"fp32", "fp32"}, {"int8", "int8"}, {"bf16", "bf16"}};
  uint8_t *pixels = malloc(3 * PIXELS);
  double scores[4];
  for (int i = 0; i < 3 * PIXELS; i++) pixels[i] = (uint8_t)(i * 7 % 251);
  for (int i = 0; i < 4; i++) {
    SnDetector *detector = sn_detector_open(
        fixture->eight_bits, &(SnOptions){.size = sizeof(SnOptions), .precision = cases[i].asked, .threads = 1});
    SnInformation information = {.size = sizeof information};
    SnDetection detection;
    if (!detector || !sn_detector_detect(detector, pixels, SIDE, SIDE, &detection)) fail_msg("%s", sn_error());
    assert_true(sn_detector_information(detector, &information));
    assert_string_equal(information.precision, cases[i].used);
    scores[i] = detection.score;
    sn_detector_close(detector);
  }
  assert_true(scores[0] == scores[2] && scores[0] != scores[1]);
  assert_int_equal(sn_precision(), SN_PRECISION_FLOAT32); /* the caller's stays */
  assert_null(sn_detector_open(fixture->plain, &(SnOptions){.size = sizeof(SnOptions), .precision = "int8"}));
  assert_non_null(strstr(sn_error(), "`simplenet export --precision int8`"));
  assert_false(sn_fit(&(SnFitOptions){.size = sizeof(SnFitOptions), .train = fixture->folder, .precision = "int8"},
                      fixture->plain));
  assert_non_null(strstr(sn_error(), "a training computes in fp32"));
  sn_clear_error();
  free(pixels);
}

/* ---- files that are wrong ---- */

static const char kernel[] = "backbone.layer1.0.conv1.weight", scale[] = "backbone.layer1.0.conv1.weight.scale",
                  range[] = "backbone.layer1.0.conv1.weight.input_range";

static void expect_refusal(const SnStateDict *file, const char *name, SnTensor *tensor, const char *words) {
  SnStateDict *copy = sn_state_dict_new();
  for (int64_t i = 0; i < file->text_count; i++) sn_state_dict_add_text(copy, file->texts[i].name, file->texts[i].text);
  for (int64_t i = 0; i < file->tensor_count; i++) {
    SnTensor *value = strcmp(file->tensors[i].name, name) == 0 ? tensor : file->tensors[i].tensor;
    if (value) sn_state_dict_add(copy, file->tensors[i].name, value);
  }
  assert_null(sn_model_load_from(copy, "spoilt.safetensors", NULL));
  const char *const parts[] = {"spoilt.safetensors", name, words};
  for (int i = 0; i < 3; i++)
    if (!strstr(sn_error(), parts[i])) fail_msg("'%s' does not say '%s'", sn_error(), parts[i]);
  sn_clear_error();
}

static SnTensor *pair(float a, float b) { return sn_from_host(SN_FLOAT32, SN_SHAPE(2), (float[]){a, b}); }

static void what_is_wrong_is_named(void **state) {
  const Fixture *fixture = *state;
  const SnStateDict *file = sn_safetensors_read(fixture->eight_bits);
  assert_non_null(sn_model_load_from(file, "spoilt.safetensors", NULL));
  expect_refusal(file, scale, NULL, "expected 64 numbers");
  expect_refusal(file, scale, sn_full(SN_FLOAT32, 1, SN_SHAPE(63)), "found [63]");
  expect_refusal(file, scale, sn_full(SN_FLOAT64, 1, SN_SHAPE(64)), "float32");
  expect_refusal(file, scale, sn_full(SN_FLOAT32, NAN, SN_SHAPE(64)), "NaN");
  expect_refusal(file, kernel, sn_full(SN_FLOAT32, 1, SN_SHAPE(64, 64, 3, 3)), "in U8");
  expect_refusal(file, kernel, sn_full(SN_UINT8, 1, SN_SHAPE(64)), "in U8");
  expect_refusal(file, kernel, sn_full(SN_UINT8, 1, SN_SHAPE(64, 3, 3, 64)), "expected the shape");
  expect_refusal(file, range, pair(1, 2), "0 in it");
  expect_refusal(file, range, pair(0, 0), "0 in it");
  expect_refusal(file, range, pair(-3e38f, 3e38f), "0 in it");
  expect_refusal(file, range, pair(0, INFINITY), "infinity");
  expect_refusal(file, range, sn_full(SN_FLOAT32, 1, SN_SHAPE(3)), "expected 2 numbers");
  expect_refusal(file, kernel, NULL, "there is no weight");
  expect_refusal(file, range, NULL, "is missing");
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_convolution_but_the_first_has_a_range), cmocka_unit_test(a_file_gives_the_same_scores),
      cmocka_unit_test(a_file_is_a_quarter), cmocka_unit_test(the_library_takes_the_precision_of_the_file),
      cmocka_unit_test(what_is_wrong_is_named)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
