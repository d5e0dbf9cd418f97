/* The ladder drawn: a bar for each rung, on a logarithmic axis, and a mark at its limit. */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "bench/ladder/ladder.h"
#include "report/draw/png.h"
#include "report/draw/style.h"

enum { WIDTH = 760, LEFT = 210, RIGHT = 20, TOP = 44, ROW = 26, BOTTOM = 34, BAR = 8 };
static const double low = 0.5, high = 1000; /* GFLOP/s at the ends of the axis */

static int64_t place(double speed) {
  double share = log(fmax(speed, low) / low) / log(high / low);
  return LEFT + (int64_t)(fmin(share, 1) * (WIDTH - LEFT - RIGHT));
}

static void draw_axis(SnPicture *picture, int64_t bottom) {
  static const double ticks[] = {1, 10, 100, 1000};
  sn_draw_text(picture, LEFT, 20, sn_title_font, "GFLOP/s");
  sn_draw_rectangle(picture, LEFT + 90, 10, 3, 14, sn_defective_color);
  sn_draw_text(picture, LEFT + 100, 20, sn_body_font, "limit: multiply-adds in registers");
  for (int i = 0; i < 4; i++) {
    char text[16];
    snprintf(text, sizeof text, "%.0f", ticks[i]);
    sn_draw_rectangle(picture, place(ticks[i]), TOP - 8, 1, bottom - TOP + 8, sn_frame_color);
    sn_draw_text(picture, (double)place(ticks[i]) - sn_text_width(sn_body_font, text) / 2, (double)bottom + 18,
                 sn_body_font, text);
  }
}

bool ladder_draw(const LadderBar *bars, int count, const char *path) {
  SnPicture picture;
  int64_t bottom = TOP + count * ROW;
  if (!sn_picture_create(WIDTH, bottom + BOTTOM, sn_paper_color, &picture)) return false;
  draw_axis(&picture, bottom);
  for (int i = 0; i < count; i++) {
    int64_t middle = TOP + i * ROW + ROW / 2 - 4;
    if (!bars[i].name) continue;
    sn_draw_text_right(&picture, LEFT - 10, (double)middle + 5, sn_body_font, bars[i].name);
    sn_draw_rectangle(&picture, LEFT, middle - BAR / 2, place(bars[i].speed) - LEFT, BAR, SN_RGB(0x3b78b5));
    if (bars[i].limit > 0)
      sn_draw_rectangle(&picture, place(bars[i].limit), middle - BAR, 3, 2 * BAR, sn_defective_color);
  }
  sn_picture_write(&picture, path);
  sn_picture_free(&picture);
  return sn_ok();
}
