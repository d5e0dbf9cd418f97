#include "datasets/generated/difference_mask.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/generated/arithmetic.h"

#define VISIBLE 0.028f /* of the range from black to white: 7 of 255 */

/* to = from, with every marked pixel grown to a disc. */
static void grow(const uint8_t *from, uint8_t *to, int64_t size, int64_t radius) {
  memcpy(to, from, (size_t)(size * size));
  for (int64_t row = 0; row < size; row++)
    for (int64_t column = 0; column < size; column++) {
      if (!from[row * size + column]) continue;
      for (int64_t dy = -radius; dy <= radius; dy++)
        for (int64_t dx = -radius; dx <= radius; dx++) {
          int64_t r = row + dy, c = column + dx;
          if (r < 0 || c < 0 || r >= size || c >= size || dx * dx + dy * dy > radius * radius) continue;
          to[r * size + c] = 255;
        }
    }
}

/* to = from, without the marked pixels that have an unmarked one within a disc. */
static void shrink(const uint8_t *from, uint8_t *to, int64_t size, int64_t radius) {
  for (int64_t row = 0; row < size; row++)
    for (int64_t column = 0; column < size; column++) {
      bool stays = from[row * size + column] != 0;
      for (int64_t dy = -radius; dy <= radius && stays; dy++)
        for (int64_t dx = -radius; dx <= radius && stays; dx++) {
          int64_t r = row + dy, c = column + dx;
          if (r < 0 || c < 0 || r >= size || c >= size || dx * dx + dy * dy > radius * radius) continue;
          stays = from[r * size + c] != 0;
        }
      to[row * size + column] = stays ? 255 : 0;
    }
}

/* Turns connected areas (8 neighbours) of `value` smaller than `least` pixels into the other value. places is scratch
 * for size^2 numbers. Areas already seen are set to a third value meanwhile. */
static void drop_small_areas(uint8_t *mask, int64_t size, uint8_t value, int64_t least, int64_t *places) {
  uint8_t seen = (uint8_t)(value ^ 1);
  for (int64_t start = 0; start < size * size; start++) {
    if (mask[start] != value) continue;
    int64_t found = 1;
    places[0] = start;
    mask[start] = seen;
    for (int64_t next = 0; next < found; next++) {
      int64_t row = places[next] / size, column = places[next] % size;
      for (int64_t r = row - 1; r <= row + 1; r++)
        for (int64_t c = column - 1; c <= column + 1; c++) {
          if (r < 0 || c < 0 || r >= size || c >= size || mask[r * size + c] != value) continue;
          mask[r * size + c] = seen;
          places[found++] = r * size + c;
        }
    }
    for (int64_t i = 0; i < found && found < least; i++) mask[places[i]] = (uint8_t)(255 - value);
  }
  for (int64_t i = 0; i < size * size; i++)
    if (mask[i] == seen) mask[i] = value;
}

static float largest_difference(const float *good, const float *bad, int64_t pixel) {
  float largest = 0;
  for (int64_t channel = 3 * pixel; channel < 3 * pixel + 3; channel++)
    largest = sn_larger(largest, sn_absolute(good[channel] - bad[channel]));
  return largest;
}

int64_t sn_difference_mask(const float *good, const float *bad, int64_t size, uint8_t *mask) {
  int64_t count = size * size, marked = 0;
  float *difference = sn_allocate(count, sizeof *difference, "a drawn mask");
  uint8_t *scratch = sn_allocate(count, 1, "a drawn mask");
  int64_t *places = sn_allocate(count, sizeof *places, "a drawn mask");
  if (!sn_ok()) {
    free(difference);
    free(scratch);
    free(places);
    return -1;
  }
  for (int64_t i = 0; i < count; i++) difference[i] = largest_difference(good, bad, i);
  for (int64_t row = 0; row < size; row++)
    for (int64_t column = 0; column < size; column++) {
      float sum = 0, weight = 0;
      for (int64_t r = row > 0 ? row - 1 : 0; r <= row + 1 && r < size; r++)
        for (int64_t c = column > 0 ? column - 1 : 0; c <= column + 1 && c < size; c++) {
          sum += difference[r * size + c];
          weight += 1;
        }
      mask[row * size + column] = sum > VISIBLE * weight ? 255 : 0;
    }
  int64_t radius = 1 + size / 256;
  shrink(mask, scratch, size, 1); /* opening: specks go */
  grow(scratch, mask, size, 1);
  grow(mask, scratch, size, radius); /* closing: gaps go */
  shrink(scratch, mask, size, radius);
  drop_small_areas(mask, size, 0, count / 100, places);
  drop_small_areas(mask, size, 255, count / 8000, places);
  for (int64_t i = 0; i < count; i++) marked += mask[i] != 0;
  free(difference);
  free(scratch);
  free(places);
  return marked;
}
