#include "models/simplenet/scoring.h"

#include <math.h>

#include "autograd/ops.h"

SnTensor *sn_patch_scores(SnSimpleNet *model, SnTensor *features) {
  if (!sn_ok()) return NULL;
  int64_t images = features->array.shape[0], positions = features->array.shape[1], channels = features->array.shape[2];
  sn_module_train(&model->head, false);
  SnTensor *o = sn_reshape(features, SN_SHAPE(images * positions, channels));
  SnTensor *scores = sn_discriminator_forward(model->discriminator, sn_adaptor_forward(model->adaptor, o));
  return sn_reshape(sn_neg(scores), SN_SHAPE(images, model->grid, model->grid));
}

SnTensor *sn_anomaly_maps(const SnSimpleNetSettings *settings, SnTensor *patch_scores) {
  if (!sn_ok()) return NULL;
  const int64_t *shape = patch_scores->array.shape, crop = settings->crop;
  SnTensor *maps = sn_reshape(patch_scores, SN_SHAPE(shape[0], 1, shape[1], shape[2]));
  maps = sn_interpolate_bilinear(maps, crop, crop);
  if (settings->smoothing > 0) maps = sn_gaussian_blur2d(maps, settings->smoothing);
  return sn_reshape(maps, SN_SHAPE(shape[0], crop, crop));
}

SnTensor *sn_image_scores(const SnSimpleNetSettings *settings, SnTensor *patch_scores, SnTensor *maps) {
  return sn_max(settings->image_score == SN_SCORE_MAP ? maps : patch_scores, SN_DIMS(1, 2), false);
}

bool sn_check_scores(const char *photograph, float score, const float *map, int64_t pixels) {
  if (!sn_ok()) return false;
  bool finite = isfinite(score);
  for (int64_t i = 0; map && i < pixels && finite; i++) finite = isfinite(map[i]);
  return finite ||
         sn_fail("%s: its score is not a finite number: the weights of the model or of its backbone are unfit",
                 photograph);
}
