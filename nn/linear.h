#ifndef SN_NN_LINEAR_H
#define SN_NN_LINEAR_H

#include "nn/generator.h"
#include "nn/module.h"

/* torch.nn.Linear: weight [out, in] and bias [out] or NULL, under those names. */
typedef struct SnLinear {
  SnModule module;         /* the base; must be first */
  SnTensor *weight, *bias; /* shapes above */
} SnLinear;

/* Initialised as PyTorch does: both uniform within 1 / sqrt(in). */
SnLinear *sn_linear_new(int64_t in, int64_t out, bool with_bias, SnGenerator *generator);

/* x [..., in] -> [..., out] */
SnTensor *sn_linear_forward(const SnLinear *layer, SnTensor *x);

#endif
