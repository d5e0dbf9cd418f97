/* Every half and bfloat16 number, and every border between two neighbours, against the formats' definition. */
#include "tests/support/test.h"

#include <float.h>

#include "backends/float16.h"

typedef struct Format {
  int bias, fraction_bits;
  float (*widen)(uint16_t bits);
  uint16_t (*round)(double value);
} Format;

static const Format float16 = {15, 10, sn_float_from_float16, sn_float16_from_double};
static const Format bfloat16 = {127, 7, sn_float_from_bfloat16, sn_bfloat16_from_double};

static uint16_t infinity_of(const Format *format) {
  return (uint16_t)((2 * format->bias + 1) << format->fraction_bits);
}

/* The value of a positive number, by the definition; where infinity would be, the number that would follow. */
static double defined_value(const Format *format, int bits) {
  int exponent = bits >> format->fraction_bits, fraction = bits & ((1 << format->fraction_bits) - 1);
  if (exponent == 0) return ldexp(fraction, 1 - format->bias - format->fraction_bits);
  return ldexp((1 << format->fraction_bits) + fraction, exponent - format->bias - format->fraction_bits);
}

static void check_format(const Format *format) {
  int infinity = infinity_of(format);
  for (int bits = 0; bits < infinity; bits++) {
    double value = defined_value(format, bits), next = defined_value(format, bits + 1), middle = (value + next) / 2;
    uint16_t positive = (uint16_t)bits, negative = (uint16_t)(bits | 0x8000);
    assert_true((double)format->widen(positive) == value && !signbit(format->widen(positive)));
    assert_true((double)format->widen(negative) == -value && signbit(format->widen(negative)));
    assert_int_equal(format->round(value), positive);
    assert_int_equal(format->round(-value), negative);
    assert_int_equal(format->round(nextafter(middle, 0)), bits);
    assert_int_equal(format->round(middle), bits % 2 == 0 ? bits : bits + 1);
    assert_int_equal(format->round(nextafter(middle, INFINITY)), bits + 1);
    assert_int_equal(format->round(-middle), 0x8000 | (bits % 2 == 0 ? bits : bits + 1));
  }
  assert_true(isinf(format->widen((uint16_t)infinity)));
  assert_true((double)format->widen((uint16_t)(infinity | 0x8000)) == -INFINITY);
  assert_int_equal(format->round(INFINITY), infinity);
  assert_int_equal(format->round(-DBL_MAX), infinity | 0x8000);
  assert_int_equal(format->round(-DBL_TRUE_MIN), 0x8000);
  for (int bits = infinity + 1; bits < 0x8000; bits++) {
    assert_true(isnan(format->widen((uint16_t)bits)));
    assert_true(isnan(format->widen((uint16_t)(bits | 0x8000))));
  }
  assert_true(isnan(format->widen(format->round(NAN))));
}

static void float16_is_ieee_binary16(void **state) {
  (void)state;
  check_format(&float16);
  assert_int_equal(sn_float16_from_double(1.0 / 3), 0x3555);
  assert_int_equal(sn_float16_from_double(65504), 0x7BFF);
}

static void bfloat16_is_half_a_float32(void **state) {
  (void)state;
  check_format(&bfloat16);
  assert_int_equal(sn_bfloat16_from_double(3.14159265), 0x4049);
  assert_true(sn_float_from_bfloat16(0x3F80) == 1.0f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(float16_is_ieee_binary16),
      cmocka_unit_test(bfloat16_is_half_a_float32),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
