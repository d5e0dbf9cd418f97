/* simplenet.h: training by a program. */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "simplenet.h"
#include "tests/support/cuda_device.h"
#include "tests/support/image_files.h"

enum { TRAIN = 8, CALIBRATE = 4 };

/* A folder with train/ and calibrate/ in it, of photographs that differ a little, and one that differs much. */
typedef struct Fixture {
  char *folder, *train, *calibrate, *odd, *detector;
} Fixture;

static int set_up(void **state) {
  Fixture *fixture = calloc(1, sizeof *fixture);
  fixture->folder = make_folder();
  for (int i = 0; i < TRAIN + CALIBRATE; i++) {
    char name[32];
    snprintf(name, sizeof name, "%s/%02d.png", i < TRAIN ? "train" : "calibrate", i);
    write_halves(fixture->folder, name, 80, 80, (uint8_t)(100 + 3 * i), (uint8_t)(180 - 2 * i));
  }
  write_text(fixture->folder, "train/notes.txt", "not a photograph");
  fixture->odd = strdup(write_halves(fixture->folder, "odd.png", 80, 80, 255, 0));
  fixture->train = sn_path_join(fixture->folder, "train");
  fixture->calibrate = sn_path_join(fixture->folder, "calibrate");
  fixture->detector = sn_path_join(fixture->folder, "detector.safetensors");
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  Fixture *fixture = *state;
  sn_clear_error();
  free(fixture->train);
  free(fixture->calibrate);
  free(fixture->odd);
  free(fixture->detector);
  remove_folder(fixture->folder);
  free(fixture);
  return 0;
}

static const char *const small[] = {"resize", "64", "crop", "64", "epochs", "2", "hidden", "16", NULL};

/* What a training told. */
typedef struct Told {
  int calls, stop_at; /* the call that cancels; 0: none */
  SnFitStage stop_stage;
  int64_t features, total_features, steps;
  char warnings[512];
} Told;

static bool note(void *context, SnFitStage stage, int64_t done, int64_t total) {
  Told *told = context;
  assert_true(done >= 0 && done <= total);
  if (stage == SN_FIT_FEATURES) {
    assert_true(done >= told->features && told->steps == 0);
    told->features = done;
    told->total_features = total;
  } else {
    assert_true(done > told->steps);
    told->steps = done;
  }
  return told->stop_at == 0 || stage != told->stop_stage || ++told->calls < told->stop_at;
}

static void hear(void *context, const char *sentence) {
  Told *told = context;
  strncat(told->warnings, sentence, sizeof told->warnings - strlen(told->warnings) - 1);
}

static SnFitOptions options_of(const Fixture *fixture, Told *told) {
  return (SnFitOptions){.size = sizeof(SnFitOptions),
                        .train = fixture->train,
                        .calibrate = fixture->calibrate,
                        .category = "halves",
                        .preset = "paper",
                        .backbone = "embedded",
                        .settings = small,
                        .progress = note,
                        .warn = hear,
                        .context = told};
}

static void a_detector_is_trained_and_decides(void **state) {
  const Fixture *fixture = *state;
  Told told = {.calls = 0};
  SnFitOptions options = options_of(fixture, &told);
  options.false_alarms = 0.2;
  if (!sn_fit(&options, fixture->detector)) fail_msg("%s", sn_error());
  assert_true(told.features == TRAIN + CALIBRATE && told.total_features == told.features);
  assert_int_equal(told.steps, 2 * TRAIN / 4);
  assert_non_null(strstr(told.warnings, "notes.txt"));
  SnDetector *detector = sn_detector_open(fixture->detector, NULL);
  if (!detector) fail_msg("%s", sn_error());
  SnInformation known = {.size = sizeof known};
  assert_true(sn_detector_information(detector, &known));
  assert_string_equal(known.category, "halves");
  assert_true(known.train_photographs == TRAIN && known.calibration_photographs == CALIBRATE);
  assert_true(known.false_alarms == 0.2 && isfinite(known.threshold) && known.exported && known.program);
  SnDetection found;
  assert_true(sn_detector_detect_file(detector, fixture->odd, &found));
  assert_true(found.verdict == (found.score >= known.threshold ? SN_VERDICT_DEFECTIVE : SN_VERDICT_GOOD));
  sn_detector_close(detector);
  told = (Told){.calls = 0};
  assert_true(sn_fit(&options, fixture->detector)); /* an earlier one is replaced */
}

static void every_method_and_a_share(void **state) {
  const Fixture *fixture = *state;
  static const char *const methods[] = {"simplenet", "padim", "patchcore", "mean_image"};
  static const char *const sizes[] = {"resize", "64", "crop", "64", NULL};
  for (int m = 0; m < 4; m++) {
    SnFitOptions options = {.size = sizeof options,
                            .train = fixture->train,
                            .calibrate_share = 0.3,
                            .method = methods[m],
                            .settings = m == 0 ? small : sizes,
                            .threads = 2};
    if (!sn_fit(&options, fixture->detector)) fail_msg("%s: %s", methods[m], sn_error());
    SnDetector *detector = sn_detector_open(fixture->detector, NULL);
    SnInformation known = {.size = sizeof known};
    assert_true(detector && sn_detector_information(detector, &known));
    assert_string_equal(known.method, methods[m]);
    assert_true(known.train_photographs == TRAIN - 2 && known.calibration_photographs == 2);
    SnDetection found;
    assert_true(sn_detector_detect_file(detector, fixture->odd, &found));
    if (m > 0) assert_int_equal(found.verdict, SN_VERDICT_DEFECTIVE); /* two epochs are too few for SimpleNet */
    sn_detector_close(detector);
  }
}

