/* The numbers of a paper's table on MVTec AD. */
#ifndef SN_STUDIES_PUBLISHED_H
#define SN_STUDIES_PUBLISHED_H

#include "anomaly/paper.h"
#include "datasets/mvtec_ad.h"

/* Of a category, by its position in sn_mvtec_categories. */
SnPaperScore sn_published_score(const SnPaperTable *table, int category, int method);

/* The mean of a group as the paper prints it, and the mean of its rows, which may differ by more than rounding. */
SnPaperScore sn_published_mean(const SnPaperTable *table, SnMvtecGroup group, int method);
SnPaperScore sn_mean_of_published(const SnPaperTable *table, SnMvtecGroup group, int method);

/* "98.1 / 97.0", "98.1 / -", or "" for a score that is not printed. */
enum { SN_SCORE_TEXT = 64 };
const char *sn_paper_score_text(SnPaperScore score, int decimals, char text[SN_SCORE_TEXT]);

#endif
