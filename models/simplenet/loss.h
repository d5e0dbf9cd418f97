/* What the discriminator is trained by: section 3.5, equations 7 and 8. */
#ifndef SN_MODELS_SIMPLENET_LOSS_H
#define SN_MODELS_SIMPLENET_LOSS_H

#include "models/simplenet/settings.h"
#include "tensor/tensor.h"

/* normal = D(q) and anomalous = D(q-), any shapes -> one number.
 *
 * truncated-l1: mean of max(0, th - D(q)) + mean of max(0, th + D(q-)), th the margin: equation 7 with th+ = th and
 * th- = -th, averaged as in equation 8.
 * cross-entropy: mean of BCE(sigmoid D(q), 1) + mean of BCE(sigmoid D(q-), 0), the alternative of Table 3. */
SnTensor *sn_discriminator_loss(const SnSimpleNetSettings *settings, SnTensor *normal, SnTensor *anomalous);

#endif
