/* Texts of others on a terminal: what it would obey is shown instead, on one line. */
#include "tests/support/test.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"

static void expect_shown(const char *text, const char *shown) {
  char written[256] = "";
  FILE *stream = fmemopen(written, sizeof written, "w");
  size_t counted = sn_write_printable(NULL, text, strlen(text));
  assert_int_equal(sn_write_printable(stream, text, strlen(text)), counted);
  fclose(stream);
  assert_string_equal(written, shown);
  assert_int_equal(counted, strlen(shown));
}

static void plain_texts_stay(void **state) {
  (void)state;
  expect_shown("", "");
  expect_shown("a folder/b-1.png \\n ~", "a folder/b-1.png \\n ~");
  expect_shown(
      "Gr\xc3\xb6\xc3\x9f"
      "e 0.5 \xc2\xb1 0.1 \xe2\x82\xac \xf0\x9f\x98\x80 \xd7\xa9",
      "Gr\xc3\xb6\xc3\x9f"
      "e 0.5 \xc2\xb1 0.1 \xe2\x82\xac \xf0\x9f\x98\x80 \xd7\xa9");
}

static void control_characters_are_shown(void **state) {
  (void)state;
  expect_shown("a\033[2Jb", "a\\x1b[2Jb");
  expect_shown("a\nsimplenet: forged\r\tb\b", "a\\nsimplenet: forged\\r\\tb\\x08");
  expect_shown("\001\037\177", "\\x01\\x1f\\x7f");
  expect_shown(
      "\xc2\x9b"
      "31m\xc2\x85",
      "\\u009b31m\\u0085"); /* C1: CSI and next line */
}

static void marks_of_direction_are_shown(void **state) {
  (void)state;
  expect_shown(
      "a\xe2\x80\xae"
      "gnp.exe\xe2\x80\xac",
      "a\\u202egnp.exe\\u202c");
  expect_shown("\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xad\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9",
               "\\u202a\\u202b\\u202d\\u2066\\u2067\\u2068\\u2069");
  expect_shown("\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"); /* ends of lines */
  expect_shown("\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa", "\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa");
}

static void other_bytes_are_shown(void **state) {
  (void)state;
  expect_shown("\xff", "\\xff");
  expect_shown(
      "\x9b"
      "0m",
      "\\x9b0m"); /* C1 as terminals of one byte a character read it */
  expect_shown("caf\xe9", "caf\\xe9");
  expect_shown("\xc0\x80\xed\xa0\x80", "\\xc0\\x80\\xed\\xa0\\x80"); /* overlong, surrogate */
  expect_shown("\xf0\x9f\x98", "\\xf0\\x9f\\x98");
}

static int print_to(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int print_to(FILE *stream, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int printed = sn_print_printable(stream, format, arguments);
  va_end(arguments);
  return printed;
}

/* The same text as printf's, and the same count. */
#define EXPECT_AS_PRINTF(...)                                      \
  do {                                                             \
    char expected[256], written[256] = "";                         \
    int length = snprintf(expected, sizeof expected, __VA_ARGS__); \
    FILE *stream = fmemopen(written, sizeof written, "w");         \
    int printed = print_to(stream, __VA_ARGS__);                   \
    fclose(stream);                                                \
    assert_string_equal(written, expected);                        \
    assert_int_equal(printed, length);                             \
  } while (0)

static void formats_are_printfs(void **state) {
  (void)state;
  int64_t large = INT64_MAX;
  EXPECT_AS_PRINTF("\n\033[K 100 %% of %s\t%c|%.*s|%.2s|%*s|", "all", 'x', 2, "three", "three", 4, "");
  EXPECT_AS_PRINTF("%-8s|%8s|%-2s|%*s|%-*s|", "a", "b", "long", -5, "c", 5, "d");
  EXPECT_AS_PRINTF("%d %i %5d|%-5d|%05d %+d %ld %lld %zu %u %x %#x", -1, 2, 3, 4, 5, 6, -7L, -8LL, sizeof large, 9U,
                   255U, 255U);
  EXPECT_AS_PRINTF("%" PRId64 " %" PRIu64 " %jd %.3d", large, (uint64_t)large * 2, (intmax_t)-3, 7);
  EXPECT_AS_PRINTF("%g %.4f %9.4f|%-9.1f|%+.2e %f %.0f %*.*f", 0.1, 0.25, -1.5, 2.0, 12345.678, 1.0, 2.5, 8, 3, 1e9);
  EXPECT_AS_PRINTF("%f %5.1f", (double)INFINITY, (double)-INFINITY);
}

static void texts_in_formats_are_shown(void **state) {
  (void)state;
  char written[64] = "";
  FILE *stream = fmemopen(written, sizeof written, "w");
  int printed = print_to(stream, "\r%-8s|%6s|%c\n", "a\nb", "\033", '\007');
  fclose(stream);
  assert_string_equal(written, "\ra\\nb    |  \\x1b|\\x07\n");
  assert_int_equal(printed, strlen(written));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(plain_texts_stay),
                                     cmocka_unit_test(control_characters_are_shown),
                                     cmocka_unit_test(marks_of_direction_are_shown),
                                     cmocka_unit_test(other_bytes_are_shown),
                                     cmocka_unit_test(formats_are_printfs),
                                     cmocka_unit_test(texts_in_formats_are_shown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
