#include "tensor/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static _Thread_local const SnBackend *device;
static _Thread_local const SnWatcher *watcher;

void sn_set_watcher(const SnWatcher *new_watcher) {
  watcher = new_watcher;
  sn_storage_promise(watcher != NULL); /* kernels do not run, so their results need no memory yet */
}

static bool may_read(const char *function) {
  if (sn_ok() && watcher) watcher->host_read(function);
  return sn_ok();
}

bool sn_set_device(const char *name) {
  if (!sn_ok()) return false;
  const SnBackend *found = sn_backend_find(name);
  if (!found) return sn_fail("there is no device '%s'; `simplenet info` lists those there are", name);
  if (found->start && !found->start()) return false;
  device = found;
  return true;
}

static const char *const precision_names[] = {[SN_PRECISION_FLOAT32] = "fp32",
                                              [SN_PRECISION_TF32] = "tf32",
                                              [SN_PRECISION_BFLOAT16] = "bf16",
                                              [SN_PRECISION_INT8] = "int8"};
enum { PRECISIONS = sizeof precision_names / sizeof *precision_names };

SnPrecision sn_precision(void) { return sn_device()->precision ? sn_device()->precision() : SN_PRECISION_FLOAT32; }

const char *sn_precision_name(SnPrecision precision) { return precision_names[precision]; }

bool sn_set_precision(const char *name) {
  int precision = 0;
  if (!sn_ok()) return false;
  while (precision < PRECISIONS && strcmp(name, precision_names[precision]) != 0) precision++;
  if (precision == PRECISIONS) return sn_fail("precision: expected fp32, tf32, bf16 or int8, found '%.40s'", name);
  if (sn_device()->set_precision) return sn_device()->set_precision((SnPrecision)precision);
  return precision == 0 || sn_fail("precision: the device %s computes in fp32 only", sn_device()->name);
}

void sn_use_backend(const SnBackend *backend) { device = backend; }

const SnBackend *sn_device(void) { return device ? device : sn_backend_cpu(); }

static void release_tensor(void *memory) {
  SnTensor *tensor = memory;
  sn_storage_release(tensor->storage);
  sn_gradient_release(tensor->gradient);
}

static SnTensor *new_handle(void) { return sn_scope_allocate(1, sizeof(SnTensor), release_tensor); }

/* Row-major strides, and the element count; false when the sizes are impossible. */
static bool set_shape(SnArray *array, int ndim, const int64_t *shape, int64_t *count) {
  if (ndim < 0 || ndim > SN_MAX_DIMS) return sn_fail("a tensor has 0 to %d dimensions, not %d", SN_MAX_DIMS, ndim);
  array->ndim = ndim;
  *count = 1;
  for (int d = ndim - 1; d >= 0; d--) {
    array->shape[d] = shape[d];
    array->stride[d] = *count;
    int64_t size;
    if (!sn_multiply(*count, shape[d] > 0 ? shape[d] : 1, &size) || shape[d] < 0)
      return sn_fail("a tensor cannot have the shape %s", sn_shape_text(ndim, shape));
    *count = size;
  }
  for (int d = 0; d < ndim; d++)
    if (shape[d] == 0) *count = 0;
  return true;
}

static SnTensor *empty_in(SnLargeMemory *large, const SnBackend *backend, SnDtype dtype, int ndim,
                          const int64_t *shape) {
  if (!sn_ok()) return NULL;
  SnArray array = {.dtype = dtype};
  int64_t count, bytes;
  if (!set_shape(&array, ndim, shape, &count)) return NULL;
  if (!sn_multiply(count, (int64_t)sn_dtype_size(dtype), &bytes))
    return sn_fail_null("a tensor of the shape %s is too large", sn_shape_text(ndim, shape));
  SnTensor *tensor = new_handle();
  if (!tensor) return NULL;
  tensor->storage = sn_storage_new_large(backend, (size_t)bytes, large);
  if (!tensor->storage) return NULL;
  array.data = sn_storage_data(tensor->storage);
  tensor->array = array;
  return tensor;
}

SnTensor *sn_empty_on(const SnBackend *backend, SnDtype dtype, int ndim, const int64_t *shape) {
  return empty_in(NULL, backend, dtype, ndim, shape);
}

SnTensor *sn_empty_large(SnDtype dtype, int ndim, const int64_t *shape, SnLargeMemory *large) {
  return empty_in(large, sn_device(), dtype, ndim, shape);
}

