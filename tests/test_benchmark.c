/* The paper's tables, means over seeds, rows of table 1, TIFF and maps at the photograph's size. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "models/simplenet/simplenet.h"
#include "report/draw/tiff.h"
#include "report/draw/whole_map.h"
#include "studies/published.h"
#include "studies/study.h"
#include "studies/table1.h"
#include "tests/support/scope.h"

static char folder[64];

/* ---- the paper's tables ---- */

/* A printed mean has one decimal, but AE-SSIM's image means have none: half a unit of the last digit, and a little for
 * rounding of the rows' own digits. */
static void assert_printed(double printed, double computed, int method) {
  if (isnan(printed)) {
    assert_true(isnan(computed));
    return;
  }
  assert_true(fabs(printed - computed) <= (method == 0 ? 0.51 : 0.0701));
}

static void means_follow_from_rows_but_for_padim(void **state) {
  (void)state;
  const SnPaperTable *table = sn_simplenet.publication->table;
  for (SnMvtecGroup group = SN_MVTEC_TEXTURES; group < SN_MVTEC_GROUPS; group++)
    for (int method = 0; method < table->method_count; method++) {
      SnPaperScore printed = sn_published_mean(table, group, method),
                   computed = sn_mean_of_published(table, group, method);
      bool is_padim = strcmp(table->methods[method], "PaDiM") == 0;
      if (!is_padim || group == SN_MVTEC_OBJECTS) assert_printed(printed.image, computed.image, method);
      assert_printed(printed.pixel, computed.pixel, method);
    }
}

static void padims_printed_means_differ(void **state) {
  (void)state;
  const SnPaperTable *table = sn_simplenet.publication->table;
  SnPaperScore printed = sn_published_mean(table, SN_MVTEC_TEXTURES, 5),
               computed = sn_mean_of_published(table, SN_MVTEC_TEXTURES, 5);
  assert_string_equal(table->methods[5], "PaDiM");
  assert_true(fabs(printed.image - 95.5) < 1e-9);
  assert_true(fabs(computed.image - 98.76) < 1e-9);
  assert_true(fabs(sn_published_mean(table, SN_MVTEC_ALL, 5).image - 95.8) < 1e-9);
  assert_true(fabs(sn_mean_of_published(table, SN_MVTEC_ALL, 5).image - 96.91) < 0.005);
}

static void mvtec_has_5354_images(void **state) {
  (void)state;
  int64_t train = 0, test = 0, textures = 0;
  for (int i = 0; i < SN_MVTEC_CATEGORIES; i++) {
    train += sn_mvtec_categories[i].train_images;
    test += sn_mvtec_categories[i].test_images;
    textures += sn_mvtec_categories[i].group == SN_MVTEC_TEXTURES;
  }
  assert_int_equal(train, 3629);
  assert_int_equal(test, 1725);
  assert_int_equal(textures, 5);
  assert_ptr_equal(sn_mvtec_category("bottle"), &sn_mvtec_categories[5]);
  assert_null(sn_mvtec_category("bottles"));
}

/* ---- means over seeds ---- */

enum { CATEGORIES = 3, SEEDS = 2 };

/* bottle with MVTec AD's numbers of images, carpet with others, and one that is not MVTec AD's. */
static void fill_study(SnStudy *study, SnStudyCategory *categories, SnTrialResult *results, int64_t *seeds,
                       SnVariant *variant) {
  categories[0] = (SnStudyCategory){"carpet", 10, 5, 2, sn_mvtec_category("carpet"), .is_mvtecs = false};
  categories[1] = (SnStudyCategory){"bottle", 209, 83, 63, sn_mvtec_category("bottle"), .is_mvtecs = true};
  categories[2] = (SnStudyCategory){"parts", 10, 5, 2, NULL, .is_mvtecs = false};
  for (int i = 0; i < CATEGORIES * SEEDS; i++)
    results[i] = (SnTrialResult){.present = true, .image_auroc = 0.5 + 0.05 * i, .pixel_auroc = NAN};
  seeds[0] = 3;
  seeds[1] = 5;
  *study = (SnStudy){.name = "test",
                     .title = "A test",
                     .folder = folder,
                     .variants = variant,
                     .variant_count = 1,
                     .categories = categories,
                     .category_count = CATEGORIES,
                     .seeds = seeds,
                     .seed_count = SEEDS,
                     .eval_every = 4,
                     .results = results};
}

