/* simplenet.h: how a detector computes, several photographs at once, what is known of a detector, and kinds of errors.
 */
#include "tests/support/test.h"

#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/cpu/precision.h"
#include "base/file.h"
#include "simplenet.h"
#include "tensor/tensor.h"
#include "tests/support/cuda_device.h"
#include "tests/support/image_files.h"
#include "tests/support/models.h"
#include "tests/support/scope.h"

enum { SIDE = 64, PHOTOGRAPHS = 5 };

/* A folder with a model on the embedded backbone and photographs. */
typedef struct Fixture {
  char *folder, *model, *photographs[PHOTOGRAPHS];
} Fixture;

static int set_up(void **state) {
  Fixture *fixture = calloc(1, sizeof *fixture);
  fixture->folder = make_folder();
  SnScope *scope = sn_scope_open();
  SnSettings settings = test_simplenet_settings("paper", 16);
  test_set(&settings, "backbone", "embedded");
  settings.view.resize = sn_one_side(72);
  settings.view.crop = sn_square(SIDE);
  SnModel *model = sn_model_new(&settings, NULL);
  fixture->model = sn_path_join(fixture->folder, "model.safetensors");
  if (!model || !sn_model_save(model, fixture->model)) {
    fprintf(stderr, "%s\n", sn_error());
    return -1;
  }
  sn_scope_close(scope);
  for (int i = 0; i < PHOTOGRAPHS; i++) {
    char name[16];
    snprintf(name, sizeof name, "%d.png", i);
    fixture->photographs[i] =
        strdup(write_halves(fixture->folder, name, 90, 80, (uint8_t)(20 + 40 * i), (uint8_t)(200 - 30 * i)));
  }
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  Fixture *fixture = *state;
  for (int i = 0; i < PHOTOGRAPHS; i++) free(fixture->photographs[i]);
  free(fixture->model);
  remove_folder(fixture->folder);
  free(fixture);
  return 0;
}

static SnDetector *open_with(const Fixture *fixture, SnOptions options) {
  options.size = sizeof options;
  SnDetector *detector = sn_detector_open(fixture->model, &options);
  if (!detector) fail_msg("%s", sn_error());
  return detector;
}

static void score_all(SnDetector *detector, const Fixture *fixture, double scores[PHOTOGRAPHS]) {
  for (int i = 0; i < PHOTOGRAPHS; i++) {
    SnDetection found;
    if (!sn_detector_detect_file(detector, fixture->photographs[i], &found)) fail_msg("%s", sn_error());
    scores[i] = found.score;
  }
}

/* ---- options ---- */

static void refuse(const Fixture *fixture, const SnOptions *options, SnErrorCode code, const char *words) {
  assert_null(sn_detector_open(fixture->model, options));
  if (sn_error_code() != code || !strstr(sn_error(), words)) fail_msg("%d: %s", (int)sn_error_code(), sn_error());
}

static void options_that_make_no_sense(void **state) {
  const Fixture *fixture = *state;
  const size_t size = sizeof(SnOptions);
  refuse(fixture, &(SnOptions){.size = 0}, SN_ERROR_ARGUMENT, "size");
  refuse(fixture, &(SnOptions){.size = 100000}, SN_ERROR_ARGUMENT, "size");
  refuse(fixture, &(SnOptions){.size = size - 1}, SN_ERROR_ARGUMENT, "size");
  refuse(fixture, &(SnOptions){.size = size, .threads = -1}, SN_ERROR_ARGUMENT, "threads");
  refuse(fixture, &(SnOptions){.size = size, .threads = 257}, SN_ERROR_ARGUMENT, "threads");
  refuse(fixture, &(SnOptions){.size = size, .batch = -1}, SN_ERROR_ARGUMENT, "batch");
  refuse(fixture, &(SnOptions){.size = size, .batch = 1025}, SN_ERROR_ARGUMENT, "batch");
  refuse(fixture, &(SnOptions){.size = size, .device = "gpu"}, SN_ERROR_DEVICE, "gpu");
  refuse(fixture, &(SnOptions){.size = size, .precision = "fp8"}, SN_ERROR_DEVICE, "fp8");
  refuse(fixture, &(SnOptions){.size = size, .precision = "tf32"}, SN_ERROR_DEVICE, "cpu");
  refuse(fixture, &(SnOptions){.size = size, .weights = "absent.pth"}, SN_ERROR_MODEL, "absent.pth");
  assert_null(sn_detector_open(NULL, NULL));
  assert_int_equal(sn_error_code(), SN_ERROR_ARGUMENT);
  assert_null(sn_detector_open("absent.safetensors", NULL));
  assert_int_equal(sn_error_code(), SN_ERROR_MODEL);
}

