#include "cli/pictures.h"

#include <stdlib.h>

#include "anomaly/view.h"
#include "report/draw/panel.h"
#include "report/draw/png.h"
#include "report/draw/section.h"

enum { SIDE = 320 };

bool sn_write_picture(const SnOutputNames *names, const SnViewSettings *view, const SnPictureOf *what,
                      const SnScale *scale, double score_threshold) {
  SnLoadOptions options = sn_view_load_options(view);
  SnImage section;
  if (!sn_load_section(what->sample, &options, &section)) return false;
  SnExhibit exhibit = {.name = what->name,
                       .label = what->label,
                       .score = what->score,
                       .photograph_height = section.height,
                       .photograph_width = section.width,
                       .photograph = section.pixels,
                       .mask_height = view->crop,
                       .mask_width = view->crop,
                       .mask = what->mask,
                       .map_height = view->crop,
                       .map_width = view->crop,
                       .map = what->map};
  SnPicture picture = {0};
  char *path = sn_output_path(names, what->sample->path, what->sample->record);
  if (path && sn_make_folder_of(path) && sn_panel(&exhibit, scale, score_threshold, SIDE, &picture))
    sn_picture_write(&picture, path);
  sn_picture_free(&picture);
  sn_image_free(&section);
  free(path);
  return sn_ok();
}
