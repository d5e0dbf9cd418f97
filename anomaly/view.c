#include "anomaly/view.h"

SnTransform sn_view_transform(const SnViewSettings *view) {
  return (SnTransform){.resize = view->resize, .crop = view->crop, .fit = (SnFit)view->fit};
}

SnLoadOptions sn_view_load_options(const SnViewSettings *view) {
  return (SnLoadOptions){
      .transform = sn_view_transform(view),
      .mask_threshold = view->mask_threshold,
      .image = {.apply_orientation = view->orientation == SN_ORIENTATION_EXIF,
                .white_level = view->white_level == SN_WHITE_LEVEL_FULL ? 0 /* exactly Pillow's conversion */
                                                                        : (int)view->white_level}};
}
