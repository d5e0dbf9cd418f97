/* Texts of others, shown on a terminal. A name or a message may hold what a terminal obeys: it would move the cursor,
 * hide a line or forge one. */
#ifndef SN_BASE_PRINTABLE_H
#define SN_BASE_PRINTABLE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* Writes the text so that a terminal only shows it, on one line: control characters become \n, \t, \r, \x1b or \u009b,
 * marks that turn the direction of writing or end a line become \u202e, and bytes that are not UTF-8 become \xff. All
 * else stays, a backslash too: this is for reading, not for reading back. Returns the bytes written; stream NULL only
 * counts them. Allocates nothing. */
size_t sn_write_printable(FILE *stream, const char *text, size_t size);

/* vfprintf, with every text (%s, %c) written so; the format itself is written as it is. It may hold the conversions
 * % s c d i u x e f g with flags, widths and precisions, and the lengths l ll j z. Widths count bytes. Returns the bytes
 * written. */
int sn_print_printable(FILE *stream, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

#endif
