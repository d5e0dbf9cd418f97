#include "base/number.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/print.h"

bool sn_parse_integer(const char *name, const char *text, int64_t minimum, int64_t maximum, int64_t *value) {
  if (!sn_ok()) return false;
  char *end = NULL;
  errno = 0;
  long long parsed = strtoll(text, &end, 10);
  bool decimal = strspn(text, "+-0123456789") == strlen(text); /* strtoll passes over spaces, too */
  if (!decimal || end == text || *end != '\0' || errno != 0 || parsed < minimum || parsed > maximum)
    return sn_fail("%s: expected an integer from %" PRId64 " to %" PRId64 ", found '%.40s'", name, minimum, maximum,
                   text);
  *value = parsed;
  return true;
}

bool sn_parse_real(const char *name, const char *text, double minimum, double maximum, double *value) {
  if (!sn_ok()) return false;
  double parsed = NAN;
  const char *end = sn_read_number(text, &parsed);
  bool decimal = strspn(text, "+-.0123456789eE") == strlen(text); /* strtod takes hexadecimal, inf and nan, too */
  if (!decimal || !end || *end != '\0' || !isfinite(parsed) || parsed < minimum || parsed > maximum)
    return sn_fail("%s: expected a number from %g to %g, found '%.40s'", name, minimum, maximum, text);
  *value = parsed;
  return true;
}

const char *sn_number_text(double value, char text[SN_NUMBER_TEXT]) {
  if (!isfinite(value)) return strcpy(text, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
  /* A number that fewer digits give is written with 15 as those digits, but where doubles are thinly spread. */
  for (int digits = fabs(value) < DBL_MIN ? 1 : DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
    double back = NAN;
    sn_snprintf(text, SN_NUMBER_TEXT, "%.*g", digits, value);
    if (sn_read_number(text, &back) && back == value) break;
  }
  return text;
}

const char *sn_read_number(const char *text, double *value) {
  char *end = NULL;
  locale_t before = sn_enter_c_locale();
  double parsed = strtod(text, &end);
  sn_leave_c_locale(before);
  if (end == text) return NULL;
  *value = parsed;
  return end;
}
