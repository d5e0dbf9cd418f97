/* Any bytes as a sequence of calls of simplenet.h, each with arguments out of what follows: a result with everything in
 * it or an error with a sentence and a kind. Pixels are always in memory, whatever their description says; so are
 * structures, whatever size they claim. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "datasets/image.h"
#include "models/mean_image/mean_image.h"
#include "simplenet.h"
#include "tests/fuzz/limits.h"

enum { MOST_PIXELS = 1 << 14, MOST_CALLS = 16, MOST_BATCH = 4, SIDE = 32 };

/* What is left of the input; zeros behind its end. */
typedef struct Bytes {
  const uint8_t *data;
  size_t left;
} Bytes;

static void take(Bytes *bytes, void *values, size_t size) {
  size_t there = size < bytes->left ? size : bytes->left;
  memset(values, 0, size);
  if (there > 0) memcpy(values, bytes->data, there);
  bytes->data += there;
  bytes->left -= there;
}

static int take_byte(Bytes *bytes) {
  uint8_t byte;
  take(bytes, &byte, 1);
  return byte;
}

/* Small ones for the most part, and a few at the ends of what an int64_t holds. */
static int64_t take_number(Bytes *bytes) {
  static const int64_t ends[] = {INT64_MIN, INT64_MAX, -1, INT32_MAX, INT64_C(1) << 32, 0, 1 << 16, -(1 << 16)};
  int byte = take_byte(bytes);
  return byte < 248 ? byte : ends[byte - 248];
}

/* ---- the detector ---- */

typedef struct Subject {
  SnBytes file;
  SnDetector *detector;
} Subject;

/* The mean image, which is the quickest, calibrated. */
static bool write_model(const char *path) {
  SnSettings settings;
  SnScope *scope = sn_scope_open();
  bool written = sn_settings_preset(&sn_mean_image, NULL, &settings) && sn_settings_set(&settings, "resize", "32") &&
                 sn_settings_set(&settings, "crop", "32");
  SnModel *model = written ? sn_model_new(&settings, NULL) : NULL;
  if (model) model->calibration.false_alarms = (SnFalseAlarms){0.01, 120, 1, 0.5, 0.25};
  written = model && sn_model_save(model, path);
  sn_scope_close(scope);
  return written;
}

static const Subject *subject(void) {
  static Subject made;
  if (made.detector) return &made;
  char path[] = "/tmp/fuzz-library-XXXXXX";
  int descriptor = mkstemp(path);
  SnOptions options = {.size = sizeof options, .threads = 1, .batch = 2};
  if (descriptor < 0 || !write_model(path) || !sn_file_read(path, 1 << 24, &made.file) ||
      !(made.detector = sn_detector_open(path, &options))) {
    fprintf(stderr, "%s\n", sn_error());
    exit(EXIT_FAILURE);
  }
  close(descriptor);
  unlink(path);
  return &made;
}

/* ---- what must hold ---- */

static void judge(bool succeeded) {
  if (succeeded != (sn_error() == NULL) || succeeded != (sn_error_code() == SN_ERROR_NONE)) abort();
  if (!succeeded && *sn_error() == '\0') abort();
}

static void judge_detection(const SnDetection *found) {
  if (isnan(found->score)) return;
  if (!isfinite(found->score) || !found->map || found->map_height != SIDE || found->map_width != SIDE) abort();
  if (found->threshold != 0.5 || !(found->normalised >= 0 && found->normalised <= 1)) abort();
  if ((found->verdict == SN_VERDICT_DEFECTIVE) != (found->score >= 0.5)) abort();
  if (!(found->left >= 0 && found->top >= 0 && found->width > 0 && found->height > 0)) abort();
}

static void judge_regions(const SnDetection *found, double level) {
  enum { CAPACITY = 8 };
  SnRegion regions[CAPACITY + 1] = {[CAPACITY] = {.area = -1}};
  uint8_t mask[SIDE * SIDE];
  int64_t count = sn_detection_regions(found, level, regions, CAPACITY), white = 0;
  judge(count >= 0);
  if (regions[CAPACITY].area != -1) abort();
  for (int64_t i = 0; i < count && i < CAPACITY; i++) {
    const SnRegion *region = &regions[i];
    if (!(region->score >= level && region->area > 0 && region->width > 0 && region->height > 0)) abort();
    if (region->left < found->left - 1e-6 || region->top < found->top - 1e-6) abort();
    if (region->left + region->width > found->left + found->width + 1e-6) abort();
    if (region->top + region->height > found->top + found->height + 1e-6) abort();
    if (i > 0 && region->score > regions[i - 1].score) abort();
  }
  bool masked = sn_detection_mask(found, level, mask);
  judge(masked);
  if (masked != (count >= 0)) abort();
  for (int i = 0; count >= 0 && i < SIDE * SIDE; i++) white += mask[i] == 255;
  if (count >= 0 && (white > 0) != (count > 0)) abort();
}

/* ---- calls ---- */

