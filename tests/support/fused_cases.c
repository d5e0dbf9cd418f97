#include "tests/support/fused_cases.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "tests/support/random_floats.h"
#include "tests/support/test.h"

const FusedShape fused_shapes[] = {
    {1, 1, 1, 1, 1, 3, 3, FUSED_SAME},
    {1, 1, 1, 1, 1, 1, 1, FUSED_POINT},
    {2, 3, 7, 9, 5, 3, 3, FUSED_SAME},
    {1, 8, 4, 4, 16, 3, 3, FUSED_SAME},
    {3, 17, 14, 14, 33, 3, 3, FUSED_SAME},
    {1, 40, 13, 30, 70, 3, 3, FUSED_SAME},
    {2, 5, 3, 17, 9, 3, 3, {{1, 1}, {0, 0}, {1, 1}, 1, {0, 0}}},
    {1, 4, 6, 5, 8, 3, 3, {{1, 1}, {2, 3}, {1, 1}, 1, {0, 0}}},
    {1, 2, 1, 40, 3, 3, 3, {{1, 1}, {4, 1}, {1, 1}, 1, {0, 0}}},
    {9, 16, 7, 7, 24, 3, 3, FUSED_SAME},
    {1, 16, 90, 70, 16, 3, 3, FUSED_SAME},
    {1, 300, 5, 6, 8, 3, 3, FUSED_SAME},
    {1, 600, 14, 14, 100, 1, 1, FUSED_POINT},
    {3, 70, 5, 7, 130, 1, 1, FUSED_POINT},
    {8, 12, 1, 1, 7, 1, 1, FUSED_POINT},
    {2, 24, 40, 40, 10, 1, 1, FUSED_POINT},
    {2, 8, 15, 13, 16, 1, 1, {{2, 2}, {0, 0}, {1, 1}, 1, {0, 0}}},
    {1, 3, 37, 41, 8, 7, 7, {{2, 2}, {3, 3}, {1, 1}, 1, {0, 0}}},
    {2, 30, 9, 11, 20, 3, 3, {{2, 2}, {1, 1}, {1, 1}, 1, {0, 0}}},
    {1, 20, 28, 28, 40, 3, 3, {{2, 2}, {1, 1}, {1, 1}, 1, {0, 0}}},
    {3, 17, 14, 15, 33, 3, 3, {{2, 2}, {0, 0}, {1, 1}, 1, {0, 0}}},
    {1, 4, 6, 5, 8, 3, 3, {{2, 2}, {2, 3}, {1, 1}, 1, {0, 0}}},
    {1, 16, 180, 141, 16, 3, 3, {{2, 2}, {1, 1}, {1, 1}, 1, {0, 0}}},
    {2, 6, 9, 8, 4, 3, 2, {{2, 1}, {0, 2}, {1, 3}, 2, {0, 0}}},
    {2, 32, 12, 11, 32, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 8, {0, 0}}},
    {1, 4, 5, 6, 6, 3, 3, {{3, 2}, {4, 5}, {2, 2}, 1, {0, 0}}},
    {2, 5, 14, 14, 5, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 5, {0, 0}}},
    {1, 3, 29, 31, 3, 5, 5, {{2, 2}, {2, 2}, {1, 1}, 3, {0, 0}}},
    {1, 2, 58, 17, 2, 3, 3, {{2, 2}, {0, 1}, {1, 1}, 2, {0, 0}}},
    {1, 3, 9, 70, 3, 5, 5, {{1, 1}, {2, 1}, {1, 1}, 3, {0, 0}}},
    {2, 2, 7, 7, 2, 7, 7, {{1, 1}, {3, 3}, {1, 1}, 2, {0, 0}}},
    {1, 2, 21, 40, 2, 7, 7, {{2, 2}, {3, 4}, {1, 1}, 2, {0, 0}}},
    {1, 3, 19, 60, 3, 3, 2, {{3, 4}, {5, 6}, {2, 3}, 3, {0, 0}}},
    {1, 3, 28, 33, 3, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 3, {0, 0}}},
    {2, 2, 14, 14, 2, 7, 7, {{1, 1}, {3, 3}, {1, 1}, 2, {0, 0}}},
    {1, 2, 200, 180, 2, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 2, {0, 0}}},
    {2, 8, 15, 14, 16, 3, 3, {{2, 2}, {0, 0}, {1, 1}, 1, {1, 1}}},
    {1, 6, 11, 12, 8, 3, 3, {{1, 1}, {1, 0}, {1, 1}, 1, {0, 2}}},
    {1, 8, 16, 12, 8, 5, 5, {{2, 2}, {1, 2}, {1, 1}, 8, {1, 0}}},
    {1, 5, 4, 4, 6, 1, 1, {{1, 1}, {0, 0}, {1, 1}, 1, {1, 2}}},
    {2, 3, 5, 9, 3, 1, 1, {{1, 1}, {0, 0}, {1, 1}, 3, {0, 0}}},
    {2, 12, 14, 14, 12, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 2, {0, 0}}},
    {1, 14, 41, 37, 14, 3, 3, {{2, 2}, {1, 1}, {1, 1}, 2, {0, 0}}},
    {1, 120, 29, 35, 120, 3, 3, {{1, 1}, {1, 1}, {1, 1}, 2, {0, 0}}},
    {1, 8, 12, 50, 8, 2, 3, {{2, 3}, {0, 2}, {3, 2}, 2, {1, 1}}},
    {0, 3, 8, 8, 4, 3, 3, FUSED_SAME},
};
const int fused_shape_count = (int)(sizeof fused_shapes / sizeof *fused_shapes);

