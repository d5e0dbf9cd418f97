/* datasets/mask and datasets/facts: what counts as defect in masks of every kind, and what is said of masks without a
 * defect, of photographs that are turned and of those that use a part of their bits. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "datasets/facts.h"
#include "datasets/loader.h"
#include "datasets/mask.h"
#include "datasets/summary.h"
#include "tests/support/image_files.h"

enum { GREY = 0, COLOUR = 2, PALETTE = 3 };

/* The mask that the file holds, pixel by pixel: "0 0 255 255". */
static void expect_mask(const char *path, bool classes, SnMaskKind expected_kind, const char *expected) {
  SnImage mask;
  SnMaskKind kind;
  char text[256] = "";
  if (!sn_mask_read(path, NULL, classes, &mask, &kind)) fail_msg("%s", sn_error());
  assert_int_equal(mask.channels, 1);
  for (int64_t i = 0; i < mask.width * mask.height; i++) {
    size_t length = strlen(text);
    snprintf(text + length, sizeof text - length, "%s%d", i > 0 ? " " : "", mask.pixels[i]);
  }
  sn_image_free(&mask);
  assert_string_equal(text, expected);
  assert_int_equal(kind, expected_kind);
}

static const char *write_row(const char *folder, int depth, int colour_type, int width, const void *row) {
  PngFile png = {.width = width, .height = 1, .depth = depth, .colour_type = colour_type, .rows = row};
  return write_png_file(folder, "m.png", &png);
}

static void test_grey_masks(void **state) {
  const char *root = *state;
  expect_mask(write_row(root, 8, GREY, 4, "\0\1\0\1"), false, SN_MASK_CLASSES, "0 255 0 255");
  expect_mask(write_row(root, 8, GREY, 4, "\0\1\7\37"), false, SN_MASK_CLASSES, "0 255 255 255");
  expect_mask(write_row(root, 8, GREY, 4, "\0\1\7\40"), false, SN_MASK_SHARES, "0 1 7 32");
  expect_mask(write_row(root, 8, GREY, 4, "\0\1\177\377"), false, SN_MASK_SHARES, "0 1 127 255");
  expect_mask(write_row(root, 8, GREY, 4, "\0\1\177\377"), true, SN_MASK_CLASSES, "0 255 255 255");
  expect_mask(write_row(root, 8, GREY, 4, "\0\0\0\0"), false, SN_MASK_SHARES, "0 0 0 0");
  expect_mask(write_row(root, 8, COLOUR, 2, "\0\0\0\1\1\1"), false, SN_MASK_CLASSES, "0 255");
  expect_mask(write_row(root, 1, GREY, 4, "\120"), false, SN_MASK_SHARES, "0 255 0 255");
  expect_mask(write_row(root, 2, GREY, 4, "\30"), false, SN_MASK_CLASSES, "0 255 255 0"); /* 0 1 2 0 */
  expect_mask(write_row(root, 2, GREY, 4, "\34"), false, SN_MASK_SHARES, "0 85 255 0");   /* 3 is white */
  expect_mask(write_row(root, 4, GREY, 2, "\16"), false, SN_MASK_CLASSES, "0 255");       /* 14 of 15 */
  expect_mask(write_row(root, 16, GREY, 3, "\0\0\0\1\0\3"), false, SN_MASK_CLASSES, "0 255 255");
  expect_mask(write_row(root, 16, GREY, 3, "\0\0\0\100\0\377"), false, SN_MASK_SHARES, "0 64 255");
  expect_mask(write_row(root, 16, GREY, 3, "\0\0\100\0\377\377"), false, SN_MASK_SHARES, "0 64 255");
}

