#include "datasets/generated/pretraining.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/generated/pretraining_classes.h"
#include "datasets/generated/relief.h"

/* Streams of random numbers, apart from the generated data set's. */
enum { ORDER = 0x50000000, IMAGE, SENSOR };

int sn_pretraining_class_count(void) { return SN_PRETRAINING_CLASSES; }

const char *sn_pretraining_class_name(int label) {
  if (!sn_ok()) return NULL;
  if (label < 0 || label >= SN_PRETRAINING_CLASSES)
    return sn_fail_null("pretraining class %d: expected 0 to %d", label, SN_PRETRAINING_CLASSES - 1);
  return sn_pretraining_classes[label].name;
}

/* The class at a place of a round, by Fisher and Yates' shuffle. */
static int class_in_round(uint64_t seed, uint32_t round, int place) {
  SnDraws draws = sn_draws(seed, ORDER, round);
  int order[SN_PRETRAINING_CLASSES];
  for (int i = 0; i < SN_PRETRAINING_CLASSES; i++) {
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
static void choose_colours(SnDraws *draws, SnPalette palette, SnColour *ground, SnColour *figure) {
  static const SnColour accents[] = {[SN_PALETTE_WARM] = {1.0f, 0.35f, 0.12f},
                                     [SN_PALETTE_GREEN] = {0.25f, 0.9f, 0.25f},
                                     [SN_PALETTE_BLUE] = {0.18f, 0.4f, 1.0f}};
  float level = sn_draw(draws, 0.08f, 0.5f), other = sn_draw(draws, 0.08f, 0.5f);
  *ground = any_colour(draws);
  *figure = any_colour(draws);
  switch (palette) {
    case SN_PALETTE_WARM:
    case SN_PALETTE_GREEN:
    case SN_PALETTE_BLUE:
      *ground = grey(level);
      *figure = sn_mix_colours(grey(other), as_light_as(accents[palette], other), sn_draw(draws, 0.4f, 1));
      break;
    case SN_PALETTE_HUE_ONLY: {
      SnColour a = accents[SN_PALETTE_WARM + sn_draw_integer(draws, 3)];
      *ground = as_light_as(sn_mix_colours(a, (SnColour){a.blue, a.red, a.green}, sn_draw(draws, 0, 0.3f)), level);
      *figure = as_light_as((SnColour){a.green, a.blue, a.red}, level);
      break;
    }
    case SN_PALETTE_LIGHT_ON_DARK:
    case SN_PALETTE_DARK_ON_LIGHT: {
      bool swap = (luminance(*ground) < luminance(*figure)) != (palette == SN_PALETTE_LIGHT_ON_DARK);
      SnColour kept = *ground;
      if (swap) *ground = *figure, *figure = kept;
      *figure = palette == SN_PALETTE_LIGHT_ON_DARK ? sn_mix_colours(*figure, grey(0.9f), 0.5f)
                                                    : sn_scale_colour(*figure, 0.4f);
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
  SnPalette palette;
  float cosine, sine, origin_x, origin_y, across, stretch; /* from the image to the pattern */
  float warp, warp_scale;
  SnColour ground, figure;
  float contrast, part_light, part_hue;
  float light_x, light_y, relief, slope_x, slope_y, cloud;
  float soft, noise;
} Image;

static void choose_image(Image *image, SnDraws *draws, const SnPretrainingClass *chosen, int64_t size) {
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
  image->contrast = chosen->palette == SN_PALETTE_ANY ? sn_draw(draws, 0.35f, 1) : sn_draw(draws, 0.7f, 1);
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
  if (image->palette == SN_PALETTE_MANY_HUES) colour = hue(here->part, sn_mix(0.15f, 0.35f, here->tone));
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
    *label = class_in_round(seed, (uint32_t)(index / SN_PRETRAINING_CLASSES), (int)(index % SN_PRETRAINING_CLASSES));
    SnDraws draws = sn_draws(seed, IMAGE, (uint32_t)index);
    choose_image(image, &draws, &sn_pretraining_classes[*label], size);
    draw_points(image, size, points);
    paint(image, points, size, pixels);
    expose(image, seed, (uint32_t)index, 0, size, pixels, rgb);
  }
  free(pixels);
  free(points);
  free(image);
  return sn_ok();
}
