#include "report/plot/plot.h"

#include <math.h>

#include "base/error.h"
#include "report/plot/axes.h"
#include "report/plot/elements.h"
#include "report/plot/key.h"
#include "report/plot/series.h"

bool sn_plot_style(SnMarkup *markup) {
  return sn_markup(markup, "%s",
                   ".plot{display:block;width:100%;height:auto;color:#1f2328;"
                   "font:13px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
                   "font-variant-numeric:tabular-nums}"
                   ".plot text{fill:currentColor}"
                   ".plot .title{font-size:14px;font-weight:600}"
                   ".plot .note{opacity:.78}"
                   ".plot .grid{stroke:currentColor;opacity:.13}"
                   ".plot .axis{stroke:currentColor;opacity:.45}"
                   ".plot .mark{stroke:currentColor;stroke-width:1.5;stroke-dasharray:5 4;opacity:.75}"
                   ".plot .line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}"
                   ".plot .dashed{stroke-dasharray:6 4}"
                   ".plot .band{fill:var(--c);opacity:.18}"
                   ".plot .bar{fill:var(--c);fill-opacity:.38;stroke:var(--c);stroke-width:1.2}"
                   ".plot .point{fill:var(--c)}"
                   ".plot .s0{--c:#2a6fdb}.plot .s1{--c:#cf4a17}.plot .s2{--c:#12815d}.plot .s3{--c:#9440bf}"
                   ".plot .s4{--c:#a97800}.plot .s5{--c:#c83276}.plot .s6{--c:#52727f}.plot .s7{--c:#7d5b34}"
                   "@media(prefers-color-scheme:dark){.plot{color:#e6e8eb}"
                   ".plot .s0{--c:#6ea8ff}.plot .s1{--c:#ff8a5c}.plot .s2{--c:#4fd1a5}.plot .s3{--c:#cf94f2}"
                   ".plot .s4{--c:#e3b341}.plot .s5{--c:#ff85b8}.plot .s6{--c:#a3bcc7}.plot .s7{--c:#cfa97c}}");
}

static void draw_mark(SnMarkup *markup, const SnPlotMark *mark, const SnPlotFrame *frame) {
  if (!(mark->x >= frame->x_low && mark->x <= frame->x_high)) return;
  double x = sn_plot_x(frame, mark->x), half = 0.5 * sn_plot_text_width(mark->label);
  sn_markup(markup, "<path class=\"mark\" d=\"M");
  sn_plot_point(markup, x, frame->top - 8.0);
  sn_markup(markup, "L");
  sn_plot_point(markup, x, frame->bottom);
  sn_markup(markup, "\"/>");
  double text_x = fmin(fmax(x, SN_PLOT_MARGIN + half), frame->width - SN_PLOT_MARGIN - half);
  sn_plot_text(markup, text_x, frame->top - 12.0, "middle", "note", mark->label);
}

bool sn_plot(SnMarkup *markup, const SnPlot *plot) {
  SnPlotFrame frame = sn_plot_frame(plot);
  sn_markup(markup, "<svg class=\"plot\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">",
            (int)frame.width, (int)frame.height);
  sn_markup(markup, "<title>");
  sn_markup_text(markup, plot->title);
  sn_markup(markup, "</title>");
  sn_plot_text(markup, SN_PLOT_MARGIN, 18.0, "start", "title", plot->title);
  sn_plot_key(markup, plot);
  sn_plot_axes(markup, plot, &frame);
  int64_t values = 0;
  for (int64_t s = 0; s < plot->series_count; s++) values += plot->series[s].count;
  if (values == 0)
    sn_plot_text(markup, 0.5 * (frame.left + frame.right), 0.5 * (frame.top + frame.bottom), "middle", "note",
                 "no data");
  for (int64_t s = 0; s < plot->series_count; s++) sn_plot_series(markup, &plot->series[s], &frame);
  if (plot->mark.label) draw_mark(markup, &plot->mark, &frame);
  return sn_markup(markup, "</svg>\n");
}

/* With a ground of its own: a page that shows the file need not follow the system's colours as the plot does. */
bool sn_plot_write(const SnPlot *plot, const char *path) {
  SnMarkup plot_markup = {0}, file = {0};
  SnPlotFrame frame = sn_plot_frame(plot);
  sn_plot(&plot_markup, plot);
  sn_markup(&file, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"720\"><style>",
            (int)frame.width, (int)frame.height);
  sn_plot_style(&file);
  sn_markup(&file,
            ".ground{fill:#fff}@media(prefers-color-scheme:dark){.ground{fill:#15181c}}</style>\n"
            "<rect class=\"ground\" width=\"100%%\" height=\"100%%\"/>\n%s</svg>\n",
            sn_ok() ? plot_markup.text : "");
  sn_markup_free(&plot_markup);
  return sn_markup_write(&file, path);
}
