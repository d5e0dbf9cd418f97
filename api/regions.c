/* The connected parts of a map. */
#include <math.h>
#include <stdlib.h>

#include "api/failure.h"
#include "base/error.h"
#include "base/memory.h"
#include "metrics/connected_components.h"
#include "simplenet.h"

/* In pixels of the map; right and bottom are the last ones inside. */
typedef struct Part {
  int64_t left, top, right, bottom, pixels;
  float peak;
} Part;

static void measure(const SnDetection *detection, const uint32_t *labels, uint32_t count, Part *parts) {
  int64_t height = detection->map_height, width = detection->map_width;
  for (uint32_t i = 0; i < count; i++) parts[i] = (Part){.left = width, .top = height, .peak = -INFINITY};
  for (int64_t y = 0; y < height; y++)
    for (int64_t x = 0; x < width; x++) {
      uint32_t label = labels[y * width + x];
      if (label == 0) continue;
      Part *part = &parts[label - 1];
      if (x < part->left) part->left = x;
      if (y < part->top) part->top = y;
      if (x > part->right) part->right = x;
      if (y > part->bottom) part->bottom = y;
      part->peak = fmaxf(part->peak, detection->map[y * width + x]);
      part->pixels++;
    }
}

/* The largest score first; then from the top, and from the left. */
static int compare(const void *a, const void *b) {
  const Part *x = a, *y = b;
  if (x->peak != y->peak) return x->peak > y->peak ? -1 : 1;
  if (x->top != y->top) return x->top < y->top ? -1 : 1;
  return x->left < y->left ? -1 : x->left > y->left;
}

/* On the photograph. */
static SnRegion region_of(const SnDetection *detection, const Part *part) {
  double wide = detection->width / (double)detection->map_width,
         high = detection->height / (double)detection->map_height;
  return (SnRegion){.left = detection->left + wide * (double)part->left,
                    .top = detection->top + high * (double)part->top,
                    .width = wide * (double)(part->right + 1 - part->left),
                    .height = high * (double)(part->bottom + 1 - part->top),
                    .score = (double)part->peak,
                    .area = wide * high * (double)part->pixels};
}

static bool check(const SnDetection *detection, double level, bool has_room) {
  if (!detection || !detection->map) sn_fail("there is no detection to look into");
  if (isnan(level)) sn_fail("level: expected a number, found NaN: the detector may have no threshold");
  if (!has_room) sn_fail("there is no room for the result");
  return sn_api_ok(SN_ERROR_ARGUMENT);
}

static void make_mask(const SnDetection *detection, double level, uint8_t *mask) {
  int64_t pixels = detection->map_height * detection->map_width;
  for (int64_t i = 0; i < pixels; i++) mask[i] = (double)detection->map[i] >= level ? UINT8_MAX : 0;
}

bool sn_detection_mask(const SnDetection *detection, double level, uint8_t *mask) {
  sn_api_begin();
  if (!check(detection, level, mask != NULL)) return false;
  make_mask(detection, level, mask);
  return true;
}

int64_t sn_detection_regions(const SnDetection *detection, double level, SnRegion *regions, int64_t capacity) {
  sn_api_begin();
  if (!check(detection, level, capacity >= 0 && (capacity == 0 || regions))) return -1;
  int64_t pixels = detection->map_height * detection->map_width, found = -1;
  uint8_t *mask = sn_allocate(pixels, sizeof *mask, "the mask of a map");
  uint32_t *labels = sn_allocate(pixels, sizeof *labels, "the regions of a map");
  if (mask && labels) {
    make_mask(detection, level, mask);
    uint32_t count = sn_connected_components(mask, detection->map_height, detection->map_width, labels);
    Part *parts = sn_allocate(count + 1, sizeof *parts, "the regions of a map");
    if (parts) {
      measure(detection, labels, count, parts);
      qsort(parts, count, sizeof *parts, compare);
      for (int64_t i = 0; i < capacity && i < count; i++) regions[i] = region_of(detection, &parts[i]);
      found = count;
    }
    free(parts);
  }
  free(labels);
  free(mask);
  return found;
}
