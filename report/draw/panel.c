#include "report/draw/panel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/print.h"
#include "report/draw/style.h"

enum { MARGIN = 20, GAP = 12, HEAD = 44, CAPTION = 26 };

/* A round label, white on colour, that ends at x; gives back where it begins. */
static double draw_badge(SnPicture *picture, double x, double y, SnColor color, const char *text) {
  SnFont font = {9.0, 1.6, {255, 255, 255}};
  double width = sn_text_width(font, text) + 16.0;
  sn_draw_rounded(picture, (int64_t)(x - width), (int64_t)y - 15, (int64_t)width, 22, 11.0, color);
  sn_draw_text(picture, floor(x - width) + 8.0, y, font, text);
  return x - width;
}

static void draw_head(SnPicture *picture, const SnExhibit *exhibit, double score_threshold, int decimals) {
  double left = MARGIN, right = (double)(picture->width - MARGIN), y = MARGIN + 14;
  if (!isnan(score_threshold)) {
    bool defective = exhibit->score >= score_threshold;
    right = draw_badge(picture, right, y, defective ? sn_defective_color : sn_good_color,
                       defective ? "defective" : "good") -
            12.0;
  }
  char score[128];
  if (isnan(score_threshold))
    sn_snprintf(score, sizeof score, "score %.*f", decimals, exhibit->score);
  else
    sn_snprintf(score, sizeof score, "score %.*f, defective from %.*f", decimals, exhibit->score, decimals,
                score_threshold);
  sn_draw_text_right(picture, right, y, sn_body_font, score);
  right -= sn_text_width(sn_body_font, score) + 16.0;
  char label[128] = "";
  if (exhibit->label) snprintf(label, sizeof label, "labelled %s", exhibit->label);
  double label_width = *label ? sn_text_width(sn_note_font, label) + 12.0 : 0.0;
  double name_width = fmin(sn_text_width(sn_title_font, exhibit->name), right - left - label_width);
  sn_draw_text_within(picture, left, y, name_width, sn_title_font, exhibit->name);
  sn_draw_text_within(picture, left + name_width + 12.0, y, right - left - name_width - 12.0, sn_note_font, label);
}

static void draw_caption(SnPicture *picture, int64_t x, int64_t y, SnSize tile, const char *text) {
  sn_draw_text_within(picture, (double)x, (double)(y + tile.height + 18), (double)tile.width, sn_note_font, text);
}

static const char *truth_caption(const SnExhibit *exhibit, bool marked) {
  if (marked) return "ground truth";
  return exhibit->mask ? "ground truth: no defect" : "ground truth: no mask";
}

static bool has_marks(const SnExhibit *exhibit) {
  for (int64_t i = 0; exhibit->mask && i < exhibit->mask_height * exhibit->mask_width; i++)
    if (exhibit->mask[i]) return true;
  return false;
}

bool sn_panel(const SnExhibit *exhibit, const SnScale *scale, double score_threshold, SnSize tile, SnPicture *picture) {
  int64_t tiles = exhibit->label ? 3 : 2, x = MARGIN, y = MARGIN + HEAD - 14;
  int64_t width = 2 * MARGIN + tiles * tile.width + (tiles - 1) * GAP + GAP + SN_LEGEND_WIDTH;
  *picture = (SnPicture){0};
  if (!sn_scale_check(scale)) return false;
  if (!sn_picture_create(width, y + tile.height + CAPTION + 8, sn_paper_color, picture)) return false;
  SnColormap colors;
  sn_colormap_make(&colors);
  draw_head(picture, exhibit, score_threshold, sn_scale_decimals(scale));
  sn_draw_photograph(picture, x, y, tile, exhibit);
  draw_caption(picture, x, y, tile, "photograph");
  if (exhibit->label) {
    x += tile.width + GAP;
    sn_draw_ground_truth(picture, x, y, tile, exhibit);
    draw_caption(picture, x, y, tile, truth_caption(exhibit, has_marks(exhibit)));
  }
  x += tile.width + GAP;
  sn_draw_heat_map(picture, x, y, tile, exhibit, scale, &colors);
  draw_caption(picture, x, y, tile,
               isnan(scale->threshold) ? "anomaly map" : "anomaly map; outline: at or above the threshold");
  sn_draw_legend(picture, x + tile.width + GAP, y, tile.height, scale, &colors);
  if (!sn_ok()) sn_picture_free(picture);
  return sn_ok();
}
