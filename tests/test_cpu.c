/* The CPU backend: every kernel against the reference backend's and against itself on other numbers of threads. */
#include "tests/support/test.h"

#include <dlfcn.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/backend.h"
#include "backends/cpu/blas.h"
#include "backends/cpu/paths.h"
#include "backends/cpu/pool.h"
#include "backends/philox.h"
#include "base/error.h"
#include "base/sanitizer.h"

/* ---- kernels against the reference ---- */

enum { ARRAYS = SN_MAX_INPUTS + SN_MAX_OUTPUTS, KEPT = 64 };

static void *kept[KEPT]; /* what a test's arrays use, until forget() */
static int kept_count;

static void *keep(size_t bytes) {
  assert_true(kept_count < KEPT);
  void *memory = sn_backend_cpu()->allocate(bytes + 64);
  assert_non_null(memory);
  memset(memory, 0, bytes + 64);
  return kept[kept_count++] = memory;
}

static void forget(void) {
  while (kept_count > 0) free(kept[--kept_count]);
}

static uint64_t drawn; /* blocks of random numbers used up */

static void draw(float *values, int64_t count) {
  for (int64_t i = 0; i < count; i += 4) {
    SnPhilox bits = sn_philox(7, 1, 0, drawn++);
    for (int64_t k = 0; k < 4 && i + k < count; k++) values[i + k] = 4 * sn_uniform_from_bits(bits.word[k]) - 2;
  }
}

/* Elements from the first to one past the last that a view reaches. */
static int64_t span(const SnArray *a) {
  int64_t last = 0;
  for (int d = 0; d < a->ndim; d++) {
    if (a->shape[d] == 0) return 0;
    last += (a->shape[d] - 1) * a->stride[d];
  }
  return last + 1;
}

/* New contiguous array of random numbers in [-2, 2), or zeros in other dtypes. Sizes end with -1. */
static SnArray *array_of(SnDtype dtype, const int64_t *sizes) {
  SnArray *a = keep(sizeof *a);
  *a = (SnArray){.dtype = dtype};
  while (sizes[a->ndim] >= 0) {
    a->shape[a->ndim] = sizes[a->ndim];
    a->ndim++;
  }
  for (int64_t d = a->ndim - 1, stride = 1; d >= 0; stride *= a->shape[d--]) a->stride[d] = stride;
  int64_t count = sn_array_count(a);
  a->data = keep((size_t)count * sn_dtype_size(dtype));
  if (dtype == SN_FLOAT32) draw(a->data, count);
  return a;
}

#define FLOATS(...) array_of(SN_FLOAT32, (const int64_t[]){__VA_ARGS__, -1})
#define SCALAR() array_of(SN_FLOAT32, (const int64_t[]){-1})
#define INTEGERS(...) array_of(SN_INT64, (const int64_t[]){__VA_ARGS__, -1})

static SnArray *swapped(SnArray *a, int d, int e) {
  int64_t shape = a->shape[d], stride = a->stride[d];
  a->shape[d] = a->shape[e];
  a->stride[d] = a->stride[e];
  a->shape[e] = shape;
  a->stride[e] = stride;
  return a;
}

/* Repeats a dimension of size 1. */
static SnArray *repeated(SnArray *a, int d, int64_t size) {
  assert_int_equal(a->shape[d], 1);
  a->shape[d] = size;
  a->stride[d] = 0;
  return a;
}

/* Every other element along a dimension. */
static SnArray *halved(SnArray *a, int d) {
  a->shape[d] = (a->shape[d] + 1) / 2;
  a->stride[d] *= 2;
  return a;
}

/* Makes every number positive. */
static SnArray *positive(SnArray *a) {
  for (int64_t i = 0; i < span(a); i++) ((float *)a->data)[i] = fabsf(((float *)a->data)[i]) + 0.1f;
  return a;
}

static SnArray *array_at(SnCall *call, int i) {
  const SnArray *a = i < SN_MAX_INPUTS ? call->in[i] : call->out[i - SN_MAX_INPUTS];
  return (SnArray *)(uintptr_t)a;
}

static size_t bytes_of(const SnArray *a) { return (size_t)span(a) * sn_dtype_size(a->dtype); }

/* A call's arrays with data of their own. */
typedef struct Run {
  SnArray arrays[ARRAYS];
  SnCall call;
} Run;

static void copy_call(Run *run, SnCall *call) {
  run->call = *call;
  for (int i = 0; i < ARRAYS; i++) {
    SnArray *a = array_at(call, i);
    if (!a) continue;
    run->arrays[i] = *a;
    run->arrays[i].data = malloc(bytes_of(a) + 1); /* the right size, so that sanitizers see what lies beyond */
    memcpy(run->arrays[i].data, a->data, bytes_of(a));
    if (i < SN_MAX_INPUTS)
      run->call.in[i] = &run->arrays[i];
    else
      run->call.out[i - SN_MAX_INPUTS] = &run->arrays[i];
  }
}

static void free_run(Run *run) {
  for (int i = 0; i < ARRAYS; i++) free(run->arrays[i].data);
}

static double value_at(const SnArray *a, int64_t i) {
  switch (a->dtype) {
    case SN_FLOAT32:
      return (double)((const float *)a->data)[i];
    case SN_FLOAT64:
      return ((const double *)a->data)[i];
    case SN_INT64:
      return (double)((const int64_t *)a->data)[i];
    case SN_UINT8:
      return ((const uint8_t *)a->data)[i];
    default:
      return ((const uint16_t *)a->data)[i];
  }
}

/* Within tolerance times the array's largest finite number. */
static void assert_near(const char *name, int which, const SnArray *got, const SnArray *expected, double tolerance) {
  double largest = 0;
  for (int64_t i = 0; i < span(got); i++) {
    double value = fabs(value_at(expected, i));
    if (isfinite(value) && value > largest) largest = value;
  }
  for (int64_t i = 0; i < span(got); i++) {
    double a = value_at(got, i), b = value_at(expected, i);
    if (a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance * largest) continue;
    fail_msg("%s: array %d, element %lld: %.9g, expected %.9g (largest %.9g)", name, which, (long long)i, a, b,
             largest);
  }
}

