/* What was met while photographs and masks were read, for the warnings at the end: nothing of it stops the work. */
#ifndef SN_DATASETS_FACTS_H
#define SN_DATASETS_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "datasets/image.h"

typedef struct SnFacts {
  int64_t photographs;
  int64_t orientations[9]; /* photographs of each EXIF orientation, 1 to 8 */
  int64_t deep;            /* photographs of 16 bits a sample whose pixels were decoded */
  int largest;             /* sample of these */
  int64_t masks;           /* defective images with a mask */
  int64_t class_masks;     /* those with class numbers or colours, where the data set's masks are not known to */
  int64_t empty_masks;     /* those without a defect */
  char first_empty[SN_ERROR_LENGTH]; /* a sentence about the first of them */
} SnFacts;

/* Notes a photograph, or its header alone. */
void sn_facts_add_photograph(SnFacts *facts, const SnImage *image);

/* Adds what `more` has met after what `facts` has. */
void sn_facts_add(SnFacts *facts, const SnFacts *more);

/* Sentences about what is worth a warning, to be released with free(); NULL, without an error, where nothing is. The
 * options are those with which photographs are read. */

/* That photographs are turned by EXIF, and what is done with it. */
char *sn_facts_orientation_text(const SnFacts *facts, const SnImageOptions *options);

/* That 16-bit photographs use their lower bits only, or exceed the white level. */
char *sn_facts_bits_text(const SnFacts *facts, const SnImageOptions *options);

/* That masks of defective images hold no defect. */
char *sn_facts_masks_text(const SnFacts *facts);

#endif