static void a_training_can_be_cancelled(void **state) {
  const Fixture *fixture = *state;
  const SnFitStage stages[] = {SN_FIT_FEATURES, SN_FIT_TRAINING};
  for (int i = 0; i < 2; i++)
    for (int at = 1; at <= 2; at++) {
      Told told = {.stop_at = at, .stop_stage = stages[i]};
      SnFitOptions options = options_of(fixture, &told);
      assert_false(sn_fit(&options, fixture->detector));
      assert_int_equal(sn_error_code(), SN_ERROR_CANCELLED);
      assert_int_equal(told.calls, at);
      assert_false(sn_is_file(fixture->detector));
    }
}

static void refuse(const SnFitOptions *options, const char *detector, SnErrorCode code, const char *words) {
  assert_false(sn_fit(options, detector));
  if (sn_error_code() != code || !strstr(sn_error(), words)) fail_msg("%d: %s", (int)sn_error_code(), sn_error());
}

static void what_makes_no_sense_is_refused(void **state) {
  const Fixture *fixture = *state;
  Told told = {.calls = 0};
  const SnFitOptions good = options_of(fixture, &told);
  SnFitOptions options = good;
#define REFUSE(code, words, ...) \
  options = good;                \
  __VA_ARGS__;                   \
  refuse(&options, fixture->detector, code, words)
  REFUSE(SN_ERROR_ARGUMENT, "size", options.size = 0);
  REFUSE(SN_ERROR_ARGUMENT, "train", options.train = NULL);
  REFUSE(SN_ERROR_ARGUMENT, "exclude", options.calibrate_share = 0.2);
  REFUSE(SN_ERROR_ARGUMENT, "calibrate_share", options.calibrate = NULL, options.calibrate_share = 1);
  REFUSE(SN_ERROR_ARGUMENT, "calibrate_share", options.calibrate = NULL, options.calibrate_share = (double)NAN);
  REFUSE(SN_ERROR_ARGUMENT, "false_alarms", options.false_alarms = 0.9);
  REFUSE(SN_ERROR_ARGUMENT, "category", options.category = "a/b");
  REFUSE(SN_ERROR_DEVICE, "fp8", options.precision = "fp8");
  REFUSE(SN_ERROR_ARGUMENT, "magic", options.method = "magic");
  REFUSE(SN_ERROR_ARGUMENT, "best", options.preset = "best");
  REFUSE(SN_ERROR_ARGUMENT, "resnet7", options.backbone = "resnet7");
  REFUSE(SN_ERROR_ARGUMENT, "colour", options.settings = (const char *[]){"colour", "red", NULL});
  REFUSE(SN_ERROR_ARGUMENT, "epochs", options.settings = (const char *[]){"epochs", NULL});
  REFUSE(SN_ERROR_ARGUMENT, "threads", options.threads = 1000);
  REFUSE(SN_ERROR_DEVICE, "gpu", options.device = "gpu");
  REFUSE(SN_ERROR_MODEL, "absent.pth", options.backbone = "resnet18", options.weights = "absent.pth");
  REFUSE(SN_ERROR_PHOTOGRAPH, "absent", options.train = "absent");
  REFUSE(SN_ERROR_PHOTOGRAPH, "absent", options.calibrate = "absent");
  REFUSE(SN_ERROR_PHOTOGRAPH, "train", options.calibrate = fixture->train);
#undef REFUSE
  refuse(&good, NULL, SN_ERROR_ARGUMENT, "file");
  refuse(&good, "/no/such/folder/detector.safetensors", SN_ERROR_OUTPUT, "/no/such/folder");
  refuse(NULL, fixture->detector, SN_ERROR_ARGUMENT, "SnFitOptions");
}

/* A camera of 12 bits in files of 16: too dark without --white-level. */
static void what_is_odd_is_told(void **state) {
  const Fixture *fixture = *state;
  static uint8_t rows[80 * 80 * 2];
  for (int i = 0; i < 80 * 80; i++) rows[2 * i] = (uint8_t)(i % 15); /* big-endian: below 4096 */
  write_png_file(fixture->folder, "train/dark.png",
                 &(PngFile){.width = 80, .height = 80, .depth = 16, .colour_type = 0, .rows = rows});
  Told told = {.calls = 0};
  SnFitOptions options = options_of(fixture, &told);
  options.settings = (const char *[]){"resize", "64", "crop", "64", "epochs", "1", "hidden", "16", NULL};
  if (!sn_fit(&options, fixture->detector)) fail_msg("%s", sn_error());
  if (!strstr(told.warnings, "of 16 bits")) fail_msg("%s", told.warnings);
}

/* Nor a file that is none of ours. */
static void what_was_read_is_never_replaced(void **state) {
  const Fixture *fixture = *state;
  Told told = {.calls = 0};
  SnFitOptions options = options_of(fixture, &told);
  char *photograph = sn_path_join(fixture->train, "00.png");
  SnBytes before, after;
  assert_true(sn_file_read(photograph, 1 << 20, &before));
  refuse(&options, photograph, SN_ERROR_OUTPUT, "00.png");
  sn_clear_error();
  write_text(fixture->folder, "detector.safetensors", "my notes");
  refuse(&options, fixture->detector, SN_ERROR_OUTPUT, "detector.safetensors");
  sn_clear_error();
  assert_true(sn_file_read(photograph, 1 << 20, &after));
  assert_true(before.size == after.size && memcmp(before.data, after.data, before.size) == 0);
  sn_bytes_free(&before);
  sn_bytes_free(&after);
  free(photograph);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_detector_is_trained_and_decides), TEST(every_method_and_a_share),        TEST(a_training_can_be_cancelled),
      TEST(what_makes_no_sense_is_refused),    TEST(what_was_read_is_never_replaced), TEST(what_is_odd_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
