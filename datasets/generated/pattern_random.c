#include "datasets/generated/pattern.h"

SnPoint sn_pattern_cells(const SnPattern *pattern, float x, float y) {
  SnCell cell = sn_noise_nearest(&pattern->noise, x, y);
  float edge = cell.second - cell.nearest, width = 0.06f + 0.08f * pattern->a;
  switch (pattern->variant) {
    case 0:
      return (SnPoint){cell.value[1], 0, cell.value[0]};
    case 1:
      return (SnPoint){sn_inside(pattern, edge - width), 0.12f * sn_step(0, 2 * width, edge), 0.5f};
    case 2:
      return (SnPoint){sn_clamp(cell.nearest * 1.2f, 0, 1), 0.5f * sn_step(0.75f, 0, cell.nearest), cell.value[0]};
    case 3: {
      float slope = cell.dx * (cell.value[0] - 0.5f) + cell.dy * (cell.value[1] - 0.5f);
      return (SnPoint){0.3f * cell.value[0], 0.9f * slope, cell.value[1]};
    }
    case 4: {
      float radius = 0.28f + 0.22f * cell.value[0], ring = sn_absolute(cell.nearest - radius) - 0.03f;
      float gleam = sn_length(cell.dx + 0.4f * radius, cell.dy + 0.4f * radius) - 0.16f * radius;
      return (SnPoint){sn_larger(0.75f * sn_inside(pattern, ring), sn_inside(pattern, gleam)),
                       0.25f * sn_step(radius, 0, cell.nearest), cell.value[1]};
    }
    default:
      return (SnPoint){sn_step(0.22f, 0.05f, edge), 0.3f * sn_step(0, 0.35f, edge), cell.value[0]};
  }
}

SnPoint sn_pattern_noise(const SnPattern *pattern, float x, float y) {
  const SnNoise *noise = &pattern->noise;
  float v;
  switch (pattern->variant) {
    case 0:
      v = 0.5f + 0.9f * sn_fractal_noise(noise, x * 1.5f, y * 1.5f, 4, 1.0f);
      break;
    case 1:
      v = 0.5f + 0.7f * sn_fractal_noise(noise, x, y, 4, 0.65f);
      break;
    case 2:
      v = 0.5f + 0.6f * sn_fractal_noise(noise, x, y, 3, 0.3f);
      break;
    case 3:
      v = sn_bell(2.6f * sn_fractal_noise(noise, x, y, 4, 0.5f));
      break;
    case 4:
      v = 1.6f * sn_absolute(sn_fractal_noise(noise, x, y, 3, 0.5f));
      break;
    case 5:
      v = 0.5f + 0.7f * sn_fractal_noise(noise, x * 0.15f, y * 2.5f, 3, 0.8f);
      break;
    case 6:
      v = sn_inside(pattern, 0.35f * sn_fractal_noise(noise, x * 0.8f, y * 0.8f, 3, 0.5f));
      break;
    case 7:
      v = 0.5f * (sn_inside(pattern, 0.4f * sn_noise(noise, x, y) - 0.06f) +
                  sn_inside(pattern, 0.4f * sn_noise(noise, x + 9.5f, y + 4.3f) + 0.06f));
      break;
    case 8:
      v = 0.5f +
          0.5f * sn_sine(x * 0.7f + (0.6f + 0.9f * pattern->a) * sn_fractal_noise(noise, x * 0.6f, y * 0.6f, 4, 0.55f));
      break;
    case 9:
      v = sn_inside(pattern, 0.3f * (0.28f - sn_fractal_noise(noise, x * 1.4f, y * 1.4f, 2, 0.4f)));
      break;
    case 10: {
      float level = sn_fraction((2.5f + 2 * pattern->a) * sn_fractal_noise(noise, x * 0.6f, y * 0.6f, 2, 0.4f)) - 0.5f;
      v = sn_inside(pattern, 0.35f * (sn_absolute(level) - 0.13f));
      break;
    }
    default:
      v = 0.5f + 0.55f * (sn_noise(noise, x * 0.2f, y * 2.6f) + sn_noise(noise, x * 2.6f, y * 0.2f + 7));
      break;
  }
  v = sn_clamp(v, 0, 1);
  return (SnPoint){v, 0.18f * v, 0.5f};
}

SnPoint sn_pattern_grain(const SnPattern *pattern, float x, float y) {
  const SnNoise *noise = &pattern->noise;
  float fibre = sn_fractal_noise(noise, x * 0.5f, y * 6, 2, 0.7f);
  if (pattern->variant == 0) {
    float pore = sn_step(0.35f, 0.6f, sn_noise(noise, x * 0.9f + 2.3f * y, y * 8));
    return (SnPoint){sn_clamp(0.25f + 0.2f * fibre + 0.8f * pore, 0, 1), -0.05f * pore, 0.5f};
  }
  float ring = y + (0.8f + pattern->a) * sn_fractal_noise(noise, x * 0.12f, y * 0.35f, 2, 0.4f);
  int number = sn_floor(ring);
  float t = ring - (float)number;
  float dark = sn_step(0.2f, 0.85f, t) * sn_step(1, 0.92f, t);
  return (SnPoint){sn_clamp(0.85f * dark + 0.15f * fibre, 0, 1), 0.02f * fibre, sn_noise_cell(noise, number, 1, 0)};
}
