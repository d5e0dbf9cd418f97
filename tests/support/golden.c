#include "tests/support/golden.h"

#include <math.h>
#include <string.h>

#include "tensor/safetensors.h"
#include "tensor/storage.h"
#include "tests/support/test.h"

SnStateDict *golden_read(const char *path) {
  const char *device = sn_device()->name;
  sn_set_device("reference");
  SnStateDict *golden = sn_safetensors_read(path);
  if (!golden) fail_msg("%s", sn_error());
  sn_set_device(device);
  return golden;
}

static SnScope *opened;

int golden_open(SnStateDict **golden, const char *path) {
  opened = sn_scope_open();
  *golden = golden_read(path);
  return *golden ? 0 : -1;
}

int golden_close(void **state) {
  (void)state;
  sn_scope_close(opened);
  sn_storage_trim();
  return 0;
}

static const SnTensor *entry(const SnStateDict *golden, const char *key) {
  const SnTensor *tensor = sn_state_dict_find(golden, key);
  if (!tensor) fail_msg("the golden file has no %s: run the oracle", key);
  return tensor;
}

const double *golden_values(const SnStateDict *golden, const char *key) { return entry(golden, key)->array.data; }

/* In the innermost scope. */
static double *host_values(const char *key, const SnTensor *tensor) {
  if (!tensor) fail_msg("%s: absent; %s", key, sn_ok() ? "no error" : sn_error());
  double *values = sn_scope_allocate(sn_count(tensor), sizeof *values, NULL);
  if (!values || !sn_to_host(tensor, SN_FLOAT64, values)) fail_msg("%s: %s", key, sn_error());
  return values;
}

void golden_expect(const SnStateDict *golden, const char *key, const SnTensor *found, double tolerance) {
  const SnTensor *expected = entry(golden, key);
  const char *sampled = sn_state_dict_text(golden, key); /* the shape of the whole */
  double *x = host_values(key, found), largest = 0, norm = 0;
  const double *y = expected->array.data;
  int64_t count = sn_count(found), samples = sn_count(expected) - (sampled ? 1 : 0);
  if (sampled ? strcmp(sn_tensor_text(found), sampled) != 0 : !sn_same_shape(found, expected))
    fail_msg("%s: expected the shape %s, found %s", key, sampled ? sampled : sn_tensor_text(expected),
             sn_tensor_text(found));
  for (int64_t i = 0; i < samples; i++) largest = fmax(largest, fabs(y[i]));
  for (int64_t i = 0; i < samples; i++) {
    int64_t place = sampled ? i * (count - 1) / (samples - 1) : i;
    if (!(fabs(x[place] - y[i]) <= tolerance * largest))
      fail_msg("%s: number %lld is %.17g, PyTorch has %.17g, allowed is %g", key, (long long)place, x[place], y[i],
               tolerance * largest);
  }
  for (int64_t i = 0; i < count; i++) norm += x[i] * x[i];
  if (sampled && !(fabs(sqrt(norm) - y[samples]) <= tolerance * y[samples]))
    fail_msg("%s: the norm is %.17g, PyTorch has %.17g", key, sqrt(norm), y[samples]);
}

double golden_distance(const SnStateDict *golden, const char *key, const SnTensor *found) {
  const SnTensor *expected = entry(golden, key);
  if (!sn_same_shape(found, expected))
    fail_msg("%s: expected the shape %s, found %s", key, sn_tensor_text(expected), sn_tensor_text(found));
  double *x = host_values(key, found), difference = 0, norm = 0;
  const double *y = expected->array.data;
  for (int64_t i = 0; i < sn_count(found); i++) {
    difference += (x[i] - y[i]) * (x[i] - y[i]);
    norm += y[i] * y[i];
  }
  return sqrt(difference) / sqrt(norm);
}
