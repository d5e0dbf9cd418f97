/* The names in a file of weights, beside those of a network. */
#ifndef SN_MODELS_BACKBONES_WEIGHT_NAMES_H
#define SN_MODELS_BACKBONES_WEIGHT_NAMES_H

#include "models/backbones/backbone.h"

/* What a file puts before a network's names: "", or "model.backbone.", say, where the network is part of another.
 * It is what most of the network's own tensors (`own`) have before their names, if that is more than half of them; else
 * it is "". NULL and an error that names both when two fit equally well. In the innermost scope. */
const char *sn_weight_prefix(const SnStateDict *own, const SnStateDict *file, const char *source);

/* The file itself, or its tensors under our names, behind the same prefix, where it has those that others give to this
 * network's (renaming.h). NULL and an error where the other's network is another. In the innermost scope. */
const SnStateDict *sn_with_own_names(const char *network, const SnStateDict *file, const char *source);

/* Replaces the pending error, that a network's weights do not fit, by one that says as well what the file's names look
 * like, and which of our networks they fit best. renamed: the file with our names, behind the prefix. Memory that is
 * short stays the error. */
void sn_describe_weight_names(const SnBackbone *backbone, const SnStateDict *own, const SnStateDict *file,
                              const SnStateDict *renamed, const char *prefix, const char *source);

#endif
