#include "datasets/generated/relief.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

bool sn_relief_create(SnRelief *relief, int64_t size) {
  *relief = (SnRelief){.size = size, .pixel = 1.0f / (float)size, .lowest = -1};
  relief->surface = sn_allocate(size * size, sizeof *relief->surface, "a drawn image");
  relief->occlusion = sn_allocate(2 * size * size, sizeof *relief->occlusion, "a drawn image");
  if (!sn_ok()) sn_relief_free(relief);
  return sn_ok();
}

void sn_relief_free(SnRelief *relief) {
  free(relief->surface);
  free(relief->occlusion);
  relief->surface = NULL;
  relief->occlusion = NULL;
}

SnWindow sn_relief_window(const SnRelief *relief, float x, float y, float reach) {
  float size = (float)relief->size;
  return (SnWindow){
      (int64_t)sn_clamp((y - reach) * size - 1, 0, size), (int64_t)sn_clamp((y + reach) * size + 2, 0, size),
      (int64_t)sn_clamp((x - reach) * size - 1, 0, size), (int64_t)sn_clamp((x + reach) * size + 2, 0, size)};
}

SnLight sn_light(SnDraws *draws, float low, float variation) {
  float turns = sn_draw(draws, 0, 1), z = 1 - 0.6f * low, flat = sqrtf(1 - z * z);
  SnLight light = {
      .x = flat * sn_cosine(turns), .y = flat * sn_sine(turns), .z = z, .shine = 0.5f, .depth = 0.02f, .hollow = 0.02f};
  float strength = 1 + variation * sn_draw(draws, -0.34f, 0.26f);
  light.ambient = 0.42f * strength;
  light.lamp = 0.62f * strength;
  light.slope_x = variation * sn_draw(draws, -0.45f, 0.45f);
  light.slope_y = variation * sn_draw(draws, -0.45f, 0.45f);
  light.vignette = variation * sn_draw(draws, 0.05f, 0.35f);
  float warm = variation * sn_draw(draws, -0.09f, 0.09f), green = variation * sn_draw(draws, -0.03f, 0.03f);
  light.tint = (SnColour){1 + warm, 1 + green, 1 - warm};
  return light;
}

/* Box mean of width 2 reach + 1 along rows or columns, edges repeated. */
static void box_mean(const float *from, float *to, int64_t size, int64_t reach, int64_t along, int64_t across) {
  float scale = 1.0f / (float)(2 * reach + 1);
  for (int64_t line = 0; line < size; line++) {
    const float *in = from + line * across;
    float *out = to + line * across, sum = 0;
    for (int64_t i = -reach; i <= reach; i++) sum += in[(i < 0 ? 0 : i >= size ? size - 1 : i) * along];
    for (int64_t i = 0; i < size; i++) {
      out[i * along] = sum * scale;
      int64_t enters = i + reach + 1, leaves = i - reach;
      sum += in[(enters >= size ? size - 1 : enters) * along] - in[(leaves < 0 ? 0 : leaves) * along];
    }
  }
}

/* How much of the lamp reaches a pixel: walks towards it and compares heights; penumbra grows with distance. */
static float lamp_visible(const SnRelief *relief, const SnLight *light, float highest, int64_t row, int64_t column) {
  float height = sn_relief_at(relief, row, column)->height, rise = light->z / sn_length(light->x, light->y);
  float blocked = 0, length = sn_length(light->x, light->y);
  float step_x = light->x / length, step_y = light->y / length;
  for (int step = 1; step <= 10; step++) {
    float distance = 0.004f * (float)step * (1 + 0.12f * (float)step);
    int64_t c = column + (int64_t)sn_floor(distance * step_x / relief->pixel + 0.5f);
    int64_t r = row + (int64_t)sn_floor(distance * step_y / relief->pixel + 0.5f);
    if (distance * rise > highest - height) break;
    if (c < 0 || r < 0 || c >= relief->size || r >= relief->size) break;
    float above = sn_relief_at(relief, r, c)->height - height - distance * rise;
    blocked = sn_larger(blocked, sn_clamp(above / (0.004f + 0.35f * distance), 0, 1));
  }
  return 1 - light->shadow * blocked;
}

