#ifndef SN_REPORT_PLOT_SERIES_H
#define SN_REPORT_PLOT_SERIES_H

#include "report/plot/frame.h"

/* Appends the marks of one series. */
void sn_plot_series(SnMarkup *markup, const SnSeries *series, const SnPlotFrame *frame);

#endif
