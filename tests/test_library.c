/* simplenet.h with pixels of every format, files in memory, regions, and many threads. */
#include "tests/support/test.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "simplenet.h"
#include "tests/support/cuda_device.h"
#include "tests/support/formula.h"
#include "tests/support/models.h"
#include "tests/support/scope.h"

enum { WIDTH = 90, HEIGHT = 80 };
static const char *const file = "tests/golden/images/jpeg-exif-6.jpg";

/* A model on the embedded backbone in a file, and in memory. */
typedef struct Fixture {
  char path[64];
  SnBytes bytes;
} Fixture;

static int set_up(void **state) {
  Fixture *fixture = calloc(1, sizeof *fixture);
  strcpy(fixture->path, "/tmp/test_library.XXXXXX");
  close(mkstemp(fixture->path));
  SnScope *scope = sn_scope_open();
  SnSettings settings = test_simplenet_settings("paper", 16);
  test_set(&settings, "backbone", "embedded");
  settings.view.resize = sn_one_side(72);
  settings.view.crop = sn_square(64);
  SnModel *model = sn_model_new(&settings, NULL);
  if (!model || !sn_model_save(model, fixture->path) || !sn_file_read(fixture->path, 1 << 26, &fixture->bytes)) {
    fprintf(stderr, "%s\n", sn_error());
    return -1;
  }
  sn_scope_close(scope);
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  Fixture *fixture = *state;
  unlink(fixture->path);
  sn_bytes_free(&fixture->bytes);
  free(fixture);
  return 0;
}

static SnDetector *open_detector(const Fixture *fixture) {
  SnDetector *detector = sn_detector_open(fixture->path, NULL);
  if (!detector) fail_msg("%s", sn_error());
  return detector;
}

static uint8_t sample(int64_t y, int64_t x, int channel) { return (uint8_t)((y * 31 + x * 7 + channel * 50) % 251); }

/* The same photograph in every format, with gaps between its rows and from the bottom up. */
static void every_format_shows_the_same(void **state) {
  SnDetector *detector = open_detector(*state);
  static const struct {
    SnPixelFormat format;
    int bytes, from[4];
  } formats[] = {{SN_PIXELS_RGB, 3, {0, 1, 2}},
                 {SN_PIXELS_BGR, 3, {2, 1, 0}},
                 {SN_PIXELS_RGBA, 4, {0, 1, 2, 3}},
                 {SN_PIXELS_BGRA, 4, {2, 1, 0, 3}}};
  enum { STRIDE = 4 * WIDTH + 5 };
  static uint8_t rgb[HEIGHT * WIDTH * 3], data[HEIGHT * STRIDE];
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      for (int c = 0; c < 3; c++) rgb[(y * WIDTH + x) * 3 + c] = sample(y, x, c);
  SnDetection expected, found;
  assert_true(sn_detector_detect(detector, rgb, WIDTH, HEIGHT, &expected));
  for (int f = 0; f < 4; f++)
    for (int upwards = 0; upwards < 2; upwards++) {
      memset(data, 99, sizeof data);
      for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
          for (int c = 0; c < formats[f].bytes; c++)
            data[(upwards ? HEIGHT - 1 - y : y) * STRIDE + x * formats[f].bytes + c] = sample(y, x, formats[f].from[c]);
      SnPixels pixels = {formats[f].format, WIDTH, HEIGHT, upwards ? -STRIDE : STRIDE,
                         upwards ? data + (HEIGHT - 1) * STRIDE : data};
      if (!sn_detector_detect_pixels(detector, &pixels, &found)) fail_msg("%s", sn_error());
      assert_true(found.score == expected.score && found.width == expected.width);
    }
  sn_detector_close(detector);
}

static void grey_is_repeated(void **state) {
  SnDetector *detector = open_detector(*state);
  static uint8_t rgb[HEIGHT * WIDTH * 3], grey[HEIGHT * WIDTH];
  for (int i = 0; i < HEIGHT * WIDTH; i++) grey[i] = rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = sample(i, i / 9, 0);
  SnDetection expected, found;
  assert_true(sn_detector_detect(detector, rgb, WIDTH, HEIGHT, &expected));
  SnPixels pixels = {SN_PIXELS_GREY, WIDTH, HEIGHT, 0, grey};
  assert_true(sn_detector_detect_pixels(detector, &pixels, &found));
  assert_true(found.score == expected.score);
  sn_detector_close(detector);
}

