#include "models/simplenet/anomalous_features.h"

#include <math.h>

#include "autograd/ops.h"
#include "tensor/random.h"

/* One number sigma 1.1^k for each row, [rows,1]. */
static SnTensor *row_deviations(const SnSimpleNetSettings *settings, uint64_t seed, SnDtype dtype, int64_t rows,
                                uint32_t step) {
  SnRandom source = sn_random(seed, SN_STREAM_NOISE_SCALE, step);
  double mix = (double)settings->noise_mix, *k = sn_scope_allocate(rows, sizeof *k, NULL);
  SnTensor *draws = sn_uniform(SN_FLOAT32, SN_SHAPE(rows), 0, mix, source);
  if (!k || !sn_to_host(draws, SN_FLOAT64, k)) return NULL;
  for (int64_t row = 0; row < rows; row++) k[row] = settings->sigma * pow(1.1, floor(k[row]));
  return sn_to_dtype(sn_from_host(SN_FLOAT64, SN_SHAPE(rows, 1), k), dtype);
}

SnTensor *sn_anomalous_noise(const SnSimpleNetSettings *settings, uint64_t seed, SnDtype dtype, int64_t rows,
                             int64_t channels, uint32_t step) {
  SnRandom source = sn_random(seed, SN_STREAM_NOISE, step);
  if (settings->noise_mix == 1) return sn_normal(dtype, SN_SHAPE(rows, channels), 0, settings->sigma, source);
  SnTensor *unit = sn_normal(dtype, SN_SHAPE(rows, channels), 0, 1, source);
  return sn_mul(unit, row_deviations(settings, seed, dtype, rows, step));
}
