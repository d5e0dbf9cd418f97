/* SimpleNet (Liu, Zhou, Xu and Wang, CVPR 2023): the adaptor and the discriminator on features of a frozen backbone. */
#ifndef SN_MODELS_SIMPLENET_SIMPLENET_H
#define SN_MODELS_SIMPLENET_SIMPLENET_H

#include "anomaly/method.h"
#include "models/simplenet/adaptor.h"
#include "models/simplenet/discriminator.h"

/* Its entry in the table of methods. */
extern const SnMethod sn_simplenet;

/* What model->own is. The head's parameters are "pre_projection.…" and "discriminator.…", as in the released code's
 * ckpt.pth. */
typedef struct SnSimpleNet {
  SnSimpleNetSettings settings;
  SnAdaptor *adaptor;
  SnDiscriminator *discriminator;
} SnSimpleNet;

/* Section 3.6, equation 9: local features [N,h,w,C] -> patch scores s = -D(G(o)), [N,h,w]. The head must be in
 * evaluation mode. */
SnTensor *sn_simplenet_patch_scores(const SnSimpleNet *network, SnTensor *features);

#endif
