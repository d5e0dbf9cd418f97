/* Fused convolutions of the CPU backend: every algorithm, on every code path that this processor runs, against the
 * reference, on shapes at which tiles, panels and vectors end unevenly; and the same bits on any number of threads. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/backend.h"
#include "backends/cpu/paths.h"
#include "backends/cpu/precision.h"
#include "backends/float16.h"
#include "base/error.h"
#include "base/sanitizer.h"
#include "tests/support/fused_cases.h"

static const SnConvolutionAlgorithm algorithms[] = {
    SN_CONVOLUTION_IM2COL,     SN_CONVOLUTION_POINTWISE,  SN_CONVOLUTION_ROWS,
    SN_CONVOLUTION_WINOGRAD_2, SN_CONVOLUTION_WINOGRAD_4, SN_CONVOLUTION_SHALLOW,
    SN_CONVOLUTION_DEPTHWISE,  SN_CONVOLUTION_GROUPED,    SN_CONVOLUTION_BFLOAT16};
enum { ALGORITHMS = sizeof algorithms / sizeof *algorithms };

static void round_to_bfloat16(SnArray *a) {
  float *values = a->data;
  for (int64_t i = 0; i < sn_array_count(a); i++)
    values[i] = sn_float_from_bfloat16(sn_bfloat16_from_double((double)values[i]));
}

/* What the reference gives: of the factors as they are, and of the same rounded to bfloat16. */
typedef struct Expected {
  float *exact, *rounded;
} Expected;

static Expected expect(const FusedShape *s, int variant) {
  FusedCase c;
  fused_case_make(&c, s, variant);
  Expected expected = {.exact = fused_case_run(sn_backend_reference(), &c, 0)};
  round_to_bfloat16(&c.x);
  round_to_bfloat16(&c.weight);
  expected.rounded = fused_case_run(sn_backend_reference(), &c, 0);
  fused_case_free(&c);
  return expected;
}

/* On one code path: against the reference, and the same bits on any number of threads. */
static void check_path(FusedCase *c, const SnCpuPath *path, const Expected *expected) {
  size_t bytes = (size_t)sn_array_count(&c->y) * sizeof(float);
  for (int a = 0; a < ALGORITHMS; a++) {
    c->call.attributes.fused_conv2d.algorithm = algorithms[a];
    if (!path->backend->conv2d_supports(&c->call.attributes.fused_conv2d, c->x.shape)) continue;
    path->backend->set_threads(1);
    float *one = fused_case_run(path->backend, c, 0);
    fused_case_compare(c, path->name, one,
                       algorithms[a] == SN_CONVOLUTION_BFLOAT16 ? expected->rounded : expected->exact, 1);
    for (int threads = SN_SANITIZED ? 3 : 2; threads <= 3; threads++) {
      path->backend->set_threads(threads);
      float *several = fused_case_run(path->backend, c, 0);
      assert_memory_equal(one, several, bytes);
      free(several);
    }
    free(one);
  }
}

static void check(const FusedShape *s, int variant) {
  FusedCase c;
  fused_case_make(&c, s, variant);
  Expected expected = expect(s, variant);
  for (int p = 0; sn_cpu_path(p); p++)
    if (sn_cpu_path(p)->runs_here()) check_path(&c, sn_cpu_path(p), &expected);
  free(expected.exact);
  free(expected.rounded);
  fused_case_free(&c);
}

static void algorithms_agree_with_the_reference(void **state) {
  (void)state;
  for (int p = 0; sn_cpu_path(p); p++)
    if (!sn_cpu_path(p)->runs_here()) print_message("this processor has no %s\n", sn_cpu_path(p)->name);
  for (int i = 0; i < fused_shape_count; i++)
    for (int variant = 0; variant < FUSED_VARIANTS; variant++) check(&fused_shapes[i], variant);
}

