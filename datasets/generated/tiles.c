/* Terrazzo tiles in grout: each tile has its own tone, tilt and chips of stone. */
#include "datasets/generated/category.h"

enum { BROKEN_EDGE, CRACK, MISPLACED_TILE, MISSING_TILE, OFF_COLOUR, STAIN };

typedef struct Tiles {
  float cosine, sine, across, phase_x, phase_y; /* across: tiles in an image width */
  float grout;                                  /* half a joint, in tiles */
  SnColour body, mortar;
  int tile_x, tile_y;                             /* the damaged tile */
  float turn_cosine, turn_sine, shift_x, shift_y; /* how it lies */
  SnColour tone;                                  /* its tint */
  SnBlob broken;
} Tiles;

static void to_tiles(const Tiles *tiles, float u, float v, float *x, float *y) {
  *x = (u * tiles->cosine - v * tiles->sine) * tiles->across + tiles->phase_x;
  *y = (u * tiles->sine + v * tiles->cosine) * tiles->across + tiles->phase_y;
}

static void to_image(const Tiles *tiles, float x, float y, float *u, float *v) {
  float dx = (x - tiles->phase_x) / tiles->across, dy = (y - tiles->phase_y) / tiles->across;
  *u = dx * tiles->cosine + dy * tiles->sine;
  *v = dy * tiles->cosine - dx * tiles->sine;
}

/* Signed distance to a rounded square of half width `half`. */
static float square_distance(float x, float y, float half, float round) {
  float dx = sn_absolute(x) - half + round, dy = sn_absolute(y) - half + round;
  return sn_length(sn_larger(dx, 0), sn_larger(dy, 0)) + sn_smaller(sn_larger(dx, dy), 0) - round;
}

static SnColour stone(const SnNoise *noise, const SnColour *body, float x, float y) {
  SnColour colour = sn_scale_colour(*body, 1 + 0.08f * sn_fractal_noise(noise, x * 17, y * 17, 2, 0.7f));
  SnCell chip = sn_noise_nearest(noise, x * 9, y * 9);
  static const SnColour chips[] = {
      {0.16f, 0.15f, 0.15f}, {0.62f, 0.60f, 0.56f}, {0.36f, 0.25f, 0.20f}, {0.30f, 0.33f, 0.33f}};
  float inside = sn_step(0.30f + 0.03f, 0.30f - 0.03f, chip.nearest + 0.14f * (1 - chip.value[1]));
  return sn_mix_colours(colour, chips[sn_floor(chip.value[0] * 3.999f)], 0.7f * inside);
}

static SnSurface ground(const SnScene *scene, const Tiles *tiles, float x, float y) {
  float sand = sn_fractal_noise(&scene->noise, x * 22, y * 22, 2, 0.8f);
  return (SnSurface){.height = 0.0015f * sand, .colour = sn_scale_colour(tiles->mortar, 1 + 0.22f * sand)};
}

