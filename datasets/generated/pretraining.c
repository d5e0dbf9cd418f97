#include "datasets/generated/pretraining.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/generated/pattern.h"
#include "datasets/generated/relief.h"

/* How a class uses colour. */
typedef enum Palette { ANY, WARM, GREEN, BLUE, HUE_ONLY, MANY_HUES, LIGHT_ON_DARK, DARK_ON_LIGHT } Palette;

typedef struct Class {
  const char *name;
  SnPatternFunction *pattern; /* NULL: any of those that colour classes share */
  int variant;
  float fewest, most; /* repeats across the image; 2 and 2 for a single thing */
  Palette palette;
} Class;

static const Class classes[] = {
    {"weave, plain", sn_pattern_weave, 0, 7, 18, ANY},
    {"weave, twill", sn_pattern_weave, 1, 8, 20, ANY},
    {"weave, satin", sn_pattern_weave, 2, 8, 20, ANY},
    {"weave, basket", sn_pattern_weave, 3, 8, 20, ANY},
    {"knit", sn_pattern_weave, 4, 5, 13, ANY},
    {"stripes, sine", sn_pattern_stripes, 0, 3, 14, ANY},
    {"stripes, even", sn_pattern_stripes, 1, 3, 14, ANY},
    {"stripes, thin", sn_pattern_stripes, 2, 3, 9, ANY},
    {"stripes, double", sn_pattern_stripes, 3, 3, 7, ANY},
    {"stripes, dashed", sn_pattern_stripes, 4, 4, 9, ANY},
    {"chequers", sn_pattern_stripes, 5, 4, 14, ANY},
    {"zigzag", sn_pattern_stripes, 6, 3, 9, ANY},
    {"waves", sn_pattern_stripes, 7, 3, 9, ANY},
    {"plaid", sn_pattern_stripes, 8, 3, 10, ANY},
    {"mesh", sn_pattern_stripes, 9, 4, 11, ANY},
    {"tiles, square", sn_pattern_tiles, 0, 3, 9, ANY},
    {"tiles, brick", sn_pattern_tiles, 1, 5, 12, ANY},
    {"tiles, hexagon", sn_pattern_tiles, 2, 3, 9, ANY},
    {"tiles, herringbone", sn_pattern_tiles, 3, 5, 12, ANY},
    {"tiles, triangle", sn_pattern_tiles, 4, 3, 8, ANY},
    {"scales", sn_pattern_scales, 0, 4, 10, ANY},
    {"maze of arcs", sn_pattern_truchet, 0, 4, 10, ANY},
    {"maze of lines", sn_pattern_truchet, 1, 4, 10, ANY},
    {"dots in rows", sn_pattern_dots, 0, 4, 12, ANY},
    {"dots, packed", sn_pattern_dots, 1, 4, 12, ANY},
    {"dots, strewn", sn_pattern_dots, 2, 4, 10, ANY},
    {"rings, strewn", sn_pattern_dots, 3, 3, 8, ANY},
    {"specks", sn_pattern_dots, 4, 5, 12, ANY},
    {"crescents", sn_pattern_dots, 5, 3, 8, ANY},
    {"triangles", sn_pattern_shapes, 0, 3, 7, ANY},
    {"squares", sn_pattern_shapes, 1, 3, 7, ANY},
    {"hexagons", sn_pattern_shapes, 2, 3, 7, ANY},
    {"stars", sn_pattern_shapes, 3, 3, 7, ANY},
    {"crosses", sn_pattern_shapes, 4, 3, 7, ANY},
    {"corners", sn_pattern_shapes, 5, 3, 7, ANY},
    {"half discs", sn_pattern_shapes, 6, 3, 7, ANY},
    {"bars", sn_pattern_shapes, 7, 3, 8, ANY},
    {"fibres, combed", sn_pattern_fibres, 0, 4, 10, ANY},
    {"fibres, crossing", sn_pattern_fibres, 1, 3, 8, ANY},
    {"fibres, curled", sn_pattern_fibres, 2, 3, 8, ANY},
    {"letters", sn_pattern_glyphs, 0, 5, 10, ANY},
    {"cells, patches", sn_pattern_cells, 0, 4, 12, ANY},
    {"cells, cracks", sn_pattern_cells, 1, 3, 10, ANY},
    {"pebbles", sn_pattern_cells, 2, 4, 12, ANY},
    {"facets", sn_pattern_cells, 3, 3, 9, ANY},
    {"bubbles", sn_pattern_cells, 4, 3, 8, ANY},
    {"cobbles", sn_pattern_cells, 5, 4, 10, ANY},
    {"noise, rough", sn_pattern_noise, 0, 4, 10, ANY},
    {"noise, medium", sn_pattern_noise, 1, 3, 9, ANY},
    {"noise, smooth", sn_pattern_noise, 2, 3, 9, ANY},
    {"noise, ridged", sn_pattern_noise, 3, 3, 8, ANY},
    {"noise, billowy", sn_pattern_noise, 4, 3, 8, ANY},
    {"noise, brushed", sn_pattern_noise, 5, 4, 12, ANY},
    {"blotches", sn_pattern_noise, 6, 4, 10, ANY},
    {"camouflage", sn_pattern_noise, 7, 3, 8, ANY},
    {"marble", sn_pattern_noise, 8, 3, 8, ANY},
    {"islands", sn_pattern_noise, 9, 4, 9, ANY},
    {"contours", sn_pattern_noise, 10, 3, 8, ANY},
    {"noise, hatched", sn_pattern_noise, 11, 4, 12, ANY},
    {"grain, pores", sn_pattern_grain, 0, 3, 8, ANY},
    {"grain, rings", sn_pattern_grain, 1, 3, 9, ANY},
    {"radial rings", sn_pattern_radial, 0, 2, 2, ANY},
    {"spokes", sn_pattern_radial, 1, 2, 2, ANY},
    {"spiral", sn_pattern_radial, 2, 2, 2, ANY},
    {"chequers, polar", sn_pattern_radial, 3, 2, 2, ANY},
    {"disc", sn_pattern_object, 0, 2, 2, ANY},
    {"ring", sn_pattern_object, 1, 2, 2, ANY},
    {"box", sn_pattern_object, 2, 2, 2, ANY},
    {"gear", sn_pattern_object, 3, 2, 2, ANY},
    {"cross", sn_pattern_object, 4, 2, 2, ANY},
    {"bottle", sn_pattern_object, 5, 2, 2, ANY},
    {"plain", sn_pattern_plain, 0, 2, 2, ANY},
    {"plain with scratch", sn_pattern_plain, 1, 2, 2, ANY},
    {"plain with pit", sn_pattern_plain, 2, 2, 2, ANY},
    {"plain with smudge", sn_pattern_plain, 3, 2, 2, ANY},
    {"step", sn_pattern_plain, 4, 2, 2, ANY},
    {"corner", sn_pattern_plain, 5, 2, 2, ANY},
    {"crossing", sn_pattern_plain, 6, 2, 2, ANY},
    {"colour, warm on grey", NULL, 0, 3, 10, WARM},
    {"colour, green on grey", NULL, 0, 3, 10, GREEN},
    {"colour, blue on grey", NULL, 0, 3, 10, BLUE},
    {"colour, hue only", NULL, 0, 3, 10, HUE_ONLY},
    {"colour, many hues", sn_pattern_cells, 0, 3, 10, MANY_HUES},
    {"colour, light on dark", NULL, 0, 3, 10, LIGHT_ON_DARK},
    {"colour, dark on light", NULL, 0, 3, 10, DARK_ON_LIGHT},
};

