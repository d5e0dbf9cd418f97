/* A printed shipping label on cardboard: the same form each time, with another number, bar code and square code on it.
 */
#include "datasets/generated/category.h"

enum { CREASE, MISPRINT, MISSING_PRINT, SCRATCH, SMEAR, STAIN };
enum { HEADING, LINES, NUMBER, SQUARE_CODE, BAR_CODE, CAPTION, ELEMENTS };

typedef struct Label {
  SnPose pose;                                    /* of the paper */
  float offset_x, offset_y;                       /* of the print on it */
  SnColour paper, board, black, colour;           /* the inks */
  int damaged;                                    /* element */
  float shift_x, shift_y, turn_cosine, turn_sine; /* of what is misprinted */
  SnBlob blob;                                    /* where print is missing or smeared */
  float smear_x, smear_y;                         /* how far, image widths */
} Label;

#define WIDTH 0.88f
#define HEIGHT 0.72f
#define THICKNESS 0.004f

/* The element's box on the label: left, top, right, bottom; the middle of the label is (0, 0). */
static const float boxes[ELEMENTS][4] = {{-0.39f, -0.31f, 0.13f, -0.22f},   {-0.39f, -0.195f, 0.13f, -0.075f},
                                         {-0.39f, -0.035f, 0.13f, 0.05f},   {0.165f, -0.13f, 0.385f, 0.09f},
                                         {-0.351f, 0.125f, 0.351f, 0.235f}, {-0.30f, 0.255f, 0.30f, 0.285f}};

/* A number that belongs to the form, the same on all labels. */
static unsigned form(int row, int column) {
  unsigned mixed = (unsigned)row * 40503u ^ (unsigned)column * 2654435761u;
  mixed ^= mixed >> 15;
  mixed *= 0x5bd1e995u;
  return mixed ^ mixed >> 13;
}

/* A number that is this label's own, 0 to 1. */
static float own(const SnScene *scene, int row, int column) {
  return sn_noise_cell(&scene->noise, column % SN_NOISE_PERIOD, row + column / SN_NOISE_PERIOD, 1);
}

/* Letters of 3 x 5 dots, rows from the top, the first dot in bit 14: 0 to 9, then ACEHLPTUXY. */
enum { DIGITS = 10, LETTERS = 20 };
static const unsigned letters[LETTERS] = {0x7b6f, 0x2c97, 0x73e7, 0x73cf, 0x5bc9, 0x79cf, 0x79ef,
                                          0x7292, 0x7bef, 0x7bcf, 0x2bed, 0x7927, 0x79a7, 0x5bed,
                                          0x4927, 0x7be4, 0x7492, 0x5b6f, 0x5aad, 0x5a92};

/* Whether (x, y) is on a dot of the letter whose upper left corner is (0, 0). */
static bool on_letter(unsigned letter, float x, float y, float dot) {
  int column = sn_floor(x / dot), row = sn_floor(y / dot);
  if (column < 0 || column > 2 || row < 0 || row > 4) return false;
  return letters[letter % LETTERS] >> (14 - 3 * row - column) & 1;
}

/* A line of the form: words of `count` letters in all, each letter four dots wide. */
static bool on_words(int line, int count, float x, float y, float dot) {
  int number = sn_floor(x / (4 * dot));
  unsigned letter = form(line, number);
  if (letter % 6 == 0 || number < 0 || number >= count) return false; /* a gap between words, or the end */
  return on_letter(letter >> 8, x - 4 * dot * (float)number, y, dot);
}

/* So many digits of this label, `advance` dots apart. */
static bool on_digits(const SnScene *scene, int row, int count, float x, float y, float dot, float advance) {
  int number = sn_floor(x / (advance * dot));
  if (number < 0 || number >= count) return false;
  unsigned digit = (unsigned)sn_floor(own(scene, row, number) * 9.999f);
  return on_letter(digit, x - advance * dot * (float)number, y, dot);
}

