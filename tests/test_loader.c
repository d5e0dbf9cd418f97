/* datasets/load and datasets/loader: what a sample becomes, and that batches come in order, with their errors, whatever
 * the number of threads. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "datasets/dataset.h"
#include "datasets/load.h"
#include "datasets/loader.h"
#include "datasets/thumbnail.h"
#include "tests/support/image_files.h"

enum { CROP = 8, PIXELS = CROP * CROP, IMAGES = 23 };

static const SnLoadOptions LOAD = {.transform = {.resize = {CROP, 0}, .crop = {CROP, CROP}, .fit = SN_FIT_CROP},
                                   .normalization = {.deviation = {1, 1, 1}},
                                   .mask_threshold = 0.5};

typedef struct Fixture {
  char *folder;
  SnDataset dataset;
} Fixture;

/* train/good/NN.png is grey of value 10 NN, so that an image tells its number. */
static int setup(void **state) {
  Fixture *fixture = calloc(1, sizeof *fixture);
  assert_non_null(fixture);
  fixture->folder = make_folder();
  char name[64];
  for (int i = 0; i < IMAGES; i++) {
    snprintf(name, sizeof name, "cat/train/good/%02d.png", i);
    write_grey(fixture->folder, name, 12, 9, (uint8_t)(10 * i));
  }
  write_grey(fixture->folder, "cat/test/good/0.png", 8, 8, 100);
  write_grey(fixture->folder, "cat/test/hole/0.png", 16, 16, 100);
  write_halves(fixture->folder, "cat/ground_truth/hole/0_mask.png", 16, 16, 0, 255);
  write_grey(fixture->folder, "cat/test/hole/1.png", 16, 16, 100);
  assert_true(sn_dataset_open(fixture->folder, "cat", "mvtec", &fixture->dataset));
  *state = fixture;
  return 0;
}

static int teardown(void **state) {
  Fixture *fixture = *state;
  sn_clear_error();
  sn_dataset_free(&fixture->dataset);
  remove_folder(fixture->folder);
  free(fixture);
  return 0;
}

static int number_of(const float *image) { return (int)(image[0] * 25.5f + 0.5f); }

/* Reads to the end; every image must be the one its index says, and the indices ascend. Returns how many came. */
static int64_t read_all(SnLoader *loader, int64_t batch_size) {
  int64_t seen = 0, last = -1, previous = batch_size;
  for (SnBatch batch; sn_loader_next(loader, &batch); previous = batch.count) {
    assert_int_equal(previous, batch_size); /* only the last batch is smaller */
    for (int64_t i = 0; i < batch.count; i++, seen++) {
      assert_true(batch.indices[i] > last);
      last = batch.indices[i];
      assert_int_equal(number_of(batch.images + i * 3 * PIXELS), batch.indices[i]);
    }
  }
  return seen;
}

static void test_order(void **state) {
  Fixture *fixture = *state;
  static const int64_t batch_sizes[] = {1, 4, IMAGES, 100};
  for (int threads = 0; threads < 6; threads++)
    for (size_t b = 0; b < 4; b++)
      for (int64_t ahead = 1; ahead < 4; ahead++) {
        SnLoaderOptions options = {.load = LOAD, .batch_size = batch_sizes[b], .threads = threads, .ahead = ahead};
        SnLoader *loader = sn_loader_open(&fixture->dataset, &fixture->dataset.train, &options);
        assert_non_null(loader);
        assert_int_equal(read_all(loader, batch_sizes[b]), IMAGES);
        assert_true(sn_ok());
        SnBatch batch;
        assert_false(sn_loader_next(loader, &batch)); /* the end stays the end */
        sn_loader_close(loader);
      }
}

static void test_masks(void **state) {
  Fixture *fixture = *state;
  SnLoaderOptions options = {.load = LOAD, .batch_size = 3, .masks = true};
  SnLoader *loader = sn_loader_open(&fixture->dataset, &fixture->dataset.test, &options);
  SnBatch batch;
  assert_true(sn_loader_next(loader, &batch));
  assert_int_equal(batch.count, 3);
  int sums[3] = {0};
  for (int i = 0; i < 3 * PIXELS; i++) sums[i / PIXELS] += batch.masks[i];
  assert_int_equal(sums[0], 0);          /* good */
  assert_int_equal(sums[1], PIXELS / 2); /* hole/0 */
  assert_int_equal(sums[2], 0);          /* hole/1, without mask */
  assert_false(batch.mask_missing[0]);
  assert_false(batch.mask_missing[1]);
  assert_true(batch.mask_missing[2]);
  assert_int_equal(batch.masks[PIXELS], 0);
  assert_int_equal(batch.masks[PIXELS + CROP - 1], 1);
  sn_loader_close(loader);
}

