#include "report/plot/frame.h"

#include <math.h>

#include "report/plot/elements.h"
#include "report/plot/key.h"
#include "report/plot/ticks.h"

enum {
  WIDTH = SN_PLOT_WIDTH,
  HEIGHT = SN_PLOT_HEIGHT,
  MARGIN = SN_PLOT_MARGIN,
  TITLE_HEIGHT = SN_PLOT_TITLE,
  AXIS_TEXT = 42
};

static double clamp(double value, double low, double high) { return fmin(fmax(value, low), high); }

double sn_plot_x(const SnPlotFrame *frame, double x) {
  x = clamp(x, frame->x_low, frame->x_high);
  return frame->left + (x - frame->x_low) / (frame->x_high - frame->x_low) * (frame->right - frame->left);
}

double sn_plot_y(const SnPlotFrame *frame, double y) {
  y = clamp(y, frame->y_low, frame->y_high);
  return frame->bottom - (y - frame->y_low) / (frame->y_high - frame->y_low) * (frame->bottom - frame->top);
}

typedef struct Range {
  double low, high;
} Range;

static void widen(Range *range, double value) {
  if (!isfinite(value)) return;
  range->low = fmin(range->low, value);
  range->high = fmax(range->high, value);
}

static Range data_range(const SnPlot *plot, bool along_x) {
  Range range = {INFINITY, -INFINITY};
  for (int64_t s = 0; s < plot->series_count; s++) {
    const SnSeries *series = &plot->series[s];
    int64_t edges = along_x && series->kind == SN_SERIES_BARS && series->count > 0;
    for (int64_t i = 0; i < series->count + edges; i++) widen(&range, along_x ? series->x[i] : series->y[i]);
    for (int64_t i = 0; !along_x && series->low && i < series->count; i++) {
      widen(&range, series->low[i]);
      widen(&range, series->high[i]);
    }
    if (!along_x && series->kind == SN_SERIES_BARS) widen(&range, 0.0);
  }
  if (along_x && plot->mark.label) widen(&range, plot->mark.x);
  return range;
}

/* The axis's own ends where it has them, else the data's, the y axis's rounded outwards to a tick. */
static Range axis_range(const SnAxis *axis, Range data, bool round_outwards, double *step) {
  if (axis->names) {
    *step = 1.0;
    return (Range){-0.5, (double)axis->name_count - 0.5};
  }
  if (data.low > data.high) data = (Range){0.0, 1.0};
  Range range = {isnan(axis->low) ? data.low : axis->low, isnan(axis->high) ? data.high : axis->high};
  double least = 1e-6 * fmax(fabs(range.low), fabs(range.high));
  if (!(range.high - range.low > least)) {
    double pad = range.low != 0.0 ? 0.1 * fabs(range.low) : 1.0;
    range = (Range){range.low - pad, range.low + pad};
  }
  *step = sn_tick_step(range.high - range.low, 5.0);
  if (axis->whole) *step = fmax(1.0, *step);
  if (round_outwards && isnan(axis->low)) range.low = *step * floor(range.low / *step + 1e-6);
  if (round_outwards && isnan(axis->high)) range.high = *step * ceil(range.high / *step - 1e-6);
  return range;
}

static double widest_number(Range range, double step) {
  char low[SN_TICK_LENGTH], high[SN_TICK_LENGTH];
  sn_tick_text(step * floor(range.low / step), step, low);
  sn_tick_text(step * ceil(range.high / step), step, high);
  return fmax(sn_plot_text_width(low), sn_plot_text_width(high));
}

static double widest_name(const SnAxis *axis) {
  double widest = 0.0;
  for (int64_t i = 0; i < axis->name_count; i++) widest = fmax(widest, sn_plot_text_width(axis->names[i]));
  return widest;
}

SnPlotFrame sn_plot_frame(const SnPlot *plot) {
  SnPlotFrame frame = {.width = WIDTH, .height = HEIGHT};
  Range x = axis_range(&plot->x, data_range(plot, true), false, &frame.x_step);
  Range y = axis_range(&plot->y, data_range(plot, false), true, &frame.y_step);
  frame.x_low = x.low;
  frame.x_high = x.high;
  frame.y_low = y.low;
  frame.y_high = y.high;
  double y_text = plot->y.names ? widest_name(&plot->y) : widest_number(y, frame.y_step);
  frame.left = MARGIN + 20.0 + y_text + 6.0;
  frame.right = WIDTH - MARGIN - 8.0;
  frame.top = TITLE_HEIGHT + SN_PLOT_KEY_ROW * sn_plot_key(NULL, plot) + (plot->mark.label ? 26.0 : 10.0);
  frame.bottom = HEIGHT - AXIS_TEXT;
  if (plot->x.names) {
    double widest = widest_name(&plot->x);
    frame.slanted = widest + 8.0 > (frame.right - frame.left) / (double)plot->x.name_count;
    if (frame.slanted) frame.height += floor(fmin(0.64 * widest, 0.4 * HEIGHT));
  }
  return frame;
}
