/* Discriminator D, section 3.4: one number a position, positive for normal and negative for anomalous. */
#ifndef SN_MODELS_SIMPLENET_DISCRIMINATOR_H
#define SN_MODELS_SIMPLENET_DISCRIMINATOR_H

#include "models/simplenet/settings.h"
#include "nn/batch_norm.h"
#include "nn/linear.h"

enum { SN_DISCRIMINATOR_MAX_DEPTH = 8 };

/* depth - 1 blocks of linear (with bias), BatchNorm and leaky ReLU 0.2, then a linear layer without bias to one number.
 * Parameters "body.block1.0.weight", "body.block1.1.weight", "tail.weight", as the released code names them. */
typedef struct SnDiscriminator {
  SnModule module, body, block[SN_DISCRIMINATOR_MAX_DEPTH];
  int blocks;
  SnLinear *linear[SN_DISCRIMINATOR_MAX_DEPTH];
  SnBatchNorm *norm[SN_DISCRIMINATOR_MAX_DEPTH];
  SnLinear *tail;
} SnDiscriminator;

/* xavier_normal weights and PyTorch's default uniform biases. */
SnDiscriminator *sn_discriminator_new(const SnSimpleNetSettings *settings, int64_t channels, SnGenerator *generator);

/* q [R,C] -> [R,1] */
SnTensor *sn_discriminator_forward(const SnDiscriminator *discriminator, SnTensor *q);

#endif