/* A lossy file's small values are noise. */
static void test_lossy_masks(void **state) {
  const char *root = *state;
  expect_mask(write_grey(root, "m.jpg", 2, 1, 1), false, SN_MASK_SHARES, "1 1");
  expect_mask(write_grey(root, "m.jpg", 2, 1, 1), true, SN_MASK_CLASSES, "255 255");
  SnImage mask;
  SnMaskKind kind;
  assert_true(sn_mask_read(write_colour(root, "m.jpg", 2, 1, 255, 0, 0), NULL, false, &mask, &kind));
  assert_int_equal(kind, SN_MASK_SHARES);
  assert_in_range(mask.pixels[0], 70, 82);
  sn_image_free(&mask);
}

static const char *write_palette(const char *folder, const uint8_t (*palette)[3], int colours, int width,
                                 const char *indices) {
  PngFile png = {.width = width,
                 .height = 1,
                 .depth = 8,
                 .colour_type = PALETTE,
                 .palette = palette,
                 .colours = colours,
                 .rows = indices};
  return write_png_file(folder, "m.png", &png);
}

static void test_coloured_masks(void **state) {
  const char *root = *state;
  static const uint8_t voc[][3] = {{0, 0, 0}, {128, 0, 0}, {0, 128, 0}, {0, 0, 0}};
  static const uint8_t viridis[][3] = {{68, 1, 84}, {33, 145, 140}, {253, 231, 37}};
  static const uint8_t numbers[][3] = {{0, 0, 0}, {1, 1, 1}, {2, 2, 2}};
  static const uint8_t white_first[][3] = {{255, 255, 255}, {0, 0, 0}};
  expect_mask(write_palette(root, voc, 4, 4, "\0\1\2\3"), false, SN_MASK_CLASSES, "0 255 255 0");
  expect_mask(write_palette(root, voc, 4, 2, "\1\1"), false, SN_MASK_CLASSES, "255 255");
  expect_mask(write_palette(root, viridis, 3, 3, "\0\1\2"), false, SN_MASK_CLASSES, "0 255 255");
  expect_mask(write_palette(root, numbers, 3, 3, "\0\1\2"), false, SN_MASK_CLASSES, "0 255 255");
  expect_mask(write_palette(root, white_first, 2, 3, "\0\1\0"), false, SN_MASK_SHARES, "255 0 255");
  expect_mask(write_row(root, 8, COLOUR, 3, "\0\0\0\377\0\0\0\0\12"), false, SN_MASK_CLASSES, "0 255 255");
}

/* A category with masks that the threshold misses, a black one, and one of 0 and 1. */
static void make_category(const char *root) {
  write_grey(root, "c/train/good/0.png", 8, 8, 50);
  for (int i = 0; i < 4; i++) {
    char name[64];
    snprintf(name, sizeof name, "c/test/hole/%d.png", i);
    write_grey(root, name, 8, 8, 50);
  }
  write_halves(root, "c/ground_truth/hole/0_mask.png", 8, 8, 0, 255);
  write_halves(root, "c/ground_truth/hole/1_mask.png", 8, 8, 0, 100);
  write_halves(root, "c/ground_truth/hole/2_mask.png", 8, 8, 0, 0);
  write_halves(root, "c/ground_truth/hole/3_mask.png", 8, 8, 0, 1);
}

static const SnProblem *find(const SnProblems *problems, const char *words) {
  for (int64_t i = 0; i < problems->count; i++)
    if (problems->items[i].kind == SN_PROBLEM_EMPTY_MASK && strstr(problems->items[i].message, words))
      return &problems->items[i];
  return NULL;
}

static void test_empty_masks_are_problems(void **state) {
  const char *root = *state;
  make_category(root);
  SnSummary summary;
  assert_true(sn_dataset_summarize(root, &(SnSummaryOptions){.mask_threshold = 0.5}, &summary));
  const SnCategorySummary *c = &summary.categories[0];
  assert_int_equal(c->problems.count, 2);
  const SnProblem *dark = find(&c->problems, "1_mask.png: the mask of a defective image holds no defect");
  assert_non_null(dark);
  assert_non_null(strstr(dark->message, "its largest value is 100 of 255"));
  assert_non_null(strstr(dark->message, "--mask-threshold 0.2 would"));
  assert_non_null(find(&c->problems, "2_mask.png: the mask of a defective image is all black"));
  assert_int_equal(c->facts.masks, 4);
  assert_int_equal(c->facts.class_masks, 1);
  sn_summary_free(&summary);
  assert_true(sn_dataset_summarize(root, &(SnSummaryOptions){.mask_threshold = 0.2}, &summary));
  assert_int_equal(summary.categories[0].problems.count, 1);
  sn_summary_free(&summary);
}

