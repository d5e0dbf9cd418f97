#include "report/plot/axes.h"

#include <math.h>

#include "report/plot/elements.h"
#include "report/plot/ticks.h"

static void draw_line(SnMarkup *markup, const char *style, double x0, double y0, double x1, double y1) {
  sn_markup(markup, "<path class=\"%s\" d=\"M", style);
  sn_plot_point(markup, x0, y0);
  sn_markup(markup, "L");
  sn_plot_point(markup, x1, y1);
  sn_markup(markup, "\"/>");
}

static void draw_slanted(SnMarkup *markup, double x, double y, const char *text) {
  sn_markup(markup, "<g transform=\"translate(");
  sn_plot_point(markup, x, y);
  sn_markup(markup, ") rotate(-40)\">");
  sn_plot_text(markup, 0.0, 0.0, "end", "note", text);
  sn_markup(markup, "</g>");
}

static void draw_x_tick(SnMarkup *markup, const SnPlotFrame *frame, double x, const char *text) {
  double at = sn_plot_x(frame, x);
  draw_line(markup, "axis", at, frame->bottom, at, frame->bottom + 4.0);
  if (frame->slanted)
    draw_slanted(markup, at + 4.0, frame->bottom + 14.0, text);
  else
    sn_plot_text(markup, at, frame->bottom + 17.0, "middle", "note", text);
}

static void draw_y_tick(SnMarkup *markup, const SnPlotFrame *frame, double y, const char *text) {
  double at = sn_plot_y(frame, y);
  draw_line(markup, "grid", frame->left, at, frame->right, at);
  sn_plot_text(markup, frame->left - 6.0, at + 4.5, "end", "note", text);
}

typedef void DrawTick(SnMarkup *markup, const SnPlotFrame *frame, double value, const char *text);

static void draw_ticks(SnMarkup *markup, const SnPlotFrame *frame, const SnAxis *axis, double low, double high,
                       double step, DrawTick *draw) {
  for (int64_t i = 0; axis->names && i < axis->name_count; i++) draw(markup, frame, (double)i, axis->names[i]);
  if (axis->names) return;
  double first = ceil(low / step - 1e-6);
  for (int i = 0; i < 20 && (first + i) * step <= high + 1e-6 * step; i++) {
    char text[SN_TICK_LENGTH];
    sn_tick_text((first + i) * step, step, text);
    draw(markup, frame, (first + i) * step, text);
  }
}

void sn_plot_axes(SnMarkup *markup, const SnPlot *plot, const SnPlotFrame *frame) {
  draw_ticks(markup, frame, &plot->y, frame->y_low, frame->y_high, frame->y_step, draw_y_tick);
  draw_ticks(markup, frame, &plot->x, frame->x_low, frame->x_high, frame->x_step, draw_x_tick);
  draw_line(markup, "axis", frame->left, frame->bottom, frame->right, frame->bottom);
  double middle_x = 0.5 * (frame->left + frame->right), middle_y = 0.5 * (frame->top + frame->bottom);
  sn_plot_text(markup, middle_x, frame->height - 8.0, "middle", "label", plot->x.label);
  sn_markup(markup, "<g transform=\"translate(");
  sn_plot_point(markup, SN_PLOT_MARGIN + 11.0, middle_y);
  sn_markup(markup, ") rotate(-90)\">");
  sn_plot_text(markup, 0.0, 0.0, "middle", "label", plot->y.label);
  sn_markup(markup, "</g>");
}
