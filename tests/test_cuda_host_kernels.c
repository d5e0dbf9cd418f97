/* What the list of cases does not reach of the CUDA backend's kernels: conversions, the bits of random numbers,
 * optimiser steps, arrays that are not aligned, memory that runs out. On the CPU emulation of the CUDA runtime. */
#include "tests/support/test.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/philox.h"
#include "tensor/random.h"
#include "tests/support/comparison.h"
#include "tests/support/cuda_device.h"
#include "tests/support/op_cases.h"

static const SnBackend *cuda;

/* Says on stderr where its threads wait for ever: that is part of it. */
static void the_device_plays_its_part(void **state) {
  (void)state;
  const char *(*selftest)(void);
  if (!test_cuda_control("sn_cuda_host_selftest", &selftest)) skip();
  const char *wrong = selftest();
  if (wrong) fail_msg("this does not hold: %s", wrong);
}

/* Comes first: no kernel has asked for scratch memory yet, and this one asks for none of it. */
static void convolutions_of_no_channels_are_zero(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  assert_true(sn_set_device("cuda"));
  SnTensor *x = sn_empty(SN_FLOAT32, SN_SHAPE(1, 0, 3, 3)), *weight = sn_empty(SN_FLOAT32, SN_SHAPE(2, 0, 2, 2));
  SnTensor *y = sn_full(SN_FLOAT32, 1, SN_SHAPE(1, 2, 2, 2));
  SnAttributes attributes = {.conv2d = {{1, 1}, {0, 0}, {1, 1}, 1, {0, 0}}};
  float found[8];
  assert_true(sn_run_kernel(SN_KERNEL_conv2d, 3, (SnTensor *[]){x, weight, NULL}, 1, &y, &attributes));
  assert_true(sn_to_host(y, SN_FLOAT32, found));
  for (int i = 0; i < 8; i++) assert_true(found[i] == 0);
  sn_scope_close(scope);
}

/* Gaussians of more positions than a card takes at once, strided, and one that has no factor. */
static void whitenings_are_the_references(void **state) {
  (void)state;
  enum { IMAGES = 5, POSITIONS = 270, SIZE = 3, MEANS = POSITIONS * SIZE };
  double found[2][MEANS * (1 + SIZE)];
  for (int device = 0; device < 2; device++) {
    SnScope *scope = sn_scope_open();
    assert_true(sn_set_device("reference"));
    SnTensor *x = sn_normal(SN_FLOAT64, SN_SHAPE(SIZE, POSITIONS, IMAGES), 1, 2, sn_random(3, SN_STREAM_DATA, 1));
    assert_true(sn_fill(sn_narrow(x, 1, 7, 1), 2));
    assert_true(sn_set_device(device ? "cuda" : "reference"));
    x = sn_permute(device ? sn_to_device(x, cuda) : x, SN_DIMS(2, 1, 0));
    SnTensor *out[] = {sn_empty(SN_FLOAT64, SN_SHAPE(POSITIONS, SIZE)),
                       sn_empty(SN_FLOAT64, SN_SHAPE(POSITIONS, SIZE, SIZE))};
    assert_true(sn_run_kernel(SN_KERNEL_whitening, 1, &x, 2, out, &(SnAttributes){.whitening.shift = 0}));
    assert_true(sn_to_host(out[0], SN_FLOAT64, found[device]));
    assert_true(sn_to_host(out[1], SN_FLOAT64, found[device] + MEANS));
    sn_scope_close(scope);
  }
  for (int i = 0; i < MEANS * (1 + SIZE); i++)
    assert_true(isnan(found[0][i]) ? isnan(found[1][i]) : fabs(found[0][i] - found[1][i]) < 1e-12);
  assert_true(isnan(found[1][MEANS + 7 * SIZE * SIZE]));
}

