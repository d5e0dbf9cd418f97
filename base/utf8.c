#include "base/utf8.h"

#include <stdint.h>

static bool is_well_formed(const uint8_t *byte, size_t size, bool controls) {
  for (size_t i = 0; i < size;) {
    uint32_t first = byte[i++], smallest, code;
    int more = first < 0x80 ? 0 : first < 0xC0 ? -1 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : first < 0xF8 ? 3 : -1;
    if (more < 0 || (size_t)more > size - i) return false;
    smallest = (const uint32_t[]){0, 0x80, 0x800, 0x10000}[more];
    code = more == 0 ? first : first & (0x3Fu >> more);
    for (int k = 0; k < more; k++, i++) {
      if ((byte[i] & 0xC0) != 0x80) return false;
      code = code << 6 | (byte[i] & 0x3F);
    }
    if (code < smallest || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    if (!controls && (code < 0x20 || (code >= 0x7F && code < 0xA0))) return false;
  }
  return true;
}

bool sn_utf8_is_valid(const void *bytes, size_t size) { return is_well_formed(bytes, size, true); }

bool sn_utf8_is_printable(const void *bytes, size_t size) { return is_well_formed(bytes, size, false); }
