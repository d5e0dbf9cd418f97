/* Vectors of which some lanes only are read or written: the ends of rows, beyond which there may be no memory. */
#ifndef SN_BACKENDS_CPU_LANES_H
#define SN_BACKENDS_CPU_LANES_H

#include "backends/cpu/vector.h"

#if SN_LANES == 16
typedef __mmask16 SnLanes;
#elif SN_LANES == 8
typedef __m256i SnLanes;
#else
typedef struct SnLanes {
  int64_t from, end;
} SnLanes;
#endif

/* Lanes [from, end), of which those outside of the vector do not count. */
SN_INLINE SnLanes sn_lanes(int64_t from, int64_t end) {
  from = from < 0 ? 0 : from > SN_LANES ? SN_LANES : from;
  end = end < from ? from : end > SN_LANES ? SN_LANES : end;
#if SN_LANES == 16
  return (SnLanes)(((1u << end) - 1) & ~((1u << from) - 1));
#elif SN_LANES == 8
  __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_andnot_si256(_mm256_cmpgt_epi32(_mm256_set1_epi32((int)from), lane),
                             _mm256_cmpgt_epi32(_mm256_set1_epi32((int)end), lane));
#else
  return (SnLanes){from, end};
#endif
}

/* 0 in the other lanes. */
SN_INLINE SnVector sn_load_lanes(const float *from, SnLanes lanes) {
#if SN_LANES == 16
  return _mm512_maskz_loadu_ps(lanes, from);
#elif SN_LANES == 8
  return _mm256_maskload_ps(from, lanes);
#else
  if (lanes.from == 0 && lanes.end == SN_LANES) return sn_load(from);
  SnVector v = sn_repeat(0);
  for (int64_t lane = lanes.from; lane < lanes.end; lane++) v[lane] = from[lane];
  return v;
#endif
}

SN_INLINE void sn_store_lanes(float *to, SnLanes lanes, SnVector v) {
#if SN_LANES == 16
  _mm512_mask_storeu_ps(to, lanes, v);
#elif SN_LANES == 8
  _mm256_maskstore_ps(to, lanes, v);
#else
  if (lanes.from == 0 && lanes.end == SN_LANES) {
    sn_store(to, v);
    return;
  }
  for (int64_t lane = lanes.from; lane < lanes.end; lane++) to[lane] = v[lane];
#endif
}

#endif
