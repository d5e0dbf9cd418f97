/* Tensors of random numbers; constants to autograd. */
#include "autograd/ops/common.h"

static SnTensor *draw(SnKernel kernel, SnDtype dtype, int ndim, const int64_t *shape, SnRandom source) {
  if (!sn_ok()) return NULL;
  if (!sn_is_floating(dtype) || source.offset % 4 != 0)
    return sn_fail_null("%s: expected a floating-point dtype and an offset that is a multiple of 4",
                        sn_kernel_name(kernel));
  SnTensor *y = sn_empty(dtype, ndim, shape);
  return sn_run_kernel(kernel, 0, NULL, 1, &y, &(SnAttributes){.random = source}) ? y : NULL;
}

SnTensor *sn_normal(SnDtype dtype, int ndim, const int64_t *shape, double mean, double deviation, SnRandom source) {
  source.a = mean;
  source.b = deviation;
  return draw(SN_KERNEL_normal, dtype, ndim, shape, source);
}

SnTensor *sn_uniform(SnDtype dtype, int ndim, const int64_t *shape, double low, double high, SnRandom source) {
  source.a = low;
  source.b = high;
  return draw(SN_KERNEL_uniform, dtype, ndim, shape, source);
}
