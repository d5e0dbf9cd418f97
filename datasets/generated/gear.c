/* A turned steel gear held by screws, lying on a mat: any place, any rotation, any light. */
#include "datasets/generated/category.h"

enum { BROKEN_TOOTH, DENT, MISSING_SCREW, RUST, SCRATCH };
enum { TEETH = 18, SCREWS = 5 };

typedef struct Gear {
  float x, y, turned, scale; /* middle, turns, size */
  SnColour steel, mat;
  int damaged;  /* tooth or screw */
  float broken; /* how much of the tooth is gone */
} Gear;

#define ROOT_RADIUS 0.300f
#define TOOTH_LENGTH 0.048f
#define GROOVE_RADIUS 0.232f
#define SCREW_CIRCLE 0.160f
#define SCREW_RADIUS 0.034f
#define BORE_RADIUS 0.078f
#define THICKNESS 0.035f

static SnSurface mat(const SnScene *scene, const Gear *gear, float u, float v) {
  float rubber = sn_fractal_noise(&scene->noise, u * 70, v * 70, 2, 0.8f),
        cloud = sn_noise(&scene->noise, u * 3, v * 3);
  float rib = sn_sine(v * 34 + 0.1f * cloud);
  return (SnSurface){.height = 0.0012f * rubber + 0.0015f * rib,
                     .gloss = 0.04f,
                     .colour = sn_scale_colour(gear->mat, 1 + 0.15f * rubber + 0.08f * cloud)};
}

/* How far the gear reaches in the direction of `turns`: teeth are trapezoids. */
static float outline(const SnScene *scene, const Gear *gear, float turns) {
  float tooth = sn_fraction(turns) * TEETH;
  int number = sn_floor(tooth);
  float wave = sn_absolute(tooth - (float)number - 0.5f); /* 0 in the middle of a tooth, 1/2 in a gap */
  float length = TOOTH_LENGTH * sn_step(0.36f, 0.18f, wave);
  if (scene->defect == BROKEN_TOOTH && number == gear->damaged) {
    float jagged = 0.35f * sn_fractal_noise(&scene->noise, tooth * 6, 3, 3, 0.7f);
    length = sn_smaller(length, sn_larger(0, TOOTH_LENGTH * (1 - gear->broken * (1 + jagged))));
  }
  return ROOT_RADIUS + length;
}

static void screw(const SnScene *scene, const Gear *gear, float dx, float dy, int number, SnSurface *surface) {
  float radius = sn_length(dx, dy), pixel = scene->relief.pixel / gear->scale;
  float cover = sn_step(SCREW_RADIUS + pixel, SCREW_RADIUS - pixel, radius);
  if (cover <= 0) return;
  if (scene->defect == MISSING_SCREW && number == gear->damaged) { /* the threaded hole it leaves */
    float thread = sn_sine(radius * 90), inside = sn_step(0.024f + pixel, 0.024f - pixel, radius);
    float seat = sn_step(SCREW_RADIUS, 0.024f, radius);
    surface->height -= 0.004f * seat + 0.02f * inside;
    surface->colour = sn_scale_colour(surface->colour, 1 - 0.15f * seat - inside * (0.66f - 0.08f * thread));
    surface->gloss *= 1 - inside;
    return;
  }
  float own = sn_noise_cell(&scene->noise, number, 21, 0);
  float cosine = sn_cosine(own), sine = sn_sine(own), px = sn_absolute(dx * cosine + dy * sine),
        py = sn_absolute(dy * cosine - dx * sine);
  float hexagon = sn_larger(px, 0.5f * px + 0.8660254f * py) - 0.0165f; /* hexagon socket */
  float key = sn_step(pixel, -pixel, hexagon), dome = sn_step(SCREW_RADIUS, SCREW_RADIUS - 0.009f, radius);
  surface->height = sn_mix(surface->height, THICKNESS + 0.012f * dome - 0.014f * key, cover);
  SnColour brass = sn_scale_colour((SnColour){0.50f, 0.40f, 0.21f}, 1 - 0.75f * key + 0.15f * own);
  surface->colour = sn_mix_colours(surface->colour, brass, cover);
  surface->gloss = sn_mix(surface->gloss, 0.35f * (1 - key), cover);
}

