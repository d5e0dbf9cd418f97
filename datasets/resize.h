/* Pillow's antialiased bilinear resize, bit for bit. */
#ifndef SN_DATASETS_RESIZE_H
#define SN_DATASETS_RESIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "datasets/image.h"

/* *resized = Image.resize((width, height), BILINEAR) of Pillow: each output pixel is the mean of the input under a
 * triangle of half-width max(1, input / output), first along rows, then along columns, both in 22-bit fixed point,
 * rounded and clipped to uint8. Width and height are at least 1. *resized is a new image, empty on failure. */
bool sn_image_resize(const SnImage *image, int64_t width, int64_t height, SnImage *resized);

/* A rectangle of pixels inside an image. */
typedef struct SnWindow {
  int64_t left, top, width, height;
} SnWindow;

/* The part `window` of sn_image_resize's result, without computing the rest. */
bool sn_image_resize_window(const SnImage *image, int64_t width, int64_t height, SnWindow window, SnImage *resized);

/* The weights of one axis, in fixed point. Output i is (sum over j < count[i] of input[first[i] + j] * weights[i * size
 * + j] + one half) / 2^22, rounded down, at most 255. */
enum { SN_RESIZE_BITS = 32 - 8 - 2 }; /* 8 bits of pixel, 22 of weight and 2 of headroom fill 32 */

typedef struct SnResizeTaps {
  int64_t outputs, size; /* size: weights stored an output */
  int64_t *first, *count;
  uint32_t *weights;
} SnResizeTaps;

/* For outputs [from, from + outputs) of an axis resized from `input` to `output` pixels. To be released also on
 * failure. */
bool sn_resize_taps(int64_t input, int64_t output, int64_t from, int64_t outputs, SnResizeTaps *taps);
void sn_resize_taps_free(SnResizeTaps *taps);

#endif
