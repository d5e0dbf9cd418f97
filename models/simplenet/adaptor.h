/* Adaptor G, equation 5: q = G(o), which moves ImageNet's features to the product's own domain. */
#ifndef SN_MODELS_SIMPLENET_ADAPTOR_H
#define SN_MODELS_SIMPLENET_ADAPTOR_H

#include "models/simplenet/settings.h"
#include "nn/linear.h"

enum { SN_ADAPTOR_MAX_DEPTH = 8 };

/* Parameters "layers.0fc.weight" and so on, as the released code names them. */
typedef struct SnAdaptor {
  SnModule module, layers;
  int depth;
  SnLinear *linear[SN_ADAPTOR_MAX_DEPTH];
} SnAdaptor;

/* adaptor_depth linear layers of `channels` in and out, xavier_normal weights. Depth 0 is the identity. */
SnAdaptor *sn_adaptor_new(const SnSimpleNetSettings *settings, int64_t channels, SnGenerator *generator);

/* o [R,C] -> q [R,C]; leaky ReLU 0.2 between layers. */
SnTensor *sn_adaptor_forward(const SnAdaptor *adaptor, SnTensor *o);

#endif
