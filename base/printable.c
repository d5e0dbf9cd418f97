#include "base/printable.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/utf8.h"

/* What a terminal would obey and not show. */
static bool is_command(uint32_t code) {
  bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  bool line_end = code == 0x2028 || code == 0x2029;
  bool direction = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  return control || line_end || direction;
}

static size_t escape(char text[8], uint32_t code) {
  switch (code) {
    case '\n':
      return (size_t)snprintf(text, 8, "\\n");
    case '\r':
      return (size_t)snprintf(text, 8, "\\r");
    case '\t':
      return (size_t)snprintf(text, 8, "\\t");
    default:
      return (size_t)snprintf(text, 8, code < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)code);
  }
}

size_t sn_write_printable(FILE *stream, const char *text, size_t size) {
  size_t written = 0;
  for (size_t i = 0; i < size;) {
    uint32_t code;
    char escaped[8];
    size_t used = sn_utf8_decode(text + i, size - i, &code);
    size_t length = used;
    const char *shown = text + i;
    if (used == 0 || is_command(code)) {
      shown = escaped;
      length = used > 0 ? escape(escaped, code)
                        : (size_t)snprintf(escaped, sizeof escaped, "\\x%02x", (unsigned)(unsigned char)text[i]);
    }
    if (stream) fwrite(shown, 1, length, stream);
    written += length;
    i += used > 0 ? used : 1;
  }
  return written;
}
