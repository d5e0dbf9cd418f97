#include "cli/pictures.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "report/draw/panel.h"
#include "report/draw/png.h"

SnSize sn_thumbnail_size(SnSize map) { return sn_tile_size(map, SN_PICTURE_SIDE); }

bool sn_write_picture(const SnOutputNames *names, const SnPictureOf *what, const SnScale *scale,
                      double score_threshold) {
  SnSize tile = sn_thumbnail_size(what->size);
  SnExhibit exhibit = {.name = what->name,
                       .label = what->label,
                       .score = what->score,
                       .photograph_height = tile.height,
                       .photograph_width = tile.width,
                       .photograph = what->thumbnail,
                       .mask_height = what->size.height,
                       .mask_width = what->size.width,
                       .mask = what->mask,
                       .map_height = what->size.height,
                       .map_width = what->size.width,
                       .map = what->map};
  SnPicture picture = {0};
  char *path = sn_output_path(names, what->sample->path, what->sample->record);
  if (path && sn_make_folder_of(path) && sn_panel(&exhibit, scale, score_threshold, tile, &picture))
    sn_picture_write(&picture, path);
  sn_picture_free(&picture);
  free(path);
  return sn_ok();
}
