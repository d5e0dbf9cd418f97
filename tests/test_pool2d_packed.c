/* Maxima of packed channels against those of channels that lie apart, packed afterwards: no bit differs. */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backends/cpu/paths.h"

typedef struct Case {
  int64_t channels, height, width;
  SnPool2d options;
} Case;

static const Case cases[] = {
    {64, 112, 112, {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}},
    {7, 9, 11, {.kernel = {2, 2}, .stride = {2, 2}}},
    {5, 33, 17, {.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}}},
    {4, 6, 40, {.kernel = {2, 5}, .stride = {3, 3}, .padding = {1, 2}}},
    {3, 1, 1, {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}},
    {2, 8, 70, {.kernel = {1, 1}, .stride = {1, 2}}},
};

static int64_t windows(const Case *c, int64_t size, int d) {
  return (size + 2 * c->options.padding[d] - c->options.kernel[d]) / c->options.stride[d] + 1;
}

/* Upper 16 bits: the numbers here have no others. */
static uint32_t bfloat16_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits >> 16;
}

static uint32_t byte_of(float x) { return (uint32_t)x; }

static uint32_t *pack(const float *x, int64_t channels, int64_t area, bool bytes) {
  int64_t unit = bytes ? 4 : 2, steps = (channels + unit - 1) / unit;
  uint32_t *packed = calloc((size_t)(2 * steps * area), sizeof *packed);
  assert_non_null(packed);
  for (int64_t i = 0; i < 2 * steps * area; i++)
    for (int64_t u = 0; u < unit; u++) {
      int64_t image = i / (steps * area), channel = i / area % steps * unit + u, pixel = i % area;
      float value = channel < channels ? x[(image * channels + channel) * area + pixel] : 0;
      packed[i] |= (bytes ? byte_of(value) : bfloat16_of(value)) << (32 / unit * u);
    }
  return packed;
}

static float value_at(int64_t i, bool bytes) {
  uint32_t random = (uint32_t)i * 2654435761u >> 16;
  if (bytes) return (float)(random & 255);
  return random % 61 == 0 ? NAN : ((float)(random & 255) - 128) / 16;
}

static SnArray array(SnDtype dtype, int64_t c, int64_t h, int64_t w, void *data) {
  return (SnArray){.dtype = dtype, .ndim = 4, .shape = {2, c, h, w}, .stride = {c * h * w, h * w, w, 1}, .data = data};
}

/* In images as large as their memory, so that a sanitizer sees what is read behind them. */
static void check(const Case *c, bool bytes, const SnCpuPath *path) {
  int64_t rows = windows(c, c->height, 0), columns = windows(c, c->width, 1),
          count = 2 * c->channels * c->height * c->width;
  float *x = malloc((size_t)count * sizeof *x), *y = malloc((size_t)(2 * c->channels * rows * columns) * sizeof *y);
  assert_true(x && y);
  for (int64_t i = 0; i < count; i++) x[i] = value_at(i, bytes);
  SnArray from = array(SN_FLOAT32, c->channels, c->height, c->width, x),
          to = array(SN_FLOAT32, c->channels, rows, columns, y);
  SnCall call = {.in = {&from}, .out = {&to}, .attributes.pool2d = c->options};
  assert_true(path->backend->kernels[SN_KERNEL_max_pool2d](&call));
  uint32_t *expected = pack(y, c->channels, rows * columns, bytes),
           *packed = pack(x, c->channels, c->height * c->width, bytes);
  int64_t steps = (c->channels + (bytes ? 3 : 1)) / (bytes ? 4 : 2);
  size_t size = (size_t)(2 * steps * rows * columns) * sizeof(uint32_t);
  uint32_t *found = malloc(size);
  assert_non_null(found);
  from.dtype = to.dtype = bytes ? SN_UINT8 : SN_BFLOAT16;
  from.data = packed;
  to.data = found;
  call.attributes.pool2d.packed = true;
  assert_true(path->backend->kernels[SN_KERNEL_max_pool2d](&call));
  if (memcmp(found, expected, size) != 0)
    fail_msg("%s: %lld x %lld, %s: other bits", path->name, (long long)c->height, (long long)c->width,
             bytes ? "bytes" : "bfloat16");
  free(x);
  free(y);
  free(expected);
  free(packed);
  free(found);
}

static void packing_and_maxima_commute(void **state) {
  (void)state;
  for (int p = 0; sn_cpu_path(p); p++)
    for (size_t i = 0; i < sizeof cases / sizeof *cases && sn_cpu_path(p)->runs_here(); i++)
      for (int bytes = 0; bytes < 2; bytes++) check(&cases[i], bytes, sn_cpu_path(p));
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(packing_and_maxima_commute)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
