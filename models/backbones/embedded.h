/* The weights of the backbone "embedded", linked into the program, so that it needs no file of weights: a ResNet-18 of
 * half the width through layer3, which `make pretrain` trains on generated images (docs/pretraining.md). */
#ifndef SN_MODELS_BACKBONES_EMBEDDED_H
#define SN_MODELS_BACKBONES_EMBEDDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Its name among the backbones. */
#define SN_EMBEDDED_BACKBONE "embedded"

/* What stands in messages for the path of the weights. */
#define SN_EMBEDDED_SOURCE "the embedded weights"

/* Static memory: the contents of models/backbones/embedded.safetensors. */
const uint8_t *sn_embedded_weights(size_t *size);

/* Is this the backbone whose weights are linked in? */
bool sn_backbone_is_embedded(const char *name);

#endif
