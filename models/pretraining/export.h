/* From a pretrained network to a file of weights that a detector uses.
 *
 * BatchNorm is folded into the convolutions before it (weight 1, mean 0, variance 1 remain, and the shift as bias), and
 * every level's scale is set so that its local features vary as ResNet-18's do, for which sigma 0.015 was chosen. ReLU
 * lets a positive factor through, so the scales are part of the convolutions' weights and nothing else changes. */
#ifndef SN_MODELS_PRETRAINING_EXPORT_H
#define SN_MODELS_PRETRAINING_EXPORT_H

#include "models/pretraining/training.h"

/* Standard deviation of a local feature's entries, averaged over the channels of a level: what ResNet-18's are. */
#define SN_FEATURE_DEVIATION 0.18

/* Writes float16 weights under torchvision's names, without the classifier. texts (may be NULL) go into the file's
 * metadata. */
bool sn_pretraining_export(SnPretraining *training, const char *path, const SnStateDict *texts);

#endif
