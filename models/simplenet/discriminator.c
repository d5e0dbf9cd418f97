#include "models/simplenet/discriminator.h"

#include <stdio.h>

#include "autograd/ops.h"
#include "nn/init.h"

static SnLinear *linear(int64_t in, int64_t out, bool with_bias, SnGenerator *generator) {
  SnLinear *layer = sn_linear_new(in, out, with_bias, generator);
  return layer && sn_init_xavier_normal(layer->weight, 1, generator) ? layer : NULL;
}

SnDiscriminator *sn_discriminator_new(const SnSimpleNetSettings *settings, int64_t channels, SnGenerator *generator) {
  SnDiscriminator *discriminator = sn_scope_allocate(1, sizeof *discriminator, NULL);
  if (!discriminator) return NULL;
  discriminator->blocks = (int)settings->discriminator_depth - 1;
  sn_module_add(&discriminator->module, "body", &discriminator->body);
  int64_t in = channels;
  for (int i = 0; i < discriminator->blocks; i++) {
    char name[16];
    discriminator->linear[i] = linear(in, settings->hidden, true, generator);
    discriminator->norm[i] = sn_batch_norm_new(settings->hidden, generator);
    if (!sn_ok()) return NULL;
    sn_module_add(&discriminator->block[i], "0", &discriminator->linear[i]->module);
    sn_module_add(&discriminator->block[i], "1", &discriminator->norm[i]->module);
    snprintf(name, sizeof name, "block%d", i + 1);
    sn_module_add(&discriminator->body, name, &discriminator->block[i]);
    in = settings->hidden;
  }
  discriminator->tail = linear(in, 1, false, generator);
  if (discriminator->tail) sn_module_add(&discriminator->module, "tail", &discriminator->tail->module);
  return sn_ok() ? discriminator : NULL;
}

SnTensor *sn_discriminator_forward(const SnDiscriminator *discriminator, SnTensor *q) {
  if (!sn_ok()) return NULL;
  for (int i = 0; i < discriminator->blocks; i++) {
    SnTensor *hidden = sn_linear_forward(discriminator->linear[i], q);
    q = sn_leaky_relu(sn_batch_norm_forward(discriminator->norm[i], hidden), 0.2);
  }
  return sn_linear_forward(discriminator->tail, q);
}
