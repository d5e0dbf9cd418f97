#include "anomaly/truth.h"

#include <string.h>

#include "tensor/scope.h"

SnTruth *sn_truth_new(int64_t images, int64_t side) {
  SnTruth *truth = sn_scope_allocate(1, sizeof *truth, NULL);
  if (!truth) return NULL;
  truth->side = side;
  truth->masks = sn_scope_allocate(images, (size_t)(side * side), NULL);
  truth->mask_missing = sn_scope_allocate(images, sizeof(bool), NULL);
  return sn_ok() ? truth : NULL;
}

void sn_truth_add(SnTruth *truth, const SnBatch *batch, int64_t first) {
  int64_t pixels = truth->side * truth->side;
  memcpy(truth->masks + first * pixels, batch->masks, (size_t)(batch->count * pixels));
  memcpy(truth->mask_missing + first, batch->mask_missing, (size_t)batch->count);
}
