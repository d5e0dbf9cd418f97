/* Numbers in texts that people write: the whole text must be the number, and it must be in range. */
#ifndef SN_BASE_NUMBER_H
#define SN_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal integer in [minimum, maximum]. On failure an error says "NAME: expected …, found …". */
bool sn_parse_integer(const char *name, const char *text, int64_t minimum, int64_t maximum, int64_t *value);

/* Finite decimal number in [minimum, maximum], written as in the C locale. Errors as above. */
bool sn_parse_real(const char *name, const char *text, double minimum, double maximum, double *value);

#endif