static void means_and_deviations_are_over_seeds(void **state) {
  (void)state;
  SnStudy study;
  SnStudyCategory categories[CATEGORIES];
  SnTrialResult results[CATEGORIES * SEEDS];
  int64_t seeds[SEEDS];
  SnVariant variant = {.name = "simplenet", .settings = {.method = &sn_simplenet}};
  char text[SN_SPREAD_TEXT];
  fill_study(&study, categories, results, seeds, &variant);
  /* image AUROC, seed by seed: carpet 0.50 0.55, bottle 0.60 0.65, parts 0.70 0.75 */
  SnSpread all = sn_study_mean(&study, 0, -1, SN_MVTEC_ALL, SN_LAST_IMAGE);
  assert_true(fabs(all.mean - 62.5) < 1e-9 && fabs(all.deviation - 5 / sqrt(2.0)) < 1e-9 && all.count == 2);
  assert_string_equal(sn_spread_text(all, 2, text), "62.50 \u00b1\u00a03.54");
  SnSpread objects = sn_study_mean(&study, 0, -1, SN_MVTEC_OBJECTS, SN_LAST_IMAGE);
  assert_true(fabs(objects.mean - 62.5) < 1e-9);
  assert_string_equal(sn_spread_text(sn_study_mean(&study, 0, 0, SN_MVTEC_ALL, SN_LAST_PIXEL), 2, text), "n/a");
  sn_study_result(&study, 0, 2, 1)->present = false; /* a seed without it does not count for the mean of all */
  all = sn_study_mean(&study, 0, -1, SN_MVTEC_ALL, SN_LAST_IMAGE);
  assert_true(all.count == 1 && fabs(all.mean - 60) < 1e-9 && isnan(all.deviation));
}

static void table1_names_its_rows_and_compares_the_papers_images_only(void **state) {
  (void)state;
  static const char *const expected[] = {"carpet", "mean of textures (1 of 5)",
                                         "bottle", "mean of objects (1 of 10)",
                                         "parts",  "mean of all categories (3 of 15)"};
  SnStudy study;
  SnStudyCategory categories[CATEGORIES];
  SnTrialResult results[CATEGORIES * SEEDS];
  SnTable1Row rows[CATEGORIES + SN_TABLE1_MAX_MEANS];
  int64_t seeds[SEEDS];
  SnVariant variant = {.name = "simplenet", .settings = {.method = &sn_simplenet}};
  fill_study(&study, categories, results, seeds, &variant);
  assert_int_equal(sn_table1_rows(&study, rows), 6);
  for (int i = 0; i < 6; i++) {
    char text[SN_TABLE1_NAME];
    assert_string_equal(sn_table1_name(&study, rows[i], text), expected[i]);
    double paper = sn_table1_own(&study, rows[i]).image;
    if (i == 2)
      assert_true(fabs(paper - 100) < 1e-9);
    else
      assert_true(isnan(paper));
  }
  char *path = sn_path_join(folder, "table1.csv");
  SnBytes csv;
  assert_true(sn_write_table1_csv(path, &study) && sn_file_read(path, 1 << 16, &csv));
  assert_non_null(strstr((const char *)csv.data, "\nbottle,209,83,2,62.5,3.53553390593"));
  assert_non_null(strstr((const char *)csv.data, ",100,98\n"));
  sn_bytes_free(&csv);
  free(path);
}

/* ---- maps ---- */

