/* A planed board: annual rings cut lengthwise, fibres and pores along the grain. */
#include "datasets/generated/category.h"

enum { DENT, HOLE, KNOT, SCRATCH, STAIN };

typedef struct Wood {
  float cosine, sine, origin_x, origin_y;
  float rings, wave, contrast;
  SnColour early, late;
  float knot_x, knot_y, knot_radius, knot_stretch, knot_dark; /* in board coordinates; radius 0: none */
} Wood;

/* Board coordinates: x along the grain. */
static void to_board(const Wood *wood, float u, float v, float *x, float *y) {
  *x = u * wood->cosine + v * wood->sine + wood->origin_x;
  *y = v * wood->cosine - u * wood->sine + wood->origin_y;
}

static SnSurface board(const SnScene *scene, const Wood *wood, float u, float v) {
  const SnNoise *noise = &scene->noise;
  float x, y, bent = 0, inside = 0, radius = 1;
  to_board(wood, u, v, &x, &y);
  if (wood->knot_radius > 0) {
    /* Rings part around a knot as water around a pillar: the potential flow around a cylinder. */
    float dx = (x - wood->knot_x) / wood->knot_stretch, dy = y - wood->knot_y;
    float edge = wood->knot_radius * (1 + 0.15f * sn_noise(noise, dx * 40, dy * 40));
    radius = sn_length(dx, dy) / edge;
    float outside = sn_larger(radius, 1);
    bent = -dy / (outside * outside) * sn_step(2.2f, 1.1f, radius);
    inside = sn_step(1.15f, 0.85f, radius);
  }
  float slow = sn_fractal_noise(noise, x * 0.9f, y * 2.6f, 2, 0.4f);
  float ring = (y + bent) * wood->rings + wood->wave * slow + 0.10f * sn_noise(noise, x * 5, y * 26);
  int number = sn_floor(ring);
  float t = ring - (float)number;
  float dark = sn_step(0.15f, 0.86f, t) * sn_step(1.0f, 0.9f, t);
  dark *= 0.55f + 0.45f * sn_noise_cell(noise, number, 5, 0);
  float fibre = sn_fractal_noise(noise, x * 9, y * 120, 2, 0.7f),
        cloud = sn_fractal_noise(noise, x * 2.2f, y * 5, 2, 0.5f);
  float pore = sn_step(0.42f, 0.75f, sn_noise(noise, x * 15 + y * 17.3f, y * 150));
  SnColour colour = sn_mix_colours(wood->early, wood->late, wood->contrast * dark);
  colour = sn_scale_colour(colour, 1 + 0.10f * fibre + 0.10f * cloud);
  if (inside > 0) {
    float age = radius * 5 + 0.5f * sn_noise(noise, x * 30, y * 30), circle = sn_fraction(age);
    SnColour core = sn_scale_colour((SnColour){0.20f, 0.105f, 0.045f},
                                    1 - 0.45f * circle + 0.25f * sn_noise(noise, x * 70, y * 70));
    core = sn_scale_colour(core, 1 - 0.5f * sn_bell((radius - 1) / 0.22f));
    colour = sn_mix_colours(colour, core, inside * wood->knot_dark);
    pore *= 1 - inside;
  }
  colour = sn_scale_colour(colour, 1 - 0.45f * pore);
  return (SnSurface){.height = 0.0009f * fibre - 0.003f * pore - 0.0008f * dark, .gloss = 0.12f, .colour = colour};
}

