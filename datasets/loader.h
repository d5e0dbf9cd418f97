/* Reads ahead: decodes and transforms samples on threads of its own while the caller works on the batch before.
 *
 *     SnLoaderOptions options = {.load = load_options, .batch_size = 8};
 *     SnLoader *loader = sn_loader_open(&dataset, &dataset.train, &options);
 *     for (SnBatch batch; sn_loader_next(loader, &batch);)
 *       extract(batch.images, batch.count);
 *     if (!sn_ok()) ...                           an image could not be loaded: the error names it
 *     sn_loader_close(loader);
 *
 * Batches come in the order of the samples, whatever the number of threads. */
#ifndef SN_DATASETS_LOADER_H
#define SN_DATASETS_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/file.h"
#include "datasets/dataset.h"
#include "datasets/load.h"

typedef struct SnLoader SnLoader;

typedef struct SnLoaderOptions {
  SnLoadOptions load;
  int64_t batch_size; /* images a batch, 1 or more; the last batch may be smaller */
  int threads;        /* that decode, at most 64; 0: one for each processor online; large photographs wait for each
                       * other where memory does not hold as many */
  int64_t ahead;      /* batches decoded ahead of the caller's, so memory holds 1 + ahead; 0: 2 */
  bool masks;         /* load masks, too */
  bool thumbnails;    /* make thumbnails of size load.thumbnail, too */
  bool skip_broken;   /* go on without images that cannot be loaded; sn_loader_broken names them */
} SnLoaderOptions;

typedef struct SnBatch {
  int64_t count;             /* images in this batch */
  const float *images;       /* [count,3,height,width] of the crop */
  const uint8_t *masks;      /* [count,height,width], 1 where defective; NULL unless masks were asked for */
  const bool *mask_missing;  /* [count]: defective without a mask, so its mask is all zeros; NULL as masks */
  const uint8_t *thumbnails; /* [count,height,width,3] of the thumbnails; NULL unless they were asked for */
  const int64_t *indices;    /* [count]: positions in the list of samples, ascending */
} SnBatch;

/* Starts reading ahead. samples is one of the data set's lists, or, with dataset NULL and without masks, photographs of
 * none; both must stay as they are until sn_loader_close. */
SnLoader *sn_loader_open(const SnDataset *dataset, const SnSamples *samples, const SnLoaderOptions *options);

/* The next batch; its memory belongs to the loader and is overwritten by the next call. False at the end and, with an
 * error that names the image, at the first one that cannot be loaded. With skip_broken, batches are filled as if the
 * broken images were not there. */
bool sn_loader_next(SnLoader *loader, SnBatch *batch);

/* The images left out so far, in order. */
typedef struct SnBroken {
  SnNames messages; /* one sentence each, naming the file */
  int64_t *indices; /* [messages.count]: positions in the list of samples */
} SnBroken;

/* Belongs to the loader. */
const SnBroken *sn_loader_broken(const SnLoader *loader);

/* What was met in the samples handed out so far. Belongs to the loader. */
const SnFacts *sn_loader_facts(const SnLoader *loader);

/* Stops the threads, each after the image it is at, and releases everything. At any time; NULL is fine. */
void sn_loader_close(SnLoader *loader);

#endif
