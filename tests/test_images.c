/* Decoding, resizing and transforms against tests/oracle/images.py, which asks Pillow and torchvision. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "datasets/image.h"
#include "datasets/resize.h"
#include "datasets/transform.h"

#define FOLDER "tests/golden/images/"
#define TIFF_WEBP "tests/golden/tiff_webp/"

enum { MAX_FIELDS = 10 };

/* A line of a table: its fields, and the number of its line for messages. */
typedef struct Line {
  char *fields[MAX_FIELDS];
  int count;
  const char *folder; /* of the files, with a slash */
} Line;

typedef void Check(const Line *line);

/* Runs a check on each line of a table whose first field is `kind`, or on every line where kind is NULL. */
static void check_table(const char *folder, const char *name, const char *kind, int expected_lines, Check *check) {
  char path[256];
  snprintf(path, sizeof path, "%s%s", folder, name);
  SnBytes table;
  assert_true(sn_file_read(path, 1 << 20, &table));
  int lines = 0;
  char *rest = NULL;
  for (char *text = strtok_r((char *)table.data, "\n", &rest); text; text = strtok_r(NULL, "\n", &rest)) {
    if (text[0] == '#') continue;
    Line line = {.folder = folder};
    char *rest_of_line = NULL;
    for (char *field = strtok_r(text, " ", &rest_of_line); field; field = strtok_r(NULL, " ", &rest_of_line)) {
      assert_true(line.count < MAX_FIELDS);
      line.fields[line.count++] = field;
    }
    if (kind && strcmp(line.fields[0], kind) != 0) continue;
    check(&line);
    lines++;
  }
  assert_true(lines >= expected_lines);
  sn_bytes_free(&table);
}

static void check_files(const char *kind, int expected_lines, int expected_tiff_webp, Check *check) {
  check_table(FOLDER, "expected.txt", kind, expected_lines, check);
  check_table(TIFF_WEBP, "expected.txt", kind, expected_tiff_webp, check);
}

static int64_t number(const char *text) { return strtoll(text, NULL, 10); }

static void assert_hash(const void *data, size_t size, const char *expected, const char *what) {
  char hash[SN_SHA256_HEX];
  sn_sha256(data, size, hash);
  if (strcmp(hash, expected) != 0) fail_msg("%s: the SHA-256 is %s, expected %s", what, hash, expected);
}

static void assert_pixels(const SnImage *image, const char *expected, const char *what) {
  assert_hash(image->pixels, (size_t)(image->width * image->height * image->channels), expected, what);
}

static void golden_path(const char *folder, const char *name, char path[256]) {
  snprintf(path, 256, "%s%s", folder, name);
}

static void read_image(const char *path, SnImageMode mode, const SnImageOptions *options, SnImage *image) {
  if (!sn_image_read(path, mode, options, image)) fail_msg("%s", sn_error());
  assert_int_equal(image->channels, (int)mode);
}

static void read_golden(const char *name, SnImageMode mode, SnImage *image) {
  char path[256];
  golden_path(FOLDER, name, path);
  read_image(path, mode, NULL, image);
}

static void assert_refused(bool succeeded, const SnImage *image, const char *sentence) {
  assert_false(succeeded);
  assert_false(sn_ok());
  if (!strstr(sn_error(), sentence)) fail_msg("\"%s\" does not say \"%s\"", sn_error(), sentence);
  assert_null(image->pixels);
  assert_int_equal(image->width, 0);
  sn_clear_error();
}

/* decode: file width height rgb grey shortest */
static void check_decode(const Line *line) {
  char path[256];
  golden_path(line->folder, line->fields[1], path);
  const int64_t width = number(line->fields[2]), height = number(line->fields[3]);
  for (int mode = SN_IMAGE_GREY; mode <= SN_IMAGE_RGB; mode += SN_IMAGE_RGB - SN_IMAGE_GREY) {
    SnImage image;
    read_image(path, (SnImageMode)mode, NULL, &image);
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    assert_pixels(&image, line->fields[mode == SN_IMAGE_RGB ? 4 : 5], path);
    sn_image_free(&image);
  }
  int64_t declared_width, declared_height;
  assert_true(sn_image_read_size(path, NULL, &declared_width, &declared_height));
  assert_int_equal(declared_width, width);
  assert_int_equal(declared_height, height);
  const SnImageOptions enough = {.max_pixels = width * height}, too_few = {.max_pixels = width * height - 1};
  SnImage image;
  read_image(path, SN_IMAGE_RGB, &enough, &image);
  sn_image_free(&image);
  if (too_few.max_pixels > 0)
    assert_refused(sn_image_read(path, SN_IMAGE_RGB, &too_few, &image), &image, "more than the limit of");
}