static void expect_text(char *text, const char *words) {
  assert_non_null(text);
  if (!strstr(text, words)) fail_msg("expected '%s' in '%s'", words, text);
  free(text);
}

static SnFacts load_all(const SnDataset *dataset, const SnSamples *samples, const SnImageOptions *image) {
  SnLoaderOptions options = {.load = {.transform = {.resize = {8, 0}, .crop = {8, 8}},
                                      .normalization = sn_imagenet_normalization,
                                      .mask_threshold = 0.5,
                                      .image = *image},
                             .batch_size = 2,
                             .masks = true};
  SnLoader *loader = sn_loader_open(dataset, samples, &options);
  for (SnBatch batch; sn_loader_next(loader, &batch);) {
  }
  if (!sn_ok()) fail_msg("%s", sn_error());
  SnFacts facts = *sn_loader_facts(loader);
  sn_loader_close(loader);
  return facts;
}

static void test_loading_notes_masks(void **state) {
  const char *root = *state;
  make_category(root);
  SnDataset dataset;
  assert_true(sn_dataset_open(root, "c", "mvtec", &dataset));
  SnFacts facts = load_all(&dataset, &dataset.test, &(SnImageOptions){0});
  assert_int_equal(facts.class_masks, 1);
  expect_text(sn_facts_masks_text(&facts), "2 of 4 masks of defective images hold no defect; the first: ");
  expect_text(sn_facts_masks_text(&facts), "1_mask.png: the mask of a defective image holds no defect");
  sn_dataset_free(&dataset);
}

static void write_photograph(const char *root, const char *name, int depth, int sample, int orientation) {
  uint8_t rows[2 * 8 * 8];
  for (size_t i = 0; i < sizeof rows; i++) rows[i] = (uint8_t)(depth == 16 && i % 2 == 0 ? sample >> 8 : sample);
  PngFile png = {
      .width = 8, .height = 8, .depth = depth, .colour_type = GREY, .orientation = orientation, .rows = rows};
  write_png_file(root, name, &png);
}

static void test_turned_photographs(void **state) {
  const char *root = *state;
  write_photograph(root, "train/0.png", 8, 90, 0);
  write_photograph(root, "train/1.png", 8, 90, 1);
  write_photograph(root, "train/2.png", 8, 90, 6);
  write_photograph(root, "train/3.png", 8, 90, 6);
  write_photograph(root, "train/4.png", 8, 90, 3);
  SnDataset dataset;
  assert_true(sn_dataset_open(root, NULL, NULL, &dataset));
  SnImageOptions stored = {0}, exif = {.apply_orientation = true};
  SnFacts facts = load_all(&dataset, &dataset.train, &stored);
  expect_text(sn_facts_orientation_text(&facts, &stored),
              "3 of 5 photographs are to be turned by their EXIF (1 of orientation 3, 2 of orientation 6)");
  expect_text(sn_facts_orientation_text(&facts, &stored), "as they are stored; --orientation exif turns them");
  facts = load_all(&dataset, &dataset.train, &exif);
  expect_text(sn_facts_orientation_text(&facts, &exif), "they are (--orientation exif)");
  assert_null(sn_facts_bits_text(&facts, &stored));
  sn_dataset_free(&dataset);
  SnSummary summary;
  assert_true(sn_dataset_summarize(root, &(SnSummaryOptions){.image = stored}, &summary));
  assert_int_equal(summary.categories[0].facts.orientations[6], 2);
  sn_summary_free(&summary);
}

