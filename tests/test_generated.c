#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "datasets/generated/generate.h"
#include "datasets/generated/pretraining.h"
#include "datasets/png_write.h"

enum { SIZE = 96, PIXELS = SIZE * SIZE };

/* The images are the same bytes on every machine, compiler and number of threads. A change of the drawings changes
 * these, and VERSION in generate.c with them. */
static const struct {
  const char *category;
  int defect;
  const char *sha256;
} goldens[] = {
    {"circuit", -1, "ebbe0833e308d7e389ed9162f9d64179d85734f8395f7caadc61f1e230b0d475"},
    {"circuit", 0, "bb2377f1b84c02af4442842479221fe2b5e864300b9468115573931eefb001f4"},
    {"circuit", 1, "5b581f2e48f33238afd7120f67db880b2c1b0a04c2cf26e65fcea509af0fb673"},
    {"circuit", 3, "fae108c0deb5a622edcae27413aeb5542124fc020a3b60f731f6c3a02a27ea4f"},
    {"circuit", 5, "2cd481030e0685e483e0fa52f974b937f8fad35d25759e0d71115463cd6b204f"},
    {"fabric", -1, "7220807382d85874ead73c3c9b6d885730c4bc966a4bad155336b079f383a570"},
    {"fabric", 0, "a0bee356256d2ac3db6c11c7d33728c524970d0779a9e4fdb295b66a677baf03"},
    {"fabric", 1, "85bb419b252852c8675bb4a4fba3742c1c49558e78d09b539b35bc738cf768d3"},
    {"fabric", 3, "e949b5fc476c973b6dc1192090c70c6787b11c76363611ae9a075aad6366a897"},
    {"gear", -1, "21b4bdd5537f51d30d9fe64d8f9e9ba1d77e8870698acebfc2c655504ba338ce"},
    {"gear", 0, "4ee024adc4f26502c0483a55639b24032bd454370c20fe66179868532ec19039"},
    {"gear", 1, "034493a56a3215f8e1ee3fbed1fa8be5250a3ba283c73bfa1999a718501584df"},
    {"gear", 3, "eb97797e72ae9c719b5f9fdb06ead5b7e2f7b308fdaeb296856a41c843bc934e"},
    {"tiles", -1, "2ae81415346da5a2b39db644857662ca9fca25e93d89479b5ec17ce7aa732a40"},
    {"tiles", 0, "2ffe462809eb67ff3bfa34bb58b5940d1b01f025dd0490dc149a68ac05b6be67"},
    {"tiles", 1, "b56e05bdc394de8efd074fb4314401f142af739fc90d6a14695491426500d03e"},
    {"tiles", 3, "4360be241009ff398d1d8a2c947d37578b93bb8ed3abe930ffb85a0b3f1085b7"},
    {"tiles", 5, "4c9d8a2e9b39f0884eeff948c819921b3568a498762503f9883bbd3f4c8381d8"},
    {"wood", -1, "c45fea4aa61f546fd83c3a2f368fdf8a6beac1ea774f9915d358fa9e9e363d52"},
    {"wood", 0, "b33502268643b9008370f44103abf083df31fb3e41ee9aff3277a7b78d0adacd"},
    {"wood", 1, "fa891271585b6744dd2462b617d5119e4926c2608496584ff41dfd56e64db135"},
    {"wood", 3, "97d745d3953744ecf87939961a185e3b49f69f2baeff14cd6799ce257e1e382e"},
};

static void hash_of(int category, uint64_t seed, int64_t index, int defect, char hexadecimal[SN_SHA256_HEX]) {
  uint8_t *both = malloc(4 * PIXELS);
  assert_true(sn_generated_draw(category, seed, index, defect, SIZE, both, both + 3 * PIXELS));
  sn_sha256(both, 4 * PIXELS, hexadecimal);
  free(both);
}

static void test_same_bytes_everywhere(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++) {
    char hexadecimal[SN_SHA256_HEX];
    hash_of(sn_generated_find_category(goldens[i].category), 3, 5, goldens[i].defect, hexadecimal);
    if (strcmp(hexadecimal, goldens[i].sha256) != 0)
      print_message("%s, defect %d\n", goldens[i].category, goldens[i].defect);
    assert_string_equal(hexadecimal, goldens[i].sha256);
  }
}

static void test_seed_and_index_change_the_image(void **state) {
  (void)state;
  char one[SN_SHA256_HEX], other[SN_SHA256_HEX];
  for (int category = 0; category < sn_generated_category_count(); category++)
    for (int defect = -1; defect < 1; defect++) {
      hash_of(category, 3, 5, defect, one);
      hash_of(category, 4, 5, defect, other);
      assert_string_not_equal(one, other);
      hash_of(category, 3, 6, defect, other);
      assert_string_not_equal(one, other);
    }
}

