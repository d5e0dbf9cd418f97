/* The names of the series, below the title. */
#ifndef SN_REPORT_PLOT_KEY_H
#define SN_REPORT_PLOT_KEY_H

#include "report/plot/plot.h"

/* Gives back in how many rows the names are set; appends them unless markup is NULL. */
int sn_plot_key(SnMarkup *markup, const SnPlot *plot);

#endif
