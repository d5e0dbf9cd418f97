#include "datasets/generated/pattern.h"

static float half_circle(float t) { return t < 1 && t > -1 ? sqrtf(1 - t * t) : 0; }

static bool warp_is_over(int variant, int i, int j) {
  switch (variant) {
    case 0:
      return (i + j) & 1;
    case 1:
      return ((i + j) & 3) < 2;
    case 2:
      return ((i + 2 * j) % 5 + 5) % 5 != 0;
    default:
      return ((i >> 1) + (j >> 1)) & 1;
  }
}

static SnPoint knit(const SnPattern *pattern, float x, float y) {
  int column = sn_floor(x);
  float side = x - (float)column - 0.5f, wide = sn_absolute(side), row = y + (1.1f + 0.6f * pattern->a) * wide;
  float t = sn_fraction(row) - 0.5f, height = half_circle(t * 2.1f) * half_circle((wide - 0.24f) * 3.6f);
  return (SnPoint){1 - height, 0.4f * height, sn_noise_cell(&pattern->noise, column, sn_floor(row), 0)};
}

SnPoint sn_pattern_weave(const SnPattern *pattern, float x, float y) {
  if (pattern->variant == 4) return knit(pattern, x, y);
  int i = sn_floor(x), j = sn_floor(y), variant = pattern->variant;
  float dx = x - (float)i - 0.5f, dy = y - (float)j - 0.5f;
  bool warp = warp_is_over(variant, i, j);
  float side = warp ? dx : dy, along = warp ? dy : dx;
  int before = along < 0 ? -1 : 1; /* the crossing towards which the point lies: does the thread dive below it? */
  bool dives = warp_is_over(variant, warp ? i : i + before, warp ? j + before : j) != warp;
  float height = half_circle(side * (2.05f + 0.3f * pattern->a)) * (dives ? half_circle(along * 1.75f) : 1);
  float thread = sn_noise_cell(&pattern->noise, warp ? i : j, warp ? 3 : 9, 0);
  float tone = pattern->b < 0.5f ? (warp ? 0.0f : 1.0f) : 1 - height;
  return (SnPoint){tone, 0.35f * height, thread};
}

SnPoint sn_pattern_stripes(const SnPattern *pattern, float x, float y) {
  float thin = 0.06f + 0.07f * pattern->a, tone = 0;
  if (pattern->variant == 6) x += (1 + pattern->a) * sn_absolute(sn_fraction(0.5f * y) - 0.5f);
  if (pattern->variant == 7) x += (0.25f + 0.25f * pattern->a) * sn_sine((0.25f + 0.2f * pattern->b) * y);
  float t = sn_fraction(x) - 0.5f, s = sn_fraction(y) - 0.5f, line = sn_absolute(t), other = sn_absolute(s);
  switch (pattern->variant) {
    case 0:
      tone = 0.5f + 0.5f * sn_sine(x);
      break;
    case 1:
    case 6:
    case 7:
      tone = sn_inside(pattern, line - 0.25f);
      break;
    case 2:
      tone = sn_inside(pattern, line - thin);
      break;
    case 3:
      tone = sn_inside(pattern, sn_absolute(line - 0.16f) - 0.7f * thin);
      break;
    case 4:
      tone = sn_inside(pattern, sn_larger(line - 1.3f * thin, sn_absolute(sn_fraction(0.6f * y) - 0.5f) / 0.6f - 0.5f));
      break;
    case 5:
      tone = (sn_floor(x) + sn_floor(y)) & 1 ? 1.0f : 0.0f;
      break;
    case 8:
      tone = 0.5f * (sn_inside(pattern, line - 0.25f) + sn_inside(pattern, other - 0.25f));
      break;
    default:
      tone = sn_inside(pattern, sn_smaller(line, other) - thin);
      break;
  }
  return (SnPoint){tone, 0.12f * tone,
                   sn_noise_cell(&pattern->noise, sn_floor(x), pattern->variant == 5 ? sn_floor(y) : 0, 0)};
}

/* Distance to the nearest joint of a unit square tile. */
static float to_joint(float dx, float dy) { return 0.5f - sn_larger(sn_absolute(dx), sn_absolute(dy)); }

