#include "cli/saved_pictures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/view.h"
#include "base/error.h"
#include "base/memory.h"
#include "datasets/outputs.h"
#include "datasets/png_write.h"
#include "report/draw/overlay.h"
#include "report/draw/tiff.h"
#include "report/draw/whole_map.h"
#include "report/output_kinds.h"

static const struct {
  const char *name, *suffix;
  int output;
} kinds[SN_SAVED_KINDS] = {
    [SN_SAVED_PANEL] = {"panel", SN_HEATMAP_SUFFIX, SN_OUTPUT_HEATMAP},
    [SN_SAVED_OVERLAY] = {"overlay", SN_OVERLAY_SUFFIX, SN_OUTPUT_HEATMAP},
    [SN_SAVED_MASK] = {"mask", SN_MASK_SUFFIX, SN_OUTPUT_HEATMAP},
    [SN_SAVED_MAP] = {"map", SN_MAP_SUFFIX, SN_OUTPUT_NAMED_MAP},
};

/* ---- which, and their names ---- */

bool sn_read_saved_kinds(const char *text, SnSavedPictures *saved) {
  for (const char *word = text ? text : "panel"; sn_ok(); word++) {
    size_t length = strcspn(word, ",");
    int kind = 0;
    while (kind < SN_SAVED_KINDS && (strlen(kinds[kind].name) != length || memcmp(kinds[kind].name, word, length) != 0))
      kind++;
    if (kind == SN_SAVED_KINDS)
      return sn_fail("--save: expected panel, overlay, mask, map or several of them with commas between, found '%s'",
                     text);
    saved->wanted[kind] = true;
    word += length;
    if (*word == '\0') break;
  }
  return sn_ok();
}

bool sn_name_saved(SnSavedPictures *saved, const SnSamples *samples, const char *folder, const SnNames *roots) {
  for (int kind = 0; kind < SN_SAVED_KINDS; kind++)
    if (saved->wanted[kind]) sn_name_pictures(samples, folder, kinds[kind].suffix, roots, &saved->names[kind]);
  return sn_ok();
}

bool sn_name_saved_one(SnSavedPictures *saved, const char *path, const char *folder, const char *root) {
  for (int kind = 0; kind < SN_SAVED_KINDS; kind++)
    if (saved->wanted[kind]) sn_output_names_make_one(folder, kinds[kind].suffix, path, root, &saved->names[kind]);
  return sn_ok();
}

void sn_free_saved_names(SnSavedPictures *saved) {
  for (int kind = 0; kind < SN_SAVED_KINDS; kind++) sn_output_names_free(&saved->names[kind]);
}

bool sn_outputs_write_saved(SnOutputs *outputs, const SnSavedPictures *saved) {
  for (int kind = 0; kind < SN_SAVED_KINDS; kind++)
    if (saved->wanted[kind]) sn_outputs_write_names(outputs, kinds[kind].output, &saved->names[kind]);
  return sn_ok();
}

/* ---- what has the photograph's size ---- */

/* A photograph with its map. photograph and mask are empty where nothing needs them. */
typedef struct Whole {
  SnImage photograph;
  int64_t width, height;
  SnRectangle covered;
  float *values;
  uint8_t *mask;
} Whole;

/* Pixels are decoded for the overlay only. */
static bool read_photograph(const SnSavedPictures *saved, const SnSample *sample, const SnImageOptions *options,
                            Whole *whole) {
  if (!saved->wanted[SN_SAVED_OVERLAY]) return sn_load_photograph_size(sample, options, &whole->width, &whole->height);
  if (!sn_load_photograph(sample, options, &whole->photograph)) return false;
  whole->width = whole->photograph.width;
  whole->height = whole->photograph.height;
  return true;
}

static bool fill(const SnSavedPictures *saved, const SnViewSettings *view, const SnPictureOf *what, double threshold,
                 Whole *whole) {
  SnImageOptions options = sn_view_image_options(view);
  SnTransform transform = sn_view_transform(view);
  if (!read_photograph(saved, what->sample, &options, whole)) return false;
  int64_t pixels = whole->width * whole->height;
  bool outlined = !isnan(threshold) && (saved->wanted[SN_SAVED_OVERLAY] || saved->wanted[SN_SAVED_MASK]);
  whole->covered = sn_transform_covered(&transform, whole->width, whole->height);
  whole->values = sn_allocate_unset(pixels, sizeof *whole->values, "an anomaly map");
  if (outlined) whole->mask = sn_allocate_unset(pixels, 1, "a mask");
  if (!sn_ok()) return false;
  sn_whole_map(what->map, what->size, whole->covered, whole->width, whole->height, whole->values);
  if (outlined) sn_whole_mask(whole->values, whole->covered, whole->width, whole->height, threshold, whole->mask);
  return true;
}

static bool write_overlay(const char *path, Whole *whole, const SnScale *scale) {
  SnPicture picture = {whole->width, whole->height, whole->photograph.pixels};
  return sn_draw_overlay(&picture, whole->values, whole->covered, whole->mask, scale) &&
         sn_png_write_marked(path, picture.pixels, whole->width, whole->height, 3, SN_OUTPUT_MARK);
}

static bool write_whole(SnSavedKind kind, const char *path, Whole *whole, const SnScale *scale) {
  if (kind == SN_SAVED_MAP) return sn_tiff_write(path, whole->values, whole->width, whole->height);
  if (kind == SN_SAVED_OVERLAY) return write_overlay(path, whole, scale);
  if (!whole->mask) return sn_fail("%s: a mask needs a threshold", path);
  return sn_png_write_marked(path, whole->mask, whole->width, whole->height, 1, SN_OUTPUT_MARK);
}

static bool save_whole(const SnSavedPictures *saved, const SnViewSettings *view, const SnPictureOf *what,
                       const SnScale *scale, double threshold) {
  Whole whole = {.values = NULL};
  if (fill(saved, view, what, threshold, &whole))
    for (SnSavedKind kind = SN_SAVED_OVERLAY; kind < SN_SAVED_KINDS && sn_ok(); kind++) {
      if (!saved->wanted[kind]) continue;
      char *path = sn_output_path(&saved->names[kind], what->sample->path, what->sample->record);
      if (path && sn_make_folder_of(path)) write_whole(kind, path, &whole, scale);
      free(path);
    }
  sn_image_free(&whole.photograph);
  free(whole.values);
  free(whole.mask);
  return sn_ok();
}

bool sn_save_pictures(const SnSavedPictures *saved, const SnViewSettings *view, const SnPictureOf *what,
                      const SnScale *scale, double threshold) {
  if (saved->wanted[SN_SAVED_PANEL]) sn_write_picture(&saved->names[SN_SAVED_PANEL], what, scale, threshold);
  bool any = saved->wanted[SN_SAVED_OVERLAY] || saved->wanted[SN_SAVED_MASK] || saved->wanted[SN_SAVED_MAP];
  return sn_ok() && (!any || save_whole(saved, view, what, scale, threshold));
}
