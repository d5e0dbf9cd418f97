#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    {"circuit", 0, "77956316ce3b8648e22d627f1f8b4e38425f42fe86df544b53ec4d3ee9931050"},
    {"circuit", 1, "5eaa1a3f827aa0c5205640a4c63c6a9a1aa8038a08b1472c00ec7f221d7b903d"},
    {"circuit", 3, "fae108c0deb5a622edcae27413aeb5542124fc020a3b60f731f6c3a02a27ea4f"},
    {"circuit", 5, "8175690684ad3b22c5daf5379990a5076b0cb25c9f530c6fd3081cb0e9020848"},
    {"fabric", -1, "7220807382d85874ead73c3c9b6d885730c4bc966a4bad155336b079f383a570"},
    {"fabric", 0, "3ad96096bff6886645174b7609177e8eff4c5dbb9bf30868288b47a22571c024"},
    {"fabric", 1, "7b22d1dabfb0726a8a31ee9b7df0b390b577432a4aa7e95129bc2e914ab9c1f8"},
    {"fabric", 3, "d40a12dfebb4c9caf934d2116608f42d166e27ef889fab02df9ad1e316c80722"},
    {"gear", -1, "21b4bdd5537f51d30d9fe64d8f9e9ba1d77e8870698acebfc2c655504ba338ce"},
    {"gear", 0, "bba2224100a29f09effe9f005835544a4225bf8ab21f5bb12e30a5bca00dd649"},
    {"gear", 1, "ae2957137f7af72e7b84ecbb620711325392d13ae937ec35c3da7c79222997aa"},
    {"gear", 3, "ba89487dde0d27ec065d98f2b264a4f489b1631f8c29aa67affb504635638f47"},
    {"tiles", -1, "2ae81415346da5a2b39db644857662ca9fca25e93d89479b5ec17ce7aa732a40"},
    {"tiles", 0, "c2f2588aff0915c39e774f2546444a5ddd365d69938080cecd3f83f97f55d080"},
    {"tiles", 1, "e268e35be3e67f63f42a3d56008dfaeb248b19636bf2bcf4a7ab4f3aa414aa5b"},
    {"tiles", 3, "4360be241009ff398d1d8a2c947d37578b93bb8ed3abe930ffb85a0b3f1085b7"},
    {"tiles", 5, "b605d367eae491087459f4a20ae6feb201be4ba0ced93f24f3effdfd00c7db86"},
    {"wood", -1, "c45fea4aa61f546fd83c3a2f368fdf8a6beac1ea774f9915d358fa9e9e363d52"},
    {"wood", 0, "41cdd7f78d632ca64bf74d4dae718ca1e8b10743993070eb7541c7a7fa617d74"},
    {"wood", 1, "67ac462373655d0ec7d9086d2774d0e23fb61c1135a8a869c593539f7a0c5805"},
    {"wood", 3, "4b228a41a20c05d7f57ee97671d35354ff1bd4e425999a68bea2ae6ce0d748fe"},
    {"label", -1, "77c5c348d062fd50ff4e4ba15a94c7ab9f4c226fedf90c7cb8d094ec4b6fe2e2"},
    {"label", 0, "f1a53df569d5abbf5e484cbba0335abc074bb9b6db9d987840f6333483440ad8"},
    {"label", 1, "651112e6677c9f203b90ec7314942747c61336c1a89e626447bd819e554b0b95"},
    {"label", 2, "c52befc496c11d303ee7889fcd8e23f082c7151e9901b3c26054f5e66b69e013"},
    {"label", 3, "278b409ba111ae34441cc54a76a88c5be5d8f05e6c8bf034dcc6602d3e6139dc"},
    {"label", 4, "3680a1a8eca8d391c960e106e44a29deef298f46de69d94611b55780dea4f800"},
    {"label", 5, "a42fefd02b864a723d3419567c23ebc012ee530db64740a7b903335da1f38761"},
    {"tablet", -1, "30d30da20aee6add4bb75f28fd4aa535f3466d477ec21571b3a56bd34b025ca0"},
    {"tablet", 0, "06e876f04f69f565e5eafb58ae368741bd672af8678863b84d36a52b37678e38"},
    {"tablet", 1, "ed16d546dac01fc523d65acddef19ee4e999db1adf74238dee9298aec4c0f47c"},
    {"tablet", 2, "cc7f60e8504e188171d648702a2cd10848384cddf25f1409dcec583ac9013fc2"},
    {"tablet", 3, "1e51eff9487e98ac2dc8ff4c23802c83477a1654e4d95653943bca16e5a72edf"},
    {"tablet", 4, "0b20f0fc1d4e3b966fcb9169b02d834334b8585edde4170ece313b29a89c1860"},
    {"tablet", 5, "9fa5982b1033f96b65772bc8167c28312b55a733e488c129776cc0d34f0922b0"},
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
      print_message("%s, defect %d: %s\n", goldens[i].category, goldens[i].defect, hexadecimal);
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

