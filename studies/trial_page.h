/* A category of a study to look at: a page of its own, and two sheets of pictures for the page of the whole. */
#ifndef SN_STUDIES_TRIAL_PAGE_H
#define SN_STUDIES_TRIAL_PAGE_H

#include "report/page/category_page.h"
#include "studies/study.h"

/* Writes report.html, with every test image and all curves, examples.jpg (a typical image of each kind of defect:
 * photograph, truth, heat map outlined at the threshold of pixel F1-max) and worst.jpg (the defective images with the
 * lowest scores, the good ones with the highest) into the folder. */
bool sn_trial_page_write(const SnStudy *study, const SnCategoryReport *report, const char *folder);

#endif
