/* A thin line, bent or jagged, darker or lighter than the surface. */
#include "datasets/synthetic/defect.h"

static float choose(SnDefect *defect) {
  SnDraws *draws = &defect->draws;
  float length = defect->radius * sn_draw(draws, 2, 5), turns = sn_draw(draws, 0, 1);
  if (sn_draw_sign(draws) > 0)
    defect->path = sn_path_arc(draws, defect->x, defect->y, length, turns, 0.25f);
  else
    defect->path = sn_path_jagged(draws, defect->x, defect->y, length, turns, 0.12f);
  defect->width = sn_larger(sn_draw(draws, 0.002f, 0.008f), 0.7f / defect->side);
  defect->opacity = sn_mix(0.4f, 0.95f, defect->strength);
  float here[3], grey = sn_draw(draws, 0, 0.25f);
  sn_defect_sample(defect, defect->x, defect->y, here);
  bool lighter = sn_draw(draws, 0, 1) > (here[0] + here[1] + here[2]) / 3; /* rarely light on light */
  for (int c = 0; c < 3; c++) defect->colour[c] = (lighter ? 1 - grey : grey) + sn_draw(draws, -0.08f, 0.08f);
  return 0.75f * length + 2 * defect->width;
}

static float paint(const SnDefect *defect, float x, float y, float *rgb) {
  float along, distance = sn_path_distance(&defect->path, x, y, &along);
  float width = defect->width * (0.4f + 0.6f * sn_step(0, 0.3f, along) * sn_step(1, 0.6f, along));
  float edge = 0.5f * width + 0.5f / defect->side;
  for (int c = 0; c < 3; c++) rgb[c] = defect->colour[c];
  return defect->opacity * sn_step(width + edge, width - edge, distance);
}

const SnDefectKind sn_defect_scar = {"scar", choose, paint};
