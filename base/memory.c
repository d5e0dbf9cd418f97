#include "base/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/machine.h"
#include "base/print.h"

bool sn_multiply(int64_t a, int64_t b, int64_t *product) {
  int64_t result;
  if (a < 0 || b < 0 || __builtin_mul_overflow(a, b, &result)) return false;
  *product = result;
  return true;
}

bool sn_memory_suffices(int64_t bytes, const char *what) {
  if (!sn_ok()) return false;
  int64_t available = bytes < SN_LARGE_MEMORY ? bytes : sn_available_memory();
  if (bytes <= available) return true;
  int64_t megabyte = 1000000;
  return sn_fail("%s: needs %" PRId64 " MB of memory, and only %" PRId64 " MB are available", what,
                 bytes / megabyte + 1, available / megabyte);
}

/* The bytes of count items; -1 and an error when there cannot be so many. */
static int64_t checked_bytes(int64_t count, size_t size, const char *what) {
  int64_t bytes;
  if (!sn_ok()) return -1;
  if (!sn_multiply(count, (int64_t)size, &bytes)) {
    sn_fail("%s: %" PRId64 " items of %zu bytes are too many", what, count, size);
    return -1;
  }
  return sn_memory_suffices(bytes, what) ? bytes : -1;
}

bool sn_fail_memory(const char *what, int64_t bytes) {
  return sn_fail("%s: out of memory: %" PRId64 " bytes were asked for", what, bytes);
}

/* The system gives large zeroed memory as promises; written to, it is there, and the next question is answered right.
 */
static void take_pages(volatile char *memory, int64_t bytes) {
  enum { PAGE = 4096 };
  if (bytes < SN_LARGE_MEMORY) return;
  for (int64_t at = 0; at < bytes; at += PAGE) memory[at] = 0;
}

void *sn_allocate(int64_t count, size_t size, const char *what) {
  int64_t bytes = checked_bytes(count, size, what);
  void *memory = bytes < 0 ? NULL : calloc(1, bytes > 0 ? (size_t)bytes : 1);
  if (!memory && bytes >= 0) sn_fail_memory(what, bytes);
  if (memory) take_pages(memory, bytes);
  return memory;
}

void *sn_allocate_unset(int64_t count, size_t size, const char *what) {
  int64_t bytes = checked_bytes(count, size, what);
  void *memory = bytes < 0 ? NULL : malloc(bytes > 0 ? (size_t)bytes : 1);
  if (!memory && bytes >= 0) sn_fail_memory(what, bytes);
  return memory;
}

void *sn_resize(void *memory, int64_t count, size_t size, const char *what) {
  int64_t bytes = checked_bytes(count, size, what);
  void *larger = bytes < 0 ? NULL : realloc(memory, bytes > 0 ? (size_t)bytes : 1);
  if (!larger && bytes >= 0) sn_fail_memory(what, bytes);
  return larger;
}

void *sn_grow(void *array, int64_t count, size_t size, const char *what) {
  if ((count & (count - 1)) != 0) return array;
  return sn_resize(array, count > 0 ? 2 * count : 1, size, what);
}

char *sn_copy_text(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = sn_allocate((int64_t)size, 1, "a text");
  return copy ? memcpy(copy, text, size) : NULL;
}

char *sn_format(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = sn_vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length < 0) return sn_fail_null("a text cannot be formatted: %s", strerror(errno));
  char *text = sn_allocate((int64_t)length + 1, 1, "a text");
  if (!text) return NULL;
  va_start(arguments, format);
  sn_vsnprintf(text, (size_t)length + 1, format, arguments);
  va_end(arguments);
  return text;
}
