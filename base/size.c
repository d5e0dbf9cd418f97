#include "base/size.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

SnSize sn_square(int64_t side) { return (SnSize){side, side}; }

SnSize sn_one_side(int64_t side) { return (SnSize){side, 0}; }

int64_t sn_size_pixels(SnSize size) { return size.height * size.width; }

bool sn_same_size(SnSize a, SnSize b) { return a.height == b.height && a.width == b.width; }

/* The number that `text` begins with; what follows it, NULL where there is none in the range. */
static const char *read_side(const char *text, int64_t minimum, int64_t maximum, int64_t *side) {
  enum { MOST_DIGITS = 15 };
  size_t digits = strspn(text, "0123456789");
  int64_t value = 0;
  if (digits == 0 || digits > MOST_DIGITS) return NULL;
  for (size_t i = 0; i < digits; i++) value = 10 * value + (text[i] - '0');
  *side = value;
  return value >= minimum && value <= maximum ? text + digits : NULL;
}

bool sn_parse_size(const char *name, const char *text, int64_t minimum, int64_t maximum, SnSize *size) {
  if (!sn_ok()) return false;
  SnSize parsed = {0, 0};
  const char *rest = read_side(text, minimum, maximum, &parsed.height);
  if (rest && *rest == 'x') rest = read_side(rest + 1, minimum, maximum, &parsed.width);
  if (!rest || *rest != '\0')
    return sn_fail("%s: expected an integer from %" PRId64 " to %" PRId64
                   ", or two of them as HEIGHTxWIDTH, found '%.40s'",
                   name, minimum, maximum, text);
  *size = parsed;
  return true;
}

const char *sn_size_text(SnSize size, char text[SN_SIZE_TEXT]) {
  if (size.width == 0)
    snprintf(text, SN_SIZE_TEXT, "%" PRId64, size.height);
  else
    snprintf(text, SN_SIZE_TEXT, "%" PRId64 "x%" PRId64, size.height, size.width);
  return text;
}
