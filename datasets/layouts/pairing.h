/* Masks found by their image's name, never by position. */
#ifndef SN_DATASETS_LAYOUTS_PAIRING_H
#define SN_DATASETS_LAYOUTS_PAIRING_H

#include <stdbool.h>
#include <stdint.h>

#include "datasets/dataset.h"
#include "datasets/photographs.h"

/* Gives samples[first ...], which are in `images` or its sub-folders, the masks of a folder. The mask of SUB/STEM.png
 * is, whatever its extension, SUB/STEM_mask, else SUB/STEM, or every image of a folder of that name (MVTec LOCO).
 * Masks left over become problems; so do images without one where dataset->has_masks. Which sub-folders are not
 * looked into is the search's; NULL: all are. */
bool sn_pair_masks(SnDataset *dataset, SnSamples *samples, int64_t first, const char *images, const char *folder,
                   const SnPhotographSearch *search);

#endif
