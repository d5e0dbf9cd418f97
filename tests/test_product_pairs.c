/* Products in bfloat16: matmul and linear of every code path against the reference's of factors that were rounded
 * before, with operands that lie either way, sizes at which tiles end unevenly, and the same bits on any number of
 * threads. */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backends/cpu/paths.h"
#include "backends/cpu/precision.h"
#include "backends/float16.h"
#include "tests/support/random_floats.h"

typedef struct Shape {
  int64_t m, n, k;
} Shape;

static const Shape shapes[] = {{64, 64, 256}, {33, 47, 801}, {200, 65, 97}, {32, 800, 66}, {135, 33, 512}};
enum { SHAPES = sizeof shapes / sizeof *shapes, WAYS = 4, EXTRAS = 3 };
typedef enum Extra { NOTHING, ADDED, IN_PLACE } Extra;

static float *rounded(const float *values, int64_t count) {
  float *copy = new_floats(count);
  for (int64_t i = 0; i < count; i++) copy[i] = sn_float_from_bfloat16(sn_bfloat16_from_double((double)values[i]));
  return copy;
}

/* [1, rows, columns], row after row or column after column. */
static SnArray matrix(float *data, int64_t rows, int64_t columns, bool transposed) {
  return (SnArray){.data = data,
                   .dtype = SN_FLOAT32,
                   .ndim = 3,
                   .shape = {1, rows, columns},
                   .stride = {rows * columns, transposed ? 1 : columns, transposed ? rows : 1}};
}

static float *multiply(const SnBackend *backend, const Shape *s, float *a, float *b, const float *start, int way,
                       Extra extra) {
  float *y = new_floats(s->m * s->n);
  memcpy(y, start, (size_t)(s->m * s->n) * sizeof *y);
  float *other = new_floats(s->m * s->n);
  memcpy(other, start, (size_t)(s->m * s->n) * sizeof *other);
  SnArray left = matrix(a, s->m, s->k, way & 1), right = matrix(b, s->k, s->n, way & 2);
  SnArray result = matrix(y, s->m, s->n, false), addend = matrix(extra == IN_PLACE ? y : other, s->m, s->n, false);
  SnCall call = {.in = {&left, &right, extra == NOTHING ? NULL : &addend}, .out = {&result}};
  assert_true(backend->kernels[SN_KERNEL_matmul](&call));
  free(other);
  return y;
}

static void expect_near(const float *found, const float *expected, int64_t count) {
  double largest = 0, error = 0;
  for (int64_t i = 0; i < count; i++) {
    largest = fmax(largest, fabs((double)expected[i]));
    double difference = fabs((double)found[i] - (double)expected[i]);
    if (!(difference <= error)) error = difference;
  }
  if (!(error <= 3e-6 * largest)) fail_msg("wrong by %g of %g", error, largest);
}

static void check(const SnBackend *backend, const Shape *s, int way, Extra extra) {
  int64_t count = s->m * s->n;
  float *a = random_floats(1, s->m * s->k), *b = random_floats(2, s->k * s->n), *start = random_floats(3, count);
  float *a_rounded = rounded(a, s->m * s->k), *b_rounded = rounded(b, s->k * s->n);
  float *expected = multiply(sn_backend_reference(), s, a_rounded, b_rounded, start, way, extra);
  backend->set_threads(1);
  float *one = multiply(backend, s, a, b, start, way, extra);
  expect_near(one, expected, count);
  backend->set_threads(3);
  float *three = multiply(backend, s, a, b, start, way, extra);
  assert_memory_equal(one, three, (size_t)count * sizeof *one);
  free(a);
  free(b);
  free(start);
  free(a_rounded);
  free(b_rounded);
  free(expected);
  free(one);
  free(three);
}

static void products_are_of_rounded_factors(void **state) {
  (void)state;
  for (int p = 0; sn_cpu_path(p); p++)
    for (int i = 0; sn_cpu_path(p)->runs_here() && i < SHAPES * WAYS * EXTRAS; i++)
      check(sn_cpu_path(p)->backend, &shapes[i / EXTRAS / WAYS], i / EXTRAS % WAYS, (Extra)(i % EXTRAS));
}

/* Vectors, and what is too small to be packed, keep their digits. */
static void small_products_are_exact(void **state) {
  (void)state;
  static const Shape small[] = {{1, 300, 4000}, {300, 1, 4000}, {31, 400, 400}, {400, 400, 20}};
  for (int p = 0; sn_cpu_path(p); p++)
    for (size_t i = 0; sn_cpu_path(p)->runs_here() && i < sizeof small / sizeof *small; i++) {
      const Shape *s = &small[i];
      float *a = random_floats(1, s->m * s->k), *b = random_floats(2, s->k * s->n), *start = new_floats(s->m * s->n);
      memset(start, 0, (size_t)(s->m * s->n) * sizeof *start);
      float *expected = multiply(sn_backend_reference(), s, a, b, start, 0, NOTHING);
      float *found = multiply(sn_cpu_path(p)->backend, s, a, b, start, 0, NOTHING);
      expect_near(found, expected, s->m * s->n);
      free(a);
      free(b);
      free(start);
      free(expected);
      free(found);
    }
}

static int begin(void **state) {
  (void)state;
  sn_cpu_set_bfloat16_speed(8);
  return sn_cpu_set_precision(SN_PRECISION_BFLOAT16) ? 0 : -1;
}

static int finish(void **state) {
  (void)state;
  sn_cpu_set_bfloat16_speed(-1);
  return sn_cpu_set_precision(SN_PRECISION_FLOAT32) ? 0 : -1;
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(products_are_of_rounded_factors, begin, finish),
      cmocka_unit_test_setup_teardown(small_products_are_exact, begin, finish),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
