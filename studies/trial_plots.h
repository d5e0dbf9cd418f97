/* Plots from the files that a trial left behind. */
#ifndef SN_STUDIES_TRIAL_PLOTS_H
#define SN_STUDIES_TRIAL_PLOTS_H

#include "report/markup.h"
#include "studies/study.h"

/* A column of a table of numbers. */
typedef struct SnColumn {
  double *values; /* owned */
  int64_t count;
} SnColumn;

/* Reads columns by their names, each of which must be there and hold numbers only. */
bool sn_read_columns(const char *path, const char *const *names, int count, SnColumn *columns);
void sn_free_columns(SnColumn *columns, int count);

/* Appends a histogram of the test images' scores with the threshold of image F1-max, and their ROC (scores.csv of one
 * trial). */
bool sn_plot_trial_scores(SnMarkup *page, const SnStudy *study, int64_t variant, int64_t category, int64_t seed);

/* Appends the training loss over the epochs, a line for each seed (training.csv). */
bool sn_plot_trial_losses(SnMarkup *page, const SnStudy *study, int64_t variant, int64_t category);

#endif
