#include "report/page/markdown.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"
#include "base/printable.h"

/* Punctuation that begins nothing in the middle of a line; an underscore within a word, as in metal_nut, does not. */
static bool is_harmless(const char *text, size_t i) {
  unsigned char c = (unsigned char)text[i];
  if (c >= 0x80 || sn_ascii_is_alphanumeric((char)c) || strchr(" -,;()/%+='\"", c)) return true;
  return c == '_' && i > 0 && sn_ascii_is_alphanumeric(text[i - 1]) && sn_ascii_is_alphanumeric(text[i + 1]);
}

void sn_write_markdown_text(FILE *stream, const char *text) {
  size_t size = strlen(text);
  for (size_t i = 0; i < size;) {
    SnShown shown;
    size_t used = sn_show_character(text + i, size - i, &shown);
    if (shown.escaped || !is_harmless(text, i)) fputc('\\', stream); /* an escape begins with one of its own */
    fwrite(shown.text, 1, shown.length, stream);
    i += used;
  }
}
