/* What a network expects its input's numbers to be: torchvision's Normalize, of the network in question. */
#ifndef SN_DATASETS_NORMALIZATION_H
#define SN_DATASETS_NORMALIZATION_H

#include <stdint.h>

/* Which colour is the first channel. */
typedef enum SnChannelOrder { SN_ORDER_RGB, SN_ORDER_BGR } SnChannelOrder;

/* (x - mean[i]) / deviation[i] of channel i of the network's input, of shares of full brightness, x in [0, 1]. */
typedef struct SnNormalization {
  double mean[3], deviation[3]; /* above 0 */
  SnChannelOrder order;         /* of the three channels */
} SnNormalization;

/* ImageNet's mean and standard deviation, red first: what torchvision's networks expect. */
extern const SnNormalization sn_imagenet_normalization;

/* Which channel of an RGB photograph is channel i of the network's input. */
static inline int sn_source_channel(const SnNormalization *normalization, int i) {
  return normalization->order == SN_ORDER_BGR ? 2 - i : i;
}

/* A byte of a photograph in channel i of the network's input; every step is rounded to float32, as torchvision's are.
 */
static inline float sn_normalized(const SnNormalization *normalization, int i, uint8_t value) {
  return ((float)value / 255.0f - (float)normalization->mean[i]) / (float)normalization->deviation[i];
}

#endif