const FusedShape fused_activated_shapes[] = {
    {3, 17, 14, 14, 33, 3, 3, FUSED_SAME},
    {3, 70, 5, 7, 130, 1, 1, FUSED_POINT},
    {2, 30, 9, 11, 20, 3, 3, {{2, 2}, {1, 1}, {1, 1}, 1, {0, 0}}},
    {1, 24, 9, 21, 24, 5, 5, {{1, 1}, {2, 2}, {1, 1}, 24, {0, 0}}},
};
const int fused_activated_shape_count = (int)(sizeof fused_activated_shapes / sizeof *fused_activated_shapes);

/* ---- numbers ---- */

static SnArray array(float *data, int ndim, const int64_t *shape) {
  SnArray a = {.data = data, .dtype = SN_FLOAT32, .ndim = ndim};
  for (int64_t d = ndim - 1, stride = 1; d >= 0; stride *= shape[d--]) {
    a.shape[d] = shape[d];
    a.stride[d] = stride;
  }
  return a;
}

void fused_case_make(FusedCase *c, const FusedShape *s, int variant) {
  const SnConv2d *o = &s->options;
  int64_t oh = (sn_conv2d_padded_size(o, 0, s->h) - o->dilation[0] * (s->kh - 1) - 1) / o->stride[0] + 1;
  int64_t ow = (sn_conv2d_padded_size(o, 1, s->w) - o->dilation[1] * (s->kw - 1) - 1) / o->stride[1] + 1;
  int64_t x[] = {s->n, s->c, s->h, s->w}, weight[] = {s->o, s->c / o->groups, s->kh, s->kw}, y[] = {s->n, s->o, oh, ow};
  *c = (FusedCase){.x = array(random_floats(1, x[0] * x[1] * x[2] * x[3]), 4, x),
                   .weight = array(random_floats(2, weight[0] * weight[1] * weight[2] * weight[3]), 4, weight),
                   .bias = array(random_floats(3, s->o), 1, &s->o),
                   .residual = array(random_floats(4, y[0] * y[1] * y[2] * y[3]), 4, y),
                   .y = array(NULL, 4, y)};
  c->call.attributes.fused_conv2d = (SnFusedConv2d){.conv2d = *o,
                                                    .in = s->c,
                                                    .out = s->o,
                                                    .kernel = {s->kh, s->kw},
                                                    .activation = (SnActivation)(variant % 3),
                                                    .slope = 0.2};
  c->call.in[0] = &c->x;
  c->call.in[2] = variant & 1 ? &c->bias : NULL;
  c->call.in[3] = variant & 2 ? &c->residual : NULL;
}

void fused_case_make_activated(FusedCase *c, const FusedShape *shape, SnActivation activation) {
  fused_case_make(c, shape, 3);
  c->call.attributes.fused_conv2d.activation = SN_ACTIVATION_NONE;
  float *sums = fused_case_run(sn_backend_reference(), c, 0);
  for (int64_t i = 0; i < sn_array_count(&c->y); i++) c->largest = fmax(c->largest, fabs((double)sums[i]));
  free(sums);
  c->call.attributes.fused_conv2d.activation = activation;
}

