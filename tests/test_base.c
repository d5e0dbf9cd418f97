#include "tests/support/test.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/folder_lock.h"
#include "base/json.h"
#include "base/machine.h"
#include "base/memory.h"
#include "base/name.h"
#include "base/number.h"
#include "base/sha256.h"

static void the_first_error_stays(void **state) {
  (void)state;
  sn_clear_error();
  assert_true(sn_ok());
  assert_null(sn_error());
  assert_false(sn_fail("first %d", 1));
  assert_null(sn_fail_null("second"));
  assert_string_equal(sn_error(), "first 1");
  assert_non_null(strstr(sn_error_source(), "test_base.c:"));
  assert_null(sn_allocate(1, 1, "nothing is done while an error stands"));
  SnError taken = sn_error_take();
  assert_true(sn_ok());
  sn_error_raise(&taken);
  assert_string_equal(sn_error(), "first 1");
  sn_clear_error();
}

static void sizes_are_checked(void **state) {
  (void)state;
  int64_t product = 7;
  assert_true(sn_multiply(3, 5, &product));
  assert_int_equal(product, 15);
  assert_false(sn_multiply(INT64_MAX / 2 + 1, 2, &product));
  assert_false(sn_multiply(-1, 2, &product));
  assert_int_equal(product, 15);
  assert_null(sn_allocate(INT64_MAX / 4, 8, "a huge array"));
  assert_non_null(strstr(sn_error(), "a huge array"));
  sn_clear_error();
}

static void more_memory_than_there_is_is_refused_with_both_numbers(void **state) {
  (void)state;
  int64_t available = sn_available_memory();
  assert_true(available > 0);
  assert_true(sn_memory_suffices(1, "a byte"));
  assert_null(sn_allocate(INT64_C(1) << 45, 1, "an image"));
  assert_non_null(strstr(sn_error(), "an image: needs 35184373 MB of memory, and only "));
  assert_non_null(strstr(sn_error(), " MB are available"));
  sn_clear_error();
}

static void names_of_results_stay_in_their_folder(void **state) {
  (void)state;
  const char *const bad[] = {"", ".", "..", ".a", "-a", "a/b", "/", "a\n", "a\x7f", "a\xc2\x85", "\xff\x1b"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_non_null(sn_name_fault(bad[i]));
    assert_null(sn_path_below("out", bad[i]));
    assert_non_null(strstr(sn_error(), "out: what is written there: expected a name, found '"));
    sn_clear_error();
  }
  const char *const good[] = {"a",        "metal nut", "a.b", "a-b",  "a..",
                              "\xc3\xa4", "\xe4",      "~",   "a\\b", "caf\xc3\xa9 (2)"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    char *path = sn_path_below("out", good[i]);
    assert_non_null(path);
    assert_string_equal(path + 4, good[i]);
    free(path);
  }
  const char *const leading_out[] = {"", "/a", "..", "../a", "a/..", "a/../b", "./../a"};
  for (size_t i = 0; i < sizeof leading_out / sizeof *leading_out; i++)
    assert_false(sn_path_stays_below(leading_out[i]));
  const char *const staying[] = {"a", "a/b", "./a", "a/..b/c..", "...", "a//b"};
  for (size_t i = 0; i < sizeof staying / sizeof *staying; i++) assert_true(sn_path_stays_below(staying[i]));
}

static void numbers_are_whole_and_in_range(void **state) {
  (void)state;
  int64_t integer = 0;
  assert_true(sn_parse_integer("--epochs", "40", 1, 1000, &integer));
  assert_int_equal(integer, 40);
  const char *bad_integers[] = {"", " 4", "4 ", "4x", "0", "1001", "0x10", "99999999999999999999", "1e2", "4.0"};
  for (size_t i = 0; i < sizeof bad_integers / sizeof *bad_integers; i++) {
    assert_false(sn_parse_integer("--epochs", bad_integers[i], 1, 1000, &integer));
    assert_non_null(strstr(sn_error(), "--epochs: expected an integer from 1 to 1000"));
    sn_clear_error();
  }
  double real = 0;
  assert_true(sn_parse_real("--sigma", "1.5e-2", 0, 1, &real));
  assert_true(real == 0.015);
  const char *bad_reals[] = {"", " 0.1", "0.1 ", "nan", "inf", "0x1p-3", "1.1", "-0.1", "1e999", "."};
  for (size_t i = 0; i < sizeof bad_reals / sizeof *bad_reals; i++) {
    assert_false(sn_parse_real("--sigma", bad_reals[i], 0, 1, &real));
    sn_clear_error();
  }
}

