/* The page of a benchmark: one file, which needs nothing else to be read. */
#ifndef SN_STUDIES_BENCHMARK_PAGE_H
#define SN_STUDIES_BENCHMARK_PAGE_H

#include "studies/study.h"

/* Summary against the paper, then each category: its worst images first, typical ones, scores, curves and losses, and a
 * link to its own page; the paper's table; what was run. */
bool sn_benchmark_page_write(const SnStudy *study, const char *path);

#endif
