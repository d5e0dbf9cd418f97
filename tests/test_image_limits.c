/* Damaged files, files that ask for much, and memory that is short. */
#include "tests/support/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/sanitizer.h"
#include "datasets/image.h"
#include "datasets/image_budget.h"

static void read_file(const char *name, SnBytes *file) {
  char path[256];
  snprintf(path, sizeof path, "tests/golden/%s", name);
  if (!sn_file_read(path, 1 << 20, file)) fail_msg("%s", sn_error());
}

static bool decode(const SnBytes *file, SnImage *image) {
  return sn_image_decode(file->data, file->size, "a file", SN_IMAGE_RGB, NULL, image);
}

static void assert_says(bool succeeded, const char *sentence) {
  assert_false(succeeded);
  if (!strstr(sn_error(), sentence)) fail_msg("\"%s\" does not say \"%s\"", sn_error(), sentence);
  sn_clear_error();
}

/* No byte of a PNG's pixels may change and the image with it. */
static void checksums_guard_every_pixel(void **state) {
  (void)state;
  enum { PIXELS_AT = 41, END_SIZE = 12 };
  static const char *const names[] = {"images/pattern.png", "images/png-rgb-16-interlaced.png",
                                      "images/png-empty-pieces.png"};
  for (size_t f = 0; f < sizeof names / sizeof *names; f++) {
    SnBytes file;
    SnImage whole, image;
    read_file(names[f], &file);
    assert_true(decode(&file, &whole));
    const size_t step = file.size / 500 + 1;
    for (size_t i = PIXELS_AT; i < file.size - END_SIZE; i += step) {
      file.data[i] ^= 0x55;
      if (decode(&file, &image))
        assert_memory_equal(image.pixels, whole.pixels, (size_t)(whole.width * whole.height * 3));
      sn_clear_error();
      sn_image_free(&image);
      file.data[i] ^= 0x55;
    }
    sn_image_free(&whole);
    sn_bytes_free(&file);
  }
}

/* Bytes of the middle, as a broken copy has them: of another file, or lost. */
static void files_damaged_in_the_middle_are_named_as_damaged(void **state) {
  (void)state;
  static const char *const names[] = {"images/jpeg-rgb-0-33x17.jpg",
                                      "images/jpeg-rgb-2-33x17.jpg",
                                      "images/jpeg-rgb-progressive-1-33x17.jpg",
                                      "images/jpeg-cmyk.jpg",
                                      "images/jpeg-quality-100.jpg",
                                      "images/pattern.png",
                                      "images/png-rgb-16.png",
                                      "tiff_webp/tiff-rgb-8-deflate-ii.tif",
                                      "tiff_webp/tiff-libtiff-lzw.tif",
                                      "tiff_webp/tiff-jpeg-libtiff.tif",
                                      "tiff_webp/webp-lossy.webp"};
  for (size_t f = 0; f < sizeof names / sizeof *names; f++) {
    SnBytes file;
    SnImage image;
    read_file(names[f], &file);
    const size_t middle = strstr(names[f], ".tif") ? file.size / 4 : 2 * file.size / 3, length = 24;
    for (size_t i = 0; i < length; i++) file.data[middle + i] = (uint8_t)(i % 2 == 0 ? 0xff : 0xd9);
    const bool decoded = decode(&file, &image);
    if (decoded) fail_msg("%s is accepted", names[f]);
    if (!strstr(sn_error(), "a file: is a damaged ")) fail_msg("%s: %s", names[f], sn_error());
    assert_null(image.pixels);
    sn_clear_error();
    sn_bytes_free(&file);
  }
}

/* Some cameras fill a JPEG up with zeros. */
static void zeros_before_the_end_are_no_damage(void **state) {
  (void)state;
  enum { ZEROS = 100 };
  SnBytes file;
  SnImage whole, image;
  read_file("images/jpeg-rgb-0-33x17.jpg", &file);
  assert_true(decode(&file, &whole));
  uint8_t *longer = sn_allocate((int64_t)file.size + ZEROS, 1, "a longer file");
  assert_non_null(longer);
  memcpy(longer, file.data, file.size - 2);
  memcpy(longer + file.size - 2 + ZEROS, file.data + file.size - 2, 2);
  assert_true(decode(&(SnBytes){longer, file.size + ZEROS}, &image));
  assert_memory_equal(image.pixels, whole.pixels, (size_t)(whole.width * whole.height * 3));
  longer[file.size + ZEROS / 2] = 7;
  sn_image_free(&image);
  assert_says(decode(&(SnBytes){longer, file.size + ZEROS}, &image), "is a damaged JPEG file: Corrupt JPEG data");
  sn_image_free(&whole);
  free(longer);
  sn_bytes_free(&file);
}

