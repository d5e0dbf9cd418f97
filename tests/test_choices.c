/* Algorithms that were measured: what a plan takes, the file they are kept in, and measuring itself. */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/measured_plan.h"
#include "anomaly/scorer.h"
#include "autograd/ops.h"
#include "base/error.h"
#include "base/file.h"
#include "plan/choices.h"
#include "simplenet.h"
#include "tests/support/image_files.h"
#include "tests/support/models.h"

static SnFusedConv2d convolution(int64_t in, int64_t out, int64_t kernel, int64_t groups) {
  return (SnFusedConv2d){
      .conv2d = {.stride = {1, 1}, .padding = {kernel / 2, kernel / 2}, .dilation = {1, 1}, .groups = groups},
      .in = in,
      .out = out,
      .kernel = {kernel, kernel}};
}

static SnConvolutionAlgorithm chosen(const SnFusedConv2d *conv2d, const int64_t x[4]) {
  return sn_choose_convolution(sn_backend_cpu(), conv2d, x);
}

/* Notes that `algorithm` is ten times as fast as the backend's own choice. */
static void note(SnChoices *choices, SnFusedConv2d conv2d, const int64_t x[4], SnConvolutionAlgorithm algorithm) {
  SnConvolutionAlgorithm usual = sn_backend_cpu()->conv2d_choose(&conv2d, x);
  conv2d.algorithm = usual;
  assert_true(sn_choices_add(choices, &conv2d, x, usual, 1e-2));
  conv2d.algorithm = algorithm;
  assert_true(sn_choices_add(choices, &conv2d, x, usual, 1e-3));
}

static void a_plan_takes_what_was_measured(void **state) {
  (void)state;
  const int64_t x[4] = {1, 64, 28, 28}, other[4] = {2, 64, 28, 28}, row[4] = {5, 64, 1, 1},
                doubled[4] = {1, 64, 56, 56};
  SnFusedConv2d square = convolution(64, 64, 3, 1), depthwise = convolution(64, 64, 3, 64),
                rows = convolution(64, 64, 1, 1);
  SnChoices *choices = sn_choices_new();
  assert_int_equal(chosen(&square, x), SN_CONVOLUTION_WINOGRAD_4);
  note(choices, square, x, SN_CONVOLUTION_IM2COL);
  note(choices, depthwise, x, SN_CONVOLUTION_IM2COL);
  note(choices, rows, row, SN_CONVOLUTION_IM2COL);
  note(choices, square, doubled, SN_CONVOLUTION_WINOGRAD_2);
  SnFusedConv2d dilated = square;
  dilated.conv2d.dilation[1] = 2;
  note(choices, dilated, doubled, SN_CONVOLUTION_IM2COL);
  sn_choices_use(choices);
  assert_int_equal(chosen(&square, x), SN_CONVOLUTION_IM2COL);
  assert_int_equal(chosen(&square, other), SN_CONVOLUTION_WINOGRAD_4); /* another shape */
  assert_int_equal(chosen(&square, doubled), SN_CONVOLUTION_WINOGRAD_2);
  assert_int_equal(chosen(&dilated, doubled), SN_CONVOLUTION_IM2COL); /* other dilation */
  assert_int_equal(chosen(&depthwise, x), SN_CONVOLUTION_DEPTHWISE);  /* stays */
  assert_int_equal(chosen(&rows, row), SN_CONVOLUTION_ROWS);
  sn_choices_prefer(SN_CONVOLUTION_WINOGRAD_2);
  assert_int_equal(chosen(&square, x), SN_CONVOLUTION_WINOGRAD_2);
  assert_int_equal(chosen(&rows, row), SN_CONVOLUTION_ROWS);
  sn_choices_prefer(SN_CONVOLUTION_DIRECT);
  sn_choices_use(NULL);
  assert_int_equal(chosen(&square, x), SN_CONVOLUTION_WINOGRAD_4);
}

/* What is hardly faster, or slower, changes nothing. */
static void noise_changes_nothing(void **state) {
  (void)state;
  SnChoice choice = {
      .usual = SN_CONVOLUTION_WINOGRAD_4,
      .seconds = {[SN_CONVOLUTION_WINOGRAD_4] = 1, [SN_CONVOLUTION_WINOGRAD_2] = 0.98, [SN_CONVOLUTION_IM2COL] = 2}};
  assert_int_equal(sn_choice_fastest(&choice), SN_CONVOLUTION_WINOGRAD_4);
  choice.seconds[SN_CONVOLUTION_WINOGRAD_2] = 0.9;
  assert_int_equal(sn_choice_fastest(&choice), SN_CONVOLUTION_WINOGRAD_2);
}

/* ---- files ---- */

