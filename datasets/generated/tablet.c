/* A coated oblong tablet with a score and an imprint, lying on a perforated tray: any place, any rotation, any light.
 */
#include "datasets/generated/category.h"

enum { CHIP, CRACK, MISSING_IMPRINT, PEELING, SCRATCH, STAIN };

typedef struct Tablet {
  SnPose pose;
  float tray_cosine, tray_sine, tray_x, tray_y; /* its holes, in holes */
  SnColour coat, tray;
  float pressed; /* depth of score and imprint, a factor */
  int damaged;   /* letter */
  float lacking; /* how much of its depth is gone */
  SnBlob bare;   /* chipped or peeled area */
} Tablet;

#define HALF_LENGTH 0.335f
#define HALF_WIDTH 0.165f
#define BAND 0.045f /* height of the upright side */
#define DOME 0.040f
#define HOLES 9.0f /* of the tray, in an image width */

static const SnColour core = {0.74f, 0.71f, 0.64f};

/* A letter is a few strokes, {x, y} to {x, y}, in a box from -1 to 1. */
enum { LETTERS = 4, MAX_STROKES = 5 };

typedef struct Letter {
  float x; /* on the tablet */
  int count;
  float stroke[MAX_STROKES][4];
} Letter;

static const Letter letters[LETTERS] = {
    {-0.225f, 3, {{-1, -1, -1, 1}, {1, -1, -1, 0.1f}, {-0.5f, -0.2f, 1, 1}}},
    {-0.105f, 3, {{-1, 1, -1, -1}, {-1, -1, 1, 1}, {1, 1, 1, -1}}},
    {0.105f, 2, {{-1, -1, 1, -1}, {1, -1, -0.3f, 1}}},
    {0.225f, 5, {{-1, -1, 1, -1}, {1, -1, 1, 0}, {1, 0, -1, 0}, {-1, 0, -1, 1}, {-1, 1, 1, 1}}},
};

static SnSurface tray(const SnScene *scene, const Tablet *tablet, float u, float v) {
  const SnNoise *noise = &scene->noise;
  float x = (u * tablet->tray_cosine - v * tablet->tray_sine) * HOLES + tablet->tray_x;
  float y = (u * tablet->tray_sine + v * tablet->tray_cosine) * HOLES + tablet->tray_y;
  y += 0.5f * (float)(sn_floor(x) & 1); /* every second column is set off by half a hole */
  float grain = sn_fractal_noise(noise, u * 75, v * 75, 2, 0.8f), cloud = sn_noise(noise, u * 3, v * 3);
  SnSurface surface = {.height = 0.0008f * grain,
                       .gloss = 0.15f,
                       .colour = sn_scale_colour(tablet->tray, 1 + 0.06f * grain + 0.06f * cloud)};
  float powder = sn_step(0.60f, 0.85f, sn_noise(noise, u * 55 + 11, v * 55));
  surface.colour = sn_mix_colours(surface.colour, core, 0.35f * powder);
  float radius = sn_length(sn_fraction(x) - 0.5f, sn_fraction(y) - 0.5f), pixel = scene->relief.pixel * HOLES;
  float hole = sn_step(0.21f + pixel, 0.21f - pixel, radius), seat = sn_step(0.29f, 0.21f, radius);
  surface.height -= 0.004f * seat + 0.03f * hole;
  surface.colour = sn_scale_colour(surface.colour, 1 - 0.88f * hole);
  surface.gloss *= 1 - hole;
  return surface;
}

static float stroke_distance(const float stroke[4], float x, float y) {
  float dx = stroke[2] - stroke[0], dy = stroke[3] - stroke[1];
  float t = sn_clamp(((x - stroke[0]) * dx + (y - stroke[1]) * dy) / (dx * dx + dy * dy), 0, 1);
  return sn_length(x - stroke[0] - t * dx, y - stroke[1] - t * dy);
}

/* How deep score and imprint are pressed in at a place of the tablet, 0 to about 1. */
static float pressed(const SnScene *scene, const Tablet *tablet, float x, float y) {
  float deepest = 1.3f * sn_bell(x / 0.016f);
  for (int i = 0; i < LETTERS; i++) {
    float px = (x - letters[i].x) / 0.055f, py = y / 0.055f, nearest = 9; /* boxes of one scale keep strokes round */
    if (sn_absolute(px) > 1 || sn_absolute(py) > 1.4f) continue;
    for (int j = 0; j < letters[i].count; j++) {
      const float *s = letters[i].stroke[j];
      float scaled[4] = {0.6f * s[0], s[1], 0.6f * s[2], s[3]};
      nearest = sn_smaller(nearest, stroke_distance(scaled, px, py));
    }
    float depth = sn_bell(nearest / 0.30f);
    if (scene->defect == MISSING_IMPRINT && i == tablet->damaged) depth *= 1 - tablet->lacking;
    deepest = sn_larger(deepest, depth);
  }
  return deepest * tablet->pressed;
}

