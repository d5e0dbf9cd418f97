#include "datasets/load.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "datasets/cifar10.h"

bool sn_load_photograph(const SnSample *sample, const SnImageOptions *options, SnImage *image) {
  if (sample->record >= 0) return sn_cifar10_read(sample->path, sample->record, image);
  return sn_image_read(sample->path, SN_IMAGE_RGB, options, image);
}

static bool add_mask(const SnDataset *dataset, const SnSample *sample, const char *path, const SnImageOptions *options,
                     SnImage *sum) {
  SnImage mask;
  if (!sn_image_read(path, SN_IMAGE_GREY, options, &mask)) return false;
  if (mask.width != sum->width || mask.height != sum->height) {
    sn_fail("%s: the mask is %" PRId64 " x %" PRId64 " pixels, its image %s %" PRId64 " x %" PRId64, path, mask.width,
            mask.height, sample->path, sum->width, sum->height);
  } else {
    for (int64_t i = 0; i < sum->width * sum->height; i++) {
      uint8_t value = dataset->mask_is_nonzero && mask.pixels[i] ? 255 : mask.pixels[i];
      if (value > sum->pixels[i]) sum->pixels[i] = value;
    }
  }
  sn_image_free(&mask);
  return sn_ok();
}

bool sn_load_mask_image(const SnDataset *dataset, const SnSample *sample, int64_t width, int64_t height,
                        const SnImageOptions *options, SnImage *mask) {
  if (!sn_image_allocate(width, height, SN_IMAGE_GREY, mask)) return false;
  for (int64_t m = 0; m < sample->mask_count && sample->label == SN_DEFECTIVE; m++)
    if (!add_mask(dataset, sample, sample->mask_paths[m], options, mask)) {
      sn_image_free(mask);
      return false;
    }
  return true;
}

bool sn_load_sample(const SnDataset *dataset, const SnSample *sample, const SnLoadOptions *options, float *image,
                    uint8_t *mask, bool *mask_missing) {
  if (!sn_ok()) return false;
  bool missing = sample->label == SN_DEFECTIVE && sample->mask_count == 0;
  bool empty = sample->label == SN_GOOD || missing;
  if (mask_missing) *mask_missing = missing;
  if (mask && empty) memset(mask, 0, (size_t)options->transform.crop * (size_t)options->transform.crop);
  SnImage photograph = {0}, truth = {0};
  int64_t width = 0, height = 0;
  if (image) {
    if (sn_load_photograph(sample, &options->image, &photograph))
      sn_transform_image(&options->transform, &photograph, image);
    width = photograph.width;
    height = photograph.height;
  } else if (mask && !empty) {
    sn_image_read_size(sample->path, &options->image, &width, &height);
  }
  if (mask && !empty && sn_ok() && sn_load_mask_image(dataset, sample, width, height, &options->image, &truth))
    sn_transform_mask(&options->transform, &truth, options->mask_threshold, mask);
  sn_image_free(&photograph);
  sn_image_free(&truth);
  return sn_ok();
}
