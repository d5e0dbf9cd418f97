#ifndef SN_NN_CONV2D_H
#define SN_NN_CONV2D_H

#include "nn/generator.h"
#include "nn/module.h"

/* torch.nn.Conv2d: weight [out, in / groups, kernel, kernel] and bias [out] or NULL, under those names. */
typedef struct SnConvolution {
  SnModule module;         /* the base; must be first */
  SnTensor *weight, *bias; /* shapes above */
  SnConv2d options;        /* stride, padding, dilation, groups */
} SnConvolution;

/* A square kernel. Initialised as PyTorch does: both uniform within 1 / sqrt(fan_in). */
SnConvolution *sn_conv2d_new(int64_t in, int64_t out, int64_t kernel, SnConv2d options, bool with_bias,
                             SnGenerator *generator);

/* x [N, in, H, W] -> [N, out, OH, OW], as sn_conv2d. */
SnTensor *sn_conv2d_forward(const SnConvolution *layer, SnTensor *x);

#endif
