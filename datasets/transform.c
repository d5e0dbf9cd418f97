#include "datasets/transform.h"

#include <string.h>

#include "base/error.h"
#include "datasets/mask.h"
#include "datasets/resize.h"

void sn_transform_resized_size(const SnTransform *transform, int64_t width, int64_t height, int64_t *resized_width,
                               int64_t *resized_height) {
  const SnSize exact = transform->fit == SN_FIT_SQUASH ? transform->crop : transform->resize;
  *resized_height = exact.height;
  *resized_width = exact.width;
  if (exact.width > 0) return;
  const int64_t shorter = width <= height ? width : height, longer = width <= height ? height : width;
  const int64_t resized = (int64_t)((double)(exact.height * longer) / (double)shorter);
  *resized_height = width <= height ? resized : exact.height;
  *resized_width = width <= height ? exact.height : resized;
}

/* Where the crop begins on an axis: Python's round((size - crop) / 2), ties to even; or, negative, the black margin in
 * front of an image smaller than the crop. */
static int64_t crop_begin(int64_t size, int64_t crop) {
  if (size < crop) return -((crop - size) / 2);
  const int64_t lower = (size - crop) / 2;
  return (size - crop) % 2 == 1 && lower % 2 == 1 ? lower + 1 : lower;
}

SnRectangle sn_transform_covered(const SnTransform *transform, int64_t width, int64_t height) {
  int64_t resized_width, resized_height;
  sn_transform_resized_size(transform, width, height, &resized_width, &resized_height);
  const double x_scale = (double)width / (double)resized_width, y_scale = (double)height / (double)resized_height;
  return (SnRectangle){(double)crop_begin(resized_width, transform->crop.width) * x_scale,
                       (double)crop_begin(resized_height, transform->crop.height) * y_scale,
                       (double)transform->crop.width * x_scale, (double)transform->crop.height * y_scale};
}

static double kept_share(int64_t size, int64_t crop) { return size <= crop ? 1.0 : (double)crop / (double)size; }

double sn_transform_discarded_share(const SnTransform *transform, int64_t width, int64_t height) {
  int64_t resized_width, resized_height;
  sn_transform_resized_size(transform, width, height, &resized_width, &resized_height);
  return 1.0 - kept_share(resized_width, transform->crop.width) * kept_share(resized_height, transform->crop.height);
}

bool sn_transform_discards(const SnTransform *transform, int64_t width, int64_t height) {
  int64_t resized_width, resized_height;
  sn_transform_resized_size(transform, width, height, &resized_width, &resized_height);
  const double x = kept_share(resized_width, transform->crop.width);
  const double y = kept_share(resized_height, transform->crop.height), most = x > y ? x : y;
  const double cut_x = (1.0 - x) * (double)resized_width, cut_y = (1.0 - y) * (double)resized_height;
  const double least = cut_x < cut_y ? cut_x : cut_y;
  const double as_share = most * most;
  const double as_pixels = (1.0 - least / (double)resized_width) * (1.0 - least / (double)resized_height);
  return (as_share < as_pixels ? as_share : as_pixels) - x * y >= 0.01;
}

double sn_transform_padded_share(const SnTransform *transform, int64_t width, int64_t height) {
  int64_t resized_width, resized_height;
  sn_transform_resized_size(transform, width, height, &resized_width, &resized_height);
  return 1.0 - kept_share(transform->crop.width, resized_width) * kept_share(transform->crop.height, resized_height);
}

