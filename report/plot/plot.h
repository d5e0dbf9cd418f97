/* Plots as SVG: to stand in a page, or alone. They take the width they are given, follow the page's text colour, and
 * keep their text within the frame down to 360 pixels of width. */
#ifndef SN_REPORT_PLOT_PLOT_H
#define SN_REPORT_PLOT_PLOT_H

#include "report/markup.h"

typedef enum SnSeriesKind { SN_SERIES_LINE, SN_SERIES_POINTS, SN_SERIES_LINE_POINTS, SN_SERIES_BARS } SnSeriesKind;

enum { SN_SERIES_COLORS = 8, SN_COLOR_GOOD = 2, SN_COLOR_DEFECTIVE = 1 };

/* One set of values; borrowed. A value that is not finite leaves a gap. */
typedef struct SnSeries {
  const char *name; /* for the key; NULL: not in it */
  SnSeriesKind kind;
  int color; /* one of SN_SERIES_COLORS, from 0 */
  bool dashed;
  const double *x, *y;       /* [count]; bars: bar i reaches from x[i] to x[i + 1], so x is [count + 1] */
  const double *low, *high;  /* [count], a band around the line; or NULL */
  const char *const *labels; /* [count], beside each point; or NULL */
  int64_t count;
} SnSeries;

/* An end of an axis that is NaN is found from the data; values beyond an end that is given are drawn at it. */
typedef struct SnAxis {
  const char *label; /* with the unit in brackets: "speed (images/s)" */
  double low, high;
  const char *const *names; /* name_count names at 0, 1, 2, … instead of numbers; or NULL */
  int64_t name_count;
  bool whole; /* it counts: ticks at whole numbers only */
} SnAxis;

/* A line across the plot at x, such as a threshold. */
typedef struct SnPlotMark {
  const char *label;
  double x;
} SnPlotMark;

typedef struct SnPlot {
  const char *title;
  SnAxis x, y;
  const SnSeries *series;
  int64_t series_count;
  SnPlotMark mark; /* label NULL: none */
} SnPlot;

/* Appends the plot as an <svg> element. Its colours come from sn_plot_style, once in a page's <style>. */
bool sn_plot(SnMarkup *markup, const SnPlot *plot);

/* Appends the style rules of plots, for light and for dark surroundings. */
bool sn_plot_style(SnMarkup *markup);

/* Writes the plot as a file of its own. */
bool sn_plot_write(const SnPlot *plot, const char *path);

/* Values of which a histogram counts how many fall where; those that are not finite do not count. */
typedef struct SnHistogramGroup {
  const char *name;
  int color;
  const float *values;
  int64_t count;
} SnHistogramGroup;

/* Appends a histogram: groups over each other in `bins` equal bins (1 to 200) over the range of all their values.
 * plot's series are left aside. */
bool sn_histogram(SnMarkup *markup, const SnPlot *plot, const SnHistogramGroup *groups, int64_t group_count, int bins);

#endif
