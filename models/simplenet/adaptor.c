#include "models/simplenet/adaptor.h"

#include <stdio.h>

#include "autograd/ops.h"
#include "nn/init.h"

SnAdaptor *sn_adaptor_new(const SnSimpleNetSettings *settings, int64_t channels, SnGenerator *generator) {
  SnAdaptor *adaptor = sn_scope_allocate(1, sizeof *adaptor, NULL);
  if (!adaptor) return NULL;
  adaptor->depth = (int)settings->adaptor_depth;
  sn_module_add(&adaptor->module, "layers", &adaptor->layers);
  for (int i = 0; i < adaptor->depth && sn_ok(); i++) {
    char name[16];
    snprintf(name, sizeof name, "%dfc", i);
    adaptor->linear[i] = sn_linear_new(channels, channels, settings->adaptor_bias != 0, generator);
    if (!sn_ok()) return NULL;
    sn_init_xavier_normal(adaptor->linear[i]->weight, 1, generator);
    sn_module_add(&adaptor->layers, name, &adaptor->linear[i]->module);
  }
  return sn_ok() ? adaptor : NULL;
}

SnTensor *sn_adaptor_forward(const SnAdaptor *adaptor, SnTensor *o) {
  if (!sn_ok()) return NULL;
  for (int i = 0; i < adaptor->depth; i++) {
    if (i > 0) o = sn_leaky_relu(o, 0.2);
    o = sn_linear_forward(adaptor->linear[i], o);
  }
  return o;
}