enum { CLASS_COUNT = sizeof classes / sizeof classes[0] };

/* Streams of random numbers, apart from the generated data set's. */
enum { ORDER = 0x50000000, IMAGE, SENSOR };

int sn_pretraining_class_count(void) { return CLASS_COUNT; }

const char *sn_pretraining_class_name(int label) {
  if (!sn_ok()) return NULL;
  if (label < 0 || label >= CLASS_COUNT)
    return sn_fail_null("pretraining class %d: expected 0 to %d", label, CLASS_COUNT - 1);
  return classes[label].name;
}

/* The class at a place of a round, by Fisher and Yates' shuffle. */
static int class_in_round(uint64_t seed, uint32_t round, int place) {
  SnDraws draws = sn_draws(seed, ORDER, round);
  int order[CLASS_COUNT];
  for (int i = 0; i < CLASS_COUNT; i++) {
    int j = sn_draw_integer(&draws, i + 1);
    order[i] = order[j];
    order[j] = i;
  }
  return order[place];
}

/* What a colour looks like to the eye: the weights of ITU-R BT.709. */
static float luminance(SnColour c) { return 0.2126f * c.red + 0.7152f * c.green + 0.0722f * c.blue; }

static SnColour any_colour(SnDraws *draws) {
  float grey = sn_draw(draws, 0.02f, 0.85f), vivid = sn_draw(draws, 0, 1), spread = vivid * vivid;
  float red = grey * (1 + spread * sn_draw(draws, -1, 1)), green = grey * (1 + spread * sn_draw(draws, -1, 1));
  float blue = grey * (1 + spread * sn_draw(draws, -1, 1));
  return (SnColour){sn_clamp(red, 0, 1), sn_clamp(green, 0, 1), sn_clamp(blue, 0, 1)};
}

