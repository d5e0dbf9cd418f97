#include "report/plot/key.h"

#include "report/plot/elements.h"

static void draw_sample(SnMarkup *markup, const SnSeries *series, double x, double y) {
  if (series->kind == SN_SERIES_POINTS) {
    sn_markup(markup, "<circle class=\"point s%d\" r=\"4\" cx=\"", sn_plot_color(series));
    sn_markup_number(markup, x + 10.0, 1);
    sn_markup(markup, "\" cy=\"");
    sn_markup_number(markup, y, 1);
    sn_markup(markup, "\"/>");
    return;
  }
  bool bars = series->kind == SN_SERIES_BARS;
  sn_markup(markup, "<path class=\"%s s%d%s\" d=\"M", bars ? "bar" : "line", sn_plot_color(series),
            series->dashed ? " dashed" : "");
  sn_plot_point(markup, x, bars ? y - 5.0 : y);
  sn_markup(markup, bars ? "h18v10h-18z\"/>" : "h18\"/>");
}

int sn_plot_key(SnMarkup *markup, const SnPlot *plot) {
  double x = SN_PLOT_MARGIN;
  int rows = 0;
  for (int64_t s = 0; s < plot->series_count; s++) {
    const SnSeries *series = &plot->series[s];
    if (!series->name) continue;
    double width = 24.0 + sn_plot_text_width(series->name);
    if (rows == 0 || x + width > SN_PLOT_WIDTH - SN_PLOT_MARGIN) {
      rows++;
      x = SN_PLOT_MARGIN;
    }
    double middle = SN_PLOT_TITLE + SN_PLOT_KEY_ROW * (rows - 0.5);
    if (markup) draw_sample(markup, series, x, middle);
    if (markup) sn_plot_text(markup, x + 24.0, middle + 4.5, "start", "note", series->name);
    x += width + 12.0;
  }
  return rows;
}
