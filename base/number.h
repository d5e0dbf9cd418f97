/* Numbers as text: exactly, and the same in every locale. */
#ifndef SN_BASE_NUMBER_H
#define SN_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal integer in [minimum, maximum]; the whole text must be the number. On failure an error says
 * "NAME: expected …, found …". */
bool sn_parse_integer(const char *name, const char *text, int64_t minimum, int64_t maximum, int64_t *value);

/* Finite decimal number in [minimum, maximum], written as in the C locale. Errors as above. */
bool sn_parse_real(const char *name, const char *text, double minimum, double maximum, double *value);

enum { SN_NUMBER_TEXT = 32 };

/* The shortest decimal text that reads back as the same double, in `text`, which is returned; "nan", "inf" or "-inf"
 * where it is no number. A float is passed as the double that it is: the text, read as a double, is equal to it. Every
 * number that is stored or meant to be copied is written by this. */
const char *sn_number_text(double value, char text[SN_NUMBER_TEXT]);

/* The number that `text` begins with (strtod's syntax, the C locale's decimal point). Returns what follows it; NULL,
 * with *value untouched and no error raised, when there is none. */
const char *sn_read_number(const char *text, double *value);

#endif
