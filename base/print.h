/* Text with numbers in it, the same in every locale. A program that embeds a detector may have called setlocale(), and
 * the C library's printf and strtod then take and give a comma where the decimal point belongs. */
#ifndef SN_BASE_PRINT_H
#define SN_BASE_PRINT_H

#include <locale.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

/* fprintf, snprintf and vsnprintf with the C locale's decimal point: for all files and for texts that are kept. */
int sn_fprintf(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));
int sn_snprintf(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int sn_vsnprintf(char *text, size_t size, const char *format, va_list arguments) __attribute__((format(printf, 3, 0)));

/* The C locale for this thread until sn_leave_c_locale(what was returned): around libraries that print or parse. */
locale_t sn_enter_c_locale(void);
void sn_leave_c_locale(locale_t before);

#endif
