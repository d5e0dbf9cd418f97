/* A piece of the photograph, turned, at a place where it does not belong (Li et al., CutPaste, CVPR 2021). */
#include "datasets/synthetic/defect.h"

static float choose(SnDefect *defect) {
  SnDraws *draws = &defect->draws;
  float turns = sn_draw(draws, 0, 1), away = sn_draw(draws, 0.15f, 0.5f), towards = sn_draw(draws, 0, 1);
  defect->cosine = sn_cosine(turns);
  defect->sine = sn_sine(turns);
  /* from the other half of the area, so that the piece lies within it */
  float dx = sn_cosine(towards) * away, dy = sn_sine(towards) * away;
  float width = (float)defect->area.width / defect->side, height = (float)defect->area.height / defect->side;
  defect->shift_x = defect->x > 0.5f * width ? -sn_absolute(dx) : sn_absolute(dx);
  defect->shift_y = defect->y > 0.5f * height ? -sn_absolute(dy) : sn_absolute(dy);
  defect->opacity = sn_mix(0.5f, 1, defect->strength);
  return sn_defect_choose_blob(defect, defect->radius, 2, 0.3f, 0.003f);
}

static float paint(const SnDefect *defect, float x, float y, float *rgb) {
  float cover = sn_defect_blob_cover(defect, x, y), dx = x - defect->x, dy = y - defect->y;
  if (cover > 0)
    sn_defect_sample(defect, defect->x + defect->shift_x + dx * defect->cosine - dy * defect->sine,
                     defect->y + defect->shift_y + dx * defect->sine + dy * defect->cosine, rgb);
  return cover * defect->opacity;
}

const SnDefectKind sn_defect_cut_paste = {"cut and paste", choose, paint};
