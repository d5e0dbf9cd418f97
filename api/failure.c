#include "api/failure.h"

#include <string.h>

#include "base/error.h"

static _Thread_local SnErrorCode code;

void sn_api_begin(void) {
  sn_clear_error();
  code = SN_ERROR_NONE;
}

bool sn_api_ok(SnErrorCode kind) {
  if (sn_ok()) return true;
  if (code == SN_ERROR_NONE) code = kind;
  return false;
}

SnErrorCode sn_error_code(void) { return sn_ok() ? SN_ERROR_NONE : sn_is_shortage() ? SN_ERROR_MEMORY : code; }

/* Structures of all versions begin with their size, which is one of whole fields. */
static bool read_size(const void *structure, size_t *size, const char *name) {
  enum { MOST = 4096 };
  *size = *(const size_t *)structure;
  return (*size >= sizeof *size && *size <= MOST && *size % sizeof(void *) == 0) ||
         sn_fail("%s: size: expected sizeof(%s), found %zu", name, name, *size) || sn_api_ok(SN_ERROR_ARGUMENT);
}

bool sn_api_read(const void *structure, size_t known, void *copy, const char *name) {
  size_t size;
  if (!read_size(structure, &size, name)) return false;
  for (size_t i = known; i < size; i++)
    if (((const unsigned char *)structure)[i] != 0)
      return sn_fail("%s: holds what this library, of version " SN_VERSION ", does not know", name) ||
             sn_api_ok(SN_ERROR_ARGUMENT);
  memset(copy, 0, known);
  memcpy(copy, structure, size < known ? size : known);
  return true;
}

bool sn_api_write(void *structure, size_t known, const void *values, const char *name) {
  size_t size, own = sizeof size;
  if (!read_size(structure, &size, name)) return false;
  memset((unsigned char *)structure + own, 0, size - own);
  memcpy((unsigned char *)structure + own, (const unsigned char *)values + own, (size < known ? size : known) - own);
  return true;
}
