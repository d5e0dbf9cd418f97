#include "anomaly/map.h"

#include <math.h>

#include "autograd/ops.h"

SnTensor *sn_anomaly_maps(const SnSettings *settings, SnTensor *patches) {
  if (!sn_ok()) return NULL;
  const int64_t *shape = patches->array.shape;
  SnSize crop = settings->view.crop;
  SnTensor *maps = sn_reshape(patches, SN_SHAPE(shape[0], 1, shape[1], shape[2]));
  maps = sn_interpolate_bilinear(maps, crop.height, crop.width);
  if (settings->map.smoothing > 0) maps = sn_gaussian_blur2d(maps, settings->map.smoothing);
  return sn_reshape(maps, SN_SHAPE(shape[0], crop.height, crop.width));
}

SnTensor *sn_image_scores(const SnSettings *settings, SnTensor *patches, SnTensor *maps) {
  return sn_max(settings->map.image_score == SN_IMAGE_SCORE_MAP ? maps : patches, SN_DIMS(1, 2), false);
}

bool sn_check_scores(const char *photograph, float score, const float *map, int64_t pixels) {
  if (!sn_ok()) return false;
  bool finite = isfinite(score);
  for (int64_t i = 0; map && i < pixels && finite; i++) finite = isfinite(map[i]);
  return finite ||
         sn_fail("%s: its score is not a finite number: the weights of the model or of its backbone are unfit",
                 photograph);
}
