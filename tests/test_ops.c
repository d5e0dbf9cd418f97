/* Every case of tests/support/op_case_list.h, one test each: against PyTorch, against finite differences, backend
 * against backend, layout against layout, thread count against thread count. */
#include "tests/support/test.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensor/safetensors.h"
#include "tests/support/op_cases.h"

/* Allowed differences, relative to the largest magnitude of the expected result, or to SMALLEST where that is less:
 * then float32 knows the result only to the rounding of what it is the difference of (inputs and weights are near 1).
 */
static const double DOUBLE_TOLERANCE = 1e-12, FLOAT_TOLERANCE = 4e-6, SMALLEST = 1e-3, DIFFERENCE_TOLERANCE = 1e-6;
/* Philox normals are defined in single precision; the golden has them from double-precision logarithms and sines. */
static const double RANDOM_TOLERANCE = 1e-6;
static const double STEP = 1e-6;

/* Which of many elements are checked by finite differences one by one; all are, together, along a random direction. */
enum { CHECKED_ONE_BY_ONE = 64, CHECKED_OF_MANY = 4 };

/* As in tests/oracle/ops.py. */
enum { WHOLE = 128, SAMPLES = 40 };

static SnStateDict *golden;
static SnScope *golden_scope;

static double *host_values(const OpCase *op, const char *check, const SnTensor *tensor) {
  if (!tensor) fail_msg("%s, %s: absent; %s", op->name, check, sn_ok() ? "no error" : sn_error());
  double *values = test_calloc((size_t)sn_count(tensor) + 1, sizeof *values);
  if (!sn_to_host(tensor, SN_FLOAT64, values)) fail_msg("%s, %s: %s", op->name, check, sn_error());
  return values;
}

static double magnitude(const double *values, int64_t count) {
  double largest = SMALLEST;
  for (int64_t i = 0; i < count; i++) largest = fmax(largest, fabs(values[i]));
  return largest;
}

static void run(const OpCase *op, const SnBackend *backend, SnDtype dtype, OpLayout layout, OpResults *results) {
  if (!op_case_run(op, backend, dtype, layout, results))
    fail_msg("%s on %s in %s, layout %d: %s", op->name, backend->name, sn_dtype_name(dtype), (int)layout, sn_error());
}

/* tolerance 0: the same bits, as wherever the same sums are added in the same order. */
static void expect_equal(const OpCase *op, const char *check, const OpResults *found, const OpResults *expected,
                         double tolerance) {
  assert_int_equal(found->count, expected->count);
  for (int r = 0; r < found->count; r++) {
    const SnTensor *a = found->items[r].tensor, *b = expected->items[r].tensor;
    double *x = host_values(op, check, a), *y = host_values(op, check, b);
    if (!sn_same_shape(a, b)) fail_msg("%s, %s, %s: shapes differ", op->name, check, found->items[r].name);
    double allowed = tolerance * magnitude(y, sn_count(b));
    for (int64_t i = 0; i < sn_count(a); i++)
      if (tolerance > 0 ? !(fabs(x[i] - y[i]) <= allowed) : memcmp(&x[i], &y[i], sizeof *x) != 0)
        fail_msg("%s, %s, %s: element %lld is %.17g, expected %.17g within %g", op->name, check, found->items[r].name,
                 (long long)i, x[i], y[i], allowed);
    test_free(x);
    test_free(y);
  }
}

