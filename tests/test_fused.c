/* Fused convolutions of the CPU backend: every algorithm, on every code path that this processor runs, against the
 * reference, on shapes at which tiles, panels and vectors end unevenly; and the same bits on any number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/backend.h"
#include "backends/cpu/paths.h"
#include "backends/float16.h"
#include "backends/philox.h"
#include "base/error.h"

typedef struct Shape {
  int64_t n, c, h, w, o, kh, kw;
  SnConv2d options;
} Shape;

/* Stride 1, padding 1: what Winograd takes. */
#define SAME \
  { {1, 1}, {1, 1}, {1, 1}, 1 }
#define POINT \
  { {1, 1}, {0, 0}, {1, 1}, 1 }

static const Shape shapes[] = {
    {1, 1, 1, 1, 1, 3, 3, SAME},
    {1, 1, 1, 1, 1, 1, 1, POINT},
    {2, 3, 7, 9, 5, 3, 3, SAME},
    {1, 8, 4, 4, 16, 3, 3, SAME},
    {3, 17, 14, 14, 33, 3, 3, SAME},
    {1, 40, 13, 30, 70, 3, 3, SAME},
    {2, 5, 3, 17, 9, 3, 3, {{1, 1}, {0, 0}, {1, 1}, 1}},
    {1, 4, 6, 5, 8, 3, 3, {{1, 1}, {2, 3}, {1, 1}, 1}},
    {1, 2, 1, 40, 3, 3, 3, {{1, 1}, {4, 1}, {1, 1}, 1}},
    {9, 16, 7, 7, 24, 3, 3, SAME},
    {1, 16, 90, 70, 16, 3, 3, SAME},
    {1, 300, 5, 6, 8, 3, 3, SAME},
    {1, 600, 14, 14, 100, 1, 1, POINT},
    {3, 70, 5, 7, 130, 1, 1, POINT},
    {8, 12, 1, 1, 7, 1, 1, POINT},
    {2, 24, 40, 40, 10, 1, 1, POINT},
    {2, 8, 15, 13, 16, 1, 1, {{2, 2}, {0, 0}, {1, 1}, 1}},
    {1, 3, 37, 41, 8, 7, 7, {{2, 2}, {3, 3}, {1, 1}, 1}},
    {2, 30, 9, 11, 20, 3, 3, {{2, 2}, {1, 1}, {1, 1}, 1}},
    {2, 6, 9, 8, 4, 3, 2, {{2, 1}, {0, 2}, {1, 3}, 2}},
    {2, 32, 12, 11, 32, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 8}},
    {1, 4, 5, 6, 6, 3, 3, {{3, 2}, {4, 5}, {2, 2}, 1}},
    {0, 3, 8, 8, 4, 3, 3, SAME},
};

static const SnConvolutionAlgorithm algorithms[] = {SN_CONVOLUTION_IM2COL, SN_CONVOLUTION_POINTWISE,
                                                    SN_CONVOLUTION_WINOGRAD_2, SN_CONVOLUTION_WINOGRAD_4,
                                                    SN_CONVOLUTION_BFLOAT16};
enum { ALGORITHMS = sizeof algorithms / sizeof *algorithms };

/* Memory of the exact size, so that sanitizers see what lies beyond. */
static float *floats(int64_t count) {
  float *values = malloc((size_t)(count > 0 ? count : 1) * sizeof *values);
  assert_non_null(values);
  return values;
}

static float *random_floats(uint32_t stream, int64_t count) {
  float *values = floats(count);
  for (int64_t i = 0; i < count; i += 4) {
    SnPhilox bits = sn_philox(3, stream, 0, (uint64_t)i / 4);
    for (int64_t k = 0; k < 4 && i + k < count; k++) values[i + k] = 2 * sn_uniform_from_bits(bits.word[k]) - 1;
  }
  return values;
}

static SnArray array(float *data, int ndim, const int64_t *shape) {
  SnArray a = {.data = data, .dtype = SN_FLOAT32, .ndim = ndim};
  for (int64_t d = ndim - 1, stride = 1; d >= 0; stride *= shape[d--]) {
    a.shape[d] = shape[d];
    a.stride[d] = stride;
  }
  return a;
}

typedef struct Case {
  SnArray x, weight, bias, residual, y;
  SnCall call; /* of conv2d_fused, without prepared weight and y */
} Case;

static Case new_case(const Shape *s, int variant) {
  const SnConv2d *o = &s->options;
  int64_t oh = (s->h + 2 * o->padding[0] - o->dilation[0] * (s->kh - 1) - 1) / o->stride[0] + 1;
  int64_t ow = (s->w + 2 * o->padding[1] - o->dilation[1] * (s->kw - 1) - 1) / o->stride[1] + 1;
  int64_t x[] = {s->n, s->c, s->h, s->w}, weight[] = {s->o, s->c / o->groups, s->kh, s->kw}, y[] = {s->n, s->o, oh, ow};
  Case c = {.x = array(random_floats(1, x[0] * x[1] * x[2] * x[3]), 4, x),
            .weight = array(random_floats(2, weight[0] * weight[1] * weight[2] * weight[3]), 4, weight),
            .bias = array(random_floats(3, s->o), 1, &s->o),
            .residual = array(random_floats(4, y[0] * y[1] * y[2] * y[3]), 4, y),
            .y = array(NULL, 4, y)};
  c.call.attributes.fused_conv2d = (SnFusedConv2d){.conv2d = *o,
                                                   .in = s->c,
                                                   .out = s->o,
                                                   .kernel = {s->kh, s->kw},
                                                   .activation = (SnActivation)(variant % 3),
                                                   .slope = 0.2};
  return c;
}

