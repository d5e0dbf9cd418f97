/* A category in a page: its numbers, every test image by score, the worst mistakes, and its curves. */
#ifndef SN_REPORT_PAGE_CATEGORY_PAGE_H
#define SN_REPORT_PAGE_CATEGORY_PAGE_H

#include "base/output_names.h"
#include "report/markup.h"
#include "report/page/exhibits.h"

/* Appends the whole section under its heading. folder, pictures: see sn_gallery. */
bool sn_category_section(SnMarkup *page, const SnCategoryReport *report, const SnExhibits *exhibits, const char *folder,
                         const SnOutputNames *pictures);

/* Its parts. */
bool sn_category_numbers(SnMarkup *page, const SnCategoryReport *report);
bool sn_category_worst(SnMarkup *page, const SnExhibits *exhibits);
bool sn_category_plots(SnMarkup *page, const SnCategoryReport *report);

/* One contact sheet of the category: a row of pictures for each kind of image, by falling score. */
bool sn_category_contact_sheet(const SnExhibits *exhibits, const char *category, int64_t side, SnPicture *picture);

/* "0.9812", or "n/a" where a metric has no value. */
enum { SN_METRIC_TEXT = 24 };
const char *sn_metric_text(SnMetric metric, char text[SN_METRIC_TEXT]);

#endif