static void test_categories(void **state) {
  (void)state;
  int textures = 0, objects = 0;
  for (int category = 0; category < sn_generated_category_count(); category++) {
    const SnGeneratedCategory *about = sn_generated_category(category);
    about->kind == SN_GENERATED_TEXTURE ? textures++ : objects++;
    assert_int_equal(sn_generated_find_category(about->name), category);
    assert_in_range(about->defect_count, 3, SN_GENERATED_MAX_DEFECTS);
    for (int defect = 1; defect < about->defect_count; defect++)
      assert_true(strcmp(about->defects[defect - 1], about->defects[defect]) < 0);
  }
  assert_true(textures >= 3 && objects >= 2);
}

static void expect_error(const char *part) {
  assert_false(sn_ok());
  if (!strstr(sn_error(), part)) print_message("%s\n", sn_error());
  assert_non_null(strstr(sn_error(), part));
  sn_clear_error();
}

static void test_bad_parameters(void **state) {
  (void)state;
  uint8_t *rgb = malloc(3 * PIXELS);
  int label;
  assert_null(sn_generated_category(-1));
  expect_error("category -1");
  assert_int_equal(sn_generated_find_category("cheese"), -1);
  expect_error("circuit, fabric");
  assert_false(sn_generated_draw(99, 0, 0, SN_GENERATED_GOOD, SIZE, rgb, NULL));
  expect_error("category 99");
  assert_false(sn_generated_draw(0, 0, 0, 8, SIZE, rgb, NULL));
  expect_error("defect 8");
  assert_false(sn_generated_draw(0, 0, -1, SN_GENERATED_GOOD, SIZE, rgb, NULL));
  expect_error("image -1");
  assert_false(sn_generated_draw(0, 0, INT64_C(1) << 32, SN_GENERATED_GOOD, SIZE, rgb, NULL));
  expect_error("image 4294967296");
  assert_false(sn_generated_draw(0, 0, 0, SN_GENERATED_GOOD, 63, rgb, NULL));
  expect_error("size 63");
  assert_false(sn_pretraining_draw(0, -1, 64, rgb, &label));
  expect_error("image -1");
  assert_false(sn_pretraining_draw(0, 0, 15, rgb, &label));
  expect_error("size 15");
  assert_null(sn_pretraining_class_name(sn_pretraining_class_count()));
  expect_error("expected 0 to");
  free(rgb);
}

/* Outside its mask a defective image is the good one; inside, most pixels differ; and the mask is no larger than a
 * quarter of the image and keeps away from the border. */
static void check_mask(int category, int64_t index, int defect) {
  uint8_t *good = malloc(3 * PIXELS), *bad = malloc(3 * PIXELS), *mask = malloc(PIXELS);
  assert_true(sn_generated_draw(category, 11, index, SN_GENERATED_GOOD, SIZE, good, mask));
  for (int i = 0; i < PIXELS; i++) assert_int_equal(mask[i], 0);
  assert_true(sn_generated_draw(category, 11, index, defect, SIZE, bad, mask));
  int marked = 0, changed = 0, central = 0;
  for (int i = 0; i < PIXELS; i++) {
    bool differs = memcmp(good + 3 * i, bad + 3 * i, 3) != 0;
    assert_true(mask[i] == 0 || mask[i] == 255);
    if (!mask[i]) assert_false(differs);
    marked += mask[i] != 0;
    changed += differs;
    int row = i / SIZE, column = i % SIZE, margin = SIZE / 16;
    central += mask[i] && row >= margin && column >= margin && row < SIZE - margin && column < SIZE - margin;
  }
  if (marked < 6 || marked > PIXELS / 4 || 2 * changed < marked || 4 * central < 3 * marked)
    print_message("category %d, defect %d, image %d: %d marked, %d changed, %d central\n", category, defect, (int)index,
                  marked, changed, central);
  assert_in_range(marked, 6, PIXELS / 4);
  assert_true(2 * changed >= marked);
  assert_true(4 * central >= 3 * marked);
  free(good);
  free(bad);
  free(mask);
}

static void test_masks_are_exact(void **state) {
  (void)state;
  for (int category = 0; category < sn_generated_category_count(); category++)
    for (int defect = 0; defect < sn_generated_category(category)->defect_count; defect++)
      for (int64_t index = 0; index < 6; index++) check_mask(category, index, defect);
}

