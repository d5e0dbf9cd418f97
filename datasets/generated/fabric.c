/* A plain weave of two yarns: every thread has its own width, colour and way. */
#include "datasets/generated/category.h"

enum { CUT_THREAD, HOLE, LOOSE_THREAD, PULLED_THREAD, STAIN };

typedef struct Fabric {
  float cosine, sine, threads, phase_x, phase_y, wobble;
  SnColour warp, weft;
  float centre_x, centre_y; /* of the damage, in threads */
  float length, width;      /* of a cut or pulled thread, in threads */
  bool along_warp;
  SnBlob hole;
} Fabric;

static void choose_damage(SnScene *scene, Fabric *fabric) {
  SnDraws *damage = &scene->damage;
  float strength = scene->strength;
  float x = sn_draw(damage, 0.27f, 0.73f), y = sn_draw(damage, 0.27f, 0.73f);
  fabric->centre_x = (x * fabric->cosine - y * fabric->sine) * fabric->threads + fabric->phase_x;
  fabric->centre_y = (x * fabric->sine + y * fabric->cosine) * fabric->threads + fabric->phase_y;
  fabric->along_warp = sn_draw_sign(damage) > 0;
  fabric->length = sn_mix(2.0f, 5.0f, strength) * sn_draw(damage, 0.8f, 1.2f);
  fabric->width = sn_mix(0.15f, 0.35f, strength);
  float radius = sn_mix(0.028f, 0.075f, strength) * sn_draw(damage, 0.9f, 1.1f);
  fabric->hole = sn_blob(damage, x, y, radius, 1.5f, 0.35f);
}

/* How tightly the thread numbered `own` is pulled at `along`, 0 to 1: it then floats over what it should pass under. */
static float pulled(const Fabric *fabric, bool is_warp, int own, float along) {
  if (is_warp != fabric->along_warp || own != sn_floor(is_warp ? fabric->centre_x : fabric->centre_y)) return 0;
  float t = sn_absolute(along - (is_warp ? fabric->centre_y : fabric->centre_x)) / fabric->length;
  return sn_step(1, 0.8f, t);
}

/* Its neighbours are pushed aside: (x, y) moves in thread space. */
static void push_aside(const Fabric *fabric, float *x, float *y) {
  float *across = fabric->along_warp ? x : y,
        along = fabric->along_warp ? *y - fabric->centre_y : *x - fabric->centre_x;
  float middle = (float)sn_floor(fabric->along_warp ? fabric->centre_x : fabric->centre_y) + 0.5f,
        off = *across - middle;
  *across -= fabric->width * off * sn_bell(along / (1.2f * fabric->length)) * sn_bell(off / 2.2f);
}

/* True where the thread numbered `own` (which runs along `along`) has been cut away. */
static bool is_cut(const Fabric *fabric, const SnNoise *noise, bool is_warp, int own, float along) {
  if (is_warp != fabric->along_warp) return false;
  if (own != sn_floor(is_warp ? fabric->centre_x : fabric->centre_y)) return false;
  float middle = is_warp ? fabric->centre_y : fabric->centre_x;
  float fray = 0.5f * sn_noise_cell(noise, sn_floor(along * 3), own, 0);
  return sn_absolute(along - middle) < fabric->length + fray;
}

static SnSurface weave(const SnScene *scene, const Fabric *fabric, float u, float v) {
  const SnNoise *noise = &scene->noise;
  float x = (u * fabric->cosine - v * fabric->sine) * fabric->threads + fabric->phase_x;
  float y = (u * fabric->sine + v * fabric->cosine) * fabric->threads + fabric->phase_y;
  float plain_x = x, plain_y = y;
  x += fabric->wobble * sn_fractal_noise(noise, plain_x * 0.13f, plain_y * 0.21f, 2, 0.5f);
  y += fabric->wobble * sn_fractal_noise(noise, plain_x * 0.21f + 9.7f, plain_y * 0.13f, 2, 0.5f);
  if (scene->defect == PULLED_THREAD) push_aside(fabric, &x, &y);
  int i = sn_floor(x), j = sn_floor(y);
  float dx = x - (float)i - 0.5f, dy = y - (float)j - 0.5f;
  bool warp_over = (i + j) & 1;
  float warp_width = 0.44f + 0.07f * sn_noise_cell(noise, i, 3, 0),
        weft_width = 0.42f + 0.08f * sn_noise_cell(noise, j, 7, 0);
  float lift = warp_over ? 1.0f : -1.0f;
  float warp_round = 1 - (dx / warp_width) * (dx / warp_width), weft_round = 1 - (dy / weft_width) * (dy / weft_width);
  bool warp = warp_round > 0, weft = weft_round > 0;
  float warp_lift = 0.22f * lift * sn_cosine(0.5f * dy), weft_lift = -0.22f * lift * sn_cosine(0.5f * dx);
  if (scene->defect == PULLED_THREAD) {
    warp_lift = sn_mix(warp_lift, 0.32f, pulled(fabric, true, i, y));
    weft_lift = sn_mix(weft_lift, 0.32f, pulled(fabric, false, j, x));
  }
  if (scene->defect == HOLE) {
    float inside = sn_blob_distance(&fabric->hole, noise, u, v) * fabric->threads;
    if (inside < 0.9f * sn_noise_cell(noise, i, 11, 1) - 0.3f) warp = false;
    if (inside < 0.9f * sn_noise_cell(noise, j, 13, 1) - 0.3f) weft = false;
  }
  if (scene->defect == CUT_THREAD) {
    if (is_cut(fabric, noise, true, i, y)) warp = false, weft_lift *= 0.2f;
    if (is_cut(fabric, noise, false, j, x)) weft = false, warp_lift *= 0.2f;
  }
  float warp_height = warp ? warp_lift + 0.3f * sqrtf(sn_larger(warp_round, 0)) : -1;
  float weft_height = weft ? weft_lift + 0.3f * sqrtf(sn_larger(weft_round, 0)) : -1;
  bool on_top = warp_height > weft_height;
  float height = sn_larger(-0.55f, on_top ? warp_height : weft_height);
  SnSurface surface = {.gloss = 0.05f};
  if (warp || weft) {
    float along = on_top ? y : x, side = on_top ? dx : dy;
    float twist = sn_sine(along * 2.2f + side * 1.9f + 0.6f * sn_noise(noise, x * 1.7f, y * 1.7f));
    float fibre = sn_noise(noise, x * (on_top ? 9.0f : 2.5f), y * (on_top ? 2.5f : 9.0f));
    float own = 0.88f + 0.24f * sn_noise_cell(noise, on_top ? i : j, on_top ? 17 : 19, 1);
    float shade = own * (1 + 0.12f * twist + 0.16f * fibre);
    surface.colour = sn_scale_colour(on_top ? fabric->warp : fabric->weft, shade);
    height += 0.025f * twist;
  } else {
    float dust = 1 + 0.3f * sn_noise(noise, x * 3, y * 3);
    surface.colour = (SnColour){0.030f * dust, 0.028f * dust, 0.026f * dust};
    surface.gloss = 0;
  }
  surface.height = height / fabric->threads;
  return surface;
}