/* Puts another size into a JPEG's frame. */
static void claim(SnBytes *jpeg, int width, int height) {
  size_t at = 2;
  while (jpeg->data[at + 1] != 0xc0 && jpeg->data[at + 1] != 0xc2)
    at += 2 + (size_t)(jpeg->data[at + 2] << 8 | jpeg->data[at + 3]);
  const uint8_t size[] = {(uint8_t)(height >> 8), (uint8_t)height, (uint8_t)(width >> 8), (uint8_t)width};
  memcpy(jpeg->data + at + 5, size, sizeof size);
}

static void small_files_cannot_ask_for_much(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int width, height;
    const char *sentence;
  } files[] = {{"images/jpeg-rgb-progressive-0-33x17.jpg", 6000, 5000, "MB of memory beside its pixels to decode"},
               {"images/jpeg-rgb-progressive-0-33x17.jpg", 13000, 13000, "where a file of"},
               {"images/jpeg-rgb-0-33x17.jpg", 13000, 13000, "where a file of"},
               {"images/jpeg-rgb-progressive-0-33x17.jpg", 3000, 3000, "is a damaged JPEG file"},
               {"tiff_webp/tiff-promise.tif", 0, 0, "where a file of"},
               {"tiff_webp/tiff-large-tile.tif", 0, 0, "where a file of"},
               {"tiff_webp/tiff-many-strips.tif", 0, 0, "strips or tiles"},
               {"tiff_webp/tiff-overlap.tif", 0, 0, "lie on each other"},
               {"tiff_webp/webp-promise.webp", 0, 0, "where a file of"}};
  for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
    SnBytes file;
    SnImage image;
    struct rusage before, after;
    read_file(files[f].name, &file);
    if (files[f].width > 0) claim(&file, files[f].width, files[f].height);
    getrusage(RUSAGE_SELF, &before);
    assert_says(decode(&file, &image), files[f].sentence);
    getrusage(RUSAGE_SELF, &after);
    assert_true(SN_SANITIZED || after.ru_maxrss - before.ru_maxrss < 64 << 10);
    sn_bytes_free(&file);
  }
}

/* One pixel, whose last scan adds nothing and is repeated. */
static void scans_are_counted(void **state) {
  (void)state;
  enum { REPEATS = 120 };
  SnBytes file;
  SnImage image;
  read_file("images/jpeg-rgb-progressive-0-1x1.jpg", &file);
  size_t scan = file.size - 2;
  while (file.data[scan] != 0xff || file.data[scan + 1] != 0xda) scan--;
  const size_t length = file.size - 2 - scan;
  uint8_t *longer = sn_allocate((int64_t)(file.size + REPEATS * length), 1, "a longer file");
  assert_non_null(longer);
  memcpy(longer, file.data, file.size);
  for (size_t repeats = 10; repeats <= REPEATS; repeats += REPEATS - 10) {
    const size_t size = file.size + repeats * length;
    for (size_t i = 1; i <= repeats; i++) memcpy(longer + scan + i * length, file.data + scan, length);
    memcpy(longer + size - 2, file.data + file.size - 2, 2);
    const bool decoded = decode(&(SnBytes){longer, size}, &image);
    if (repeats == REPEATS)
      assert_says(decoded, "more than 100 scans");
    else
      assert_true(decoded);
    sn_image_free(&image);
  }
  free(longer);
  sn_bytes_free(&file);
}

/* Takes all that the limit leaves, down to the smallest pieces. */
static double processor_seconds(void) { return (double)clock() / CLOCKS_PER_SEC; }