static void files_are_written_whole_or_not_at_all(void **state) {
  (void)state;
  char folder[] = "/tmp/simplenet-test-XXXXXX";
  assert_non_null(mkdtemp(folder));
  char *path = sn_path_join(folder, "a.txt");
  SnFileWriter writer;
  assert_true(sn_file_create(path, &writer));
  fputs("whole", writer.stream);
  assert_false(sn_is_file(path));
  assert_true(sn_file_commit(&writer));
  SnBytes bytes;
  assert_true(sn_file_read(path, 100, &bytes));
  assert_string_equal((char *)bytes.data, "whole");
  sn_bytes_free(&bytes);
  assert_false(sn_file_read(path, 4, &bytes)); /* larger than the limit */
  sn_clear_error();

  assert_true(sn_file_create(path, &writer));
  fputs("half", writer.stream);
  sn_fail("something else went wrong");
  assert_false(sn_file_commit(&writer));
  assert_string_equal(sn_error(), "something else went wrong");
  sn_clear_error();
  SnNames names;
  assert_true(sn_list_directory(folder, &names));
  assert_int_equal(names.count, 1); /* no temporary file is left */
  sn_names_free(&names);
  assert_true(sn_file_read(path, 100, &bytes));
  assert_string_equal((char *)bytes.data, "whole");
  sn_bytes_free(&bytes);

  assert_false(sn_file_read(folder, 100, &bytes));
  assert_non_null(strstr(sn_error(), "is a directory"));
  sn_clear_error();
  assert_false(sn_file_create("/nowhere/at/all", &writer));
  sn_clear_error();
  char *deep = sn_path_join(folder, "x/y/z");
  assert_true(sn_make_directories(deep) && sn_is_directory(deep) && sn_make_directories(deep));
  unlink(path);
  for (char *slash = deep + strlen(deep); slash > deep + strlen(folder); slash--)
    if (*slash == '/' || *slash == '\0') {
      *slash = '\0';
      rmdir(deep);
    }
  rmdir(folder);
  free(deep);
  free(path);
}

static void expect_names(const char *folder, const char *const *expected, int64_t count) {
  SnNames names;
  assert_true(sn_list_directory(folder, &names));
  assert_int_equal(names.count, count);
  for (int64_t i = 0; i < count; i++) assert_string_equal(names.items[i], expected[i]);
  sn_names_free(&names);
}