/* Runs a kernel on the reference backend and on the CPU's with 1, 2 and 3 threads. Every array, inputs too, must agree
 * afterwards: with the reference within the tolerance, among the threads in every bit. */
static void compare(SnKernel kernel, SnCall *call, double tolerance) {
  const SnBackend *cpu = sn_backend_cpu();
  const char *name = sn_kernel_name(kernel);
  Run expected = {0}, first = {0};
  copy_call(&expected, call);
  assert_true(sn_backend_reference()->kernels[kernel](&expected.call));
  for (int threads = 1; threads <= 3; threads++) {
    Run run = {0};
    copy_call(&run, call);
    cpu->set_threads(threads);
    if (!cpu->kernels[kernel](&run.call)) fail_msg("%s: %s", name, sn_ok() ? "declined" : sn_error());
    for (int i = 0; i < ARRAYS; i++) {
      if (!array_at(call, i)) continue;
      if (threads == 1)
        assert_near(name, i, &run.arrays[i], &expected.arrays[i], tolerance);
      else if (memcmp(run.arrays[i].data, first.arrays[i].data, bytes_of(&run.arrays[i])) != 0)
        fail_msg("%s: array %d differs between 1 and %d threads", name, i, threads);
    }
    if (threads == 1)
      first = run;
    else
      free_run(&run);
  }
  free_run(&expected);
  free_run(&first);
  forget();
}

#define COMPARE(kernel, tolerance, ...) compare(SN_KERNEL_##kernel, &(SnCall){__VA_ARGS__}, tolerance)

/* One rounding, or a few. */
static const double EXACT = 0, FEW = 4e-7;

static void compare_unary(SnKernel kernel, SnAttributes attributes, bool only_positive, double tolerance) {
  for (int shape = 0; shape < 6; shape++) {
    SnArray *x = NULL, *y = NULL;
    switch (shape) {
      case 0:
        x = SCALAR(), y = SCALAR();
        break;
      case 1:
        x = FLOATS(0, 3), y = FLOATS(0, 3);
        break;
      case 2:
        x = FLOATS(3, 5, 7), y = FLOATS(3, 5, 7);
        break;
      case 3:
        x = FLOATS(70001), y = FLOATS(70001);
        break;
      case 4:
        x = swapped(FLOATS(33, 65), 0, 1), y = FLOATS(65, 33);
        break;
      default:
        x = halved(FLOATS(4, 9, 6), 2), y = halved(FLOATS(7, 9, 3), 0);
        break;
    }
    if (only_positive) positive(x);
    SnCall call = {.in = {x}, .out = {y}, .attributes = attributes};
    compare(kernel, &call, tolerance);
  }
}

static void compare_binary(SnKernel kernel, SnAttributes attributes, double tolerance) {
  for (int shape = 0; shape < 9; shape++) {
    SnArray *a = NULL, *b = NULL, *y = NULL;
    switch (shape) {
      case 0:
        a = SCALAR(), b = SCALAR(), y = SCALAR();
        break;
      case 1:
        a = FLOATS(3, 0), b = FLOATS(3, 0), y = FLOATS(3, 0);
        break;
      case 2:
        a = FLOATS(40, 1001), b = FLOATS(40, 1001), y = FLOATS(40, 1001);
        break;
      case 3:
        a = FLOATS(40, 1001), b = repeated(FLOATS(1, 1001), 0, 40), y = FLOATS(40, 1001);
        break;
      case 4:
        a = repeated(FLOATS(40, 1), 1, 1001), b = FLOATS(40, 1001), y = FLOATS(40, 1001);
        break;
      case 5:
        a = FLOATS(40, 1001), b = repeated(FLOATS(40, 1), 1, 1001), y = FLOATS(40, 1001);
        break;
      case 6:
        a = FLOATS(3, 4, 5, 6), b = repeated(repeated(FLOATS(3, 1, 5, 1), 1, 4), 3, 6), y = FLOATS(3, 4, 5, 6);
        break;
      case 7:
        a = swapped(FLOATS(31, 17), 0, 1), b = FLOATS(17, 31), y = FLOATS(17, 31);
        break;
      default:
        a = FLOATS(70001), b = FLOATS(70001), y = FLOATS(70001);
        break;
    }
    SnCall call = {.in = {a, b}, .out = {y}, .attributes = attributes};
    compare(kernel, &call, tolerance);
  }
}

static void elementwise(void **state) {
  (void)state;
  SnAttributes none = {0}, affine = {.affine = {1.7, -0.3}}, clamp = {.clamp = {-0.75, 1.25}}, fill = {.fill = {3.25}};
  compare_binary(SN_KERNEL_add, none, FEW);
  compare_binary(SN_KERNEL_subtract, none, FEW);
  compare_binary(SN_KERNEL_multiply, none, FEW);
  compare_binary(SN_KERNEL_divide, none, FEW);
  compare_binary(SN_KERNEL_abs_backward, none, EXACT);
  compare_binary(SN_KERNEL_clamp_backward, clamp, EXACT);
  compare_unary(SN_KERNEL_affine, affine, false, FEW);
  compare_unary(SN_KERNEL_exp, none, false, FEW);
  compare_unary(SN_KERNEL_log, none, true, FEW);
  compare_unary(SN_KERNEL_sqrt, none, true, FEW);
  compare_unary(SN_KERNEL_abs, none, false, EXACT);
  compare_unary(SN_KERNEL_clamp, clamp, false, EXACT);
  COMPARE(fill, EXACT, .out = {FLOATS(3, 70001)}, .attributes = fill);
  COMPARE(fill, EXACT, .out = {halved(FLOATS(3, 9), 1)}, .attributes = fill);
}

static void activations(void **state) {
  (void)state;
  SnAttributes none = {0}, leaky = {.leaky_relu = {0.2}};
  compare_unary(SN_KERNEL_relu, none, false, EXACT);
  compare_unary(SN_KERNEL_leaky_relu, leaky, false, FEW);
  compare_unary(SN_KERNEL_sigmoid, none, false, FEW);
  compare_binary(SN_KERNEL_relu_backward, none, EXACT);
  compare_binary(SN_KERNEL_leaky_relu_backward, leaky, FEW);
  compare_binary(SN_KERNEL_sigmoid_backward, none, FEW);
  compare_binary(SN_KERNEL_bce_with_logits, none, FEW);
  COMPARE(bce_with_logits_backward, FEW, .in = {FLOATS(50, 700), FLOATS(50, 700), repeated(FLOATS(50, 1), 1, 700)},
          .out = {FLOATS(50, 700)});
}

