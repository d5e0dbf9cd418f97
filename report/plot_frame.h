/* Where a plot's parts lie; shared by the files that draw them. */
#ifndef SN_REPORT_PLOT_FRAME_H
#define SN_REPORT_PLOT_FRAME_H

#include "report/plot.h"

/* All in the units of the SVG's view box, in which text is 13 high. */
typedef struct SnPlotFrame {
  double width, height;            /* of everything */
  double left, right, top, bottom; /* of the data's rectangle */
  double x_low, x_high, y_low, y_high;
  double x_step, y_step; /* of the ticks */
  bool slanted;          /* names along x do not fit level */
} SnPlotFrame;

enum { SN_PLOT_WIDTH = 480, SN_PLOT_HEIGHT = 300, SN_PLOT_MARGIN = 12, SN_PLOT_TITLE = 26, SN_PLOT_KEY_ROW = 18 };

/* About how wide a text is. */
double sn_plot_text_width(const char *text);

SnPlotFrame sn_plot_frame(const SnPlot *plot);

/* Where a value lies in the view box; one beyond an axis's end lies at that end. */
double sn_plot_x(const SnPlotFrame *frame, double x);
double sn_plot_y(const SnPlotFrame *frame, double y);

/* Gives back in how many rows the names of the series are set below the title; appends them unless markup is NULL. */
int sn_plot_key(SnMarkup *markup, const SnPlot *plot);

/* Append the axes, and the marks of one series. */
void sn_plot_axes(SnMarkup *markup, const SnPlot *plot, const SnPlotFrame *frame);
void sn_plot_series(SnMarkup *markup, const SnSeries *series, const SnPlotFrame *frame);

/* Appends "x,y", a point in the view box. */
void sn_plot_point(SnMarkup *markup, double x, double y);

/* Appends <text class="style"> at a point of the view box, its `anchor` (start, middle, end) there. */
void sn_plot_text(SnMarkup *markup, double x, double y, const char *anchor, const char *style, const char *text);

/* Class of a series' colour. */
int sn_plot_color(const SnSeries *series);

#endif
