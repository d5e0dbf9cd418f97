/* A printed circuit board with its parts, photographed in nearly the same place each time. */
#include "datasets/generated/category.h"
#include "datasets/generated/circuit_layout.h"

enum { BENT_PIN, BURN, MISPLACED_PART, MISSING_PART, SCRATCH, SOLDER_BRIDGE };

typedef struct Board {
  SnPose pose;
  SnColour lacquer;
  int damaged;                                    /* part, or pin */
  float shift_x, shift_y, turn_cosine, turn_sine; /* of the damaged part or pin */
} Board;

/* Puts `over` on the surface where distance is negative, with a smooth edge; its height is above the board. */
static void lay(SnSurface *surface, float distance, float pixel, SnSurface over) {
  float cover = sn_step(0.7f * pixel, -0.7f * pixel, distance);
  surface->height = sn_mix(surface->height, over.height, cover);
  surface->gloss = sn_mix(surface->gloss, over.gloss, cover);
  surface->colour = sn_mix_colours(surface->colour, over.colour, cover);
}

static const SnColour solder = {0.56f, 0.57f, 0.58f}, ink = {0.66f, 0.68f, 0.64f}, black = {0.045f, 0.046f, 0.05f};

/* Solder pads of a small part, which stay when the part is missing. */
static void pads(const Part *part, float x, float y, float pixel, SnSurface *surface) {
  if (part->kind == CHIP || part->kind == CONNECTOR) return;
  float apart = part->kind == CAN ? 0.07f : part->width * 0.88f,
        size = part->kind == CRYSTAL ? 0.04f : part->height * 0.95f;
  if (part->kind == CAN) size = 0.045f;
  float pad = sn_box_distance(sn_absolute(x) - 0.5f * apart, y, size * 0.8f, size, 0.006f);
  lay(surface, pad, pixel, (SnSurface){0.0016f + 0.001f * sn_step(0, -0.012f, pad), 0.7f, solder});
  float mark = sn_absolute(sn_box_distance(x, y, part->width + 0.035f, part->height + 0.022f, 0.008f)) - 0.0018f;
  if (part->kind == RESISTOR || part->kind == CAPACITOR) mark = sn_larger(mark, sn_absolute(x) - 0.3f * part->width);
  if (part->kind == CAN) mark = sn_absolute(sn_length(x, y) - 0.078f) - 0.0018f;
  lay(surface, mark, pixel, (SnSurface){0.0012f, 0.05f, ink});
}

/* A pin of the chip: a narrow foot. A bent one is turned about its root. */
static void pins(const SnScene *scene, const Board *board, const Part *chip, float x, float y, float pixel,
                 SnSurface *surface) {
  float pitch = chip->height / PINS, side = x < 0 ? -1.0f : 1.0f;
  for (int i = 0; i < PINS; i++) {
    float px = sn_absolute(x) - 0.5f * chip->width, py = y - ((float)i + 0.5f) * pitch + 0.5f * chip->height;
    lay(surface, sn_box_distance(px - 0.034f, py, 0.042f, 0.52f * pitch, 0.004f), pixel,
        (SnSurface){0.0018f, 0.7f, solder});
    if (scene->defect == BENT_PIN && i + (side > 0 ? PINS : 0) == board->damaged) {
      float turned = px * board->turn_cosine + py * board->turn_sine;
      py = py * board->turn_cosine - px * board->turn_sine;
      px = turned;
    }
    float lift = sn_step(0.032f, 0.008f, px);
    SnSurface metal = {0.004f + 0.010f * lift, 0.9f,
                       sn_scale_colour((SnColour){0.66f, 0.66f, 0.65f}, 0.85f + 0.15f * lift)};
    lay(surface, sn_box_distance(px - 0.020f, py, 0.068f, 0.34f * pitch, 0.002f), pixel, metal);
  }
}