static SnColour grey(float value) { return (SnColour){value, value, value}; }

/* Moves a colour's luminance to the given one. */
static SnColour as_light_as(SnColour colour, float wanted) {
  return sn_scale_colour(colour, wanted / sn_larger(luminance(colour), 0.02f));
}

/* Ground and figure. The colour classes fix their relation; the others only that they differ. */
static void choose_colours(SnDraws *draws, Palette palette, SnColour *ground, SnColour *figure) {
  static const SnColour accents[] = {
      [WARM] = {1.0f, 0.35f, 0.12f}, [GREEN] = {0.25f, 0.9f, 0.25f}, [BLUE] = {0.18f, 0.4f, 1.0f}};
  float level = sn_draw(draws, 0.08f, 0.5f), other = sn_draw(draws, 0.08f, 0.5f);
  *ground = any_colour(draws);
  *figure = any_colour(draws);
  switch (palette) {
    case WARM:
    case GREEN:
    case BLUE:
      *ground = grey(level);
      *figure = sn_mix_colours(grey(other), as_light_as(accents[palette], other), sn_draw(draws, 0.4f, 1));
      break;
    case HUE_ONLY: {
      SnColour a = accents[WARM + sn_draw_integer(draws, 3)];
      *ground = as_light_as(sn_mix_colours(a, (SnColour){a.blue, a.red, a.green}, sn_draw(draws, 0, 0.3f)), level);
      *figure = as_light_as((SnColour){a.green, a.blue, a.red}, level);
      break;
    }
    case LIGHT_ON_DARK:
    case DARK_ON_LIGHT: {
      bool swap = (luminance(*ground) < luminance(*figure)) != (palette == LIGHT_ON_DARK);
      SnColour kept = *ground;
      if (swap) *ground = *figure, *figure = kept;
      *figure = palette == LIGHT_ON_DARK ? sn_mix_colours(*figure, grey(0.9f), 0.5f) : sn_scale_colour(*figure, 0.4f);
      break;
    }
    default: {
      float apart = sn_absolute(luminance(*ground) - luminance(*figure));
      if (apart < 0.08f)
        *figure =
            luminance(*ground) > 0.3f ? sn_scale_colour(*figure, 0.35f) : sn_mix_colours(*figure, grey(0.9f), 0.45f);
      break;
    }
  }
}

typedef struct Image {
  SnPattern pattern;
  SnPatternFunction *function;
  Palette palette;
  float cosine, sine, origin_x, origin_y, across, stretch; /* from the image to the pattern */
  float warp, warp_scale;
  SnColour ground, figure;
  float contrast, part_light, part_hue;
  float light_x, light_y, relief, slope_x, slope_y, cloud;
  float soft, noise;
} Image;