static void not_a_number_passes_through(void **state) {
  (void)state;
  SnAttributes leaky = {.leaky_relu = {0.2}}, clamp = {.clamp = {-1, 1}};
  const SnKernel kernels[] = {SN_KERNEL_relu, SN_KERNEL_leaky_relu, SN_KERNEL_sigmoid, SN_KERNEL_clamp, SN_KERNEL_exp};
  for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
    SnArray *x = FLOATS(20);
    ((float *)x->data)[3] = NAN;
    ((float *)x->data)[5] = INFINITY;
    ((float *)x->data)[7] = -INFINITY;
    SnCall call = {.in = {x}, .out = {FLOATS(20)}, .attributes = kernels[k] == SN_KERNEL_clamp ? clamp : leaky};
    compare(kernels[k], &call, FEW);
  }
}

static void copies(void **state) {
  (void)state;
  compare_unary(SN_KERNEL_copy, (SnAttributes){0}, false, EXACT);
  COMPARE(copy, EXACT, .in = {swapped(swapped(FLOATS(2, 37, 41, 45), 1, 3), 1, 2)}, .out = {FLOATS(2, 41, 45, 37)});
  COMPARE(copy, EXACT, .in = {swapped(swapped(FLOATS(2, 41, 45, 37), 1, 2), 1, 3)}, .out = {FLOATS(2, 37, 41, 45)});
  COMPARE(copy, EXACT, .in = {swapped(FLOATS(3, 4, 5, 6), 0, 2)}, .out = {FLOATS(5, 4, 3, 6)});
  COMPARE(copy, EXACT, .in = {swapped(FLOATS(3, 1, 130), 0, 2)}, .out = {FLOATS(130, 1, 3)});
  COMPARE(copy, EXACT, .in = {repeated(FLOATS(5, 1, 7), 1, 6)}, .out = {swapped(FLOATS(6, 5, 7), 0, 1)});
  const SnDtype dtypes[] = {SN_FLOAT32, SN_FLOAT64, SN_INT64, SN_UINT8, SN_BFLOAT16};
  for (size_t d = 0; d < sizeof dtypes / sizeof *dtypes; d++) {
    SnArray *from = array_of(dtypes[d], (const int64_t[]){30, 1000, -1});
    unsigned char *bytes = from->data;
    for (size_t i = 0; i < bytes_of(from); i++) bytes[i] = (unsigned char)(i * i % 63);
    COMPARE(copy, EXACT, .in = {from}, .out = {FLOATS(30, 1000)});
  }
  COMPARE(copy, EXACT, .in = {INTEGERS(3, 5)}, .out = {INTEGERS(3, 5)});
  COMPARE(copy, EXACT, .in = {FLOATS(30, 50)}, .out = {array_of(SN_FLOAT64, (const int64_t[]){30, 50, -1})});
}

static void reductions(void **state) {
  (void)state;
  for (int maximum = 0; maximum < 2; maximum++) {
    SnKernel kernel = maximum ? SN_KERNEL_max : SN_KERNEL_sum;
    double tolerance = maximum ? EXACT : FEW;
    for (int shape = 0; shape < 13; shape++) {
      SnArray *x = NULL, *y = NULL;
      switch (shape) {
        case 0:
          x = SCALAR(), y = SCALAR();
          break;
        case 1:
          x = FLOATS(200003), y = FLOATS(1);
          break;
        case 2:
          x = FLOATS(5000, 33), y = FLOATS(1, 33);
          break;
        case 3:
          x = FLOATS(33, 5000), y = FLOATS(33, 1);
          break;
        case 4:
          x = FLOATS(8, 16, 29, 31), y = FLOATS(1, 16, 1, 1);
          break;
        case 5:
          x = FLOATS(5, 67, 11), y = FLOATS(5, 1, 11);
          break;
        case 6:
          x = FLOATS(3, 9001), y = FLOATS(1, 9001);
          break;
        case 7:
          x = swapped(FLOATS(77, 65), 0, 1), y = FLOATS(65, 1);
          break;
        case 8:
          x = swapped(FLOATS(77, 65), 0, 1), y = FLOATS(1, 77);
          break;
        case 9:
          x = FLOATS(4, 5, 6, 7), y = FLOATS(4, 5, 6, 7);
          break;
        case 10:
          x = FLOATS(3, 0, 4), y = FLOATS(3, 1, 4);
          break;
        case 11:
          x = repeated(FLOATS(6, 1, 5), 1, 9), y = FLOATS(6, 1, 1);
          break;
        default:
          x = FLOATS(2, 3, 4, 5, 6), y = FLOATS(1, 3, 1, 5, 1);
          break;
      }
      SnCall call = {.in = {x}, .out = {y}};
      compare(kernel, &call, tolerance);
    }
  }
  SnArray *x = FLOATS(5, 100);
  ((float *)x->data)[250] = NAN;
  COMPARE(max, EXACT, .in = {x}, .out = {FLOATS(5, 1)});
}

static void maxima_share_their_gradient(void **state) {
  (void)state;
  for (int d = 0; d < 3; d++) {
    SnArray *x = FLOATS(7, 9, 8);
    for (int i = 0; i < 7 * 9 * 8; i++) ((float *)x->data)[i] = floorf(((float *)x->data)[i]);
    int64_t shape[] = {7, 9, 8, -1};
    shape[d] = 1;
    SnArray *y = array_of(SN_FLOAT32, shape);
    sn_backend_reference()->kernels[SN_KERNEL_max](&(SnCall){.in = {x}, .out = {y}});
    COMPARE(max_backward, FEW, .in = {x, y, array_of(SN_FLOAT32, shape)}, .out = {FLOATS(7, 9, 8)});
  }
}