static void damage_board(SnScene *scene, const Wood *wood) {
  SnRelief *relief = &scene->relief;
  SnDraws *damage = &scene->damage;
  float strength = scene->strength, x = sn_draw(damage, 0.2f, 0.8f), y = sn_draw(damage, 0.2f, 0.8f),
        turns = sn_draw(damage, 0, 1);
  if (scene->defect == DENT) {
    SnBlob blob = sn_blob(damage, x, y, sn_mix(0.028f, 0.06f, strength), 1.6f, 0.15f);
    sn_mark_dent(relief, &scene->noise, &blob, blob.radius * sn_mix(0.3f, 0.7f, strength));
  } else if (scene->defect == HOLE) {
    int holes = 1 + sn_draw_integer(damage, 3);
    for (int i = 0; i < holes; i++) {
      float radius = sn_mix(0.009f, 0.022f, strength) * sn_draw(damage, 0.8f, 1.2f);
      SnBlob blob = sn_blob(damage, x, y, radius, 1.4f, 0.15f);
      x += sn_draw(damage, -0.08f, 0.08f);
      y += sn_draw(damage, -0.08f, 0.08f);
      sn_mark_hole(relief, &scene->noise, &blob, 0.02f, (SnColour){0.05f, 0.03f, 0.018f});
    }
  } else if (scene->defect == SCRATCH) {
    int scratches = 1 + sn_draw_integer(damage, 2);
    for (int i = 0; i < scratches; i++) {
      float length = sn_mix(0.10f, 0.42f, strength) * sn_draw(damage, 0.8f, 1.2f);
      SnPath path =
          sn_path_arc(damage, x + 0.03f * (float)i, y + 0.02f * (float)i, length, turns + 0.02f * (float)i, 0.15f);
      sn_mark_scratch(relief, &path, sn_mix(0.004f, 0.008f, strength), 0.006f,
                      sn_mix_colours(wood->early, (SnColour){0.80f, 0.68f, 0.50f}, 0.7f),
                      sn_mix(0.55f, 0.95f, strength));
    }
  } else if (scene->defect == STAIN) {
    SnColour tints[] = {{0.35f, 0.32f, 0.32f}, {0.55f, 0.38f, 0.30f}, {0.62f, 0.50f, 0.85f}};
    SnBlob blob = sn_blob(damage, x, y, sn_mix(0.04f, 0.10f, strength), 1.5f, 0.35f);
    sn_mark_stain(relief, &scene->noise, &blob, tints[sn_draw_integer(damage, 3)], 0.010f,
                  sn_mix(0.45f, 0.95f, strength));
  }
}

static void paint(SnScene *scene) {
  SnDraws *draws = &scene->draws;
  SnRelief *relief = &scene->relief;
  float turns = sn_draw(draws, -0.012f, 0.012f), hue = sn_draw(draws, -0.02f, 0.02f),
        bright = sn_draw(draws, 0.9f, 1.1f);
  Wood wood = {.cosine = sn_cosine(turns), .sine = sn_sine(turns)};
  wood.origin_x = sn_draw(draws, 0, 32);
  wood.origin_y = sn_draw(draws, 0, 32);
  wood.rings = sn_draw(draws, 10, 15);
  wood.wave = sn_draw(draws, 1.0f, 2.2f);
  wood.contrast = sn_draw(draws, 0.6f, 0.9f);
  wood.early = sn_scale_colour((SnColour){0.56f + hue, 0.36f, 0.185f - hue}, bright);
  wood.late = sn_scale_colour((SnColour){0.33f + hue, 0.175f, 0.075f - 0.5f * hue}, bright);
  scene->light = sn_light(draws, 0.75f, 0.6f);
  scene->light.depth = 0.008f;
  if (scene->defect == KNOT) {
    SnDraws *damage = &scene->damage;
    float u = sn_draw(damage, 0.22f, 0.78f), v = sn_draw(damage, 0.22f, 0.78f);
    to_board(&wood, u, v, &wood.knot_x, &wood.knot_y);
    wood.knot_radius = sn_mix(0.018f, 0.055f, scene->strength);
    wood.knot_stretch = sn_draw(damage, 1.1f, 1.7f);
    wood.knot_dark = sn_mix(0.55f, 1, scene->strength);
  }
  for (int64_t row = 0; row < relief->size; row++)
    for (int64_t column = 0; column < relief->size; column++)
      *sn_relief_at(relief, row, column) =
          board(scene, &wood, sn_relief_place(relief, column), sn_relief_place(relief, row));
  if (scene->defect != SN_GENERATED_GOOD) damage_board(scene, &wood);
}

const SnPainter sn_painter_wood = {{"wood", SN_GENERATED_TEXTURE, 5, {"dent", "hole", "knot", "scratch", "stain"}},
                                   paint};
