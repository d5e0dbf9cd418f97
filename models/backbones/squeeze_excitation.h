/* Squeeze and excitation (Hu, Shen and Sun 2018): each channel is scaled by a gate that the means of all channels
 * decide: y = x gate(fc2(activation(fc1(mean of x)))). */
#ifndef SN_MODELS_BACKBONES_SQUEEZE_EXCITATION_H
#define SN_MODELS_BACKBONES_SQUEEZE_EXCITATION_H

#include "models/backbones/convolution_unit.h"

typedef struct SnSqueezeExcitation {
  SnModule module;
  SnConvolutionUnit fc1, fc2; /* 1x1 convolutions with biases; fc1.conv is NULL where there is no such part */
} SnSqueezeExcitation;

/* Into *squeeze, as the child `name` of parent, with torchvision's names fc1 and fc2. gate: sn_sigmoid or
 * sn_hard_sigmoid. */
void sn_squeeze_excitation(SnSqueezeExcitation *squeeze, SnModule *parent, const char *name, int64_t channels,
                           int64_t squeezed, SnActivationFunction activation, SnActivationFunction gate,
                           SnGenerator *generator);

SnTensor *sn_squeeze_excitation_forward(const SnSqueezeExcitation *squeeze, SnTensor *x);

#endif
