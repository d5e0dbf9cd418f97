#ifndef SN_REPORT_PLOT_AXES_H
#define SN_REPORT_PLOT_AXES_H

#include "report/plot/frame.h"

/* Appends both axes with their ticks and labels. */
void sn_plot_axes(SnMarkup *markup, const SnPlot *plot, const SnPlotFrame *frame);

#endif
