/* A locale with a decimal comma, as German's, French's and many others. */
#ifndef SN_TESTS_COMMA_LOCALE_H
#define SN_TESTS_COMMA_LOCALE_H

#include <stdbool.h>

/* Makes the locale in a temporary folder with localedef and sets it for all categories; false, with a line "skip: …",
 * where that cannot be done. To be undone with sn_comma_locale_leave. */
bool sn_comma_locale_enter(void);
void sn_comma_locale_leave(void);

#endif
