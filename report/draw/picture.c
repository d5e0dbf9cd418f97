#include "report/draw/picture.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

enum { SIDE_LIMIT = 1 << 15 };

bool sn_picture_create(int64_t width, int64_t height, SnColor background, SnPicture *picture) {
  *picture = (SnPicture){0};
  if (!sn_ok()) return false;
  if (width < 1 || height < 1 || width > SIDE_LIMIT || height > SIDE_LIMIT)
    return sn_fail("a picture of %lld x %lld pixels: expected 1 to %d a side", (long long)width, (long long)height,
                   SIDE_LIMIT);
  uint8_t *pixels = sn_allocate(width * height, 3, "the pixels of a picture");
  if (!pixels) return false;
  *picture = (SnPicture){width, height, pixels};
  sn_draw_rectangle(picture, 0, 0, width, height, background);
  return true;
}

void sn_picture_free(SnPicture *picture) {
  free(picture->pixels);
  *picture = (SnPicture){0};
}

static uint8_t mix_channel(uint8_t from, uint8_t to, double share) {
  return (uint8_t)((double)from + share * ((double)to - (double)from) + 0.5);
}

SnColor sn_mix(SnColor from, SnColor to, double share) {
  return (SnColor){mix_channel(from.red, to.red, share), mix_channel(from.green, to.green, share),
                   mix_channel(from.blue, to.blue, share)};
}

static void set_pixel(uint8_t *pixel, SnColor color) {
  pixel[0] = color.red;
  pixel[1] = color.green;
  pixel[2] = color.blue;
}

void sn_draw_pixel(SnPicture *picture, int64_t x, int64_t y, SnColor color, double opacity) {
  if (x < 0 || y < 0 || x >= picture->width || y >= picture->height || !(opacity > 0.0)) return;
  uint8_t *pixel = picture->pixels + 3 * (y * picture->width + x);
  set_pixel(pixel, opacity >= 1.0 ? color : sn_mix((SnColor){pixel[0], pixel[1], pixel[2]}, color, opacity));
}

void sn_draw_rectangle(SnPicture *picture, int64_t x, int64_t y, int64_t width, int64_t height, SnColor color) {
  int64_t right = x + width < picture->width ? x + width : picture->width;
  int64_t bottom = y + height < picture->height ? y + height : picture->height;
  for (int64_t row = y > 0 ? y : 0; row < bottom; row++)
    for (int64_t column = x > 0 ? x : 0; column < right; column++)
      set_pixel(picture->pixels + 3 * (row * picture->width + column), color);
}

void sn_draw_rounded(SnPicture *picture, int64_t x, int64_t y, int64_t width, int64_t height, double radius,
                     SnColor color) {
  double half_width = 0.5 * (double)width, half_height = 0.5 * (double)height;
  radius = fmin(radius, fmin(half_width, half_height));
  for (int64_t row = 0; row < height; row++)
    for (int64_t column = 0; column < width; column++) {
      double dx = fmax(fabs((double)column + 0.5 - half_width) - (half_width - radius), 0.0);
      double dy = fmax(fabs((double)row + 0.5 - half_height) - (half_height - radius), 0.0);
      sn_draw_pixel(picture, x + column, y + row, color, radius + 0.5 - sqrt(dx * dx + dy * dy));
    }
}

void sn_draw_picture(SnPicture *picture, int64_t x, int64_t y, const SnPicture *other) {
  for (int64_t row = 0; row < other->height; row++)
    for (int64_t column = 0; column < other->width; column++) {
      const uint8_t *pixel = other->pixels + 3 * (row * other->width + column);
      sn_draw_pixel(picture, x + column, y + row, (SnColor){pixel[0], pixel[1], pixel[2]}, 1.0);
    }
}