/* x and y from the element's upper left corner. */
static bool on_element(const SnScene *scene, int element, float x, float y) {
  if (element == HEADING) return !on_words(40, 12, x - 0.022f, y - 0.02f, 0.010f);
  if (element == LINES) {
    int line = sn_floor(y / 0.045f);
    float from = y - 0.045f * (float)line;
    if (line == 2 && x > 0.24f) return on_digits(scene, 3, 12, x - 0.25f, from, 0.0054f, 4);
    return on_words(50 + line, line == 0 ? 24 : line == 1 ? 22 : 10, x, from, 0.0054f);
  }
  if (element == NUMBER) return on_digits(scene, 5, 6, x, y, 0.017f, 5);
  if (element == SQUARE_CODE) {
    int column = sn_floor(x / 0.022f), row = sn_floor(y / 0.022f);
    if (column == 0 || row == 9) return true; /* the sides by which a reader finds it */
    if (column == 9 || row == 0) return (column + row) & 1;
    return own(scene, 7 + row, column) < 0.5f;
  }
  if (element == BAR_CODE) {
    int bar = sn_floor(x / 0.009f);
    if (bar < 3 || bar > 74) return !(bar & 1);
    return own(scene, 20, bar) < 0.5f;
  }
  return on_digits(scene, 26, 12, x, y, 0.006f, 8.5f);
}

typedef enum Ink { NONE, BLACK, COLOUR } Ink;

/* What is printed at a place of the paper. */
static Ink print_at(const SnScene *scene, const Label *label, float x, float y) {
  x -= label->offset_x;
  y -= label->offset_y;
  for (int i = 0; i < ELEMENTS; i++) {
    float px = x, py = y, middle_x = 0.5f * (boxes[i][0] + boxes[i][2]), middle_y = 0.5f * (boxes[i][1] + boxes[i][3]);
    if (scene->defect == MISPRINT && i == label->damaged) {
      float dx = x - middle_x - label->shift_x, dy = y - middle_y - label->shift_y;
      px = middle_x + dx * label->turn_cosine + dy * label->turn_sine;
      py = middle_y + dy * label->turn_cosine - dx * label->turn_sine;
    }
    if (px < boxes[i][0] || py < boxes[i][1] || px >= boxes[i][2] || py >= boxes[i][3]) continue;
    if (on_element(scene, i, px - boxes[i][0], py - boxes[i][1])) return i == HEADING ? COLOUR : BLACK;
  }
  float mark_x = x - 0.275f, mark_y = y + 0.23f, ring = sn_length(mark_x, mark_y);
  if (ring < 0.075f && ring > 0.058f) return COLOUR;
  if (sn_absolute(mark_x) < 0.5f * (mark_y + 0.045f) && mark_y < 0.030f) return COLOUR;
  bool frame = sn_absolute(sn_box_distance(x, y, 0.83f, 0.67f, 0.02f)) < 0.003f;
  bool rules = (sn_absolute(y + 0.055f) < 0.002f && x > -0.39f && x < 0.13f) ||
               (sn_absolute(x - 0.147f) < 0.002f && y > -0.32f && y < 0.105f) ||
               (sn_absolute(y - 0.105f) < 0.002f && sn_absolute(x) < 0.40f);
  return frame || rules ? BLACK : NONE;
}

typedef struct Coverage {
  float black, colour;
} Coverage;

/* The shares of a pixel's area that the inks cover: nine places of it. */
static Coverage coverage(const SnScene *scene, const Label *label, float u, float v) {
  Coverage covered = {0, 0};
  for (int i = 0; i < 9; i++) {
    float x, y, third = scene->relief.pixel / 3;
    sn_pose_to_object(&label->pose, u + third * (float)(i % 3 - 1), v + third * (float)(i / 3 - 1), &x, &y);
    Ink ink = print_at(scene, label, x, y);
    covered.black += ink == BLACK ? 1.0f / 9 : 0;
    covered.colour += ink == COLOUR ? 1.0f / 9 : 0;
  }
  return covered;
}

static Coverage damaged_coverage(const SnScene *scene, const Label *label, float u, float v) {
  const SnNoise *noise = &scene->noise;
  Coverage covered = coverage(scene, label, u, v);
  if (scene->defect == MISSING_PRINT) {
    float gone = sn_step(0.010f, -0.020f, sn_blob_distance(&label->blob, noise, u, v));
    float patchy = sn_step(-0.5f, 0.1f, sn_fractal_noise(noise, u * 45, v * 45, 2, 0.6f));
    float left = 1 - gone * sn_mix(0.35f, 1, scene->strength) * sn_mix(0.6f, 1, patchy);
    covered.black *= left;
    covered.colour *= left;
  } else if (scene->defect == SMEAR) {
    float wet = sn_step(0.008f, -0.016f, sn_blob_distance(&label->blob, noise, u, v));
    enum { DRAGS = 10 };
    for (int i = 1; i <= DRAGS && wet > 0; i++) { /* ink that was dragged here, thinner the farther it comes */
      float t = (float)i / DRAGS, streak = 0.75f + 0.25f * sn_noise(noise, u * 70 + v * 9, v * 70 - u * 9);
      Coverage from = coverage(scene, label, u - t * label->smear_x, v - t * label->smear_y);
      float thin = wet * (1 - t) * streak * sn_mix(0.35f, 0.95f, scene->strength);
      covered.black = sn_larger(covered.black, from.black * thin);
      covered.colour = sn_larger(covered.colour, from.colour * thin);
    }
  }
  return covered;
}

