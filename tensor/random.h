/* The streams of random numbers. A number depends on (seed, stream, step, position) and on nothing else; see
 * backends/philox.h. Every use of chance in the project is listed here. */
#ifndef SN_TENSOR_RANDOM_H
#define SN_TENSOR_RANDOM_H

#include <stdint.h>

#include "backends/kernels.h"

/* What the numbers are for; numbers of different streams are independent. */
typedef enum SnStream {
  SN_STREAM_INITIALISATION = 1, /* step: the parameter's number in its module tree */
  SN_STREAM_SHUFFLE = 2,        /* step: the epoch, from 1 */
  SN_STREAM_NOISE = 3,          /* step: the training step, from 1 */
  SN_STREAM_DATA = 4,           /* generated images; step and position as their generator says */
  SN_STREAM_NOISE_SCALE = 5,    /* step: the training step, from 1; position: the row */
  SN_STREAM_CHANNELS = 6,       /* step: 0; which channels a method chooses */
  SN_STREAM_CORESET = 7,        /* step 0: the projection; step 1: the first patch */
  SN_STREAM_TUNING = 8,         /* step 0: which photographs are held out */
  SN_STREAM_CALIBRATION = 9,    /* step 0: which photographs the threshold comes from */
} SnStream;

/* Where a kernel starts: SnRandom with a and b left at 0. */
static inline SnRandom sn_random(uint64_t seed, SnStream stream, uint32_t step) {
  return (SnRandom){.seed = seed, .stream = (uint32_t)stream, .step = step};
}

/* One number of [0, bound), bound > 0, from the first 64 bits of a stream. */
int64_t sn_random_below(SnRandom source, int64_t bound);

/* order[0..count) becomes a random permutation of 0..count-1 (Fisher and Yates). */
void sn_permutation(uint64_t seed, SnStream stream, uint32_t step, int64_t count, int64_t *order);

#endif