/* Float sums of k products: errors grow as the root of k, and OpenBLAS adds in blocks. */
static const double PRODUCT = 2e-6;

static void products(void **state) {
  (void)state;
  static const int64_t sizes[][4] = {{1, 1, 1, 1},      {1, 3, 5, 7},       {2, 67, 129, 31},   {3, 1, 40, 50},
                                     {3, 50, 1, 40},    {1, 50, 40, 1},     {1, 300, 210, 1},   {1, 1, 210, 300},
                                     {1, 1, 300, 1},    {2, 0, 3, 4},       {2, 3, 0, 4},       {0, 3, 4, 5},
                                     {1, 700, 33, 500}, {1, 40, 3001, 200}, {1, 130, 1100, 70}, {1, 67, 513, 171},
                                     {1, 96, 500, 128}, {1, 1, 203, 301}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    int64_t b = sizes[i][0], m = sizes[i][1], k = sizes[i][2], n = sizes[i][3];
    for (int way = 0; way < 8; way++) {
      SnArray *left = way & 1 ? swapped(FLOATS(b, k, m), 1, 2) : FLOATS(b, m, k);
      SnArray *right = way & 2 ? swapped(FLOATS(b, n, k), 1, 2) : FLOATS(b, k, n);
      SnArray *addend = way & 4 ? FLOATS(b, m, n) : NULL;
      COMPARE(matmul, PRODUCT, .in = {left, right, addend}, .out = {FLOATS(b, m, n)});
    }
    COMPARE(linear, PRODUCT, .in = {FLOATS(m, k), FLOATS(n, k), FLOATS(n)}, .out = {FLOATS(m, n)});
    COMPARE(linear, PRODUCT, .in = {swapped(FLOATS(k, m), 0, 1), swapped(FLOATS(k, n), 0, 1)}, .out = {FLOATS(m, n)});
  }
  for (int64_t n = 50; n < 200; n += 100) { /* y as its own addend */
    SnArray *left = FLOATS(1, 70, 900), *right = FLOATS(1, 900, n), *y = FLOATS(1, 70, n), *expected = FLOATS(1, 70, n);
    sn_backend_reference()->kernels[SN_KERNEL_matmul](&(SnCall){.in = {left, right, y}, .out = {expected}});
    assert_true(sn_backend_cpu()->kernels[SN_KERNEL_matmul](&(SnCall){.in = {left, right, y}, .out = {y}}));
    assert_near("matmul", 0, y, expected, PRODUCT);
    forget();
  }
  COMPARE(matmul, PRODUCT, .in = {repeated(FLOATS(1, 20, 30), 0, 4), swapped(FLOATS(40, 30, 4), 0, 2)},
          .out = {FLOATS(4, 20, 40)});
  COMPARE(matmul, PRODUCT, .in = {halved(FLOATS(2, 20, 60), 2), repeated(FLOATS(2, 1, 9), 1, 30)},
          .out = {FLOATS(2, 20, 9)});
}

/* Convolutions of images [N,C,H,W] by weights [O, C/groups, kh, kw]. */
typedef struct Convolution {
  int64_t n, c, h, w, o, kh, kw;
  SnConv2d options;
} Convolution;

static void convolutions(void **state) {
  (void)state;
  static const Convolution list[] = {
      {1, 1, 1, 1, 1, 1, 1, {{1, 1}, {0, 0}, {1, 1}, 1, {0, 0}}},
      {2, 3, 7, 9, 5, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 1, {0, 0}}},
      {1, 3, 37, 41, 8, 7, 7, {{2, 2}, {3, 3}, {1, 1}, 1, {0, 0}}},
      {3, 8, 14, 14, 16, 1, 1, {{1, 1}, {0, 0}, {1, 1}, 1, {0, 0}}},
      {2, 8, 15, 13, 16, 1, 1, {{2, 2}, {0, 0}, {1, 1}, 1, {0, 0}}},
      {2, 6, 9, 8, 4, 3, 2, {{2, 1}, {0, 2}, {1, 3}, 2, {0, 0}}},
      {2, 8, 12, 11, 8, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 8, {0, 0}}},
      {1, 4, 5, 6, 6, 3, 3, {{3, 2}, {4, 5}, {2, 2}, 1, {0, 0}}},
      {2, 32, 20, 20, 32, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 1, {0, 0}}},
      {1, 16, 6, 6, 300, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 1, {0, 0}}},
      {9, 16, 7, 7, 24, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 1, {0, 0}}},
      {5, 24, 7, 7, 40, 1, 1, {{1, 1}, {0, 0}, {1, 1}, 1, {0, 0}}},
      {1, 2, 300, 5, 3, 1, 1, {{1, 1}, {1, 0}, {1, 1}, 1, {0, 0}}},
      {0, 3, 8, 8, 4, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 1, {0, 0}}},
      {1, 600, 5, 5, 8, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 1, {0, 0}}},
      {1, 3, 2, 2, 4, 3, 3, {{1, 1}, {3, 3}, {1, 1}, 1, {0, 0}}},
  };
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
    const Convolution *v = &list[i];
    const SnConv2d *o = &v->options;
    int64_t oh = (v->h + 2 * o->padding[0] - o->dilation[0] * (v->kh - 1) - 1) / o->stride[0] + 1;
    int64_t ow = (v->w + 2 * o->padding[1] - o->dilation[1] * (v->kw - 1) - 1) / o->stride[1] + 1;
    int64_t c = v->c / o->groups;
    SnAttributes attributes = {.conv2d = *o};
    for (int with_bias = 0; with_bias < 2; with_bias++)
      COMPARE(conv2d, PRODUCT,
              .in = {FLOATS(v->n, v->c, v->h, v->w), FLOATS(v->o, c, v->kh, v->kw), with_bias ? FLOATS(v->o) : NULL},
              .out = {FLOATS(v->n, v->o, oh, ow)}, .attributes = attributes);
    COMPARE(conv2d_backward_input, PRODUCT, .in = {FLOATS(v->n, v->o, oh, ow), FLOATS(v->o, c, v->kh, v->kw)},
            .out = {FLOATS(v->n, v->c, v->h, v->w)}, .attributes = attributes);
    COMPARE(conv2d_backward_weight, PRODUCT, .in = {FLOATS(v->n, v->o, oh, ow), FLOATS(v->n, v->c, v->h, v->w)},
            .out = {FLOATS(v->o, c, v->kh, v->kw)}, .attributes = attributes);
  }
}

