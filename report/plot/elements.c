#include "report/plot/elements.h"

double sn_plot_text_width(const char *text) {
  double width = 0.0;
  for (; text && *text; text++) width += ((unsigned char)*text & 0xC0) == 0x80 ? 0.0 : 7.2;
  return width;
}

void sn_plot_point(SnMarkup *markup, double x, double y) {
  sn_markup_number(markup, x, 1);
  sn_markup(markup, ",");
  sn_markup_number(markup, y, 1);
}

void sn_plot_text(SnMarkup *markup, double x, double y, const char *anchor, const char *style, const char *text) {
  sn_markup(markup, "<text x=\"");
  sn_markup_number(markup, x, 1);
  sn_markup(markup, "\" y=\"");
  sn_markup_number(markup, y, 1);
  sn_markup(markup, "\" text-anchor=\"%s\" class=\"%s\">", anchor, style);
  sn_markup_text(markup, text);
  sn_markup(markup, "</text>");
}

int sn_plot_color(const SnSeries *series) { return (int)((unsigned)series->color % SN_SERIES_COLORS); }
