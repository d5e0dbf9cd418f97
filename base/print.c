#include "base/print.h"

#include <pthread.h>

static locale_t c_locale;

/* Never released: it is the C library's own constant where newlocale() knows "C", as glibc's and musl's do. */
static void make_c_locale(void) { c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

locale_t sn_enter_c_locale(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_c_locale);
  return uselocale(c_locale);
}

void sn_leave_c_locale(locale_t before) { uselocale(before); }

int sn_fprintf(FILE *stream, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  locale_t before = sn_enter_c_locale();
  int length = vfprintf(stream, format, arguments);
  sn_leave_c_locale(before);
  va_end(arguments);
  return length;
}

int sn_vsnprintf(char *text, size_t size, const char *format, va_list arguments) {
  locale_t before = sn_enter_c_locale();
  int length = vsnprintf(text, size, format, arguments);
  sn_leave_c_locale(before);
  return length;
}

int sn_snprintf(char *text, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = sn_vsnprintf(text, size, format, arguments);
  va_end(arguments);
  return length;
}
