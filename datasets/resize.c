#include "datasets/resize.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

void sn_resize_taps_free(SnResizeTaps *taps) {
  free(taps->first);
  free(taps->count);
  free(taps->weights);
}

/* The triangle filter of Pillow; the order of the roundings is Pillow's. */
bool sn_resize_taps(int64_t input, int64_t output, int64_t from, int64_t outputs, SnResizeTaps *taps) {
  const double scale = (double)input / (double)output, stretch = scale < 1.0 ? 1.0 : scale;
  taps->outputs = outputs;
  taps->size = (int64_t)ceil(stretch) * 2 + 1;
  taps->first = sn_allocate(outputs, sizeof *taps->first, "the weights of a resize");
  taps->count = sn_allocate(outputs, sizeof *taps->count, "the weights of a resize");
  int64_t total;
  if (!sn_multiply(outputs, taps->size, &total)) return sn_fail("the weights of a resize are too many to be counted");
  taps->weights = sn_allocate(total, sizeof *taps->weights, "the weights of a resize");
  double *exact = sn_allocate(taps->size, sizeof *exact, "the weights of a resize");
  for (int64_t i = 0; sn_ok() && i < outputs; i++) {
    const double centre = ((double)(from + i) + 0.5) * scale, inverse = 1.0 / stretch;
    int64_t first = (int64_t)(centre - stretch + 0.5), end = (int64_t)(centre + stretch + 0.5);
    if (first < 0) first = 0;
    if (end > input) end = input;
    double sum = 0.0;
    for (int64_t j = first; j < end; j++) {
      const double distance = fabs(((double)j - centre + 0.5) * inverse);
      exact[j - first] = distance < 1.0 ? 1.0 - distance : 0.0;
      sum += exact[j - first];
    }
    taps->first[i] = first;
    taps->count[i] = end - first;
    for (int64_t j = 0; j < end - first; j++) {
      const double weight = sum != 0.0 ? exact[j] / sum : exact[j];
      taps->weights[i * taps->size + j] = (uint32_t)(0.5 + weight * (1 << SN_RESIZE_BITS));
    }
  }
  free(exact);
  return sn_ok();
}

/* A sum that starts at one half; rounded weights may add up to slightly more than one. */
static uint8_t clip(uint32_t sum) {
  const uint32_t value = sum >> SN_RESIZE_BITS;
  return (uint8_t)(value > 255 ? 255 : value);
}

static const uint32_t half = 1u << (SN_RESIZE_BITS - 1);

static void resize_row_grey(const uint8_t *row, const SnResizeTaps *taps, int64_t width, uint8_t *output) {
  for (int64_t x = 0; x < width; x++) {
    const uint8_t *pixel = row + taps->first[x];
    const uint32_t *weight = taps->weights + x * taps->size;
    uint32_t sum = half;
    for (int64_t i = 0; i < taps->count[x]; i++) sum += pixel[i] * weight[i];
    output[x] = clip(sum);
  }
}

static void resize_row_rgb(const uint8_t *row, const SnResizeTaps *taps, int64_t width, uint8_t *output) {
  for (int64_t x = 0; x < width; x++) {
    const uint8_t *pixel = row + 3 * taps->first[x];
    const uint32_t *weight = taps->weights + x * taps->size;
    uint32_t red = half, green = half, blue = half;
    for (int64_t i = 0; i < taps->count[x]; i++, pixel += 3) {
      red += pixel[0] * weight[i];
      green += pixel[1] * weight[i];
      blue += pixel[2] * weight[i];
    }
    output[3 * x] = clip(red);
    output[3 * x + 1] = clip(green);
    output[3 * x + 2] = clip(blue);
  }
}

/* One output row from `count` rows of `length` bytes; sums is scratch of that length. */
static void resize_column(const uint8_t *rows, const uint32_t *weights, int64_t count, int64_t length, uint32_t *sums,
                          uint8_t *output) {
  for (int64_t i = 0; i < length; i++) sums[i] = half;
  for (int64_t j = 0; j < count; j++) {
    const uint8_t *row = rows + j * length;
    const uint32_t weight = weights[j];
    for (int64_t i = 0; i < length; i++) sums[i] += row[i] * weight;
  }
  for (int64_t i = 0; i < length; i++) output[i] = clip(sums[i]);
}

static bool resize(const SnImage *image, const SnResizeTaps *columns, const SnResizeTaps *rows, SnWindow window,
                   SnImage *resized) {
  const int64_t length = window.width * image->channels, stride = image->width * image->channels;
  const int64_t top = rows->first[0];
  const int64_t needed = rows->first[window.height - 1] + rows->count[window.height - 1] - top;
  SnImage narrow;
  if (!sn_image_allocate(window.width, needed, (SnImageMode)image->channels, &narrow)) return false;
  uint32_t *sums = sn_allocate(length, sizeof *sums, "a row of a resize");
  if (sums && sn_image_allocate(window.width, window.height, (SnImageMode)image->channels, resized)) {
    for (int64_t y = 0; y < needed; y++) {
      const uint8_t *row = image->pixels + (top + y) * stride;
      if (image->channels == 1)
        resize_row_grey(row, columns, window.width, narrow.pixels + y * length);
      else
        resize_row_rgb(row, columns, window.width, narrow.pixels + y * length);
    }
    for (int64_t y = 0; y < window.height; y++)
      resize_column(narrow.pixels + (rows->first[y] - top) * length, rows->weights + y * rows->size, rows->count[y],
                    length, sums, resized->pixels + y * length);
  }
  free(sums);
  sn_image_free(&narrow);
  return sn_ok();
}

bool sn_image_resize_window(const SnImage *image, int64_t width, int64_t height, SnWindow window, SnImage *resized) {
  *resized = (SnImage){0};
  if (!sn_ok()) return false;
  if (window.left < 0 || window.top < 0 || window.width < 1 || window.height < 1 ||
      window.left > width - window.width || window.top > height - window.height)
    return sn_fail("an image of %lld x %lld pixels has no part of %lld x %lld at (%lld, %lld)", (long long)width,
                   (long long)height, (long long)window.width, (long long)window.height, (long long)window.left,
                   (long long)window.top);
  SnResizeTaps columns = {0}, rows = {0};
  /* An axis that keeps its length has the weight 1 at its own pixel, so that no pass need be left out. */
  if (sn_resize_taps(image->width, width, window.left, window.width, &columns) &&
      sn_resize_taps(image->height, height, window.top, window.height, &rows))
    resize(image, &columns, &rows, window, resized);
  sn_resize_taps_free(&columns);
  sn_resize_taps_free(&rows);
  return sn_ok();
}

bool sn_image_resize(const SnImage *image, int64_t width, int64_t height, SnImage *resized) {
  return sn_image_resize_window(image, width, height, (SnWindow){0, 0, width, height}, resized);
}