/* Rows of two levels side by side, one on its own grid and one twice as coarse; the last position is beyond. */
static void gathered_rows_are_the_references(void **state) {
  (void)state;
  enum { ROWS = 300, FINE = 3, COARSE = 5, WIDTH = FINE + COARSE, POSITIONS = 2 * 6 * 4 };
  double found[2][ROWS * WIDTH];
  int64_t drawn[ROWS + 1];
  for (int i = 0; i <= ROWS; i++) drawn[i] = i * 29 % POSITIONS;
  drawn[ROWS] = POSITIONS;
  for (int device = 0; device < 2; device++) {
    SnScope *scope = sn_scope_open();
    assert_true(sn_set_device("reference"));
    SnTensor *levels[] = {
        sn_normal(SN_FLOAT64, SN_SHAPE(2, 6, 4, FINE), 0, 1, sn_random(3, SN_STREAM_DATA, 1)),
        sn_normal(SN_FLOAT64, SN_SHAPE(2, 3, 2, COARSE), 0, 1, sn_random(3, SN_STREAM_DATA, 2)),
    };
    assert_true(sn_set_device(device ? "cuda" : "reference"));
    SnTensor *index = sn_from_host(SN_INT64, SN_SHAPE(ROWS + 1), drawn);
    SnTensor *rows = sn_zeros(SN_FLOAT64, SN_SHAPE(ROWS, WIDTH));
    for (int i = 0; i < 2; i++) {
      SnTensor *level = device ? sn_to_device(levels[i], cuda) : levels[i];
      SnTensor *part = sn_narrow(rows, 1, i == 0 ? 0 : FINE, i == 0 ? FINE : COARSE);
      SnAttributes attributes = {.gather_positions = {1, 6, 4}};
      assert_true(sn_run_kernel(SN_KERNEL_gather_positions, 2, (SnTensor *[]){level, index}, 1, &part, &attributes));
    }
    assert_true(sn_to_host(rows, SN_FLOAT64, found[device]));
    sn_scope_close(scope);
  }
  for (int i = 0; i < (ROWS - 1) * WIDTH; i++) assert_true(fabs(found[0][i] - found[1][i]) < 1e-14);
  for (int i = (ROWS - 1) * WIDTH; i < ROWS * WIDTH; i++) assert_true(isnan(found[0][i]) && isnan(found[1][i]));
}

/* ---- copies ---- */

/* Numbers that every dtype rounds, truncates or loses in its own way. */
static const double odd_numbers[] = {0,
                                     -0.0,
                                     1,
                                     -1,
                                     0.1,
                                     -2.5,
                                     254.7,
                                     255,
                                     256.5,
                                     -300,
                                     65504,
                                     65519.99,
                                     65520,
                                     1e-8,
                                     5.97e-8,
                                     -6.2e-5,
                                     3.39e38,
                                     3.5e38,
                                     1e300,
                                     -1e300,
                                     2147483648.5,
                                     9007199254740993.0,
                                     9.3e18,
                                     -9.3e18,
                                     1.00048828125,
                                     1.0009765625,
                                     1.00390625,
                                     1.01171875,
                                     INFINITY,
                                     -INFINITY,
                                     NAN,
                                     0x1p-149,
                                     0x1p-133,
                                     12345.678};
enum { ODD = (int)(sizeof odd_numbers / sizeof *odd_numbers), ROWS = 3 };

/* As dtype `from` on both devices, then converted to `to` from a view of `stride`. */
static void *converted(const SnBackend *backend, SnDtype from, SnDtype to, int64_t stride, size_t *bytes) {
  assert_true(sn_set_device("reference"));
  int64_t count = ODD / stride;
  SnTensor *source = sn_to_dtype(sn_from_host(SN_FLOAT64, SN_SHAPE(ODD), odd_numbers), from);
  assert_true(sn_set_device(backend->name));
  SnTensor *x = sn_view(sn_to_device(source, backend), 2, (int64_t[]){ROWS, count}, (int64_t[]){0, stride}, 0);
  SnTensor *y = sn_empty(to, SN_SHAPE(ROWS, count));
  assert_true(sn_run_kernel(SN_KERNEL_copy, 1, &x, 1, &y, NULL));
  *bytes = (size_t)sn_count(y) * sn_dtype_size(to);
  void *result = sn_scope_allocate((int64_t)*bytes, 1, NULL);
  assert_true(result && sn_to_host(y, to, result));
  return result;
}

