/* How a detector looks at photographs: decoded, turned, resized and cropped. */
#ifndef SN_ANOMALY_VIEW_H
#define SN_ANOMALY_VIEW_H

#include "anomaly/settings.h"
#include "datasets/load.h"

SnTransform sn_view_transform(const SnViewSettings *view);

/* How photographs and masks are decoded and brought into that geometry. */
SnLoadOptions sn_view_load_options(const SnViewSettings *view);

#endif
