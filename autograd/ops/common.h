/* What operations share: checks with messages, dimensions, broadcasting. */
#ifndef SN_AUTOGRAD_OPS_COMMON_H
#define SN_AUTOGRAD_OPS_COMMON_H

#include "autograd/ops.h"

/* All present (count of them; NULL ones are optional and skipped) and of one floating-point dtype; else an error that
 * names the operation. False while an error is pending. */
bool sn_check_floating(const char *op, int count, SnTensor *const *tensors);

/* dim counted from the front, for dims from -ndim to ndim - 1; -1 and an error otherwise. */
int sn_check_dim(const char *op, const SnTensor *x, int dim);

/* x seen as a broadcast to the shape (stride 0); not recorded. NULL and an error when it cannot be. */
SnTensor *sn_broadcast_view(const char *op, const SnTensor *x, int ndim, const int64_t *shape);

/* The gradient of what was broadcast from `like`: summed over the repeated elements. */
SnTensor *sn_sum_to_shape(SnTensor *gradient, const SnTensor *like);

/* A kernel with one output of the shape of `like`, run without recording: what backward rules are made of. */
SnTensor *sn_compute_like(SnKernel kernel, const SnTensor *like, int input_count, SnTensor *const *inputs,
                          const SnAttributes *attributes);

/* An elementwise operation of one tensor: checks, runs, records. */
SnTensor *sn_apply_elementwise(const SnOp *op, SnTensor *x, const SnAttributes *attributes);

/* Output size of a window that slides over `size` cells; 0 when it does not fit, or when a number is so large
 * that products of them could overflow. */
static inline int64_t sn_window_count(int64_t size, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  const int64_t limit = 1 << 20;
  if (size > limit * limit || kernel > limit || padding > limit || dilation > limit) return 0;
  int64_t reach = size + 2 * padding - dilation * (kernel - 1) - 1;
  return reach < 0 ? 0 : reach / stride + 1;
}

#endif