static void decoded_pixels_equal_pillows(void **state) {
  (void)state;
  check_files("decode", 140, 90, check_decode);
}

/* turn: file rgb */
static void check_turn(const Line *line) {
  char path[256];
  golden_path(line->folder, line->fields[1], path);
  const SnImageOptions options = {.apply_orientation = true};
  SnImage image;
  read_image(path, SN_IMAGE_RGB, &options, &image);
  assert_pixels(&image, line->fields[2], path);
  int64_t width, height;
  assert_true(sn_image_read_size(path, &options, &width, &height));
  assert_int_equal(width, image.width);
  assert_int_equal(height, image.height);
  sn_image_free(&image);
}

static void orientation_is_applied_on_request(void **state) {
  (void)state;
  check_files("turn", 10, 16, check_turn);
}

/* refuse: file */
static void check_refuse(const Line *line) {
  char path[256];
  golden_path(line->folder, line->fields[1], path);
  SnImage image;
  assert_refused(sn_image_read(path, SN_IMAGE_RGB, NULL, &image), &image, path);
}

static void defective_files_are_refused_by_name(void **state) {
  (void)state;
  check_files("refuse", 30, 25, check_refuse);
}

/* resize: file width height rgb grey */
static void check_resize(const Line *line) {
  const int64_t width = number(line->fields[2]), height = number(line->fields[3]);
  for (int mode = SN_IMAGE_GREY; mode <= SN_IMAGE_RGB; mode += SN_IMAGE_RGB - SN_IMAGE_GREY) {
    SnImage image, resized, part;
    read_golden(line->fields[1], (SnImageMode)mode, &image);
    assert_true(sn_image_resize(&image, width, height, &resized));
    assert_int_equal(resized.width, width);
    assert_int_equal(resized.height, height);
    assert_pixels(&resized, line->fields[mode == SN_IMAGE_RGB ? 4 : 5], line->fields[1]);
    const SnWindow window = {width / 3, height / 4, (width + 1) / 2, (height + 2) / 3};
    assert_true(sn_image_resize_window(&image, width, height, window, &part));
    for (int64_t y = 0; y < window.height; y++)
      assert_memory_equal(part.pixels + y * window.width * mode,
                          resized.pixels + ((window.top + y) * width + window.left) * mode,
                          (size_t)(window.width * mode));
    sn_image_free(&part);
    sn_image_free(&resized);
    sn_image_free(&image);
  }
}

static void resized_pixels_equal_pillows(void **state) {
  (void)state;
  check_table(FOLDER, "expected.txt", "resize", 100, check_resize);
}

static void assert_transform(const SnTransform *transform, const SnImage *image, const char *hash, const char *what) {
  const int64_t count = 3 * sn_size_pixels(transform->crop);
  float *tensor = sn_allocate(count, sizeof *tensor, "a tensor");
  assert_non_null(tensor);
  assert_true(sn_transform_image(transform, &sn_imagenet_normalization, image, tensor));
  assert_hash(tensor, (size_t)count * sizeof *tensor, hash, what);
  free(tensor);
}

static void assert_mask(const SnTransform *transform, const SnImage *image, const char *hash, const char *what) {
  uint8_t *mask = sn_allocate(sn_size_pixels(transform->crop), 1, "a mask");
  assert_non_null(mask);
  assert_true(sn_transform_mask(transform, image, 0.5, mask));
  assert_hash(mask, (size_t)sn_size_pixels(transform->crop), hash, what);
  free(mask);
}

/* transform: file resize crop fit tensor mask */
static void check_transform(const Line *line) {
  SnTransform transform = {.fit = strcmp(line->fields[4], "squash") == 0 ? SN_FIT_SQUASH : SN_FIT_CROP};
  assert_true(sn_parse_size("resize", line->fields[2], 1, 1 << 14, &transform.resize));
  assert_true(sn_parse_size("crop", line->fields[3], 1, 1 << 14, &transform.crop));
  if (transform.crop.width == 0) transform.crop = sn_square(transform.crop.height);
  SnImage image;
  read_golden(line->fields[1], SN_IMAGE_RGB, &image);
  assert_transform(&transform, &image, line->fields[5], line->fields[1]);
  sn_image_free(&image);
  read_golden(line->fields[1], SN_IMAGE_GREY, &image);
  assert_mask(&transform, &image, line->fields[6], line->fields[1]);
  sn_image_free(&image);
}

