/* How new parameters are made: dtype, seed, and the number of the next parameter, which is the step of the
 * initialisation stream. Modules made in the same order from the same seed get the same values. Where a generator is
 * asked for, NULL stands for float32 zeros: parameters that are about to be loaded. */
#ifndef SN_NN_GENERATOR_H
#define SN_NN_GENERATOR_H

#include "tensor/random.h"

/* Where new parameters come from. */
typedef struct SnGenerator {
  SnDtype dtype; /* of the parameters */
  uint64_t seed; /* that they depend on */
  uint32_t next; /* number of the next parameter, from 0 */
} SnGenerator;

/* The dtype of its parameters; float32 for NULL. */
static inline SnDtype sn_generator_dtype(const SnGenerator *generator) {
  return generator ? generator->dtype : SN_FLOAT32;
}

/* The random numbers of the next parameter, which is counted. */
static inline SnRandom sn_generator_next(SnGenerator *generator) {
  return sn_random(generator->seed, SN_STREAM_INITIALISATION, generator->next++);
}

#endif
