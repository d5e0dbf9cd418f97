/* Pretraining images, drawn by threads ahead of the training and taken in order: which images a batch holds depends on
 * the seed and the batch's number only. */
#ifndef SN_MODELS_PRETRAINING_IMAGE_QUEUE_H
#define SN_MODELS_PRETRAINING_IMAGE_QUEUE_H

#include "tensor/tensor.h"

typedef struct SnImageQueue SnImageQueue;

/* Images first … first + batches * batch - 1 of a seed (sn_pretraining_draw), `size` pixels squared. threads: 0 stands
 * for as many as there are processors. To be closed by the caller; NULL and an error on failure. */
SnImageQueue *sn_image_queue_open(uint64_t seed, int64_t first, int64_t batches, int64_t batch, int64_t size,
                                  int threads);

/* The next batch in the innermost scope: images [batch, 3, size, size] float32, normalised as photographs are, and
 * labels int64 [batch]. False after the last one, and when drawing failed, with its error. */
bool sn_image_queue_next(SnImageQueue *queue, SnTensor **images, SnTensor **labels);

void sn_image_queue_close(SnImageQueue *queue); /* NULL is allowed */

#endif
