/* Texts of others, shown on a terminal. A name or a message may hold what a terminal obeys: it would move the cursor,
 * hide a line or forge one. */
#ifndef SN_BASE_PRINTABLE_H
#define SN_BASE_PRINTABLE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One character as it is shown. */
typedef struct SnShown {
  char text[8];
  size_t length;
  bool escaped; /* by \n, \t, \r, \x1b, \u009b */
} SnShown;

/* The first character of size > 0 bytes, and how many of them it takes. Control characters, marks that turn the
 * direction of writing or end a line, and bytes that are not UTF-8 are escaped: \n, \x1b, \u202e, \xff. All else stays,
 * a backslash too: this is for reading, not for reading back. */
size_t sn_show_character(const char *text, size_t size, SnShown *shown);

/* Writes the text so, on one line. Returns the bytes written; stream NULL only counts them. Allocates nothing. */
size_t sn_write_printable(FILE *stream, const char *text, size_t size);

/* vfprintf, with every text (%s, %c) written so; the format itself is written as it is. It may hold the conversions
 * % s c d i u x e f g with flags, widths and precisions, and the lengths l ll j z. Widths count bytes. Returns the
 * bytes written. */
int sn_print_printable(FILE *stream, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

#endif
