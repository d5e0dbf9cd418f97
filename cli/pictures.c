#include "cli/pictures.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/panel.h"
#include "report/png.h"
#include "report/section.h"

enum { SIDE = 320 };

static char *picture_path(const char *folder, const char *name) {
  while (*name == '/' || *name == '.') name++;
  const char *dot = strrchr(name, '.'), *slash = strrchr(name, '/');
  size_t length = dot && (!slash || dot > slash) ? (size_t)(dot - name) : strlen(name);
  char *path = sn_format("%s/%.*s.png", folder, (int)length, name);
  for (char *c = path ? path + strlen(folder) + 1 : NULL; c && *c; c++)
    if (*c == '/') *c = '_';
  return path;
}

bool sn_write_picture(const char *folder, const SnSimpleNetSettings *settings, const SnPictureOf *what,
                      const SnScale *scale, double score_threshold) {
  SnTransform transform = sn_simplenet_transform(settings);
  SnImage section;
  if (!sn_load_section(what->sample, &transform, &section)) return false;
  SnExhibit exhibit = {.name = what->name,
                       .label = what->label,
                       .score = what->score,
                       .photograph_height = section.height,
                       .photograph_width = section.width,
                       .photograph = section.pixels,
                       .mask_height = settings->crop,
                       .mask_width = settings->crop,
                       .mask = what->mask,
                       .map_height = settings->crop,
                       .map_width = settings->crop,
                       .map = what->map};
  SnPicture picture = {0};
  char *path = picture_path(folder, what->name);
  if (path && sn_panel(&exhibit, scale, score_threshold, SIDE, &picture)) sn_picture_write(&picture, path);
  sn_picture_free(&picture);
  sn_image_free(&section);
  free(path);
  return sn_ok();
}
