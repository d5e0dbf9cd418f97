/* The weights of a model's backbone: from a file or linked into the program, and known by their hash. */
#ifndef SN_ANOMALY_BACKBONE_WEIGHTS_H
#define SN_ANOMALY_BACKBONE_WEIGHTS_H

#include "anomaly/model.h"

/* Fills in the backbone and the model's backbone_sha256. weights NULL: the embedded ones. With a model file, which path
 * names, they must be those that it was trained on; a detector in one file has its own. */
bool sn_load_backbone_weights(SnModel *model, const char *weights, const SnStateDict *file, const char *path);

/* A model for that file; its tensors are loaded afterwards. file NULL: a new one. */
SnModel *sn_model_new_from(const SnSettings *settings, const char *weights, const SnStateDict *file, const char *path);

#endif
