/* Anomaly scores, section 3.3 of the paper. */
#ifndef SN_MODELS_PATCHCORE_SCORING_H
#define SN_MODELS_PATCHCORE_SCORING_H

#include "tensor/tensor.h"

/* features [N,h,w,C] with h w > 0, bank [M,C] -> patch scores [N,h,w] and image scores [N].
 *
 * A patch's score is its distance to the nearest vector of the bank. With the patch m_test of an image that is farthest
 * from the bank, at the distance s, the vector m that is nearest to it, and the `neighbours` vectors N(m) of the bank
 * that are nearest to m, itself among them (equations 6 and 7):
 *
 *     image score = (1 - exp |m_test - m| / sum over n in N(m) of exp |m_test - n|) s
 *
 * which lessens s where m itself has near neighbours, and hardly where it is a rare one. With one neighbour, or a bank
 * of one vector, the image score is s. */
bool sn_patchcore_scores(SnTensor *features, SnTensor *bank, int64_t neighbours, SnTensor **patches, SnTensor **images);

#endif
