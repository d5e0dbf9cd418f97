#include "datasets/generated/pattern.h"

static SnPoint figure(const SnPattern *pattern, float distance, float part) {
  float tone = sn_inside(pattern, distance);
  return (SnPoint){tone, 0.5f * sn_clamp(-distance, 0, 0.12f), part};
}

SnPoint sn_pattern_dots(const SnPattern *pattern, float x, float y) {
  const SnNoise *noise = &pattern->noise;
  if (pattern->variant == 1) { /* rows packed closely */
    y *= 1.1547005f;
    if (sn_floor(y) & 1) x += 0.5f;
  }
  int i = sn_floor(x), j = sn_floor(y);
  float u = x - (float)i - 0.5f, v = y - (float)j - 0.5f, first = sn_noise_cell(noise, i, j, 0),
        second = sn_noise_cell(noise, i, j, 1);
  float third = sn_noise_cell(noise, i + 7, j + 3, 0), radius = 0.18f + 0.16f * pattern->a;
  if (pattern->variant >= 2) {
    radius = pattern->variant == 4 ? 0.05f + 0.08f * third : (0.12f + 0.30f * third) * (0.7f + 0.3f * pattern->a);
    if (pattern->variant == 3 || pattern->variant == 5) radius = 0.24f + 0.16f * third;
    u -= (first - 0.5f) * (1 - 2 * radius);
    v -= (second - 0.5f) * (1 - 2 * radius);
  }
  float distance = sn_length(u, v) - radius;
  if (pattern->variant == 3) distance = sn_absolute(distance + 0.05f) - 0.045f;
  if (pattern->variant == 5) {
    float turns = pattern->b + 0.25f * (third - 0.5f);
    distance = sn_larger(distance, radius * 0.85f - sn_length(u - 0.45f * radius * sn_cosine(turns),
                                                              v - 0.45f * radius * sn_sine(turns)));
  }
  return figure(pattern, distance, third);
}

/* Signed distance, roughly, to a regular polygon of `sides` corners, or a star of as many points. */
static float polygon(float x, float y, int sides, float radius, bool star) {
  float turns = sn_angle(x, y) * (float)sides, sector = (turns - (float)sn_floor(turns + 0.5f)) / (float)sides;
  float length = sn_length(x, y);
  if (!star) return length * sn_cosine(sector) - radius * sn_cosine(0.5f / (float)sides);
  return length - radius * (1 - 2.4f * (float)sides * 0.5f * sn_absolute(sector));
}

static float bar(float x, float y, float width, float height) {
  return sn_larger(sn_absolute(x) - 0.5f * width, sn_absolute(y) - 0.5f * height);
}

SnPoint sn_pattern_shapes(const SnPattern *pattern, float x, float y) {
  const SnNoise *noise = &pattern->noise;
  int i = sn_floor(x), j = sn_floor(y);
  float own = sn_noise_cell(noise, i, j, 0), size = 0.30f + 0.14f * sn_noise_cell(noise, i, j, 1);
  float turns = pattern->b < 0.4f ? pattern->c : own, cosine = sn_cosine(turns), sine = sn_sine(turns);
  float dx = x - (float)i - 0.5f, dy = y - (float)j - 0.5f, u = dx * cosine + dy * sine, v = dy * cosine - dx * sine,
        distance;
  switch (pattern->variant) {
    case 0:
      distance = polygon(u, v, 3, size, false);
      break;
    case 1:
      distance = bar(u, v, 1.3f * size, 1.3f * size);
      break;
    case 2:
      distance = polygon(u, v, 6, size, false);
      break;
    case 3:
      distance = polygon(u, v, 5, 1.1f * size, true);
      break;
    case 4:
      distance = sn_smaller(bar(u, v, 0.5f * size, 2 * size), bar(u, v, 2 * size, 0.5f * size));
      break;
    case 5:
      distance = sn_smaller(bar(u, v + 0.5f * size, 1.5f * size, 0.5f * size),
                            bar(u + 0.5f * size, v, 0.5f * size, 1.5f * size));
      break;
    case 6:
      distance = sn_larger(sn_length(u, v) - size, u);
      break;
    default:
      distance = bar(u, v, 0.4f * size, 2 * size);
      break;
  }
  return figure(pattern, distance, sn_noise_cell(noise, i + 5, j + 9, 0));
}

SnPoint sn_pattern_fibres(const SnPattern *pattern, float x, float y) {
  const SnNoise *noise = &pattern->noise;
  int column = sn_floor(x), row = sn_floor(y);
  float width = 0.05f + 0.05f * pattern->a, best = 9, part = 0;
  for (int j = row - 1; j <= row + 1; j++)
    for (int i = column - 1; i <= column + 1; i++) {
      float own = sn_noise_cell(noise, i, j, 0), other = sn_noise_cell(noise, i, j, 1);
      float turns = pattern->variant == 0 ? 0.06f * (own - 0.5f) : own;
      float dx = x - (float)i - other, dy = y - (float)j - sn_noise_cell(noise, i + 3, j + 8, 0), distance;
      float u = dx * sn_cosine(turns) + dy * sn_sine(turns), v = dy * sn_cosine(turns) - dx * sn_sine(turns);
      if (pattern->variant == 2) /* the half of a circle on one side */
        distance = u > 0 ? sn_absolute(sn_length(u, v) - 0.4f) : sn_length(u, sn_absolute(v) - 0.4f);
      else
        distance = sn_length(u - sn_clamp(u, -0.85f, 0.85f), v);
      if (distance < best) best = distance, part = other;
    }
  float tone = sn_inside(pattern, best - width);
  return (SnPoint){tone, 0.8f * sn_larger(0, width - best), part};
}

SnPoint sn_pattern_glyphs(const SnPattern *pattern, float x, float y) {
  const SnNoise *noise = &pattern->noise;
  float line = 0.7f * y;
  int i = sn_floor(x), j = sn_floor(line);
  float u = (x - (float)i - 0.45f) / 0.62f, v = (line - (float)j - 0.5f) / 0.62f;
  int strokes = 1 + sn_floor(62.99f * sn_noise_cell(noise, i, j, 0));      /* which of six strokes a letter has */
  if (sn_noise_cell(noise, i, j, 1) < 0.15f) return (SnPoint){0, 0, 0.5f}; /* between words */
  float weight = 0.10f + 0.10f * pattern->a, distance = 9;
  if (strokes & 1) distance = sn_smaller(distance, bar(u + 0.4f, v, weight, 1));
  if (strokes & 2) distance = sn_smaller(distance, bar(u - 0.4f, v, weight, 1));
  if (strokes & 4) distance = sn_smaller(distance, bar(u, v + 0.45f, 0.9f, weight));
  if (strokes & 8) distance = sn_smaller(distance, bar(u, v, 0.8f, weight));
  if (strokes & 16) distance = sn_smaller(distance, bar(u, v - 0.45f, 0.9f, weight));
  if (strokes & 32)
    distance = sn_smaller(distance, sn_larger(0.7f * sn_absolute(u + v) - 0.5f * weight, bar(u, v, 1, 1)));
  return figure(pattern, 0.62f * distance, 0.5f);
}
