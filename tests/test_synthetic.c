/* datasets/synthetic: defects drawn on photographs, and samples that ask for one. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "datasets/generated/generate.h"
#include "datasets/load.h"
#include "datasets/png_write.h"
#include "datasets/synthetic/synthetic.h"
#include "tests/support/image_files.h"

enum { SIZE = 96, PIXELS = SIZE * SIZE, NUMBERS = 24 };

static const SnRectangle whole = {0, 0, SIZE, SIZE};

/* The first is a gear on its table, the second all grey. */
static void make_photograph(int which, SnImage *photograph) {
  if (!sn_image_allocate(SIZE, SIZE, SN_IMAGE_RGB, photograph)) fail_msg("%s", sn_error());
  memset(photograph->pixels, 128, 3 * PIXELS);
  int gear = sn_generated_find_category("gear");
  if (which == 0 && !sn_generated_draw(gear, 5, 0, SN_GENERATED_GOOD, SIZE, photograph->pixels, NULL))
    fail_msg("%s", sn_error());
}

static int64_t count(const SnImage *mask) {
  int64_t marked = 0;
  for (int64_t i = 0; i < mask->width * mask->height; i++) {
    assert_true(mask->pixels[i] == 0 || mask->pixels[i] == 255);
    marked += mask->pixels[i] != 0;
  }
  return marked;
}

/* Whatever the photograph, each number's defect can be seen, is small, and changes what its mask marks; a blur of an
 * even surface becomes something else. */
static void test_every_defect_is_seen(void **state) {
  (void)state;
  for (int which = 0; which < 2; which++)
    for (int64_t number = 1; number <= NUMBERS; number++) {
      SnImage before, after, mask;
      make_photograph(which, &before);
      make_photograph(which, &after);
      if (!sn_synthetic_draw(3, number, whole, &after, &mask)) fail_msg("%s", sn_error());
      int64_t marked = count(&mask), changed = 0;
      for (int64_t i = 0; i < PIXELS; i++)
        changed += mask.pixels[i] && memcmp(before.pixels + 3 * i, after.pixels + 3 * i, 3) != 0;
      if (marked < 7 || marked > PIXELS / 8 || changed < marked / 2)
        fail_msg("photograph %d, number %d: %d pixels marked, of which %d changed", which, (int)number, (int)marked,
                 (int)changed);
      sn_image_free(&before);
      sn_image_free(&after);
      sn_image_free(&mask);
    }
}

static void test_kinds_take_turns(void **state) {
  (void)state;
  int kinds = sn_synthetic_kind_count();
  assert_int_equal(kinds, 6);
  assert_string_equal(sn_synthetic_kind(1), "cut and paste");
  assert_string_equal(sn_synthetic_kind(kinds), "missing part");
  assert_string_equal(sn_synthetic_kind(kinds + 2), "scar");
}

static bool are_equal(uint64_t seed, int64_t number, uint64_t other_seed, int64_t other_number) {
  SnImage one, other, masks[2];
  make_photograph(0, &one);
  make_photograph(0, &other);
  sn_synthetic_draw(seed, number, whole, &one, &masks[0]);
  sn_synthetic_draw(other_seed, other_number, whole, &other, &masks[1]);
  if (!sn_ok()) fail_msg("%s", sn_error());
  bool equal = memcmp(one.pixels, other.pixels, 3 * PIXELS) == 0;
  assert_int_equal(memcmp(masks[0].pixels, masks[1].pixels, PIXELS) == 0, equal);
  sn_image_free(&one);
  sn_image_free(&other);
  sn_image_free(&masks[0]);
  sn_image_free(&masks[1]);
  return equal;
}

static void test_depends_on_seed_and_number_alone(void **state) {
  (void)state;
  assert_true(are_equal(1, 4, 1, 4));
  assert_false(are_equal(1, 4, 2, 4));
  assert_false(are_equal(1, 4, 1, 10)); /* of the same kind */
}

/* An area that reaches beyond the photograph, as a padded crop does, and one that is not square. */
static void test_areas(void **state) {
  (void)state;
  const SnRectangle areas[] = {{-40, -40, SIZE + 80, SIZE + 80}, {10, 30, 80, 24}, {0, 0, 8, 8}};
  for (int i = 0; i < 3; i++) {
    SnImage photograph, mask;
    make_photograph(0, &photograph);
    if (!sn_synthetic_draw(1, 2, areas[i], &photograph, &mask)) fail_msg("%s", sn_error());
    assert_int_equal(mask.width, SIZE);
    sn_image_free(&photograph);
    sn_image_free(&mask);
  }
}

/* A sample that asks for a defect is loaded with it and with its ground truth; without one it is what it was. */
static void test_samples(void **state) {
  SnImage photograph;
  make_photograph(0, &photograph);
  char *path = sn_path_join(*state, "good.png");
  if (!path || !sn_png_write(path, photograph.pixels, SIZE, SIZE, 3)) fail_msg("%s", sn_error());
  sn_image_free(&photograph);
  SnDataset dataset = {.has_masks = true};
  sn_samples_append(&dataset.test, path, -1, SN_GOOD, "good");
  sn_samples_append(&dataset.test, path, -1, SN_DEFECTIVE, "scar");
  dataset.test.items[1].damage = 2;
  dataset.test.items[1].damage_seed = 9;
  SnLoadOptions options = {.transform = {{SIZE, 0}, {SIZE, SIZE}, SN_FIT_CROP},
                           .normalization = sn_imagenet_normalization,
                           .mask_threshold = 0.5};
  float *images[2];
  uint8_t *masks[2];
  bool missing[2] = {true, true};
  for (int i = 0; i < 2; i++) {
    images[i] = malloc(3 * PIXELS * sizeof(float));
    masks[i] = malloc(PIXELS);
    if (!sn_load_sample(&dataset, &dataset.test.items[i], &options, images[i], masks[i], &missing[i], NULL))
      fail_msg("%s", sn_error());
    assert_false(missing[i]);
  }
  int64_t differ = 0, marked = 0;
  for (int64_t i = 0; i < PIXELS; i++) {
    assert_int_equal(masks[0][i], 0);
    marked += masks[1][i];
    differ += images[0][i] != images[1][i];
  }
  assert_true(marked >= 7 && differ >= marked / 2 && differ < PIXELS / 4);
  for (int i = 0; i < 2; i++) {
    free(images[i]);
    free(masks[i]);
  }
  sn_samples_free(&dataset.test);
  free(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_defect_is_seen),
      cmocka_unit_test(test_kinds_take_turns),
      cmocka_unit_test(test_depends_on_seed_and_number_alone),
      cmocka_unit_test(test_areas),
      cmocka_unit_test_setup_teardown(test_samples, test_make_folder, test_remove_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