static void expect_error(const char *part) {
  assert_false(sn_ok());
  if (!strstr(sn_error(), part)) print_message("%s\n", sn_error());
  assert_non_null(strstr(sn_error(), part));
  sn_clear_error();
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

static void test_category_lists(void **state) {
  (void)state;
  uint32_t usual = sn_generate_options().categories, label = 1u << sn_generated_find_category("label"),
           tablet = 1u << sn_generated_find_category("tablet");
  assert_int_equal(sn_generated_default_count(), 5);
  assert_int_equal(usual, 31);
  assert_int_equal(usual & (label | tablet), 0);
  assert_int_equal(sn_generated_find_categories("tablet"), tablet);
  assert_int_equal(sn_generated_find_categories("tablet,label,tablet"), tablet | label);
  assert_int_equal(sn_generated_find_categories("wood,tiles,gear,fabric,circuit"), usual);
  static const char *const wrong[] = {"", ",", "cheese", "gear,cheese", "gear, wood", "Gear"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    assert_int_equal(sn_generated_find_categories(wrong[i]), 0);
    expect_error("expected one of circuit, fabric, gear, tiles, wood, label, tablet");
  }
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
  int count = sn_generated_category_count();
  options.categories = (1u << count) - 1;
  for (int category = 0; category < count; category++)
    expected += 3 + 2 * sn_generated_category(category)->defect_count;
  assert_true(sn_generate_dataset(directory, &options, count_calls, &calls));
  assert_int_equal(calls, expected);
  assert_int_equal(files_in(directory, ""), count + 1);
  for (int category = 0; category < count; category++) {
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

/* Each category alone, and the usual ones, have the bytes that they have among all. */
static void test_some_categories(void **state) {
  const char *directory = *state, *path = "test/scratch/000.png";
  SnGenerateOptions options = small_options();
  char *all = sn_path_join(directory, "all"), *usual = sn_path_join(directory, "usual"),
       *some = sn_path_join(directory, "some");
  uint32_t every = (1u << sn_generated_category_count()) - 1, chosen = sn_generated_find_categories("gear,tablet");
  char expected[SN_SHA256_HEX], found[SN_SHA256_HEX];
  assert_true(sn_generate_dataset(usual, &options, NULL, NULL));
  options.categories = every;
  assert_true(sn_generate_dataset(all, &options, NULL, NULL));
  options.categories = chosen;
  assert_true(sn_generate_dataset(some, &options, NULL, NULL));
  assert_int_equal(files_in(usual, ""), 6);
  assert_int_equal(files_in(some, ""), 3);
  char *gear = sn_path_join("gear", path), *tablet = sn_path_join("tablet", path);
  hash_file(all, gear, expected);
  hash_file(usual, gear, found);
  assert_string_equal(found, expected);
  hash_file(some, gear, found);
  assert_string_equal(found, expected);
  hash_file(all, tablet, expected);
  hash_file(some, tablet, found);
  assert_string_equal(found, expected);
  char *missing = sn_path_join(some, tablet); /* an interrupted drawing goes on with the same categories only */
  assert_int_equal(unlink(missing), 0);
  options.categories = sn_generate_options().categories;
  assert_false(sn_generate_dataset(some, &options, NULL, NULL));
  expect_error("other options");
  assert_int_equal(files_in(some, ""), 3);
  assert_false(sn_is_file(missing));
  options.categories = chosen;
  assert_true(sn_generate_dataset(some, &options, NULL, NULL));
  hash_file(some, tablet, found);
  assert_string_equal(found, expected);
  for (int wrong = 0; wrong < 2; wrong++) {
    options.categories = wrong ? every + 1 : 0;
    assert_false(sn_generate_dataset(some, &options, NULL, NULL));
    expect_error("categories");
  }
  free(missing);
  free(tablet);
  free(gear);
  free(some);
  free(usual);
  free(all);
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
      cmocka_unit_test(test_category_lists),
      cmocka_unit_test(test_bad_parameters),
      cmocka_unit_test(test_same_bytes_everywhere),
      cmocka_unit_test(test_seed_and_index_change_the_image),
      cmocka_unit_test(test_masks_are_exact),
      cmocka_unit_test_setup_teardown(test_layout_of_mvtec, make_directory, remove_directory),
      cmocka_unit_test_setup_teardown(test_resumed_but_never_overwritten, make_directory, remove_directory),
      cmocka_unit_test_setup_teardown(test_some_categories, make_directory, remove_directory),
      cmocka_unit_test_setup_teardown(test_foreign_directory_is_refused, make_directory, remove_directory),
      cmocka_unit_test_setup_teardown(test_png, make_directory, remove_directory),
      cmocka_unit_test(test_pretraining_images),
      cmocka_unit_test(test_pretraining_same_bytes_everywhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
