/* Ground truth as files hold it: what counts as defect is decided here, and nowhere else. */
#ifndef SN_DATASETS_MASK_H
#define SN_DATASETS_MASK_H

#include <stdbool.h>

#include "datasets/image.h"

/* The largest grey value that is taken for the number of a class. */
enum { SN_MASK_LARGEST_CLASS = 31 };

typedef enum SnMaskKind {
  SN_MASK_SHARES, /* grey says how much of a pixel is defect; a threshold decides */
  SN_MASK_CLASSES /* every pixel but the background is defect, and 255 in the result */
} SnMaskKind;

/* Reads a mask as grey of 8 bits. It holds classes
 *  - where the data set's masks do (`classes`, as in SnDataset.mask_is_nonzero): the background is grey 0;
 *  - where any pixel has a colour, in a palette or not: the background is black; where no pixel is black, the first
 *    colour of the palette;
 *  - where the largest value, as the file stores it, is from 1 to SN_MASK_LARGEST_CLASS and not the file's white: masks
 *    of 0 and 1, and class numbers. The background is 0;
 * and else shares. Files of lossy formats (JPEG, lossy WebP) hold classes in the first case only, since their small
 * values and colours may be noise. 16-bit files that use the lower 8 bits only are read as 8-bit ones. */
bool sn_mask_read(const char *path, const SnImageOptions *options, bool classes, SnImage *mask, SnMaskKind *kind);

/* Whether a grey value counts as defect: grey / 255 > threshold (in float32), or full white. */
bool sn_mask_is_defect(uint8_t grey, double threshold);

/* The largest value; 0 where the image is empty. */
int sn_mask_largest(const SnImage *mask);

/* What is to be said of a mask whose largest value is no defect: one sentence that names the value and what to do. To
 * be released with free(). */
char *sn_mask_empty_text(const char *path, int largest, double threshold);

#endif
