#include "serve/multipart.h"

#include <string.h>

#include "base/ascii.h"
#include "base/error.h"

enum { LONGEST_BOUNDARY = 70 }; /* RFC 2046 */

static const char form[] = "multipart/form-data";

/* What is left to be looked at. */
typedef struct Rest {
  const uint8_t *at, *end;
} Rest;

static size_t left(const Rest *rest) { return (size_t)(rest->end - rest->at); }

static bool begins_with(const Rest *rest, const char *text, size_t length) {
  return left(rest) >= length && memcmp(rest->at, text, length) == 0;
}

/* The first place of the text, or NULL. */
static const uint8_t *find(Rest rest, const char *text, size_t length) {
  for (; (rest.at = memchr(rest.at, *text, left(&rest))) != NULL; rest.at++)
    if (begins_with(&rest, text, length)) return rest.at;
  return NULL;
}

/* Whether a text begins with a word, in capital letters or small ones. */
static bool has_word(const uint8_t *text, size_t size, const char *word) {
  for (; *word; word++, text++, size--)
    if (size == 0 || sn_ascii_small((char)*text) != *word) return false;
  return true;
}

bool sn_is_form(const char *type) {
  return has_word((const uint8_t *)type, strlen(type), form) && strchr("; \t", type[strlen(form)]) != NULL;
}

/* "\r\n--" and the boundary; its length, or 0 when the type names none. */
static size_t delimiter_of(const char *type, char delimiter[LONGEST_BOUNDARY + 5]) {
  for (const char *at = strchr(type, ';'); at; at = strchr(at, ';')) {
    at += 1 + strspn(at + 1, " \t");
    if (!has_word((const uint8_t *)at, strlen(at), "boundary=")) continue;
    at += strlen("boundary=");
    const bool quoted = *at == '"';
    const size_t length = strcspn(at + quoted, quoted ? "\"" : "; \t");
    if (length < 1 || length > LONGEST_BOUNDARY || (quoted && at[1 + length] != '"')) return 0;
    memcpy(delimiter, "\r\n--", 4);
    memcpy(delimiter + 4, at + quoted, length);
    return length + 4;
  }
  return 0;
}

/* Whether a line of a part's head gives it a file name: "Content-Disposition: form-data; name="x"; filename="y.png"".
 */
static bool names_file(const uint8_t *line, const uint8_t *end) {
  if (!has_word(line, (size_t)(end - line), "content-disposition:")) return false;
  for (const uint8_t *at = line; (at = memchr(at, ';', (size_t)(end - at))) != NULL;) {
    for (at++; at < end && (*at == ' ' || *at == '\t');) at++;
    const size_t more = (size_t)(end - at);
    if (has_word(at, more, "filename=") || has_word(at, more, "filename*=")) return true;
  }
  return false;
}

static bool is_file(Rest head) {
  for (const uint8_t *end; left(&head) > 0; head.at = end + 2) {
    end = find(head, "\r\n", 2);
    if (!end) return names_file(head.at, head.end);
    if (names_file(head.at, end)) return true;
  }
  return false;
}

static bool is_cut_off(void) { return sn_fail("the form is not whole: it ends before its last boundary"); }

/* A part, from behind its boundary to the next one, where `rest` then is. */
static bool read_part(Rest *rest, const char *delimiter, size_t length, Rest *head, SnPart *contents) {
  const uint8_t *line = find(*rest, "\r\n", 2); /* after blanks that may follow a boundary */
  if (!line) return is_cut_off();
  const uint8_t *blank = find((Rest){line, rest->end}, "\r\n\r\n", 4);
  const uint8_t *next = blank ? find((Rest){blank + 2, rest->end}, delimiter, length) : NULL;
  if (!next) return is_cut_off();
  *head = (Rest){line + 2 < blank ? line + 2 : blank, blank};
  *contents = (SnPart){blank + 4, next > blank + 4 ? (size_t)(next - blank - 4) : 0};
  rest->at = next + length;
  return true;
}

bool sn_form_file(const char *type, const uint8_t *body, size_t size, SnPart *file) {
  char delimiter[LONGEST_BOUNDARY + 5];
  const size_t length = delimiter_of(type, delimiter);
  Rest rest = {body, body + size}, head = rest;
  SnPart contents = {0};
  int files = 0;
  if (length == 0) return sn_fail("Content-Type: expected a boundary of 1 to 70 characters");
  /* the first boundary has no line before it */
  if (!begins_with(&rest, delimiter + 2, length - 2)) return sn_fail("the form does not begin with its boundary");
  rest.at += length - 2;
  while (!begins_with(&rest, "--", 2)) {
    if (!read_part(&rest, delimiter, length, &head, &contents)) return false;
    if (!is_file(head)) continue;
    if (files++ > 0) return sn_fail("the form has several files; send one photograph at a time");
    *file = contents;
  }
  return files == 1 || sn_fail("the form has no file");
}
