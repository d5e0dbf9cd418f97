/* SimpleNet (Liu, Zhou, Xu and Wang, CVPR 2023): the adaptor and the discriminator on features of a frozen backbone. */
#ifndef SN_MODELS_SIMPLENET_SIMPLENET_H
#define SN_MODELS_SIMPLENET_SIMPLENET_H

#include "anomaly/method.h"
#include "models/simplenet/adaptor.h"
#include "models/simplenet/discriminator.h"

/* Its entry in the table of methods. */
extern const SnMethod sn_simplenet;

/* What model->own is: a head, and the others whose scores are averaged with its own. Its parameters are
 * "pre_projection.…" and "discriminator.…", as in the released code's ckpt.pth; those of the others begin with
 * "head2.", "head3." and so on. */
typedef struct SnSimpleNet {
  SnSimpleNetSettings settings;
  char prefix[16]; /* of its names in files: "", "head2.", … */
  uint64_t seed;   /* of all that chance decides in its training; the first head's is the settings' */
  SnModule module;
  SnAdaptor *adaptor;
  SnDiscriminator *discriminator;
  struct SnSimpleNet *next; /* head; NULL: none */
} SnSimpleNet;

/* Section 3.6, equation 9: local features [N,h,w,C] -> patch scores s = -D(G(o)), the mean of all heads', [N,h,w]. The
 * heads must be in evaluation mode. */
SnTensor *sn_simplenet_patch_scores(const SnSimpleNet *network, SnTensor *features);

#endif
