/* Convolution, BatchNorm, activation: what convolutional networks are made of. */
#ifndef SN_MODELS_BACKBONES_CONVOLUTION_UNIT_H
#define SN_MODELS_BACKBONES_CONVOLUTION_UNIT_H

#include "nn/batch_norm.h"
#include "nn/conv2d.h"

typedef SnTensor *(*SnActivationFunction)(SnTensor *x); /* sn_relu … */

typedef struct SnConvolutionShape {
  int64_t in, out, kernel; /* square; padded by half of it, so that a stride of 1 keeps the size */
  int64_t stride, groups;  /* 0 stands for 1 */
  bool bias;
  bool same;  /* padded as TensorFlow's SAME: as little as gives size / stride rounded up, and the odd row at the end */
  double eps; /* of the BatchNorm; 0 stands for PyTorch's 1e-5 */
} SnConvolutionShape;

typedef struct SnConvolutionUnit {
  SnConvolution *conv;
  SnBatchNorm *bn;                 /* or NULL */
  SnActivationFunction activation; /* or NULL */
  bool same;
} SnConvolutionUnit;

/* Initialised as torchvision does: kaiming_normal by fan_out, bias 0. */
SnConvolution *sn_kaiming_convolution(SnConvolutionShape shape, SnGenerator *generator);

/* A unit whose modules are children of `parent` under these names; no BatchNorm when bn is NULL. All NULL on failure.
 */
SnConvolutionUnit sn_convolution_unit(SnModule *parent, const char *conv, const char *bn, SnConvolutionShape shape,
                                      SnActivationFunction activation, SnGenerator *generator);

SnTensor *sn_convolution_unit_forward(const SnConvolutionUnit *unit, SnTensor *x);

#endif