/* A structure of an older version is shorter, one of a newer version longer. */
static void structures_of_other_versions(void **state) {
  const Fixture *fixture = *state;
  struct {
    SnOptions options;
    long more;
  } newer = {.options.size = sizeof newer, .more = 0};
  SnOptions older = {.size = offsetof(SnOptions, device), .threads = -5};
  SnDetector *detector = sn_detector_open(fixture->model, &older);
  assert_non_null(detector);
  struct {
    size_t size;
    const char *method, *backbone;
  } short_information = {sizeof short_information, NULL, NULL};
  SnInformation guard = {.size = sizeof short_information, .category = "kept"};
  assert_true(sn_detector_information(detector, (SnInformation *)&short_information));
  assert_string_equal(short_information.method, "simplenet");
  assert_true(sn_detector_information(detector, &guard));
  assert_string_equal(guard.category, "kept");
  guard.size = 1;
  assert_false(sn_detector_information(detector, &guard));
  assert_int_equal(sn_error_code(), SN_ERROR_ARGUMENT);
  sn_detector_close(detector);
  detector = sn_detector_open(fixture->model, &newer.options);
  assert_non_null(detector);
  sn_detector_close(detector);
  newer.more = 1;
  refuse(fixture, &newer.options, SN_ERROR_ARGUMENT, "does not know");
}

static int threads_of_process(void) {
  int count = 0;
  DIR *folder = opendir("/proc/self/task");
  if (!folder) return -1;
  for (struct dirent *entry; (entry = readdir(folder));) count += entry->d_name[0] != '.';
  closedir(folder);
  return count;
}

static void threads_of_its_own_change_no_bit(void **state) {
  const Fixture *fixture = *state;
  double expected[PHOTOGRAPHS], found[PHOTOGRAPHS];
  SnDetector *shared = open_with(fixture, (SnOptions){.threads = 0});
  score_all(shared, fixture, expected);
  sn_detector_close(shared);
  int before = threads_of_process();
  for (int threads = 1; threads <= 4; threads++) {
    SnDetector *detector = open_with(fixture, (SnOptions){.threads = threads});
    SnInformation information = {.size = sizeof information};
    score_all(detector, fixture, found);
    assert_memory_equal(found, expected, sizeof found);
    assert_true(sn_detector_information(detector, &information) && information.threads == threads);
    assert_true(before < 0 || threads_of_process() == before + threads - 1);
    sn_detector_close(detector);
  }
  assert_int_equal(threads_of_process(), before);
}

/* Also where bfloat16 is no faster. Each computes as it was opened, whatever the others and the program's own thread do. */
static void precisions_stand_side_by_side(void **state) {
  const Fixture *fixture = *state;
  double exact[PHOTOGRAPHS], rounded[PHOTOGRAPHS], found[PHOTOGRAPHS];
  sn_cpu_set_bfloat16_speed(8);
  SnDetector *one = open_with(fixture, (SnOptions){.precision = "fp32"});
  score_all(one, fixture, exact);
  SnDetector *two = open_with(fixture, (SnOptions){.precision = "bf16"});
  score_all(two, fixture, rounded);
  for (int i = 0; i < PHOTOGRAPHS; i++) {
    assert_true(exact[i] != rounded[i]);
    assert_true(fabs(exact[i] - rounded[i]) < 0.1 * fabs(exact[i]) + 0.1);
  }
  score_all(one, fixture, found);
  assert_memory_equal(found, exact, sizeof found);
  assert_int_equal(sn_device()->precision(), SN_PRECISION_FLOAT32);
  assert_true(sn_set_precision("bf16"));
  SnDetector *three = open_with(fixture, (SnOptions){.precision = NULL});
  score_all(three, fixture, found);
  assert_int_equal(sn_device()->precision(), SN_PRECISION_BFLOAT16);
  assert_true(sn_set_precision("fp32"));
  assert_memory_equal(found, rounded, sizeof found);
  sn_cpu_set_bfloat16_speed(-1);
  SnInformation information = {.size = sizeof information};
  assert_true(sn_detector_information(two, &information));
  assert_string_equal(information.precision, "bf16");
  sn_detector_close(one);
  sn_detector_close(two);
  sn_detector_close(three);
}

