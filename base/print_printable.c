#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/print.h"
#include "base/printable.h"

typedef enum Length { PLAIN, LONG, LONG_LONG, MAXIMAL, SIZE } Length;

/* One conversion of a format: "%-*.3lld". */
typedef struct Conversion {
  char flags[8];
  int width, precision; /* precision -1: none */
  Length length;
  char kind;
} Conversion;

static int read_number(const char **format, va_list *arguments) {
  int number = 0;
  if (**format == '*') {
    ++*format;
    return va_arg(*arguments, int);
  }
  for (; **format >= '0' && **format <= '9'; ++*format) number = 10 * number + (**format - '0');
  return number;
}

/* Reads what follows the percent sign, and returns what follows the conversion. */
static const char *read_conversion(const char *format, va_list *arguments, Conversion *conversion) {
  *conversion = (Conversion){.precision = -1};
  for (size_t i = 0; *format && strchr("-+ #0", *format) && i + 1 < sizeof conversion->flags; i++)
    conversion->flags[i] = *format++;
  conversion->width = read_number(&format, arguments);
  if (*format == '.') {
    format++;
    conversion->precision = read_number(&format, arguments);
  }
  for (; *format && strchr("ljz", *format); format++)
    conversion->length = *format == 'j'               ? MAXIMAL
                         : *format == 'z'             ? SIZE
                         : conversion->length == LONG ? LONG_LONG
                                                      : LONG;
  conversion->kind = *format;
  return *format ? format + 1 : format;
}

static intmax_t read_signed(Length length, va_list *arguments) {
  switch (length) {
    case MAXIMAL:
      return va_arg(*arguments, intmax_t);
    case SIZE:
      return (intmax_t)va_arg(*arguments, size_t);
    case LONG_LONG:
      return va_arg(*arguments, long long);
    case LONG:
      return va_arg(*arguments, long);
    default:
      return va_arg(*arguments, int);
  }
}

static uintmax_t read_unsigned(Length length, va_list *arguments) {
  switch (length) {
    case MAXIMAL:
      return va_arg(*arguments, uintmax_t);
    case SIZE:
      return va_arg(*arguments, size_t);
    case LONG_LONG:
      return va_arg(*arguments, unsigned long long);
    case LONG:
      return va_arg(*arguments, unsigned long);
    default:
      return va_arg(*arguments, unsigned);
  }
}

static int print_number(FILE *stream, const Conversion *conversion, va_list *arguments) {
  char format[sizeof conversion->flags + 8];
  bool whole = strchr("diux", conversion->kind) != NULL;
  snprintf(format, sizeof format, "%%%s*.*%s%c", conversion->flags, whole ? "j" : "", conversion->kind);
  int width = conversion->width, precision = conversion->precision;
  if (!whole) return sn_fprintf(stream, format, width, precision, va_arg(*arguments, double));
  if (conversion->kind == 'd' || conversion->kind == 'i')
    return fprintf(stream, format, width, precision, read_signed(conversion->length, arguments));
  return fprintf(stream, format, width, precision, read_unsigned(conversion->length, arguments));
}

static int pad(FILE *stream, int count) {
  for (int i = 0; i < count; i++) fputc(' ', stream);
  return count > 0 ? count : 0;
}

static int print_text(FILE *stream, const Conversion *conversion, const char *text) {
  if (!text) text = "";
  size_t size = 0, limit = conversion->precision < 0 ? SIZE_MAX : (size_t)conversion->precision;
  while (size < limit && text[size]) size++;
  bool left = conversion->width < 0 || strchr(conversion->flags, '-');
  int length = (int)sn_write_printable(NULL, text, size);
  int blanks = (conversion->width < 0 ? -conversion->width : conversion->width) - length;
  if (!left) length += pad(stream, blanks);
  sn_write_printable(stream, text, size);
  if (left) length += pad(stream, blanks);
  return length;
}

static int print_one(FILE *stream, const Conversion *conversion, va_list *arguments) {
  char character[2] = {0};
  switch (conversion->kind) {
    case 's':
      return print_text(stream, conversion, va_arg(*arguments, const char *));
    case 'c':
      character[0] = (char)va_arg(*arguments, int);
      return print_text(stream, conversion, character);
    case '\0':
      return 0;
    case '%':
      return fputc('%', stream) == '%';
    default:
      return print_number(stream, conversion, arguments);
  }
}

int sn_print_printable(FILE *stream, const char *format, va_list arguments) {
  int printed = 0;
  va_list rest;
  va_copy(rest, arguments);
  while (*format) {
    size_t plain = strcspn(format, "%");
    fwrite(format, 1, plain, stream);
    printed += (int)plain;
    format += plain;
    if (*format != '%') break;
    Conversion conversion;
    format = read_conversion(format + 1, &rest, &conversion);
    printed += print_one(stream, &conversion, &rest);
  }
  va_end(rest);
  return printed;
}
