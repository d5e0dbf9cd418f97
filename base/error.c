#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/print.h"

static _Thread_local SnError standing;

bool sn_ok(void) { return !standing.raised; }

const char *sn_error(void) { return standing.raised ? standing.message : NULL; }

const char *sn_error_source(void) { return standing.raised ? standing.source : NULL; }

void sn_clear_error(void) { standing.raised = false; }

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), end_length = strlen(end);
  return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* By our own words, or by a library's at the end: a file's name may hold either, and says nothing. */
static bool is_shortage(const char *format, const char *message) {
  return strstr(format, "out of memory") || ends_with(message, "out of memory") || ends_with(message, strerror(ENOMEM));
}

bool sn_fail_at(const char *file, int line, const char *format, ...) {
  if (standing.raised) return false;
  standing.raised = true;
  snprintf(standing.source, sizeof standing.source, "%s:%d", file, line);
  va_list arguments;
  va_start(arguments, format);
  sn_vsnprintf(standing.message, sizeof standing.message, format, arguments);
  va_end(arguments);
  standing.shortage = is_shortage(format, standing.message);
  return false;
}

bool sn_is_shortage(void) { return standing.raised && standing.shortage; }

bool sn_error_forgive(SnError *error) {
  if (sn_is_shortage()) return false;
  *error = sn_error_take();
  return true;
}

SnError sn_error_take(void) {
  SnError error = standing;
  standing.raised = false;
  return error;
}

void sn_error_raise(const SnError *error) {
  if (error->raised && !standing.raised) standing = *error;
}
