#include "base/utf8.h"

size_t sn_utf8_decode(const void *bytes, size_t size, uint32_t *code) {
  const uint8_t *byte = bytes;
  if (size == 0) return 0;
  uint32_t first = byte[0];
  int more = first < 0x80 ? 0 : first < 0xC0 ? -1 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : first < 0xF8 ? 3 : -1;
  if (more < 0 || (size_t)more >= size) return 0;
  uint32_t smallest = (const uint32_t[]){0, 0x80, 0x800, 0x10000}[more];
  *code = more == 0 ? first : first & (0x3Fu >> more);
  for (int k = 1; k <= more; k++) {
    if ((byte[k] & 0xC0) != 0x80) return 0;
    *code = *code << 6 | (byte[k] & 0x3F);
  }
  if (*code < smallest || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF)) return 0;
  return (size_t)more + 1;
}

static bool is_well_formed(const uint8_t *bytes, size_t size, bool controls) {
  for (size_t i = 0; i < size;) {
    uint32_t code;
    size_t used = sn_utf8_decode(bytes + i, size - i, &code);
    if (used == 0) return false;
    if (!controls && (code < 0x20 || (code >= 0x7F && code < 0xA0))) return false;
    i += used;
  }
  return true;
}

bool sn_utf8_is_valid(const void *bytes, size_t size) { return is_well_formed(bytes, size, true); }

bool sn_utf8_is_printable(const void *bytes, size_t size) { return is_well_formed(bytes, size, false); }