static void copies_convert_as_the_reference_does(void **state) {
  (void)state;
  for (SnDtype from = 0; from < SN_DTYPE_COUNT; from++)
    for (SnDtype to = 0; to < SN_DTYPE_COUNT; to++)
      for (int64_t stride = 1; stride <= 2; stride++) {
        SnScope *scope = sn_scope_open();
        size_t bytes;
        void *found = converted(cuda, from, to, stride, &bytes);
        void *expected = converted(sn_backend_reference(), from, to, stride, &bytes);
        if (memcmp(found, expected, bytes) != 0) fail_msg("from %s to %s", sn_dtype_name(from), sn_dtype_name(to));
        sn_scope_close(scope);
      }
}

/* Dimensions in every order, of sizes beyond a tile and not multiples of it. */
static void copies_transpose(void **state) {
  (void)state;
  static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  static const SnDtype dtypes[] = {SN_FLOAT32, SN_FLOAT64, SN_UINT8, SN_FLOAT16};
  for (int o = 0; o < 6; o++)
    for (int d = 0; d < 4; d++) {
      SnScope *scope = sn_scope_open();
      assert_true(sn_set_device("reference"));
      SnTensor *x =
          sn_to_dtype(sn_uniform(SN_FLOAT32, SN_SHAPE(37, 41, 70), 0, 255, sn_random(1, SN_STREAM_DATA, 1)), dtypes[d]);
      SnTensor *expected = sn_copy_of(sn_permute(x, 3, orders[o]));
      assert_true(sn_set_device("cuda"));
      SnTensor *found = sn_copy_of(sn_permute(sn_to_device(x, cuda), 3, orders[o]));
      expect_no_error();
      assert_true(tensor_distance(found, expected) == 0);
      sn_scope_close(scope);
    }
}

/* ---- random numbers ---- */

static void expect_same_numbers(SnKernel kernel, SnDtype dtype, int64_t first, int64_t count, SnRandom random) {
  SnScope *scope = sn_scope_open();
  SnAttributes attributes = {.random = random};
  size_t size = sn_dtype_size(dtype);
  char *numbers[2];
  for (int b = 0; b < 2; b++) {
    const SnBackend *backend = b == 0 ? cuda : sn_backend_cpu();
    assert_true(sn_set_device(backend->name));
    SnTensor *y = sn_view(sn_full(dtype, 0, SN_SHAPE(first + count)), 1, &count, (int64_t[]){1}, first);
    numbers[b] = sn_scope_allocate(count, size, NULL);
    assert_true(sn_run_kernel(kernel, 0, NULL, 1, &y, &attributes) && sn_to_host(y, dtype, numbers[b]));
  }
  assert_memory_equal(numbers[0], numbers[1], (size_t)count * size);
  sn_scope_close(scope);
}

static void random_numbers_have_the_processors_bits(void **state) {
  (void)state;
  static const SnKernel kernels[] = {SN_KERNEL_normal, SN_KERNEL_uniform};
  void (*on_the_processor)(void);
  int64_t many = test_cuda_control("sn_cuda_host_selftest", &on_the_processor) ? 1 << 20 : 1 << 24;
  for (int k = 0; k < 2; k++) {
    expect_same_numbers(kernels[k], SN_FLOAT32, 0, many, (SnRandom){.seed = 2023, .stream = 3, .step = 7, .b = 0.015});
    expect_same_numbers(kernels[k], SN_FLOAT64, 0, 40001,
                        (SnRandom){.seed = 1, .stream = 2, .step = 3, .a = -1, .b = 2});
    /* ends that fill no block, beginnings that are not aligned, places beyond 32 bits */
    for (int64_t count = 1; count <= 9; count++)
      for (int64_t first = 0; first < 4; first++)
        expect_same_numbers(kernels[k], SN_FLOAT32, first, count,
                            (SnRandom){.seed = UINT64_MAX,
                                       .stream = 1,
                                       .step = UINT32_MAX,
                                       .offset = ((uint64_t)5 << 40) - 4,
                                       .a = 0.5,
                                       .b = 1});
  }
  /* word 2 of block 2330056 rounds up to high itself (tests/test_philox.c) */
  expect_same_numbers(SN_KERNEL_uniform, SN_FLOAT32, 0, 4, (SnRandom){.offset = 4 * 2330056, .a = 1, .b = 2});
}

