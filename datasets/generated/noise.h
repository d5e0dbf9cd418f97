/* Smooth random functions of the plane: gradient noise (Perlin 1985), its sum over octaves, and cells (Worley 1996). */
#ifndef SN_DATASETS_GENERATED_NOISE_H
#define SN_DATASETS_GENERATED_NOISE_H

#include "datasets/generated/draws.h"

enum { SN_NOISE_PERIOD = 32 };

/* Random values on a square lattice that repeats every SN_NOISE_PERIOD cells in both directions. */
typedef struct SnNoise {
  float gradient[SN_NOISE_PERIOD * SN_NOISE_PERIOD][2]; /* of length 1 */
  float uniform[SN_NOISE_PERIOD * SN_NOISE_PERIOD][2];  /* in [0, 1) */
} SnNoise;

void sn_noise_fill(SnNoise *noise, SnDraws *draws);

/* A fixed uniform number in [0, 1) for each lattice cell; which is 0 or 1. */
static inline float sn_noise_cell(const SnNoise *noise, int x, int y, int which) {
  unsigned column = (unsigned)x % SN_NOISE_PERIOD, row = (unsigned)y % SN_NOISE_PERIOD;
  return noise->uniform[row * SN_NOISE_PERIOD + column][which];
}

/* Gradient noise, in about [-1, 1], mean 0, one feature a unit. */
float sn_noise(const SnNoise *noise, float x, float y);

/* Sum of `octaves` of noise, each of twice the frequency and `roughness` times the amplitude of the one before, turned
 * against each other so that the lattice never shows; in about [-1, 1]. */
float sn_fractal_noise(const SnNoise *noise, float x, float y, int octaves, float roughness);

/* Distances from (x, y) to the nearest and second nearest of random points, one in each unit cell. */
typedef struct SnCell {
  float nearest, second;
  float dx, dy;   /* from the nearest point to (x, y) */
  float value[2]; /* the nearest cell's own uniform numbers */
} SnCell;

SnCell sn_noise_nearest(const SnNoise *noise, float x, float y);

#endif
