#include "anomaly/view.h"

#include "anomaly/method.h"

SnTransform sn_view_transform(const SnViewSettings *view) {
  return (SnTransform){.resize = view->resize, .crop = view->crop, .fit = (SnFit)view->fit};
}

SnImageOptions sn_view_image_options(const SnViewSettings *view) {
  return (SnImageOptions){.apply_orientation = view->orientation == SN_ORIENTATION_EXIF,
                          .white_level = view->white_level == SN_WHITE_LEVEL_FULL ? 0 /* exactly Pillow's conversion */
                                                                                  : (int)view->white_level};
}

SnNormalization sn_settings_normalization(const SnSettings *settings) {
  if (!(settings->method->groups & SN_GROUP_FEATURES)) return sn_imagenet_normalization;
  return sn_backbone_normalization(settings->features.backbone);
}

SnLoadOptions sn_load_options(const SnSettings *settings) {
  return (SnLoadOptions){.transform = sn_view_transform(&settings->view),
                         .normalization = sn_settings_normalization(settings),
                         .mask_threshold = settings->view.mask_threshold,
                         .image = sn_view_image_options(&settings->view)};
}
