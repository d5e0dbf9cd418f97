#include "datasets/generated/noise.h"

#include "datasets/generated/arithmetic.h"

void sn_noise_fill(SnNoise *noise, SnDraws *draws) {
  for (int i = 0; i < SN_NOISE_PERIOD * SN_NOISE_PERIOD; i++) {
    float turns = sn_draw(draws, 0, 1);
    noise->gradient[i][0] = sn_cosine(turns);
    noise->gradient[i][1] = sn_sine(turns);
    noise->uniform[i][0] = sn_draw(draws, 0, 1);
    noise->uniform[i][1] = sn_draw(draws, 0, 1);
  }
}

static inline float fade(float t) { return t * t * t * (t * (t * 6 - 15) + 10); }

static inline float corner(const SnNoise *noise, unsigned column, unsigned row, float x, float y) {
  const float *gradient = noise->gradient[(row % SN_NOISE_PERIOD) * SN_NOISE_PERIOD + column % SN_NOISE_PERIOD];
  return gradient[0] * x + gradient[1] * y;
}

float sn_noise(const SnNoise *noise, float x, float y) {
  int column = sn_floor(x), row = sn_floor(y);
  float fx = x - (float)column, fy = y - (float)row;
  unsigned c = (unsigned)column, r = (unsigned)row;
  float u = fade(fx), v = fade(fy);
  float top = sn_mix(corner(noise, c, r, fx, fy), corner(noise, c + 1, r, fx - 1, fy), u);
  float bottom = sn_mix(corner(noise, c, r + 1, fx, fy - 1), corner(noise, c + 1, r + 1, fx - 1, fy - 1), u);
  return 1.5f * sn_mix(top, bottom, v);
}

float sn_fractal_noise(const SnNoise *noise, float x, float y, int octaves, float roughness) {
  float sum = 0, amplitude = 1, total = 0;
  for (int octave = 0; octave < octaves; octave++) {
    sum += amplitude * sn_noise(noise, x, y);
    total += amplitude;
    amplitude *= roughness;
    float turned = 1.6f * x - 1.2f * y + 7.31f; /* twice the length, turned by 36.9 degrees */
    y = 1.2f * x + 1.6f * y + 3.17f;
    x = turned;
  }
  return sum / total;
}

SnCell sn_noise_nearest(const SnNoise *noise, float x, float y) {
  int column = sn_floor(x), row = sn_floor(y);
  SnCell best = {.nearest = 1e9f, .second = 1e9f};
  for (int j = row - 1; j <= row + 1; j++)
    for (int i = column - 1; i <= column + 1; i++) {
      float dx = x - (float)i - sn_noise_cell(noise, i, j, 0), dy = y - (float)j - sn_noise_cell(noise, i, j, 1);
      float square = dx * dx + dy * dy;
      if (square < best.nearest) {
        best.second = best.nearest;
        best.nearest = square;
        best.dx = dx;
        best.dy = dy;
        best.value[0] = sn_noise_cell(noise, i + 11, j + 5, 0);
        best.value[1] = sn_noise_cell(noise, i + 11, j + 5, 1);
      } else if (square < best.second) {
        best.second = square;
      }
    }
  best.nearest = sqrtf(best.nearest);
  best.second = sqrtf(best.second);
  return best;
}