static void batch_norms(void **state) {
  (void)state;
  static const int64_t shapes[][3] = {{1, 3, 5}, {4, 7, 30}, {2, 5, 1001}, {6, 4, 1}, {3000, 33, 1}, {40, 513, 1}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    for (int variant = 0; variant < 6; variant++) {
      int64_t n = shapes[i][0], c = shapes[i][1], s = shapes[i][2];
      SnAttributes attributes = {.batch_norm = {1e-5, 0.1, variant < 3}};
      SnArray *x = FLOATS(n, c, s), *weight = variant % 3 == 1 ? NULL : FLOATS(c);
      SnArray *mean = variant == 2 ? NULL : FLOATS(c), *variance = variant == 2 ? NULL : positive(FLOATS(c));
      for (int64_t k = 0; k < sn_array_count(x); k++) /* a mean of 20 standard deviations */
        if (k / s % c == 1) ((float *)x->data)[k] += 20;
      COMPARE(batch_norm, 3e-6, .in = {x, weight, weight ? FLOATS(c) : NULL, mean, variance},
              .out = {FLOATS(n, c, s), FLOATS(c), FLOATS(c)}, .attributes = attributes);
      COMPARE(batch_norm_backward, 3e-6,
              .in = {FLOATS(n, c, s), FLOATS(n, c, s), variant % 2 ? FLOATS(c) : NULL, FLOATS(c), positive(FLOATS(c))},
              .out = {FLOATS(n, c, s), FLOATS(c), FLOATS(c)}, .attributes = attributes);
    }
}

static void pooling(void **state) {
  (void)state;
  static const SnPool2d list[] = {{.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}},
                                  {.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}},
                                  {.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}, .exclude_padding = true},
                                  {.kernel = {2, 3}, .stride = {3, 1}, .padding = {0, 1}},
                                  {.kernel = {5, 4}, .stride = {2, 3}, .padding = {2, 2}, .exclude_padding = true},
                                  {.kernel = {1, 1}, .stride = {1, 1}},
                                  {.kernel = {7, 11}, .stride = {1, 1}}};
  COMPARE(avg_pool2d, FEW, .in = {FLOATS(2, 3, 2, 1)}, .out = {FLOATS(2, 3, 2, 1)}, .attributes.pool2d = list[1]);
  SnArray *holed = FLOATS(2, 3, 6, 8); /* NaN is larger than any number */
  for (int64_t i = 0; i < 2 * 3 * 6 * 8; i += 7) ((float *)holed->data)[i] = NAN;
  COMPARE(max_pool2d, EXACT, .in = {holed}, .out = {FLOATS(2, 3, 3, 4)}, .attributes.pool2d = list[0]);
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
    const SnPool2d *o = &list[i];
    SnAttributes attributes = {.pool2d = *o};
    int64_t oh = (7 + 2 * o->padding[0] - o->kernel[0]) / o->stride[0] + 1;
    int64_t ow = (11 + 2 * o->padding[1] - o->kernel[1]) / o->stride[1] + 1;
    COMPARE(max_pool2d, EXACT, .in = {FLOATS(3, 5, 7, 11)}, .out = {FLOATS(3, 5, oh, ow), INTEGERS(3, 5, oh, ow)},
            .attributes = attributes);
    COMPARE(max_pool2d, EXACT, .in = {FLOATS(3, 5, 7, 11)}, .out = {FLOATS(3, 5, oh, ow)}, .attributes = attributes);
    COMPARE(avg_pool2d, FEW, .in = {FLOATS(3, 5, 7, 11)}, .out = {FLOATS(3, 5, oh, ow)}, .attributes = attributes);
    COMPARE(avg_pool2d_backward, FEW, .in = {FLOATS(3, 5, oh, ow)}, .out = {FLOATS(3, 5, 7, 11)},
            .attributes = attributes);
    SnArray *indices = INTEGERS(3, 5, oh, ow);
    sn_backend_reference()->kernels[SN_KERNEL_max_pool2d](
        &(SnCall){.in = {FLOATS(3, 5, 7, 11)}, .out = {FLOATS(3, 5, oh, ow), indices}, .attributes = attributes});
    COMPARE(max_pool2d_backward, FEW, .in = {FLOATS(3, 5, oh, ow), indices}, .out = {FLOATS(3, 5, 7, 11)},
            .attributes = attributes);
  }
}

static void resampling(void **state) {
  (void)state;
  static const int64_t sizes[][4] = {{1, 1, 1, 1}, {4, 5, 9, 10}, {14, 14, 28, 28}, {9, 11, 4, 3}, {1, 5, 7, 1},
                                     {1, 1, 2, 2}, {3, 2, 3, 4},  {7, 7, 1, 1},     {5, 6, 5, 6},  {1, 300, 1, 128}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    int64_t h = sizes[i][0], w = sizes[i][1], oh = sizes[i][2], ow = sizes[i][3];
    COMPARE(interpolate_bilinear, FEW, .in = {FLOATS(2, 3, h, w)}, .out = {FLOATS(2, 3, oh, ow)});
    COMPARE(interpolate_bilinear_backward, FEW, .in = {FLOATS(2, 3, oh, ow)}, .out = {FLOATS(2, 3, h, w)});
    COMPARE(adaptive_avg_pool2d, FEW, .in = {FLOATS(2, 3, h, w)}, .out = {FLOATS(2, 3, oh, ow)});
    COMPARE(adaptive_avg_pool2d_backward, FEW, .in = {FLOATS(2, 3, oh, ow)}, .out = {FLOATS(2, 3, h, w)});
  }
  COMPARE(interpolate_bilinear, FEW, .in = {FLOATS(0, 3, 4, 4)}, .out = {FLOATS(0, 3, 8, 8)});
}

