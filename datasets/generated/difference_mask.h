/* Where two photographs of the same scene differ visibly. */
#ifndef SN_DATASETS_GENERATED_DIFFERENCE_MASK_H
#define SN_DATASETS_GENERATED_DIFFERENCE_MASK_H

#include <stdint.h>

/* good and bad are [size, size, 3]. mask receives 255 where their mean difference over a small neighbourhood can be
 * seen, gaps of a few pixels closed and specks left out, else 0. Returns how many pixels are marked; -1 and an error
 * when memory is short. */
int64_t sn_difference_mask(const float *good, const float *bad, int64_t size, uint8_t *mask);

#endif