static SnSurface tile(const SnScene *scene, const Tiles *tiles, float u, float v) {
  const SnNoise *noise = &scene->noise;
  float x, y;
  to_tiles(tiles, u, v, &x, &y);
  SnSurface surface = ground(scene, tiles, x, y);
  int i = sn_floor(x), j = sn_floor(y);
  bool damaged = scene->defect != SN_GENERATED_GOOD && i == tiles->tile_x && j == tiles->tile_y;
  float dx = x - (float)i - 0.5f, dy = y - (float)j - 0.5f;
  SnColour body = tiles->body;
  if (damaged && scene->defect == MISSING_TILE) {
    float comb = sn_sine((dx * tiles->turn_cosine + dy * tiles->turn_sine) * 7 + 0.25f * sn_noise(noise, x * 5, y * 5));
    float bed = sn_step(0.5f - tiles->grout, 0.44f - tiles->grout, sn_larger(sn_absolute(dx), sn_absolute(dy)));
    surface.height += bed * (0.003f * comb - 0.006f);
    surface.colour = sn_scale_colour(surface.colour, 1 - bed * (0.18f - 0.10f * comb));
    return surface;
  }
  if (damaged && scene->defect == MISPLACED_TILE) {
    float px = dx - tiles->shift_x, py = dy - tiles->shift_y;
    dx = px * tiles->turn_cosine + py * tiles->turn_sine;
    dy = py * tiles->turn_cosine - px * tiles->turn_sine;
  }
  if (damaged && scene->defect == OFF_COLOUR) body = sn_multiply_colours(body, tiles->tone);
  float half = 0.5f - tiles->grout - 0.008f * sn_noise_cell(noise, i, j, 0);
  float edge = square_distance(dx, dy, half, 0.05f) + 0.006f * sn_noise(noise, x * 14, y * 14);
  float pixel = scene->relief.pixel * tiles->across, cover = sn_step(0.6f * pixel, -0.6f * pixel, edge);
  if (cover <= 0) return surface;
  float own = 0.95f + 0.10f * sn_noise_cell(noise, i + 9, j + 4, 1),
        warm = 0.03f * (sn_noise_cell(noise, i + 3, j + 13, 1) - 0.5f);
  /* Chips are read where the tile was cut from the slab: they turn and move with it. */
  SnColour colour = stone(noise, &body, dx + (float)i * 1.37f + 0.5f, dy + (float)j * 1.61f + 0.5f);
  colour = sn_multiply_colours(colour, (SnColour){own + warm, own, own - warm});
  float tilt =
      0.02f * ((sn_noise_cell(noise, i, j + 7, 0) - 0.5f) * dx + (sn_noise_cell(noise, i, j + 7, 1) - 0.5f) * dy);
  SnSurface top = {.height = 0.007f * sn_step(0.01f, -0.035f, edge) + tilt * 0.4f, .gloss = 0.45f, .colour = colour};
  if (damaged && scene->defect == BROKEN_EDGE) {
    float depth = sn_step(0, -0.012f, sn_blob_distance(&tiles->broken, noise, u, v));
    if (depth > 0) {
      float rough = sn_fractal_noise(noise, x * 16, y * 16, 3, 0.7f);
      top.height -= depth * (0.006f + 0.0028f * rough);
      top.gloss *= 1 - depth;
      top.colour =
          sn_mix_colours(top.colour, sn_scale_colour((SnColour){0.60f, 0.47f, 0.33f}, 1 + 0.2f * rough), 0.85f * depth);
    }
  }
  surface.height = sn_mix(surface.height, top.height, cover);
  surface.gloss = top.gloss * cover;
  surface.colour = sn_mix_colours(surface.colour, top.colour, cover);
  return surface;
}

/* The damaged tile is one whose middle lies well inside the image. */
static void choose_tile(SnScene *scene, Tiles *tiles) {
  SnDraws *damage = &scene->damage;
  float u = sn_draw(damage, 0.25f, 0.75f), v = sn_draw(damage, 0.25f, 0.75f), x, y, strength = scene->strength;
  to_tiles(tiles, u, v, &x, &y);
  tiles->tile_x = sn_floor(x);
  tiles->tile_y = sn_floor(y);
  float turns = sn_draw_sign(damage) * sn_mix(0.018f, 0.05f, strength);
  if (scene->defect == MISSING_TILE) turns = sn_draw(damage, 0, 1);
  tiles->turn_cosine = sn_cosine(turns);
  tiles->turn_sine = sn_sine(turns);
  tiles->shift_x = sn_draw_sign(damage) * sn_mix(0.02f, 0.07f, strength);
  tiles->shift_y = sn_draw_sign(damage) * sn_mix(0.02f, 0.07f, strength);
  SnColour tones[] = {{0.62f, 0.52f, 0.42f}, {0.55f, 0.75f, 0.95f}, {1.25f, 0.72f, 0.60f}, {0.55f, 0.55f, 0.58f}};
  tiles->tone = sn_mix_colours((SnColour){1, 1, 1}, tones[sn_draw_integer(damage, 4)], sn_mix(0.65f, 1, strength));
  float side = sn_draw(damage, -0.5f, 0.5f), corner_x = (float)tiles->tile_x + 0.5f,
        corner_y = (float)tiles->tile_y + 0.5f;
  if (sn_draw_sign(damage) > 0) {
    corner_x += side;
    corner_y += 0.47f * sn_draw_sign(damage);
  } else {
    corner_x += 0.47f * sn_draw_sign(damage);
    corner_y += side;
  }
  to_image(tiles, corner_x, corner_y, &u, &v);
  tiles->broken = sn_blob(damage, u, v, sn_mix(0.036f, 0.07f, strength), 1.4f, 0.4f);
}