static void files_keep_all_of_it(void **state) {
  const char *folder = *state;
  const int64_t x[4] = {3, 32, 20, 30};
  SnFusedConv2d odd = {.conv2d = {{2, 1}, {1, 0}, {1, 2}, 2, {0, 1}}, .in = 32, .out = 16, .kernel = {3, 5}};
  SnChoices *choices = sn_choices_new();
  note(choices, odd, x, SN_CONVOLUTION_GROUPED);
  note(choices, convolution(32, 8, 3, 1), x, SN_CONVOLUTION_WINOGRAD_2);
  char *path = sn_path_join(folder, "tuned.json");
  assert_true(sn_choices_write(choices, path));
  SnChoices *read = sn_choices_read(path);
  if (!read) fail_msg("%s", sn_error());
  assert_int_equal(read->count, 2);
  for (int i = 0; i < 2; i++) {
    const SnFusedConv2d *before = &choices->items[i].conv2d, *after = &read->items[i].conv2d;
    assert_memory_equal(&before->conv2d, &after->conv2d, sizeof before->conv2d);
    assert_memory_equal(before->kernel, after->kernel, sizeof before->kernel);
    assert_true(before->in == after->in && before->out == after->out);
    assert_memory_equal(choices->items[i].x, read->items[i].x, sizeof x);
    assert_int_equal(choices->items[i].usual, read->items[i].usual);
    for (int a = 0; a < SN_CONVOLUTION_ALGORITHM_COUNT; a++)
      assert_true(fabs(choices->items[i].seconds[a] - read->items[i].seconds[a]) < 1e-12);
  }
  free(path);
}

/* The right file with `from` replaced by `to`. */
static void refuse(const char *folder, const char *right, const char *from, const char *to, const char *words) {
  const char *place = strstr(right, from);
  if (!place) fail_msg("there is no %s", from);
  char *text = malloc(strlen(right) + strlen(to) + 1);
  sprintf(text, "%.*s%s%s", (int)(place - right), right, to, place + strlen(from));
  char *path = strdup(write_text(folder, "wrong.json", text));
  assert_null(sn_choices_read(path));
  if (!strstr(sn_error(), words) || !strstr(sn_error(), "wrong.json")) fail_msg("%s: %s", to, sn_error());
  sn_clear_error();
  free(path);
  free(text);
}

static void files_of_others_are_refused(void **state) {
  const char *folder = *state;
  SnChoices *choices = sn_choices_new();
  SnBytes bytes;
  note(choices, convolution(32, 8, 3, 1), (int64_t[4]){1, 32, 20, 20}, SN_CONVOLUTION_IM2COL);
  char *path = sn_path_join(folder, "tuned.json");
  assert_true(sn_choices_write(choices, path) && sn_file_read(path, 1 << 20, &bytes));
  char *right = calloc(bytes.size + 1, 1);
  memcpy(right, bytes.data, bytes.size);
  refuse(folder, right, "simplenet.c plan 1", "simplenet.c plan 0", "tune");
  refuse(folder, right, "{", "", "tune");
  refuse(folder, right, "\"version\":\t\"", "\"version\":\t\"0.", "version");
  refuse(folder, right, "\"processor\":\t\"", "\"processor\":\t\"not ", "processor");
  refuse(folder, right, "\"threads\":\t\"", "\"threads\":\t\"9", "threads");
  refuse(folder, right, "\"precision\":\t\"fp32", "\"precision\":\t\"bf16", "precision");
  refuse(folder, right, "\"convolutions\"", "\"nothing\"", "convolutions");
  refuse(folder, right, "[1, 32, 20, 20]", "[1, 32, 20]", "input");
  refuse(folder, right, "[1, 32, 20, 20]", "[1, 32, 20, 20, 1]", "input");
  refuse(folder, right, "[1, 32, 20, 20]", "[1, 32, 20, 0]", "input");
  refuse(folder, right, "[1, 32, 20, 20]", "[1, 32, 20, 1.5]", "input");
  refuse(folder, right, "[1, 32, 20, 20]", "[1, 32, 20, 1e300]", "input");
  refuse(folder, right, "[1, 32, 20, 20]", "\"one\"", "input");
  refuse(folder, right, "\"usual\":\t\"", "\"usual\":\t\"un", "algorithm");
  refuse(folder, right, "\"im2col\":\t", "\"magic\":\t", "magic");
  refuse(folder, right, "\"im2col\":\t", "\"bfloat16\":\t", "precise");
  refuse(folder, right, "\"im2col\":\t", "\"im2col\":\t-", "milliseconds");
  assert_null(sn_choices_read("absent.json"));
  sn_clear_error();
  sn_bytes_free(&bytes);
  free(right);
  free(path);
}

/* ---- measuring ---- */

static SnModel *small_model(void) {
  SnSettings settings = test_simplenet_settings("paper", 32);
  test_set(&settings, "backbone", "embedded");
  settings.view.resize = sn_one_side(72);
  settings.view.crop = sn_square(64);
  return sn_model_new(&settings, NULL);
}

