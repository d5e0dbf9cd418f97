/* Convolutions in 8 bits: on every code path the numbers that PyTorch's definition gives, computed here in whole
 * numbers; and the same bits whatever of x, y and the residual is packed, and on any number of threads. */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "backends/cpu/paths.h"
#include "tests/support/fused_cases.h"
#include "tests/support/random_floats.h"

static const SnQuantization quantizations[] = {{1.0f / 200, 0}, {2.0f / 255, 128}, {0.01f, 255}};
enum { QUANTIZATIONS = sizeof quantizations / sizeof *quantizations };

static int32_t code_of(SnQuantization q, float x) {
  return (int32_t)fmin(255, fmax(0, nearbyint((double)(x * (1 / q.scale))) + q.zero_point));
}

static float number_of(SnQuantization q, int32_t code) { return (float)(code - q.zero_point) * q.scale; }

/* Of output o: the weight as whole numbers, and what one of them counts. */
static float whole_weights(const FusedCase *c, int64_t o, int32_t *whole) {
  int64_t count = sn_array_count(&c->weight) / c->weight.shape[0];
  const float *weight = (const float *)c->weight.data + o * count;
  float most = 0;
  for (int64_t i = 0; i < count; i++) most = fmaxf(most, fabsf(weight[i]));
  for (int64_t i = 0; i < count; i++) whole[i] = (int32_t)lrintf(weight[i] * (127 / most));
  return most / 127;
}

/* codes: of x, from the zero point. */
static int64_t sum_of(const FusedCase *c, const int32_t *codes, const int32_t *whole, int64_t image, int64_t i,
                      int64_t j) {
  const SnFusedConv2d *options = &c->call.attributes.fused_conv2d;
  const SnConv2d *conv = &options->conv2d;
  const int64_t *x = c->x.shape;
  int64_t sum = 0;
  for (int64_t channel = 0; channel < x[1]; channel++)
    for (int64_t k = 0; k < options->kernel[0]; k++)
      for (int64_t l = 0; l < options->kernel[1]; l++, whole++) {
        int64_t row = i * conv->stride[0] - conv->padding[0] + k * conv->dilation[0];
        int64_t column = j * conv->stride[1] - conv->padding[1] + l * conv->dilation[1];
        if (row < 0 || row >= x[2] || column < 0 || column >= x[3]) continue;
        sum += *whole * codes[((image * x[1] + channel) * x[2] + row) * x[3] + column];
      }
  return sum;
}

static float activated(const SnFusedConv2d *options, float x) {
  if (options->activation == SN_ACTIVATION_NONE || x > 0) return x;
  return options->activation == SN_ACTIVATION_RELU ? 0 : (float)options->slope * x;
}

static float *expected_of(const FusedCase *c) {
  const SnFusedConv2d *options = &c->call.attributes.fused_conv2d;
  const int64_t *y = c->y.shape;
  int64_t weights = sn_array_count(&c->weight) / y[1];
  float *result = new_floats(sn_array_count(&c->y));
  int32_t *whole = calloc((size_t)weights + 1, sizeof *whole);
  int32_t *codes = calloc((size_t)sn_array_count(&c->x) + 1, sizeof *codes);
  assert_true(whole && codes);
  for (int64_t i = 0; i < sn_array_count(&c->x); i++)
    codes[i] = code_of(options->x_quantization, ((const float *)c->x.data)[i]) - options->x_quantization.zero_point;
  for (int64_t o = 0; o < y[1]; o++) {
    float factor = whole_weights(c, o, whole) * options->x_quantization.scale;
    for (int64_t at = 0; at < y[0] * y[2] * y[3]; at++) {
      int64_t image = at / (y[2] * y[3]), pixel = at % (y[2] * y[3]), place = (image * y[1] + o) * y[2] * y[3] + pixel;
      float sum = (float)sum_of(c, codes, whole, image, pixel / y[3], pixel % y[3]) * factor;
      if (c->call.in[2]) sum += ((const float *)c->bias.data)[o];
      if (c->call.in[3]) sum += ((const float *)c->residual.data)[place];
      result[place] = activated(options, sum);
    }
  }
  free(whole);
  free(codes);
  return result;
}