/* ---- another device ---- */

typedef struct Errand {
  SnDetector *detector;
  const char *photograph;
  double score;
} Errand;

static void *run_errand(void *argument) {
  Errand *errand = argument;
  SnDetection found;
  errand->score = sn_detector_detect_file(errand->detector, errand->photograph, &found) ? found.score : (double)NAN;
  return NULL;
}

/* Memory is taken on the detector's device, whichever thread calls. */
static void another_device(void **state) {
  const Fixture *fixture = *state;
  const SnBackend *cuda;
  int status;
  if (!test_cuda_open(&cuda, &status)) return;
  double expected[PHOTOGRAPHS];
  SnDetector *here = open_with(fixture, (SnOptions){.device = "cpu"});
  SnDetector *there = open_with(fixture, (SnOptions){.device = "cuda", .precision = "fp32"});
  score_all(here, fixture, expected);
  assert_string_equal(sn_device()->name, "cpu");
  for (int i = 0; i < PHOTOGRAPHS; i++) {
    Errand errand = {there, fixture->photographs[i], 0};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_errand, &errand), 0);
    pthread_join(thread, NULL);
    assert_true(fabs(errand.score - expected[i]) < 1e-4 * fabs(expected[i]) + 1e-4);
    run_errand(&errand);
    assert_true(fabs(errand.score - expected[i]) < 1e-4 * fabs(expected[i]) + 1e-4);
  }
  sn_detector_close(here);
  sn_detector_close(there);
  test_free_storage(NULL);
}

/* ---- several at once ---- */

static void a_batch_gives_what_each_alone_does(void **state) {
  const Fixture *fixture = *state;
  SnBytes bytes;
  static uint8_t grey[32 * 32];
  SnPixels pixels = {SN_PIXELS_GREY, 32, 32, 0, grey};
  for (int i = 0; i < 32 * 32; i++) grey[i] = (uint8_t)(i * 3);
  assert_true(sn_file_read(fixture->photographs[1], 1 << 20, &bytes));
  const SnPhotograph photographs[] = {{.path = fixture->photographs[0]},
                                      {.encoded = bytes.data, .encoded_size = bytes.size},
                                      {.path = "absent.png"},
                                      {.pixels = &pixels},
                                      {.path = fixture->photographs[4], .pixels = &pixels},
                                      {.path = fixture->photographs[4]},
                                      {.encoded = bytes.data, .encoded_size = 9}};
  enum { COUNT = sizeof photographs / sizeof *photographs };
  for (int batch = 1; batch <= 8; batch++) {
    SnDetector *detector = open_with(fixture, (SnOptions){.batch = batch});
    SnDetection found[COUNT], alone;
    float *maps = malloc(COUNT * SIDE * SIDE * sizeof *maps);
    assert_false(sn_detector_detect_batch(detector, photographs, COUNT, found));
    assert_true(strstr(sn_error(), "absent.png") && sn_error_code() == SN_ERROR_PHOTOGRAPH);
    for (int i = 0; i < COUNT; i++)
      if (found[i].map) memcpy(maps + i * SIDE * SIDE, found[i].map, SIDE * SIDE * sizeof *maps);
    for (int i = 0; i < COUNT; i++) {
      bool seen = sn_detector_detect_batch(detector, &photographs[i], 1, &alone);
      assert_int_equal(seen, i != 2 && i != 4 && i != 6);
      assert_int_equal(isnan(found[i].score), !seen);
      if (!seen) {
        assert_null(found[i].map);
        continue;
      }
      assert_true(found[i].score == alone.score && found[i].width == alone.width);
      assert_memory_equal(maps + i * SIDE * SIDE, alone.map, SIDE * SIDE * sizeof *maps);
    }
    free(maps);
    sn_detector_close(detector);
  }
  sn_bytes_free(&bytes);
}