static void point_to_arrays(Case *c, int variant) {
  c->call.in[0] = &c->x;
  c->call.in[2] = variant & 1 ? &c->bias : NULL;
  c->call.in[3] = variant & 2 ? &c->residual : NULL;
}

static void free_case(Case *c) {
  free(c->x.data);
  free(c->weight.data);
  free(c->bias.data);
  free(c->residual.data);
}

static void round_to_bfloat16(SnArray *a) {
  float *values = a->data;
  for (int64_t i = 0; i < sn_array_count(a); i++)
    values[i] = sn_float_from_bfloat16(sn_bfloat16_from_double((double)values[i]));
}

/* The result, to be freed. */
static float *run(const SnBackend *backend, const Case *c) {
  int64_t n = backend->conv2d_prepared_count(&c->call.attributes.fused_conv2d);
  SnArray prepared = array(floats(n), 1, &n), y = c->y;
  y.data = floats(sn_array_count(&y));
  for (int64_t i = 0; i < sn_array_count(&y); i++) ((float *)y.data)[i] = NAN;
  SnCall prepare = {.in = {&c->weight}, .out = {&prepared}, .attributes = c->call.attributes}, fused = c->call;
  fused.in[1] = &prepared;
  fused.out[0] = &y;
  assert_true(backend->kernels[SN_KERNEL_conv2d_prepare](&prepare));
  assert_true(backend->kernels[SN_KERNEL_conv2d_fused](&fused));
  free(prepared.data);
  return y.data;
}

static void compare(const Shape *s, const char *path, SnConvolutionAlgorithm algorithm, const float *found,
                    const float *expected, int64_t count) {
  double largest = 0, error = 0;
  for (int64_t i = 0; i < count; i++) {
    largest = fmax(largest, fabs((double)expected[i]));
    double difference = fabs((double)found[i] - (double)expected[i]);
    if (!(difference <= error)) error = difference; /* NaN stays */
  }
  double tolerance = algorithm == SN_CONVOLUTION_WINOGRAD_4 ? 2e-5 : 3e-6;
  if (!(error <= tolerance * largest))
    fail_msg("%s, %s: x [%lld,%lld,%lld,%lld], %lld outputs of %lldx%lld: wrong by %g of %g", path,
             sn_convolution_algorithm_name(algorithm), (long long)s->n, (long long)s->c, (long long)s->h,
             (long long)s->w, (long long)s->o, (long long)s->kh, (long long)s->kw, error, largest);
}

static void check(const Shape *s, int variant, const SnCpuPath *path) {
  Case c = new_case(s, variant);
  point_to_arrays(&c, variant);
  int64_t count = sn_array_count(&c.y);
  float *expected = run(sn_backend_reference(), &c), *expected_of_rounded = NULL;
  for (int a = 0; a < ALGORITHMS; a++) {
    c.call.attributes.fused_conv2d.algorithm = algorithms[a];
    if (!path->backend->conv2d_supports(&c.call.attributes.fused_conv2d, c.x.shape)) continue;
    path->backend->set_threads(1);
    float *one = run(path->backend, &c);
    if (algorithms[a] == SN_CONVOLUTION_BFLOAT16) {
      c.call.attributes.fused_conv2d.algorithm = SN_CONVOLUTION_DIRECT;
      round_to_bfloat16(&c.x);
      round_to_bfloat16(&c.weight);
      expected_of_rounded = run(sn_backend_reference(), &c);
      c.call.attributes.fused_conv2d.algorithm = SN_CONVOLUTION_BFLOAT16;
    }
    compare(s, path->name, algorithms[a], one, expected_of_rounded ? expected_of_rounded : expected, count);
    for (int threads = 2; threads <= 3; threads++) {
      path->backend->set_threads(threads);
      float *several = run(path->backend, &c);
      assert_memory_equal(one, several, (size_t)count * sizeof *one);
      free(several);
    }
    free(one);
  }
  free(expected);
  free(expected_of_rounded);
  free_case(&c);
}

static void algorithms_agree_with_the_reference(void **state) {
  (void)state;
  for (int p = 0; sn_cpu_path(p); p++) {
    if (!sn_cpu_path(p)->runs_here()) {
      print_message("this processor has no %s\n", sn_cpu_path(p)->name);
      continue;
    }
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
      for (int variant = 0; variant < 6; variant++) check(&shapes[i], variant, sn_cpu_path(p));
  }
}

