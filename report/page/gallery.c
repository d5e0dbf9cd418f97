#include "report/page/gallery.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/draw/style.h"
#include "report/page/page.h"

enum { CELL_SIDE = 136, GAP = 4, BAR_HEIGHT = 10 };

bool sn_exhibit_strip(const SnExhibit *exhibit, const SnScale *scale, bool all, bool in_a_row, SnSize tile,
                      SnPicture *picture) {
  int64_t tiles = all ? 3 : 2, gaps = (tiles - 1) * GAP, done = 0;
  int64_t width = in_a_row ? tiles * tile.width + gaps : tile.width;
  int64_t height = in_a_row ? tile.height : tiles * tile.height + gaps;
  *picture = (SnPicture){0};
  if (!sn_scale_check(scale)) return false;
  if (!sn_picture_create(width, height, sn_paper_color, picture)) return false;
  SnColormap colors;
  sn_colormap_make(&colors);
  int64_t step_x = in_a_row ? tile.width + GAP : 0, step_y = in_a_row ? 0 : tile.height + GAP;
  if (all) sn_draw_photograph(picture, 0, 0, tile, exhibit);
  if (all) done++;
  sn_draw_ground_truth(picture, done * step_x, done * step_y, tile, exhibit);
  done++;
  sn_draw_heat_map(picture, done * step_x, done * step_y, tile, exhibit, scale, &colors);
  if (!sn_ok()) sn_picture_free(picture);
  return sn_ok();
}

/* "test/hole/003.png" is told from its neighbours by "hole 003". */
static char *short_name(const SnExhibit *exhibit) {
  const char *slash = strrchr(exhibit->name, '/'), *file = slash ? slash + 1 : exhibit->name;
  return sn_format("%s %.*s", exhibit->label ? exhibit->label : "", (int)strcspn(file, "."), file);
}

static void append_cell(SnMarkup *page, const SnExhibits *exhibits, int64_t i, const char *folder,
                        const SnOutputNames *pictures) {
  const SnExhibit *exhibit = &exhibits->items[i];
  bool defective = sn_exhibit_is_defective(exhibits, i), called = sn_exhibit_is_called_defective(exhibits, i);
  bool wrong = !isnan(exhibits->score_threshold) && defective != called;
  SnPicture strip;
  const SnSample *sample = exhibits->samples[i];
  const char *file = pictures ? sn_output_name(pictures, sample->path, sample->record) : NULL;
  char *name = short_name(exhibit);
  if (name && sn_ok() &&
      sn_exhibit_strip(exhibit, &exhibits->scale, false, false, sn_tile_size(exhibits->section, CELL_SIDE), &strip)) {
    sn_markup(page, "<figure class=\"%s%s\">", defective ? "bad" : "fine", wrong ? " wrong" : "");
    if (file) sn_page_link_begin(page, folder, file);
    sn_page_photograph(page, &strip, name);
    if (file) sn_markup(page, "</a>");
    sn_markup(page, "<figcaption><b>");
    sn_markup_text(page, exhibit->label ? exhibit->label : name);
    sn_markup(page, "</b> <span>");
    sn_markup_number(page, exhibit->score, sn_scale_decimals(&exhibits->scale));
    sn_markup(page, "</span>%s</figcaption></figure>\n",
              !wrong      ? ""
              : defective ? " <em>missed</em>"
                          : " <em>false alarm</em>");
    sn_picture_free(&strip);
  }
  free(name);
}

bool sn_gallery(SnMarkup *page, const SnExhibits *exhibits, const char *folder, const SnOutputNames *pictures) {
  sn_markup(page, "<div class=\"gallery\">\n");
  bool above = true;
  for (int64_t i = 0; i < exhibits->count && sn_ok(); i++) {
    bool called = isnan(exhibits->score_threshold) || sn_exhibit_is_called_defective(exhibits, i);
    if (above && !called) {
      sn_markup(page, "<p class=\"divider\"><span>threshold ");
      sn_markup_number(page, exhibits->score_threshold, sn_scale_decimals(&exhibits->scale));
      sn_markup(page, ": defective above, good below</span></p>\n");
    }
    above = called;
    append_cell(page, exhibits, i, folder, pictures);
  }
  return sn_markup(page, "</div>\n");
}

bool sn_gallery_legend(SnMarkup *page, const SnScale *scale) {
  SnPicture bar;
  int decimals = sn_scale_decimals(scale);
  if (!sn_picture_create(SN_COLORMAP_SIZE, BAR_HEIGHT, sn_paper_color, &bar)) return false;
  SnColormap colors;
  sn_colormap_make(&colors);
  for (int64_t x = 0; x < SN_COLORMAP_SIZE; x++) sn_draw_rectangle(&bar, x, 0, 1, BAR_HEIGHT, colors.colors[x]);
  sn_markup(page, "<p class=\"legend\">anomaly score of a pixel <span>");
  sn_markup_number(page, scale->low, decimals);
  sn_page_photograph(page, &bar, "colours from low to high scores");
  sn_markup_number(page, scale->high, decimals);
  sn_markup(page, "</span> <span class=\"key truth\">true defect</span>");
  if (!isnan(scale->threshold)) {
    sn_markup(page, " <span class=\"key found\">score at or above ");
    sn_markup_number(page, scale->threshold, decimals);
    sn_markup(page, "</span>");
  }
  sn_picture_free(&bar);
  return sn_markup(page, "</p>\n");
}