/* Rows of short strokes that look like print. */
static float print_distance(float x, float y, float height, unsigned letters) {
  int row = sn_floor(y / (1.8f * height)), column = sn_floor(x / (0.8f * height));
  unsigned letter = letters ^ ((unsigned)column * 2654435761u) ^ ((unsigned)row * 40503u);
  letter ^= letter >> 13;
  letter *= 0x5bd1e995u;
  float lx = sn_fraction(x / (0.8f * height)) * 0.8f * height - 0.4f * height,
        ly = sn_fraction(y / (1.8f * height)) * 1.8f * height - 0.9f * height;
  float stroke = sn_box_distance(lx + 0.2f * height, ly, 0.12f * height, height, 0), bar = 1;
  for (int i = 0; i < 3; i++)
    if (letter >> (8 + i) & 1)
      bar = sn_smaller(bar, sn_box_distance(lx - 0.02f * height, ly + (float)(i - 1) * 0.42f * height, 0.5f * height,
                                            0.13f * height, 0));
  if (letter >> 12 & 1)
    stroke = sn_smaller(stroke, sn_box_distance(lx - 0.18f * height, ly, 0.12f * height, height, 0));
  return sn_smaller(stroke, bar);
}

static void body(const SnScene *scene, const Part *part, int number, float x, float y, float pixel,
                 SnSurface *surface) {
  const SnNoise *noise = &scene->noise;
  float w = part->width, h = part->height, own = sn_noise_cell(noise, number, 23, 0) - 0.5f;
  float rough = sn_noise(noise, x * 140 + (float)number, y * 140);
  float edge = sn_box_distance(x, y, w, h, part->kind == CRYSTAL ? 0.5f * h : 0.004f),
        bevel = sn_step(0, -0.008f, edge);
  if (part->kind == RESISTOR || part->kind == CAPACITOR) {
    SnColour middle = part->kind == RESISTOR ? black : (SnColour){0.40f, 0.27f, 0.155f};
    middle = sn_scale_colour(middle, 1 + 0.2f * own + 0.08f * rough);
    float thick = part->kind == RESISTOR ? 0.010f : 0.018f;
    lay(surface, edge, pixel, (SnSurface){thick * (0.7f + 0.3f * bevel), 0.8f, {0.62f, 0.62f, 0.60f}});
    lay(surface, sn_larger(edge, sn_absolute(x) - 0.31f * w), pixel,
        (SnSurface){thick * (0.75f + 0.3f * bevel), 0.2f, middle});
    if (part->kind == RESISTOR)
      lay(surface,
          sn_larger(print_distance(x + 0.016f, y + 0.0145f, 0.016f, 77u + (unsigned)number),
                    sn_box_distance(x, y, 0.032f, 0.02f, 0)),
          pixel, (SnSurface){0.0102f, 0.1f, ink});
  } else if (part->kind == CAN) {
    float radius = sn_length(x, y);
    lay(surface, sn_box_distance(x, y, w, h, 0.02f), pixel, (SnSurface){0.012f, 0.2f, black});
    float dome = sn_step(0.5f * w, 0.42f * w, radius), brushed = sn_noise(noise, x * 30, y * 260);
    SnColour top = sn_scale_colour((SnColour){0.56f, 0.57f, 0.60f}, 1 + 0.05f * brushed);
    if (x < -0.24f * w) top = sn_scale_colour(black, 1.3f);
    lay(surface, radius - 0.47f * w, pixel, (SnSurface){0.045f + 0.008f * dome, 0.6f, top});
    float cross = sn_smaller(sn_box_distance(x, y, 0.004f, 0.07f, 0), sn_box_distance(x, y, 0.07f, 0.004f, 0));
    lay(surface, sn_larger(cross, -0.2f * w - x), pixel, (SnSurface){0.050f, 0.3f, {0.36f, 0.37f, 0.39f}});
  } else if (part->kind == CRYSTAL) {
    float rim = sn_box_distance(x, y, w - 0.016f, h - 0.016f, 0.5f * h - 0.008f);
    lay(surface, edge, pixel, (SnSurface){0.012f, 0.7f, {0.60f, 0.60f, 0.58f}});
    lay(surface, rim, pixel,
        (SnSurface){0.022f + 0.008f * sn_step(0, -0.012f, rim), 0.8f,
                    sn_scale_colour((SnColour){0.64f, 0.64f, 0.62f}, 1 + 0.03f * rough)});
    lay(surface, sn_larger(print_distance(x + 0.05f, y + 0.018f, 0.02f, 5u), sn_box_distance(x, y, 0.10f, 0.03f, 0)),
        pixel, (SnSurface){0.030f, 0.5f, {0.25f, 0.25f, 0.25f}});
  } else if (part->kind == LED) {
    float radius = sn_length(x, y);
    lay(surface, edge, pixel, (SnSurface){0.014f, 0.3f, {0.70f, 0.69f, 0.64f}});
    lay(surface, radius - 0.36f * w, pixel,
        (SnSurface){0.013f + 0.004f * sn_step(0.022f, 0, radius), 0.9f, {0.62f, 0.40f, 0.06f}});
    lay(surface, radius - 0.10f * w, pixel, (SnSurface){0.015f, 0.5f, {0.30f, 0.20f, 0.05f}});
  } else if (part->kind == CONNECTOR) {
    SnColour plastic = sn_scale_colour((SnColour){0.68f, 0.66f, 0.58f}, 1 + 0.03f * rough);
    lay(surface, edge, pixel, (SnSurface){0.040f, 0.25f, plastic});
    lay(surface, sn_box_distance(x, y + 0.008f, w - 0.03f, h - 0.04f, 0.004f), pixel,
        (SnSurface){0.018f, 0.1f, sn_scale_colour(plastic, 0.55f)});
    float pin_x = sn_fraction(x / 0.06f + 0.5f) * 0.06f - 0.03f;
    float pin = sn_larger(sn_box_distance(pin_x, y + 0.008f, 0.018f, 0.026f, 0.003f), sn_absolute(x) - 0.17f);
    lay(surface, pin, pixel, (SnSurface){0.036f, 0.9f, {0.62f, 0.46f, 0.17f}});
  } else {
    lay(surface, edge, pixel,
        (SnSurface){0.020f + 0.004f * bevel, 0.18f, sn_scale_colour(black, 1.15f + 0.12f * rough)});
    float dot = sn_length(x + 0.37f * w, y + 0.42f * h);
    lay(surface, dot - 0.010f, pixel, (SnSurface){0.0215f, 0.05f, sn_scale_colour(black, 0.6f)});
    float label = sn_larger(print_distance(y + 0.09f, -x + 0.04f, 0.026f, 3u), sn_box_distance(y, x, 0.17f, 0.09f, 0));
    lay(surface, label, pixel, (SnSurface){0.0242f, 0.05f, {0.34f, 0.34f, 0.33f}});
  }
}