static float to_the_32nd(float x) {
  for (int doubling = 0; doubling < 5; doubling++) x *= x;
  return x;
}

/* Light of one pixel by Blinn and Phong (1977), ambient light dimmed in hollows. */
static SnColour lit(const SnRelief *relief, const SnLight *light, float mean_height, float highest, int64_t row,
                    int64_t column) {
  int64_t last = relief->size - 1;
  const SnSurface *here = sn_relief_at(relief, row, column);
  float slope_x = sn_relief_at(relief, row, column < last ? column + 1 : last)->height -
                  sn_relief_at(relief, row, column > 0 ? column - 1 : 0)->height;
  float slope_y = sn_relief_at(relief, row < last ? row + 1 : last, column)->height -
                  sn_relief_at(relief, row > 0 ? row - 1 : 0, column)->height;
  float nx = -0.5f * slope_x / relief->pixel, ny = -0.5f * slope_y / relief->pixel;
  float scale = 1 / sqrtf(1 + nx * nx + ny * ny);
  float x = sn_relief_place(relief, column) - 0.5f, y = sn_relief_place(relief, row) - 0.5f;
  float lamp =
      light->lamp * sn_larger(0.1f, 1 + light->slope_x * x + light->slope_y * y - light->vignette * (x * x + y * y));
  if (light->shadow > 0) lamp *= lamp_visible(relief, light, highest, row, column);
  float open = 1 / (1 + sn_larger(0, mean_height - here->height) / light->depth);
  float diffuse = sn_larger(0, (nx * light->x + ny * light->y + light->z) * scale);
  float half = sqrtf(2 * (1 + light->z)); /* length of lamp + camera direction */
  float mirror = sn_larger(0, (nx * light->x + ny * light->y + light->z + 1) * scale / half);
  float brightness = (light->ambient + lamp * diffuse) * open;
  float highlight = light->shine * here->gloss * to_the_32nd(mirror) * lamp * open;
  return (SnColour){(here->colour.red * brightness + highlight) * light->tint.red,
                    (here->colour.green * brightness + highlight) * light->tint.green,
                    (here->colour.blue * brightness + highlight) * light->tint.blue};
}

/* The lens: 3x3 binomial blur, in place, edges repeated. */
static void blur(float *image, float *scratch, int64_t size) {
  for (int64_t channel = 0; channel < 3; channel++) {
    for (int64_t row = 0; row < size; row++)
      for (int64_t column = 0; column < size; column++) {
        const float *at = image + (row * size + column) * 3 + channel;
        float left = column > 0 ? at[-3] : at[0], right = column + 1 < size ? at[3] : at[0];
        scratch[row * size + column] = 0.25f * (left + right) + 0.5f * at[0];
      }
    for (int64_t row = 0; row < size; row++)
      for (int64_t column = 0; column < size; column++) {
        const float *at = scratch + row * size + column;
        float above = row > 0 ? at[-size] : at[0], below = row + 1 < size ? at[size] : at[0];
        image[(row * size + column) * 3 + channel] = 0.25f * (above + below) + 0.5f * at[0];
      }
  }
}

void sn_relief_photograph(const SnRelief *relief, const SnLight *light, float *image) {
  int64_t size = relief->size, count = size * size;
  float *mean = relief->occlusion, *scratch = relief->occlusion + count;
  float highest = -1;
  for (int64_t i = 0; i < count; i++) {
    mean[i] = relief->surface[i].height;
    highest = sn_larger(highest, mean[i]);
  }
  int64_t reach = (int64_t)(light->hollow * (float)size * 0.5f);
  for (int pass = 0; pass < 2 && reach > 0; pass++) {
    box_mean(mean, scratch, size, reach, 1, size);
    box_mean(scratch, mean, size, reach, size, 1);
  }
  for (int64_t row = 0; row < size; row++)
    for (int64_t column = 0; column < size; column++) {
      int64_t i = row * size + column;
      SnColour colour = lit(relief, light, mean[i], highest, row, column);
      image[i * 3] = sqrtf(sn_clamp(colour.red, 0, 1));
      image[i * 3 + 1] = sqrtf(sn_clamp(colour.green, 0, 1));
      image[i * 3 + 2] = sqrtf(sn_clamp(colour.blue, 0, 1));
    }
  blur(image, scratch, size);
}