/* The tails: block numbers whose first word is nearly all ones or zeros give the largest and the smallest radius. */
static void extreme_numbers_have_the_processors_bits(void **state) {
  (void)state;
  int found = 0;
  for (uint64_t block = 0; block < (uint64_t)1 << 22 && found < 64; block++) {
    uint32_t word = sn_philox(9, 3, 1, block).word[0];
    if (word > 1 << 12 && word < UINT32_MAX - (1 << 12)) continue;
    found++;
    expect_same_numbers(SN_KERNEL_normal, SN_FLOAT32, 0, 4,
                        (SnRandom){.seed = 9, .stream = 3, .step = 1, .offset = 4 * block, .b = 1});
  }
  assert_true(found > 4);
}

/* ---- optimiser steps ---- */

enum { STEPS = 3, PARAMETERS = 1031 };

/* Parameters that begin `first` elements into their memory, after STEPS steps. */
static double *optimise(const SnBackend *backend, SnKernel kernel, SnAttributes attributes, SnDtype dtype,
                        int64_t first) {
  static const char *const names[] = {"parameter", "first moment", "second moment"};
  const int64_t count = PARAMETERS;
  assert_true(sn_set_device(backend->name));
  SnTensor *outputs[3], *gradient;
  bool adam = kernel == SN_KERNEL_adam;
  for (int o = 0; o < 3; o++) {
    double values[PARAMETERS + 4];
    for (int i = 0; i < PARAMETERS + 4; i++) values[i] = o == 0 ? op_value(names[o], 0, OP_SIGNED, 0, i) : 0;
    outputs[o] = sn_view(sn_to_dtype(sn_from_host(SN_FLOAT64, SN_SHAPE(PARAMETERS + 4), values), dtype), 1, &count,
                         (int64_t[]){1}, first);
  }
  if (!adam && attributes.sgd.momentum == 0) outputs[1] = NULL;
  for (int step = 1; step <= STEPS; step++) {
    double values[PARAMETERS];
    for (int i = 0; i < PARAMETERS; i++) values[i] = op_value("gradient", step, OP_SIGNED, 0, i);
    gradient = sn_to_dtype(sn_from_host(SN_FLOAT64, SN_SHAPE(PARAMETERS), values), dtype);
    if (adam)
      attributes.adam.step = step;
    else
      attributes.sgd.first = step == 1;
    assert_true(sn_run_kernel(kernel, 1, &gradient, adam ? 3 : 2, outputs, &attributes));
  }
  double *result = sn_scope_allocate(PARAMETERS, sizeof *result, NULL);
  assert_true(sn_to_host(outputs[0], SN_FLOAT64, result));
  return result;
}

static void expect_same_steps(SnKernel kernel, SnAttributes attributes) {
  for (int d = 0; d < 2; d++)
    for (int64_t first = 0; first < 2; first++) {
      SnScope *scope = sn_scope_open();
      SnDtype dtype = d == 0 ? SN_FLOAT32 : SN_FLOAT64;
      double *found = optimise(cuda, kernel, attributes, dtype, first);
      double *expected = optimise(sn_backend_reference(), kernel, attributes, dtype, first);
      for (int i = 0; i < PARAMETERS; i++)
        if (!(fabs(found[i] - expected[i]) <= (d == 0 ? 2e-6 : 1e-13))) /* parameters are near 1 */
          fail_msg("%s, %s: parameter %d is %.17g, expected %.17g", sn_kernel_name(kernel), sn_dtype_name(dtype), i,
                   found[i], expected[i]);
      sn_scope_close(scope);
    }
}

static void optimisers_step_as_the_reference_does(void **state) {
  (void)state;
  SnAdamStep adam = {.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-3, .weight_decay = 0.3};
  expect_same_steps(SN_KERNEL_adam, (SnAttributes){.adam = adam});
  adam.decoupled = true;
  expect_same_steps(SN_KERNEL_adam, (SnAttributes){.adam = adam});
  SnSgdStep sgd = {.learning_rate = 0.1, .weight_decay = 0.2};
  expect_same_steps(SN_KERNEL_sgd, (SnAttributes){.sgd = sgd});
  sgd.momentum = 0.8;
  sgd.dampening = 0.4;
  expect_same_steps(SN_KERNEL_sgd, (SnAttributes){.sgd = sgd});
  sgd.nesterov = true;
  expect_same_steps(SN_KERNEL_sgd, (SnAttributes){.sgd = sgd});
}

