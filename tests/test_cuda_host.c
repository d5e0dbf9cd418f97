/* The CUDA backend's sources on the CPU emulation of the CUDA runtime (tests/cuda_host): every case of op_case_list.h
 * against the reference, in both dtypes, whatever lies how in memory, and twice the same bits. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/sanitizer.h"
#include "tests/support/cuda_device.h"
#include "tests/support/op_cases.h"

/* Of each result's largest magnitude, or of SMALLEST where that is less. Factors rounded to 10 and to 7 bits of
 * fraction are off by half a unit of the last each, and sums of many by less than their largest. */
static const double DOUBLE_TOLERANCE = 1e-12, FLOAT_TOLERANCE = 4e-6, SMALLEST = 1e-3;
static const double TF32_TOLERANCE = 0x1p-9, BFLOAT16_TOLERANCE = 0x1p-6;

static const SnBackend *cuda;

static double *host_values(const OpCase *op, const char *check, const SnTensor *tensor) {
  if (!tensor) fail_msg("%s, %s: absent; %s", op->name, check, sn_ok() ? "no error" : sn_error());
  double *values = test_calloc((size_t)sn_count(tensor) + 1, sizeof *values);
  if (!sn_to_host(tensor, SN_FLOAT64, values)) fail_msg("%s, %s: %s", op->name, check, sn_error());
  return values;
}

static void run(const OpCase *op, const SnBackend *backend, SnDtype dtype, OpLayout layout, OpResults *results) {
  if (!op_case_run(op, backend, dtype, layout, results))
    fail_msg("%s on %s in %s, layout %d: %s", op->name, backend->name, sn_dtype_name(dtype), (int)layout, sn_error());
}

/* tolerance 0: the same bits. */
static void expect_equal(const OpCase *op, const char *check, const OpResults *found, const OpResults *expected,
                         double tolerance) {
  assert_int_equal(found->count, expected->count);
  for (int r = 0; r < found->count; r++) {
    const SnTensor *a = found->items[r].tensor, *b = expected->items[r].tensor;
    double *x = host_values(op, check, a), *y = host_values(op, check, b), largest = SMALLEST;
    if (!sn_same_shape(a, b)) fail_msg("%s, %s, %s: shapes differ", op->name, check, found->items[r].name);
    for (int64_t i = 0; i < sn_count(b); i++) largest = fmax(largest, fabs(y[i]));
    for (int64_t i = 0; i < sn_count(a); i++)
      if (tolerance > 0 ? !(fabs(x[i] - y[i]) <= tolerance * largest) : memcmp(&x[i], &y[i], sizeof *x) != 0)
        fail_msg("%s, %s, %s: element %lld is %.17g, expected %.17g within %g", op->name, check, found->items[r].name,
                 (long long)i, x[i], y[i], tolerance * largest);
    test_free(x);
    test_free(y);
  }
}

static void agrees_in_float64(const OpCase *op) {
  SnScope *scope = sn_scope_open();
  OpResults found, expected;
  run(op, cuda, SN_FLOAT64, OP_CONTIGUOUS, &found);
  run(op, sn_backend_reference(), SN_FLOAT64, OP_CONTIGUOUS, &expected);
  expect_equal(op, "float64", &found, &expected, DOUBLE_TOLERANCE);
  sn_scope_close(scope);
}

static void agrees_in_layout(const OpCase *op, OpLayout layout, const OpResults *expected) {
  SnScope *scope = sn_scope_open();
  OpResults found;
  char check[64];
  snprintf(check, sizeof check, "layout %d", (int)layout);
  run(op, cuda, SN_FLOAT32, layout, &found);
  expect_equal(op, check, &found, expected, FLOAT_TOLERANCE);
  sn_scope_close(scope);
}

/* The same bits; under a sanitizer the same accesses once more. */
static void repeats_itself(const OpCase *op, const OpResults *first) {
  OpResults second;
  if (SN_SANITIZED) return;
  run(op, cuda, SN_FLOAT32, OP_CONTIGUOUS, &second);
  expect_equal(op, "once more", &second, first, 0);
}

static bool is_product(const OpCase *op) {
  return strncmp(op->name, "matmul", 6) == 0 || strncmp(op->name, "linear", 6) == 0 ||
         strncmp(op->name, "conv2d", 6) == 0;
}

static void agrees_in_precision(const OpCase *op, SnPrecision precision, const OpResults *expected, double tolerance) {
  OpResults found;
  assert_true(cuda->set_precision(precision));
  run(op, cuda, SN_FLOAT32, OP_CONTIGUOUS, &found);
  expect_equal(op, precision == SN_PRECISION_TF32 ? "tf32" : "bfloat16", &found, expected, tolerance);
  assert_true(cuda->set_precision(SN_PRECISION_FLOAT32));
}

static void check_case(void **state) {
  const OpCase *op = op_case_find(*state);
  assert_non_null(op);
  agrees_in_float64(op);
  SnScope *scope = sn_scope_open();
  OpResults first, expected, expanded;
  run(op, cuda, SN_FLOAT32, OP_CONTIGUOUS, &first);
  run(op, sn_backend_reference(), SN_FLOAT32, OP_CONTIGUOUS, &expected);
  run(op, sn_backend_reference(), SN_FLOAT32, OP_EXPANDED_COPY, &expanded);
  expect_equal(op, "float32", &first, &expected, FLOAT_TOLERANCE);
  repeats_itself(op, &first);
  for (OpLayout layout = OP_TRANSPOSED; layout < OP_EXPANDED; layout++) agrees_in_layout(op, layout, &expected);
  agrees_in_layout(op, OP_EXPANDED, &expanded);
  if (is_product(op)) {
    agrees_in_precision(op, SN_PRECISION_TF32, &expected, TF32_TOLERANCE);
    agrees_in_precision(op, SN_PRECISION_BFLOAT16, &expected, BFLOAT16_TOLERANCE);
  }
  sn_scope_close(scope);
}

static int usual_precision(void **state) {
  test_clear_error(state);
  cuda->set_precision(SN_PRECISION_FLOAT32);
  return 0;
}

/* test_cuda_host [CASES]: as `relu*` */
int main(int argc, char **argv) {
  int status;
  if (argc > 1) cmocka_set_test_filter(argv[1]);
  if (!test_cuda_open(&cuda, &status)) return status;
  const struct CMUnitTest tests[] = {
#define CASE(name, call, ...) {#name, check_case, NULL, usual_precision, #name},
#include "tests/support/op_case_list.h"
#undef CASE
  };
  return cmocka_run_group_tests(tests, NULL, test_free_storage);
}