static void pixels_that_make_no_sense(void **state) {
  SnDetector *detector = open_detector(*state);
  static const uint8_t data[16];
  SnDetection found;
  const struct {
    SnPixels pixels;
    const char *message;
  } cases[] = {{{SN_PIXELS_RGB, 1, 1, 0, NULL}, "no pixels"},
               {{(SnPixelFormat)9, 1, 1, 0, data}, "format"},
               {{SN_PIXELS_RGB, 0, 1, 0, data}, "0 x 1"},
               {{SN_PIXELS_RGB, INT64_MAX, INT64_MAX, 0, data}, "cannot be looked at"},
               {{SN_PIXELS_RGB, 2, 2, 5, data}, "stride"},
               {{SN_PIXELS_RGB, 2, 2, -5, data}, "stride"},
               {{SN_PIXELS_RGB, 1, 2, INT64_MIN, data}, "stride"},
               {{SN_PIXELS_RGB, 1, 2, INT64_MAX, data}, "stride"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    found.score = 1;
    assert_false(sn_detector_detect_pixels(detector, &cases[i].pixels, &found));
    assert_true(isnan(found.score) && strstr(sn_error(), cases[i].message) != NULL);
  }
  assert_false(sn_detector_detect_pixels(detector, NULL, &found));
  assert_false(sn_detector_detect_pixels(NULL, &cases[0].pixels, &found));
  sn_detector_close(detector);
}

static void memory_is_as_good_as_files(void **state) {
  const Fixture *fixture = *state;
  SnBytes photograph;
  assert_true(sn_file_read(file, 1 << 24, &photograph));
  SnDetector *detector = open_detector(fixture);
  uint8_t *copy = malloc(fixture->bytes.size);
  memcpy(copy, fixture->bytes.data, fixture->bytes.size);
  SnDetector *in_memory = sn_detector_open_memory(copy, fixture->bytes.size, NULL, NULL);
  memset(copy, 0, fixture->bytes.size); /* it was copied */
  free(copy);
  SnDetection expected, found;
  assert_true(detector && in_memory && sn_detector_detect_file(detector, file, &expected));
  if (!sn_detector_detect_encoded(in_memory, photograph.data, photograph.size, &found)) fail_msg("%s", sn_error());
  assert_true(found.score == expected.score);
  assert_memory_equal(found.map, expected.map, (size_t)(found.map_height * found.map_width) * sizeof *found.map);
  assert_false(sn_detector_detect_encoded(in_memory, photograph.data, 20, &found));
  assert_true(isnan(found.score) && strstr(sn_error(), "the file in memory") != NULL);
  assert_false(sn_detector_detect_encoded(in_memory, NULL, 20, &found));
  for (size_t size = 0; size < fixture->bytes.size; size = 2 * size + 1) {
    assert_null(sn_detector_open_memory(fixture->bytes.data, size, "short", NULL));
    assert_non_null(strstr(sn_error(), "short"));
  }
  assert_null(sn_detector_open_memory(NULL, 3, "nothing", NULL));
  sn_detector_close(detector);
  sn_detector_close(in_memory);
  sn_bytes_free(&photograph);
}

static void regions_are_the_parts_of_the_map(void **state) {
  (void)state;
  enum { ROWS = 6, COLUMNS = 7 };
  static const float map[ROWS * COLUMNS] = {0, 2, 0, 0, 0, 0,    0, /* two parts that meet in a corner are one */
                                            0, 0, 3, 0, 0, 0,    0, /**/
                                            0, 0, 0, 0, 0, 0,    0, /**/
                                            0, 0, 0, 0, 5, 2,    0, /**/
                                            0, 0, 0, 0, 0, 1.9f, 0, /* below the level */
                                            2, 0, 0, 0, 0, 0,    0};
  SnDetection detection = {
      .map_height = ROWS, .map_width = COLUMNS, .map = map, .left = 10, .top = 20, .width = 14, .height = 60};
  SnRegion regions[4];
  memset(regions, 0, sizeof regions);
  assert_int_equal(sn_detection_regions(&detection, 2, regions, 4), 3);
  const SnRegion expected[] = {{18, 50, 4, 10, 5, 40}, {12, 20, 4, 20, 3, 40}, {10, 70, 2, 10, 2, 20}};
  assert_memory_equal(regions, expected, sizeof expected);
  assert_true(regions[3].score == 0);
  regions[1].score = -1;
  assert_int_equal(sn_detection_regions(&detection, 2, regions, 1), 3);
  assert_true(regions[1].score == -1);
  assert_int_equal(sn_detection_regions(&detection, 6, NULL, 0), 0);
  assert_int_equal(sn_detection_regions(&detection, -INFINITY, regions, 4), 1);
  assert_true(regions[0].width == 14 && regions[0].height == 60 && regions[0].area == 840);
  assert_int_equal(sn_detection_regions(&detection, (double)NAN, regions, 4), -1);
  assert_non_null(strstr(sn_error(), "NaN"));
  assert_int_equal(sn_detection_regions(NULL, 1, regions, 4), -1);
  assert_int_equal(sn_detection_regions(&detection, 1, NULL, 4), -1);
  assert_int_equal(sn_detection_regions(&(SnDetection){.map_height = 0}, 1, regions, 4), -1);
}

/* ---- threads ---- */

enum { THREADS = 6, TIMES = 5 };

typedef struct Job {
  const Fixture *fixture;
  SnDetector *shared; /* NULL: one of its own */
  uint8_t shade;
  double expected;
  bool right;
} Job;

static double score_of(SnDetector *detector, uint8_t shade, const float **map) {
  uint8_t pixels[32 * 32];
  for (int i = 0; i < 32 * 32; i++) pixels[i] = (uint8_t)(i * shade);
  SnDetection found;
  SnPixels described = {SN_PIXELS_GREY, 32, 32, 0, pixels};
  if (!sn_detector_detect_pixels(detector, &described, &found)) return NAN;
  *map = found.map;
  return found.score;
}

static void *work(void *argument) {
  Job *job = argument;
  SnDetector *detector = job->shared ? job->shared : sn_detector_open(job->fixture->path, NULL);
  const float *map = NULL, *first = NULL;
  double sum = 0;
  job->right = detector != NULL;
  for (int i = 0; i < TIMES && job->right; i++) {
    job->right = score_of(detector, job->shade, &map) == job->expected;
    double again = 0;
    for (int p = 0; p < 64 * 64; p++) again += (double)map[p];
    job->right = job->right && (i == 0 || (again == sum && map == first)); /* no other thread writes into it */
    sum = again;
    first = map;
  }
  if (!job->shared) sn_detector_close(detector);
  return NULL;
}

static void run_threads(const Fixture *fixture, SnDetector *shared) {
  Job jobs[THREADS];
  pthread_t threads[THREADS];
  SnDetector *alone = open_detector(fixture);
  for (int i = 0; i < THREADS; i++) {
    const float *map;
    jobs[i] = (Job){fixture, shared, (uint8_t)(3 * i + 1), .right = false};
    jobs[i].expected = score_of(alone, jobs[i].shade, &map);
    assert_true(isfinite(jobs[i].expected) && (i == 0 || jobs[i].expected != jobs[i - 1].expected));
  }
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < THREADS; i++) assert_true(jobs[i].right);
  sn_detector_close(alone);
}

static void threads_share_a_detector(void **state) {
  SnDetector *shared = open_detector(*state);
  run_threads(*state, shared);
  sn_detector_close(shared);
}

static void threads_have_detectors_of_their_own(void **state) { run_threads(*state, NULL); }

static void the_version_is_the_headers(void **state) {
  (void)state;
  assert_string_equal(sn_version(), SN_VERSION);
}

#define TEST(name) cmocka_unit_test_teardown(name, test_clear_error)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(every_format_shows_the_same),         cmocka_unit_test(grey_is_repeated),
      TEST(pixels_that_make_no_sense),           cmocka_unit_test(memory_is_as_good_as_files),
      TEST(regions_are_the_parts_of_the_map),    cmocka_unit_test(threads_share_a_detector),
      TEST(threads_have_detectors_of_their_own), cmocka_unit_test(the_version_is_the_headers),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
