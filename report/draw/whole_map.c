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

void sn_whole_map(const float *map, SnSize size, SnRectangle covered, int64_t width, int64_t height, float *values) {
  float minimum = map[0];
  for (int64_t i = 1; i < sn_size_pixels(size); i++) minimum = fminf(minimum, map[i]);
  for (int64_t row = 0; row < height; row++) {
    double v = ((double)row + 0.5 - covered.top) / covered.height; /* share of the rectangle above the pixel's middle */
    Between y = between(v * (double)size.height - 0.5, size.height);
    for (int64_t column = 0; column < width; column++) {
      double u = ((double)column + 0.5 - covered.left) / covered.width;
      Between x = between(u * (double)size.width - 0.5, size.width);
      const float *upper = map + y.first * size.width, *lower = map + y.second * size.width;
      double above = (1 - x.share) * (double)upper[x.first] + x.share * (double)upper[x.second];
      double below = (1 - x.share) * (double)lower[x.first] + x.share * (double)lower[x.second];
      bool inside = u >= 0 && u < 1 && v >= 0 && v < 1;
      values[row * width + column] = inside ? (float)((1 - y.share) * above + y.share * below) : minimum;
    }
  }
}
