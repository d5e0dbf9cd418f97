/* A foreign texture in a smooth blob: one of the patterns that the embedded backbone was trained on. */
#include "base/memory.h"
#include "datasets/generated/pretraining.h"
#include "datasets/synthetic/defect.h"

static float choose(SnDefect *defect) {
  SnDraws *draws = &defect->draws;
  int label;
  uint64_t seed = sn_draw_bits(draws);
  int64_t index = sn_draw_bits(draws) >> 8;
  defect->texture = sn_allocate(3 * SN_DEFECT_TEXTURE * SN_DEFECT_TEXTURE, 1, "a synthetic defect");
  if (defect->texture) sn_pretraining_draw(seed, index, SN_DEFECT_TEXTURE, defect->texture, &label);
  defect->opacity = sn_mix(0.3f, 1, defect->strength);
  return sn_defect_choose_blob(defect, defect->radius, 1.8f, 0.4f, sn_draw(draws, 0.003f, 0.02f));
}

/* The pattern has a pixel for each of a view of 256 pixels. */
static float paint(const SnDefect *defect, float x, float y, float *rgb) {
  float cover = sn_defect_blob_cover(defect, x, y);
  if (cover <= 0) return 0;
  unsigned column = (unsigned)sn_floor((x - defect->x + 4) * 256) % SN_DEFECT_TEXTURE,
           row = (unsigned)sn_floor((y - defect->y + 4) * 256) % SN_DEFECT_TEXTURE;
  const uint8_t *texel = defect->texture + 3 * (row * SN_DEFECT_TEXTURE + column);
  for (int c = 0; c < 3; c++) rgb[c] = (float)texel[c] / 255;
  return cover * defect->opacity;
}

const SnDefectKind sn_defect_texture = {"foreign texture", choose, paint};