static SnColour coating(const SnScene *scene, const Tablet *tablet, float x, float y) {
  const SnNoise *noise = &scene->noise;
  float mottled = sn_fractal_noise(noise, x * 14, y * 14, 3, 0.6f);
  SnCell speck = sn_noise_nearest(noise, x * 30, y * 30);
  float inside = sn_step(0.24f, 0.10f, speck.nearest) * sn_step(0.55f, 0.9f, speck.value[0]);
  SnColour colour = sn_scale_colour(tablet->coat, 1 + 0.05f * mottled);
  return sn_mix_colours(colour, (SnColour){0.34f, 0.19f, 0.10f}, 0.35f * inside);
}

/* Where the coat is off, the pale core shows; of a chip the core is broken out too, down to the tray at the rim.
 * Returns how much of the tablet is left over the tray. */
static float lay_bare(const SnScene *scene, const Tablet *tablet, float u, float v, SnSurface *surface) {
  const SnNoise *noise = &scene->noise;
  float distance = sn_blob_distance(&tablet->bare, noise, u, v), pixel = scene->relief.pixel;
  float rough = sn_fractal_noise(noise, u * 60, v * 60, 3, 0.7f), bare = sn_step(pixel, -pixel, distance);
  if (scene->defect == CHIP) {
    float depth = sn_clamp(-distance / tablet->bare.radius, 0, 1);
    surface->height -= bare * (0.10f * depth + 0.003f + 0.003f * rough);
  } else {
    surface->height += 0.0016f * sn_bell((distance - 0.006f) / 0.012f) - bare * (0.004f - 0.001f * rough);
  }
  surface->colour = sn_mix_colours(surface->colour, sn_scale_colour(core, 1 + 0.10f * rough), bare);
  surface->gloss *= 1 - bare;
  return sn_mix(1, sn_step(0, 0.010f, surface->height), bare);
}

static SnSurface tablet_at(const SnScene *scene, const Tablet *tablet, float u, float v) {
  SnSurface surface = tray(scene, tablet, u, v);
  float x, y, pixel = 0.75f * scene->relief.pixel / tablet->pose.scale;
  sn_pose_to_object(&tablet->pose, u, v, &x, &y);
  float beyond = sn_larger(0, sn_absolute(x) - HALF_LENGTH + HALF_WIDTH);
  float inside = HALF_WIDTH - sn_length(beyond, y); /* distance to the outline, positive inside */
  float cover = sn_step(-pixel, pixel, inside);
  if (cover <= 0) return surface;
  float slope = 1 - sn_clamp(inside / HALF_WIDTH, 0, 1), press = pressed(scene, tablet, x, y);
  float peel = sn_fractal_noise(&scene->noise, x * 50, y * 50, 2, 0.6f);
  SnSurface top = {
      .height = BAND * sn_step(-0.002f, 0.012f, inside) + DOME * (1 - slope * slope) - 0.0075f * press + 0.0003f * peel,
      .gloss = 0.35f,
      .colour = sn_scale_colour(coating(scene, tablet, x, y), 1 - 0.16f * sn_smaller(press, 1))};
  if (scene->defect == CHIP || scene->defect == PEELING) cover *= lay_bare(scene, tablet, u, v, &top);
  surface.height = sn_mix(surface.height, top.height, cover);
  surface.gloss = sn_mix(surface.gloss, top.gloss, cover);
  surface.colour = sn_mix_colours(surface.colour, top.colour, cover);
  return surface;
}

static void choose_damage(SnScene *scene, Tablet *tablet) {
  SnDraws *damage = &scene->damage;
  float strength = scene->strength, x = sn_draw(damage, -0.26f, 0.26f), y = sn_draw(damage, -0.09f, 0.09f), u, v;
  tablet->damaged = sn_draw_integer(damage, LETTERS);
  tablet->lacking = sn_mix(0.25f, 1, strength);
  if (scene->defect == CHIP) { /* at the rim: along the straight side, or around an end */
    float turns = sn_draw(damage, -0.25f, 0.25f), side = sn_draw_sign(damage);
    x = side * (HALF_LENGTH - HALF_WIDTH + HALF_WIDTH * sn_cosine(turns)) * sn_draw(damage, 0.3f, 1);
    float beyond = sn_larger(0, sn_absolute(x) - HALF_LENGTH + HALF_WIDTH);
    y = sn_draw_sign(damage) * sqrtf(sn_larger(0, HALF_WIDTH * HALF_WIDTH - beyond * beyond));
  }
  sn_pose_to_image(&tablet->pose, x, y, &u, &v);
  float radius = scene->defect == CHIP ? sn_mix(0.026f, 0.062f, strength) : sn_mix(0.016f, 0.046f, strength);
  tablet->bare = sn_blob(damage, u, v, radius, 1.7f, 0.35f);
}