static void transforms_equal_torchvisions(void **state) {
  (void)state;
  check_table(FOLDER, "expected.txt", "transform", 290, check_transform);
}

/* file width height rgb grey resized tensor-256-224 tensor-329-288 mask */
static void check_real(const Line *line) {
  const char *shared = getenv("SIMPLENET_SHARED");
  char *path = sn_format("%s/data/%s", shared ? shared : "../shared", line->fields[0]);
  const SnTransform paper = {{256, 0}, {224, 224}, SN_FIT_CROP}, official = {{329, 0}, {288, 288}, SN_FIT_CROP};
  SnImage image, resized;
  read_image(path, SN_IMAGE_RGB, NULL, &image);
  assert_int_equal(image.width, number(line->fields[1]));
  assert_int_equal(image.height, number(line->fields[2]));
  assert_pixels(&image, line->fields[3], path);
  int64_t width, height;
  sn_transform_resized_size(&paper, image.width, image.height, &width, &height);
  assert_true(sn_image_resize(&image, width, height, &resized));
  assert_pixels(&resized, line->fields[5], path);
  sn_image_free(&resized);
  assert_transform(&paper, &image, line->fields[6], path);
  assert_transform(&official, &image, line->fields[7], path);
  assert_mask(&paper, &image, line->fields[8], path);
  sn_image_free(&image);
  read_image(path, SN_IMAGE_GREY, NULL, &image);
  assert_pixels(&image, line->fields[4], path);
  assert_mask(&paper, &image, line->fields[8], path);
  sn_image_free(&image);
  free(path);
}

static void real_photographs_equal_pillow_and_torchvision(void **state) {
  (void)state;
  const char *shared = getenv("SIMPLENET_SHARED");
  char *data = sn_format("%s/data", shared ? shared : "../shared");
  const bool present = sn_is_directory(data);
  if (!present) printf("skip: real photographs: %s is absent\n", data);
  free(data);
  if (!present) skip();
  check_table(FOLDER, "real.txt", NULL, 30, check_real);
}

/* A copy without a byte to spare, so that sanitizers see a read past its end. */
static bool decode_copy(const uint8_t *data, size_t size, SnImage *image) {
  uint8_t *copy = malloc(size > 0 ? size : 1);
  assert_non_null(copy);
  if (size > 0) memcpy(copy, data, size);
  const SnImageOptions options = {.apply_orientation = true, .max_pixels = 1 << 18};
  const bool decoded = sn_image_decode(copy, size, "copy", SN_IMAGE_RGB, &options, image);
  assert_int_equal(decoded, sn_ok());
  if (!decoded) assert_null(image->pixels);
  free(copy);
  return decoded;
}

static void check_truncation(const Line *line) {
  /* The last bytes of a PNG's pixels are their checksum, which Pillow can do without. */
  enum { CHECKSUM_SIZE = 4 + 2 };
  const bool png = strstr(line->fields[1], ".png") != NULL;
  const size_t shortest = (size_t)number(line->fields[6]);
  char path[256];
  golden_path(line->folder, line->fields[1], path);
  SnBytes file;
  assert_true(sn_file_read(path, 1 << 20, &file));
  /* Of TIFF and WebP nothing may be absent, where Pillow can do without the lengths of strips. */
  const bool any = strcmp(line->folder, FOLDER) == 0;
  const size_t longest = !any ? file.size : shortest + (png ? CHECKSUM_SIZE : 0);
  SnImage whole, image;
  assert_true(decode_copy(file.data, file.size, &whole));
  for (size_t size = 0; file.size <= 4096 && size < file.size; size++) {
    const bool decoded = decode_copy(file.data, size, &image);
    if (size < shortest && decoded) fail_msg("%s is accepted when cut to %zu bytes", path, size);
    if (size >= longest && !decoded) fail_msg("%s is refused when cut to %zu bytes: %s", path, size, sn_error());
    if (decoded) assert_memory_equal(image.pixels, whole.pixels, (size_t)(whole.width * whole.height * whole.channels));
    sn_clear_error();
    sn_image_free(&image);
  }
  sn_image_free(&whole);
  sn_bytes_free(&file);
}

