/* What a folder holds, told for a person who has just downloaded it. */
#ifndef SN_DATASETS_SUMMARY_H
#define SN_DATASETS_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "datasets/dataset.h"

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
} SnCategorySummary;

typedef struct SnSummary {
  const char *layout; /* not owned */
  SnCategorySummary *categories;
  int64_t count;
} SnSummary;

/* Summarises every category under root, or the one named; layout as in sn_dataset_open. Reads the headers of all images
 * and masks; with `decode` their pixels, too, which finds truncated and corrupt files and takes as long as reading the
 * set. */
bool sn_dataset_summarize(const char *root, const char *category, const char *layout, bool decode, SnSummary *summary);

void sn_summary_free(SnSummary *summary);

#endif
