/* The embedded backbone and a drawn photograph as its input: what several programs of the course begin with. */
#ifndef EXAMPLES_COURSE_EMBEDDED_BACKBONE_H
#define EXAMPLES_COURSE_EMBEDDED_BACKBONE_H

#include "datasets/generated/generate.h"
#include "models/backbones/backbone.h"
#include "models/backbones/embedded.h"
#include "tensor/safetensors.h"

/* With its trained weights; a generator: with random ones. Levels 1, 2 and 3. */
static inline SnBackbone *embedded_backbone(SnGenerator *generator) {
  SnLevels levels = {3, {1, 2, 3}};
  SnBackbone *backbone = sn_backbone_new(SN_EMBEDDED_BACKBONE, &levels, generator);
  if (generator || !backbone) return backbone;
  size_t size;
  const uint8_t *bytes = sn_embedded_weights(&size);
  SnFileReader reader = sn_file_reader_on_memory(SN_EMBEDDED_SOURCE, bytes, size);
  SnStateDict *weights = sn_safetensors_read_from(&reader);
  return weights && sn_backbone_load(backbone, weights, SN_EMBEDDED_SOURCE) ? backbone : NULL;
}

/* rgb [side, side, 3] -> [1, 3, side, side], each channel less ImageNet's mean, by its standard deviation. */
static inline SnTensor *network_input(const uint8_t *rgb, int64_t side) {
  SnNormalization normalization = sn_backbone_normalization(SN_EMBEDDED_BACKBONE);
  float *pixels = sn_scope_allocate(3 * side * side, sizeof *pixels, NULL);
  for (int64_t i = 0; pixels && i < 3 * side * side; i++) {
    int64_t channel = i / (side * side), pixel = i % (side * side);
    pixels[i] = sn_normalized(&normalization, (int)channel, rgb[3 * pixel + channel]);
  }
  return pixels ? sn_from_host(SN_FLOAT32, SN_SHAPE(1, 3, side, side), pixels) : NULL;
}

#endif