SnTensor *sn_empty(SnDtype dtype, int ndim, const int64_t *shape) {
  return sn_empty_on(sn_device(), dtype, ndim, shape);
}

SnTensor *sn_empty_like(const SnTensor *tensor) {
  if (!sn_ok()) return NULL;
  return sn_empty_on(sn_storage_backend(tensor->storage), tensor->array.dtype, tensor->array.ndim, tensor->array.shape);
}

SnTensor *sn_full(SnDtype dtype, double value, int ndim, const int64_t *shape) {
  SnTensor *tensor = sn_empty(dtype, ndim, shape);
  return sn_fill(tensor, value) ? tensor : NULL;
}

SnTensor *sn_zeros(SnDtype dtype, int ndim, const int64_t *shape) { return sn_full(dtype, 0, ndim, shape); }

SnTensor *sn_scalar(SnDtype dtype, double value) { return sn_full(dtype, value, 0, NULL); }

SnTensor *sn_from_host(SnDtype dtype, int ndim, const int64_t *shape, const void *data) {
  SnTensor *tensor = sn_empty(dtype, ndim, shape);
  if (!tensor) return NULL;
  size_t bytes = (size_t)sn_count(tensor) * sn_dtype_size(dtype);
  const SnBackend *backend = sn_storage_backend(tensor->storage);
  if (bytes == 0) return tensor;
  if (!backend->copy_from_host)
    memcpy(tensor->array.data, data, bytes);
  else if (!backend->copy_from_host(tensor->array.data, data, bytes))
    return sn_fail_null("%s: a copy of %zu bytes to the device failed", backend->name, bytes);
  return tensor;
}

SnTensor *sn_alias(const SnTensor *tensor) {
  if (!sn_ok()) return NULL;
  SnTensor *alias = new_handle();
  if (!alias) return NULL;
  alias->array = tensor->array;
  alias->storage = sn_storage_retain(tensor->storage);
  alias->gradient = tensor->gradient ? sn_gradient_retain(tensor->gradient) : NULL;
  return alias;
}

SnTensor *sn_view(const SnTensor *tensor, int ndim, const int64_t *shape, const int64_t *stride, int64_t offset) {
  if (!sn_ok()) return NULL;
  SnArray array = {.dtype = tensor->array.dtype};
  int64_t count;
  if (!set_shape(&array, ndim, shape, &count)) return NULL;
  int64_t item = (int64_t)sn_dtype_size(array.dtype), capacity = (int64_t)sn_storage_size(tensor->storage) / item;
  unsigned char *begin = sn_storage_data(tensor->storage);
  int64_t first = ((unsigned char *)tensor->array.data - begin) / item, last = 0;
  bool inside = offset >= -first && offset <= capacity;
  if (inside) last = first += offset;
  for (int d = 0; d < ndim; d++) {
    int64_t reach = 0;
    array.stride[d] = stride[d];
    inside = inside && (shape[d] <= 1 || (sn_multiply(shape[d] - 1, stride[d], &reach) && reach < capacity));
    if (inside) last += reach;
  }
  if (count > 0 && (!inside || last >= capacity))
    return sn_fail_null("a view of the shape %s, strides %s and offset %lld does not fit in a tensor of the shape %s",
                        sn_shape_text(ndim, shape), sn_shape_text(ndim, stride), (long long)offset,
                        sn_tensor_text(tensor));
  SnTensor *view = new_handle();
  if (!view) return NULL;
  array.data = begin + (count > 0 ? first * item : 0);
  view->array = array;
  view->storage = sn_storage_retain(tensor->storage);
  return view;
}

SnTensor *sn_detach(const SnTensor *tensor) {
  if (!sn_ok()) return NULL;
  return sn_view(tensor, tensor->array.ndim, tensor->array.shape, tensor->array.stride, 0);
}

SnTensor *sn_copy_of(const SnTensor *tensor) {
  SnTensor *copy = sn_empty_like(tensor);
  return sn_copy_into(copy, tensor) ? copy : NULL;
}

SnTensor *sn_to_contiguous(SnTensor *tensor) {
  if (!sn_ok()) return NULL;
  return sn_array_is_contiguous(&tensor->array) ? tensor : sn_copy_of(tensor);
}

SnTensor *sn_to_dtype(SnTensor *tensor, SnDtype dtype) {
  if (!sn_ok()) return NULL;
  if (tensor->array.dtype == dtype) return tensor;
  const SnBackend *backend = sn_storage_backend(tensor->storage);
  SnTensor *converted = sn_empty_on(backend, dtype, tensor->array.ndim, tensor->array.shape);
  return sn_copy_into(converted, tensor) ? converted : NULL;
}

