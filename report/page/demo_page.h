/* The page of `simplenet demo`: what a method does, for a newcomer, by five generated categories. */
#ifndef SN_REPORT_PAGE_DEMO_PAGE_H
#define SN_REPORT_PAGE_DEMO_PAGE_H

#include "anomaly/method.h"
#include "report/draw/picture.h"
#include "report/markup.h"

/* A line of the demo's table. */
typedef struct SnDemoRow {
  const char *category;
  SnMetric baseline, image_auroc, pixel_auroc, au_pro; /* baseline: its image AUROC */
  double seconds;                                      /* features, training and test, without the baseline */
} SnDemoRow;

typedef struct SnDemoPage {
  const SnDemoRow *rows; /* one a category, and the means as the last */
  int64_t row_count;
  const SnSettings *settings;
  const SnPicture *overview;
  const SnMarkup *sections; /* one sn_category_section after the other */
  double seconds;           /* that all of it took */
} SnDemoPage;

/* The means of rows; a metric that any of them lacks has none. Their seconds are a mean, too. */
SnDemoRow sn_demo_mean(const SnDemoRow *rows, int64_t count);

bool sn_demo_page_write(const SnDemoPage *demo, const char *path);

#endif
