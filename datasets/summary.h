/* What a folder holds, for a person who has just downloaded it. */
#ifndef SN_DATASETS_SUMMARY_H
#define SN_DATASETS_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "datasets/dataset.h"
#include "datasets/facts.h"

typedef struct SnSizeCount {
  int64_t width, height; /* pixels */
  int64_t count;         /* images of this size */
} SnSizeCount;

typedef struct SnCategorySummary {
  char *category;
  char *error; /* why the category cannot be opened, and then nothing below is set; else NULL */
  int64_t train, train_left_out, validation, test_good, test_defective; /* images; train_left_out as in SnDataset */
  bool has_masks;
  int64_t missing_masks; /* defective test images without a mask, where has_masks */
  int64_t unreadable;    /* images and masks that cannot be opened or decoded */
  SnSizeCount *sizes;    /* of the readable images, the most common first */
  int64_t size_count;
  int64_t min_width, max_width, min_height, max_height; /* 0 when no image is readable */
  SnProblems problems;                                  /* everything found, one sentence each */
  SnLeftOut left_out;
  SnFacts facts;
} SnCategorySummary;

typedef struct SnSummary {
  const char *layout; /* not owned */
  SnCategorySummary *categories;
  int64_t count;
} SnSummary;

typedef struct SnSummaryOptions {
  const char *category, *layout; /* NULL: all categories; as in sn_dataset_open */
  bool decode;                   /* the pixels of all images, too: finds what is truncated or corrupt, and takes long */
  SnImageOptions image;          /* how images are read */
  double mask_threshold;         /* as in SnLoadOptions */
} SnSummaryOptions;

/* Summarises every category under root, or the one named. Reads the headers of all images, and the pixels of the masks
 * and of a few images of 16 bits. */
bool sn_dataset_summarize(const char *root, const SnSummaryOptions *options, SnSummary *summary);

void sn_summary_free(SnSummary *summary);

#endif
