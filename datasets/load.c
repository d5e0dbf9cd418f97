#include "datasets/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "datasets/cifar10.h"
#include "datasets/synthetic/synthetic.h"
#include "datasets/thumbnail.h"

bool sn_load_photograph(const SnSample *sample, const SnImageOptions *options, SnImage *image) {
  if (sample->record >= 0) return sn_cifar10_read(sample->path, sample->record, image);
  return sn_image_read(sample->path, SN_IMAGE_RGB, options, image);
}

bool sn_load_photograph_size(const SnSample *sample, const SnImageOptions *options, int64_t *width, int64_t *height) {
  *width = *height = SN_CIFAR10_SIDE;
  return sample->record >= 0 ? sn_ok() : sn_image_read_size(sample->path, options, width, height);
}

static bool add_mask(const SnDataset *dataset, const SnSample *sample, const char *path, const SnImageOptions *options,
                     SnImage *sum, SnMaskKind *kind) {
  SnImage mask;
  if (!sn_mask_read(path, options, dataset->mask_is_nonzero, &mask, kind)) return false;
  if (mask.width != sum->width || mask.height != sum->height)
    sn_fail("%s: the mask is %" PRId64 " x %" PRId64 " pixels, its image %s %" PRId64 " x %" PRId64, path, mask.width,
            mask.height, sample->path, sum->width, sum->height);
  else
    for (int64_t i = 0; i < sum->width * sum->height; i++)
      if (mask.pixels[i] > sum->pixels[i]) sum->pixels[i] = mask.pixels[i];
  sn_image_free(&mask);
  return sn_ok();
}

bool sn_load_mask_image(const SnDataset *dataset, const SnSample *sample, int64_t width, int64_t height,
                        const SnImageOptions *options, SnImage *mask, SnMaskKind *kind) {
  *kind = SN_MASK_SHARES;
  if (!sn_image_allocate(width, height, SN_IMAGE_GREY, mask)) return false;
  for (int64_t m = 0; m < sample->mask_count && sample->label == SN_DEFECTIVE; m++) {
    SnMaskKind own;
    if (!add_mask(dataset, sample, sample->mask_paths[m], options, mask, &own)) {
      sn_image_free(mask);
      return false;
    }
    if (own == SN_MASK_CLASSES) *kind = own;
  }
  return true;
}

/* Notes the ground truth of a defective sample in the size of its photograph. */
static bool note_mask(const SnDataset *dataset, const SnSample *sample, const SnImage *mask, SnMaskKind kind,
                      double threshold, SnFacts *facts) {
  const int largest = sn_mask_largest(mask);
  facts->masks++;
  if (kind == SN_MASK_CLASSES && !dataset->mask_is_nonzero) facts->class_masks++;
  if (sn_mask_is_defect((uint8_t)largest, threshold)) return true;
  char *text = sn_mask_empty_text(sample->mask_paths[0], largest, threshold);
  if (text && facts->empty_masks++ == 0) snprintf(facts->first_empty, sizeof facts->first_empty, "%s", text);
  free(text);
  return sn_ok();
}

static bool load_mask(const SnDataset *dataset, const SnSample *sample, const SnLoadOptions *options, int64_t width,
                      int64_t height, uint8_t *mask, SnFacts *facts) {
  SnImage truth;
  SnMaskKind kind;
  if (!sn_ok() || !sn_load_mask_image(dataset, sample, width, height, &options->image, &truth, &kind)) return false;
  if (!facts || note_mask(dataset, sample, &truth, kind, options->mask_threshold, facts))
    sn_transform_mask(&options->transform, &truth, options->mask_threshold, mask);
  sn_image_free(&truth);
  return sn_ok();
}

bool sn_load_thumbnail(const SnSample *sample, const SnLoadOptions *options, uint8_t *thumbnail) {
  SnImage photograph;
  if (!sn_load_photograph(sample, &options->image, &photograph)) return false;
  sn_make_thumbnail(&options->transform, &photograph, options->thumbnail, thumbnail);
  sn_image_free(&photograph);
  return sn_ok();
}

/* A sample with a synthetic defect, whose ground truth is drawn with it. */
static bool load_damaged(const SnSample *sample, const SnLoadOptions *options, float *image, uint8_t *thumbnail,
                         uint8_t *mask, SnFacts *facts) {
  const SnTransform *transform = &options->transform;
  SnImage photograph, truth = {0};
  if (!sn_load_photograph(sample, &options->image, &photograph)) return false;
  if (facts) sn_facts_add_photograph(facts, &photograph);
  SnRectangle covered = sn_transform_covered(transform, photograph.width, photograph.height);
  sn_synthetic_draw(sample->damage_seed, sample->damage, covered, &photograph, &truth);
  if (image && sn_ok()) sn_transform_image(transform, &options->normalization, &photograph, image);
  if (thumbnail && sn_ok()) sn_make_thumbnail(transform, &photograph, options->thumbnail, thumbnail);
  if (mask && sn_ok()) sn_transform_mask(transform, &truth, options->mask_threshold, mask);
  sn_image_free(&photograph);
  sn_image_free(&truth);
  return sn_ok();
}

bool sn_load_sample(const SnDataset *dataset, const SnSample *sample, const SnLoadOptions *options, float *image,
                    uint8_t *mask, bool *mask_missing, SnFacts *facts) {
  return sn_load_sample_with_thumbnail(dataset, sample, options, image, NULL, mask, mask_missing, facts);
}

bool sn_load_sample_with_thumbnail(const SnDataset *dataset, const SnSample *sample, const SnLoadOptions *options,
                                   float *image, uint8_t *thumbnail, uint8_t *mask, bool *mask_missing,
                                   SnFacts *facts) {
  if (!sn_ok()) return false;
  if (mask_missing) *mask_missing = false;
  if (sample->damage > 0) return load_damaged(sample, options, image, thumbnail, mask, facts);
  bool missing = sample->label == SN_DEFECTIVE && sample->mask_count == 0;
  bool empty = sample->label == SN_GOOD || missing;
  if (mask_missing) *mask_missing = missing;
  if (mask && empty) memset(mask, 0, (size_t)sn_size_pixels(options->transform.crop));
  SnImage photograph = {0};
  int64_t width = 0, height = 0;
  if (image) {
    if (sn_load_photograph(sample, &options->image, &photograph))
      sn_transform_image(&options->transform, &options->normalization, &photograph, image);
    if (thumbnail) sn_make_thumbnail(&options->transform, &photograph, options->thumbnail, thumbnail);
    if (facts && sn_ok()) sn_facts_add_photograph(facts, &photograph);
    width = photograph.width;
    height = photograph.height;
    sn_image_free(&photograph); /* not held beside the mask */
  } else if (mask && !empty) {
    sn_image_read_size(sample->path, &options->image, &width, &height);
  }
  return mask && !empty ? load_mask(dataset, sample, options, width, height, mask, facts) : sn_ok();
}