/* False where a description that makes sense would read beyond the pixels that there are. */
static bool take_pixels(Bytes *bytes, SnPixels *pixels) {
  static uint8_t samples[4 * MOST_PIXELS];
  static const int sizes[] = {3, 3, 4, 4, 1};
  *pixels = (SnPixels){.format = (SnPixelFormat)(take_byte(bytes) % 6),
                       .width = take_number(bytes),
                       .height = take_number(bytes),
                       .stride = take_number(bytes),
                       .data = samples};
  take(bytes, samples, 64);
  if (pixels->format > SN_PIXELS_GREY || pixels->width < 1 || pixels->height < 1) return true;
  if (pixels->width > SN_IMAGE_MAX_PIXELS / pixels->height) return true;
  if (pixels->width > MOST_PIXELS || pixels->height > MOST_PIXELS) return false;
  int64_t row = pixels->stride ? pixels->stride : pixels->width * sizes[pixels->format];
  if (row < 0) return row == INT64_MIN;
  return row < pixels->width * sizes[pixels->format] || row <= (int64_t)sizeof samples / pixels->height;
}

static void detect(const Subject *right, Bytes *bytes, int kind) {
  SnDetection found = {.score = 0};
  SnPixels pixels;
  bool detected = false;
  if (kind == 0) {
    if (!take_pixels(bytes, &pixels)) return;
    detected = sn_detector_detect_pixels(right->detector, &pixels, &found);
  } else {
    size_t size = bytes->left;
    detected = sn_detector_detect_encoded(right->detector, bytes->data, size, &found);
  }
  judge(detected);
  if (detected == isnan(found.score)) abort();
  judge_detection(&found);
  double level;
  take(bytes, &level, sizeof level);
  if (detected) judge_regions(&found, take_byte(bytes) % 2 ? level : found.score * 0.75);
}

static void detect_batch(const Subject *right, Bytes *bytes) {
  SnDetection found[MOST_BATCH];
  SnPhotograph photographs[MOST_BATCH] = {{.path = NULL}};
  SnPixels pixels[MOST_BATCH];
  int count = take_byte(bytes) % (MOST_BATCH + 1), failed = 0;
  for (int i = 0; i < count; i++) {
    int forms = take_byte(bytes);
    if (forms & 1) photographs[i].path = forms & 8 ? "/dev/null" : "/no/such/photograph.png";
    if (forms & 2 && take_pixels(bytes, &pixels[i])) photographs[i].pixels = &pixels[i];
    if (forms & 4) photographs[i].encoded = bytes->data;
    photographs[i].encoded_size = bytes->left;
  }
  bool detected = sn_detector_detect_batch(right->detector, photographs, count, found);
  judge(detected);
  for (int i = 0; i < count; i++) {
    judge_detection(&found[i]);
    failed += isnan(found[i].score) != 0;
  }
  if (detected != (failed == 0)) abort();
}

static void open_another(const Subject *right, Bytes *bytes) {
  static const char *const words[] = {NULL, "cpu", "fp32", "bf16", "tf32", "reference", ""};
  SnOptions options = {.size = take_byte(bytes) % 4 ? sizeof options : (size_t)take_byte(bytes) % sizeof options};
  options.device = words[take_byte(bytes) % 7];
  options.precision = words[take_byte(bytes) % 7];
  options.threads = (int)take_number(bytes) % 4;
  options.batch = (int)take_number(bytes) % 8;
  uint8_t *copy = malloc(right->file.size);
  if (!copy) return;
  memcpy(copy, right->file.data, right->file.size);
  for (int changes = take_byte(bytes) % 4; changes > 0; changes--) {
    uint16_t place;
    take(bytes, &place, sizeof place);
    copy[place % right->file.size] = (uint8_t)take_byte(bytes);
  }
  SnDetector *detector = sn_detector_open_memory(copy, right->file.size, "a copy", &options);
  free(copy);
  judge(detector != NULL);
  sn_detector_close(detector);
}

static void ask(const Subject *right, Bytes *bytes) {
  union {
    SnInformation information;
    unsigned char room[4096];
  } known;
  memset(&known, 0x55, sizeof known);
  size_t size = (size_t)take_byte(bytes) * 4;
  known.information.size = size;
  bool told = sn_detector_information(right->detector, &known.information);
  judge(told);
  if (told != (size >= sizeof size && size % sizeof size == 0)) abort();
  for (size_t i = told ? size : sizeof size; i < sizeof known.room; i++)
    if (known.room[i] != 0x55) abort();
}

void sn_fuzz_input(const uint8_t *data, size_t size) {
  const Subject *right = subject();
  Bytes bytes = {data, size};
  for (int calls = 0; calls < MOST_CALLS && bytes.left > 0; calls++) {
    int call = take_byte(&bytes) % 16;
    sn_fuzz_read_again();
    if (call < 6)
      detect(right, &bytes, 0);
    else if (call < 10)
      detect(right, &bytes, 1);
    else if (call < 13)
      detect_batch(right, &bytes);
    else if (call < 14)
      open_another(right, &bytes);
    else
      ask(right, &bytes);
  }
}
