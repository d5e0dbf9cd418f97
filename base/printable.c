#include "base/printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

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

size_t sn_show_character(const char *text, size_t size, SnShown *shown) {
  uint32_t code;
  size_t used = sn_utf8_decode(text, size, &code);
  *shown = (SnShown){.escaped = used == 0 || is_command(code)};
  if (used == 0)
    shown->length = (size_t)snprintf(shown->text, sizeof shown->text, "\\x%02x", (unsigned)(unsigned char)*text);
  else if (shown->escaped)
    shown->length = escape(shown->text, code);
  else
    memcpy(shown->text, text, shown->length = used);
  return used > 0 ? used : 1;
}

size_t sn_write_printable(FILE *stream, const char *text, size_t size) {
  size_t written = 0;
  for (size_t i = 0; i < size;) {
    SnShown shown;
    i += sn_show_character(text + i, size - i, &shown);
    if (stream) fwrite(shown.text, 1, shown.length, stream);
    written += shown.length;
  }
  return written;
}