static float herringbone(float x, float y, int *i, int *j) {
  *i = sn_floor(x);
  *j = sn_floor(y);
  float left = x - (float)*i, top = y - (float)*j, right = 1 - left, bottom = 1 - top;
  int kind = (*i - *j) & 3; /* 0, 1: halves of a lying brick; 3, 2: halves of a standing one */
  float sides = kind < 2 ? sn_smaller(top, bottom) : sn_smaller(left, right);
  float end = kind == 0 ? left : kind == 1 ? right : kind == 3 ? top : bottom;
  if (kind == 1) --*i;
  if (kind == 2) --*j;
  return sn_smaller(sides, end);
}

static float hexagon(float x, float y, int *i, int *j) {
  const float tall = 1.7320508f;
  float best = 9, found = 0;
  for (int shifted = 0; shifted < 2; shifted++) {
    float u = x - 0.5f * (float)shifted, v = (y - 0.5f * tall * (float)shifted) / tall;
    int column = sn_floor(u), row = sn_floor(v);
    float dx = sn_absolute(u - (float)column - 0.5f), dy = sn_absolute(v - (float)row - 0.5f) * tall;
    if (dx * dx + dy * dy >= best) continue;
    best = dx * dx + dy * dy;
    found = 0.5f - sn_larger(dx, 0.5f * dx + 0.8660254f * dy);
    *i = column;
    *j = 2 * row + shifted;
  }
  return found;
}

static float triangle(float x, float y, int *i, int *j) {
  float u = x - y * 0.57735027f, v = y * 1.1547005f;
  *i = sn_floor(u);
  *j = sn_floor(v);
  float fu = u - (float)*i, fv = v - (float)*j;
  bool upper = fu + fv > 1;
  if (upper) fu = 1 - fu, fv = 1 - fv;
  *i = 2 * *i + upper;
  return 0.8660254f * sn_smaller(sn_smaller(fu, fv), 1 - fu - fv);
}

SnPoint sn_pattern_tiles(const SnPattern *pattern, float x, float y) {
  int i = sn_floor(x), j = sn_floor(y);
  float joint;
  switch (pattern->variant) {
    case 0:
      joint = to_joint(x - (float)i - 0.5f, y - (float)j - 0.5f);
      break;
    case 1: {
      float shifted = 0.5f * x + 0.5f * (float)(j & 1);
      i = sn_floor(shifted);
      float end = sn_smaller(shifted - (float)i, (float)i + 1 - shifted) * 2;
      joint = sn_smaller(end, sn_smaller(y - (float)j, (float)j + 1 - y));
      break;
    }
    case 2:
      joint = hexagon(x, y, &i, &j);
      break;
    case 3:
      joint = herringbone(x, y, &i, &j);
      break;
    default:
      joint = triangle(x, y, &i, &j);
      break;
  }
  float half = 0.02f + 0.05f * pattern->a;
  return (SnPoint){sn_inside(pattern, joint - half), 0.15f * sn_step(half, half + 0.1f, joint),
                   sn_noise_cell(&pattern->noise, i, j, 0)};
}

SnPoint sn_pattern_scales(const SnPattern *pattern, float x, float y) {
  int row = sn_floor(2 * y) + 1;
  for (int below = row; below > row - 4; below--) {
    float shifted = x + (below & 1 ? 0.5f : 0.0f);
    int column = sn_floor(shifted);
    float distance = sn_length(shifted - (float)column - 0.5f, (y - 0.5f * (float)below) * (0.8f + 0.4f * pattern->a));
    if (distance < 0.56f)
      return (SnPoint){sn_step(0.40f, 0.55f, distance), 0.3f * (0.56f - distance),
                       sn_noise_cell(&pattern->noise, column, below, 0)};
  }
  return (SnPoint){1, 0, 0.5f};
}

SnPoint sn_pattern_truchet(const SnPattern *pattern, float x, float y) {
  int i = sn_floor(x), j = sn_floor(y);
  float u = x - (float)i, v = y - (float)j, half = 0.07f + 0.10f * pattern->a, distance;
  if (sn_noise_cell(&pattern->noise, i, j, 0) < 0.5f) u = 1 - u;
  if (pattern->variant == 0)
    distance = sn_smaller(sn_absolute(sn_length(u, v) - 0.5f), sn_absolute(sn_length(1 - u, 1 - v) - 0.5f)) - half;
  else
    distance = 0.70710678f * sn_absolute(u - v) - 0.8f * half;
  float tone = sn_inside(pattern, distance);
  return (SnPoint){tone, 0.1f * tone, 0.5f};
}
