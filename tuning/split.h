/* Which good photographs are held out in which round, and the damaged copies of them. */
#ifndef SN_TUNING_SPLIT_H
#define SN_TUNING_SPLIT_H

#include "datasets/dataset.h"
#include "tuning/trials.h"

typedef struct SnSplit {
  SnDataset good;   /* train: the data set's training images in a random order; nothing else */
  int64_t held_out; /* of them in a round; 0: not divided yet */
  SnDataset
      rounds[SN_TUNING_ROUNDS]; /* test: the images held out, then copies with synthetic defects; train: as good */
} SnSplit;

/* Photographs that a choice needs at least. */
enum { SN_TUNING_LEAST_IMAGES = 6 };

/* In the innermost scope, which releases it. What the data set holds beside its training images is not looked at. */
SnSplit *sn_split_new(const SnDataset *dataset, uint64_t seed);

/* Divides what is in good.train, where images that cannot be read were left out, into rounds: each holds out a quarter
 * of the images, but 8 to 32, and at most a third. Round r has the r-th such block from the end. A round's damaged
 * copies are as many as the images held out, or twice as many and so on up to 24. */
bool sn_split_divide(SnSplit *split, uint64_t seed);

/* Where a round's images begin in good.train. */
int64_t sn_split_first(const SnSplit *split, int round);

#endif
