#include "anomaly/truth.h"

#include <string.h>

#include "tensor/scope.h"

SnTruth *sn_truth_new(int64_t images, SnSize size) {
  SnTruth *truth = sn_scope_allocate(1, sizeof *truth, NULL);
  if (!truth) return NULL;
  truth->size = size;
  truth->masks = sn_scope_allocate(images, (size_t)sn_size_pixels(size), NULL);
  truth->mask_missing = sn_scope_allocate(images, sizeof(bool), NULL);
  return sn_ok() ? truth : NULL;
}

void sn_truth_add(SnTruth *truth, const SnBatch *batch, int64_t first) {
  int64_t pixels = sn_size_pixels(truth->size);
  memcpy(truth->masks + first * pixels, batch->masks, (size_t)(batch->count * pixels));
  memcpy(truth->mask_missing + first, batch->mask_missing, (size_t)batch->count);
}
