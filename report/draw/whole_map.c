#include "report/draw/whole_map.h"

#include <math.h>

/* Two neighbouring cells and the share of the second. */
typedef struct Between {
  int64_t first, second;
  double share;
} Between;

static Between between(double place, int64_t side) {
  double bounded = fmin(fmax(place, 0), (double)(side - 1));
  int64_t first = (int64_t)bounded;
  return (Between){first, first + 1 < side ? first + 1 : first, bounded - (double)first};
}

/* Where the pixel's middle is, as a share of the rectangle's side. */
static double share(int64_t pixel, double begin, double side) { return ((double)pixel + 0.5 - begin) / side; }

static bool is_inside(double u, double v) { return u >= 0 && u < 1 && v >= 0 && v < 1; }

bool sn_is_covered(SnRectangle covered, int64_t column, int64_t row) {
  return is_inside(share(column, covered.left, covered.width), share(row, covered.top, covered.height));
}

void sn_whole_map(const float *map, SnSize size, SnRectangle covered, int64_t width, int64_t height, float *values) {
  float minimum = map[0];
  for (int64_t i = 1; i < sn_size_pixels(size); i++) minimum = fminf(minimum, map[i]);
  for (int64_t row = 0; row < height; row++) {
    double v = share(row, covered.top, covered.height);
    Between y = between(v * (double)size.height - 0.5, size.height);
    for (int64_t column = 0; column < width; column++) {
      double u = share(column, covered.left, covered.width);
      Between x = between(u * (double)size.width - 0.5, size.width);
      const float *upper = map + y.first * size.width, *lower = map + y.second * size.width;
      double above = (1 - x.share) * (double)upper[x.first] + x.share * (double)upper[x.second];
      double below = (1 - x.share) * (double)lower[x.first] + x.share * (double)lower[x.second];
      values[row * width + column] = is_inside(u, v) ? (float)((1 - y.share) * above + y.share * below) : minimum;
    }
  }
}

void sn_whole_mask(const float *values, SnRectangle covered, int64_t width, int64_t height, double threshold,
                   uint8_t *mask) {
  for (int64_t i = 0; i < width * height; i++)
    mask[i] = (double)values[i] >= threshold && sn_is_covered(covered, i % width, i / width) ? 255 : 0;
}
