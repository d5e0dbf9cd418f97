/* Reads ahead: decodes and transforms samples on threads of its own while the caller works on the batch before.
 *
 *     SnLoader *loader = sn_loader_open(&dataset, &dataset.train, (SnLoaderOptions){.transform = &transform, .batch =
 * 8}); for (SnBatch batch; sn_loader_next(loader, &batch);) ... sn_loader_close(loader);                    sn_ok()
 * tells whether the loop ended at the end or at an error
 *
 * Batches come in the order of the samples, whatever the number of threads. */
#ifndef SN_DATASETS_LOADER_H
#define SN_DATASETS_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "datasets/dataset.h"
#include "datasets/transform.h"

typedef struct SnLoader SnLoader;

typedef struct SnLoaderOptions {
  const SnTransform* transform; /* copied */
  int64_t batch;                /* images a batch, 1 or more; the last batch may be smaller */
  int threads;                  /* that decode; 0: one for each processor online, at most 8 */
  int64_t ahead;                /* batches in memory ahead of the caller's; 0: 2 */
  bool masks;                   /* masks are loaded, too */
  bool skip_broken;             /* go on without images that cannot be loaded; see sn_loader_broken */
} SnLoaderOptions;

typedef struct SnBatch {
  int64_t count;            /* images in this batch */
  const float* images;      /* [count,3,crop,crop] */
  const uint8_t* masks;     /* [count,crop,crop], 1 where defective; NULL unless masks were asked for */
  const bool* mask_missing; /* [count]: defective, with no mask to be found: its mask is all zeros */
  const int64_t* indices;   /* [count]: positions in the list of samples, ascending */
} SnBatch;

/* Starts reading. The data set must stay as it is until sn_loader_close; samples is one of its lists. */
SnLoader* sn_loader_open(const SnDataset* dataset, const SnSamples* samples, SnLoaderOptions options);

/* The next batch; its memory belongs to the loader and is overwritten by the next call. False at the end, and on an
 * error, which names the image; images before a broken one have been handed over by then. With skip_broken, batches are
 * filled as if the broken images were not there. */
bool sn_loader_next(SnLoader* loader, SnBatch* batch);

/* The images left out so far, in order: one sentence each, which names the file; and their positions among the samples.
 */
typedef struct SnBroken {
  SnNames messages;
  int64_t* indices; /* [messages.count] */
} SnBroken;

const SnBroken* sn_loader_broken(const SnLoader* loader);

/* Stops the threads, after the images they are at, and releases everything. At any time; NULL is allowed. */
void sn_loader_close(SnLoader* loader);

#endif