static SnSurface label_at(const SnScene *scene, const Label *label, float u, float v) {
  const SnNoise *noise = &scene->noise;
  float x, y, pixel = 0.7f * scene->relief.pixel / label->pose.scale;
  float flute = sn_sine(v * 13 + 0.15f * sn_noise(noise, u * 2, v * 2)),
        fibre = sn_fractal_noise(noise, u * 28, v * 110, 2, 0.8f), cloud = sn_noise(noise, u * 4, v * 4);
  SnSurface surface = {.height = 0.0012f * flute + 0.0006f * fibre,
                       .gloss = 0.03f,
                       .colour = sn_scale_colour(label->board, 1 + 0.10f * fibre + 0.07f * cloud)};
  sn_pose_to_object(&label->pose, u, v, &x, &y);
  float cover = sn_step(pixel, -pixel, sn_box_distance(x, y, WIDTH, HEIGHT, 0.025f));
  if (cover <= 0) return surface;
  Coverage covered = damaged_coverage(scene, label, u, v);
  float mottled = sn_fractal_noise(noise, u * 60 + 5, v * 60, 2, 0.7f), wave = sn_noise(noise, u * 2.5f, v * 2.5f);
  SnColour colour = sn_scale_colour(label->paper, 1 + 0.025f * mottled);
  colour = sn_mix_colours(colour, label->colour, covered.colour * (0.94f - 0.06f * mottled));
  colour = sn_mix_colours(colour, label->black, covered.black * (0.94f - 0.06f * mottled));
  surface.height = sn_mix(surface.height, THICKNESS + 0.006f * wave + 0.0001f * mottled, cover);
  surface.gloss = sn_mix(surface.gloss, 0.12f, cover);
  surface.colour = sn_mix_colours(surface.colour, colour, cover);
  return surface;
}

/* A place on print: in a random element of the form. */
static void choose_place(SnDraws *damage, const Label *label, float *u, float *v) {
  const float *element = boxes[sn_draw_integer(damage, ELEMENTS)];
  float x = sn_draw(damage, element[0], element[2]), y = sn_draw(damage, element[1], element[3]);
  sn_pose_to_image(&label->pose, 0.92f * x, 0.92f * y, u, v);
}

static void choose_damage(SnScene *scene, Label *label) {
  SnDraws *damage = &scene->damage;
  float strength = scene->strength, u, v;
  label->damaged = sn_draw_integer(damage, ELEMENTS);
  float turns = sn_draw_sign(damage) * sn_draw(damage, 0, 0.012f);
  label->turn_cosine = sn_cosine(turns);
  label->turn_sine = sn_sine(turns);
  label->shift_x = sn_draw_sign(damage) * sn_mix(0.004f, 0.030f, strength);
  label->shift_y = sn_draw_sign(damage) * sn_mix(0.004f, 0.022f, strength);
  choose_place(damage, label, &u, &v);
  label->blob = sn_blob(damage, u, v, sn_mix(0.035f, 0.075f, strength), 1.8f, 0.4f);
  float direction = sn_draw(damage, 0, 1), far = sn_mix(0.035f, 0.10f, strength);
  label->smear_x = far * sn_cosine(direction);
  label->smear_y = far * sn_sine(direction);
}

