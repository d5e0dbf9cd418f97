#ifndef SN_NN_CONV2D_H
#define SN_NN_CONV2D_H

#include "nn/generator.h"
#include "nn/module.h"

/* torch.nn.Conv2d: weight [out, in / groups, kernel, kernel] and bias [out] or NULL, under those names. */
typedef struct SnConvolution {
  SnModule module;
  SnTensor *weight, *bias;
  SnConv2d options;
} SnConvolution;

/* A square kernel. Initialised as PyTorch does: both uniform within 1 / sqrt(fan_in). */
SnConvolution *sn_conv2d_new(int64_t in, int64_t out, int64_t kernel, SnConv2d options, bool with_bias,
                             SnGenerator *generator);

SnTensor *sn_conv2d_forward(const SnConvolution *layer, SnTensor *x);

#endif
