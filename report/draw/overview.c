#include "report/draw/overview.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/draw/style.h"

enum { MARGIN = 14, GAP = 4, TITLE_GAP = 16, TITLE = 24, ROW_NAMES = 84, MAX_COLUMNS = 32 };

/* Colours are rounded to multiples of this: no eye sees it, and the file shrinks to the half, as it is the camera's
 * noise that fills it. */
enum { COLOR_STEP = 4 };

struct SnOverview {
  SnSize tile;
  int64_t count;
  const char *detector;
  SnPicture columns[MAX_COLUMNS]; /* three tiles and two gaps high */
  char *titles[MAX_COLUMNS];      /* NULL: that of the column before goes on */
};

SnOverview *sn_overview_new(SnSize tile, const char *detector) {
  SnOverview *overview = sn_allocate(1, sizeof *overview, "an overview");
  if (!overview) return NULL;
  overview->tile = tile;
  overview->detector = detector;
  return overview;
}

void sn_overview_free(SnOverview *overview) {
  if (!overview) return;
  for (int64_t i = 0; i < overview->count; i++) {
    sn_picture_free(&overview->columns[i]);
    free(overview->titles[i]);
  }
  free(overview);
}

static const char *last_title(const SnOverview *overview) {
  for (int64_t i = overview->count - 1; i >= 0; i--)
    if (overview->titles[i]) return overview->titles[i];
  return "";
}

bool sn_overview_add(SnOverview *overview, const char *title, const SnExhibit *exhibit, const SnScale *scale) {
  SnSize tile = overview->tile;
  int64_t y = 0;
  if (!sn_scale_check(scale)) return false;
  if (overview->count == MAX_COLUMNS) return sn_fail("an overview: expected at most %d images", MAX_COLUMNS);
  SnPicture *column = &overview->columns[overview->count];
  if (!sn_picture_create(tile.width, 3 * tile.height + 2 * GAP, sn_paper_color, column)) return false;
  bool is_new = strcmp(title, last_title(overview)) != 0;
  overview->titles[overview->count++] = is_new ? sn_copy_text(title) : NULL;
  SnColormap colors;
  sn_colormap_make(&colors);
  sn_draw_photograph(column, 0, y, tile, exhibit);
  sn_draw_ground_truth(column, 0, y += tile.height + GAP, tile, exhibit);
  return sn_draw_heat_map(column, 0, y + tile.height + GAP, tile, exhibit, scale, &colors);
}

static void round_colors(SnPicture *picture) {
  for (int64_t i = 0; i < 3 * picture->width * picture->height; i++) {
    int rounded = (picture->pixels[i] + COLOR_STEP / 2) / COLOR_STEP * COLOR_STEP;
    picture->pixels[i] = (uint8_t)(rounded > 255 ? 255 : rounded);
  }
}

static int64_t gap_before(const SnOverview *overview, int64_t column) {
  return column == 0 ? 0 : overview->titles[column] ? TITLE_GAP : GAP;
}

bool sn_overview_draw(const SnOverview *overview, SnPicture *picture) {
  const char *rows[] = {"photograph", "true defect", overview->detector};
  SnSize tile = overview->tile;
  int64_t count = overview->count, width = 2 * MARGIN + ROW_NAMES + count * tile.width;
  *picture = (SnPicture){0};
  if (!sn_ok()) return false;
  if (count == 0) return sn_fail("an overview: expected at least one image, found none");
  for (int64_t i = 0; i < count; i++) width += gap_before(overview, i);
  int64_t height = 2 * MARGIN + TITLE + overview->columns[0].height, top = MARGIN + TITLE;
  if (!sn_picture_create(width, height, sn_paper_color, picture)) return false;
  for (int64_t row = 0; row < 3; row++)
    sn_draw_text(picture, MARGIN, (double)(top + row * (tile.height + GAP)) + 0.5 * (double)tile.height + 4.0,
                 sn_note_font, rows[row]);
  for (int64_t i = 0, x = MARGIN + ROW_NAMES; i < count; i++) {
    x += gap_before(overview, i);
    if (overview->titles[i]) sn_draw_text(picture, (double)x, MARGIN + 14.0, sn_body_font, overview->titles[i]);
    sn_draw_picture(picture, x, top, &overview->columns[i]);
    x += tile.width;
  }
  round_colors(picture);
  return true;
}
