#include "datasets/synthetic/defect.h"

void sn_defect_sample(const SnDefect *defect, float x, float y, float *rgb) {
  const SnImage *photograph = defect->photograph;
  float column = sn_clamp((float)defect->area.left + x * defect->side - 0.5f, 0, (float)(photograph->width - 1));
  float row = sn_clamp((float)defect->area.top + y * defect->side - 0.5f, 0, (float)(photograph->height - 1));
  int64_t left = (int64_t)column, top = (int64_t)row;
  int64_t right = left + 1 < photograph->width ? left + 1 : left, bottom = top + 1 < photograph->height ? top + 1 : top;
  float u = column - (float)left, v = row - (float)top;
  const uint8_t *pixels = photograph->pixels;
  for (int c = 0; c < 3; c++) {
    float above = sn_mix((float)pixels[3 * (top * photograph->width + left) + c],
                         (float)pixels[3 * (top * photograph->width + right) + c], u);
    float below = sn_mix((float)pixels[3 * (bottom * photograph->width + left) + c],
                         (float)pixels[3 * (bottom * photograph->width + right) + c], u);
    rgb[c] = sn_mix(above, below, v) / 255;
  }
}

float sn_defect_choose_blob(SnDefect *defect, float radius, float stretch, float uneven, float soft) {
  defect->blob = sn_blob(&defect->draws, defect->x, defect->y, radius, stretch, uneven);
  defect->soft = sn_larger(soft, 0.7f / defect->side);
  return sn_blob_reach(&defect->blob) + defect->soft;
}
