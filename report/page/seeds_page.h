/* seeds.html: what chance makes of a detector, for people. */
#ifndef SN_REPORT_PAGE_SEEDS_PAGE_H
#define SN_REPORT_PAGE_SEEDS_PAGE_H

#include "report/seeds.h"

/* Mean ± standard deviation, a table of the seeds, and a plot of their AUROC; what was chosen by the test set beside
 * it, and called so. In a folder that exists. */
bool sn_seeds_page_write(const char *folder, const SnSeeds *seeds);

#endif
