/* Planes of floating-point numbers, such as maps, brought to the size at which they are shown. */
#ifndef SN_DATASETS_RESAMPLE_H
#define SN_DATASETS_RESAMPLE_H

#include <stdbool.h>
#include <stdint.h>

/* to [to_height, to_width, channels] = from [height, width, channels] under a triangle filter: bilinear where it grows,
 * the mean over the covered pixels, triangle-weighted, where it shrinks. All sizes from 1. False only for want of
 * memory. */
bool sn_resample(const float *from, int64_t height, int64_t width, int64_t channels, float *to, int64_t to_height,
                 int64_t to_width);

#endif