/* A fibre that is not part of the weave, lying on it. */
static void lay_thread(SnScene *scene) {
  SnDraws *damage = &scene->damage;
  SnRelief *relief = &scene->relief;
  float strength = scene->strength, x = sn_draw(damage, 0.25f, 0.75f), y = sn_draw(damage, 0.25f, 0.75f);
  float turns = sn_draw(damage, 0, 1);
  SnPath path = sn_path_arc(damage, x, y, sn_mix(0.12f, 0.34f, strength), turns, 0.8f);
  float width = sn_mix(0.0055f, 0.009f, strength);
  SnColour fibres[] = {{0.62f, 0.60f, 0.55f}, {0.05f, 0.05f, 0.06f}, {0.45f, 0.10f, 0.08f}, {0.30f, 0.24f, 0.16f}};
  SnColour colour = fibres[sn_draw_integer(damage, 4)];
  for (int64_t row = 0; row < relief->size; row++)
    for (int64_t column = 0; column < relief->size; column++) {
      float along,
          distance = sn_path_distance(&path, sn_relief_place(relief, column), sn_relief_place(relief, row), &along);
      float cover = sn_step(width + 0.7f * relief->pixel, width - 0.7f * relief->pixel, distance);
      if (cover <= 0) continue;
      SnSurface *surface = sn_relief_at(relief, row, column);
      float round = sqrtf(sn_larger(0, 1 - (distance / width) * (distance / width)));
      float shade = 1 + 0.2f * sn_sine(along * 30);
      surface->colour = sn_mix_colours(surface->colour, sn_scale_colour(colour, shade), cover);
      surface->height = sn_mix(surface->height, 0.014f + width * round, cover);
    }
}

static void paint(SnScene *scene) {
  SnDraws *draws = &scene->draws;
  SnRelief *relief = &scene->relief;
  float turns = sn_draw(draws, -0.025f, 0.025f), hue = sn_draw(draws, -0.015f, 0.015f),
        bright = sn_draw(draws, 0.93f, 1.07f);
  Fabric fabric = {.cosine = sn_cosine(turns), .sine = sn_sine(turns), .threads = sn_draw(draws, 22, 25)};
  fabric.phase_x = sn_draw(draws, 0, 32);
  fabric.phase_y = sn_draw(draws, 0, 32);
  fabric.wobble = sn_draw(draws, 0.15f, 0.3f);
  fabric.warp = sn_scale_colour((SnColour){0.33f + hue, 0.36f, 0.40f - hue}, bright);
  fabric.weft = sn_scale_colour((SnColour){0.52f + hue, 0.47f, 0.38f - hue}, bright);
  scene->light = sn_light(draws, 0.6f, 0.5f);
  scene->light.shadow = 0.5f;
  scene->light.depth = 0.012f;
  scene->light.hollow = 0.03f;
  if (scene->defect != SN_GENERATED_GOOD) choose_damage(scene, &fabric);
  for (int64_t row = 0; row < relief->size; row++)
    for (int64_t column = 0; column < relief->size; column++)
      *sn_relief_at(relief, row, column) =
          weave(scene, &fabric, sn_relief_place(relief, column), sn_relief_place(relief, row));
  if (scene->defect == LOOSE_THREAD) lay_thread(scene);
  if (scene->defect == STAIN) {
    SnColour tints[] = {{0.45f, 0.33f, 0.20f}, {0.25f, 0.28f, 0.35f}, {0.75f, 0.45f, 0.40f}};
    float radius = sn_mix(0.05f, 0.11f, scene->strength), x = sn_draw(&scene->damage, 0.22f, 0.78f),
          y = sn_draw(&scene->damage, 0.22f, 0.78f);
    SnBlob blob = sn_blob(&scene->damage, x, y, radius, 1.6f, 0.4f);
    sn_mark_stain(relief, &scene->noise, &blob, tints[sn_draw_integer(&scene->damage, 3)], 0.012f,
                  sn_mix(0.65f, 1.0f, scene->strength));
  }
}

const SnPainter sn_painter_fabric = {
    {"fabric", SN_GENERATED_TEXTURE, 5, {"cut_thread", "hole", "loose_thread", "pulled_thread", "stain"}}, paint};
