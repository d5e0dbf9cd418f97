#include "datasets/generated/difference_mask.h"

#include <stdlib.h>

#include "base/memory.h"
#include "datasets/generated/arithmetic.h"

#define VISIBLE 0.028f /* of the range from black to white: 7 of 255 */

/* to = the largest (or smallest) of from over a disc of the given radius, the image's outside left out. */
static void spread(const uint8_t* from, uint8_t* to, int64_t size, int64_t radius, uint8_t wanted) {
  for (int64_t row = 0; row < size; row++)
    for (int64_t column = 0; column < size; column++) {
      uint8_t found = from[row * size + column];
      for (int64_t dy = -radius; dy <= radius && found != wanted; dy++)
        for (int64_t dx = -radius; dx <= radius && found != wanted; dx++) {
          int64_t r = row + dy, c = column + dx;
          if (r < 0 || c < 0 || r >= size || c >= size || dx * dx + dy * dy > radius * radius) continue;
          found = from[r * size + c];
        }
      to[row * size + column] = found;
    }
}

static float largest_difference(const float* good, const float* bad, int64_t pixel) {
  float largest = 0;
  for (int64_t channel = 3 * pixel; channel < 3 * pixel + 3; channel++)
    largest = sn_larger(largest, sn_absolute(good[channel] - bad[channel]));
  return largest;
}

int64_t sn_difference_mask(const float* good, const float* bad, int64_t size, uint8_t* mask) {
  int64_t count = size * size, marked = 0;
  float* difference = sn_allocate(count, sizeof *difference, "a drawn mask");
  uint8_t* scratch = sn_allocate(count, 1, "a drawn mask");
  if (!difference || !scratch) {
    free(difference);
    free(scratch);
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
  int64_t radius = 1 + size / 128;
  spread(mask, scratch, size, 1, 0); /* opening by 1 pixel: specks go */
  spread(scratch, mask, size, 1, 255);
  spread(mask, scratch, size, radius, 255); /* closing: gaps go */
  spread(scratch, mask, size, radius, 0);
  for (int64_t i = 0; i < count; i++) marked += mask[i] != 0;
  free(difference);
  free(scratch);
  return marked;
}