void fused_case_free(FusedCase *c) {
  free(c->x.data);
  free(c->weight.data);
  free(c->bias.data);
  free(c->residual.data);
}

/* ---- runs ---- */

static size_t bytes_of(const SnArray *a, int64_t first) {
  int64_t count = sn_array_count(a) + first;
  return (size_t)(count > 0 ? count : 1) * sizeof(float);
}

/* An array of the backend with the numbers of `a`, or NaN where it has none. */
static SnArray on_backend(const SnBackend *backend, const SnArray *a, int64_t first) {
  int64_t count = sn_array_count(a);
  SnArray copy = *a;
  float *values = new_floats(count);
  for (int64_t i = 0; i < count; i++) values[i] = a->data ? ((const float *)a->data)[i] : NAN;
  copy.data = values;
  if (!backend->copy_from_host) return copy;
  float *memory = backend->allocate(bytes_of(a, first));
  assert_non_null(memory);
  copy.data = memory + first;
  if (count > 0 && !backend->copy_from_host(copy.data, values, (size_t)count * sizeof *values))
    fail_msg("%s", sn_error());
  free(values);
  return copy;
}

static void discard(const SnBackend *backend, SnArray *a, int64_t first) {
  if (backend->copy_from_host)
    backend->release((float *)a->data - first, bytes_of(a, first));
  else
    free(a->data);
}

static float *to_host(const SnBackend *backend, SnArray *y, int64_t first) {
  if (!backend->copy_to_host) return y->data;
  int64_t count = sn_array_count(y);
  float *values = new_floats(count);
  if (count > 0 && !backend->copy_to_host(values, y->data, (size_t)count * sizeof *values)) fail_msg("%s", sn_error());
  discard(backend, y, first);
  return values;
}

float *fused_case_run(const SnBackend *backend, const FusedCase *c, int64_t first) {
  int64_t n = backend->conv2d_prepared_count(&c->call.attributes.fused_conv2d);
  SnArray none = array(NULL, 1, &n), weight = on_backend(backend, &c->weight, first);
  SnArray prepared = on_backend(backend, &none, first), y = on_backend(backend, &c->y, first), in[4];
  SnCall prepare = {.in = {&weight}, .out = {&prepared}, .attributes = c->call.attributes}, fused = c->call;
  for (int i = 0; i < 4; i++) {
    if (!c->call.in[i]) continue;
    in[i] = on_backend(backend, c->call.in[i], first);
    fused.in[i] = &in[i];
  }
  fused.in[1] = &prepared;
  fused.out[0] = &y;
  if (!backend->kernels[SN_KERNEL_conv2d_prepare](&prepare) || !backend->kernels[SN_KERNEL_conv2d_fused](&fused))
    fail_msg("%s, %s: %s", backend->name, sn_convolution_algorithm_name(c->call.attributes.fused_conv2d.algorithm),
             sn_error());
  float *result = to_host(backend, &y, first);
  for (int i = 0; i < 4; i++)
    if (c->call.in[i]) discard(backend, &in[i], first);
  discard(backend, &prepared, first);
  discard(backend, &weight, first);
  return result;
}

void fused_case_compare(const FusedCase *c, const char *where, const float *found, const float *expected,
                        double factor) {
  const SnFusedConv2d *options = &c->call.attributes.fused_conv2d;
  double largest = c->largest, error = 0;
  for (int64_t i = 0; i < sn_array_count(&c->y); i++) {
    largest = fmax(largest, fabs((double)expected[i]));
    double difference = fabs((double)found[i] - (double)expected[i]);
    if (difference > error || isnan(difference)) error = difference; /* NaN stays */
  }
  double tolerance = factor * (options->algorithm == SN_CONVOLUTION_WINOGRAD_4 ? 2e-5 : 3e-6);
  if (!(error <= tolerance * largest))
    fail_msg("%s, %s: x [%lld,%lld,%lld,%lld], %lld outputs of %lldx%lld: wrong by %g of %g", where,
             sn_convolution_algorithm_name(options->algorithm), (long long)c->x.shape[0], (long long)c->x.shape[1],
             (long long)c->x.shape[2], (long long)c->x.shape[3], (long long)options->out, (long long)options->kernel[0],
             (long long)options->kernel[1], error, largest);
}