/* A fold that was smoothed out: a ridge, on which print breaks. */
static void crease(SnScene *scene, const Label *label, const SnPath *path) {
  SnRelief *relief = &scene->relief;
  float strength = scene->strength;
  for (int64_t row = 0; row < relief->size; row++)
    for (int64_t column = 0; column < relief->size; column++) {
      float u = sn_relief_place(relief, column), v = sn_relief_place(relief, row), x, y, along;
      sn_pose_to_object(&label->pose, u, v, &x, &y);
      float distance = sn_path_distance(path, u, v, &along), taper = sn_step(0, 0.2f, along) * sn_step(1, 0.8f, along);
      if (distance > 0.03f || sn_box_distance(x, y, WIDTH, HEIGHT, 0.025f) > 0) continue;
      SnSurface *surface = sn_relief_at(relief, row, column);
      surface->height += taper * strength * (0.010f * sn_bell(distance / 0.018f) - 0.003f * sn_bell(distance / 0.005f));
      float broken = taper * strength * sn_bell(distance / 0.010f) *
                     sn_step(-0.5f, 0.2f, sn_fractal_noise(&scene->noise, u * 60, v * 60, 2, 0.7f));
      surface->colour = sn_mix_colours(surface->colour, sn_scale_colour(label->paper, 0.80f), 0.85f * broken);
      surface->colour = sn_scale_colour(surface->colour, 1 - 0.40f * taper * strength * sn_bell(distance / 0.007f));
    }
}

static void damage_label(SnScene *scene, const Label *label) {
  SnDraws *damage = &scene->damage;
  SnRelief *relief = &scene->relief;
  float strength = scene->strength, u, v, turns = sn_draw(damage, 0, 1);
  choose_place(damage, label, &u, &v);
  if (scene->defect == CREASE) {
    SnPath path = sn_path_arc(damage, u, v, sn_mix(0.10f, 0.42f, strength), turns, 0.06f);
    crease(scene, label, &path);
  } else if (scene->defect == SCRATCH) {
    SnPath path = sn_path_arc(damage, u, v, sn_mix(0.08f, 0.30f, strength), turns, 0.12f);
    sn_mark_scratch(relief, &path, sn_mix(0.0034f, 0.006f, strength), 0.002f, (SnColour){0.52f, 0.46f, 0.38f},
                    sn_mix(0.4f, 0.95f, strength));
  } else if (scene->defect == STAIN) {
    SnColour tints[] = {{0.62f, 0.45f, 0.28f}, {0.74f, 0.69f, 0.55f}, {0.50f, 0.60f, 0.85f}};
    SnBlob blob = sn_blob(damage, u, v, sn_mix(0.03f, 0.085f, strength), 1.5f, 0.35f);
    sn_mark_stain(relief, &scene->noise, &blob, tints[sn_draw_integer(damage, 3)], 0.010f,
                  sn_mix(0.4f, 0.95f, strength));
  }
}

static void paint(SnScene *scene) {
  SnDraws *draws = &scene->draws;
  SnRelief *relief = &scene->relief;
  float turns = sn_draw(draws, -0.008f, 0.008f), hue = sn_draw(draws, -0.02f, 0.02f),
        bright = sn_draw(draws, 0.94f, 1.04f);
  Label label = {.pose = {.cosine = sn_cosine(turns), .sine = sn_sine(turns)}};
  label.pose.x = sn_draw(draws, 0.48f, 0.52f);
  label.pose.y = sn_draw(draws, 0.48f, 0.52f);
  label.pose.scale = sn_draw(draws, 0.90f, 0.94f);
  label.offset_x = sn_draw(draws, -0.006f, 0.006f);
  label.offset_y = sn_draw(draws, -0.006f, 0.006f);
  label.paper = sn_scale_colour((SnColour){0.74f + 0.5f * hue, 0.735f, 0.71f - 0.5f * hue}, bright);
  label.board = sn_scale_colour((SnColour){0.36f + hue, 0.25f, 0.155f - 0.5f * hue}, bright);
  float worn = sn_draw(draws, 0, 0.05f); /* how grey the print head's black is */
  label.black = (SnColour){0.045f + worn, 0.045f + worn, 0.05f + worn};
  label.colour = (SnColour){0.05f + worn, 0.13f + worn, 0.33f + worn};
  scene->light = sn_light(draws, 0.6f, 0.5f);
  scene->light.shadow = 0.6f;
  scene->light.depth = 0.03f;
  if (scene->defect != SN_GENERATED_GOOD) choose_damage(scene, &label);
  for (int64_t row = 0; row < relief->size; row++)
    for (int64_t column = 0; column < relief->size; column++)
      *sn_relief_at(relief, row, column) =
          label_at(scene, &label, sn_relief_place(relief, column), sn_relief_place(relief, row));
  if (scene->defect != SN_GENERATED_GOOD) damage_label(scene, &label);
}

const SnPainter sn_painter_label = {
    {"label", SN_GENERATED_OBJECT, 6, {"crease", "misprint", "missing_print", "scratch", "smear", "stain"}}, paint};
