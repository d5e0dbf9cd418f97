#include <math.h>
#include <stdio.h>

#include "base/print.h"
#include "report/draw/style.h"
#include "report/draw/tile.h"
#include "report/plot/ticks.h"

enum { BAR_WIDTH = 14, TEXT_LEFT = BAR_WIDTH + 9, LABEL_LIMIT = 16, LINE_HEIGHT = 18, HALF_LINE = 7 };

/* The middles of the labels so far. Where another would come nearer than a letter's height to one of them, it is left
 * out: pictures are shown smaller than they are. */
typedef struct Labels {
  double at[LABEL_LIMIT];
  int count;
} Labels;

static bool claim(Labels *labels, double y) {
  for (int i = 0; i < labels->count; i++)
    if (fabs(labels->at[i] - y) < LINE_HEIGHT) return false;
  if (labels->count == LABEL_LIMIT) return false;
  labels->at[labels->count++] = y;
  return true;
}

int sn_scale_decimals(const SnScale *scale) {
  double range = scale->high - scale->low;
  return range > 0.0 ? (int)fmin(fmax(2.0 - floor(log10(range)), 0.0), 6.0) : 2;
}

static void write_value(SnPicture *picture, int64_t x, double middle, SnFont font, double value, int decimals) {
  char text[48];
  sn_snprintf(text, sizeof text, "%.*f", decimals, value);
  sn_draw_text(picture, (double)(x + TEXT_LEFT), middle + 0.5 * font.size, font, text);
}

/* A small triangle whose tip touches the bar. */
static void draw_pointer(SnPicture *picture, int64_t x, int64_t y, SnColor color) {
  for (int64_t column = 0; column < 7; column++)
    sn_draw_rectangle(picture, x + column, y - column / 2, 1, 2 * (column / 2) + 1, color);
}

static void draw_threshold(SnPicture *picture, int64_t x, double at, double text_at, const SnScale *scale) {
  SnFont strong = {sn_note_font.size, 1.6, sn_body_font.color};
  sn_draw_rectangle(picture, x, (int64_t)at, BAR_WIDTH, 1, SN_RGB(0xffffff));
  draw_pointer(picture, x + BAR_WIDTH, (int64_t)at, strong.color);
  write_value(picture, x, text_at - HALF_LINE, strong, scale->threshold, sn_scale_decimals(scale));
  sn_draw_text(picture, (double)(x + TEXT_LEFT), text_at + HALF_LINE + 0.5 * strong.size, sn_note_font, "threshold");
}

void sn_draw_legend(SnPicture *picture, int64_t x, int64_t y, int64_t height, const SnScale *scale,
                    const SnColormap *colors) {
  for (int64_t row = 0; row < height; row++)
    sn_draw_rectangle(picture, x, y + row, BAR_WIDTH, 1,
                      sn_colormap_color(colors, (double)(height - 1 - row), 0.0, (double)(height - 1)));
  double range = scale->high - scale->low, top = (double)y, bottom = (double)(y + height - 1);
  int decimals = sn_scale_decimals(scale);
  Labels labels = {0};
  if (range > 0.0 && scale->threshold >= scale->low && scale->threshold <= scale->high) {
    double at = bottom - (scale->threshold - scale->low) / range * (bottom - top);
    double text_at = fmin(fmax(at, top + 12.0), bottom - 12.0);
    draw_threshold(picture, x, at, text_at, scale);
    labels = (Labels){.at = {text_at - HALF_LINE, text_at + HALF_LINE}, .count = 2}; /* the threshold's two lines */
  }
  if (claim(&labels, top + 4.0)) write_value(picture, x, top + 4.0, sn_note_font, scale->high, decimals);
  if (claim(&labels, bottom - 4.0)) write_value(picture, x, bottom - 4.0, sn_note_font, scale->low, decimals);
  if (!(range > 0.0)) return;
  double step = sn_tick_step(range, 4.0), first = ceil(scale->low / step);
  for (int i = 0; i < LABEL_LIMIT && (first + i) * step <= scale->high; i++) {
    double value = (first + i) * step + 0.0, at = bottom - (value - scale->low) / range * (bottom - top);
    if (!claim(&labels, at)) continue;
    sn_draw_rectangle(picture, x + BAR_WIDTH, (int64_t)at, 4, 1, sn_tick_color);
    write_value(picture, x, at, sn_note_font, value, decimals);
  }
}
