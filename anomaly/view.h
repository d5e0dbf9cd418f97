/* How a detector looks at photographs: decoded, turned, resized, cropped and normalised. */
#ifndef SN_ANOMALY_VIEW_H
#define SN_ANOMALY_VIEW_H

#include "anomaly/settings.h"
#include "datasets/load.h"

SnTransform sn_view_transform(const SnViewSettings *view);

SnImageOptions sn_view_image_options(const SnViewSettings *view);

/* What the settings' backbone expects; ImageNet's of a method without a backbone. */
SnNormalization sn_settings_normalization(const SnSettings *settings);

/* How photographs and masks are decoded, brought into that geometry, and normalised. */
SnLoadOptions sn_load_options(const SnSettings *settings);

#endif