static void count_calls(void *context, int64_t done, int64_t total) {
  int64_t *calls = context;
  assert_int_equal(done, ++*calls);
  assert_true(done <= total);
}

static SnGenerateOptions small_options(void) {
  SnGenerateOptions options = sn_generate_options();
  options.size = 64;
  options.train = 2;
  options.test_good = 1;
  options.per_defect = 2;
  return options;
}

static int64_t files_in(const char *directory, const char *path) {
  char *full = sn_format("%s/%s", directory, path);
  SnNames names = {0};
  assert_true(sn_list_directory(full, &names));
  int64_t count = names.count;
  sn_names_free(&names);
  free(full);
  return count;
}

/* One hash over all files below a category, which is how two generations are compared. */
static void hash_file(const char *directory, const char *path, char hexadecimal[SN_SHA256_HEX]) {
  char *full = sn_path_join(directory, path);
  assert_true(sn_sha256_file(full, hexadecimal));
  free(full);
}

static void remove_tree(const char *path) {
  if (sn_is_directory(path)) {
    SnNames names = {0};
    assert_true(sn_list_directory(path, &names));
    for (int64_t i = 0; i < names.count; i++) {
      char *child = sn_path_join(path, names.items[i]);
      remove_tree(child);
      free(child);
    }
    sn_names_free(&names);
    rmdir(path);
  } else {
    unlink(path);
  }
}

static void test_layout_of_mvtec(void **state) {
  const char *directory = *state;
  SnGenerateOptions options = small_options();
  int64_t calls = 0, expected = 0;
  for (int category = 0; category < sn_generated_category_count(); category++)
    expected += 3 + 2 * sn_generated_category(category)->defect_count;
  assert_true(sn_generate_dataset(directory, &options, count_calls, &calls));
  assert_int_equal(calls, expected);
  assert_int_equal(files_in(directory, ""), sn_generated_category_count() + 1);
  for (int category = 0; category < sn_generated_category_count(); category++) {
    const SnGeneratedCategory *about = sn_generated_category(category);
    char *folder = sn_path_join(directory, about->name);
    assert_int_equal(files_in(folder, ""), 3);
    assert_int_equal(files_in(folder, "train"), 1);
    assert_int_equal(files_in(folder, "train/good"), 2);
    assert_int_equal(files_in(folder, "test/good"), 1);
    assert_int_equal(files_in(folder, "test"), about->defect_count + 1);
    assert_int_equal(files_in(folder, "ground_truth"), about->defect_count);
    for (int defect = 0; defect < about->defect_count; defect++)
      for (int number = 0; number < 2; number++) {
        char *image = sn_format("%s/test/%s/%03d.png", folder, about->defects[defect], number);
        char *mask = sn_format("%s/ground_truth/%s/%03d_mask.png", folder, about->defects[defect], number);
        assert_true(sn_is_file(image) && sn_is_file(mask));
        free(image);
        free(mask);
      }
    free(folder);
  }
}

static void test_resumed_but_never_overwritten(void **state) {
  const char *directory = *state, *path = "gear/test/rust/001.png";
  SnGenerateOptions options = small_options();
  char before[SN_SHA256_HEX], after[SN_SHA256_HEX];
  options.threads = 1;
  assert_true(sn_generate_dataset(directory, &options, NULL, NULL));
  hash_file(directory, path, before);
  char *full = sn_path_join(directory, path), *kept = sn_path_join(directory, "wood/train/good/000.png");
  assert_int_equal(unlink(full), 0);
  SnFileWriter writer;
  unlink(kept);
  assert_true(sn_file_create(kept, &writer));
  fputs("mine", writer.stream);
  assert_true(sn_file_commit(&writer));
  options.threads = 3;
  assert_true(sn_generate_dataset(directory, &options, NULL, NULL));
  hash_file(directory, path, after);
  assert_string_equal(before, after);
  SnBytes bytes;
  assert_true(sn_file_read(kept, 100, &bytes));
  assert_string_equal((const char *)bytes.data, "mine");
  sn_bytes_free(&bytes);
  free(full);
  free(kept);
  options.seed = 1;
  assert_false(sn_generate_dataset(directory, &options, NULL, NULL));
  expect_error("other options");
}

static void test_foreign_directory_is_refused(void **state) {
  const char *directory = *state;
  SnGenerateOptions options = small_options();
  char *file = sn_path_join(directory, "thesis.txt");
  assert_true(sn_make_directories(directory));
  SnFileWriter writer;
  assert_true(sn_file_create(file, &writer));
  assert_true(sn_file_commit(&writer));
  assert_false(sn_generate_dataset(directory, &options, NULL, NULL));
  expect_error("thesis.txt");
  assert_int_equal(files_in(directory, ""), 1);
  assert_false(sn_generate_dataset(file, &options, NULL, NULL));
  expect_error("thesis.txt");
  options.per_defect = 0;
  assert_false(sn_generate_dataset(directory, &options, NULL, NULL));
  expect_error("per_defect is 0");
  free(file);
}

