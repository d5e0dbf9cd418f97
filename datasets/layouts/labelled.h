/* Folders where each photograph's ground truth is beside it, and says by its pixels whether there is a defect, as
 * both KolektorSDD have it. */
#ifndef SN_DATASETS_LAYOUTS_LABELLED_H
#define SN_DATASETS_LAYOUTS_LABELLED_H

#include <stdbool.h>

#include "datasets/dataset.h"

/* Whether a folder holds an image STEM.* with a ground truth STEM<ending>.* beside it. */
bool sn_labelled_present(const char *folder, const char *ending);

/* Appends the folder's photographs to good or to bad, bad ones with their mask. One without ground truth, or whose
 * ground truth cannot be decoded, has no label: it is left out, and becomes a problem. */
bool sn_labelled_add(SnDataset *dataset, const char *folder, const char *ending, SnSamples *good, SnSamples *bad);

#endif
