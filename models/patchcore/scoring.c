#include "models/patchcore/scoring.h"

#include "autograd/ops.h"

/* |a - b| along the last dimension. From the differences, so that near vectors lose no digits. */
static SnTensor *distances(SnTensor *a, SnTensor *b) {
  SnTensor *difference = sn_sub(a, b);
  return sn_sqrt(sn_sum(sn_mul(difference, difference), SN_DIMS(-1), false));
}

/* Equation 7's factor for m_test and m, [N,C] each. Softmax is the fraction in it, without overflow; m is the first of
 * its own neighbours. */
static SnTensor *weights(SnTensor *m_test, SnTensor *m, SnTensor *bank, int64_t neighbours) {
  SnTensor *indices = sn_nearest_neighbors(m, bank, neighbours);
  if (!indices) return NULL;
  int64_t images = m->array.shape[0], channels = m->array.shape[1];
  SnTensor *near = sn_index_select(bank, 0, sn_reshape(indices, SN_SHAPE(images * neighbours)));
  near = sn_reshape(near, SN_SHAPE(images, neighbours, channels));
  SnTensor *fractions = sn_softmax(distances(sn_reshape(m_test, SN_SHAPE(images, 1, channels)), near), 1);
  SnTensor *first = sn_reshape(sn_narrow(fractions, 1, 0, 1), SN_SHAPE(images));
  return sn_add_scalar(sn_neg(first), 1);
}

bool sn_patchcore_scores(SnTensor *features, SnTensor *bank, int64_t neighbours, SnTensor **patches,
                         SnTensor **images) {
  if (!sn_ok()) return false;
  const int64_t *shape = features->array.shape;
  int64_t cells = shape[1] * shape[2], rows = shape[0] * cells, size = bank->array.shape[0];
  SnTensor *x = sn_reshape(features, SN_SHAPE(rows, shape[3]));
  SnTensor *index = sn_reshape(sn_nearest_neighbors(x, bank, 1), SN_SHAPE(rows));
  SnTensor *nearest = sn_index_select(bank, 0, index), *scores = distances(x, nearest);
  if (!sn_ok()) return false;
  SnTensor *by_image = sn_reshape(scores, SN_SHAPE(shape[0], cells)), *farthest = sn_flat_argmax(by_image);
  *patches = sn_reshape(scores, SN_SHAPE(shape[0], shape[1], shape[2]));
  *images = sn_index_select(scores, 0, farthest);
  if (neighbours > size) neighbours = size;
  if (neighbours > 1) {
    SnTensor *m_test = sn_index_select(x, 0, farthest), *m = sn_index_select(nearest, 0, farthest);
    *images = sn_mul(*images, weights(m_test, m, bank, neighbours));
  }
  return sn_ok();
}
