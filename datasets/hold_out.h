/* Good photographs that the threshold comes from, so that neither training nor test may see them. */
#ifndef SN_DATASETS_HOLD_OUT_H
#define SN_DATASETS_HOLD_OUT_H

#include "datasets/dataset.h"

/* Moves a share of the training images, rounded, to dataset->calibration: the seed alone says which. Both lists
 * keep their order. An error when fewer than `fewest` would be moved or none would be left. */
bool sn_dataset_hold_out(SnDataset *dataset, double share, int64_t fewest, uint64_t seed);

/* False, with an error that names the photograph, when one of dataset->calibration is a file that training or test read
 * as well, be it by another name. */
bool sn_dataset_check_calibration(const SnDataset *dataset);

#endif
