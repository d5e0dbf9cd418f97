#include "datasets/generated/pattern.h"

/* Where the thing lies: off the middle, turned, and of its own size; all from the image's three numbers. */
static void to_thing(const SnPattern *pattern, float *x, float *y) {
  float place = 0.5f * (sn_noise_cell(&pattern->noise, 1, 1, 0) - 0.5f);
  *x = (*x - place) / (0.7f + 0.5f * pattern->a);
  *y = (*y - 0.5f * (sn_noise_cell(&pattern->noise, 1, 1, 1) - 0.5f)) / (0.7f + 0.5f * pattern->a);
}

SnPoint sn_pattern_radial(const SnPattern *pattern, float x, float y) {
  to_thing(pattern, &x, &y);
  float radius = sn_length(x, y), turns = sn_angle(x, y), rings = 2.5f + 3 * pattern->b, v;
  float spokes = (float)(5 + sn_floor(9 * pattern->c));
  float pixel = pattern->pixel;
  float ring = sn_absolute(sn_fraction(radius * rings) - 0.5f) / rings - 0.25f / rings;
  float spoke = (sn_absolute(sn_fraction(turns * spokes) - 0.5f) - 0.25f) * radius * 6.2831853f / spokes;
  switch (pattern->variant) {
    case 0:
      v = sn_clamp(0.5f - 0.7f * ring / pixel, 0, 1);
      break;
    case 1:
      v = sn_clamp(0.5f - 0.7f * spoke / pixel, 0, 1);
      break;
    case 2:
      v = sn_clamp(0.5f - 0.7f * (sn_absolute(sn_fraction(radius * rings + turns) - 0.5f) - 0.25f) / (rings * pixel), 0,
                   1);
      break;
    default: {
      float r = sn_clamp(0.5f - 0.7f * ring / pixel, 0, 1), s = sn_clamp(0.5f - 0.7f * spoke / pixel, 0, 1);
      v = r + s - 2 * r * s;
      break;
    }
  }
  return (SnPoint){v, 0.05f * v, 0.5f};
}

static float box(float x, float y, float half_width, float half_height, float round) {
  float dx = sn_absolute(x) - half_width + round, dy = sn_absolute(y) - half_height + round;
  return sn_length(sn_larger(dx, 0), sn_larger(dy, 0)) + sn_smaller(sn_larger(dx, dy), 0) - round;
}

SnPoint sn_pattern_object(const SnPattern *pattern, float x, float y) {
  float ground = sn_fractal_noise(&pattern->noise, x * 6, y * 6, 2, 0.6f);
  to_thing(pattern, &x, &y);
  float radius = sn_length(x, y), distance;
  switch (pattern->variant) {
    case 0:
      distance = radius - 0.6f;
      break;
    case 1:
      distance = sn_absolute(radius - 0.5f) - 0.08f - 0.1f * pattern->b;
      break;
    case 2:
      distance = box(x, y, 0.55f, 0.35f + 0.2f * pattern->b, 0.1f);
      break;
    case 3: {
      float teeth = (float)(8 + sn_floor(10 * pattern->b));
      float wave = sn_absolute(sn_fraction(sn_angle(x, y) * teeth) - 0.5f);
      distance = sn_larger(radius - 0.5f - 0.12f * sn_step(0.32f, 0.2f, wave), 0.2f - radius);
      break;
    }
    case 4:
      distance = sn_smaller(box(x, y, 0.16f, 0.65f, 0.03f), box(x, y, 0.65f, 0.16f, 0.03f));
      break;
    default:
      distance = sn_smaller(box(x, y, 0.28f, 0.55f, 0.26f), box(x, y + 0.5f, 0.11f, 0.35f, 0.05f));
      break;
  }
  float tone = sn_inside(pattern, distance);
  return (SnPoint){sn_clamp(tone * (0.9f + 0.1f * ground) + 0.12f * (1 - tone) * ground, 0, 1),
                   0.1f * sn_step(0, -0.15f, distance) + 0.006f * ground, tone};
}

SnPoint sn_pattern_plain(const SnPattern *pattern, float x, float y) {
  const SnNoise *noise = &pattern->noise;
  float ground = sn_fractal_noise(noise, x * 8, y * 8, 2, 0.7f), mark = 0, height = 0;
  to_thing(pattern, &x, &y);
  float uneven = 0.12f * sn_fractal_noise(noise, x * 2.5f, y * 2.5f, 2, 0.6f), radius = sn_length(x, y);
  switch (pattern->variant) {
    case 0:
      break;
    case 1: {
      float off = sn_absolute(y + (pattern->b - 0.5f) * x * x), end = sn_absolute(x) - 0.5f - 0.4f * pattern->c;
      mark = sn_inside(pattern, sn_larger(off - 0.035f, end));
      height = -0.06f * mark;
      break;
    }
    case 2:
      mark = 0.4f * sn_step(0.25f, 0.1f, radius + uneven);
      height = -0.35f * sn_step(0.3f, 0.05f, radius + uneven);
      break;
    case 3:
      mark = sn_step(0.55f, 0.15f, radius + 2 * uneven);
      break;
    case 4:
      mark = sn_inside(pattern, y + 0.3f * uneven);
      height = 0.1f * mark;
      break;
    case 5:
      mark = sn_inside(pattern, sn_larger(x, y * (0.6f + 0.8f * pattern->b)));
      height = 0.1f * mark;
      break;
    default:
      mark = sn_inside(pattern, sn_smaller(sn_absolute(x), sn_absolute(y)) - 0.05f - 0.08f * pattern->b);
      height = 0.06f * mark;
      break;
  }
  return (SnPoint){sn_clamp(mark + 0.08f * ground, 0, 1), height + 0.004f * ground, 0.5f};
}