static void blurs(void **state) {
  (void)state;
  static const double sigmas[] = {0.05, 0.8, 4};
  for (size_t i = 0; i < sizeof sigmas / sizeof *sigmas; i++) {
    SnAttributes attributes = {.gaussian_blur = {sigmas[i]}};
    COMPARE(gaussian_blur2d, 0, .in = {FLOATS(2, 3, 40, 37)}, .out = {FLOATS(2, 3, 40, 37)}, .attributes = attributes);
    COMPARE(gaussian_blur2d_backward, 0, .in = {FLOATS(2, 3, 40, 37)}, .out = {FLOATS(2, 3, 40, 37)},
            .attributes = attributes);
    COMPARE(gaussian_blur2d, 0, .in = {FLOATS(1, 1, 5, 3)}, .out = {FLOATS(1, 1, 5, 3)}, .attributes = attributes);
  }
}

static void unfolding(void **state) {
  (void)state;
  static const SnUnfold list[] = {
      {{3, 3}, {1, 1}, {1, 1}, {1, 1}}, {{2, 3}, {2, 1}, {0, 2}, {1, 2}}, {{1, 1}, {3, 2}, {0, 0}, {1, 1}}};
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
    const SnUnfold *o = &list[i];
    int64_t oh = (9 + 2 * o->padding[0] - o->dilation[0] * (o->kernel[0] - 1) - 1) / o->stride[0] + 1;
    int64_t ow = (8 + 2 * o->padding[1] - o->dilation[1] * (o->kernel[1] - 1) - 1) / o->stride[1] + 1;
    int64_t cells = 3 * o->kernel[0] * o->kernel[1];
    SnAttributes attributes = {.unfold = *o};
    COMPARE(unfold, EXACT, .in = {FLOATS(2, 3, 9, 8)}, .out = {FLOATS(2, cells, oh * ow)}, .attributes = attributes);
    COMPARE(unfold_backward, FEW, .in = {FLOATS(2, cells, oh * ow)}, .out = {FLOATS(2, 3, 9, 8)},
            .attributes = attributes);
  }
}

static SnArray *classes(int64_t rows, int64_t count) {
  SnArray *target = INTEGERS(rows);
  for (int64_t r = 0; r < rows; r++) ((int64_t *)target->data)[r] = r * 7 % (count + 2) - 1;
  return target;
}

static void soft_maxima(void **state) {
  (void)state;
  static const int64_t shapes[][2] = {{1, 1}, {0, 5}, {5, 9}, {3000, 10}, {3, 7001}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    int64_t r = shapes[i][0], c = shapes[i][1];
    COMPARE(softmax, FEW, .in = {FLOATS(r, c)}, .out = {FLOATS(r, c)});
    COMPARE(softmax_backward, FEW, .in = {FLOATS(r, c), FLOATS(r, c)}, .out = {FLOATS(r, c)});
    COMPARE(log_softmax, FEW, .in = {FLOATS(r, c)}, .out = {FLOATS(r, c)});
    COMPARE(log_softmax_backward, FEW, .in = {FLOATS(r, c), FLOATS(r, c)}, .out = {FLOATS(r, c)});
    COMPARE(nll_loss, EXACT, .in = {FLOATS(r, c), classes(r, c)}, .out = {FLOATS(r)});
    COMPARE(nll_loss_backward, EXACT, .in = {FLOATS(r), classes(r, c)}, .out = {FLOATS(r, c)});
  }
}

static void layer_normalisation(void **state) {
  (void)state;
  static const int64_t shapes[][3] = {{1, 1, 1}, {5, 9, 1},   {300, 17, 1}, {3, 7001, 1}, {0, 4, 3},
                                      {2, 3, 7}, {2, 33, 16}, {1, 70, 65},  {3, 200, 131}};
  SnAttributes attributes = {.layer_norm = {1e-5}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    int64_t n = shapes[i][0], c = shapes[i][1], s = shapes[i][2];
    for (int with = 0; with < 4; with++)
      COMPARE(layer_norm, FEW, .in = {FLOATS(n, c, s), with & 1 ? FLOATS(c) : NULL, with & 2 ? FLOATS(c) : NULL},
              .out = {FLOATS(n, c, s)}, .attributes = attributes);
    for (int with = 0; s == 1 && with < 2; with++)
      COMPARE(layer_norm_backward, FEW, .in = {FLOATS(n, c), FLOATS(n, c), with ? FLOATS(c) : NULL},
              .out = {FLOATS(n, c), FLOATS(c), FLOATS(c)}, .attributes = attributes);
  }
}

static void nearest_and_largest(void **state) {
  (void)state;
  static const int64_t shapes[][4] = {{1, 1, 1, 1}, {3, 5, 0, 2}, {0, 3, 4, 1}, {2, 4000, 37, 9}, {700, 90, 3, 5}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    int64_t r = shapes[i][0], m = shapes[i][1], c = shapes[i][2], k = shapes[i][3];
    COMPARE(nearest_neighbors, EXACT, .in = {FLOATS(r, c), FLOATS(m, c)}, .out = {INTEGERS(r, k)});
    COMPARE(flat_argmax, EXACT, .in = {FLOATS(r, m)}, .out = {INTEGERS(r)});
  }
  SnArray *x = FLOATS(40, 3), *bank = FLOATS(700, 3);
  ((float *)x->data)[4] = ((float *)bank->data)[200] = NAN;
  ((float *)bank->data)[77] = INFINITY;
  COMPARE(nearest_neighbors, EXACT, .in = {x, bank}, .out = {INTEGERS(40, 2)});
  SnArray *odd = FLOATS(5, 300);
  for (int i = 0; i < 5; i++) ((float *)odd->data)[300 * i + 61 * i] = i % 2 ? NAN : 2;
  ((float *)odd->data)[299] = ((float *)odd->data)[599] = 2;
  COMPARE(flat_argmax, EXACT, .in = {odd}, .out = {INTEGERS(5)});
}

/* Rows of x are rows of the bank with a length of about 1000, but for a shift of 1e-3: products alone, which know
 * squared distances to about 0.1 here, cannot tell which. */
