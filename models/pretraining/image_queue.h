/* Pretraining images, drawn by threads ahead of the training and taken in order: which images a batch holds depends on
 * the seed and the batch's number only. */
#ifndef SN_MODELS_PRETRAINING_IMAGE_QUEUE_H
#define SN_MODELS_PRETRAINING_IMAGE_QUEUE_H

#include "tensor/tensor.h"

typedef struct SnImageQueue SnImageQueue;

/* Images first … first + batches * batch - 1 of a seed (sn_pretraining_draw, then
 * sn_damage_draw), `size` pixels squared, a multiple of SN_DAMAGE_CELL. threads: 0 stands
 * for as many as there are processors. To be closed by the caller; NULL and an error on failure. */
SnImageQueue *sn_image_queue_open(uint64_t seed, int64_t first, int64_t batches, int64_t batch, int64_t size,
                                  int threads);

/* Pixels along a side of the cells in which damage is counted: those of layer2. */
enum { SN_DAMAGE_CELL = 8 };

typedef struct SnPretrainingBatch {
  SnTensor *images; /* [batch, 3, size, size] float32, normalised as photographs are */
  SnTensor *labels; /* [batch] int64, the pattern's class */
  SnTensor *damage; /* [batch, 1, size / SN_DAMAGE_CELL, size / SN_DAMAGE_CELL] float32, see damage.h */
} SnPretrainingBatch;

/* The next batch in the innermost scope. False after the last one, and when drawing failed, with its error. */
bool sn_image_queue_next(SnImageQueue *queue, SnPretrainingBatch *batch);

void sn_image_queue_close(SnImageQueue *queue); /* NULL is allowed */

#endif
