/* HTML and SVG as growing text. What comes from outside goes through sn_markup_text, which leaves nothing to interpret.
 *
 *     SnMarkup page = {0};
 *     sn_markup(&page, "<p>%d images in <b>", count);
 *     sn_markup_text(&page, folder);
 *     sn_markup(&page, "</b></p>");
 *     if (!sn_markup_write(&page, "page.html")) ...          frees the text
 */
#ifndef SN_REPORT_MARKUP_H
#define SN_REPORT_MARKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct SnMarkup {
  char *text; /* owned; NULL while empty */
  size_t length, capacity;
} SnMarkup;

/* Appends printf's result as it is: for markup of our own and for integers. */
bool sn_markup(SnMarkup *markup, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends text to be shown or to stand in a quoted attribute: & < > " ' are escaped; control characters and bytes that
 * are not UTF-8 become U+FFFD. NULL is nothing. */
bool sn_markup_text(SnMarkup *markup, const char *text);

/* Appends a number with a fixed number of decimals (0 to 9), with a point whatever the locale; one that is not finite,
 * or too large to be written so, as "-". */
bool sn_markup_number(SnMarkup *markup, double value, int decimals);

/* Appends bytes in base64, as data: URIs want them. */
bool sn_markup_base64(SnMarkup *markup, const uint8_t *bytes, size_t size);

/* Writes the text to a file, whole or not at all, and frees it in any case. */
bool sn_markup_write(SnMarkup *markup, const char *path);
void sn_markup_free(SnMarkup *markup);

#endif
