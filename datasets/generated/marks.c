#include "datasets/generated/marks.h"

/* The path's bounding circle. */
static SnWindow path_window(const SnRelief *relief, const SnPath *path, float margin) {
  float x = path->x[path->count / 2], y = path->y[path->count / 2], reach = 0;
  for (int i = 0; i < path->count; i++) reach = sn_larger(reach, sn_length(path->x[i] - x, path->y[i] - y));
  return sn_relief_window(relief, x, y, reach + margin);
}

void sn_mark_scratch(SnRelief *relief, const SnPath *path, float width, float depth, SnColour bare, float strength) {
  SnWindow window = path_window(relief, path, 3 * width);
  for (int64_t row = window.top; row < window.bottom; row++)
    for (int64_t column = window.left; column < window.right; column++) {
      float along,
          distance = sn_path_distance(path, sn_relief_place(relief, column), sn_relief_place(relief, row), &along);
      float taper = sn_step(0, 0.15f, along) * sn_step(1, 0.8f, along), t = distance / (width * (0.4f + 0.6f * taper));
      SnSurface *surface = sn_relief_at(relief, row, column);
      if (t >= 2.5f || surface->height < relief->lowest) continue;
      surface->height += depth * taper * (0.5f * sn_bell((t - 1.3f) / 1.1f) - sn_bell(t));
      float torn = strength * taper * sn_step(width + relief->pixel, width - relief->pixel, distance);
      surface->colour = sn_mix_colours(surface->colour, bare, torn);
      surface->gloss *= 1 - 0.6f * torn;
    }
}

void sn_mark_crack(SnRelief *relief, const SnPath *path, float width, float strength) {
  SnWindow window = path_window(relief, path, 3 * width);
  SnColour dark = {0.02f, 0.017f, 0.015f};
  for (int64_t row = window.top; row < window.bottom; row++)
    for (int64_t column = window.left; column < window.right; column++) {
      float along,
          distance = sn_path_distance(path, sn_relief_place(relief, column), sn_relief_place(relief, row), &along);
      float here = width * (0.35f + 0.65f * sn_step(0, 0.3f, along) * sn_step(1, 0.6f, along));
      float gap = strength * sn_step(here + 0.8f * relief->pixel, here - 0.8f * relief->pixel, distance);
      SnSurface *surface = sn_relief_at(relief, row, column);
      if (gap <= 0 || surface->height < relief->lowest) continue;
      surface->colour = sn_mix_colours(surface->colour, dark, gap);
      surface->height -= 0.006f * gap;
      surface->gloss *= 1 - gap;
    }
}

void sn_mark_stain(SnRelief *relief, const SnNoise *noise, const SnBlob *blob, SnColour tint, float soft,
                   float strength) {
  SnWindow window = sn_relief_window(relief, blob->x, blob->y, sn_blob_reach(blob) + soft);
  for (int64_t row = window.top; row < window.bottom; row++)
    for (int64_t column = window.left; column < window.right; column++) {
      float x = sn_relief_place(relief, column), y = sn_relief_place(relief, row);
      float distance = sn_blob_distance(blob, noise, x, y);
      float cover = sn_step(soft, -soft, distance);
      SnSurface *surface = sn_relief_at(relief, row, column);
      if (cover <= 0 || surface->height < relief->lowest) continue;
      float rim = sn_bell((distance + soft) / (2 * soft + 0.15f * blob->radius));
      float patchy = 0.85f + 0.3f * sn_fractal_noise(noise, x * 22, y * 22, 3, 0.6f);
      float amount = sn_clamp(strength * cover * patchy * (0.75f + 0.45f * rim), 0, 1);
      surface->colour = sn_mix_colours(surface->colour, sn_multiply_colours(surface->colour, tint), amount);
      surface->gloss *= 1 - 0.5f * amount;
    }
}

void sn_mark_hole(SnRelief *relief, const SnNoise *noise, const SnBlob *blob, float depth, SnColour ground) {
  SnWindow window = sn_relief_window(relief, blob->x, blob->y, sn_blob_reach(blob));
  for (int64_t row = window.top; row < window.bottom; row++)
    for (int64_t column = window.left; column < window.right; column++) {
      float x = sn_relief_place(relief, column), y = sn_relief_place(relief, row);
      float inside = sn_step(relief->pixel, -2 * relief->pixel, sn_blob_distance(blob, noise, x, y));
      SnSurface *surface = sn_relief_at(relief, row, column);
      if (inside <= 0 || surface->height < relief->lowest) continue;
      float grain = 1 + 0.4f * sn_noise(noise, x * 90, y * 90);
      surface->colour = sn_mix_colours(surface->colour, sn_scale_colour(ground, grain), inside);
      surface->height -= depth * inside;
      surface->gloss *= 1 - inside;
    }
}

void sn_mark_dent(SnRelief *relief, const SnNoise *noise, const SnBlob *blob, float depth) {
  SnWindow window = sn_relief_window(relief, blob->x, blob->y, 1.5f * sn_blob_reach(blob));
  for (int64_t row = window.top; row < window.bottom; row++)
    for (int64_t column = window.left; column < window.right; column++) {
      float x = sn_relief_place(relief, column), y = sn_relief_place(relief, row);
      float t = 1 + sn_blob_distance(blob, noise, x, y) / blob->radius;
      SnSurface *surface = sn_relief_at(relief, row, column);
      if (surface->height < relief->lowest) continue;
      surface->height += depth * (0.18f * sn_bell((t - 1.1f) / 0.35f) - sn_bell(t * 0.95f));
    }
}
