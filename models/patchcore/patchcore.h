/* PatchCore: a memory bank of patch features of good images. A patch is as anomalous as it is far from the bank. */
#ifndef SN_MODELS_PATCHCORE_PATCHCORE_H
#define SN_MODELS_PATCHCORE_PATCHCORE_H

#include "anomaly/method.h"

/* What model->own is. */
typedef struct SnPatchCore {
  SnTensor *bank; /* [M,C], "memory_bank" in the model file; before the fit one vector of zeros */
} SnPatchCore;

extern const SnMethod sn_patchcore;

#endif