static void files_cut_at_every_length_are_refused_as_pillow_refuses_them(void **state) {
  (void)state;
  check_files("decode", 140, 90, check_truncation);
}

static uint32_t random_state;

static uint32_t random_below(size_t limit) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return (uint32_t)(random_state % limit);
}

static void check_mutations(const Line *line) {
  enum { MUTATIONS = 60 };
  char path[256];
  golden_path(line->folder, line->fields[1], path);
  SnBytes file;
  assert_true(sn_file_read(path, 1 << 20, &file));
  for (int i = 0; i < MUTATIONS; i++) {
    uint8_t *mutant = malloc(file.size);
    assert_non_null(mutant);
    memcpy(mutant, file.data, file.size);
    for (uint32_t flips = 1 + random_below(4); flips > 0; flips--) {
      const size_t where = random_below(random_below(2) ? file.size : file.size < 64 ? file.size : 64);
      mutant[where] = (uint8_t)(random_below(2) ? mutant[where] ^ 1u << random_below(8) : random_below(256));
    }
    SnImage image;
    decode_copy(mutant, file.size, &image);
    sn_clear_error();
    sn_image_free(&image);
    free(mutant);
  }
  sn_bytes_free(&file);
}

static void mutated_files_do_no_harm(void **state) {
  (void)state;
  random_state = 2463534242u;
  check_files("decode", 140, 90, check_mutations);
}

static void what_is_no_image_is_refused(void **state) {
  (void)state;
  SnImage image;
  assert_refused(sn_image_decode((const uint8_t *)"", 0, "empty.png", SN_IMAGE_RGB, NULL, &image), &image,
                 "empty.png: is empty");
  assert_refused(sn_image_decode((const uint8_t *)"GIF89a", 6, "a.png", SN_IMAGE_RGB, NULL, &image), &image,
                 "a.png: is neither a PNG, JPEG, BMP, TIFF nor WebP file");
  assert_refused(sn_image_read("tests/golden", SN_IMAGE_RGB, NULL, &image), &image, "tests/golden: is a directory");
  assert_refused(sn_image_read("tests/golden/none.png", SN_IMAGE_RGB, NULL, &image), &image,
                 "tests/golden/none.png: cannot be opened");
  int64_t width, height;
  assert_false(sn_image_read_size("tests/golden/none.png", NULL, &width, &height));
  assert_int_equal(width, 0);
  /* While an error stands nothing is done, and it stays. */
  assert_false(sn_image_read(FOLDER "pattern.png", SN_IMAGE_RGB, NULL, &image));
  assert_null(image.pixels);
  assert_non_null(strstr(sn_error(), "none.png"));
  sn_clear_error();
}

/* A BMP of 6 x 2 pixels with a palette of the given greys. */
static size_t make_bitmap(uint8_t *file, uint8_t bits, uint8_t compression, const uint8_t greys[16],
                          const uint8_t *pixels, size_t size) {
  enum { COLOURS = 16, OFFSET = 54 + 4 * COLOURS };
  memset(file, 0, OFFSET);
  memcpy(file, "BM", 2);
  file[10] = OFFSET;
  file[14] = 40;
  file[18] = 6;
  file[22] = 2;
  file[26] = 1;
  file[28] = bits;
  file[30] = compression;
  file[46] = COLOURS;
  for (int i = 0; i < COLOURS; i++) memset(file + 54 + 4 * i, greys[i], 3);
  memcpy(file + OFFSET, pixels, size);
  return OFFSET + size;
}

