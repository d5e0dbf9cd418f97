/* The names in a file of weights, beside those of a network. */
#ifndef SN_MODELS_BACKBONES_WEIGHT_NAMES_H
#define SN_MODELS_BACKBONES_WEIGHT_NAMES_H

#include "models/backbones/backbone.h"

/* What a file puts before a network's names: "", or "model.backbone.", say, where the network is part of another.
 * It is what most of the network's own tensors (`own`) have before their names, if that is more than half of them; else
 * it is "". NULL and an error that names both when two fit equally well. In the innermost scope. */
const char *sn_weight_prefix(const SnStateDict *own, const SnStateDict *file, const char *source);

/* The file itself, or the same tensors under the names of today where it has a network's older ones; NULL on failure.
 */
const SnStateDict *sn_with_current_names(const SnStateDict *file);

/* Replaces the pending error, that a network's weights do not fit, by one that says as well what the file's names look
 * like, and which of our networks they fit best. Memory that is short stays the error. */
void sn_describe_weight_names(const SnBackbone *backbone, const SnStateDict *own, const SnStateDict *file,
                              const char *prefix, const char *source);

#endif