static void damage_tablet(SnScene *scene, const Tablet *tablet) {
  SnDraws *damage = &scene->damage;
  SnRelief *relief = &scene->relief;
  float strength = scene->strength, x = sn_draw(damage, -0.22f, 0.22f), y = sn_draw(damage, -0.07f, 0.07f), u, v;
  float turns = sn_draw(damage, 0, 1);
  sn_pose_to_image(&tablet->pose, x, y, &u, &v);
  if (scene->defect == CRACK) {
    SnPath path = sn_path_jagged(damage, u, v, sn_mix(0.08f, 0.28f, strength), turns, 0.13f);
    sn_mark_crack(relief, &path, sn_mix(0.0026f, 0.0046f, strength), sn_mix(0.4f, 0.95f, strength));
  } else if (scene->defect == SCRATCH) {
    SnPath path = sn_path_arc(damage, u, v, sn_mix(0.07f, 0.24f, strength), turns, 0.12f);
    sn_mark_scratch(relief, &path, sn_mix(0.0032f, 0.0056f, strength), 0.003f, core, sn_mix(0.4f, 0.9f, strength));
  } else if (scene->defect == STAIN) {
    SnColour tints[] = {{0.52f, 0.40f, 0.34f}, {0.45f, 0.55f, 0.80f}, {0.62f, 0.66f, 0.62f}};
    SnBlob blob = sn_blob(damage, u, v, sn_mix(0.022f, 0.058f, strength), 1.5f, 0.4f);
    sn_mark_stain(relief, &scene->noise, &blob, tints[sn_draw_integer(damage, 3)], 0.008f,
                  sn_mix(0.4f, 0.95f, strength));
  }
}

static void paint(SnScene *scene) {
  SnDraws *draws = &scene->draws;
  SnRelief *relief = &scene->relief;
  float turns = sn_draw(draws, 0, 1), tray_turns = sn_draw(draws, -0.015f, 0.015f), hue = sn_draw(draws, -0.02f, 0.02f),
        bright = sn_draw(draws, 0.92f, 1.08f);
  Tablet tablet = {.pose = {.cosine = sn_cosine(turns), .sine = sn_sine(turns)}};
  tablet.tray_cosine = sn_cosine(tray_turns);
  tablet.tray_sine = sn_sine(tray_turns);
  tablet.pose.x = sn_draw(draws, 0.44f, 0.56f);
  tablet.pose.y = sn_draw(draws, 0.44f, 0.56f);
  tablet.pose.scale = sn_draw(draws, 0.96f, 1.03f);
  tablet.tray_x = sn_draw(draws, 0, 32);
  tablet.tray_y = sn_draw(draws, 0, 32);
  tablet.pressed = sn_draw(draws, 0.85f, 1.1f);
  tablet.coat = sn_scale_colour((SnColour){0.62f + hue, 0.38f, 0.24f - hue}, bright);
  tablet.tray = sn_scale_colour((SnColour){0.33f, 0.34f, 0.35f}, sn_draw(draws, 0.9f, 1.1f));
  scene->light = sn_light(draws, 0.65f, 0.55f);
  scene->light.shadow = 0.7f;
  scene->light.depth = 0.03f;
  scene->light.hollow = 0.05f;
  if (scene->defect != SN_GENERATED_GOOD) choose_damage(scene, &tablet);
  for (int64_t row = 0; row < relief->size; row++)
    for (int64_t column = 0; column < relief->size; column++)
      *sn_relief_at(relief, row, column) =
          tablet_at(scene, &tablet, sn_relief_place(relief, column), sn_relief_place(relief, row));
  relief->lowest = 0.5f * BAND;
  if (scene->defect != SN_GENERATED_GOOD) damage_tablet(scene, &tablet);
}

const SnPainter sn_painter_tablet = {
    {"tablet", SN_GENERATED_OBJECT, 6, {"chip", "crack", "missing_imprint", "peeling", "scratch", "stain"}}, paint};
