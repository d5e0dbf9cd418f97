/* The block of MobileNetV2 (Sandler et al. 2018), MobileNetV3 and EfficientNet: a 1x1 convolution that expands, a
 * depthwise one, squeeze and excitation where there is any, a 1x1 convolution that projects; and the block's input is
 * added where shapes agree. */
#ifndef SN_MODELS_BACKBONES_INVERTED_RESIDUAL_H
#define SN_MODELS_BACKBONES_INVERTED_RESIDUAL_H

#include "models/backbones/squeeze_excitation.h"

typedef enum SnBlockNames {
  SN_NAMES_CONV,  /* torchvision's MobileNetV2: conv.0.0 and conv.0.1, conv.1.0 …, the projection conv.2 and conv.3 */
  SN_NAMES_BLOCK, /* MobileNetV3, EfficientNet: block.0.0 and block.0.1 …; block.2.fc1 and fc2 */
  SN_NAMES_LITE   /* TensorFlow's: _expand_conv and _bn0, _depthwise_conv and _bn1, _project_conv and _bn2 */
} SnBlockNames;

typedef struct SnInvertedResidualShape {
  SnBlockNames names;
  int64_t in, expanded, out, kernel, stride; /* no expansion where expanded == in */
  SnActivationFunction activation;           /* after expansion and depthwise convolution */
  int64_t squeezed;                          /* channels within squeeze and excitation; 0: none */
  SnActivationFunction squeeze_activation, gate;
  bool same; /* as in SnConvolutionShape */
  double eps;
} SnInvertedResidualShape;

typedef struct SnInvertedResidual SnInvertedResidual;

/* In the innermost scope, its modules children of parent. NULL on failure. */
SnInvertedResidual *sn_inverted_residual_new(SnModule *parent, const SnInvertedResidualShape *shape,
                                             SnGenerator *generator);

/* block: an SnInvertedResidual; a chain's part. */
SnTensor *sn_inverted_residual_forward(const void *block, SnTensor *x);

#endif