/* [N,C,H,W] as codes, four neighbouring channels side by side, in as much memory as the floats take. */
static uint8_t *packed(const SnArray *a, const float *values, SnQuantization q, size_t *bytes) {
  int64_t channels = a->shape[1], area = a->shape[2] * a->shape[3], steps = (channels + 3) / 4;
  uint8_t *codes = calloc((size_t)sn_array_count(a) + 1, sizeof(float));
  assert_non_null(codes);
  for (int64_t i = 0; i < a->shape[0] * steps * area * 4; i++) {
    int64_t image = i / (steps * area * 4), channel = i / (area * 4) % steps * 4 + i % 4, pixel = i / 4 % area;
    codes[i] = (uint8_t)code_of(q, channel < channels ? values[(image * channels + channel) * area + pixel] : 0);
  }
  *bytes = (size_t)(a->shape[0] * steps * area * 4);
  return codes;
}

static bool has_room(const SnArray *a) {
  enum { BEHIND = 128 };
  int64_t count = sn_array_count(a), steps = (a->shape[1] + 3) / 4;
  return count > 0 && 4 * count - 4 * steps * (count / a->shape[1]) >= BEHIND;
}

static void expect_same(const FusedCase *c, const char *where, const float *found, const void *expected, size_t bytes) {
  const SnFusedConv2d *o = &c->call.attributes.fused_conv2d;
  if (memcmp(found, expected, bytes) != 0)
    fail_msg("%s: x [%lld,%lld,%lld,%lld]%s, %lld outputs of %lldx%lld%s%s: other bits", where,
             (long long)c->x.shape[0], (long long)c->x.shape[1], (long long)c->x.shape[2], (long long)c->x.shape[3],
             o->x_packed ? " packed" : "", (long long)o->out, (long long)o->kernel[0], (long long)o->kernel[1],
             o->y_packed ? ", packed" : "", o->residual_packed ? ", residual packed" : "");
}

static void check_run(const FusedCase *c, const SnCpuPath *path, const void *expected, size_t bytes) {
  for (int threads = 1; threads <= 3; threads++) {
    path->backend->set_threads(threads);
    float *found = fused_case_run(path->backend, c, 0);
    expect_same(c, path->name, found, expected, bytes);
    free(found);
  }
}

/* Puts codes in the place of the numbers, and what they stand for into `numbers`. */
static void quantize(SnArray *a, SnQuantization q, float **numbers) {
  size_t bytes;
  float *values = a->data;
  uint8_t *codes = packed(a, values, q, &bytes);
  for (int64_t i = 0; i < sn_array_count(a); i++) values[i] = number_of(q, code_of(q, values[i]));
  *numbers = values;
  a->data = codes;
}

static void check(const FusedShape *s, int variant, SnQuantization q, const SnCpuPath *path) {
  FusedCase c;
  fused_case_make(&c, s, variant);
  SnFusedConv2d *options = &c.call.attributes.fused_conv2d;
  options->algorithm = SN_CONVOLUTION_INT8;
  options->x_quantization = q;
  options->y_quantization = (SnQuantization){0.013f, variant % 3 == 1 ? 0 : 100};
  options->residual_quantization = (SnQuantization){0.009f, 111};
  if (path->backend->conv2d_supports(options, c.x.shape)) {
    size_t bytes = (size_t)sn_array_count(&c.y) * sizeof(float), y_bytes;
    float *expected = expected_of(&c), *numbers;
    check_run(&c, path, expected, bytes);
    options->y_packed = true;
    uint8_t *codes = packed(&c.y, expected, options->y_quantization, &y_bytes);
    if (path->backend->conv2d_supports(options, c.x.shape)) check_run(&c, path, codes, y_bytes);
    options->y_packed = false;
    options->x_packed = true;
    if (has_room(&c.x) && path->backend->conv2d_supports(options, c.x.shape)) {
      quantize(&c.x, q, &numbers);
      check_run(&c, path, expected, bytes);
      free(c.x.data);
      c.x.data = numbers;
    }
    options->x_packed = false;
    free(expected);
    free(codes);
    if (c.call.in[3] && sn_array_count(&c.y) > 0) {
      quantize(&c.residual, options->residual_quantization, &numbers);
      void *quantized = c.residual.data;
      c.residual.data = numbers;
      expected = expected_of(&c);
      c.residual.data = quantized;
      options->residual_packed = true;
      check_run(&c, path, expected, bytes);
      free(expected);
      free(numbers);
    }
  }
  fused_case_free(&c);
}

static void sums_are_exact(void **state) {
  (void)state;
  int checked = 0;
  for (int i = 0; i < fused_shape_count; i++)
    for (int p = 0; sn_cpu_path(p); p++) {
      if (!sn_cpu_path(p)->runs_here() || fused_shapes[i].options.groups > 1) continue;
      for (int q = 0; q < QUANTIZATIONS; q++, checked++)
        check(&fused_shapes[i], (i + q) % FUSED_VARIANTS, quantizations[q], sn_cpu_path(p));
    }
  assert_true(checked > 60);
}

