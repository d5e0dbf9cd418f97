/* Windows that are read where they lie, for rungs 8 and 9. */
#ifndef SN_BENCH_LADDER_IN_PLACE_H
#define SN_BENCH_LADDER_IN_PLACE_H

#include "bench/ladder/tile.h"

typedef struct InPlace {
  Problem *p;
  const Tile *tile;
  int depth, pitch, plane; /* of the padded image: from a row to the next, from a channel to the next */
  int panels;              /* of positions, those in the padding included */
  int *offset;             /* [depth] */
  float *image, *packed;
  float *results; /* [threads][out][tile->columns] */
} InPlace;

bool ladder_in_place_begin(InPlace *g, Problem *p, int threads);
void ladder_in_place_end(InPlace *g);

/* Channel c of image n into the padded image. */
void ladder_in_place_pad(const InPlace *g, int n, int c);

/* All outputs of one panel of image n. */
void ladder_in_place_panel(const InPlace *g, int n, int panel, int thread);

#endif
