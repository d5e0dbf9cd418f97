/* What the axes, the key and the series of a plot are drawn with. */
#ifndef SN_REPORT_PLOT_ELEMENTS_H
#define SN_REPORT_PLOT_ELEMENTS_H

#include "report/plot/plot.h"

/* In the units of the SVG's view box, in which text is 13 high. */
enum { SN_PLOT_WIDTH = 480, SN_PLOT_HEIGHT = 300, SN_PLOT_MARGIN = 12, SN_PLOT_TITLE = 26, SN_PLOT_KEY_ROW = 18 };

/* About how wide a text is. */
double sn_plot_text_width(const char *text);

/* Appends "x,y", a point in the view box. */
void sn_plot_point(SnMarkup *markup, double x, double y);

/* Appends <text class="style"> at a point of the view box, its `anchor` (start, middle, end) there. */
void sn_plot_text(SnMarkup *markup, double x, double y, const char *anchor, const char *style, const char *text);

/* Class of a series' colour. */
int sn_plot_color(const SnSeries *series);

#endif
