/* Names of files that are written one a photograph, and the comparison of what is written with what is there. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/output_names.h"
#include "base/outputs.h"
#include "report/output_kinds.h"

static char folder[] = "/tmp/simplenet-outputs-XXXXXX";

enum { MAX = 16 };

/* Compares the names for paths (NULL-ended) with those expected, in the same order. */
static void assert_names(const char *const *paths, const char *const *expected, const SnNames *roots) {
  SnOutputSource sources[MAX] = {{0}};
  SnOutputNames names;
  int64_t count = 0;
  for (; paths[count]; count++) sources[count] = (SnOutputSource){paths[count], -1, NULL};
  assert_true(sn_output_names_make("out", SN_HEATMAP_SUFFIX, sources, count, roots, &names));
  for (int64_t i = 0; i < count; i++) {
    char *wanted = sn_format("%s%s", expected[i], SN_HEATMAP_SUFFIX), *path = sn_output_path(&names, paths[i], -1);
    assert_string_equal(sn_output_name(&names, paths[i], -1), wanted);
    assert_true(strncmp(path, "out/", 4) == 0 && strcmp(path + 4, wanted) == 0);
    free(wanted);
    free(path);
  }
  sn_output_names_free(&names);
}

static void test_folders_are_mirrored(void **state) {
  (void)state;
  assert_names((const char *[]){"a/x/1.png", "a/y/1.png", "a/y/z/2.jpg", NULL},
               (const char *[]){"x/1", "y/1", "y/z/2", NULL}, NULL);
  assert_names((const char *[]){"a/x/1.png", "a/x/2.png", NULL}, (const char *[]){"1", "2", NULL}, NULL);
  assert_names((const char *[]){"/a/x/1.png", "/b/1.png", NULL}, (const char *[]){"a/x/1", "b/1", NULL}, NULL);
  assert_names((const char *[]){"a/./x//1.png", "a/y/../x/2.png", NULL}, (const char *[]){"1", "2", NULL}, NULL);
  assert_names((const char *[]){"/../../1.png", "/x.d/2.png", NULL}, (const char *[]){"1", "x.d/2", NULL}, NULL);
  SnNames roots = {0};
  sn_names_append(&roots, "a");
  assert_names((const char *[]){"a/x/1.png", "a/x/2.png", NULL}, (const char *[]){"x/1", "x/2", NULL}, &roots);
  sn_names_append(&roots, "a/../b/");
  assert_names((const char *[]){"a/x/1.png", "b/1.png", NULL}, (const char *[]){"a/x/1", "b/1", NULL}, &roots);
  sn_names_free(&roots);
}

static void test_extensions_are_kept_where_they_tell_apart(void **state) {
  (void)state;
  assert_names((const char *[]){"d/000.png", "d/000.jpg", "d/001.png", NULL},
               (const char *[]){"000.png", "000.jpg", "001", NULL}, NULL);
  assert_names((const char *[]){"d/000.png", "d/000.jpg", "d/000.png.png", NULL},
               (const char *[]){"000.png", "000.jpg", "000.png.png", NULL}, NULL);
  assert_names((const char *[]){"d/.png", "d/noext", NULL}, (const char *[]){".png", "noext", NULL}, NULL);
  assert_names((const char *[]){"x/a_000.png", "x/a/000.png", NULL}, (const char *[]){"a_000", "a/000", NULL}, NULL);
}

static void test_names_of_other_letters_are_hashed(void **state) {
  (void)state;
  const SnOutputSource sources[] = {{"d/A.png", -1, NULL}, {"d/a.png", -1, NULL}};
  SnOutputNames names;
  assert_true(sn_output_names_make("out", ".tiff", sources, 2, NULL, &names));
  const char *first = sn_output_name(&names, "d/A.png", -1), *second = sn_output_name(&names, "d/a.png", -1);
  assert_int_equal(strlen(first), strlen("A.png-0123456789abcdef.tiff"));
  assert_true(strncmp(first, "A.png-", 6) == 0 && strncmp(second, "a.png-", 6) == 0);
  assert_string_not_equal(first + 6, second + 6);
  sn_output_names_free(&names);
}

static void test_records_and_groups(void **state) {
  (void)state;
  const SnOutputSource sources[] = {{"c/test_batch.bin", 7, "test/cat"}, {"c/test_batch.bin", 8, "test/dog"},
                                    {"k/1/Part0.jpg", -1, "test/good"},  {"k/2/Part0.jpg", -1, "test/good"},
                                    {"k/3/Part0.jpg", -1, "test/bad"},   {"k/3/Part0.jpg", -1, "test/bad"}};
  static const char *const expected[] = {"test/cat/7.tiff",        "test/dog/8.tiff",     "test/good/1/Part0.tiff",
                                         "test/good/2/Part0.tiff", "test/bad/Part0.tiff", "test/bad/Part0.tiff"};
  SnOutputNames names;
  assert_true(sn_output_names_make("out", ".tiff", sources, 6, NULL, &names));
  assert_int_equal(names.count, 5); /* one is there twice */
  for (int i = 0; i < 6; i++)
    assert_string_equal(sn_output_name(&names, sources[i].path, sources[i].record), expected[i]);
  assert_null(sn_output_name(&names, "k/4/Part0.jpg", -1));
  assert_non_null(strstr(sn_error(), "k/4/Part0.jpg"));
  sn_clear_error();
  sn_output_names_free(&names);
}

