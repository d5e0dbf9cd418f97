#include "autograd/ops/pool2d.h"

bool sn_check_pool2d(const char *op, SnTensor *x, SnPool2d *options, int64_t size[2]) {
  if (!sn_check_floating(op, 1, &x)) return false;
  if (x->array.ndim != 4) return sn_fail("%s: expected [N,C,H,W], found %s", op, sn_tensor_text(x));
  if (options->packed) return sn_fail("%s: packed channels are for plans only", op);
  for (int i = 0; i < 2; i++) {
    if (options->stride[i] == 0) options->stride[i] = options->kernel[i];
    if (options->kernel[i] < 1 || options->stride[i] < 1 || options->padding[i] < 0 ||
        options->padding[i] > options->kernel[i] / 2)
      return sn_fail(
          "%s: expected a kernel and stride of at least 1 and padding from 0 to half the kernel, found "
          "%lld, %lld and %lld",
          op, (long long)options->kernel[i], (long long)options->stride[i], (long long)options->padding[i]);
    size[i] = sn_window_count(x->array.shape[2 + i], options->kernel[i], options->stride[i], options->padding[i], 1);
    if (size[i] < 1)
      return sn_fail("%s: a kernel of %lld does not fit in %s", op, (long long)options->kernel[i], sn_tensor_text(x));
  }
  return true;
}
