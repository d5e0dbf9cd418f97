#include "models/pretraining/damage.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/generated/arithmetic.h"
#include "datasets/generated/draws.h"
#include "datasets/generated/pretraining.h"

enum { STREAM = 0x51000000, MAX_PLACES = 3, SMOOTHING = 3 };

typedef enum Kind { OTHER_PATTERN, OWN_PIECE, COLOUR, LIGHT, SMOOTH, TINT, KINDS } Kind;

typedef struct Damage {
  Kind kind;
  float x, y, cosine, sine;  /* centre and direction */
  float length, width, soft; /* half axes and the width of the edge, in pixels */
  bool stroke;               /* a line with round ends; else an ellipse */
  float opacity;
  float colour[3]; /* added in COLOUR, multiplied in LIGHT and TINT; 0 to 1, or about 1 */
  int shift_x, shift_y;
} Damage;

static Damage choose(SnDraws *draws, float size) {
  Damage damage = {.kind = (Kind)sn_draw_integer(draws, KINDS)};
  damage.x = sn_draw(draws, 0.05f, 0.95f) * size;
  damage.y = sn_draw(draws, 0.05f, 0.95f) * size;
  float turns = sn_draw(draws, 0, 1), reach = sn_draw(draws, 0, 1);
  damage.cosine = sn_cosine(turns);
  damage.sine = sn_sine(turns);
  damage.stroke = sn_draw(draws, 0, 1) < 0.35f;
  if (damage.stroke) {
    damage.length = size * sn_draw(draws, 0.06f, 0.35f);
    damage.width = sn_draw(draws, 0.6f, 2.0f);
  } else {
    damage.length = size * (0.03f + 0.19f * reach * reach);
    damage.width = damage.length * sn_draw(draws, 0.4f, 1);
  }
  damage.soft = sn_draw(draws, 0.5f, 2.5f);
  damage.opacity = sn_draw(draws, 0.5f, 1);
  float factor = sn_draw(draws, 0.35f, 0.8f);
  if (sn_draw_bits(draws) & 1) factor = 1 / factor;
  for (int c = 0; c < 3; c++) {
    float value = sn_draw(draws, 0, 1);
    damage.colour[c] = damage.kind == COLOUR ? value : damage.kind == LIGHT ? factor : 0.5f + value;
  }
  damage.shift_x = (int)(size * sn_draw(draws, 0.15f, 0.85f));
  damage.shift_y = (int)(size * sn_draw(draws, 0.15f, 0.85f));
  return damage;
}

/* 1 inside, 0 outside, between at the edge. */
static float cover(const Damage *damage, float x, float y) {
  float dx = x - damage->x, dy = y - damage->y;
  float along = dx * damage->cosine + dy * damage->sine, across = dy * damage->cosine - dx * damage->sine;
  float outside; /* pixels beyond the edge */
  if (damage->stroke) {
    outside = sn_length(sn_larger(0, sn_absolute(along) - damage->length), across) - damage->width;
  } else {
    float radius = sn_length(along / damage->length, across / damage->width);
    outside = (radius - 1) * damage->width;
  }
  return sn_clamp(0.5f - outside / damage->soft, 0, 1);
}

/* Mean of the pixels around, within the image. */
static float smooth_at(const uint8_t *rgb, int64_t size, int64_t row, int64_t column, int channel) {
  int sum = 0, count = 0;
  for (int64_t r = row - SMOOTHING; r <= row + SMOOTHING; r++)
    for (int64_t c = column - SMOOTHING; c <= column + SMOOTHING; c++) {
      if (r < 0 || c < 0 || r >= size || c >= size) continue;
      sum += rgb[3 * (r * size + c) + channel];
      count++;
    }
  return (float)sum / (float)count;
}

static float damaged_at(const Damage *damage, const uint8_t *rgb, const uint8_t *other, int64_t size, int64_t row,
                        int64_t column, int channel) {
  int64_t here = 3 * (row * size + column) + channel;
  int64_t there = 3 * ((row + damage->shift_y) % size * size + (column + damage->shift_x) % size) + channel;
  switch (damage->kind) {
    case OTHER_PATTERN:
      return (float)other[here];
    case OWN_PIECE:
      return (float)rgb[there];
    case COLOUR:
      return 255 * damage->colour[channel];
    case SMOOTH:
      return smooth_at(rgb, size, row, column, channel);
    default:
      return sn_clamp((float)rgb[here] * damage->colour[channel], 0, 255);
  }
}

static void apply(const Damage *damage, const uint8_t *before, const uint8_t *other, int64_t size, uint8_t *rgb,
                  float *mask) {
  for (int64_t row = 0; row < size; row++)
    for (int64_t column = 0; column < size; column++) {
      float covered = cover(damage, (float)column + 0.5f, (float)row + 0.5f);
      if (covered <= 0) continue;
      int64_t i = row * size + column;
      mask[i] = sn_larger(mask[i], covered);
      for (int c = 0; c < 3; c++) {
        float value = damaged_at(damage, before, other, size, row, column, c);
        rgb[3 * i + c] = (uint8_t)(sn_mix((float)rgb[3 * i + c], value, covered * damage->opacity) + 0.5f);
      }
    }
}

static void count_cells(const float *mask, int64_t size, int64_t cell, float *cells) {
  int64_t side = size / cell;
  for (int64_t i = 0; i < side * side; i++) {
    float sum = 0;
    for (int64_t r = 0; r < cell; r++)
      for (int64_t c = 0; c < cell; c++) sum += mask[(i / side * cell + r) * size + i % side * cell + c];
    cells[i] = sn_smaller(1, 4 * sum / (float)(cell * cell));
  }
}

bool sn_damage_draw(uint64_t seed, int64_t index, int64_t size, int64_t cell, uint8_t *rgb, float *cells) {
  if (!sn_ok()) return false;
  size_t bytes = (size_t)(3 * size * size);
  uint8_t *before = sn_allocate(3 * size * size, 1, "a damaged image");
  uint8_t *other = sn_allocate(3 * size * size, 1, "a damaged image");
  float *mask = sn_allocate(size * size, sizeof *mask, "a damaged image");
  if (sn_ok()) {
    SnDraws draws = sn_draws(seed, STREAM, (uint32_t)index);
    int places = sn_draw_integer(&draws, MAX_PLACES + 1), label;
    memcpy(before, rgb, bytes);
    for (int i = 0; i < places && sn_ok(); i++) {
      Damage damage = choose(&draws, (float)size);
      /* another seed's image of the same number: of any class */
      if (damage.kind == OTHER_PATTERN && !sn_pretraining_draw(~seed, index, size, other, &label)) break;
      apply(&damage, before, other, size, rgb, mask);
    }
    count_cells(mask, size, cell, cells);
  }
  free(before);
  free(other);
  free(mask);
  return sn_ok();
}