static void test_long_names_are_cut(void **state) {
  (void)state;
  char paths[4][4200];
  const char *list[5] = {paths[0], paths[1], paths[2], paths[3], NULL};
  for (int i = 0; i < 3; i++) {
    strcpy(paths[i], "d/");
    for (int c = 0; c < 125; c++) strcat(paths[i], "ä"); /* 250 bytes */
    strcat(paths[i], i == 0 ? "1" : i == 1 ? "2" : "");
  }
  strcpy(paths[3], "d");
  for (int part = 0; part < 16; part++) { /* a path that cannot be mirrored as a whole */
    strcat(paths[3], "/");
    for (int c = 0; c < 245; c++) strcat(paths[3], "f");
  }
  strcat(paths[3], "/x.png");
  SnOutputSource sources[4];
  SnOutputNames names;
  for (int i = 0; i < 4; i++) sources[i] = (SnOutputSource){list[i], -1, NULL};
  assert_true(sn_output_names_make("out", SN_HEATMAP_SUFFIX, sources, 4, NULL, &names));
  for (int i = 0; i < 4; i++) {
    const char *name = sn_output_name(&names, list[i], -1);
    assert_true(strlen(name) <= 240 && strchr(name, '/') == NULL);
    assert_true(strlen(name) == 239 || i == 3); /* cut before a character of two bytes */
    for (int j = 0; j < i; j++) assert_string_not_equal(name, sn_output_name(&names, list[j], -1));
  }
  sn_output_names_free(&names);
}

static void put(const char *name, const char *text) {
  char *path = sn_path_join(folder, name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  free(path);
}

/* Reads in.png, writes a table of that name, and expects the error, or none. */
static void assert_check(const char *output, const char *error) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  char *input = sn_path_join(folder, "in.png");
  sn_outputs_read(&outputs, input);
  sn_outputs_read(&outputs, "/absent");
  sn_outputs_write(&outputs, SN_OUTPUT_SCORES, folder, output);
  assert_int_equal(sn_outputs_check(&outputs), error == NULL);
  if (error && !strstr(sn_error(), error)) fail_msg("expected '%s', found: %s", error, sn_error());
  sn_clear_error();
  sn_outputs_free(&outputs);
  free(input);
}

static void test_outputs_are_compared(void **state) {
  (void)state;
  char *input = sn_path_join(folder, "in.png"), *hard = sn_path_join(folder, "hard"),
       *soft = sn_path_join(folder, "soft"), *dangling = sn_path_join(folder, "dangling"),
       *temporary = sn_path_join(folder, "victim.csv.simplenet.tmp");
  put("in.png", "a photograph");
  put("own.csv", "image,score,defective\n");
  put("tested.csv", "image,label,score\n");
  put("short.csv", "image,sc");
  put("empty.csv", "");
  assert_int_equal(link(input, hard) | symlink("in.png", soft) | symlink("nowhere", dangling) | link(input, temporary),
                   0);
  assert_check("new.csv", NULL);
  assert_check("own.csv", NULL);
  assert_check("in.png", "in.png: would be replaced, but it is read");
  assert_check("./in.png", "in.png, which is read");
  assert_check("hard", "hard: would replace");
  assert_check("soft", "soft: would replace");
  assert_check("victim.csv", "victim.csv.simplenet.tmp: would replace");
  assert_check("tested.csv", "is not a table of scores that this program wrote");
  assert_check("short.csv", "is not a table of scores that this program wrote");
  assert_check("empty.csv", "is not a table of scores that this program wrote");
  assert_check("dangling", "is a link to nothing");
  assert_check("own.csv/x.csv", "Not a directory");
  assert_check(".", "it is a directory");
  free(input);
  free(hard);
  free(soft);
  free(dangling);
  free(temporary);
}

static void test_outputs_are_compared_with_one_another(void **state) {
  (void)state;
  static const char *const pairs[][2] = {{"a.csv", "b/../a.csv"}, {"a.csv", "a.csv/b/c.csv"}};
  for (int i = 0; i < 2; i++) {
    SnOutputs outputs = {.kinds = sn_output_kinds};
    for (int j = 0; j < 2; j++) sn_outputs_write(&outputs, SN_OUTPUT_SCORES, folder, pairs[i][j]);
    assert_false(sn_outputs_check(&outputs));
    assert_non_null(strstr(sn_error(), i == 0 ? "would be written twice" : "and as the folder of"));
    sn_clear_error();
    sn_outputs_free(&outputs);
  }
}

static void test_own_names(void **state) {
  (void)state;
  assert_true(sn_is_own_output_name("000_heatmap.png"));
  assert_true(sn_is_own_output_name("d/A_HeatMap.PNG"));
  assert_true(sn_is_own_output_name("_heatmap.png"));
  assert_false(sn_is_own_output_name("heatmap.png"));
  assert_false(sn_is_own_output_name("a_heatmap.png.png"));
  assert_false(sn_is_own_output_name(""));
}

static int make_folder(void **state) {
  (void)state;
  return mkdtemp(folder) ? 0 : 1;
}

static int remove_folder(void **state) {
  (void)state;
  SnNames names;
  if (!sn_list_directory(folder, &names)) return 1;
  for (int64_t i = 0; i < names.count; i++) {
    char *path = sn_path_join(folder, names.items[i]);
    unlink(path);
    free(path);
  }
  sn_names_free(&names);
  return rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_folders_are_mirrored),
      cmocka_unit_test(test_extensions_are_kept_where_they_tell_apart),
      cmocka_unit_test(test_names_of_other_letters_are_hashed),
      cmocka_unit_test(test_records_and_groups),
      cmocka_unit_test(test_long_names_are_cut),
      cmocka_unit_test(test_outputs_are_compared),
      cmocka_unit_test(test_outputs_are_compared_with_one_another),
      cmocka_unit_test(test_own_names),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