static void test_bits(void **state) {
  const char *root = *state;
  static const struct {
    int largest, white_level;
    const char *words; /* NULL: no warning */
  } cases[] = {{255, 0, "use 8 of 16 bits and look nearly black; train with --white-level 255"},
               {1023, 0, "of 2 16-bit photographs is 1023: they use 10 of 16 bits"},
               {1024, 0, "they use 12 of 16 bits and look nearly black; train with --white-level 4095"},
               {4095, 0, "--white-level 4095"},
               {4096, 0, "they use 14 of 16 bits"},
               {16384, 0, NULL},
               {65535, 0, NULL},
               {4095, 4095, NULL},
               {900, 4095, NULL},
               {5000, 4095, "is 5000: what is above --white-level 4095 is white"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    write_photograph(root, "train/0.png", 16, 20, 0);
    write_photograph(root, "train/1.png", 16, cases[i].largest, 0);
    write_photograph(root, "train/2.png", 8, 200, 0);
    SnDataset dataset;
    SnImageOptions options = {.white_level = cases[i].white_level};
    assert_true(sn_dataset_open(root, NULL, NULL, &dataset));
    SnFacts facts = load_all(&dataset, &dataset.train, &options);
    sn_dataset_free(&dataset);
    char *text = sn_facts_bits_text(&facts, &options);
    if (cases[i].words)
      expect_text(text, cases[i].words);
    else
      assert_null(text);
    SnSummary summary; /* which decodes images of 16 bits, for no header tells their values */
    assert_true(sn_dataset_summarize(root, &(SnSummaryOptions){.image = options}, &summary));
    assert_int_equal(summary.categories[0].facts.largest, facts.largest);
    sn_summary_free(&summary);
  }
}

/* Masks of the public data sets hold shares: they are read as every grey image is. */
static void expect_shares(const char *root, const char *category) {
  SnDataset dataset;
  assert_true(sn_dataset_open(root, category, NULL, &dataset));
  for (int64_t i = 0; i < dataset.test.count; i++)
    for (int64_t m = 0; m < dataset.test.items[i].mask_count; m++) {
      const char *path = dataset.test.items[i].mask_paths[m];
      SnImage grey, mask;
      SnMaskKind kind;
      assert_true(sn_image_read(path, SN_IMAGE_GREY, NULL, &grey));
      assert_true(sn_mask_read(path, NULL, false, &mask, &kind));
      assert_int_equal(kind, SN_MASK_SHARES);
      assert_memory_equal(mask.pixels, grey.pixels, (size_t)(grey.width * grey.height));
      sn_image_free(&grey);
      sn_image_free(&mask);
    }
  sn_dataset_free(&dataset);
}

static void test_real_masks(void **state) {
  (void)state;
  const char *shared = getenv("SIMPLENET_SHARED");
  char *mvtec = sn_path_join(shared ? shared : "../shared", "data/mvtec");
  char *other = sn_path_join(shared ? shared : "../shared", "data/other");
  bool present = sn_is_directory(mvtec) && sn_is_directory(other);
  if (present) {
    expect_shares(mvtec, "bottle");
    expect_shares(other, "hazelnut");
    expect_shares(other, "wood_surface");
  }
  free(mvtec);
  free(other);
  if (!present) {
    printf("skip: the shared photographs are not here (SIMPLENET_SHARED)\n");
    skip();
  }
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, test_make_folder, test_remove_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      IN_FOLDER(test_grey_masks),
      IN_FOLDER(test_lossy_masks),
      IN_FOLDER(test_coloured_masks),
      IN_FOLDER(test_empty_masks_are_problems),
      IN_FOLDER(test_loading_notes_masks),
      IN_FOLDER(test_turned_photographs),
      IN_FOLDER(test_bits),
      cmocka_unit_test(test_real_masks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
