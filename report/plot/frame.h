/* Where the elements of a plot are placed. */
#ifndef SN_REPORT_PLOT_FRAME_H
#define SN_REPORT_PLOT_FRAME_H

#include "report/plot/plot.h"

/* All in the units of the SVG's view box. */
typedef struct SnPlotFrame {
  double width, height;            /* of everything */
  double left, right, top, bottom; /* of the data's rectangle */
  double x_low, x_high, y_low, y_high;
  double x_step, y_step; /* of the ticks */
  bool slanted;          /* names along x do not fit level */
} SnPlotFrame;

SnPlotFrame sn_plot_frame(const SnPlot *plot);

/* Where a value lies in the view box; one beyond an axis's end lies at that end. */
double sn_plot_x(const SnPlotFrame *frame, double x);
double sn_plot_y(const SnPlotFrame *frame, double y);

#endif