static void activations_agree_with_the_reference(void **state) {
  (void)state;
  for (int i = 0; i < fused_activated_shape_count; i++)
    for (int a = 0; a < SN_ACTIVATION_COUNT; a++) {
      FusedCase c;
      fused_case_make_activated(&c, &fused_activated_shapes[i], (SnActivation)a);
      float *exact = fused_case_run(sn_backend_reference(), &c, 0);
      for (int p = 0; sn_cpu_path(p); p++)
        for (int g = 0; sn_cpu_path(p)->runs_here() && g < ALGORITHMS; g++) {
          const SnBackend *backend = sn_cpu_path(p)->backend;
          c.call.attributes.fused_conv2d.algorithm = algorithms[g];
          if (algorithms[g] == SN_CONVOLUTION_BFLOAT16 ||
              !backend->conv2d_supports(&c.call.attributes.fused_conv2d, c.x.shape))
            continue;
          float *found = fused_case_run(backend, &c, 0);
          fused_case_compare(&c, sn_cpu_path(p)->name, found, exact, 1);
          free(found);
        }
      free(exact);
      fused_case_free(&c);
    }
}

/* Convolutions read where the image lies add up in the order of those whose windows are gathered. */
static void tiles_have_the_bits_of_gathered_windows(void **state) {
  static const SnConvolutionAlgorithm direct[] = {SN_CONVOLUTION_POINTWISE, SN_CONVOLUTION_SHALLOW};
  (void)state;
  for (int i = 0; i < fused_shape_count; i++) {
    FusedCase c;
    fused_case_make(&c, &fused_shapes[i], 3);
    SnFusedConv2d *options = &c.call.attributes.fused_conv2d;
    for (int p = 0; sn_cpu_path(p / 2); p++) {
      const SnBackend *backend = sn_cpu_path(p / 2)->backend;
      options->algorithm = direct[p % 2];
      if (!sn_cpu_path(p / 2)->runs_here() || !backend->conv2d_supports(options, c.x.shape)) continue;
      float *found = fused_case_run(backend, &c, 0);
      options->algorithm = SN_CONVOLUTION_IM2COL;
      float *gathered = fused_case_run(backend, &c, 0);
      assert_memory_equal(found, gathered, (size_t)sn_array_count(&c.y) * sizeof(float));
      free(found);
      free(gathered);
    }
    fused_case_free(&c);
  }
}

/* Products of bfloat16 are exact in float32, so that arithmetic alone gives what VDPBF16PS gives. AMX adds up in an
 * order of its own. */
static void bfloat16_has_the_same_bits_on_all_paths(void **state) {
  (void)state;
  for (int i = 0; i < fused_shape_count; i++) {
    FusedCase c;
    fused_case_make(&c, &fused_shapes[i], 3);
    c.call.attributes.fused_conv2d.algorithm = SN_CONVOLUTION_BFLOAT16;
    size_t bytes = (size_t)sn_array_count(&c.y) * sizeof(float);
    float *portable = fused_case_run(sn_cpu_path(0)->backend, &c, 0);
    for (int p = 1; sn_cpu_path(p); p++) {
      if (!sn_cpu_path(p)->runs_here() || strcmp(sn_cpu_path(p)->name, "amx") == 0) continue;
      float *found = fused_case_run(sn_cpu_path(p)->backend, &c, 0);
      assert_memory_equal(found, portable, bytes);
      free(found);
    }
    free(portable);
    fused_case_free(&c);
  }
}

/* [N,C,H,W] as neighbouring channels in bfloat16 side by side. */
static void pair_channels(const SnArray *a, const float *values, uint16_t *pairs) {
  int64_t channels = a->shape[1], area = a->shape[2] * a->shape[3], rows = (channels + 1) / 2;
  for (int64_t i = 0; i < a->shape[0] * rows * area; i++) {
    int64_t image = i / area / rows, c = i / area % rows * 2, at = (image * channels + c) * area + i % area;
    pairs[2 * i] = sn_bfloat16_from_double((double)values[at]);
    pairs[2 * i + 1] = c + 1 < channels ? sn_bfloat16_from_double((double)values[at + area]) : 0;
  }
}

