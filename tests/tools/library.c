/* library STRIDE MODEL PHOTOGRAPHS OUT: all that simplenet.h offers, and a report's JPEG, again and again, while the
 * first request for memory is refused, then the one STRIDE later, and so on until everything is granted
 * (tests/memory/fail_allocations.c, to be preloaded). Prints what goes wrong: a failure that is no shortage, an answer
 * that differs, memory that is left. The last line on standard error says how many refusals there were. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "report/draw/jpeg.h"
#include "simplenet.h"
#include "tensor/storage.h"

typedef struct Files {
  const char *model, *photographs, *out;
  char first[4096], second[4096];
} Files;

typedef struct Answer {
  double score, other_score, area;
  int64_t regions, white, trained_on;
} Answer;

static bool look(SnDetector *detector, const Files *files, Answer *answer) {
  SnDetection found[2];
  SnRegion region = {.area = 0};
  SnInformation known = {.size = sizeof known};
  SnPhotograph photographs[2] = {{.path = files->first}, {.path = files->second}};
  if (!sn_detector_detect_batch(detector, photographs, 2, found)) return false;
  uint8_t mask[32 * 32];
  answer->regions = sn_detection_regions(&found[0], found[0].score / 2, &region, 1);
  if (answer->regions < 0 || !sn_detection_mask(&found[0], found[0].score / 2, mask) ||
      !sn_detector_information(detector, &known))
    return false;
  for (size_t i = 0; i < sizeof mask; i++) answer->white += mask[i] > 0;
  answer->area = region.area;
  answer->score = found[0].score;
  answer->other_score = found[1].score;
  answer->trained_on = known.train_photographs;
  return true;
}

static bool open_and_look(const Files *files, Answer *answer) {
  SnOptions options = {.size = sizeof options, .threads = 1, .batch = 2};
  SnDetector *detector = sn_detector_open(files->model, &options);
  bool looked = detector && look(detector, files, answer);
  SnErrorCode code = sn_error_code();
  sn_detector_close(detector);
  if (!looked && code != SN_ERROR_MEMORY) printf("%d: %s\n", (int)code, sn_error());
  return looked;
}

static bool train(const Files *files, Answer *answer) {
  static const char *const settings[] = {"resize", "32", "crop", "32", "epochs", "1", "hidden", "16", NULL};
  SnFitOptions fit = {.size = sizeof fit, .train = files->photographs, .settings = settings, .threads = 1};
  unlink(files->out);
  bool trained = sn_fit(&fit, files->out);
  if (!trained && sn_error_code() != SN_ERROR_MEMORY) printf("fit: %d: %s\n", (int)sn_error_code(), sn_error());
  bool is_there = access(files->out, F_OK) == 0;
  if (is_there != trained) printf("fit: %s\n", is_there ? "failed, and left a file" : "succeeded without a file");
  Files fitted = *files;
  fitted.model = files->out;
  return trained && open_and_look(&fitted, answer);
}

/* A report's picture as JPEG, of which the size and the sum of the bytes are the answer. */
static bool write_jpeg(const Files *files, Answer *answer) {
  (void)files;
  SnPicture picture;
  SnBytes jpeg = {0};
  sn_clear_error();
  if (sn_picture_create(256, 256, SN_RGB(0), &picture)) {
    uint32_t random = 1;
    for (int i = 0; i < 3 * 256 * 256; i++)
      picture.pixels[i] = (uint8_t)((random = random * 1664525u + 1013904223u) >> 24);
    sn_picture_encode_jpeg(&picture, 90, &jpeg);
    sn_picture_free(&picture);
  }
  answer->regions = (int64_t)jpeg.size;
  for (size_t i = 0; i < jpeg.size; i++) answer->white += jpeg.data[i];
  sn_bytes_free(&jpeg);
  if (!sn_ok() && sn_error_code() != SN_ERROR_MEMORY) printf("JPEG: %s\n", sn_error());
  return sn_ok();
}

/* Of fail_allocations.c. */
static long (*fail_at)(long);
static long (*blocks_in_use)(void);

/* Without what the pool of tensors keeps. */
static long blocks(void) {
  sn_storage_trim();
  return blocks_in_use();
}

typedef bool (*Work)(const Files *files, Answer *answer);

static long refuse_all(const char *name, Work work, const Files *files, long stride) {
  Answer expected = {0}, warm = {0}, answer;
  long refused = 0;
  for (int i = 0; i < 2; i++) /* what is made once, and kept for good, is there then */
    if (!work(files, i ? &expected : &warm)) printf("%s: failed with all its memory\n", name);
  for (long n = 1;; n += stride) {
    long before = blocks();
    fail_at(n);
    memset(&answer, 0, sizeof answer);
    bool worked = work(files, &answer);
    long requests = fail_at(0);
    long after = blocks();
    if (worked && memcmp(&answer, &expected, sizeof answer) != 0) printf("%s, refusal %ld: another answer\n", name, n);
    if (after > before) printf("%s, refusal %ld: %ld blocks are left\n", name, n, after - before);
    if (requests < n) return refused;
    refused++;
  }
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  *(void **)&fail_at = dlsym(RTLD_DEFAULT, "fail_at_request");
  *(void **)&blocks_in_use = dlsym(RTLD_DEFAULT, "blocks_in_use");
  if (!fail_at || !blocks_in_use) return 2;
  Files files = {argv[2], argv[3], argv[4], "", ""};
  snprintf(files.first, sizeof files.first, "%s/000.png", files.photographs);
  snprintf(files.second, sizeof files.second, "%s/001.png", files.photographs);
  long stride = atol(argv[1]);
  long looked = refuse_all("detect", open_and_look, &files, stride);
  long trained = refuse_all("fit", train, &files, stride);
  long written = refuse_all("JPEG", write_jpeg, &files, 1);
  fprintf(stderr, "%ld refusals while detecting, %ld while training, %ld in a picture\n", looked, trained, written);
  return 0;
}
