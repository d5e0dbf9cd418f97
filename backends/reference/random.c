/* Random numbers: element i is made of word (offset + i) % 4 of Philox block (offset + i) / 4, so it depends on nothing
 * but its place. In float32 the arithmetic is single precision throughout, that every backend may give the same bits.
 */
#include <math.h>

#include "backends/philox.h"
#include "backends/reference/kernels.h"

/* mean + std z */
static void set_normal(const SnArray *y, int64_t i, float z, const SnRandom *random) {
  if (y->dtype == SN_FLOAT32)
    ((float *)y->data)[i] = (float)random->a + (float)random->b * z;
  else
    ((double *)y->data)[i] = random->a + random->b * (double)z;
}

/* low + (high - low) u; where that rounds up to high itself, the number just before it */
static void set_uniform(const SnArray *y, int64_t i, float u, const SnRandom *random) {
  if (y->dtype == SN_FLOAT32) {
    float low = (float)random->a, high = (float)random->b, value = low + (high - low) * u;
    ((float *)y->data)[i] = value < high ? value : nextafterf(high, low);
  } else {
    double value = random->a + (random->b - random->a) * (double)u;
    ((double *)y->data)[i] = value < random->b ? value : nextafter(random->b, random->a);
  }
}

bool sn_reference_normal(const SnCall *call) {
  const SnArray *y = call->out[0];
  const SnRandom *random = &call->attributes.random;
  int64_t count = sn_array_count(y);
  for (int64_t i = 0; i < count; i += 4) {
    SnPhilox bits = sn_philox(random->seed, random->stream, random->step, (random->offset + (uint64_t)i) / 4);
    float z[4];
    sn_normal_pair(bits.word[0], bits.word[1], &z[0], &z[1]);
    sn_normal_pair(bits.word[2], bits.word[3], &z[2], &z[3]);
    for (int64_t k = 0; k < 4 && i + k < count; k++) set_normal(y, i + k, z[k], random);
  }
  return true;
}

bool sn_reference_uniform(const SnCall *call) {
  const SnArray *y = call->out[0];
  const SnRandom *random = &call->attributes.random;
  int64_t count = sn_array_count(y);
  for (int64_t i = 0; i < count; i += 4) {
    SnPhilox bits = sn_philox(random->seed, random->stream, random->step, (random->offset + (uint64_t)i) / 4);
    for (int64_t k = 0; k < 4 && i + k < count; k++) set_uniform(y, i + k, sn_uniform_from_bits(bits.word[k]), random);
  }
  return true;
}
