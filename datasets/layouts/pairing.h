/* Masks found by their image's name, never by position. */
#ifndef SN_DATASETS_LAYOUTS_PAIRING_H
#define SN_DATASETS_LAYOUTS_PAIRING_H

#include <stdbool.h>
#include <stdint.h>

#include "datasets/dataset.h"

/* Gives samples[first ...] the masks of a folder. The mask of STEM.png is, whatever its extension, STEM_mask, else
 * STEM, or every image of a folder STEM (MVTec LOCO). Masks left over become problems; so do images without one where
 * dataset->has_masks. */
bool sn_pair_masks(SnDataset *dataset, SnSamples *samples, int64_t first, const char *folder);

#endif
