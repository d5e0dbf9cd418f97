#ifndef SN_BASE_UTF8_H
#define SN_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The character that the bytes begin with, and how many of them it takes; 0 when they begin with none. */
size_t sn_utf8_decode(const void *bytes, size_t size, uint32_t *code);

/* Well-formed UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool sn_utf8_is_valid(const void *bytes, size_t size);

/* Valid, and without control characters, so that it can stand in a name and in a message on a terminal. */
bool sn_utf8_is_printable(const void *bytes, size_t size);

#endif
