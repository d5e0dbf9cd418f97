#include <math.h>
#include <stdio.h>

#include "report/style.h"
#include "report/tile.h"

enum { BAR_WIDTH = 14, LABEL_LIMIT = 16, LINE_HEIGHT = 15 };

/* Where labels already stand, so that none covers another. */
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

/* 1, 2 or 5 times a power of ten, about a quarter of the range. */
static double round_step(double range) {
  double power = pow(10.0, floor(log10(range / 4.0))), share = range / 4.0 / power;
  return power * (share < 1.5 ? 1.0 : share < 3.5 ? 2.0 : share < 7.5 ? 5.0 : 10.0);
}

static void write_value(SnPicture *picture, double x, double y, SnFont font, double value) {
  char text[32];
  snprintf(text, sizeof text, "%.3g", value);
  sn_draw_text(picture, x, y + 0.5 * font.size, font, text);
}

static void draw_tick(SnPicture *picture, int64_t x, double y, SnFont font, double value) {
  sn_draw_rectangle(picture, x + BAR_WIDTH + 1, (int64_t)y, 4, 1, font.color);
  write_value(picture, (double)x + BAR_WIDTH + 7.0, y + 0.5, font, value);
}

/* A small triangle whose tip touches the bar. */
static void draw_pointer(SnPicture *picture, int64_t x, double y, SnColor color) {
  for (int64_t column = 0; column < 7; column++)
    for (int64_t row = -column; row <= column; row++)
      if (2 * (row < 0 ? -row : row) <= column + 1) sn_draw_pixel(picture, x + column, (int64_t)y + row, color, 1.0);
}

void sn_draw_legend(SnPicture *picture, int64_t x, int64_t y, int64_t height, const SnScale *scale,
                    const SnColormap *colors) {
  double range = scale->high - scale->low, top = (double)y, bottom = (double)(y + height - 1);
  for (int64_t row = 0; row < height; row++)
    sn_draw_rectangle(picture, x, y + row, BAR_WIDTH, 1,
                      sn_colormap_color(colors, (double)(height - 1 - row), 0.0, (double)(height - 1)));
  SnFont font = sn_note_font;
  Labels labels = {0};
  double pixels = range > 0.0 ? (bottom - top) / range : 0.0;
  bool marked = scale->threshold >= scale->low && scale->threshold <= scale->high && range > 0.0;
  if (marked) {
    double at = bottom - (scale->threshold - scale->low) * pixels;
    double text_at = fmin(fmax(at, top + LINE_HEIGHT), bottom - LINE_HEIGHT);
    SnFont strong = sn_note_font;
    strong.color = sn_body_font.color;
    strong.pen = 1.6;
    sn_draw_rectangle(picture, x, (int64_t)at, BAR_WIDTH, 1, SN_RGB(0xffffff));
    draw_pointer(picture, x + BAR_WIDTH + 1, at, strong.color);
    write_value(picture, (double)x + BAR_WIDTH + 9.0, text_at - 6.5, strong, scale->threshold);
    sn_draw_text(picture, (double)x + BAR_WIDTH + 9.0, text_at + 6.5 + 0.5 * font.size, font, "threshold");
    claim(&labels, text_at - 6.5);
    claim(&labels, text_at + 8.5);
  }
  if (claim(&labels, top)) write_value(picture, (double)x + BAR_WIDTH + 7.0, top + 4.0, font, scale->high);
  if (claim(&labels, bottom)) write_value(picture, (double)x + BAR_WIDTH + 7.0, bottom - 3.0, font, scale->low);
  if (!(range > 0.0)) return;
  double step = round_step(range);
  for (double i = ceil(scale->low / step); i * step <= scale->high; i++) {
    double at = bottom - (i * step - scale->low) * pixels;
    if (claim(&labels, at)) draw_tick(picture, x, at, font, i * step);
  }
}