static void test_error_names_file(void **state) {
  Fixture *fixture = *state;
  write_text(fixture->folder, "cat/train/good/07.png", "no image");
  SnLoaderOptions options = {.load = LOAD, .batch_size = 4, .threads = 3};
  SnLoader *loader = sn_loader_open(&fixture->dataset, &fixture->dataset.train, &options);
  assert_int_equal(read_all(loader, 4), 4);
  assert_non_null(strstr(sn_error(), "good/07.png"));
  sn_clear_error();
  SnBatch batch;
  assert_false(sn_loader_next(loader, &batch)); /* an error is an end, too */
  assert_true(sn_ok());
  sn_loader_close(loader);
}

static void test_skip_broken(void **state) {
  Fixture *fixture = *state;
  write_text(fixture->folder, "cat/train/good/00.png", "");
  write_text(fixture->folder, "cat/train/good/07.png", "no image");
  write_text(fixture->folder, "cat/train/good/22.png", "\x89PNG\r\n\x1a\n");
  SnLoaderOptions options = {.load = LOAD, .batch_size = 4, .threads = 3, .skip_broken = true};
  SnLoader *loader = sn_loader_open(&fixture->dataset, &fixture->dataset.train, &options);
  assert_int_equal(read_all(loader, 4), IMAGES - 3);
  assert_true(sn_ok());
  const SnBroken *broken = sn_loader_broken(loader);
  assert_int_equal(broken->messages.count, 3);
  assert_int_equal(broken->indices[0], 0);
  assert_int_equal(broken->indices[1], 7);
  assert_int_equal(broken->indices[2], 22);
  assert_non_null(strstr(broken->messages.items[1], "good/07.png"));
  sn_loader_close(loader);
}

static void test_stop_at_any_time(void **state) {
  Fixture *fixture = *state;
  for (int repeat = 0; repeat < 60; repeat++) {
    SnLoaderOptions options = {.load = LOAD, .batch_size = 2, .threads = 1 + repeat % 4, .ahead = 1 + repeat % 3};
    SnLoader *loader = sn_loader_open(&fixture->dataset, &fixture->dataset.train, &options);
    SnBatch batch;
    for (int i = 0; i < repeat % 7; i++) assert_true(sn_loader_next(loader, &batch));
    sn_loader_close(loader);
  }
  sn_loader_close(NULL);
  SnSamples none = {0};
  SnLoaderOptions options = {.load = LOAD, .batch_size = 2};
  SnLoader *loader = sn_loader_open(&fixture->dataset, &none, &options);
  assert_int_equal(read_all(loader, 2), 0);
  assert_true(sn_ok());
  sn_loader_close(loader);
}

static void test_options_refused(void **state) {
  Fixture *fixture = *state;
  const SnLoaderOptions wrong[] = {{.load = LOAD},
                                   {.load = LOAD, .batch_size = 1, .threads = 65},
                                   {.load = LOAD, .batch_size = 1, .threads = -1},
                                   {.load = LOAD, .batch_size = 1, .ahead = -1},
                                   {.batch_size = 1}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_null(sn_loader_open(&fixture->dataset, &fixture->dataset.train, &wrong[i]));
    assert_non_null(strstr(sn_error(), "expected"));
    sn_clear_error();
  }
}

/* All that a loader holds is asked for at once, since each part alone might be there. */
static void test_more_than_the_memory_is_refused(void **state) {
  Fixture *fixture = *state;
  SnSamples many = {.count = 1 << 20};
  SnLoaderOptions options = {.load = LOAD, .batch_size = 4096};
  options.load.transform.crop = options.load.transform.resize = sn_square(1 << 14);
  assert_null(sn_loader_open(&fixture->dataset, &many, &options));
  assert_non_null(strstr(sn_error(), "12288 images of 16384 x 16384 pixels at a time: needs 39582419 MB of memory"));
  sn_clear_error();
}