static void close_neighbors_are_told_apart(void **state) {
  (void)state;
  enum { R = 50, C = 24 };
  SnArray *x = FLOATS(R, C), *bank = FLOATS(2 * R, C), *nearest = INTEGERS(R, 2);
  for (int64_t r = 0; r < R; r++)
    for (int64_t c = 0; c < C; c++) {
      float value = 180 * ((float *)x->data)[r * C + c];
      ((float *)x->data)[r * C + c] = value;
      ((float *)bank->data)[(2 * r + 1) * C + c] = value + (c == 3 ? 1e-3f : 0);
      ((float *)bank->data)[2 * r * C + c] = value + (c == 5 ? 2e-3f : 0);
    }
  SnCall call = {.in = {x, bank}, .out = {nearest}};
  assert_true(sn_backend_cpu()->kernels[SN_KERNEL_nearest_neighbors](&call));
  for (int64_t r = 0; r < R; r++) {
    assert_int_equal(((int64_t *)nearest->data)[2 * r], 2 * r + 1);
    assert_int_equal(((int64_t *)nearest->data)[2 * r + 1], 2 * r);
  }
  forget();
}

static void random_numbers(void **state) {
  (void)state;
  static const int64_t counts[] = {0, 1, 4, 63, 64, 65, 8191, 30001};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    SnAttributes attributes = {.random = {0x123456789abcdefULL, 3, 17, ((uint64_t)1 << 34) - 40, 0.5, 1.5}};
    COMPARE(normal, EXACT, .out = {FLOATS(counts[i])}, .attributes = attributes);
    COMPARE(uniform, EXACT, .out = {FLOATS(counts[i])}, .attributes = attributes);
  }
}

static void random_numbers_are_those_of_philox(void **state) {
  (void)state;
  enum { COUNT = 1 << 16 };
  SnArray *y = FLOATS(COUNT);
  const float *values = y->data;
  SnCall call = {.out = {y}, .attributes = {.random = {42, 1, 2, 8, 0, 0.015}}};
  assert_true(sn_backend_cpu()->kernels[SN_KERNEL_normal](&call));
  for (uint64_t i = 0; i < COUNT; i += 2) {
    SnPhilox bits = sn_philox(42, 1, 2, (i + 8) / 4);
    float first, second;
    sn_normal_pair(bits.word[i % 4], bits.word[i % 4 + 1], &first, &second);
    float expected[] = {0.0f + 0.015f * first, 0.0f + 0.015f * second};
    assert_memory_equal(values + i, expected, sizeof expected);
  }
  forget();
}

static void optimisers(void **state) {
  (void)state;
  static const int64_t counts[] = {0, 1, 37, 20001};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    int64_t n = counts[i];
    for (int decoupled = 0; decoupled < 2; decoupled++)
      for (int64_t step = 1; step < 1000; step *= 30) {
        SnAttributes adam = {.adam = {2e-3, 0.9, 0.999, 1e-8, 1e-2, step, decoupled}};
        COMPARE(adam, 1e-6, .in = {FLOATS(n)}, .out = {FLOATS(n), FLOATS(n), positive(FLOATS(n))}, .attributes = adam);
      }
    for (int variant = 0; variant < 8; variant++) {
      SnAttributes sgd = {.sgd = {0.1, variant & 4 ? 0 : 0.9, variant & 1 ? 0 : 0.05, 1e-2, variant & 1, variant & 2}};
      COMPARE(sgd, 1e-6, .in = {FLOATS(n)}, .out = {FLOATS(n), FLOATS(n)}, .attributes = sgd);
      COMPARE(sgd, 1e-6, .in = {FLOATS(n)}, .out = {FLOATS(n)}, .attributes = sgd);
    }
  }
}

/* From now on this process gets no more memory. */
static struct rlimit allow_no_more_memory(void) {
  struct rlimit before, now;
  long pages = 0;
  malloc_trim(0);
  FILE *stream = fopen("/proc/self/statm", "r");
  assert_true(stream && fscanf(stream, "%ld", &pages) == 1);
  fclose(stream);
  assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
  now = before;
  now.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
  assert_int_equal(setrlimit(RLIMIT_AS, &now), 0);
  return before;
}

/* The reference kernel would give other bits. What is asked for here is so large that no freed memory can hold it. */
static void short_memory_is_an_error_and_no_declining(void **state) {
  (void)state;
  if (SN_SANITIZED) skip();
  enum { SIDE = 4200 };
  SnArray *tall = halved(repeated(FLOATS(1, 1, 2 * SIDE), 1, SIDE), 2);
  struct {
    SnKernel kernel;
    SnCall call;
  } list[] = {
      {SN_KERNEL_matmul, {.in = {tall, FLOATS(1, SIDE, 2)}, .out = {FLOATS(1, SIDE, 2)}}},
      {SN_KERNEL_gaussian_blur2d,
       {.in = {FLOATS(1, 1, SIDE, SIDE)}, .out = {FLOATS(1, 1, SIDE, SIDE)}, .attributes.gaussian_blur = {0.1}}},
  };
  sn_pool_set_threads(1);
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
    int64_t fallbacks = sn_fallback_count();
    struct rlimit before = allow_no_more_memory();
    bool done = sn_kernel_run(sn_backend_cpu(), list[i].kernel, &list[i].call);
    setrlimit(RLIMIT_AS, &before);
    if (done) fail_msg("%s: ran without memory", sn_kernel_name(list[i].kernel));
    assert_non_null(sn_error());
    assert_non_null(strstr(sn_error(), "memory"));
    assert_int_equal(sn_fallback_count(), fallbacks);
    sn_clear_error();
    assert_true(sn_kernel_run(sn_backend_cpu(), list[i].kernel, &list[i].call));
  }
}

/* Whatever OpenBLAS thinks of a processor that it does not know. */
static void openblas_uses_the_processor(void **state) {
  (void)state;
  char *(*name)(void) = NULL;
  bool has_avx2 = sn_cpu_path(1) && sn_cpu_path(1)->runs_here();
  if (getenv("OPENBLAS_CORETYPE") || !has_avx2) skip();
  assert_true(sn_blas_ready());
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_NOLOAD);
  assert_non_null(library);
  void *symbol = dlsym(library, "openblas_get_corename");
  if (symbol) memcpy(&name, &symbol, sizeof symbol);
  if (name) assert_string_not_equal(name(), "Prescott");
  dlclose(library);
}

