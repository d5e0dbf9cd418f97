#include "report/draw/contact_sheet.h"

#include <stdio.h>

#include "base/error.h"
#include "base/print.h"
#include "report/draw/style.h"

enum { MARGIN = 20, GAP = 6, TITLE = 34, CAPTION = 40, ROW_NAMES = 96, LEGEND_GAP = 12 };

static bool has_truth(const SnContactGroup *group) {
  for (int64_t i = 0; i < group->count; i++)
    if (group->exhibits[i].label) return true;
  return false;
}

static int64_t row_count(const SnContactGroup *group) { return has_truth(group) ? 3 : 2; }

static int64_t group_height(const SnContactGroup *group, SnSize tile) {
  return TITLE + row_count(group) * (tile.height + GAP) + CAPTION;
}

static void draw_row_name(SnPicture *picture, int64_t y, SnSize tile, const char *name) {
  sn_draw_text(picture, MARGIN, (double)y + 0.5 * (double)tile.height + 4.0, sn_note_font, name);
}

static void draw_column(SnPicture *picture, int64_t x, int64_t y, SnSize tile, const SnContactGroup *group,
                        const SnExhibit *exhibit, const SnColormap *colors) {
  sn_draw_photograph(picture, x, y, tile, exhibit);
  if (has_truth(group)) sn_draw_ground_truth(picture, x, y += tile.height + GAP, tile, exhibit);
  sn_draw_heat_map(picture, x, y += tile.height + GAP, tile, exhibit, &group->scale, colors);
  char score[48];
  sn_snprintf(score, sizeof score, "%.*f", sn_scale_decimals(&group->scale), exhibit->score);
  double base = (double)(y + tile.height + 16), width = sn_text_width(sn_note_font, score);
  sn_draw_text_right(picture, (double)(x + tile.width), base, sn_note_font, score);
  sn_draw_text_within(picture, (double)x, base, (double)tile.width - width - 6.0, sn_note_font,
                      exhibit->label ? exhibit->label : exhibit->name);
}

static void draw_group(SnPicture *picture, int64_t y, SnSize tile, const SnContactGroup *group,
                       const SnColormap *colors) {
  sn_draw_text(picture, MARGIN, (double)(y + 18), sn_title_font, group->title);
  y += TITLE;
  int64_t left = MARGIN + ROW_NAMES, map_y = y + (row_count(group) - 1) * (tile.height + GAP);
  draw_row_name(picture, y, tile, "photograph");
  if (has_truth(group)) draw_row_name(picture, y + tile.height + GAP, tile, "ground truth");
  draw_row_name(picture, map_y, tile, "anomaly map");
  sn_draw_text(picture, MARGIN, (double)(map_y + tile.height + 16), sn_note_font,
               has_truth(group) ? "label, score" : "file, score");
  for (int64_t i = 0; i < group->count && sn_ok(); i++)
    draw_column(picture, left + i * (tile.width + GAP), y, tile, group, &group->exhibits[i], colors);
  sn_draw_legend(picture, left + group->count * (tile.width + GAP) - GAP + LEGEND_GAP, map_y, tile.height,
                 &group->scale, colors);
}

bool sn_contact_sheet(const SnContactGroup *groups, int64_t count, SnSize tile, SnPicture *picture) {
  int64_t columns = 0, height = MARGIN;
  *picture = (SnPicture){0};
  for (int64_t g = 0; g < count; g++) {
    if (!sn_scale_check(&groups[g].scale)) return false;
    if (groups[g].count > columns) columns = groups[g].count;
    height += group_height(&groups[g], tile);
  }
  int64_t width = 2 * MARGIN + ROW_NAMES + columns * (tile.width + GAP) - GAP + LEGEND_GAP + SN_LEGEND_WIDTH;
  if (columns == 0) return sn_fail("a contact sheet: expected at least one image, found none");
  if (!sn_picture_create(width, height, sn_paper_color, picture)) return false;
  SnColormap colors;
  sn_colormap_make(&colors);
  int64_t y = MARGIN;
  for (int64_t g = 0; g < count && sn_ok(); g++) {
    draw_group(picture, y, tile, &groups[g], &colors);
    y += group_height(&groups[g], tile);
  }
  if (!sn_ok()) sn_picture_free(picture);
  return sn_ok();
}
