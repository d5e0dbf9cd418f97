/* A part that is not there: what lies around closes over it. */
#include "datasets/synthetic/defect.h"

static float choose(SnDefect *defect) {
  defect->opacity = sn_mix(0.7f, 1, defect->strength);
  return sn_defect_choose_blob(defect, 1.3f * defect->radius, 1.6f, 0.15f, 0.004f);
}

/* A mean of the colours straight to the left, right, top and bottom of the blob, weighted by 1 / distance. */
static float paint(const SnDefect *defect, float x, float y, float *rgb) {
  static const float ways[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
  float cover = sn_defect_blob_cover(defect, x, y), total = 0, sum[3] = {0};
  if (cover <= 0) return 0;
  float reach = sn_blob_reach(&defect->blob) + defect->soft;
  for (int way = 0; way < 4; way++) {
    float edge_x = ways[way][0] != 0 ? defect->x + ways[way][0] * reach : x;
    float edge_y = ways[way][1] != 0 ? defect->y + ways[way][1] * reach : y;
    float weight = 1 / (sn_absolute(edge_x - x) + sn_absolute(edge_y - y) + 0.01f), there[3];
    sn_defect_sample(defect, edge_x, edge_y, there);
    for (int c = 0; c < 3; c++) sum[c] += weight * there[c];
    total += weight;
  }
  for (int c = 0; c < 3; c++) rgb[c] = sum[c] / total;
  return cover * defect->opacity;
}

const SnDefectKind sn_defect_missing = {"missing part", choose, paint};
