#include "studies/published.h"

#include <math.h>

#include "base/print.h"

SnPaperScore sn_published_score(const SnPaperTable *table, int category, int method) {
  return table->scores[category * table->method_count + method];
}

SnPaperScore sn_published_mean(const SnPaperTable *table, SnMvtecGroup group, int method) {
  return table->printed_means[(int)group * table->method_count + method];
}

SnPaperScore sn_mean_of_published(const SnPaperTable *table, SnMvtecGroup group, int method) {
  SnPaperScore sum = {0, 0};
  int count = 0;
  for (int i = 0; i < SN_MVTEC_CATEGORIES; i++) {
    if (group != SN_MVTEC_ALL && sn_mvtec_categories[i].group != group) continue;
    sum.image += sn_published_score(table, i, method).image;
    sum.pixel += sn_published_score(table, i, method).pixel;
    count++;
  }
  return (SnPaperScore){sum.image / count, sum.pixel / count};
}

const char *sn_paper_score_text(SnPaperScore score, int decimals, char text[SN_SCORE_TEXT]) {
  if (isnan(score.image))
    text[0] = '\0';
  else if (isnan(score.pixel))
    sn_snprintf(text, SN_SCORE_TEXT, "%.*f / -", decimals, score.image);
  else
    sn_snprintf(text, SN_SCORE_TEXT, "%.*f / %.*f", decimals, score.image, decimals, score.pixel);
  return text;
}
