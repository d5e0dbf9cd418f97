#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/program/spoil.h"
#include "tests/fuzz/program/tree.h"

/* Replaces `length` bytes at `at` by others. */
static void replace(SnBytes *bytes, size_t at, size_t length, const void *with, size_t size) {
  uint8_t *made = malloc(bytes->size - length + size + 1);
  if (!made) give_up("written", "a damaged file");
  memcpy(made, bytes->data, at);
  memcpy(made + at, with, size);
  memcpy(made + at + size, bytes->data + at + length, bytes->size - at - length);
  bytes->size += size - length;
  made[bytes->size] = 0;
  free(bytes->data);
  bytes->data = made;
}

static void put_number(Chance *chance, SnBytes *bytes) {
  static const float numbers[] = {NAN, INFINITY, -INFINITY, -1e-3F, 1e38F, -1e38F, 0, 1e-40F};
  const float number = CHANCE_OF(chance, numbers);
  const size_t count = 1 + chance_below(chance, 64), at = chance_below(chance, bytes->size) & ~(size_t)3;
  for (size_t i = 0; i < count && at + 4 * i + 4 <= bytes->size; i++) memcpy(bytes->data + at + 4 * i, &number, 4);
}

static void repeat(Chance *chance, SnBytes *bytes) {
  const size_t at = chance_below(chance, bytes->size), rest = bytes->size - at;
  const size_t length = 1 + chance_below(chance, rest < 64 ? rest : 64);
  uint8_t part[64];
  memcpy(part, bytes->data + at, length);
  for (size_t times = 1 + chance_below(chance, 100); times > 0; times--) replace(bytes, at, 0, part, length);
}

/* Any file, as bytes. */
static void spoil_bytes(Chance *chance, SnBytes *bytes, const char *work) {
  static const uint8_t extremes[] = {0, 1, 0x7f, 0x80, 0xff, '\n', '"', ','};
  const size_t at = chance_below(chance, bytes->size);
  char *text = hostile_text(chance, work);
  switch (bytes->size == 0 ? 5 : chance_below(chance, 8)) {
    case 0:
      bytes->size = at;
      break;
    case 1:
      put_number(chance, bytes);
      break;
    case 2:
      repeat(chance, bytes);
      break;
    case 3:
      bytes->data[at] ^= (uint8_t)(1U << chance_below(chance, 8));
      break;
    case 4:
      bytes->data[at] = CHANCE_OF(chance, extremes);
      break;
    case 5:
      replace(bytes, at, 0, text, strlen(text));
      break;
    default: /* near the beginning, where headers are */
      bytes->data[at % 64] = CHANCE_OF(chance, extremes);
  }
  free(text);
}

/* A text of the header of a safetensors file, or a field of a table: from one mark to the next. */
static bool find_between(Chance *chance, const SnBytes *bytes, size_t from, size_t to, const char *marks, size_t *begin,
                         size_t *end) {
  if (from >= to) return false;
  size_t at = from + chance_below(chance, to - from);
  while (at < to && !strchr(marks, bytes->data[at])) at++;
  for (*begin = ++at; at < to && (bytes->data[at] == 0 || !strchr(marks, bytes->data[at]));) at++;
  *end = at;
  return at < to;
}

/* JSON's way to write what may not stand in a text. */
static size_t escape(const char *text, char *escaped) {
  char *at = escaped;
  for (; *text; text++) {
    const unsigned char letter = (unsigned char)*text;
    if (letter < ' ')
      at += sprintf(at, "\\u%04x", letter);
    else if (letter == '"' || letter == '\\')
      at += sprintf(at, "\\%c", letter);
    else
      *at++ = *text;
  }
  return (size_t)(at - escaped);
}

static void spoil_header(Chance *chance, SnBytes *bytes, const char *work) {
  uint64_t length = 0;
  if (bytes->size >= 8) memcpy(&length, bytes->data, 8);
  size_t begin, end;
  if (length > bytes->size - 8 || !find_between(chance, bytes, 8, 8 + (size_t)length, "\"", &begin, &end)) return;
  char *text = hostile_text(chance, work), *escaped = malloc(6 * strlen(text) + 1);
  if (!escaped) give_up("written", "a damaged file");
  const size_t size = escape(text, escaped);
  replace(bytes, begin, end - begin, escaped, size);
  length += size - (end - begin);
  memcpy(bytes->data, &length, 8);
  free(text);
  free(escaped);
}

/* Replaces a field; or everywhere, since what one row says alone is often refused for its differing from the others. */
static void spoil_field(Chance *chance, SnBytes *bytes, const char *work) {
  size_t begin, end;
  if (!find_between(chance, bytes, 0, bytes->size, ",\n", &begin, &end)) return;
  char *text = hostile_text(chance, work), quoted[4096], old[256];
  const int size = snprintf(quoted, sizeof quoted, strpbrk(text, "\",\n\r") ? "\"%s\"" : "%s", text);
  const size_t length = end - begin, written = (size_t)size < sizeof quoted ? (size_t)size : sizeof quoted - 1;
  const bool everywhere = length > 0 && length < sizeof old && chance_one_in(chance, 2);
  if (everywhere) memcpy(old, bytes->data + begin, length);
  replace(bytes, begin, length, quoted, written);
  for (size_t at = 1; everywhere && at + length < bytes->size; at++) {
    const bool is_field = strchr(",\n", bytes->data[at - 1]) && strchr(",\n", bytes->data[at + length]);
    if (!is_field || memcmp(bytes->data + at, old, length) != 0) continue;
    replace(bytes, at, length, quoted, written);
    at += written;
  }
  free(text);
}

void spoil_file(Chance *chance, const char *path, const char *work) {
  const char *dot = strrchr(path, '.');
  const bool tensors = dot && strcmp(dot, ".safetensors") == 0, table = dot && strcmp(dot, ".csv") == 0;
  SnBytes bytes = read_file(path);
  for (size_t i = 1 + chance_below(chance, 3); i > 0; i--) {
    if (tensors && chance_one_in(chance, 2))
      spoil_header(chance, &bytes, work);
    else if (tensors && bytes.size > 0 && chance_one_in(chance, 2))
      put_number(chance, &bytes);
    else if (table && !chance_one_in(chance, 4))
      spoil_field(chance, &bytes, work);
    else
      spoil_bytes(chance, &bytes, work);
  }
  write_file(path, bytes.data, bytes.size);
  sn_bytes_free(&bytes);
}
