/* Numbers as text: exact, and the same in every locale. */
#include "tests/support/test.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/print.h"
#include "tests/support/comma_locale.h"

static uint64_t next_random(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return *state ^ *state >> 29;
}

static void check_double(double value) {
  char text[SN_NUMBER_TEXT];
  double back = NAN;
  const char *end = sn_read_number(sn_number_text(value, text), &back);
  if (!end || *end != '\0' || back != value || strlen(text) >= SN_NUMBER_TEXT - 1)
    fail_msg("%a is written as %s and read as %a", value, text, back);
}

static void every_double_comes_back(void **state) {
  (void)state;
  uint64_t random = 14;
  for (int i = 0; i < 20000; i++) {
    uint64_t bits = next_random(&random);
    double value;
    memcpy(&value, &bits, sizeof value);
    if (isfinite(value)) check_double(value);
    check_double((double)(float)(0.1 * (double)(bits >> 40)));
    check_double(((double)(bits >> 11) - 0x1p52) * 0x1p-53);
  }
  const double corners[] = {0, -0.0, DBL_MIN, DBL_MAX, -DBL_MAX, DBL_TRUE_MIN, FLT_MIN, FLT_MAX, 9007199254740991.0};
  for (size_t i = 0; i < sizeof corners / sizeof *corners; i++) check_double(corners[i]);
}

static void numbers_are_as_short_as_they_can_be(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *text;
  } cases[] = {{0.1, "0.1"},
               {(double)0.1f, "0.10000000149011612"},
               {100, "100"},
               {0.3, "0.3"},
               {0.1 + 0.2, "0.30000000000000004"},
               {-1.5e-7, "-1.5e-07"},
               {DBL_TRUE_MIN, "5e-324"},
               {9007199254740991.0, "9007199254740991"},
               {NAN, "nan"},
               {INFINITY, "inf"},
               {-INFINITY, "-inf"}};
  char text[SN_NUMBER_TEXT];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(sn_number_text(cases[i].value, text), cases[i].text);
}

static void texts_without_a_number_are_told(void **state) {
  (void)state;
  double value = 7;
  assert_null(sn_read_number("", &value));
  assert_null(sn_read_number("junk", &value));
  assert_true(value == 7);
  assert_string_equal(sn_read_number("-5 ; junk", &value), " ; junk");
  assert_true(value == -5);
  assert_string_equal(sn_read_number("0x1.8p+1 2", &value), " 2");
  assert_true(value == 3);
}

static void letters_are_ascii(void **state) {
  (void)state;
  assert_true(sn_ascii_equal(".TIFF", ".tiff") && sn_ascii_equal("", "") && sn_ascii_equal("[z", "[Z"));
  assert_false(sn_ascii_equal(".tif", ".tiff") || sn_ascii_equal(".tiff", ".tif") || sn_ascii_equal("[", "{"));
  assert_false(sn_ascii_equal("\xC4", "\xE4"));
  assert_true(sn_ascii_compare("a", "B") < 0 && sn_ascii_compare("Ab", "aB") == 0 &&
              sn_ascii_compare("b", "a\xE4") > 0);
  assert_true(sn_ascii_compare("a", "") > 0 && sn_ascii_compare("", "a") < 0);
  assert_true(sn_ascii_is_alphanumeric('z') && sn_ascii_is_alphanumeric('A') && sn_ascii_is_alphanumeric('0'));
  assert_false(sn_ascii_is_alphanumeric('_') || sn_ascii_is_alphanumeric('\xE4') || sn_ascii_is_alphanumeric('\0'));
}

static void a_decimal_comma_changes_nothing(void **state) {
  (void)state;
  if (!sn_comma_locale_enter()) skip();
  char text[SN_NUMBER_TEXT];
  double value = 0;
  sn_clear_error();
  assert_string_equal(sn_number_text(0.25, text), "0.25");
  assert_string_equal(sn_read_number("0.25,7", &value), ",7");
  assert_true(value == 0.25);
  assert_true(sn_parse_real("--sigma", "1.5e-2", 0, 1, &value));
  assert_true(value == 0.015);
  assert_false(sn_parse_real("--sigma", "0,5", 0, 1.5, &value));
  assert_string_equal(sn_error(), "--sigma: expected a number from 0 to 1.5, found '0,5'");
  sn_clear_error();
  char *formatted = sn_format("%.2f", 0.5);
  assert_string_equal(formatted, "0.50");
  free(formatted);
  sn_snprintf(text, sizeof text, "%.1f", 1.5);
  assert_string_equal(text, "1.5");
  snprintf(text, sizeof text, "%.1f", 1.5); /* the program's own locale is as it was */
  assert_string_equal(text, "1,5");
  sn_comma_locale_leave();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_double_comes_back),         cmocka_unit_test(numbers_are_as_short_as_they_can_be),
      cmocka_unit_test(texts_without_a_number_are_told), cmocka_unit_test(letters_are_ascii),
      cmocka_unit_test(a_decimal_comma_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
