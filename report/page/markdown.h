#ifndef SN_REPORT_PAGE_MARKDOWN_H
#define SN_REPORT_PAGE_MARKDOWN_H

#include <stdio.h>

/* Writes a text of others into a line or a table's cell of a Markdown file: shown as base/printable.h shows it, with a
 * backslash before what Markdown would interpret, so that it makes no column, no emphasis, no link and no HTML. */
void sn_write_markdown_text(FILE *stream, const char *text);

#endif