static void agrees_with_pytorch(const OpCase *op, const SnBackend *backend, SnDtype dtype) {
  SnScope *scope = sn_scope_open();
  OpResults results;
  run(op, backend, dtype, OP_CONTIGUOUS, &results);
  double tolerance = op_case_inputs(op) == 0 ? RANDOM_TOLERANCE
                     : dtype == SN_FLOAT64   ? DOUBLE_TOLERANCE
                                             : FLOAT_TOLERANCE;
  for (int r = 0; r < results.count; r++) {
    char key[128];
    snprintf(key, sizeof key, "%s/%s", op->name, results.items[r].name);
    const SnTensor *found = results.items[r].tensor, *expected = sn_state_dict_find(golden, key);
    if (!expected) fail_msg("%s: tests/golden/ops.safetensors has no %s: run tests/oracle/ops.py", op->name, key);
    double *x = host_values(op, key, found), *y = host_values(op, key, expected);
    int64_t count = sn_count(found);
    bool sampled = count > WHOLE;
    if (sampled ? strcmp(sn_tensor_text(found), sn_state_dict_text(golden, key)) != 0 : !sn_same_shape(found, expected))
      fail_msg("%s: the shape is %s", key, sn_tensor_text(found));
    int64_t compared = sampled ? SAMPLES : count;
    double allowed = tolerance * magnitude(y, compared), norm = 0;
    for (int64_t i = 0; i < compared; i++) {
      double value = x[sampled ? i * (count - 1) / (SAMPLES - 1) : i];
      if (!(fabs(value - y[i]) <= allowed))
        fail_msg("%s on %s in %s: number %lld is %.17g, PyTorch has %.17g, allowed is %g", key, backend->name,
                 sn_dtype_name(dtype), (long long)i, value, y[i], allowed);
    }
    for (int64_t i = 0; i < count; i++) norm += x[i] * x[i];
    if (sampled && !(fabs(sqrt(norm) - y[SAMPLES]) <= tolerance * y[SAMPLES]))
      fail_msg("%s on %s in %s: the norm is %.17g, PyTorch has %.17g", key, backend->name, sn_dtype_name(dtype),
               sqrt(norm), y[SAMPLES]);
    test_free(x);
    test_free(y);
  }
  sn_scope_close(scope);
}

/* sum(weights * output), element by element, so that the difference of two can be taken without cancellation. */
static double *weighted_output(const OpCase *op, SnTensor *const *in, int64_t *count) {
  SnScope *scope = sn_scope_open();
  SnTensor *output = op->run(in, SN_FLOAT64);
  double *values = host_values(op, "forward", output);
  *count = sn_count(output);
  sn_scope_close(scope);
  for (int64_t i = 0; i < *count; i++) values[i] *= op_value(op->name, OP_WEIGHTS, OP_SIGNED, 0, i);
  return values;
}

/* Moves elements first, first + stride, ... of input `which` by STEP times a direction, both ways, and compares the
 * change of the loss with what the gradient says. */
static void moves_as_predicted(const OpCase *op, SnTensor *const *in, int which, const double *gradient, int64_t first,
                               int64_t stride) {
  int64_t size = sn_count(in[which]), count;
  double *x = in[which]->array.data, *kept = test_malloc((size_t)size * sizeof *kept);
  double *moved[2], predicted = 0, scale = 0, change = 0, rounding = 0;
  memcpy(kept, x, (size_t)size * sizeof *kept);
  for (int side = 0; side < 2; side++) {
    for (int64_t i = first; i < size; i += stride) {
      double direction = op_value(op->name, OP_WEIGHTS + 1 + which, OP_SIGNED, 0, i);
      x[i] = kept[i] + (side == 0 ? STEP : -STEP) * direction;
      double distance = side == 0 ? x[i] - kept[i] : kept[i] - x[i]; /* as rounded */
      predicted += gradient[i] * distance;
      scale += fabs(gradient[i] * distance);
    }
    moved[side] = weighted_output(op, in, &count);
    memcpy(x, kept, (size_t)size * sizeof *kept);
  }
  for (int64_t i = 0; i < count; i++) {
    change += moved[0][i] - moved[1][i];
    rounding += 32 * DBL_EPSILON * fabs(moved[0][i]);
  }
  if (!(fabs(change - predicted) <= DIFFERENCE_TOLERANCE * scale + rounding))
    fail_msg("%s, gradient %d, elements %lld, %lld, ...: the loss moves by %.17g, the gradient says %.17g (allowed %g)",
             op->name, which, (long long)first, (long long)(first + stride), change, predicted,
             DIFFERENCE_TOLERANCE * scale + rounding);
  test_free(moved[0]);
  test_free(moved[1]);
  test_free(kept);
}