/* The largest sums that there are. */
static void sums_do_not_overflow(void **state) {
  (void)state;
  static const FusedShape deep = {1, 7281, 3, 3, 2, 3, 3, FUSED_SAME}; /* 65529 products each */
  for (int p = 0; sn_cpu_path(p); p++) {
    if (!sn_cpu_path(p)->runs_here()) continue;
    FusedCase c;
    fused_case_make(&c, &deep, 0);
    for (int64_t i = 0; i < sn_array_count(&c.x); i++) ((float *)c.x.data)[i] = 1;
    for (int64_t i = 0; i < sn_array_count(&c.weight); i++) ((float *)c.weight.data)[i] = 1;
    SnFusedConv2d *options = &c.call.attributes.fused_conv2d;
    options->algorithm = SN_CONVOLUTION_INT8;
    options->x_quantization = (SnQuantization){1.0f / 255, 0};
    assert_true(sn_cpu_path(p)->backend->conv2d_supports(options, c.x.shape));
    float *expected = expected_of(&c), *found = fused_case_run(sn_cpu_path(p)->backend, &c, 0);
    expect_same(&c, sn_cpu_path(p)->name, found, expected, (size_t)sn_array_count(&c.y) * sizeof *found);
    assert_true(fabsf(found[4] - 65529) < 0.02f);
    options->in = 7282;
    assert_false(sn_cpu_path(p)->backend->conv2d_supports(options, c.x.shape));
    free(expected);
    free(found);
    fused_case_free(&c);
  }
}

/* Products in bfloat16 whose results are for products in 8 bits. */
static void results_of_bfloat16_are_written_as_codes(void **state) {
  (void)state;
  int checked = 0;
  for (int i = 0; i < fused_shape_count; i++)
    for (int p = 0; sn_cpu_path(p); p++) {
      if (!sn_cpu_path(p)->runs_here() || fused_shapes[i].options.groups > 1) continue;
      FusedCase c;
      fused_case_make(&c, &fused_shapes[i], i % FUSED_VARIANTS);
      SnFusedConv2d *options = &c.call.attributes.fused_conv2d;
      SnQuantization q = {0.013f, 100};
      options->algorithm = SN_CONVOLUTION_BFLOAT16;
      if (sn_cpu_path(p)->backend->conv2d_supports(options, c.x.shape)) {
        size_t bytes;
        float *numbers = fused_case_run(sn_cpu_path(p)->backend, &c, 0);
        uint8_t *codes = packed(&c.y, numbers, q, &bytes);
        options->y_packed = true;
        options->y_quantization = q;
        bool whole = sn_cpu_path(p)->backend->conv2d_supports(options, c.x.shape);
        if (whole) check_run(&c, sn_cpu_path(p), codes, bytes);
        checked += whole;
        free(numbers);
        free(codes);
      }
      fused_case_free(&c);
    }
  assert_true(checked > 60);
}

/* What is not a number, or too large, has a code of its own neighbours' kind: no undefined bits. */
static void what_is_not_a_number_has_a_code(void **state) {
  (void)state;
  static const FusedShape shape = {1, 5, 1, 1, 1, 1, 1, FUSED_POINT};
  static const float values[] = {NAN, INFINITY, -INFINITY, 3e38f, 0.5f};
  static const float expected[] = {0, 255, 0, 255, 0}; /* ties go to even */
  for (int p = 0; sn_cpu_path(p); p++)
    for (size_t i = 0; sn_cpu_path(p)->runs_here() && i < sizeof values / sizeof *values; i++) {
      FusedCase c;
      fused_case_make(&c, &shape, 0);
      SnFusedConv2d *options = &c.call.attributes.fused_conv2d;
      options->algorithm = SN_CONVOLUTION_INT8;
      options->x_quantization = (SnQuantization){1, 0};
      for (int k = 0; k < 5; k++) {
        ((float *)c.x.data)[k] = k == 4 ? values[i] : 0;
        ((float *)c.weight.data)[k] = 1;
      }
      float *found = fused_case_run(sn_cpu_path(p)->backend, &c, 0);
      assert_true(fabsf(*found - expected[i]) < 1e-4f);
      free(found);
      fused_case_free(&c);
    }
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(sums_are_exact), cmocka_unit_test(sums_do_not_overflow),
                                            cmocka_unit_test(results_of_bfloat16_are_written_as_codes),
                                            cmocka_unit_test(what_is_not_a_number_has_a_code)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