static uint16_t *paired(const SnArray *a, const float *values, size_t *bytes) {
  int64_t channels = a->shape[1] + a->shape[1] % 2;
  uint16_t *pairs = calloc((size_t)(2 * sn_array_count(a)) + 1, sizeof *pairs);
  assert_non_null(pairs);
  pair_channels(a, values, pairs);
  *bytes = (size_t)(a->shape[0] * channels * a->shape[2] * a->shape[3]) * sizeof *pairs;
  return pairs;
}

/* Channels in pairs are the same numbers: bits do not change for how x came, and y is what it was, rounded. */
static void check_pairs(FusedCase *c, const SnBackend *backend) {
  SnFusedConv2d *options = &c->call.attributes.fused_conv2d;
  assert_true(backend->conv2d_supports(options, c->x.shape));
  size_t x_bytes, y_bytes;
  float *expected = fused_case_run(backend, c, 0);
  uint16_t *y = paired(&c->y, expected, &y_bytes), *x = paired(&c->x, c->x.data, &x_bytes);
  options->y_packed = true;
  if (backend->conv2d_supports(options, c->x.shape)) {
    float *found = fused_case_run(backend, c, 0);
    assert_memory_equal(found, y, y_bytes);
    free(found);
  }
  options->y_packed = false;
  options->x_packed = true;
  if (backend->conv2d_supports(options, c->x.shape)) {
    void *floats = c->x.data;
    c->x.data = x; /* with as many zeros behind them, which may be read */
    float *found = fused_case_run(backend, c, 0);
    c->x.data = floats;
    assert_memory_equal(found, expected, (size_t)sn_array_count(&c->y) * sizeof *found);
    free(found);
  }
  options->x_packed = false;
  free(expected);
  free(x);
  free(y);
}

static void pairs_have_the_bits_of_floats(void **state) {
  (void)state;
  int checked = 0;
  for (int i = 0; i < fused_shape_count; i++)
    for (int p = 0; sn_cpu_path(p); p++) {
      const FusedShape *s = &fused_shapes[i];
      if (!sn_cpu_path(p)->runs_here() || s->options.groups > 1 || s->c == 1 || s->o == 1) continue;
      FusedCase c;
      fused_case_make(&c, s, i % FUSED_VARIANTS);
      c.call.attributes.fused_conv2d.algorithm = SN_CONVOLUTION_BFLOAT16;
      check_pairs(&c, sn_cpu_path(p)->backend);
      fused_case_free(&c);
      checked++;
    }
  assert_true(checked > 20);
}

static void bfloat16_keeps_what_is_not_a_number(void **state) {
  (void)state;
  static const FusedShape shape = {1, 3, 1, 1, 1, 1, 1, FUSED_POINT};
  static const float values[] = {NAN, INFINITY, 3.4e38f, 1.00390625f, 1.01171875f};
  static const float expected[] = {NAN, INFINITY, INFINITY, 1, 1.015625f}; /* ties go to even */
  for (int p = 0; sn_cpu_path(p); p++)
    for (size_t i = 0; sn_cpu_path(p)->runs_here() && i < sizeof values / sizeof *values; i++) {
      FusedCase c;
      fused_case_make(&c, &shape, 0);
      c.call.attributes.fused_conv2d.algorithm = SN_CONVOLUTION_BFLOAT16;
      assert_true(sn_cpu_path(p)->backend->conv2d_supports(&c.call.attributes.fused_conv2d, c.x.shape));
      for (int k = 0; k < 3; k++) {
        ((float *)c.x.data)[k] = k == 2 ? values[i] : 0; /* the third has no partner */
        ((float *)c.weight.data)[k] = 1;
      }
      float *found = fused_case_run(sn_cpu_path(p)->backend, &c, 0);
      if (isnan(expected[i]))
        assert_true(isnan(*found));
      else
        assert_true(*found == expected[i]);
      free(found);
      fused_case_free(&c);
    }
}

