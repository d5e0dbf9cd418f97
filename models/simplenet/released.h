/* Models of the authors' released code: its ckpt.pth, a dictionary of "discriminator" and "pre_projection". It holds no
 * settings: depths, widths and biases of adaptor and discriminator follow from its tensors, and nothing says whether
 * the backbone is the one it was trained on. */
#ifndef SN_MODELS_SIMPLENET_RELEASED_H
#define SN_MODELS_SIMPLENET_RELEASED_H

#include "anomaly/method.h"

extern const SnForeignModel sn_released_model;

#endif