static void test_union_and_class_numbers(void **state) {
  Fixture *fixture = *state;
  write_halves(fixture->folder, "cat/ground_truth/hole/left.png", 16, 16, 100, 0);
  write_halves(fixture->folder, "cat/ground_truth/hole/right.png", 16, 16, 0, 255);
  char paths[2][4096];
  snprintf(paths[0], sizeof paths[0], "%s/cat/ground_truth/hole/left.png", fixture->folder);
  snprintf(paths[1], sizeof paths[1], "%s/cat/ground_truth/hole/right.png", fixture->folder);
  char *masks[] = {paths[0], paths[1]};
  SnSample sample = fixture->dataset.test.items[1];
  sample.mask_paths = masks;
  for (int classes = 0; classes < 2; classes++)
    for (int count = 1; count <= 2; count++) {
      SnDataset dataset = {.mask_is_nonzero = classes};
      sample.mask_count = count;
      uint8_t mask[PIXELS];
      int sum = 0;
      assert_true(sn_load_sample(&dataset, &sample, &LOAD, NULL, mask, NULL, NULL));
      for (int i = 0; i < PIXELS; i++) sum += mask[i];
      assert_int_equal(sum, (classes ? PIXELS / 2 : 0) + (count > 1 ? PIXELS / 2 : 0));
    }
}

static void test_mask_of_another_size(void **state) {
  Fixture *fixture = *state;
  write_grey(fixture->folder, "cat/ground_truth/hole/0_mask.png", 15, 16, 255);
  float image[3 * PIXELS];
  uint8_t mask[PIXELS];
  for (int with_image = 0; with_image < 2; with_image++) {
    assert_false(sn_load_sample(&fixture->dataset, &fixture->dataset.test.items[1], &LOAD, with_image ? image : NULL,
                                mask, NULL, NULL));
    assert_non_null(strstr(sn_error(), "hole/0_mask.png: the mask is 15 x 16 pixels"));
    assert_non_null(strstr(sn_error(), "hole/0.png 16 x 16"));
    sn_clear_error();
  }
}

/* A photograph of two colours, whose middle half is seen: the border between them is in the middle of what is shown,
 * whether the photograph lies or stands. */
static void test_thumbnail_shows_the_crop(void **state) {
  (void)state;
  enum { LONG = 80, SHORT = 40, SHOWN = 10 };
  const SnTransform transform = {.resize = {.height = SHORT}, .crop = {SHORT, SHORT}, .fit = SN_FIT_CROP};
  for (int standing = 0; standing < 2; standing++) {
    SnImage photograph;
    uint8_t shown[SHOWN * SHOWN * 3];
    assert_true(sn_image_allocate(standing ? SHORT : LONG, standing ? LONG : SHORT, SN_IMAGE_RGB, &photograph));
    for (int64_t i = 0; i < LONG * SHORT; i++) {
      int64_t along = standing ? i / photograph.width : i % photograph.width;
      photograph.pixels[3 * i] = along < LONG / 2 ? 200 : 40;
      photograph.pixels[3 * i + 2] = (uint8_t)(along < LONG / 4 || along >= LONG * 3 / 4 ? 255 : 0); /* cut off */
    }
    assert_true(sn_make_thumbnail(&transform, &photograph, (SnSize){SHOWN, SHOWN}, shown));
    for (int i = 0; i < SHOWN * SHOWN; i++) {
      int along = standing ? i / SHOWN : i % SHOWN;
      if (along != SHOWN / 2 - 1 && along != SHOWN / 2) assert_int_equal(shown[3 * i], along < SHOWN / 2 ? 200 : 40);
      assert_int_equal(shown[3 * i + 1], 0);
      if (along > 0 && along < SHOWN - 1) assert_int_equal(shown[3 * i + 2], 0);
    }
    sn_image_free(&photograph);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_order, setup, teardown),
      cmocka_unit_test_setup_teardown(test_masks, setup, teardown),
      cmocka_unit_test_setup_teardown(test_error_names_file, setup, teardown),
      cmocka_unit_test_setup_teardown(test_skip_broken, setup, teardown),
      cmocka_unit_test_setup_teardown(test_stop_at_any_time, setup, teardown),
      cmocka_unit_test_setup_teardown(test_options_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_more_than_the_memory_is_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_union_and_class_numbers, setup, teardown),
      cmocka_unit_test_setup_teardown(test_mask_of_another_size, setup, teardown),
      cmocka_unit_test(test_thumbnail_shows_the_crop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
