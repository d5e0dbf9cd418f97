#include "tests/support/random_floats.h"

#include <stdlib.h>

#include "backends/philox.h"
#include "tests/support/test.h"

float *new_floats(int64_t count) {
  float *values = malloc((size_t)(count > 0 ? count : 1) * sizeof *values);
  assert_non_null(values);
  return values;
}

float *random_floats(uint32_t stream, int64_t count) {
  float *values = new_floats(count);
  for (int64_t i = 0; i < count; i += 4) {
    SnPhilox bits = sn_philox(3, stream, 0, (uint64_t)i / 4);
    for (int64_t k = 0; k < 4 && i + k < count; k++) values[i + k] = 2 * sn_uniform_from_bits(bits.word[k]) - 1;
  }
  return values;
}
