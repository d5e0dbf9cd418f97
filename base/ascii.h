/* Letters without the locale: Turkish has another small letter for I, and a file's .TIF is a .tif there, too. */
#ifndef SN_BASE_ASCII_H
#define SN_BASE_ASCII_H

#include <stdbool.h>

/* The small letter of A to Z; anything else as it is. */
char sn_ascii_small(char letter);

/* Whether it is one of A to Z, a to z and 0 to 9. */
bool sn_ascii_is_alphanumeric(char letter);

/* strcmp as if the letters A to Z were small. */
int sn_ascii_compare(const char *a, const char *b);

/* Whether the texts are equal but for the case of the letters A to Z. */
bool sn_ascii_equal(const char *a, const char *b);

#endif