static void place_part(SnScene *scene, const Board *board, int number) {
  const Part *part = &parts[number];
  SnRelief *relief = &scene->relief;
  float u, v, pixel = relief->pixel / board->pose.scale;
  sn_pose_to_image(&board->pose, part->x, part->y, &u, &v);
  bool damaged = number == board->damaged && (scene->defect == MISPLACED_PART || scene->defect == MISSING_PART);
  SnWindow window = sn_relief_window(relief, u, v, 0.62f * sn_length(part->width, part->height) + 0.12f);
  for (int64_t row = window.top; row < window.bottom; row++)
    for (int64_t column = window.left; column < window.right; column++) {
      float x, y;
      sn_pose_to_object(&board->pose, sn_relief_place(relief, column), sn_relief_place(relief, row), &x, &y);
      x -= part->x;
      y -= part->y;
      if (part->upright) {
        float turned = y;
        y = -x;
        x = turned;
      }
      SnSurface *surface = sn_relief_at(relief, row, column);
      pads(part, x, y, pixel, surface);
      if (part->kind == CHIP) pins(scene, board, part, x, y, pixel, surface);
      if (damaged && scene->defect == MISSING_PART) continue;
      if (damaged) {
        float px = x - board->shift_x, py = y - board->shift_y;
        x = px * board->turn_cosine + py * board->turn_sine;
        y = py * board->turn_cosine - px * board->turn_sine;
      }
      body(scene, part, number, x, y, pixel, surface);
    }
}

