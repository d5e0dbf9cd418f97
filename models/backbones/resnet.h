/* Residual networks under torchvision's names: ResNet (He et al. 2016) as torchvision defines it, with a bottleneck's
 * stride in its 3x3 convolution, and "v1", with the stride in the first 1x1, as the paper, Caffe and Keras have it;
 * Wide ResNet (Zagoruyko and Komodakis 2016) and ResNeXt (Xie et al. 2017). */
#ifndef SN_MODELS_BACKBONES_RESNET_H
#define SN_MODELS_BACKBONES_RESNET_H

#include "models/backbones/backbone.h"
#include "models/backbones/convolution_unit.h"
#include "nn/linear.h"

enum { SN_RESNET_LAYERS = 4 };

typedef struct SnResNetSpec {
  const char *name;
  bool bottleneck;              /* blocks of 1x1, 3x3, 1x1 with four times the channels out; else two 3x3 */
  int blocks[SN_RESNET_LAYERS]; /* in layer1 … layer4; 0: no such layer */
  int64_t stem;                 /* channels of conv1 and of layer1's blocks; doubled at each further layer */
  int64_t groups, group_width;  /* a bottleneck's 3x3: planes * group_width / 64 * groups channels in groups */
  bool stride_first;            /* a bottleneck's stride is in its first 1x1; else in its 3x3 */
} SnResNetSpec;

extern const SnResNetSpec sn_resnet_specs[];
extern const int sn_resnet_count;

typedef struct SnResidualBlock SnResidualBlock;

typedef struct SnResNet {
  SnBackbone backbone;
  SnConvolutionUnit stem; /* conv1 and bn1 */
  SnModule layers[SN_RESNET_LAYERS];
  SnResidualBlock **blocks[SN_RESNET_LAYERS];
  const SnResNetSpec *spec;
  SnLinear *fc; /* NULL without classes */
} SnResNet;

/* Levels 1 to 4 are layer1 to layer4. Weights are initialised as torchvision does (kaiming_normal by fan_out for
 * convolutions). classes > 0 adds the classifier on the deepest level, which should then be the last with blocks. */
SnResNet *sn_resnet_new(const SnResNetSpec *spec, const SnLevels *levels, int64_t classes, SnGenerator *generator);

/* images [N,3,H,W] -> class scores [N,classes] */
SnTensor *sn_resnet_classify(SnResNet *network, SnTensor *images);

#endif
