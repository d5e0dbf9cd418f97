/* What a table or figure of the paper but its first table shows, and its plots. */
#ifndef SN_STUDIES_FIGURES_H
#define SN_STUDIES_FIGURES_H

#include "report/markup.h"
#include "studies/study.h"

typedef enum SnStudyFigure {
  SN_FIGURE_VARIANTS, /* tables 2 to 4: variants side by side, the paper's numbers with them */
  SN_FIGURE_CURVES,   /* figures 5 and 6: a line for each category over the variants */
  SN_FIGURE_LOSSES,   /* figure 7: loss over the epochs, a line for each variant, a band over categories and seeds */
  SN_FIGURE_SPREAD,   /* figure 4: histogram of the features' standard deviations, from features.csv */
  SN_FIGURE_SPEED,    /* figure 2: images a second against image AUROC */
  SN_FIGURE_EXAMPLES  /* figure 8: examples.jpg of each category */
} SnStudyFigure;

typedef struct SnStudyPage {
  const SnStudy *study;
  SnStudyFigure figure;
  const char *introduction; /* what the paper shows */
  const char *axis;         /* what varies: "standard deviation of the noise" */
  const SnPaperLine *paper; /* its lines, found by the variants' labels; NULL: none */
  int64_t paper_count;
  const double *speeds; /* [variants]: images a second measured here; NULL: none */
} SnStudyPage;

/* Appends the plots of a figure to a page and writes them as files. */
bool sn_study_figures(SnMarkup *markup, const SnStudyPage *page);

/* The paper's line for a variant; NULL when it has none. */
const SnPaperLine *sn_study_paper_line(const SnStudyPage *page, int64_t variant);

#endif