static void batches_that_make_no_sense(void **state) {
  const Fixture *fixture = *state;
  SnDetector *detector = open_with(fixture, (SnOptions){.batch = 2});
  SnDetection found;
  SnPhotograph nothing = {.path = NULL};
  assert_true(sn_detector_detect_batch(detector, NULL, 0, &found));
  assert_false(sn_detector_detect_batch(detector, NULL, 1, &found));
  assert_int_equal(sn_error_code(), SN_ERROR_ARGUMENT);
  assert_false(sn_detector_detect_batch(detector, &nothing, -1, &found));
  assert_false(sn_detector_detect_batch(detector, &nothing, 1, NULL));
  assert_int_equal(sn_error_code(), SN_ERROR_ARGUMENT);
  assert_false(sn_detector_detect_batch(detector, &nothing, 1, &found));
  assert_int_equal(sn_error_code(), SN_ERROR_ARGUMENT);
  assert_null(sn_detector_open("absent.safetensors", NULL));
  assert_false(sn_detector_detect_batch(NULL, &nothing, 1, &found));
  assert_true(sn_error_code() == SN_ERROR_MODEL &&
              strstr(sn_error(), "absent.safetensors")); /* the first error stays */
  assert_true(sn_detector_detect_file(detector, fixture->photographs[0], &found));
  assert_int_equal(sn_error_code(), SN_ERROR_NONE);
  sn_detector_close(detector);
}

/* ---- what is known ---- */

static void a_detector_tells_what_it_is(void **state) {
  const Fixture *fixture = *state;
  SnDetector *detector = open_with(fixture, (SnOptions){.batch = 3, .threads = 2});
  SnInformation known = {.size = sizeof known};
  assert_true(sn_detector_information(detector, &known));
  assert_string_equal(known.method, "simplenet");
  assert_string_equal(known.backbone, "embedded");
  assert_int_equal(strlen(known.backbone_sha256), 64);
  assert_true(known.map_height == SIDE && known.map_width == SIDE);
  assert_true(isnan(known.threshold) && isnan(known.false_alarms) && known.calibration_photographs == 0);
  assert_string_equal(known.threshold_text, sn_detector_threshold_text(detector));
  assert_string_equal(known.device, "cpu");
  assert_string_equal(known.precision, "fp32");
  assert_true(known.threads == 2 && known.batch == 3);
  assert_null(known.exported);
  assert_false(sn_detector_information(detector, NULL));
  assert_false(sn_detector_information(NULL, &known));
  sn_detector_close(detector);
}

static void a_mask_is_where_the_map_reaches_a_level(void **state) {
  (void)state;
  static const float map[6] = {0, 1, 2, 3, 2, 1};
  SnDetection detection = {.map_height = 2, .map_width = 3, .map = map};
  uint8_t mask[6];
  assert_true(sn_detection_mask(&detection, 2, mask));
  assert_memory_equal(mask, ((uint8_t[6]){0, 0, 255, 255, 255, 0}), 6);
  assert_false(sn_detection_mask(&detection, 2, NULL));
  assert_false(sn_detection_mask(&detection, (double)NAN, mask));
  assert_int_equal(sn_error_code(), SN_ERROR_ARGUMENT);
  assert_false(sn_detection_mask(NULL, 2, mask));
}

#define TEST(name) cmocka_unit_test_teardown(name, test_clear_error)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(options_that_make_no_sense),
      TEST(structures_of_other_versions),
      TEST(threads_of_its_own_change_no_bit),
      TEST(precisions_stand_side_by_side),
      TEST(another_device),
      TEST(a_batch_gives_what_each_alone_does),
      TEST(batches_that_make_no_sense),
      TEST(a_detector_tells_what_it_is),
      TEST(a_mask_is_where_the_map_reaches_a_level),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