static uint32_t number_at(const uint8_t *bytes, int count) {
  uint32_t value = 0;
  for (int i = count - 1; i >= 0; i--) value = value << 8 | bytes[i];
  return value;
}

/* The value of a directory's entry. */
static uint32_t entry_of(const SnBytes *file, uint32_t tag) {
  const uint8_t *directory = file->data + number_at(file->data + 4, 4);
  int count = (int)number_at(directory, 2);
  for (int i = 0; i < count; i++) {
    const uint8_t *entry = directory + 2 + 12 * i;
    if (number_at(entry, 2) == tag) return number_at(entry + 8, number_at(entry + 2, 2) == 3 ? 2 : 4);
  }
  fail_msg("there is no tag %u", tag);
  return 0;
}

static void tiff_holds_the_numbers(void **state) {
  (void)state;
  const float values[6] = {-1.5F, 0, 3.25F, 1e-30F, 7, -8};
  char *path = sn_path_join(folder, "map.tiff");
  SnBytes file;
  assert_true(sn_tiff_write(path, values, 3, 2) && sn_file_read(path, 1 << 16, &file));
  assert_memory_equal(file.data, "II*\0", 4);
  assert_int_equal(entry_of(&file, 256), 3);
  assert_int_equal(entry_of(&file, 257), 2);
  assert_int_equal(entry_of(&file, 258), 32);
  assert_int_equal(entry_of(&file, 259), 1);
  assert_int_equal(entry_of(&file, 339), 3);
  assert_int_equal(entry_of(&file, 279), 24);
  assert_int_equal(entry_of(&file, 273) + 24, file.size);
  for (int i = 0; i < 6; i++) {
    uint32_t bits = number_at(file.data + entry_of(&file, 273) + 4 * i, 4);
    assert_memory_equal(&bits, &values[i], 4);
  }
  sn_bytes_free(&file);
  assert_false(sn_tiff_write(path, values, 0, 2));
  assert_non_null(strstr(sn_error(), "found 0 x 2"));
  sn_clear_error();
  assert_false(sn_tiff_write(path, values, INT64_C(1) << 40, INT64_C(1) << 40));
  free(path);
}

static void whole_map_keeps_values_and_fills_with_the_minimum(void **state) {
  (void)state;
  const float map[4] = {1, 2, 3, 5};
  float values[36];
  sn_whole_map(map, sn_square(2), (SnRectangle){1, 1, 4, 4}, 6, 6, values);
  for (int row = 0; row < 6; row++)
    for (int column = 0; column < 6; column++)
      if (row == 0 || row == 5 || column == 0 || column == 5) assert_true(values[row * 6 + column] == 1);
  assert_true(values[1 * 6 + 1] == 1 && values[1 * 6 + 4] == 2 && values[4 * 6 + 1] == 3 && values[4 * 6 + 4] == 5);
  /* The pixel (2, 2) lies a quarter of the way from the first cell's middle to the others'. */
  double expected = 0.75 * (0.75 * 1 + 0.25 * 2) + 0.25 * (0.75 * 3 + 0.25 * 5);
  assert_true(fabs((double)values[2 * 6 + 2] - expected) < 1e-6);
  sn_whole_map(map, sn_square(2), (SnRectangle){0, 0, 2, 2}, 2, 2, values);
  assert_memory_equal(values, map, sizeof map);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(means_follow_from_rows_but_for_padim, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(padims_printed_means_differ, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(mvtec_has_5354_images, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(means_and_deviations_are_over_seeds, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(table1_names_its_rows_and_compares_the_papers_images_only, open_scope,
                                      close_scope),
      cmocka_unit_test_setup_teardown(tiff_holds_the_numbers, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(whole_map_keeps_values_and_fills_with_the_minimum, open_scope, close_scope),
  };
  snprintf(folder, sizeof folder, "/tmp/simplenet-benchmark-XXXXXX");
  if (!mkdtemp(folder)) return 1;
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  return system(command) == 0 ? failed : 1;
}
