#include "report/draw/tile.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/resample.h"
#include "report/draw/outline.h"
#include "report/draw/style.h"

static const double map_opacity = 0.72; /* the rest is the photograph, in grey */

SnScale sn_scale_of(const float *values, int64_t count, double threshold) {
  SnScale scale = {INFINITY, -INFINITY, threshold};
  for (int64_t i = 0; i < count; i++) {
    if (!isfinite(values[i])) continue;
    scale.low = fmin(scale.low, (double)values[i]);
    scale.high = fmax(scale.high, (double)values[i]);
  }
  if (scale.low > scale.high) scale.low = scale.high = 0.0;
  return scale;
}

bool sn_scale_check(const SnScale *scale) {
  if (isfinite(scale->low) && isfinite(scale->high)) return sn_ok();
  return sn_fail("the scale of heat maps: expected finite scores at its ends, found %g and %g", scale->low,
                 scale->high);
}

SnSize sn_tile_size(SnSize section, int64_t side) {
  double longer = (double)(section.height > section.width ? section.height : section.width);
  double rows = floor((double)(side * section.height) / longer + 0.5);
  double columns = floor((double)(side * section.width) / longer + 0.5), least = (double)((side + 3) / 4);
  return (SnSize){(int64_t)fmax(rows, least), (int64_t)fmax(columns, least)};
}

/* [height, width, channels] of the tile, floats of bytes, to be released with free(). */
static float *resample_bytes(const uint8_t *bytes, int64_t height, int64_t width, int64_t channels, SnSize tile) {
  int64_t count = height * width * channels;
  float *plane = sn_allocate(count, sizeof *plane, "a picture's plane");
  float *shown = sn_allocate(sn_size_pixels(tile) * channels, sizeof *shown, "a picture's tile");
  for (int64_t i = 0; plane && shown && i < count; i++) plane[i] = (float)bytes[i];
  if (sn_ok()) sn_resample(plane, height, width, channels, shown, tile.height, tile.width);
  free(plane);
  if (sn_ok()) return shown;
  free(shown);
  return NULL;
}

static float *resample_photograph(const SnExhibit *exhibit, SnSize tile) {
  return resample_bytes(exhibit->photograph, exhibit->photograph_height, exhibit->photograph_width, 3, tile);
}

static SnColor color_at(const float *photograph, int64_t i) {
  return (SnColor){(uint8_t)(photograph[3 * i] + 0.5f), (uint8_t)(photograph[3 * i + 1] + 0.5f),
                   (uint8_t)(photograph[3 * i + 2] + 0.5f)};
}

static void draw_frame(SnPicture *picture, int64_t x, int64_t y, SnSize tile) {
  sn_draw_rectangle(picture, x - 1, y - 1, tile.width + 2, tile.height + 2, sn_frame_color);
}

bool sn_draw_photograph(SnPicture *picture, int64_t x, int64_t y, SnSize tile, const SnExhibit *exhibit) {
  float *photograph = resample_photograph(exhibit, tile);
  if (!photograph) return false;
  draw_frame(picture, x, y, tile);
  for (int64_t i = 0; i < sn_size_pixels(tile); i++)
    sn_draw_pixel(picture, x + i % tile.width, y + i / tile.width, color_at(photograph, i), 1.0);
  free(photograph);
  return true;
}

/* Outlines where a plane reaches a level. */
static bool outline_plane(SnPicture *picture, int64_t x, int64_t y, const float *plane, SnSize tile, double level,
                          SnColor color) {
  uint8_t *inside = sn_allocate(sn_size_pixels(tile), 1, "an outline");
  if (!inside) return false;
  for (int64_t i = 0; i < sn_size_pixels(tile); i++) inside[i] = (double)plane[i] >= level;
  bool drawn = sn_draw_outline(picture, x, y, inside, tile.height, tile.width, color);
  free(inside);
  return drawn;
}

bool sn_draw_ground_truth(SnPicture *picture, int64_t x, int64_t y, SnSize tile, const SnExhibit *exhibit) {
  if (!sn_draw_photograph(picture, x, y, tile, exhibit)) return false;
  if (!exhibit->mask) return true;
  int64_t count = exhibit->mask_height * exhibit->mask_width;
  uint8_t *full = sn_allocate(count, 1, "a mask");
  for (int64_t i = 0; full && i < count; i++) full[i] = exhibit->mask[i] ? 255 : 0;
  float *mask = full ? resample_bytes(full, exhibit->mask_height, exhibit->mask_width, 1, tile) : NULL;
  free(full);
  if (mask) outline_plane(picture, x, y, mask, tile, 127.5, sn_truth_color);
  free(mask);
  return sn_ok();
}

SnColor sn_heat_color(SnColor photograph, double value, const SnScale *scale, const SnColormap *colors) {
  double grey = 0.299 * photograph.red + 0.587 * photograph.green + 0.114 * photograph.blue;
  uint8_t level = (uint8_t)(grey + 0.5);
  return sn_mix((SnColor){level, level, level}, sn_colormap_color(colors, value, scale->low, scale->high), map_opacity);
}

bool sn_draw_heat_map(SnPicture *picture, int64_t x, int64_t y, SnSize tile, const SnExhibit *exhibit,
                      const SnScale *scale, const SnColormap *colors) {
  float *photograph = resample_photograph(exhibit, tile);
  float *map = sn_allocate(sn_size_pixels(tile), sizeof *map, "a heat map");
  if (photograph && map &&
      sn_resample(exhibit->map, exhibit->map_height, exhibit->map_width, 1, map, tile.height, tile.width)) {
    draw_frame(picture, x, y, tile);
    for (int64_t i = 0; i < sn_size_pixels(tile); i++)
      sn_draw_pixel(picture, x + i % tile.width, y + i / tile.width,
                    sn_heat_color(color_at(photograph, i), (double)map[i], scale, colors), 1.0);
    if (!isnan(scale->threshold)) outline_plane(picture, x, y, map, tile, scale->threshold, SN_RGB(0xffffff));
  }
  free(photograph);
  free(map);
  return sn_ok();
}