SnTensor *sn_to_device(const SnTensor *tensor, const SnBackend *backend) {
  if (!sn_ok()) return NULL;
  const SnBackend *from = sn_storage_backend(tensor->storage);
  if (from == backend) return sn_alias(tensor);
  size_t bytes = (size_t)sn_count(tensor) * sn_dtype_size(tensor->array.dtype);
  SnTensor *copy = sn_empty_on(backend, tensor->array.dtype, tensor->array.ndim, tensor->array.shape);
  SnTensor *source = sn_to_contiguous(sn_detach(tensor));
  if (!copy || !source || bytes == 0) return sn_ok() ? copy : NULL;
  bool copied = true;
  if (from->copy_to_host && backend->copy_from_host) {
    void *host = sn_allocate((int64_t)bytes, 1, "a copy between devices");
    copied = host && from->copy_to_host(host, source->array.data, bytes) &&
             backend->copy_from_host(copy->array.data, host, bytes);
    free(host);
  } else if (from->copy_to_host) {
    copied = from->copy_to_host(copy->array.data, source->array.data, bytes);
  } else if (backend->copy_from_host) {
    copied = backend->copy_from_host(copy->array.data, source->array.data, bytes);
  } else {
    memcpy(copy->array.data, source->array.data, bytes);
  }
  if (!copied) return sn_fail_null("a copy of %zu bytes from %s to %s failed", bytes, from->name, backend->name);
  return copy;
}

bool sn_copy_into(SnTensor *target, const SnTensor *source) {
  if (!sn_ok()) return false;
  if (!sn_same_shape(target, source))
    return sn_fail("a tensor of the shape %s cannot be copied into one of %s", sn_tensor_text(source),
                   sn_tensor_text(target));
  SnTensor input = *source;
  return sn_run_kernel(SN_KERNEL_copy, 1, (SnTensor *[]){&input}, 1, &target, NULL);
}

bool sn_fill(SnTensor *tensor, double value) {
  return sn_run_kernel(SN_KERNEL_fill, 0, NULL, 1, &tensor, &(SnAttributes){.fill = {value}});
}

/* Its storage's elements in order, all of them. */
static bool is_whole(const SnTensor *tensor) {
  return sn_array_is_contiguous(&tensor->array) && tensor->array.data == sn_storage_data(tensor->storage) &&
         sn_storage_size(tensor->storage) == (size_t)sn_count(tensor) * sn_dtype_size(tensor->array.dtype);
}

bool sn_share_into(SnTensor *target, const SnTensor *source) {
  if (!sn_ok()) return false;
  const SnBackend *backend = sn_storage_backend(target->storage);
  bool alike = sn_same_shape(target, source) && target->array.dtype == source->array.dtype;
  if (!alike || !is_whole(source) || sn_storage_backend(source->storage) != backend) {
    SnTensor *there = sn_to_device(source, backend);
    return there && sn_copy_into(target, there);
  }
  return sn_become(target, source);
}

bool sn_become(SnTensor *target, const SnTensor *source) {
  if (!sn_ok()) return false;
  sn_storage_retain(source->storage);
  sn_storage_release(target->storage);
  target->storage = source->storage;
  target->array = source->array;
  return true;
}

bool sn_empty_out(SnTensor *tensor) {
  if (!sn_ok()) return false;
  SnStorage *nothing = sn_storage_new(sn_storage_backend(tensor->storage), 0);
  if (!nothing) return false;
  sn_storage_release(tensor->storage);
  tensor->storage = nothing;
  tensor->array = (SnArray){.data = sn_storage_data(nothing), .dtype = tensor->array.dtype, .ndim = 1, .stride = {1}};
  return true;
}

SnTensor *sn_keep(SnTensor *tensor) {
  sn_scope_keep(tensor);
  return sn_ok() ? tensor : NULL;
}

int64_t sn_count(const SnTensor *tensor) { return tensor ? sn_array_count(&tensor->array) : 0; }

bool sn_has_shape(const SnTensor *tensor, int ndim, const int64_t *shape) {
  if (!tensor || tensor->array.ndim != ndim) return false;
  for (int d = 0; d < ndim; d++)
    if (tensor->array.shape[d] != shape[d]) return false;
  return true;
}

bool sn_same_shape(const SnTensor *a, const SnTensor *b) {
  return a && b && sn_has_shape(a, b->array.ndim, b->array.shape);
}