/* Last of the comparisons: others keep the random numbers that they have been tried on. */
static void slices_along_any_dimension(void **state) {
  (void)state;
  static const int64_t shapes[][3] = {{1, 1, 1}, {3, 7, 1}, {0, 4, 5}, {2, 5, 9}, {2, 3, 70001}, {40001, 4, 1}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    int64_t a = shapes[i][0], r = shapes[i][1], b = shapes[i][2];
    SnAttributes attributes = {.index_select = {2, 1}};
    COMPARE(index_select, EXACT, .in = {FLOATS(a, r, b), classes(11, r)}, .out = {FLOATS(a, 9, b)},
            .attributes = attributes);
    COMPARE(index_select_backward, FEW, .in = {FLOATS(a, 9, b), classes(11, r)}, .out = {FLOATS(a, r, b)},
            .attributes = attributes);
  }
}

/* On their own grid, twice and thrice as fine, into every other row, and beyond the last image. */
static void maps_at_positions(void **state) {
  (void)state;
  static const int64_t grids[][2] = {{4, 3}, {8, 6}, {12, 9}, {7, 5}};
  static const int64_t channels[] = {1, 5, 64, 300};
  for (int i = 0; i < 4; i++) {
    int64_t height = grids[i][0], width = grids[i][1], positions = 2 * height * width, rows = 1000;
    SnAttributes attributes = {.gather_positions = {2, height, width}};
    COMPARE(gather_positions, FEW, .in = {FLOATS(2, 4, 3, channels[i]), classes(rows + 2, positions)},
            .out = {FLOATS(rows, channels[i])}, .attributes = attributes);
    COMPARE(gather_positions, FEW, .in = {FLOATS(2, 4, 3, channels[i]), classes(rows + 2, positions)},
            .out = {halved(FLOATS(2 * rows, channels[i]), 0)}, .attributes = attributes);
  }
}

/* Sizes around those of a panel; fewer images than channels. x also as it lies in features of several positions. */
static void gaussians(void **state) {
  (void)state;
  static const int64_t shapes[][3] = {{2, 1, 1}, {5, 3, 4}, {3, 2, 7}, {9, 5, 8}, {4, 2, 33}, {40, 3, 61}, {7, 0, 3}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    int64_t n = shapes[i][0], p = shapes[i][1], c = shapes[i][2];
    SnAttributes attributes = {.whitening.shift = 0.25};
    COMPARE(whitening, 1e-6, .in = {FLOATS(n, p, c)}, .out = {FLOATS(p, c), FLOATS(p, c, c)}, .attributes = attributes);
    COMPARE(whitening, 1e-6, .in = {halved(swapped(FLOATS(n, c, 2 * p), 1, 2), 1)},
            .out = {FLOATS(p, c), FLOATS(p, c, c)}, .attributes = attributes);
  }
  COMPARE(whitening, EXACT, .in = {repeated(FLOATS(1, 2, 3), 0, 4)}, .out = {FLOATS(2, 3), FLOATS(2, 3, 3)});
}

static void float64_is_left_to_the_reference(void **state) {
  (void)state;
  const SnBackend *cpu = sn_backend_cpu();
  const int64_t shape[] = {2, 3, -1};
  SnArray *a = array_of(SN_FLOAT64, shape), *b = array_of(SN_FLOAT64, shape), *y = array_of(SN_FLOAT64, shape);
  SnCall call = {.in = {a, b}, .out = {y}};
  ((double *)a->data)[0] = 1.25;
  int64_t before = sn_fallback_count();
  assert_true(sn_kernel_run(cpu, SN_KERNEL_add, &call));
  assert_int_equal(sn_fallback_count(), before + 1);
  assert_true(((double *)y->data)[0] == 1.25);
  for (int k = 0; k < SN_KERNEL_COUNT; k++) assert_non_null(cpu->kernels[k]);
  forget();
}

static int reset(void **state) {
  (void)state;
  forget();
  return 0;
}

static int test_this_path(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(elementwise, reset),
      cmocka_unit_test_teardown(activations, reset),
      cmocka_unit_test_teardown(not_a_number_passes_through, reset),
      cmocka_unit_test_teardown(copies, reset),
      cmocka_unit_test_teardown(reductions, reset),
      cmocka_unit_test_teardown(maxima_share_their_gradient, reset),
      cmocka_unit_test_teardown(products, reset),
      cmocka_unit_test_teardown(convolutions, reset),
      cmocka_unit_test_teardown(batch_norms, reset),
      cmocka_unit_test_teardown(pooling, reset),
      cmocka_unit_test_teardown(resampling, reset),
      cmocka_unit_test_teardown(blurs, reset),
      cmocka_unit_test_teardown(unfolding, reset),
      cmocka_unit_test_teardown(layer_normalisation, reset),
      cmocka_unit_test_teardown(soft_maxima, reset),
      cmocka_unit_test_teardown(nearest_and_largest, reset),
      cmocka_unit_test_teardown(close_neighbors_are_told_apart, reset),
      cmocka_unit_test_teardown(random_numbers, reset),
      cmocka_unit_test_teardown(random_numbers_are_those_of_philox, reset),
      cmocka_unit_test_teardown(optimisers, reset),
      cmocka_unit_test_teardown(short_memory_is_an_error_and_no_declining, reset),
      cmocka_unit_test_teardown(openblas_uses_the_processor, reset),
      cmocka_unit_test_teardown(slices_along_any_dimension, reset),
      cmocka_unit_test_teardown(gaussians, reset),
      cmocka_unit_test_teardown(maps_at_positions, reset),
      cmocka_unit_test_teardown(float64_is_left_to_the_reference, reset),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Every code path that runs here, each in a process of its own: the first question after the backend decides. */
int main(void) {
  bool failed = false;
  for (int p = 0; sn_cpu_path(p); p++) {
    if (!sn_cpu_path(p)->runs_here()) continue;
    printf("code path %s\n", sn_cpu_path(p)->name);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
      setenv("SIMPLENET_CPU", sn_cpu_path(p)->name, 1);
      return test_this_path();
    }
    int status = -1;
    failed |= child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  }
  return failed;
}