/* ---- products ---- */

static SnTensor *numbers(SnDtype dtype, uint32_t position, int64_t b, int64_t m, int64_t n) {
  return sn_normal(dtype, SN_SHAPE(b, m, n), 0, 1, sn_random(1, SN_STREAM_DATA, position));
}

/* cuBLAS's way and the plain one, whose operands' strides cuBLAS cannot read; and without anything to multiply. */
static void products_add(void **state) {
  (void)state;
  static const int64_t sizes[][4] = {{1, 30, 50, 40}, {3, 7, 5, 9}, {2, 4, 0, 3}};
  for (int s = 0; s < 3; s++)
    for (int way = 0; way < 4; way++) {
      const int64_t *size = sizes[s];
      SnScope *scope = sn_scope_open();
      SnDtype dtype = way & 1 ? SN_FLOAT64 : SN_FLOAT32;
      SnTensor *results[2];
      for (int d = 0; d < 2; d++) {
        assert_true(sn_set_device(d == 0 ? cuda->name : "reference"));
        SnTensor *a = numbers(dtype, 0, size[0], size[1], 2 * size[2]),
                 *b = numbers(dtype, 1, size[0], size[2], size[3]);
        SnTensor *addend = numbers(dtype, 2, size[0], size[1], size[3]);
        int64_t step = way & 2 ? 2 : 1;
        a = sn_view(a, 3, size, (int64_t[]){2 * size[1] * size[2], 2 * size[2], step}, 0);
        results[d] = sn_empty(dtype, SN_SHAPE(size[0], size[1], size[3]));
        assert_true(sn_run_kernel(SN_KERNEL_matmul, 3, (SnTensor *[]){a, b, addend}, 1, &results[d], NULL));
      }
      assert_true(tensor_distance(results[0], results[1]) < (dtype == SN_FLOAT64 ? 1e-14 : 1e-6));
      sn_scope_close(scope);
    }
}

/* ---- alignment, NaN, memory ---- */

static SnTensor *values_from(const SnBackend *backend, const char *name, int64_t first, int64_t count) {
  assert_true(sn_set_device(backend->name));
  float values[600];
  for (int i = 0; i < 600; i++) values[i] = (float)op_value(name, 0, OP_SIGNED, 0, i - first);
  return sn_view(sn_from_host(SN_FLOAT32, SN_SHAPE(600), values), 1, &count, (int64_t[]){1}, first);
}

static void arrays_need_no_alignment(void **state) {
  (void)state;
  for (int64_t first = 0; first < 4; first++)
    for (int64_t count = 1; count < 520; count += 37) {
      SnScope *scope = sn_scope_open();
      SnTensor *sums[2];
      for (int b = 0; b < 2; b++) {
        const SnBackend *backend = b == 0 ? cuda : sn_backend_reference();
        sums[b] = sn_add(values_from(backend, "a", first, count), values_from(backend, "b", 3 - first, count));
        sums[b] = sn_mul(sn_add(sums[b], sn_scalar(SN_FLOAT32, 0.5)), values_from(backend, "c", 1, count));
      }
      expect_no_error();
      assert_true(tensor_distance(sums[0], sums[1]) < 1e-6);
      sn_scope_close(scope);
    }
}

static void nan_is_the_maximum(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  assert_true(sn_set_device("cuda"));
  float values[3 * 300];
  for (int i = 0; i < 3 * 300; i++) values[i] = (float)i;
  values[300 + 7] = NAN;
  values[2 * 300] = INFINITY;
  SnTensor *x = sn_from_host(SN_FLOAT32, SN_SHAPE(3, 300), values);
  float largest[3], of_columns[300];
  assert_true(sn_to_host(sn_max(x, SN_DIMS(1), false), SN_FLOAT32, largest));
  assert_true(largest[0] == 299 && isnan(largest[1]) && isinf(largest[2]));
  assert_true(sn_to_host(sn_max(x, SN_DIMS(0), false), SN_FLOAT32, of_columns));
  assert_true(isinf(of_columns[0]) && of_columns[6] == 606 && isnan(of_columns[7]) && of_columns[8] == 608);
  sn_scope_close(scope);
}