bool sn_transform_place(const SnTransform *transform, int64_t width, int64_t height, SnPlacement *placement) {
  enum { LARGEST = 1 << 20 };
  if (!sn_ok()) return false;
  const SnSize crop = transform->crop, resize = transform->resize;
  if (crop.height < 1 || crop.width < 1 || crop.height > LARGEST || crop.width > LARGEST || resize.height > LARGEST ||
      resize.width > LARGEST || (transform->fit == SN_FIT_CROP && (resize.height < 1 || resize.width < 0))) {
    char texts[2][SN_SIZE_TEXT];
    return sn_fail("a resize to %s and a crop of %s pixels cannot be made: 1 to %d are expected",
                   sn_size_text(resize, texts[0]), sn_size_text(crop, texts[1]), LARGEST);
  }
  SnPlacement place;
  sn_transform_resized_size(transform, width, height, &place.width, &place.height);
  const int64_t x = crop_begin(place.width, crop.width), y = crop_begin(place.height, crop.height);
  place.left = x < 0 ? -x : 0;
  place.top = y < 0 ? -y : 0;
  place.window = (SnWindow){x < 0 ? 0 : x, y < 0 ? 0 : y, place.width < crop.width ? place.width : crop.width,
                            place.height < crop.height ? place.height : crop.height};
  *placement = place;
  return true;
}

/* The part of the resized image that lies in the crop, and where in the crop it lies. */
static bool resize_and_crop(const SnTransform *transform, const SnImage *image, SnImage *cropped, int64_t *left,
                            int64_t *top) {
  SnPlacement place;
  *cropped = (SnImage){0};
  if (!sn_transform_place(transform, image->width, image->height, &place)) return false;
  *left = place.left;
  *top = place.top;
  return sn_image_resize_window(image, place.width, place.height, place.window, cropped);
}

static bool check_normalization(const SnNormalization *normalization) {
  for (int i = 0; i < 3; i++)
    if (!(normalization->deviation[i] > 0))
      return sn_fail("a photograph cannot be normalised: expected a standard deviation above 0 for each channel");
  return true;
}

bool sn_transform_image(const SnTransform *transform, const SnNormalization *normalization, const SnImage *image,
                        float *output) {
  SnImage cropped;
  int64_t left, top;
  if (!check_normalization(normalization) || !resize_and_crop(transform, image, &cropped, &left, &top)) return false;
  const SnSize crop = transform->crop;
  const int64_t area = sn_size_pixels(crop);
  for (int c = 0; c < 3; c++) {
    float normalised[256];
    for (int i = 0; i < 256; i++) normalised[i] = sn_normalized(normalization, c, (uint8_t)i);
    float *plane = output + c * area;
    if (cropped.width < crop.width || cropped.height < crop.height)
      for (int64_t i = 0; i < area; i++) plane[i] = normalised[0];
    const int channel = cropped.channels == 3 ? sn_source_channel(normalization, c) : 0;
    for (int64_t y = 0; y < cropped.height; y++) {
      const uint8_t *pixel = cropped.pixels + y * cropped.width * cropped.channels + channel;
      float *row = plane + (top + y) * crop.width + left;
      for (int64_t x = 0; x < cropped.width; x++) row[x] = normalised[pixel[x * cropped.channels]];
    }
  }
  sn_image_free(&cropped);
  return true;
}

static bool mask_from_grey(const SnTransform *transform, const SnImage *grey, double threshold, uint8_t *output) {
  SnImage cropped;
  int64_t left, top;
  if (!resize_and_crop(transform, grey, &cropped, &left, &top)) return false;
  memset(output, 0, (size_t)sn_size_pixels(transform->crop));
  for (int64_t y = 0; y < cropped.height; y++)
    for (int64_t x = 0; x < cropped.width; x++) {
      const uint8_t value = cropped.pixels[y * cropped.width + x];
      output[(top + y) * transform->crop.width + left + x] = sn_mask_is_defect(value, threshold);
    }
  sn_image_free(&cropped);
  return true;
}

bool sn_transform_mask(const SnTransform *transform, const SnImage *image, double threshold, uint8_t *output) {
  if (!sn_ok()) return false;
  if (image->channels == 1) return mask_from_grey(transform, image, threshold, output);
  SnImage grey;
  if (!sn_image_allocate(image->width, image->height, SN_IMAGE_RGB, &grey)) return false;
  memcpy(grey.pixels, image->pixels, (size_t)(image->width * image->height * 3));
  const bool made = sn_image_convert(&grey, SN_IMAGE_GREY) && mask_from_grey(transform, &grey, threshold, output);
  sn_image_free(&grey);
  return made;
}