static SnSurface gear_at(const SnScene *scene, const Gear *gear, float u, float v) {
  SnSurface surface = mat(scene, gear, u, v);
  float dx = (u - gear->x) / gear->scale, dy = (v - gear->y) / gear->scale, radius = sn_length(dx, dy);
  float pixel = 0.75f * scene->relief.pixel / gear->scale;
  if (radius > ROOT_RADIUS + TOOTH_LENGTH + 2 * pixel) return surface;
  float turns = sn_angle(dx, dy) - gear->turned, reach = outline(scene, gear, turns);
  float cover =
      sn_step(reach + pixel, reach - pixel, radius) * sn_step(BORE_RADIUS - pixel, BORE_RADIUS + pixel, radius);
  if (cover <= 0) return surface;
  const SnNoise *noise = &scene->noise;
  float groove = sn_bell((radius - GROOVE_RADIUS) / 0.014f), hub = sn_step(0.108f, 0.102f, radius);
  float rim = sn_step(0.236f, 0.246f, radius);
  float bevel = sn_smaller(sn_step(0, 0.012f, reach - radius), sn_step(0, 0.012f, radius - BORE_RADIUS));
  /* Marks of the lathe: concentric, and brightest where they lie across the light. */
  float lathe = sn_noise(noise, radius * 420, turns * 3) + 0.6f * sn_noise(noise, radius * 150 + 9, turns * 6);
  float milled = sn_fractal_noise(noise, dx * 90, dy * 12, 2, 0.6f);
  float texture = sn_mix(lathe, milled, rim);
  float direction = dx * scene->light.x + dy * scene->light.y, length = sn_larger(radius, 1e-6f);
  float across = direction / (length * sn_larger(0.05f, sn_length(scene->light.x, scene->light.y)));
  float sheen = (1 - rim) * (across * across - 0.5f) * 0.22f;
  SnSurface steel = {.height = THICKNESS * (0.82f + 0.18f * bevel) + 0.006f * hub + 0.003f * rim - 0.010f * groove +
                               0.00016f * texture,
                     .gloss = 0.5f};
  steel.colour =
      sn_scale_colour(gear->steel, (1 + 0.09f * texture + sheen) * (1 - 0.45f * groove) * (0.9f + 0.1f * bevel));
  float place = sn_fraction(turns) * SCREWS;
  int number = sn_floor(place);
  float middle = gear->turned + ((float)number + 0.5f) / SCREWS;
  screw(scene, gear, dx - SCREW_CIRCLE * sn_cosine(middle), dy - SCREW_CIRCLE * sn_sine(middle), number, &steel);
  surface.height = sn_mix(surface.height, steel.height, cover);
  surface.gloss = sn_mix(surface.gloss, steel.gloss, cover);
  surface.colour = sn_mix_colours(surface.colour, steel.colour, cover);
  return surface;
}

/* Damage on the flat of the gear: between the screws and the groove, or on the rim. */
static void damage_gear(SnScene *scene, const Gear *gear) {
  SnDraws *damage = &scene->damage;
  float strength = scene->strength;
  float around = sn_draw(damage, 0, 1), radius = sn_draw(damage, 0.2f, 0.275f) * gear->scale;
  float turns = around + sn_draw(damage, -0.1f, 0.1f);
  float x = gear->x + radius * sn_cosine(around), y = gear->y + radius * sn_sine(around);
  if (scene->defect == DENT) {
    SnBlob blob = sn_blob(damage, x, y, sn_mix(0.026f, 0.044f, strength), 1.4f, 0.12f);
    sn_mark_dent(&scene->relief, &scene->noise, &blob, blob.radius * sn_mix(0.35f, 0.75f, strength));
  } else if (scene->defect == RUST) {
    SnColour tint = {0.72f, 0.38f, 0.20f};
    SnBlob blob = sn_blob(damage, x, y, sn_mix(0.028f, 0.06f, strength), 1.6f, 0.5f);
    sn_mark_stain(&scene->relief, &scene->noise, &blob, tint, 0.008f, sn_mix(0.7f, 1, strength));
  } else if (scene->defect == SCRATCH) {
    SnPath path = sn_path_arc(damage, x, y, sn_mix(0.09f, 0.24f, strength), turns, 0.15f);
    sn_mark_scratch(&scene->relief, &path, sn_mix(0.0035f, 0.006f, strength), 0.004f, (SnColour){0.92f, 0.92f, 0.94f},
                    sn_mix(0.5f, 0.95f, strength));
  }
}

static void paint(SnScene *scene) {
  SnDraws *draws = &scene->draws;
  SnRelief *relief = &scene->relief;
  Gear gear = {0};
  gear.x = sn_draw(draws, 0.43f, 0.57f);
  gear.y = sn_draw(draws, 0.43f, 0.57f);
  gear.turned = sn_draw(draws, 0, 1);
  gear.scale = sn_draw(draws, 0.94f, 1.02f);
  float hue = sn_draw(draws, -0.01f, 0.01f), bright = sn_draw(draws, 0.93f, 1.07f);
  gear.steel = sn_scale_colour((SnColour){0.47f + hue, 0.48f, 0.50f - hue}, bright);
  gear.mat = sn_scale_colour((SnColour){0.075f, 0.12f + hue, 0.15f - hue}, sn_draw(draws, 0.88f, 1.12f));
  scene->light = sn_light(draws, 0.7f, 0.6f);
  scene->light.shadow = 0.8f;
  scene->light.depth = 0.03f;
  scene->light.hollow = 0.06f;
  if (scene->defect != SN_GENERATED_GOOD) {
    gear.damaged = sn_draw_integer(&scene->damage, scene->defect == MISSING_SCREW ? SCREWS : TEETH);
    gear.broken = sn_mix(0.5f, 1.0f, scene->strength);
  }
  for (int64_t row = 0; row < relief->size; row++)
    for (int64_t column = 0; column < relief->size; column++)
      *sn_relief_at(relief, row, column) =
          gear_at(scene, &gear, sn_relief_place(relief, column), sn_relief_place(relief, row));
  relief->lowest = 0.5f * THICKNESS;
  if (scene->defect != SN_GENERATED_GOOD) damage_gear(scene, &gear);
}

const SnPainter sn_painter_gear = {
    {"gear", SN_GENERATED_OBJECT, 5, {"broken_tooth", "dent", "missing_screw", "rust", "scratch"}}, paint};