static void damage_tiles(SnScene *scene, const Tiles *tiles) {
  SnDraws *damage = &scene->damage;
  float x = (float)tiles->tile_x + sn_draw(damage, 0.4f, 0.6f), y = (float)tiles->tile_y + sn_draw(damage, 0.4f, 0.6f);
  float strength = scene->strength, turns = sn_draw(damage, 0, 1), u, v;
  to_image(tiles, x, y, &u, &v);
  if (scene->defect == CRACK) {
    SnPath path = sn_path_jagged(damage, u, v, sn_mix(0.12f, 0.22f, strength), turns, 0.13f);
    sn_mark_crack(&scene->relief, &path, sn_mix(0.0035f, 0.006f, strength), sn_mix(0.7f, 1, strength));
  } else if (scene->defect == STAIN) {
    SnColour tints[] = {{0.60f, 0.36f, 0.18f}, {0.35f, 0.36f, 0.38f}, {0.45f, 0.55f, 0.35f}};
    SnBlob blob = sn_blob(damage, u, v, sn_mix(0.045f, 0.09f, strength), 1.5f, 0.4f);
    sn_mark_stain(&scene->relief, &scene->noise, &blob, tints[sn_draw_integer(damage, 3)], 0.012f,
                  sn_mix(0.65f, 1, strength));
  }
}

static void paint(SnScene *scene) {
  SnDraws *draws = &scene->draws;
  SnRelief *relief = &scene->relief;
  float turns = sn_draw(draws, -0.01f, 0.01f), hue = sn_draw(draws, -0.01f, 0.01f),
        bright = sn_draw(draws, 0.94f, 1.06f);
  Tiles tiles = {.cosine = sn_cosine(turns), .sine = sn_sine(turns)};
  tiles.across = sn_draw(draws, 4.2f, 4.5f);
  tiles.grout = sn_draw(draws, 0.03f, 0.04f);
  tiles.phase_x = sn_draw(draws, 0, 32);
  tiles.phase_y = sn_draw(draws, 0, 32);
  tiles.body = sn_scale_colour((SnColour){0.46f + hue, 0.455f, 0.43f - hue}, bright);
  tiles.mortar = sn_scale_colour((SnColour){0.20f + 0.5f * hue, 0.19f, 0.175f}, bright);
  scene->light = sn_light(draws, 0.6f, 0.4f);
  scene->light.shadow = 0.6f;
  scene->light.depth = 0.01f;
  scene->light.hollow = 0.025f;
  if (scene->defect != SN_GENERATED_GOOD) choose_tile(scene, &tiles);
  for (int64_t row = 0; row < relief->size; row++)
    for (int64_t column = 0; column < relief->size; column++)
      *sn_relief_at(relief, row, column) =
          tile(scene, &tiles, sn_relief_place(relief, column), sn_relief_place(relief, row));
  if (scene->defect != SN_GENERATED_GOOD) damage_tiles(scene, &tiles);
}

const SnPainter sn_painter_tiles = {{"tiles",
                                     SN_GENERATED_TEXTURE,
                                     6,
                                     {"broken_edge", "crack", "misplaced_tile", "missing_tile", "off_colour", "stain"}},
                                    paint};