/* As in the networks; only some channels out, since the reference takes its time. */
static void real_shapes_are_precise(void **state) {
  (void)state;
  static const FusedShape list[] = {{1, 128, 56, 56, 6, 3, 3, FUSED_SAME},
                                    {1, 512, 14, 14, 20, 3, 3, FUSED_SAME},
                                    {1, 256, 28, 28, 10, 3, 3, FUSED_SAME},
                                    {1, 1024, 14, 14, 40, 1, 1, FUSED_POINT}};
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) check(&list[i], 3);
}

static void the_choice_is_supported(void **state) {
  (void)state;
  for (int i = 0; i < fused_shape_count; i++) {
    FusedCase c;
    fused_case_make(&c, &fused_shapes[i], 0);
    SnFusedConv2d *options = &c.call.attributes.fused_conv2d;
    for (int b = 0; b < sn_backend_count(); b++) {
      const SnBackend *backend = sn_backend_at(b);
      options->algorithm = backend->conv2d_choose(options, c.x.shape);
      assert_true(backend->conv2d_supports(options, c.x.shape));
      options->algorithm = SN_CONVOLUTION_DIRECT;
      assert_true(backend->conv2d_supports(options, c.x.shape));
      assert_int_equal(backend->conv2d_prepared_count(options), sn_array_count(&c.weight));
    }
    options->algorithm = SN_CONVOLUTION_WINOGRAD_4;
    if (options->conv2d.groups > 1 || options->kernel[0] != 3)
      assert_false(sn_backend_cpu()->conv2d_supports(options, c.x.shape));
    fused_case_free(&c);
  }
}

/* What is chosen with bfloat16 of so many times the speed of float32. */
static SnConvolutionAlgorithm chosen(int64_t channels, int64_t side, int64_t kernel, SnPrecision precision,
                                     double speed) {
  const SnBackend *cpu = sn_backend_cpu();
  SnFusedConv2d options = {.conv2d = {.stride = {1, 1}, .dilation = {1, 1}, .groups = 1},
                           .kernel = {kernel, kernel},
                           .in = channels,
                           .out = channels};
  for (int d = 0; d < 2; d++) options.conv2d.padding[d] = kernel / 2;
  sn_cpu_set_bfloat16_speed(speed);
  assert_true(cpu->set_precision(precision));
  SnConvolutionAlgorithm algorithm = cpu->conv2d_choose(&options, (int64_t[4]){1, channels, side, side});
  assert_true(cpu->set_precision(SN_PRECISION_FLOAT32));
  sn_cpu_set_bfloat16_speed(-1);
  return algorithm;
}

/* bf16 means at least as accurate as bfloat16's products: float32 is taken where it is faster. */
static void bfloat16_is_taken_where_it_is_faster(void **state) {
  (void)state;
  for (int64_t channels = 64; channels <= 512; channels *= 2)
    for (int64_t kernel = 1; kernel <= 7; kernel += 2) {
      SnConvolutionAlgorithm exact = chosen(channels, 28, kernel, SN_PRECISION_FLOAT32, 1.8);
      assert_true(exact != SN_CONVOLUTION_BFLOAT16);
      assert_int_equal(chosen(channels, 28, kernel, SN_PRECISION_BFLOAT16, 0), exact);
      assert_int_equal(chosen(channels, 28, kernel, SN_PRECISION_BFLOAT16, 1.8),
                       kernel == 3 ? SN_CONVOLUTION_WINOGRAD_4 : SN_CONVOLUTION_BFLOAT16);
      assert_int_equal(chosen(channels, 28, kernel, SN_PRECISION_BFLOAT16, 8), SN_CONVOLUTION_BFLOAT16);
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
      cmocka_unit_test(activations_agree_with_the_reference),
      cmocka_unit_test(real_shapes_are_precise),
      cmocka_unit_test(tiles_have_the_bits_of_gathered_windows),
      cmocka_unit_test(bfloat16_has_the_same_bits_on_all_paths),
      cmocka_unit_test(pairs_have_the_bits_of_floats),
      cmocka_unit_test(bfloat16_keeps_what_is_not_a_number),
      cmocka_unit_test(bfloat16_is_taken_where_it_is_faster),
      cmocka_unit_test(the_choice_is_supported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
