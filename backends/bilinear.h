/* Bilinear interpolation (torch.nn.functional.interpolate, mode="bilinear", align_corners=False), one direction of it:
 * output i lies at (i + 0.5) in / out - 0.5 among the inputs, not before the first. */
#ifndef SN_BACKENDS_BILINEAR_H
#define SN_BACKENDS_BILINEAR_H

#include <stdint.h>

#include "backends/inline.h"

/* An output is (1 - share) of input `low` and share of input `high`. */
typedef struct SnBilinearPlace {
  int64_t low, high;
  double share;
} SnBilinearPlace;

SN_HOST_DEVICE SnBilinearPlace sn_bilinear_place(int64_t output, int64_t in, int64_t out) {
  double source = ((double)output + 0.5) * ((double)in / (double)out) - 0.5;
  if (source < 0) source = 0;
  int64_t low = (int64_t)source < in - 1 ? (int64_t)source : in - 1;
  SnBilinearPlace place = {low, low + 1 < in - 1 ? low + 1 : in - 1, source - (double)low};
  return place;
}

#endif
