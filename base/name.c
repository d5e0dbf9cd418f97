#include "base/name.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"

enum { LONGEST_NAME = 255 }; /* of the file systems in use */

/* Of a text that is not UTF-8, as a folder's name may be, the bytes that are control characters in every encoding. */
static bool has_control(const char *text) {
  size_t length = strlen(text);
  if (sn_utf8_is_valid(text, length)) return !sn_utf8_is_printable(text, length);
  for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++)
    if (*byte < 0x20 || *byte == 0x7F) return true;
  return false;
}

const char *sn_name_fault(const char *name) {
  if (name[0] == '\0') return "it is empty";
  if (strlen(name) > LONGEST_NAME) return "it is longer than 255 bytes";
  if (name[0] == '.') return "it begins with a dot";
  if (name[0] == '-') return "it begins with a hyphen";
  if (strchr(name, '/')) return "it has a slash";
  return has_control(name) ? "it has a control character" : NULL;
}

bool sn_path_stays_below(const char *path) {
  if (path[0] == '\0' || path[0] == '/') return false;
  for (const char *part = path; part; part = strchr(part, '/')) {
    part += *part == '/';
    if (strcspn(part, "/") == 2 && part[0] == '.' && part[1] == '.') return false;
  }
  return true;
}

bool sn_check_name(const char *name, const char *place, ...) {
  const char *fault = sn_ok() ? sn_name_fault(name) : NULL;
  if (!fault) return sn_ok();
  char where[SN_ERROR_LENGTH / 2];
  va_list arguments;
  va_start(arguments, place);
  vsnprintf(where, sizeof where, place, arguments);
  va_end(arguments);
  return sn_fail("%s: expected a name, found '%.200s': %s", where, name, fault);
}

bool sn_check_path(const char *path, const char *place, ...) {
  if (!sn_ok()) return false;
  if (sn_path_stays_below(path) && !has_control(path)) return true;
  char where[SN_ERROR_LENGTH / 2];
  va_list arguments;
  va_start(arguments, place);
  vsnprintf(where, sizeof where, place, arguments);
  va_end(arguments);
  return sn_fail("%s: expected a path below the data set's folder, found '%.200s'", where, path);
}

char *sn_path_below(const char *folder, const char *name) {
  return sn_check_name(name, "%s: what is written there", folder) ? sn_path_join(folder, name) : NULL;
}
