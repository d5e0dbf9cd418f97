#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

bool sn_parse_integer(const char *name, const char *text, int64_t minimum, int64_t maximum, int64_t *value) {
  if (!sn_ok()) return false;
  char *end = NULL;
  errno = 0;
  long long parsed = strtoll(text, &end, 10);
  if (isspace((unsigned char)text[0]) || end == text || *end != '\0' || errno != 0 || parsed < minimum ||
      parsed > maximum)
    return sn_fail("%s: expected an integer from %" PRId64 " to %" PRId64 ", found '%.40s'", name, minimum, maximum,
                   text);
  *value = parsed;
  return true;
}

bool sn_parse_real(const char *name, const char *text, double minimum, double maximum, double *value) {
  if (!sn_ok()) return false;
  char *end = NULL;
  double parsed = strtod(text, &end);
  bool decimal = strspn(text, "+-.0123456789eE") == strlen(text); /* strtod takes hexadecimal, inf and nan, too */
  if (!decimal || end == text || *end != '\0' || !isfinite(parsed) || parsed < minimum || parsed > maximum)
    return sn_fail("%s: expected a number from %g to %g, found '%.40s'", name, minimum, maximum, text);
  *value = parsed;
  return true;
}
