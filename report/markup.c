#include "report/markup.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/print.h"
#include "base/utf8.h"

/* Makes space for `more` characters and a final zero. */
static bool reserve(SnMarkup *markup, size_t more) {
  if (!sn_ok()) return false;
  size_t needed = markup->length + more + 1;
  if (needed <= markup->capacity) return true;
  size_t capacity = needed + needed / 2 + 1024;
  char *text = sn_resize(markup->text, (int64_t)capacity, 1, "a page");
  if (!text) return false;
  markup->text = text;
  markup->capacity = capacity;
  return true;
}

static bool append(SnMarkup *markup, const char *text, size_t length) {
  if (!reserve(markup, length)) return false;
  memcpy(markup->text + markup->length, text, length);
  markup->length += length;
  markup->text[markup->length] = '\0';
  return true;
}

bool sn_markup(SnMarkup *markup, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = sn_vsnprintf(NULL, 0, format, arguments);
  bool done = length >= 0 ? reserve(markup, (size_t)length) : sn_fail("a page's text cannot be formatted");
  if (done) {
    sn_vsnprintf(markup->text + markup->length, (size_t)length + 1, format, again);
    markup->length += (size_t)length;
  }
  va_end(again);
  va_end(arguments);
  return done;
}

/* Bytes of the UTF-8 character that text begins with; 0 when there is none. */
static size_t character_length(const char *text) {
  size_t rest = strnlen(text, 4);
  for (size_t length = 1; length <= rest; length++)
    if (sn_utf8_is_valid(text, length)) return length;
  return 0;
}

bool sn_markup_text(SnMarkup *markup, const char *text) {
  static const char special[] = "&<>\"'";
  static const char *const escapes[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
  while (text && *text && sn_ok()) {
    const char *found = strchr(special, *text);
    size_t length = character_length(text);
    bool control = (unsigned char)*text < ' ' || *text == 0x7F;
    if (found)
      append(markup, escapes[found - special], strlen(escapes[found - special]));
    else if (length == 0 || (control && *text != '\n' && *text != '\t'))
      append(markup, "\xEF\xBF\xBD", 3);
    else
      append(markup, text, length);
    text += length > 0 ? length : 1;
  }
  return sn_ok();
}

bool sn_markup_number(SnMarkup *markup, double value, int decimals) {
  int64_t power = 1;
  for (int i = 0; i < decimals; i++) power *= 10;
  double scaled = fabs(value) * (double)power;
  if (!(scaled < 9e15)) return sn_markup(markup, "-");
  long long digits = llround(scaled);
  sn_markup(markup, "%s%lld", value < 0.0 && digits > 0 ? "-" : "", digits / power);
  if (decimals > 0) sn_markup(markup, ".%0*lld", decimals, digits % power);
  return sn_ok();
}

bool sn_markup_base64(SnMarkup *markup, const uint8_t *bytes, size_t size) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (!reserve(markup, (size + 2) / 3 * 4)) return false;
  char *to = markup->text + markup->length;
  for (size_t i = 0; i < size; i += 3) {
    uint32_t second = i + 1 < size ? bytes[i + 1] : 0, third = i + 2 < size ? bytes[i + 2] : 0;
    uint32_t bits = (uint32_t)bytes[i] << 16 | second << 8 | third;
    *to++ = alphabet[bits >> 18];
    *to++ = alphabet[bits >> 12 & 63];
    *to++ = i + 1 < size ? alphabet[bits >> 6 & 63] : '=';
    *to++ = i + 2 < size ? alphabet[bits & 63] : '=';
  }
  *to = '\0';
  markup->length = (size_t)(to - markup->text);
  return true;
}

bool sn_markup_write(SnMarkup *markup, const char *path) {
  SnFileWriter writer;
  if (sn_file_create(path, &writer)) {
    if (markup->length > 0) fwrite(markup->text, 1, markup->length, writer.stream);
    sn_file_commit(&writer);
  }
  sn_markup_free(markup);
  return sn_ok();
}

void sn_markup_free(SnMarkup *markup) {
  free(markup->text);
  *markup = (SnMarkup){0};
}
