#include "tests/support/comparison.h"

#include <math.h>
#include <string.h>

#include "tests/support/test.h"

static double largest(const double *values, int64_t count) {
  double result = 0;
  for (int64_t i = 0; i < count; i++) result = fmax(result, isfinite(values[i]) ? fabs(values[i]) : INFINITY);
  return result;
}

double tensor_distance(const SnTensor *a, const SnTensor *b) {
  assert_true(sn_same_shape(a, b));
  int64_t count = sn_count(a);
  double *x = test_malloc(2 * (size_t)count * sizeof *x), *y = x + count;
  assert_true(sn_to_host(a, SN_FLOAT64, x) && sn_to_host(b, SN_FLOAT64, y));
  double scale = largest(y, count);
  for (int64_t i = 0; i < count; i++) x[i] -= y[i];
  double result = largest(x, count) / (scale > 0 ? scale : 1);
  test_free(x);
  return result;
}

bool tensor_same_bits(const SnTensor *a, const SnTensor *b) {
  return sn_same_shape(a, b) &&
         memcmp(a->array.data, b->array.data, (size_t)sn_count(a) * sn_dtype_size(a->array.dtype)) == 0;
}

void expect_no_error(void) {
  if (!sn_ok()) fail_msg("%s (%s)", sn_error(), sn_error_source());
}
