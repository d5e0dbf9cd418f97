/* A place that is out of focus or smeared: the mean of what lies around. */
#include "datasets/synthetic/defect.h"

enum { SAMPLES = 3 }; /* on either side: 7 x 7 points, whatever the photograph's size */

static float choose(SnDefect *defect) {
  defect->width = sn_mix(0.008f, 0.03f, defect->strength);
  defect->opacity = sn_mix(0.6f, 1, defect->strength);
  return sn_defect_choose_blob(defect, 1.4f * defect->radius, 2, 0.3f, 0.4f * defect->radius);
}

static float paint(const SnDefect *defect, float x, float y, float *rgb) {
  float cover = sn_defect_blob_cover(defect, x, y), apart = defect->width / SAMPLES, sum[3] = {0};
  if (cover <= 0) return 0;
  for (int j = -SAMPLES; j <= SAMPLES; j++)
    for (int i = -SAMPLES; i <= SAMPLES; i++) {
      float there[3];
      sn_defect_sample(defect, x + (float)i * apart, y + (float)j * apart, there);
      for (int c = 0; c < 3; c++) sum[c] += there[c];
    }
  for (int c = 0; c < 3; c++) rgb[c] = sum[c] / ((2 * SAMPLES + 1) * (2 * SAMPLES + 1));
  return cover * defect->opacity;
}

const SnDefectKind sn_defect_blur = {"blur", choose, paint};