/* Sound files that Pillow 9.4 reads wrongly or not at all. */
static void bitmaps_mean_what_the_format_says(void **state) {
  (void)state;
  static const uint8_t ramp[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  static const uint8_t steps[16] = {9, 19, 29, 39, 49, 59, 69, 79, 89, 99, 109, 119, 129, 139, 149, 159};
  static const uint8_t plain[] = {0x12, 0x34, 0x56, 0, 0x65, 0x43, 0x21, 0};
  static const uint8_t plain_expected[] = {6, 5, 4, 3, 2, 1, 1, 2, 3, 4, 5, 6};
  static const uint8_t odd_literal[] = {0, 3, 0x12, 0x30, 3, 0x45, 0, 0, 0, 5, 0xab, 0xcd, 0xe0, 0, 1, 0x60, 0, 1};
  static const uint8_t odd_expected[] = {109, 119, 129, 139, 149, 69, 19, 29, 39, 49, 59, 49};
  static const uint8_t delta[] = {2, 3, 0, 2, 1, 1, 3, 7, 0, 1};
  static const uint8_t delta_expected[] = {9, 9, 9, 79, 79, 79, 39, 39, 9, 9, 9, 9};
  const struct {
    uint8_t bits, compression;
    const uint8_t *greys, *pixels;
    size_t size;
    const uint8_t *expected;
  } cases[] = {{4, 0, ramp, plain, sizeof plain, plain_expected},
               {4, 2, steps, odd_literal, sizeof odd_literal, odd_expected},
               {8, 1, steps, delta, sizeof delta, delta_expected}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint8_t file[256];
    const size_t size =
        make_bitmap(file, cases[i].bits, cases[i].compression, cases[i].greys, cases[i].pixels, cases[i].size);
    SnImage image;
    if (!sn_image_decode(file, size, "made.bmp", SN_IMAGE_GREY, NULL, &image)) fail_msg("%s", sn_error());
    assert_int_equal(image.width, 6);
    assert_int_equal(image.height, 2);
    assert_memory_equal(image.pixels, cases[i].expected, 12);
    sn_image_free(&image);
  }
}

static void sixteen_bits_keep_their_peak_and_take_a_white_level(void **state) {
  (void)state;
  static const char *const names[] = {"png-grey-16.png", "png-rgb-16-interlaced.png", "png-rgb-alpha-16.png"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[256];
    SnImage plain, full, bright;
    golden_path(FOLDER, names[i], path);
    const SnImageMode mode = i == 0 ? SN_IMAGE_GREY : SN_IMAGE_RGB;
    read_image(path, mode, NULL, &plain);
    read_image(path, mode, &(SnImageOptions){.white_level = 65535, .apply_orientation = true}, &full);
    read_image(path, mode, &(SnImageOptions){.white_level = 16383}, &bright);
    assert_int_equal(plain.bits, 16);
    assert_in_range(plain.peak, 50000, 65535);
    assert_int_equal(bright.peak, plain.peak);
    for (int64_t p = 0; p < plain.width * plain.height * plain.channels; p++) {
      assert_in_range(full.pixels[p], plain.pixels[p] > 0 ? plain.pixels[p] - 1 : 0, plain.pixels[p] + 1);
      const int four_times = 4 * full.pixels[p] < 255 ? 4 * full.pixels[p] : 255;
      assert_in_range(bright.pixels[p], four_times > 2 ? four_times - 3 : 0, four_times + 3);
    }
    sn_image_free(&plain);
    sn_image_free(&full);
    sn_image_free(&bright);
  }
  SnImage image;
  read_golden("png-grey-1.png", SN_IMAGE_RGB, &image);
  assert_int_equal(image.bits, 1);
  assert_int_equal(image.peak, 0);
  sn_image_free(&image);
}

static void geometry_follows_torchvision(void **state) {
  (void)state;
  const SnTransform paper = {{256, 0}, {224, 224}, SN_FIT_CROP}, squash = {{256, 0}, {224, 224}, SN_FIT_SQUASH},
                    whole = {{224, 0}, {224, 224}, SN_FIT_CROP};
  int64_t width, height;
  sn_transform_resized_size(&paper, 900, 900, &width, &height);
  assert_int_equal(width, 256);
  assert_int_equal(height, 256);
  sn_transform_resized_size(&paper, 1000, 701, &width, &height);
  assert_int_equal(width, 365);
  assert_int_equal(height, 256);
  sn_transform_resized_size(&squash, 1000, 701, &width, &height);
  assert_int_equal(width, 224);
  assert_int_equal(height, 224);

  SnRectangle covered = sn_transform_covered(&paper, 512, 512);
  assert_true(covered.left == 32 && covered.top == 32 && covered.width == 448 && covered.height == 448);
  covered = sn_transform_covered(&squash, 1000, 701);
  assert_true(covered.left == 0 && covered.top == 0 && covered.width == 1000 && covered.height == 701);
  covered = sn_transform_covered(&(SnTransform){{100, 0}, {200, 200}, SN_FIT_CROP}, 50, 50);
  assert_true(covered.left == -25 && covered.top == -25 && covered.width == 100 && covered.height == 100);

  assert_true(sn_transform_discarded_share(&paper, 900, 900) == 1.0 - 0.875 * 0.875);
  assert_true(sn_transform_discarded_share(&whole, 448, 224) == 0.5);
  assert_true(sn_transform_discarded_share(&squash, 448, 224) == 0.0);
  assert_false(sn_transform_discards(&paper, 900, 900));
  assert_false(sn_transform_discards(&paper, 900, 905));
  assert_true(sn_transform_discards(&paper, 900, 1200));
  assert_true(sn_transform_discards(&paper, 1200, 900));
  assert_false(sn_transform_discards(&squash, 1200, 900));
  assert_false(sn_transform_discards(&whole, 900, 900));
  assert_true(sn_transform_discards(&whole, 900, 930));
}

static void rectangles_follow_torchvision(void **state) {
  (void)state;
  const SnTransform wide = {{256, 0}, {224, 448}, SN_FIT_CROP}, exact = {{256, 512}, {224, 448}, SN_FIT_CROP},
                    half = {{224, 448}, {224, 224}, SN_FIT_CROP}, squash = {{1, 0}, {224, 448}, SN_FIT_SQUASH};
  int64_t width, height;
  sn_transform_resized_size(&wide, 1000, 500, &width, &height);
  assert_true(width == 512 && height == 256);
  sn_transform_resized_size(&exact, 1000, 700, &width, &height);
  assert_true(width == 512 && height == 256);
  sn_transform_resized_size(&squash, 1000, 700, &width, &height);
  assert_true(width == 448 && height == 224);
  SnRectangle covered = sn_transform_covered(&wide, 1024, 512);
  assert_true(covered.left == 64 && covered.top == 32 && covered.width == 896 && covered.height == 448);
  covered = sn_transform_covered(&wide, 512, 512); /* narrower than the crop */
  assert_true(covered.left == -192 && covered.top == 32 && covered.width == 896 && covered.height == 448);
  covered = sn_transform_covered(&exact, 512, 512);
  assert_true(covered.left == 32 && covered.top == 32 && covered.width == 448 && covered.height == 448);

  assert_true(sn_transform_discarded_share(&wide, 1000, 500) == 1.0 - 0.875 * 0.875);
  assert_false(sn_transform_discards(&wide, 1000, 500));
  assert_true(sn_transform_discards(&wide, 1200, 500));
  assert_false(sn_transform_discards(&exact, 900, 900));
  assert_false(sn_transform_discards(&(SnTransform){{96, 192}, {80, 176}, SN_FIT_CROP}, 900, 900)); /* 16 of both */
  assert_true(sn_transform_discarded_share(&half, 900, 900) == 0.5 && sn_transform_discards(&half, 900, 900));
  assert_true(sn_transform_padded_share(&wide, 1000, 500) == 0.0 && sn_transform_padded_share(&exact, 1, 9) == 0.0);
  assert_true(fabs(sn_transform_padded_share(&wide, 512, 512) - 3.0 / 7) < 1e-12);
}

static void masks_are_cut_at_the_threshold(void **state) {
  (void)state;
  uint8_t greys[9] = {0, 1, 51, 127, 128, 191, 204, 254, 255}, mask[9];
  const SnImage image = {.width = 3, .height = 3, .channels = 1, .pixels = greys};
  const SnTransform same = {{3, 0}, {3, 3}, SN_FIT_CROP};
  const struct {
    double threshold;
    int first;
  } cases[] = {{0.0, 1}, {0.2, 3}, {0.5, 4}, {0.8, 7}, {0.999, 8}, {1.0, 8}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_true(sn_transform_mask(&same, &image, cases[i].threshold, mask));
    for (int j = 0; j < 9; j++) assert_int_equal(mask[j], j >= cases[i].first);
  }
}

static void impossible_sizes_are_refused(void **state) {
  (void)state;
  uint8_t pixels[4] = {0};
  float tensor[12];
  uint8_t mask[4];
  const SnImage image = {.width = 2, .height = 2, .channels = 1, .pixels = pixels};
  SnImage resized;
  assert_refused(sn_image_resize(&image, 0, 5, &resized), &resized, "has no part");
  assert_refused(sn_image_resize_window(&image, 5, 5, (SnWindow){3, 0, 3, 1}, &resized), &resized, "has no part");
  assert_refused(sn_image_resize(&image, INT64_MAX / 2, 1, &resized), &resized, "resize");
  assert_refused(sn_image_allocate(INT64_MAX / 2, 3, SN_IMAGE_RGB, &resized), &resized, "cannot be made");
  const SnTransform bad[] = {
      {{0, 0}, {2, 2}, SN_FIT_CROP},  {{2, 0}, {0, 0}, SN_FIT_CROP},         {{2, 0}, {0, 0}, SN_FIT_SQUASH},
      {{0, 2}, {2, 2}, SN_FIT_CROP},  {{2, 0}, {2, 0}, SN_FIT_CROP},         {{2, 0}, {0, 2}, SN_FIT_SQUASH},
      {{2, -1}, {2, 2}, SN_FIT_CROP}, {{INT64_MAX, 0}, {2, 2}, SN_FIT_CROP}, {{2, INT64_MAX}, {2, 2}, SN_FIT_CROP}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_false(sn_transform_image(&bad[i], &sn_imagenet_normalization, &image, tensor));
    assert_non_null(strstr(sn_error(), "cannot be made"));
    sn_clear_error();
    assert_false(sn_transform_mask(&bad[i], &image, 0.5, mask));
    sn_clear_error();
  }
  /* The long side of a line grows without measure, and only the crop is computed. */
  const SnImage line = {.width = 1, .height = 4, .channels = 1, .pixels = pixels};
  assert_true(
      sn_transform_image(&(SnTransform){{1 << 20, 0}, {2, 2}, SN_FIT_CROP}, &sn_imagenet_normalization, &line, tensor));
}

/* One pixel, in the order and on the scale of Caffe's networks: 255 x minus a mean, blue first. */
static void photographs_are_normalised_as_the_network_expects(void **state) {
  (void)state;
  uint8_t colour[3] = {255, 51, 0}, grey[1] = {51};
  float tensor[3];
  const SnTransform one = {{1, 0}, {1, 1}, SN_FIT_CROP};
  const SnImage photograph = {.width = 1, .height = 1, .channels = 3, .pixels = colour};
  const SnImage grey_photograph = {.width = 1, .height = 1, .channels = 1, .pixels = grey};
  SnNormalization caffe = {
      .mean = {0.4, 0.2, 0.8}, .deviation = {1 / 255.0, 1 / 255.0, 1 / 255.0}, .order = SN_ORDER_BGR};
  const float blue_first[3] = {-102, 0, 51}, red_first[3] = {153, 0, -204}, of_grey[3] = {-51, 0, -153};
  assert_true(sn_transform_image(&one, &caffe, &photograph, tensor));
  for (int i = 0; i < 3; i++) assert_true(fabsf(tensor[i] - blue_first[i]) < 1e-4f);
  assert_true(sn_transform_image(&one, &caffe, &grey_photograph, tensor));
  for (int i = 0; i < 3; i++) assert_true(fabsf(tensor[i] - of_grey[i]) < 1e-4f);
  caffe.order = SN_ORDER_RGB;
  assert_true(sn_transform_image(&one, &caffe, &photograph, tensor));
  for (int i = 0; i < 3; i++) assert_true(fabsf(tensor[i] - red_first[i]) < 1e-4f);
  caffe.deviation[2] = 0;
  assert_false(sn_transform_image(&one, &caffe, &photograph, tensor));
  assert_non_null(strstr(sn_error(), "a standard deviation above 0"));
  sn_clear_error();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(decoded_pixels_equal_pillows),
      cmocka_unit_test(orientation_is_applied_on_request),
      cmocka_unit_test(defective_files_are_refused_by_name),
      cmocka_unit_test(resized_pixels_equal_pillows),
      cmocka_unit_test(transforms_equal_torchvisions),
      cmocka_unit_test(real_photographs_equal_pillow_and_torchvision),
      cmocka_unit_test(files_cut_at_every_length_are_refused_as_pillow_refuses_them),
      cmocka_unit_test(mutated_files_do_no_harm),
      cmocka_unit_test(what_is_no_image_is_refused),
      cmocka_unit_test(bitmaps_mean_what_the_format_says),
      cmocka_unit_test(sixteen_bits_keep_their_peak_and_take_a_white_level),
      cmocka_unit_test(geometry_follows_torchvision),
      cmocka_unit_test(rectangles_follow_torchvision),
      cmocka_unit_test(masks_are_cut_at_the_threshold),
      cmocka_unit_test(impossible_sizes_are_refused),
      cmocka_unit_test(photographs_are_normalised_as_the_network_expects),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