static void test_png(void **state) {
  const char *directory = *state;
  assert_true(sn_make_directories(directory));
  char *path = sn_path_join(directory, "two.png"), *absent = sn_path_join(directory, "absent/two.png");
  uint8_t pixels[] = {0, 1, 2, 253, 254, 255};
  assert_true(sn_png_write(path, pixels, 2, 1, 3));
  SnBytes bytes;
  assert_true(sn_file_read(path, 1000, &bytes));
  static const uint8_t expected[] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I',
                                     'H',  'D', 'R', 0,   0,  0,  2,  0,  0, 0, 1, 8,  2};
  assert_memory_equal(bytes.data, expected, sizeof expected);
  sn_bytes_free(&bytes);
  assert_false(sn_png_write(path, pixels, 2, 1, 4));
  expect_error("4 channels");
  assert_false(sn_png_write(absent, pixels, 2, 1, 3));
  expect_error("absent/two.png");
  free(path);
  free(absent);
}

static void test_pretraining_images(void **state) {
  (void)state;
  int count = sn_pretraining_class_count(), label, first_round[256], differing = 0;
  assert_in_range(count, 32, 256);
  uint8_t *rgb = malloc(3 * 64 * 64);
  for (int round = 0; round < 2; round++) {
    int seen[256] = {0};
    for (int i = 0; i < count; i++) {
      assert_true(sn_pretraining_draw(9, round * count + i, 64, rgb, &label));
      assert_in_range(label, 0, count - 1);
      assert_int_equal(seen[label]++, 0);
      if (round == 0) first_round[i] = label;
      differing += round == 1 && first_round[i] != label;
      int same = 0;
      for (int pixel = 1; pixel < 64 * 64; pixel++) same += memcmp(rgb, rgb + 3 * pixel, 3) == 0;
      assert_true(same < 64 * 64 - 1);
    }
  }
  assert_true(differing > count / 2);
  for (int i = 0; i < count; i++)
    for (int j = 0; j < i; j++) assert_string_not_equal(sn_pretraining_class_name(i), sn_pretraining_class_name(j));
  free(rgb);
}

static void test_pretraining_same_bytes_everywhere(void **state) {
  (void)state;
  enum { IMAGES = 170 };
  uint8_t *all = malloc((size_t)IMAGES * 3 * 48 * 48);
  char hexadecimal[SN_SHA256_HEX], other[SN_SHA256_HEX];
  int label;
  for (int i = 0; i < IMAGES; i++) assert_true(sn_pretraining_draw(5, i, 48, all + i * 3 * 48 * 48, &label));
  sn_sha256(all, (size_t)IMAGES * 3 * 48 * 48, hexadecimal);
  assert_string_equal(hexadecimal, "995492e9546bd3a6b61e6736a834eeef6a3e9a4abf3e17391e827afb1ed83d43");
  for (int i = 0; i < IMAGES; i++) assert_true(sn_pretraining_draw(6, i, 48, all + i * 3 * 48 * 48, &label));
  sn_sha256(all, (size_t)IMAGES * 3 * 48 * 48, other);
  assert_string_not_equal(hexadecimal, other);
  free(all);
}

static int make_directory(void **state) {
  char *path = sn_copy_text("/tmp/simplenet-generated-XXXXXX");
  if (!path || !mkdtemp(path)) return -1;
  *state = path;
  return 0;
}

static int remove_directory(void **state) {
  sn_clear_error();
  remove_tree(*state);
  free(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_categories),
      cmocka_unit_test(test_bad_parameters),
      cmocka_unit_test(test_same_bytes_everywhere),
      cmocka_unit_test(test_seed_and_index_change_the_image),
      cmocka_unit_test(test_masks_are_exact),
      cmocka_unit_test_setup_teardown(test_layout_of_mvtec, make_directory, remove_directory),
      cmocka_unit_test_setup_teardown(test_resumed_but_never_overwritten, make_directory, remove_directory),
      cmocka_unit_test_setup_teardown(test_foreign_directory_is_refused, make_directory, remove_directory),
      cmocka_unit_test_setup_teardown(test_png, make_directory, remove_directory),
      cmocka_unit_test(test_pretraining_images),
      cmocka_unit_test(test_pretraining_same_bytes_everywhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