static void choose_image(Image *image, SnDraws *draws, const Class *chosen, int64_t size) {
  static SnPatternFunction *const shared[] = {sn_pattern_dots, sn_pattern_noise, sn_pattern_shapes, sn_pattern_cells};
  static const int shared_variant[] = {2, 6, 1, 1};
  bool single = chosen->fewest == chosen->most;
  int either = sn_draw_integer(draws, 4);
  image->function = chosen->pattern ? chosen->pattern : shared[either];
  image->pattern.variant = chosen->pattern ? chosen->variant : shared_variant[either];
  image->palette = chosen->palette;
  sn_noise_fill(&image->pattern.noise, draws);
  image->pattern.a = sn_draw(draws, 0, 1);
  image->pattern.b = sn_draw(draws, 0, 1);
  image->pattern.c = sn_draw(draws, 0, 1);
  float turns = sn_draw(draws, 0, 1), zoom = sn_draw(draws, 0, 1);
  image->across = single ? 2 : chosen->fewest * (1 + (chosen->most / chosen->fewest - 1) * zoom * zoom);
  image->pattern.pixel = image->across / (float)size;
  image->cosine = sn_cosine(turns);
  image->sine = sn_sine(turns);
  image->origin_x = single ? 0 : sn_draw(draws, 0, 32);
  image->origin_y = single ? 0 : sn_draw(draws, 0, 32);
  image->stretch = sn_draw(draws, 0.85f, 1.18f);
  image->warp = sn_draw_sign(draws) > 0 ? 0 : sn_draw(draws, 0.02f, 0.09f) * image->across;
  image->warp_scale = sn_draw(draws, 1, 3) / image->across;
  choose_colours(draws, chosen->palette, &image->ground, &image->figure);
  image->contrast = chosen->palette == ANY ? sn_draw(draws, 0.35f, 1) : sn_draw(draws, 0.7f, 1);
  image->part_light = sn_draw(draws, 0, 0.5f);
  image->part_hue = sn_draw(draws, 0, 1) < 0.4f ? sn_draw(draws, 0, 0.4f) : 0;
  float from = sn_draw(draws, 0, 1);
  image->light_x = sn_cosine(from);
  image->light_y = sn_sine(from);
  image->relief = sn_draw(draws, 0, 1) < 0.2f ? 0 : sn_draw(draws, 0.1f, 0.8f);
  image->slope_x = sn_draw(draws, -0.6f, 0.6f);
  image->slope_y = sn_draw(draws, -0.6f, 0.6f);
  image->cloud = sn_draw(draws, 0, 0.25f);
  image->soft = sn_draw(draws, 0, 1) < 0.5f ? 0 : sn_draw(draws, 0.1f, 1);
  image->noise = sn_draw(draws, 0.002f, 0.035f);
}

static void draw_points(const Image *image, int64_t size, SnPoint *points) {
  for (int64_t row = 0; row < size; row++)
    for (int64_t column = 0; column < size; column++) {
      float u = (((float)column + 0.5f) / (float)size - 0.5f) * image->across,
            v = (((float)row + 0.5f) / (float)size - 0.5f) * image->across;
      if (image->warp > 0) {
        float wu = u * image->warp_scale, wv = v * image->warp_scale;
        u += image->warp * sn_noise(&image->pattern.noise, wu + 5.5f, wv);
        v += image->warp * sn_noise(&image->pattern.noise, wu, wv + 8.5f);
      }
      float x = (u * image->cosine + v * image->sine) * image->stretch, y = v * image->cosine - u * image->sine;
      points[row * size + column] = image->function(&image->pattern, x + image->origin_x, y + image->origin_y);
    }
}

/* The colours of the rainbow, by three waves. */
static SnColour hue(float turns, float level) {
  return (SnColour){level * (1 + 0.9f * sn_cosine(turns)), level * (1 + 0.9f * sn_cosine(turns - 0.333f)),
                    level * (1 + 0.9f * sn_cosine(turns + 0.333f))};
}

