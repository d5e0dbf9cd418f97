#include "api/compute.h"

#include <pthread.h>
#include <string.h>

#include "api/failure.h"
#include "base/error.h"
#include "tensor/tensor.h"

/* Of devices with a memory of their own: one stream, and working memory that all share. */
static pthread_mutex_t device_mutex = PTHREAD_MUTEX_INITIALIZER;

static bool is_one_at_a_time(const SnBackend *device) { return device->copy_to_host != NULL; }

static SnPrecision precision_of(const SnBackend *device) {
  return device->precision ? device->precision() : SN_PRECISION_FLOAT32;
}

static SnCompute present(void) {
  const SnBackend *device = sn_device();
  SnCompute compute = {device, precision_of(device), NULL, sn_choices_in_use()};
  if (device->pool_enter) device->pool_enter(compute.pool = device->pool_enter(NULL));
  return compute;
}

static void use(const SnCompute *compute) {
  sn_use_backend(compute->device);
  if (compute->device->set_precision) compute->device->set_precision(compute->precision);
  if (compute->device->pool_enter) compute->device->pool_enter(compute->pool);
  sn_choices_use(compute->choices);
}

static bool choose(SnCompute *compute, const char *device, const char *precision) {
  if (!sn_set_device(device ? device : "cpu")) return false;
  compute->device = sn_device();
  SnPrecision usual = precision_of(compute->device);
  bool known = !precision || sn_set_precision(precision);
  compute->precision = precision_of(compute->device);
  if (compute->device->set_precision) compute->device->set_precision(usual);
  return known;
}

bool sn_compute_open(SnCompute *compute, const char *device, const char *precision, int threads) {
  enum { MOST = 256 };
  *compute = (SnCompute){0};
  if (threads < 0 || threads > MOST)
    return sn_fail("threads: expected 0 to %d, found %d", MOST, threads) || sn_api_ok(SN_ERROR_ARGUMENT);
  SnCompute before = present();
  bool chosen = choose(compute, device, precision);
  use(&before);
  if (chosen && threads > 0 && compute->device->pool_new) compute->pool = compute->device->pool_new(threads);
  return sn_api_ok(SN_ERROR_DEVICE);
}

void sn_compute_set_int8(SnCompute *compute) {
  if (strcmp(compute->device->name, "cpu") != 0) return;
  compute->precision = SN_PRECISION_INT8;
  compute->device->set_precision(compute->precision);
}

void sn_compute_close(SnCompute *compute) {
  if (compute->pool) compute->device->pool_free(compute->pool);
}

SnCompute sn_compute_enter(const SnCompute *compute) {
  if (is_one_at_a_time(compute->device)) pthread_mutex_lock(&device_mutex);
  SnCompute before = present();
  use(compute);
  return before;
}

void sn_compute_leave(const SnCompute *compute, const SnCompute *before) {
  if (compute->device->pool_enter && compute->device != before->device) compute->device->pool_enter(NULL);
  use(before);
  if (is_one_at_a_time(compute->device)) pthread_mutex_unlock(&device_mutex);
}

const char *sn_compute_precision_name(const SnCompute *compute) { return sn_precision_name(compute->precision); }
