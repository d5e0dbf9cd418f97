/* Models of the authors' released code: its ckpt.pth, a dictionary of "discriminator" and "pre_projection". */
#ifndef SN_MODELS_SIMPLENET_RELEASED_H
#define SN_MODELS_SIMPLENET_RELEASED_H

#include "models/simplenet/model.h"

/* Whether a file of weights holds such a model, and none of `simplenet train`, which names its format. */
bool sn_is_released_model(const SnStateDict *dict);

/* Makes a model of it in the innermost scope, on the backbone's file `weights`. The file holds no settings: depths,
 * widths and biases of adaptor and discriminator are seen from its tensors, `settings` gives the rest (the geometry,
 * the backbone, its levels and features …), and nothing tells whether the backbone is the one it was trained on. path
 * names the dictionary's file in messages. */
SnSimpleNet *sn_simplenet_new_released(const SnStateDict *dict, const char *path, const SnSimpleNetSettings *settings,
                                       const char *weights);

#endif