/* A quarter of a million empty segments before the one with the orientation. */
static void segments_cost_the_same_each(void **state) {
  (void)state;
  enum { SEGMENTS = 240000 };
  static const uint8_t segment[4] = {0xff, 0xe1, 0, 2};
  SnBytes file;
  SnImage turned, image;
  read_file("images/jpeg-exif-6.jpg", &file);
  uint8_t *longer = sn_allocate((int64_t)(file.size + SEGMENTS * sizeof segment), 1, "a longer file");
  assert_non_null(longer);
  memcpy(longer, file.data, 2);
  for (size_t i = 0; i < SEGMENTS; i++) memcpy(longer + 2 + i * sizeof segment, segment, sizeof segment);
  memcpy(longer + 2 + SEGMENTS * sizeof segment, file.data + 2, file.size - 2);
  const SnImageOptions options = {.apply_orientation = true};
  assert_true(sn_image_decode(file.data, file.size, "file", SN_IMAGE_RGB, &options, &turned));
  const double start = processor_seconds();
  assert_true(sn_image_decode(longer, file.size + SEGMENTS * sizeof segment, "file", SN_IMAGE_RGB, &options, &image));
  assert_true(processor_seconds() - start < (SN_SANITIZED ? 10 : 1));
  assert_int_equal(image.width, turned.width);
  assert_memory_equal(image.pixels, turned.pixels, (size_t)(turned.width * turned.height * 3));
  sn_image_free(&image);
  sn_image_free(&turned);
  free(longer);
  sn_bytes_free(&file);
}

static void take_all_memory(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = 1 << 20; /* less than is taken already */
  setrlimit(RLIMIT_AS, &limit);
  for (size_t size = 1 << 20; size >= 16; size /= 2)
    while (malloc(size)) continue;
}

static void decode_without_memory(const SnBytes *file) {
  SnImage image;
  take_all_memory();
  _exit(decode(file, &image) ? 1 : strstr(sn_error(), "out of memory") && !strstr(sn_error(), "damaged") ? 0 : 2);
}

static void memory_that_is_short_is_not_told_as_damage(void **state) {
  (void)state;
  if (SN_SANITIZED) skip(); /* sanitizers cannot do without memory */
  static const char *const names[] = {"images/pattern.png",
                                      "images/jpeg-rgb-0-33x17.jpg",
                                      "images/jpeg-rgb-progressive-0-33x17.jpg",
                                      "images/bmp-24.bmp",
                                      "images/bmp-rle8.bmp",
                                      "tiff_webp/tiff-tiles-8-ii.tif",
                                      "tiff_webp/tiff-jpeg-libtiff.tif",
                                      "tiff_webp/webp-lossy.webp",
                                      "tiff_webp/webp-lossless.webp"};
  for (size_t f = 0; f < sizeof names / sizeof *names; f++) {
    SnBytes file;
    read_file(names[f], &file);
    const pid_t child = fork();
    if (child == 0) decode_without_memory(&file);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status != 0) fail_msg("%s: the child ended with %x", names[f], (unsigned)status);
    sn_bytes_free(&file);
  }
}

static void *take_share(void *argument) {
  sn_image_share_take(argument, 60);
  return NULL;
}

static void threads_wait_until_their_images_fit(void **state) {
  (void)state;
  SnImageBudget budget;
  sn_image_budget_open(&budget);
  assert_true(budget.limit > 0);
  budget.limit = 100;
  SnImageShare first = {.budget = &budget}, second = {.budget = &budget}, third = {.budget = &budget};
  sn_image_share_take(&first, 500); /* alone: what does not fit is tried all the same */
  sn_image_share_return(&first);
  assert_int_equal(budget.taken, 0);
  sn_image_share_take(&first, 30);
  sn_image_share_take(&first, 40); /* who holds some does not wait */
  sn_image_share_take(&second, 30);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, take_share, &third), 0);
  nanosleep(&(struct timespec){0, 20000000}, NULL);
  pthread_mutex_lock(&budget.lock);
  assert_int_equal(budget.taken, 100); /* the third waits */
  pthread_mutex_unlock(&budget.lock);
  sn_image_share_return(&first);
  pthread_join(thread, NULL);
  assert_int_equal(third.held, 60);
  sn_image_share_return(&second);
  sn_image_share_return(&third);
  assert_int_equal(budget.taken, 0);
  sn_image_budget_close(&budget);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(checksums_guard_every_pixel),
      cmocka_unit_test(files_damaged_in_the_middle_are_named_as_damaged),
      cmocka_unit_test(zeros_before_the_end_are_no_damage),
      cmocka_unit_test(small_files_cannot_ask_for_much),
      cmocka_unit_test(scans_are_counted),
      cmocka_unit_test(segments_cost_the_same_each),
      cmocka_unit_test(memory_that_is_short_is_not_told_as_damage),
      cmocka_unit_test(threads_wait_until_their_images_fit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
