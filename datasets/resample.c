#include "datasets/resample.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

/* Resamples the middle dimension of from [outer, size, inner]. */
static void resample_dimension(const float *from, int64_t outer, int64_t size, int64_t inner, float *to,
                               int64_t to_size) {
  double scale = (double)size / (double)to_size, support = fmax(scale, 1.0);
  for (int64_t j = 0; j < to_size; j++) {
    double center = ((double)j + 0.5) * scale - 0.5, total = 0.0;
    int64_t first = (int64_t)ceil(center - support), last = (int64_t)floor(center + support);
    if (first < 0) first = 0;
    if (last > size - 1) last = size - 1;
    for (int64_t o = 0; o < outer; o++)
      for (int64_t c = 0; c < inner; c++) to[(o * to_size + j) * inner + c] = 0.0f;
    for (int64_t i = first; i <= last; i++) {
      double weight = fmax(1.0 - fabs((double)i - center) / support, 0.0);
      total += weight;
      for (int64_t o = 0; o < outer; o++)
        for (int64_t c = 0; c < inner; c++)
          to[(o * to_size + j) * inner + c] += (float)weight * from[(o * size + i) * inner + c];
    }
    for (int64_t o = 0; o < outer; o++)
      for (int64_t c = 0; c < inner; c++) to[(o * to_size + j) * inner + c] /= (float)total;
  }
}

bool sn_resample(const float *from, int64_t height, int64_t width, int64_t channels, float *to, int64_t to_height,
                 int64_t to_width) {
  float *narrow = sn_allocate(height * to_width * channels, sizeof *narrow, "resampling a picture");
  if (!narrow) return false;
  resample_dimension(from, height, width, channels, narrow, to_width);
  resample_dimension(narrow, 1, height, to_width * channels, to, to_height);
  free(narrow);
  return true;
}
