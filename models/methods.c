#include "anomaly/method.h"
#include "models/mean_image/mean_image.h"
#include "models/padim/padim.h"
#include "models/patchcore/patchcore.h"
#include "models/simplenet/simplenet.h"

const SnMethod *const sn_methods[] = {&sn_simplenet, &sn_padim, &sn_patchcore, &sn_mean_image, NULL};
const SnMethod *const sn_baseline_method = &sn_mean_image;