/* Products of bfloat16 are exact in float32, so that arithmetic alone gives what VDPBF16PS gives. */
static void bfloat16_has_the_same_bits_on_all_paths(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    Case c = new_case(&shapes[i], 3);
    point_to_arrays(&c, 3);
    c.call.attributes.fused_conv2d.algorithm = SN_CONVOLUTION_BFLOAT16;
    size_t bytes = (size_t)sn_array_count(&c.y) * sizeof(float);
    float *portable = run(sn_cpu_path(0)->backend, &c);
    for (int p = 1; sn_cpu_path(p); p++) {
      if (!sn_cpu_path(p)->runs_here()) continue;
      float *found = run(sn_cpu_path(p)->backend, &c);
      assert_memory_equal(found, portable, bytes);
      free(found);
    }
    free(portable);
    free_case(&c);
  }
}

static void bfloat16_keeps_what_is_not_a_number(void **state) {
  (void)state;
  static const Shape shape = {1, 3, 1, 1, 1, 1, 1, POINT};
  static const float values[] = {NAN, INFINITY, 3.4e38f, 1.00390625f, 1.01171875f};
  static const float expected[] = {NAN, INFINITY, INFINITY, 1, 1.015625f}; /* ties go to even */
  for (int p = 0; sn_cpu_path(p); p++)
    for (size_t i = 0; sn_cpu_path(p)->runs_here() && i < sizeof values / sizeof *values; i++) {
      Case c = new_case(&shape, 0);
      point_to_arrays(&c, 0);
      c.call.attributes.fused_conv2d.algorithm = SN_CONVOLUTION_BFLOAT16;
      for (int k = 0; k < 3; k++) {
        ((float *)c.x.data)[k] = k == 2 ? values[i] : 0; /* the third has no partner */
        ((float *)c.weight.data)[k] = 1;
      }
      float *found = run(sn_cpu_path(p)->backend, &c);
      if (isnan(expected[i]))
        assert_true(isnan(*found));
      else
        assert_true(*found == expected[i]);
      free(found);
      free_case(&c);
    }
}

/* As in the networks; only some channels out, since the reference takes its time. */
static void real_shapes_are_precise(void **state) {
  (void)state;
  static const Shape list[] = {{1, 128, 56, 56, 6, 3, 3, SAME},
                               {1, 512, 14, 14, 20, 3, 3, SAME},
                               {1, 256, 28, 28, 10, 3, 3, SAME},
                               {1, 1024, 14, 14, 40, 1, 1, POINT}};
  for (int p = 0; sn_cpu_path(p); p++)
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
      if (sn_cpu_path(p)->runs_here()) check(&list[i], 3, sn_cpu_path(p));
}

static void the_choice_is_supported(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    Case c = new_case(&shapes[i], 0);
    SnFusedConv2d *options = &c.call.attributes.fused_conv2d;
    for (int b = 0; b < sn_backend_count(); b++) {
      const SnBackend *backend = sn_backend_at(b);
      options->algorithm = backend->conv2d_choose(options, c.x.shape);
      assert_true(backend->conv2d_supports(options, c.x.shape));
      options->algorithm = SN_CONVOLUTION_DIRECT;
      assert_true(backend->conv2d_supports(options, c.x.shape));
      assert_int_equal(backend->conv2d_prepared_count(options), sn_array_count(&c.weight));
    }
    assert_true(sn_backend_cpu()->set_precision(SN_PRECISION_BFLOAT16));
    assert_int_equal(sn_backend_cpu()->conv2d_choose(options, c.x.shape), SN_CONVOLUTION_BFLOAT16);
    assert_true(sn_backend_cpu()->set_precision(SN_PRECISION_FLOAT32));
    options->algorithm = SN_CONVOLUTION_WINOGRAD_4;
    if (options->conv2d.groups > 1 || options->kernel[0] != 3)
      assert_false(sn_backend_cpu()->conv2d_supports(options, c.x.shape));
    free_case(&c);
  }
}

/* In a process of its own: the variable is read once. */
static void expect_of(const char *value, const char *sentence) {
  pid_t child = fork();
  if (child == 0) {
    setenv("SIMPLENET_CPU", value, 1);
    void *memory = sn_backend_cpu()->allocate(8);
    if (memory) sn_backend_cpu()->release(memory, 8);
    _exit(sentence ? memory != NULL || !sn_error() || !strstr(sn_error(), sentence) : memory == NULL);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void a_code_path_can_be_asked_for(void **state) {
  (void)state;
  expect_of("sse9", "SIMPLENET_CPU is 'sse9'");
  expect_of("", NULL);
  for (int p = 0; sn_cpu_path(p); p++)
    expect_of(sn_cpu_path(p)->name, sn_cpu_path(p)->runs_here() ? NULL : "this processor runs only portable");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_code_path_can_be_asked_for), /* first: before this process has asked for a backend */
      cmocka_unit_test(algorithms_agree_with_the_reference),
      cmocka_unit_test(real_shapes_are_precise),
      cmocka_unit_test(bfloat16_has_the_same_bits_on_all_paths),
      cmocka_unit_test(bfloat16_keeps_what_is_not_a_number),
      cmocka_unit_test(the_choice_is_supported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
