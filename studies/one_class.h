/* Detectors that are trained each on one class, and tested all at once: one pass of the backbone over the test images
 * serves all of them, so that no test feature is kept. */
#ifndef SN_STUDIES_ONE_CLASS_H
#define SN_STUDIES_ONE_CLASS_H

#include "studies/study.h"

typedef void (*SnOneClassProgress)(int descriptor, int64_t done, int64_t total);

/* Scores all test images with the model of every category and seed, and writes their metrics.json: the category's own
 * images are good, all others defective. progress is called with the images done. False without an error after an
 * interruption. */
bool sn_test_one_class(const SnStudy *study, SnOneClassProgress progress, int descriptor);

#endif