/* The first write that fails says why, whatever succeeds or fails after it. */
static void the_reason_is_the_first_failures(void **state) {
  (void)state;
  char folder[] = "/tmp/simplenet-test-XXXXXX", much[20000] = "";
  assert_non_null(mkdtemp(folder));
  char *path = sn_path_join(folder, "a");
  struct rlimit limit, small;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
  small = (struct rlimit){4096, limit.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  SnFileWriter writer;
  assert_true(sn_file_create(path, &writer));
  setrlimit(RLIMIT_FSIZE, &small);
  fwrite(much, 1, sizeof much, writer.stream);
  fflush(writer.stream);
  setrlimit(RLIMIT_FSIZE, &limit);
  fputs("and more", writer.stream);
  errno = EACCES;
  assert_false(sn_file_commit(&writer));
  if (!strstr(sn_error(), strerror(EFBIG))) fail_msg("another reason: %s", sn_error());
  sn_clear_error();
  expect_names(folder, NULL, 0);
  signal(SIGXFSZ, SIG_DFL);
  rmdir(folder);
  free(path);
}

/* A child holds what its parent took, and a parent that was killed leaves nothing to wait for. */
static void a_folder_has_one_run(void **state) {
  (void)state;
  char folder[] = "/tmp/simplenet-test-XXXXXX", byte;
  assert_non_null(mkdtemp(folder));
  int taken[2], end[2];
  assert_int_equal(pipe(taken) | pipe(end), 0);
  pid_t parent = fork();
  if (parent == 0) {
    if (!sn_folder_lock(folder) || fork() != 0) raise(SIGKILL); /* with its child alive */
    close(end[1]);
    _exit(write(taken[1], "", 1) != 1 || read(end[0], &byte, 1) != 0);
  }
  assert_int_equal(waitpid(parent, NULL, 0), parent);
  assert_int_equal(read(taken[0], &byte, 1), 1);
  assert_false(sn_folder_lock(folder));
  assert_non_null(strstr(sn_error(), "another run of simplenet is working in this folder"));
  sn_clear_error();
  close(end[1]); /* now the child ends */
  assert_true(sn_folder_lock(folder));
  expect_names(folder, NULL, 0);
  rmdir(folder);
  assert_false(sn_folder_lock(folder));
  assert_non_null(strstr(sn_error(), "cannot be opened"));
  sn_clear_error();
  close(taken[0]);
  close(taken[1]);
  close(end[0]);
}

static void parts_have_names_of_their_own(void **state) {
  (void)state;
  static const char *const names[][2] = {{"a/scores.csv", "a/scores.part.csv"},
                                         {"a.b/scores", "a.b/scores.part"},
                                         {".csv", ".csv.part"},
                                         {"x.tar.gz", "x.tar.part.gz"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char *part = sn_part_path(names[i][0]);
    assert_string_equal(part, names[i][1]);
    free(part);
  }
  char folder[] = "/tmp/simplenet-test-XXXXXX";
  assert_non_null(mkdtemp(folder));
  char *path = sn_path_join(folder, "a"), *part = sn_part_path(path);
  SnFileWriter writer;
  for (int i = 0; i < 2; i++) {
    assert_true(sn_file_create(path, &writer));
    fputs(i == 0 ? "whole" : "a part", writer.stream);
    assert_true(i == 0 ? sn_file_commit(&writer) : sn_file_commit_as(&writer, part));
  }
  expect_names(folder, (const char *const[]){"a", "a.part"}, 2);
  SnBytes bytes;
  assert_true(sn_file_read(path, 100, &bytes));
  assert_string_equal((char *)bytes.data, "whole");
  sn_bytes_free(&bytes);
  unlink(path);
  unlink(part);
  rmdir(folder);
  free(path);
  free(part);
}

/* Killed in the midst of writing. */
static void write_and_die(const char *path) {
  pid_t process = fork();
  if (process == 0) {
    SnFileWriter writer;
    if (sn_file_create(path, &writer)) fputs("much more than what comes after it", writer.stream);
    fflush(writer.stream);
    raise(SIGKILL);
  }
  int status;
  assert_int_equal(waitpid(process, &status, 0), process);
  assert_true(WIFSIGNALED(status));
}

static void what_killed_writers_leave_is_used_again(void **state) {
  (void)state;
  char folder[] = "/tmp/simplenet-test-XXXXXX";
  assert_non_null(mkdtemp(folder));
  char *path = sn_path_join(folder, "a"), *temporary = sn_path_join(folder, "a.simplenet.tmp");
  static const char *const left[] = {"a.simplenet.tmp"};
  for (int i = 0; i < 2; i++) write_and_die(path);
  expect_names(folder, left, 1);
  SnFileWriter writer, second;
  assert_true(sn_file_create(path, &writer));
  assert_false(sn_file_create(path, &second));
  assert_non_null(strstr(sn_error(), "another process is writing it"));
  sn_clear_error();
  fputs("short", writer.stream);
  sn_file_remove(path); /* nor is the temporary file of a living process removed */
  assert_true(sn_file_commit(&writer));
  expect_names(folder, (const char *const[]){"a"}, 1);
  SnBytes bytes;
  assert_true(sn_file_read(path, 100, &bytes));
  assert_string_equal((char *)bytes.data, "short");
  sn_bytes_free(&bytes);

  write_and_die(path);
  sn_file_remove(path);
  expect_names(folder, NULL, 0);
  assert_true(sn_ok());
  assert_int_equal(symlink("elsewhere", temporary), 0); /* never written through */
  assert_false(sn_file_create(path, &writer));
  assert_non_null(strstr(sn_error(), "a.simplenet.tmp: "));
  sn_clear_error();
  unlink(temporary);
  rmdir(folder);
  free(temporary);
  free(path);
}

static void sha256_of_the_standard_examples(void **state) {
  (void)state;
  char digest[SN_SHA256_HEX];
  sn_sha256("abc", 3, digest); /* FIPS 180-4, example B.1 */
  assert_string_equal(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void available_memory_keeps_to_the_limit_of_the_address_space(void **state) {
  (void)state;
  assert_true(sn_available_memory() > 0);
  pid_t child = fork();
  if (child == 0) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0) _exit(2);
    limit.rlim_cur = (rlim_t)100 << 20; /* sanitizers have taken more than that already */
    if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(2);
    _exit(sn_available_memory() <= INT64_C(100) << 20 ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void json_is_utf8_whatever_a_path_holds(void **state) {
  (void)state;
  cJSON *object = sn_json_new();
  sn_json_add_text(object, "path", "a\xff\xc3\xa9\xe2\x82/\xc3");
  char *text = sn_json_print(object);
  assert_string_equal(text, "{\n\t\"path\":\t\"a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd/\xef\xbf\xbd\"\n}");
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_error_stays),
      cmocka_unit_test(sizes_are_checked),
      cmocka_unit_test(more_memory_than_there_is_is_refused_with_both_numbers),
      cmocka_unit_test(names_of_results_stay_in_their_folder),
      cmocka_unit_test(numbers_are_whole_and_in_range),
      cmocka_unit_test(files_are_written_whole_or_not_at_all),
      cmocka_unit_test(what_killed_writers_leave_is_used_again),
      cmocka_unit_test(the_reason_is_the_first_failures),
      cmocka_unit_test(parts_have_names_of_their_own),
      cmocka_unit_test(a_folder_has_one_run),
      cmocka_unit_test(sha256_of_the_standard_examples),
      cmocka_unit_test(available_memory_keeps_to_the_limit_of_the_address_space),
      cmocka_unit_test(json_is_utf8_whatever_a_path_holds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