static SnColour colour_at(const Image *image, const SnPoint *points, int64_t size, int64_t row, int64_t column) {
  const SnPoint *here = &points[row * size + column];
  SnColour colour = sn_mix_colours(image->ground, image->figure, image->contrast * here->tone);
  if (image->palette == MANY_HUES) colour = hue(here->part, sn_mix(0.15f, 0.35f, here->tone));
  float own = here->part - 0.5f, light = 1 + image->part_light * own;
  colour.red *= light * (1 + image->part_hue * own);
  colour.green *= light;
  colour.blue *= light * (1 - image->part_hue * own);
  int64_t left = column > 0 ? column - 1 : column, right = column + 1 < size ? column + 1 : column;
  int64_t above = row > 0 ? row - 1 : row, below = row + 1 < size ? row + 1 : row;
  float slope_x = points[row * size + right].height - points[row * size + left].height;
  float slope_y = points[below * size + column].height - points[above * size + column].height;
  float slope = (slope_x * image->light_x + slope_y * image->light_y) * 0.5f / image->pattern.pixel;
  float u = (float)column / (float)size - 0.5f, v = (float)row / (float)size - 0.5f;
  float shade = 1 + image->slope_x * u + image->slope_y * v - image->relief * sn_clamp(slope, -1.2f, 1.2f);
  if (image->cloud > 0.1f) shade += image->cloud * sn_noise(&image->pattern.noise, u * 4 + 3, v * 4 + 3);
  return sn_scale_colour(colour, sn_larger(0.05f, shade));
}

static void paint(const Image *image, const SnPoint *points, int64_t size, float *pixels) {
  for (int64_t row = 0; row < size; row++)
    for (int64_t column = 0; column < size; column++) {
      SnColour colour = colour_at(image, points, size, row, column);
      float *at = pixels + (row * size + column) * 3;
      at[0] = sqrtf(sn_clamp(colour.red, 0, 1));
      at[1] = sqrtf(sn_clamp(colour.green, 0, 1));
      at[2] = sqrtf(sn_clamp(colour.blue, 0, 1));
    }
}

/* Blends each pixel with the mean of its four neighbours, then adds noise: the sum of a word's four bytes. */
static void expose(const Image *image, uint64_t seed, uint32_t index, uint64_t first, int64_t size, const float *pixels,
                   uint8_t *rgb) {
  float level = image->noise * (1 / 147.8f), soft = 0.6f * image->soft;
  for (int64_t row = 0; row < size; row++)
    for (int64_t column = 0; column < size; column++) {
      int64_t i = row * size + column;
      const float *here = pixels + 3 * i, *left = column > 0 ? here - 3 : here,
                  *right = column + 1 < size ? here + 3 : here;
      const float *above = row > 0 ? here - 3 * size : here, *below = row + 1 < size ? here + 3 * size : here;
      SnPhilox words = sn_philox(seed, SENSOR, index, first + (uint64_t)i);
      for (int channel = 0; channel < 3; channel++) {
        float around = 0.25f * (left[channel] + right[channel] + above[channel] + below[channel]);
        uint32_t word = words.word[channel];
        uint32_t sum = (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24);
        float value = sn_mix(here[channel], around, soft) + level * ((float)sum - 510);
        rgb[3 * i + channel] = (uint8_t)(sn_clamp(value, 0, 1) * 255 + 0.5f);
      }
    }
}

bool sn_pretraining_draw(uint64_t seed, int64_t index, int64_t size, uint8_t *rgb, int *label) {
  if (!sn_ok()) return false;
  if (index < 0 || index > UINT32_MAX) return sn_fail("pretraining image %" PRId64 ": expected 0 to 2^32 - 1", index);
  if (size < SN_PRETRAINING_MIN_SIZE || size > SN_PRETRAINING_MAX_SIZE)
    return sn_fail("pretraining images of size %" PRId64 ": expected %d to %d", size, SN_PRETRAINING_MIN_SIZE,
                   SN_PRETRAINING_MAX_SIZE);
  Image *image = sn_allocate(1, sizeof *image, "a drawn image");
  SnPoint *points = sn_allocate(size * size, sizeof *points, "a drawn image");
  float *pixels = sn_allocate(3 * size * size, sizeof *pixels, "a drawn image");
  if (sn_ok()) {
    *label = class_in_round(seed, (uint32_t)(index / CLASS_COUNT), (int)(index % CLASS_COUNT));
    SnDraws draws = sn_draws(seed, IMAGE, (uint32_t)index);
    choose_image(image, &draws, &classes[*label], size);
    draw_points(image, size, points);
    paint(image, points, size, pixels);
    expose(image, seed, (uint32_t)index, 0, size, pixels, rgb);
  }
  free(pixels);
  free(points);
  free(image);
  return sn_ok();
}
