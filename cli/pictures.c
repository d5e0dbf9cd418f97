#include "cli/pictures.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "report/draw/panel.h"
#include "report/draw/png.h"

bool sn_write_picture(const SnOutputNames *names, const SnPictureOf *what, const SnScale *scale,
                      double score_threshold) {
  SnExhibit exhibit = {.name = what->name,
                       .label = what->label,
                       .score = what->score,
                       .photograph_height = SN_PICTURE_SIDE,
                       .photograph_width = SN_PICTURE_SIDE,
                       .photograph = what->thumbnail,
                       .mask_height = what->side,
                       .mask_width = what->side,
                       .mask = what->mask,
                       .map_height = what->side,
                       .map_width = what->side,
                       .map = what->map};
  SnPicture picture = {0};
  char *path = sn_output_path(names, what->sample->path, what->sample->record);
  if (path && sn_make_folder_of(path) && sn_panel(&exhibit, scale, score_threshold, SN_PICTURE_SIDE, &picture))
    sn_picture_write(&picture, path);
  sn_picture_free(&picture);
  free(path);
  return sn_ok();
}
