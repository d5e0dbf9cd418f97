#include "models/backbones/squeeze_excitation.h"

#include "autograd/ops.h"

void sn_squeeze_excitation(SnSqueezeExcitation *squeeze, SnModule *parent, const char *name, int64_t channels,
                           int64_t squeezed, SnActivationFunction activation, SnActivationFunction gate,
                           SnGenerator *generator) {
  squeeze->fc1 =
      sn_convolution_unit(&squeeze->module, "fc1", NULL,
                          (SnConvolutionShape){channels, squeezed, .kernel = 1, .bias = true}, activation, generator);
  squeeze->fc2 =
      sn_convolution_unit(&squeeze->module, "fc2", NULL,
                          (SnConvolutionShape){squeezed, channels, .kernel = 1, .bias = true}, gate, generator);
  sn_module_add(parent, name, &squeeze->module);
}

SnTensor *sn_squeeze_excitation_forward(const SnSqueezeExcitation *squeeze, SnTensor *x) {
  if (!sn_ok()) return NULL;
  SnTensor *means = sn_mean(x, SN_DIMS(2, 3), true);
  return sn_mul(x, sn_convolution_unit_forward(&squeeze->fc2, sn_convolution_unit_forward(&squeeze->fc1, means)));
}