static void memory_that_runs_out_is_an_error(void **state) {
  (void)state;
  void (*set_memory)(size_t bytes);
  if (!test_cuda_control("sn_cuda_host_set_memory", &set_memory)) skip();
  SnScope *scope = sn_scope_open();
  assert_true(sn_set_device("cuda"));
  sn_storage_trim();
  set_memory((size_t)16 << 20);
  assert_null(sn_zeros(SN_FLOAT32, SN_SHAPE(5, 1 << 20)));
  assert_non_null(sn_error());
  if (!strstr(sn_error(), "20971520") && !strstr(sn_error(), "20.0 MiB") && !strstr(sn_error(), "20 MiB"))
    fail_msg("'%s'", sn_error());
  sn_clear_error();
  set_memory((size_t)4 << 30);
  assert_non_null(sn_zeros(SN_FLOAT32, SN_SHAPE(5, 1 << 20)));
  sn_scope_close(scope);
}

/* A crash is found out by whichever call comes next, here one for memory, of which there is enough. */
static void a_crash_is_not_taken_for_missing_memory(void **state) {
  (void)state;
  void (*set_broken)(int error);
  if (!test_cuda_control("sn_cuda_host_set_broken", &set_broken)) skip();
  SnScope *scope = sn_scope_open();
  assert_true(sn_set_device("cuda"));
  sn_storage_trim();
  set_broken(719);
  assert_null(sn_zeros(SN_FLOAT32, SN_SHAPE(1000)));
  if (!strstr(sn_error(), "cudaErrorLaunchFailure")) fail_msg("'%s'", sn_error());
  sn_clear_error();
  set_broken(0);
  assert_non_null(sn_zeros(SN_FLOAT32, SN_SHAPE(1000)));
  sn_scope_close(scope);
}

/* The host leaves the device's memory alone: closed to it, everything still works. */
static void the_host_keeps_off_the_devices_memory(void **state) {
  (void)state;
  void (*set_guard)(bool guarded);
  if (!test_cuda_control("sn_cuda_host_set_guard", &set_guard)) skip();
  static const char *const names[] = {
      "add_six",       "sum_large_channels", "permute_large",   "linear_large",
      "conv2d_large",  "batch_norm_large",   "max_pool2d",      "interpolate_bilinear_large",
      "softmax_large", "cross_entropy",      "gaussian_blur2d", "normal_large"};
  sn_storage_trim();
  set_guard(true);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    SnScope *scope = sn_scope_open();
    OpResults results;
    if (!op_case_run(op_case_find(names[i]), cuda, SN_FLOAT32, OP_CONTIGUOUS, &results)) fail_msg("%s", sn_error());
    sn_scope_close(scope);
  }
  set_guard(false);
}

int main(void) {
  int status;
  if (!test_cuda_open(&cuda, &status)) return status;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(convolutions_of_no_channels_are_zero, test_clear_error),
      cmocka_unit_test_setup(whitenings_are_the_references, test_clear_error),
      cmocka_unit_test_setup(gathered_rows_are_the_references, test_clear_error),
      cmocka_unit_test_setup(the_device_plays_its_part, test_clear_error),
      cmocka_unit_test_setup(copies_convert_as_the_reference_does, test_clear_error),
      cmocka_unit_test_setup(copies_transpose, test_clear_error),
      cmocka_unit_test_setup(random_numbers_have_the_processors_bits, test_clear_error),
      cmocka_unit_test_setup(extreme_numbers_have_the_processors_bits, test_clear_error),
      cmocka_unit_test_setup(optimisers_step_as_the_reference_does, test_clear_error),
      cmocka_unit_test_setup(products_add, test_clear_error),
      cmocka_unit_test_setup(arrays_need_no_alignment, test_clear_error),
      cmocka_unit_test_setup(nan_is_the_maximum, test_clear_error),
      cmocka_unit_test_setup(memory_that_runs_out_is_an_error, test_clear_error),
      cmocka_unit_test_setup(a_crash_is_not_taken_for_missing_memory, test_clear_error),
      cmocka_unit_test_setup(the_host_keeps_off_the_devices_memory, test_clear_error),
  };
  return cmocka_run_group_tests(tests, NULL, test_free_storage);
}