static void score_one(SnModel *model, float *score, SnScorer **scorer) {
  enum { PIXELS = 64 * 64 };
  float map[PIXELS];
  *scorer = sn_scorer_new(model, SN_SCORER_IMAGES);
  SnTensor *input = sn_uniform(SN_FLOAT32, SN_SHAPE(1, 3, 64, 64), -2, 2, sn_random(1, SN_STREAM_DATA, 0));
  if (!sn_scorer_run(*scorer, 1, &input, map, score)) fail_msg("%s", sn_error());
}

/* A model opened with a file of choices scores otherwise, by a few last digits, than without. */
static void a_detector_computes_by_a_file(const char *folder, SnModel *model, const SnChoices *choices) {
  enum { SIDE = 64 };
  static uint8_t rows[SIDE * SIDE * 3];
  char *path = sn_path_join(folder, "model.safetensors"), *tuned = sn_path_join(folder, "tuned.json");
  double score[2];
  for (int i = 0; i < SIDE * SIDE * 3; i++) rows[i] = (uint8_t)(i * 37 % 251);
  assert_true(sn_model_save(model, path) && sn_choices_write(choices, tuned));
  for (int t = 0; t < 2; t++) {
    SnOptions options = {.size = sizeof options, .tuned = t ? tuned : NULL};
    SnDetection found;
    SnDetector *detector = sn_detector_open(path, &options);
    if (!detector || !sn_detector_detect(detector, rows, SIDE, SIDE, &found)) fail_msg("%s", sn_error());
    score[t] = found.score;
    sn_detector_close(detector);
  }
  assert_true(score[0] != score[1] && fabs(score[0] - score[1]) < 1e-4 * fabs(score[0]) + 1e-4);
  free(path);
  free(tuned);
}

static void every_convolution_is_measured(void **state) {
  const char *folder = *state;
  SnModel *model = small_model();
  SnScorer *scorer;
  float usual, tuned, again;
  SnMeasuring *measuring = sn_measuring_new(model, 1);
  while (sn_measuring_next(measuring)) continue;
  assert_true(sn_ok());
  SnMeasuringProgress progress = sn_measuring_progress(measuring);
  assert_true(progress.done == progress.total && progress.total > 0);
  const SnChoices *choices = sn_measuring_choices(measuring);
  assert_true(choices->count > 5);
  int several = 0;
  for (int64_t i = 0; i < choices->count; i++) {
    const SnChoice *choice = &choices->items[i];
    int algorithms = 0;
    for (int a = 0; a < SN_CONVOLUTION_ALGORITHM_COUNT; a++) algorithms += choice->seconds[a] > 0;
    assert_true(choice->seconds[choice->usual] > 0 && choice->seconds[SN_CONVOLUTION_BFLOAT16] == 0);
    several += algorithms > 1;
  }
  assert_true(several > 3);
  score_one(model, &usual, &scorer);
  SnChoices *windows = sn_choices_new(); /* whatever was the fastest: windows everywhere */
  for (int64_t i = 0; i < choices->count; i++)
    note(windows, choices->items[i].conv2d, choices->items[i].x, SN_CONVOLUTION_IM2COL);
  sn_choices_use(windows);
  score_one(model, &tuned, &scorer);
  score_one(model, &again, &scorer);
  sn_choices_use(NULL);
  assert_true(tuned == again && tuned != usual);
  assert_true(fabsf(tuned - usual) < 1e-4f * fabsf(usual) + 1e-4f);
  a_detector_computes_by_a_file(folder, model, windows);
}

static void a_detector_takes_a_file(void **state) {
  const char *folder = *state;
  SnModel *model = small_model();
  char *path = sn_path_join(folder, "model.safetensors"), *tuned = sn_path_join(folder, "tuned.json");
  assert_true(sn_model_save(model, path));
  SnChoices *choices = sn_choices_new();
  assert_true(sn_choices_write(choices, tuned));
  SnOptions options = {.size = sizeof options, .tuned = tuned};
  SnDetector *detector = sn_detector_open(path, &options);
  if (!detector) fail_msg("%s", sn_error());
  sn_detector_close(detector);
  assert_null(sn_choices_in_use());
  options.threads = 7; /* it was measured with another number */
  assert_null(sn_detector_open(path, &options));
  assert_true(sn_error_code() == SN_ERROR_MODEL && strstr(sn_error(), "threads"));
  sn_clear_error();
  free(path);
  free(tuned);
}

static SnScope *scope;

static int begin(void **state) {
  sn_clear_error();
  scope = sn_scope_open();
  return test_make_folder(state);
}

static int end(void **state) {
  sn_choices_use(NULL);
  sn_choices_prefer(SN_CONVOLUTION_DIRECT);
  int status = test_remove_folder(state);
  sn_scope_close(scope);
  return status;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_plan_takes_what_was_measured), TEST(noise_changes_nothing),         TEST(files_keep_all_of_it),
      TEST(files_of_others_are_refused),    TEST(every_convolution_is_measured), TEST(a_detector_takes_a_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