static void lay_trace(SnScene *scene, const Board *board, const Trace *trace) {
  SnRelief *relief = &scene->relief;
  SnPath path = {.count = trace->count};
  float left = 1, right = 0, top = 1, bottom = 0;
  for (int i = 0; i < trace->count; i++) {
    sn_pose_to_image(&board->pose, trace->x[i], trace->y[i], &path.x[i], &path.y[i]);
    left = sn_smaller(left, path.x[i]);
    right = sn_larger(right, path.x[i]);
    top = sn_smaller(top, path.y[i]);
    bottom = sn_larger(bottom, path.y[i]);
  }
  float x = 0.5f * (left + right), y = 0.5f * (top + bottom);
  SnWindow rows = sn_relief_window(relief, x, y, 0.5f * (bottom - top) + 0.01f),
           columns = sn_relief_window(relief, x, y, 0.5f * (right - left) + 0.01f);
  for (int64_t row = rows.top; row < rows.bottom; row++)
    for (int64_t column = columns.left; column < columns.right; column++) {
      float along,
          distance = sn_path_distance(&path, sn_relief_place(relief, column), sn_relief_place(relief, row), &along);
      SnColour copper = sn_mix_colours(board->lacquer, (SnColour){0.20f, 0.42f, 0.22f}, 0.55f);
      lay(sn_relief_at(relief, row, column), distance - 0.0042f * board->pose.scale, relief->pixel,
          (SnSurface){0.0012f, 0.35f, copper});
    }
}

static SnSurface bare_board(const SnScene *scene, const Board *board, float u, float v) {
  const SnNoise *noise = &scene->noise;
  float x, y, pixel = scene->relief.pixel / board->pose.scale;
  sn_pose_to_object(&board->pose, u, v, &x, &y);
  float felt = sn_fractal_noise(noise, u * 60, v * 60, 2, 0.8f);
  SnSurface surface = {-0.03f + 0.001f * felt, 0, sn_scale_colour((SnColour){0.40f, 0.40f, 0.42f}, 1 + 0.10f * felt)};
  float edge = sn_box_distance(x, y, 0.88f, 0.88f, 0.03f);
  float grain = sn_noise(noise, x * 80, y * 80), weave = sn_sine(x * 90) * sn_sine(y * 90);
  lay(&surface, edge, pixel, (SnSurface){0, 0.3f, sn_scale_colour(board->lacquer, 1 + 0.06f * grain + 0.05f * weave)});
  float corner = sn_length(sn_absolute(x) - 0.395f, sn_absolute(y) - 0.395f);
  lay(&surface, corner - 0.026f, pixel, (SnSurface){0.001f, 0.7f, {0.58f, 0.50f, 0.28f}});
  lay(&surface, corner - 0.015f, pixel, (SnSurface){-0.03f, 0, {0.05f, 0.05f, 0.05f}});
  for (unsigned i = 0; i < sizeof vias / sizeof vias[0]; i++) {
    float ring = sn_length(x - vias[i][0], y - vias[i][1]);
    if (ring > 0.02f) continue;
    lay(&surface, ring - 0.011f, pixel, (SnSurface){0.0012f, 0.7f, {0.58f, 0.50f, 0.28f}});
    lay(&surface, ring - 0.005f, pixel, (SnSurface){-0.006f, 0, {0.03f, 0.03f, 0.03f}});
  }
  return surface;
}

