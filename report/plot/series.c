#include "report/plot/series.h"

#include <math.h>

#include "report/plot/elements.h"

static bool shown(const SnSeries *series, int64_t i) { return isfinite(series->x[i]) && isfinite(series->y[i]); }

static void draw_line(SnMarkup *markup, const SnSeries *series, const SnPlotFrame *frame) {
  sn_markup(markup, "<path class=\"line s%d%s\" d=\"", sn_plot_color(series), series->dashed ? " dashed" : "");
  for (int64_t i = 0; i < series->count; i++) {
    if (!shown(series, i)) continue;
    sn_markup(markup, i == 0 || !shown(series, i - 1) ? "M" : "L");
    sn_plot_point(markup, sn_plot_x(frame, series->x[i]), sn_plot_y(frame, series->y[i]));
  }
  sn_markup(markup, "\"/>");
}

static bool in_band(const SnSeries *series, int64_t i) {
  return i < series->count && isfinite(series->x[i]) && isfinite(series->low[i]) && isfinite(series->high[i]);
}

/* One closed piece for each unbroken run: there along the upper edge, back along the lower. */
static void draw_band(SnMarkup *markup, const SnSeries *series, const SnPlotFrame *frame) {
  for (int64_t begin = 0, end; begin < series->count; begin = end + 1) {
    for (end = begin; in_band(series, end);) end++;
    if (end - begin < 2) continue;
    sn_markup(markup, "<path class=\"band s%d\" d=\"", sn_plot_color(series));
    for (int64_t i = begin; i < end; i++) {
      sn_markup(markup, i == begin ? "M" : "L");
      sn_plot_point(markup, sn_plot_x(frame, series->x[i]), sn_plot_y(frame, series->high[i]));
    }
    for (int64_t i = end - 1; i >= begin; i--) {
      sn_markup(markup, "L");
      sn_plot_point(markup, sn_plot_x(frame, series->x[i]), sn_plot_y(frame, series->low[i]));
    }
    sn_markup(markup, "Z\"/>");
  }
}

/* The outline of all bars together, so that neighbours share no line. */
static void draw_bars(SnMarkup *markup, const SnSeries *series, const SnPlotFrame *frame) {
  if (series->count == 0) return;
  double floor_y = sn_plot_y(frame, fmax(frame->y_low, 0.0));
  sn_markup(markup, "<path class=\"bar s%d\" d=\"M", sn_plot_color(series));
  sn_plot_point(markup, sn_plot_x(frame, series->x[0]), floor_y);
  for (int64_t i = 0; i < series->count; i++) {
    sn_markup(markup, "V");
    sn_markup_number(markup, sn_plot_y(frame, series->y[i]), 1);
    sn_markup(markup, "H");
    sn_markup_number(markup, sn_plot_x(frame, series->x[i + 1]), 1);
  }
  sn_markup(markup, "V");
  sn_markup_number(markup, floor_y, 1);
  sn_markup(markup, "Z\"/>");
}

static void draw_points(SnMarkup *markup, const SnSeries *series, const SnPlotFrame *frame) {
  for (int64_t i = 0; i < series->count; i++) {
    if (!shown(series, i)) continue;
    double x = sn_plot_x(frame, series->x[i]), y = sn_plot_y(frame, series->y[i]);
    sn_markup(markup, "<circle class=\"point s%d\" r=\"%s\" cx=\"", sn_plot_color(series),
              series->kind == SN_SERIES_POINTS ? "4.5" : "3.2");
    sn_markup_number(markup, x, 1);
    sn_markup(markup, "\" cy=\"");
    sn_markup_number(markup, y, 1);
    sn_markup(markup, "\"/>");
    if (!series->labels || !series->labels[i]) continue;
    bool left = x + 9.0 + sn_plot_text_width(series->labels[i]) > frame->width;
    sn_plot_text(markup, left ? x - 8.0 : x + 8.0, y + (y > frame->bottom - 12.0 ? -7.0 : 4.5), left ? "end" : "start",
                 "note", series->labels[i]);
  }
}

void sn_plot_series(SnMarkup *markup, const SnSeries *series, const SnPlotFrame *frame) {
  if (series->low && series->high) draw_band(markup, series, frame);
  if (series->kind == SN_SERIES_LINE || series->kind == SN_SERIES_LINE_POINTS) draw_line(markup, series, frame);
  bool lone = series->kind == SN_SERIES_LINE && series->count == 1; /* a line of one point would not be seen */
  if (lone || series->kind == SN_SERIES_POINTS || series->kind == SN_SERIES_LINE_POINTS)
    draw_points(markup, series, frame);
  if (series->kind == SN_SERIES_BARS) draw_bars(markup, series, frame);
}
