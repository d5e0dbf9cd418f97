/* A paper's table or figure as a page, plots as SVG files, tables as CSV. */
#ifndef SN_STUDIES_PAGE_H
#define SN_STUDIES_PAGE_H

#include "studies/study.h"

/* Writes report.html, NAME.csv (a row a variant), trials.csv (a row a trial), and the plots NAME.svg or NAME-….svg into
 * the study's folder. */
bool sn_study_page_write(const SnStudy *study);

#endif
