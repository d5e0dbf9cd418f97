/* A relief: what lies under the camera, as height, colour and gloss of each pixel; and the light it is photographed in.
 * Coordinates run from 0 to 1 over the image, x to the right and y down; heights are in image widths, towards the
 * camera. */
#ifndef SN_DATASETS_GENERATED_RELIEF_H
#define SN_DATASETS_GENERATED_RELIEF_H

#include <stdbool.h>
#include <stdint.h>

#include "datasets/generated/arithmetic.h"
#include "datasets/generated/draws.h"

typedef struct SnColour {
  float red, green, blue; /* reflectance, 0 to 1, linear */
} SnColour;

static inline SnColour sn_mix_colours(SnColour a, SnColour b, float t) {
  return (SnColour){sn_mix(a.red, b.red, t), sn_mix(a.green, b.green, t), sn_mix(a.blue, b.blue, t)};
}

static inline SnColour sn_scale_colour(SnColour a, float s) { return (SnColour){a.red * s, a.green * s, a.blue * s}; }

static inline SnColour sn_multiply_colours(SnColour a, SnColour b) {
  return (SnColour){a.red * b.red, a.green * b.green, a.blue * b.blue};
}

typedef struct SnSurface {
  float height;
  float gloss; /* 0 matt to 1 polished */
  SnColour colour;
} SnSurface;

typedef struct SnRelief {
  int64_t size;
  float pixel;  /* 1 / size */
  float lowest; /* marks leave alone what lies lower than this */
  SnSurface *surface;
  float *occlusion; /* scratch of the photograph, [2][size][size] */
} SnRelief;

bool sn_relief_create(SnRelief *relief, int64_t size);
void sn_relief_free(SnRelief *relief);

static inline SnSurface *sn_relief_at(const SnRelief *relief, int64_t row, int64_t column) {
  return &relief->surface[row * relief->size + column];
}

/* Centre of a pixel. */
static inline float sn_relief_place(const SnRelief *relief, int64_t pixel) {
  return ((float)pixel + 0.5f) * relief->pixel;
}

/* The rows and columns whose pixels may lie within `reach` of (x, y): [first, last). */
typedef struct SnWindow {
  int64_t top, bottom, left, right;
} SnWindow;

SnWindow sn_relief_window(const SnRelief *relief, float x, float y, float reach);

typedef struct SnLight {
  float x, y, z;                    /* towards the lamp, of length 1 */
  float ambient, lamp;              /* strengths */
  float slope_x, slope_y, vignette; /* how the lamp's strength varies over the image */
  SnColour tint;
  float shine;  /* strength of highlights on a surface of gloss 1 */
  float shadow; /* 0 none to 1 black: shadows that high parts cast */
  float depth;  /* height difference at which a hollow is half as bright as the plain */
  float hollow; /* width of the hollows that ambient light does not reach, image widths */
} SnLight;

/* A lamp from a random side, `low` of 0 (overhead) to 1 (raking), of varying strength, tint and evenness. */
SnLight sn_light(SnDraws *draws, float low, float variation);

/* The photograph before sensor noise: image receives [size, size, 3] floats in [0, 1], gamma 2, blurred by the lens. */
void sn_relief_photograph(const SnRelief *relief, const SnLight *light, float *image);

#endif
