#include "models/backbones/inverted_residual.h"

#include <stdio.h>

#include "autograd/ops.h"

enum { EXPAND, DEPTHWISE, PROJECT, UNITS };

struct SnInvertedResidual {
  SnConvolutionUnit units[UNITS]; /* EXPAND's conv is NULL where there is none */
  SnSqueezeExcitation squeeze;
  bool adds_input;
};

/* position: of the unit in the block's sequence. */
static void add_unit(SnInvertedResidual *block, SnModule *parent, int unit, int position,
                     const SnInvertedResidualShape *shape, SnConvolutionShape convolution, SnGenerator *generator) {
  static const char *const lite[UNITS] = {"_expand_conv", "_depthwise_conv", "_project_conv"};
  const char *prefix = shape->names == SN_NAMES_CONV ? "conv" : "block";
  char conv[24], bn[24];
  if (shape->names == SN_NAMES_LITE) {
    snprintf(conv, sizeof conv, "%s", lite[unit]);
    snprintf(bn, sizeof bn, "_bn%d", unit);
  } else if (shape->names == SN_NAMES_CONV && unit == PROJECT) {
    snprintf(conv, sizeof conv, "conv.%d", position);
    snprintf(bn, sizeof bn, "conv.%d", position + 1);
  } else {
    snprintf(conv, sizeof conv, "%s.%d.0", prefix, position);
    snprintf(bn, sizeof bn, "%s.%d.1", prefix, position);
  }
  convolution.same = shape->same;
  convolution.eps = shape->eps;
  block->units[unit] =
      sn_convolution_unit(parent, conv, bn, convolution, unit == PROJECT ? NULL : shape->activation, generator);
}

SnInvertedResidual *sn_inverted_residual_new(SnModule *parent, const SnInvertedResidualShape *shape,
                                             SnGenerator *generator) {
  SnInvertedResidual *block = sn_scope_allocate(1, sizeof *block, NULL);
  if (!block) return NULL;
  int position = 0;
  int64_t in = shape->in, expanded = shape->expanded;
  if (expanded != in)
    add_unit(block, parent, EXPAND, position++, shape, (SnConvolutionShape){in, expanded, .kernel = 1}, generator);
  SnConvolutionShape depthwise = {expanded, expanded, shape->kernel, shape->stride, .groups = expanded};
  add_unit(block, parent, DEPTHWISE, position++, shape, depthwise, generator);
  if (shape->squeezed > 0) {
    char name[24];
    snprintf(name, sizeof name, "block.%d", position++);
    sn_squeeze_excitation(&block->squeeze, parent, name, expanded, shape->squeezed, shape->squeeze_activation,
                          shape->gate, generator);
  }
  add_unit(block, parent, PROJECT, position, shape, (SnConvolutionShape){expanded, shape->out, .kernel = 1}, generator);
  block->adds_input = shape->stride == 1 && in == shape->out;
  return sn_ok() ? block : NULL;
}

SnTensor *sn_inverted_residual_forward(const void *part, SnTensor *x) {
  const SnInvertedResidual *block = part;
  SnTensor *y = x;
  if (block->units[EXPAND].conv) y = sn_convolution_unit_forward(&block->units[EXPAND], y);
  y = sn_convolution_unit_forward(&block->units[DEPTHWISE], y);
  if (block->squeeze.fc1.conv) y = sn_squeeze_excitation_forward(&block->squeeze, y);
  y = sn_convolution_unit_forward(&block->units[PROJECT], y);
  return block->adds_input ? sn_add(x, y) : y;
}
