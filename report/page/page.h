/* A page for people: one self-contained HTML file that needs no script, loads nothing, and reads well in light and
 * dark, on a telephone and on paper.
 *
 *     SnMarkup page = {0};
 *     sn_page_begin(&page, "bottle", "a benchmark");
 *     sn_page_heading(&page, "Scores");
 *     sn_page_table(&page, cells, 3, 4);
 *     sn_page_end(&page, "simplenet 1.0, 40 epochs, seed 0");
 *     sn_markup_write(&page, "report.html");
 *
 * All texts are escaped. */
#ifndef SN_REPORT_PAGE_PAGE_H
#define SN_REPORT_PAGE_PAGE_H

#include "report/draw/picture.h"
#include "report/markup.h"

/* The head, with all styles (those of plots too), and the page's title with a line below it (NULL: none). */
bool sn_page_begin(SnMarkup *page, const char *title, const char *subtitle);

bool sn_page_heading(SnMarkup *page, const char *heading);
bool sn_page_paragraph(SnMarkup *page, const char *text);

/* cells [rows, columns] in row-major order, the first row the head, the first column the row's name; NULL is an empty
 * cell. Columns but the first are set to the right. Wide tables scroll within themselves. */
bool sn_page_table(SnMarkup *page, const char *const *cells, int64_t rows, int64_t columns);

/* A few numbers, large, each under its name: values[i] below names[i]. */
bool sn_page_numbers(SnMarkup *page, const char *const *names, const char *const *values, int64_t count);

/* Between these two, plots and pictures stand side by side where the window is wide enough. */
bool sn_page_grid_begin(SnMarkup *page);
bool sn_page_grid_end(SnMarkup *page);

/* A picture inside the page (data: URI), shown no larger than it is; `caption` says what it shows and stands below. */
bool sn_page_picture(SnMarkup *page, const SnPicture *picture, const char *caption);

/* A picture in a file beside the page: `path` is relative to the page. */
bool sn_page_picture_file(SnMarkup *page, const char *path, const char *caption);

/* The same as JPEG, as an <img> that stands alone: `text` says what it shows where it cannot be seen. */
bool sn_page_photograph(SnMarkup *page, const SnPicture *picture, const char *text);

/* Appends <a href> to a file beside the page, whose folder is relative to the page; the caller appends </a>. */
bool sn_page_link_begin(SnMarkup *page, const char *folder, const char *file);

/* The rest; `note` in small print: with what the page was made. */
bool sn_page_end(SnMarkup *page, const char *note);

#endif
