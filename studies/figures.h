/* The plots of a paper's table or figure. */
#ifndef SN_STUDIES_FIGURES_H
#define SN_STUDIES_FIGURES_H

#include "report/markup.h"
#include "studies/study.h"

/* Appends the plots of study->drawn to a page and writes them as files. */
bool sn_study_figures(SnMarkup *markup, const SnStudy *study);

/* The paper's line for a variant; NULL when it has none. */
const SnPaperLine *sn_study_paper_line(const SnStudy *study, int64_t variant);

#endif
