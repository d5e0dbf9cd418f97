/* A stain: colours multiplied, patchy and with a soft edge. */
#include "datasets/synthetic/defect.h"

static float choose(SnDefect *defect) {
  SnDraws *draws = &defect->draws;
  float light = sn_draw_sign(draws), amount = sn_mix(0.12f, 0.5f, defect->strength);
  for (int c = 0; c < 3; c++) {
    float own = amount * sn_draw(draws, 0.3f, 1);
    defect->colour[c] = light > 0 ? 1 / (1 - own) : 1 - own;
  }
  float soft = defect->radius * sn_draw(draws, 0.05f, 0.5f);
  return sn_defect_choose_blob(defect, 1.2f * defect->radius, 2, 0.5f, soft);
}

static float paint(const SnDefect *defect, float x, float y, float *rgb) {
  float cover = sn_defect_blob_cover(defect, x, y);
  if (cover <= 0) return 0;
  float patchy = 0.85f + 0.3f * sn_fractal_noise(&defect->noise, x * 22, y * 22, 3, 0.6f);
  for (int c = 0; c < 3; c++) rgb[c] = sn_clamp(rgb[c] * defect->colour[c], 0, 1);
  return sn_clamp(cover * patchy, 0, 1);
}

const SnDefectKind sn_defect_tint = {"tint", choose, paint};