static void damage_board(SnScene *scene, const Board *board) {
  SnDraws *damage = &scene->damage;
  SnRelief *relief = &scene->relief;
  float strength = scene->strength, u, v;
  if (scene->defect == SOLDER_BRIDGE) {
    const Part *chip = &parts[PART_COUNT - 1];
    float pitch = chip->height / PINS, side = sn_draw_sign(damage);
    float y = chip->y - 0.5f * chip->height + pitch * (float)(1 + sn_draw_integer(damage, PINS - 1));
    sn_pose_to_image(&board->pose, chip->x + side * (0.5f * chip->width + 0.030f), y, &u, &v);
    SnBlob blob = sn_blob(damage, u, v, sn_mix(0.026f, 0.040f, strength), 1.3f, 0.2f);
    SnWindow window = sn_relief_window(relief, u, v, sn_blob_reach(&blob));
    for (int64_t row = window.top; row < window.bottom; row++)
      for (int64_t column = window.left; column < window.right; column++) {
        float distance =
            sn_blob_distance(&blob, &scene->noise, sn_relief_place(relief, column), sn_relief_place(relief, row));
        float round = sqrtf(sn_clamp(-distance / blob.radius, 0, 1));
        lay(sn_relief_at(relief, row, column), distance, relief->pixel,
            (SnSurface){0.006f + 0.014f * round, 1, {0.62f, 0.63f, 0.64f}});
      }
    return;
  }
  float x = sn_draw(damage, 0.2f, 0.8f), y = sn_draw(damage, 0.2f, 0.8f), turns = sn_draw(damage, 0, 1);
  if (scene->defect == SCRATCH) {
    SnPath path = sn_path_arc(damage, x, y, sn_mix(0.16f, 0.38f, strength), turns, 0.15f);
    sn_mark_scratch(relief, &path, sn_mix(0.0045f, 0.007f, strength), 0.003f, (SnColour){0.52f, 0.50f, 0.40f},
                    sn_mix(0.6f, 0.95f, strength));
  } else if (scene->defect == BURN) {
    SnBlob blob = sn_blob(damage, x, y, sn_mix(0.05f, 0.095f, strength), 1.4f, 0.35f);
    sn_mark_stain(relief, &scene->noise, &blob, (SnColour){0.32f, 0.17f, 0.10f}, 0.02f, sn_mix(0.75f, 1, strength));
  }
}

static void choose_damage(SnScene *scene, Board *board) {
  SnDraws *damage = &scene->damage;
  float strength = scene->strength;
  board->damaged = sn_draw_integer(damage, scene->defect == BENT_PIN ? 2 * PINS : SMALL_PARTS);
  float turns = sn_draw_sign(damage) * sn_mix(0.035f, 0.10f, strength);
  if (scene->defect == BENT_PIN) turns = sn_draw_sign(damage) * sn_mix(0.11f, 0.20f, strength);
  board->turn_cosine = sn_cosine(turns);
  board->turn_sine = sn_sine(turns);
  board->shift_x = sn_draw_sign(damage) * sn_mix(0.012f, 0.032f, strength);
  board->shift_y = sn_draw_sign(damage) * sn_mix(0.015f, 0.04f, strength);
}

static void paint(SnScene *scene) {
  SnDraws *draws = &scene->draws;
  SnRelief *relief = &scene->relief;
  float turns = sn_draw(draws, -0.005f, 0.005f), hue = sn_draw(draws, -0.006f, 0.006f),
        bright = sn_draw(draws, 0.94f, 1.06f);
  Board board = {.pose = {.cosine = sn_cosine(turns), .sine = sn_sine(turns)}};
  board.pose.x = sn_draw(draws, 0.48f, 0.52f);
  board.pose.y = sn_draw(draws, 0.48f, 0.52f);
  board.pose.scale = sn_draw(draws, 0.995f, 1.015f);
  board.lacquer = sn_scale_colour((SnColour){0.045f + hue, 0.20f, 0.095f - hue}, bright);
  scene->light = sn_light(draws, 0.75f, 0.4f);
  scene->light.shadow = 0.7f;
  scene->light.depth = 0.03f;
  scene->light.hollow = 0.03f;
  if (scene->defect != SN_GENERATED_GOOD) choose_damage(scene, &board);
  for (int64_t row = 0; row < relief->size; row++)
    for (int64_t column = 0; column < relief->size; column++)
      *sn_relief_at(relief, row, column) =
          bare_board(scene, &board, sn_relief_place(relief, column), sn_relief_place(relief, row));
  for (unsigned i = 0; i < sizeof traces / sizeof traces[0]; i++) lay_trace(scene, &board, &traces[i]);
  for (int i = 0; i < PART_COUNT; i++) place_part(scene, &board, i);
  relief->lowest = -0.01f;
  if (scene->defect != SN_GENERATED_GOOD) damage_board(scene, &board);
}

const SnPainter sn_painter_circuit = {
    {"circuit",
     SN_GENERATED_OBJECT,
     6,
     {"bent_pin", "burn", "misplaced_part", "missing_part", "scratch", "solder_bridge"}},
    paint};
