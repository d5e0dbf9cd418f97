#include "report/overview.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/style.h"

enum { MARGIN = 14, GAP = 6, TITLE = 24, ROW_NAMES = 88, MOST_COLUMNS = 32 };

struct SnOverview {
  int64_t side, count;
  SnPicture columns[MOST_COLUMNS]; /* [TITLE + 3 side + 2 GAP, side] */
};

SnOverview *sn_overview_new(int64_t side) {
  SnOverview *overview = sn_allocate(1, sizeof *overview, "an overview");
  if (overview) overview->side = side;
  return overview;
}

void sn_overview_free(SnOverview *overview) {
  if (!overview) return;
  for (int64_t i = 0; i < overview->count; i++) sn_picture_free(&overview->columns[i]);
  free(overview);
}

bool sn_overview_add(SnOverview *overview, const char *title, const SnExhibit *exhibit, const SnScale *scale) {
  int64_t side = overview->side, y = TITLE;
  if (!sn_scale_check(scale)) return false;
  if (overview->count == MOST_COLUMNS) return sn_fail("an overview: expected at most %d images", MOST_COLUMNS);
  SnPicture *column = &overview->columns[overview->count];
  if (!sn_picture_create(side, TITLE + 3 * side + 2 * GAP, sn_paper_color, column)) return false;
  overview->count++;
  SnColormap colors;
  sn_colormap_make(&colors);
  sn_draw_text_within(column, 0.0, 14.0, (double)side, sn_body_font, title);
  sn_draw_photograph(column, 0, y, side, exhibit);
  sn_draw_ground_truth(column, 0, y += side + GAP, side, exhibit);
  return sn_draw_heat_map(column, 0, y + side + GAP, side, exhibit, scale, &colors);
}

bool sn_overview_draw(const SnOverview *overview, SnPicture *picture) {
  static const char *const rows[] = {"photograph", "true defect", "SimpleNet"};
  int64_t side = overview->side, count = overview->count;
  *picture = (SnPicture){0};
  if (count == 0) return sn_fail("an overview: expected at least one image, found none");
  if (!sn_picture_create(2 * MARGIN + ROW_NAMES + count * (side + GAP) - GAP, 2 * MARGIN + overview->columns[0].height,
                         sn_paper_color, picture))
    return false;
  for (int64_t row = 0; row < 3; row++)
    sn_draw_text(picture, MARGIN, (double)(MARGIN + TITLE + row * (side + GAP)) + 0.5 * (double)side + 4.0,
                 sn_note_font, rows[row]);
  for (int64_t i = 0; i < count; i++)
    sn_draw_picture(picture, MARGIN + ROW_NAMES + i * (side + GAP), MARGIN, &overview->columns[i]);
  return sn_ok();
}