bool sn_to_host(const SnTensor *tensor, SnDtype dtype, void *data) {
  if (!may_read("sn_to_host")) return false;
  SnScope *scope = sn_scope_open();
  SnTensor *source = sn_to_contiguous(sn_to_dtype(sn_detach(tensor), dtype));
  if (source) {
    size_t bytes = (size_t)sn_count(source) * sn_dtype_size(dtype);
    const SnBackend *backend = sn_storage_backend(source->storage);
    if (bytes > 0 && !backend->copy_to_host)
      memcpy(data, source->array.data, bytes);
    else if (bytes > 0 && !backend->copy_to_host(data, source->array.data, bytes))
      sn_fail("%s: a copy of %zu bytes from the device failed", backend->name, bytes);
  }
  sn_scope_close(scope);
  return sn_ok();
}

double sn_item(const SnTensor *tensor) {
  if (!may_read("sn_item")) return NAN;
  double value = NAN;
  if (sn_count(tensor) != 1)
    sn_fail("a single number was asked of a tensor of the shape %s", sn_tensor_text(tensor));
  else
    sn_to_host(tensor, SN_FLOAT64, &value);
  return sn_ok() ? value : NAN;
}

float *sn_float_data(const SnTensor *tensor) {
  if (!may_read("sn_float_data")) return NULL;
  if (tensor->array.dtype != SN_FLOAT32 || !sn_array_is_contiguous(&tensor->array) ||
      sn_storage_backend(tensor->storage)->copy_to_host)
    return sn_fail_null("a contiguous float32 tensor in the host's memory is expected");
  return tensor->array.data;
}

const char *sn_shape_text(int ndim, const int64_t *shape) {
  static _Thread_local char texts[4][16 + 22 * SN_MAX_DIMS];
  static _Thread_local unsigned turn;
  char *text = texts[turn++ % 4];
  int used = snprintf(text, sizeof texts[0], "[");
  for (int d = 0; d < ndim && d < SN_MAX_DIMS; d++)
    used += snprintf(text + used, sizeof texts[0] - (size_t)used, "%s%" PRId64, d > 0 ? ", " : "", shape[d]);
  snprintf(text + used, sizeof texts[0] - (size_t)used, "]");
  return text;
}

const char *sn_tensor_text(const SnTensor *tensor) {
  return tensor ? sn_shape_text(tensor->array.ndim, tensor->array.shape) : "absent";
}

const char *sn_dtype_name(SnDtype dtype) {
  static const char *const names[SN_DTYPE_COUNT] = {"float32", "float64", "int64", "uint8", "float16", "bfloat16"};
  return names[dtype];
}

bool sn_run_kernel(SnKernel kernel, int input_count, SnTensor *const *inputs, int output_count,
                   SnTensor *const *outputs, const SnAttributes *attributes) {
  if (!sn_ok()) return false;
  SnCall call = {0};
  if (attributes) call.attributes = *attributes;
  const SnBackend *backend = sn_storage_backend(outputs[0]->storage);
  for (int i = 0; i < input_count; i++)
    if (inputs[i]) {
      call.in[i] = &inputs[i]->array;
      if (sn_storage_backend(inputs[i]->storage) != backend)
        return sn_fail("%s: one input is on the device %s, another on %s", sn_kernel_name(kernel),
                       sn_storage_backend(inputs[i]->storage)->name, backend->name);
    }
  for (int i = 0; i < output_count; i++)
    if (outputs[i]) call.out[i] = &outputs[i]->array;
  if (watcher && watcher->kernel(kernel, output_count, outputs)) return sn_ok();
  if (!sn_kernel_run(backend, kernel, &call))
    return sn_fail("%s: the device %s cannot do this", sn_kernel_name(kernel), backend->name);
  return true;
}

SnGradient *sn_gradient_new(bool is_leaf) {
  SnGradient *gradient = sn_allocate(1, sizeof *gradient, "a gradient");
  if (!gradient) return NULL;
  gradient->references = 1;
  gradient->is_leaf = is_leaf;
  return gradient;
}

SnGradient *sn_gradient_retain(SnGradient *gradient) {
  gradient->references++;
  return gradient;
}

void sn_gradient_release(SnGradient *gradient) {
  if (!gradient || --gradient->references > 0) return;
  sn_gradient_clear(gradient);
  free(gradient);
}

void sn_gradient_clear(SnGradient *gradient) {
  sn_storage_release(gradient->value.storage);
  gradient->value = (SnTensor){0};
}