static void agrees_with_finite_differences(const OpCase *op) {
  SnScope *scope = sn_scope_open();
  OpResults results;
  run(op, sn_backend_reference(), SN_FLOAT64, OP_CONTIGUOUS, &results);
  SnTensor *in[SN_MAX_INPUTS] = {NULL};
  for (int i = 0; i < op_case_inputs(op); i++) in[i] = op_case_input(op, i, SN_FLOAT64, OP_CONTIGUOUS);
  for (int r = 1; r < results.count; r++) {
    int which = results.items[r].input;
    if (!op_input_has_gradient(&op->inputs[which])) continue;
    double *gradient = host_values(op, results.items[r].name, results.items[r].tensor);
    int64_t size = sn_count(in[which]), checked = size <= CHECKED_ONE_BY_ONE ? size : CHECKED_OF_MANY;
    for (int64_t k = 0; k < checked; k++) moves_as_predicted(op, in, which, gradient, k * (size - 1) / checked, size);
    if (size > 1) moves_as_predicted(op, in, which, gradient, 0, 1);
    test_free(gradient);
  }
  sn_scope_close(scope);
}

static void layouts_agree(const OpCase *op, const SnBackend *backend) {
  SnScope *scope = sn_scope_open();
  OpResults contiguous, expanded;
  run(op, backend, SN_FLOAT32, OP_CONTIGUOUS, &contiguous);
  run(op, backend, SN_FLOAT32, OP_EXPANDED_COPY, &expanded);
  for (OpLayout layout = OP_TRANSPOSED; layout <= OP_EXPANDED; layout++) {
    SnScope *inner = sn_scope_open();
    OpResults found;
    char check[64];
    snprintf(check, sizeof check, "layout %d on %s", (int)layout, backend->name);
    run(op, backend, SN_FLOAT32, layout, &found);
    expect_equal(op, check, &found, layout == OP_EXPANDED ? &expanded : &contiguous,
                 backend == sn_backend_reference() ? 0 : FLOAT_TOLERANCE);
    sn_scope_close(inner);
  }
  sn_scope_close(scope);
}

static void threads_agree(const OpCase *op, const SnBackend *backend) {
  int usual = backend->threads();
  SnScope *scope = sn_scope_open();
  OpResults found, expected;
  backend->set_threads(1);
  run(op, backend, SN_FLOAT32, OP_CONTIGUOUS, &expected);
  for (int count = 2; count <= 3; count++) {
    backend->set_threads(count);
    run(op, backend, SN_FLOAT32, OP_CONTIGUOUS, &found);
    expect_equal(op, count == 2 ? "2 threads" : "3 threads", &found, &expected, 0);
  }
  backend->set_threads(usual);
  sn_scope_close(scope);
}

static void agrees_with_reference(const OpCase *op, const SnBackend *backend) {
  SnScope *scope = sn_scope_open();
  OpResults found, expected;
  run(op, backend, SN_FLOAT32, OP_CONTIGUOUS, &found);
  run(op, sn_backend_reference(), SN_FLOAT32, OP_CONTIGUOUS, &expected);
  expect_equal(op, backend->name, &found, &expected, FLOAT_TOLERANCE);
  sn_scope_close(scope);
}

static void check_case(void **state) {
  const OpCase *op = op_case_find(*state);
  assert_non_null(op);
  sn_clear_error();
  if (!op_case_has_kinks(op)) agrees_with_finite_differences(op); /* first: it needs no golden */
  for (int b = 0; b < sn_backend_count(); b++) {
    const SnBackend *backend = sn_backend_at(b);
    agrees_with_pytorch(op, backend, SN_FLOAT64);
    agrees_with_pytorch(op, backend, SN_FLOAT32);
    layouts_agree(op, backend);
    if (backend != sn_backend_reference()) {
      agrees_with_reference(op, backend);
      threads_agree(op, backend);
    }
  }
}

static int clear_error(void **state) {
  (void)state;
  sn_clear_error();
  return 0;
}

static int read_golden(void **state) {
  (void)state;
  golden_scope = sn_scope_open();
  sn_set_device("reference");
  golden = sn_safetensors_read("tests/golden/ops.safetensors");
  if (!golden) print_error("%s\n", sn_error());
  return golden ? 0 : -1;
}

static int free_golden(void **state) {
  (void)state;
  sn_scope_close(golden_scope);
  sn_storage_trim();
  return 0;
}

int main(int count, char **arguments) {
  const struct CMUnitTest tests[] = {
#define CASE(name, call, ...) {#name, check_case, NULL, clear_error, #name},
#include "tests/support/op_case_list.h"
#undef CASE
  };
  if (count > 1) cmocka_set_test_filter(arguments[1]);
  return cmocka_run_group_tests(tests, read_golden, free_golden);
}
