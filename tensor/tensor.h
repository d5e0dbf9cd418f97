/* Tensors: handles on counted, strided memory of a backend.
 *
 * A handle belongs to the scope that was innermost when it was made (scope.h). Views share their source's memory.
 * Functions that make tensors return NULL and record an error on failure, and return NULL at once while an error
 * stands.
 */
#ifndef SN_TENSOR_TENSOR_H
#define SN_TENSOR_TENSOR_H

#include "backends/backend.h"
#include "base/error.h"
#include "tensor/scope.h"
#include "tensor/storage.h"

/* Where backward() leaves the gradient of a tensor; shared by all handles on the same value. */
typedef struct SnGradient SnGradient;

/* A handle on a value: read its members, and change it by functions only. */
typedef struct SnTensor {
  SnArray array;        /* read dtype, ndim and shape here */
  SnStorage *storage;   /* counted memory, shared with views */
  SnGradient *gradient; /* NULL when the tensor does not take part in differentiation */
} SnTensor;

/* "ndim, shape" arguments in one: sn_zeros(SN_FLOAT32, SN_SHAPE(2, 3)). */
#define SN_SHAPE(...) \
  (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) { __VA_ARGS__ }

/* ---- device: the backend on which this thread makes tensors; at first "cpu" ---- */

/* "cpu", "reference" or "cuda"; an error lists those there are. */
bool sn_set_device(const char *name);

/* How its factors are rounded in products: "fp32", "tf32", "bf16" or "int8"; an error when the device does not know
 * that. */
bool sn_set_precision(const char *name);
SnPrecision sn_precision(void);
const char *sn_precision_name(SnPrecision precision); /* as sn_set_precision takes it */
const SnBackend *sn_device(void);

/* The same with what sn_device() gave before: for who works for others in their threads. */
void sn_use_backend(const SnBackend *backend);

/* ---- making ---- */

SnTensor *sn_empty(SnDtype dtype, int ndim, const int64_t *shape); /* uninitialised */
/* The same on another device than this thread's. */
SnTensor *sn_empty_on(const SnBackend *backend, SnDtype dtype, int ndim, const int64_t *shape);
SnTensor *sn_empty_like(const SnTensor *tensor); /* same dtype, shape and device; contiguous */
/* In memory as far as `large` allows, else in a temporary file (sn_storage_new_large). large NULL: sn_empty. */
SnTensor *sn_empty_large(SnDtype dtype, int ndim, const int64_t *shape, SnLargeMemory *large);
SnTensor *sn_full(SnDtype dtype, double value, int ndim, const int64_t *shape);
SnTensor *sn_zeros(SnDtype dtype, int ndim, const int64_t *shape);
SnTensor *sn_scalar(SnDtype dtype, double value); /* no dimensions */

/* A copy of contiguous host memory. */
SnTensor *sn_from_host(SnDtype dtype, int ndim, const int64_t *shape, const void *data);

/* A second handle on the same value, gradient included. */
SnTensor *sn_alias(const SnTensor *tensor);

/* A handle on the same memory, seen through another shape and other strides, that begins `offset` elements after the
 * tensor's first; it takes no part in differentiation. What it reaches must be inside the tensor's memory. */
SnTensor *sn_view(const SnTensor *tensor, int ndim, const int64_t *shape, const int64_t *stride, int64_t offset);

/* The same memory without the gradient. */
SnTensor *sn_detach(const SnTensor *tensor);

/* Itself when it is contiguous (has this dtype), else a contiguous (converted) copy without gradient. */
SnTensor *sn_to_contiguous(SnTensor *tensor);
SnTensor *sn_to_dtype(SnTensor *tensor, SnDtype dtype);
SnTensor *sn_copy_of(const SnTensor *tensor); /* always a contiguous copy without gradient */
SnTensor *sn_to_device(const SnTensor *tensor, const SnBackend *backend); /* a copy, or an alias when already there */

/* Writes source's values, converted, into the memory of a tensor of the same shape. */
bool sn_copy_into(SnTensor *target, const SnTensor *source);
bool sn_fill(SnTensor *tensor, double value);

/* Gives the target's memory up for source's, which both share from then on; or copies, where source has another dtype
 * or device, or is a view. Views and other handles of the target keep what it had. */
bool sn_share_into(SnTensor *target, const SnTensor *source);

/* The handle lets go of its value and takes on source's: its memory, shape and dtype. Neither may take part in
 * differentiation. */
bool sn_become(SnTensor *target, const SnTensor *source);

/* Lets go of the memory before the handle's scope does: the handle becomes an empty tensor of the shape [0]. */
bool sn_empty_out(SnTensor *tensor);

/* Moves the handle to the scope around the innermost one; returns it. */
SnTensor *sn_keep(SnTensor *tensor);

/* ---- reading ---- */

int64_t sn_count(const SnTensor *tensor); /* number of elements; 0 for NULL */
/* Whether two tensors have the same shape; whether one has this shape. */
bool sn_same_shape(const SnTensor *a, const SnTensor *b);
bool sn_has_shape(const SnTensor *tensor, int ndim, const int64_t *shape);

/* The elements in row-major order, converted to dtype, into host memory of sn_count elements. */
bool sn_to_host(const SnTensor *tensor, SnDtype dtype, void *data);

/* The single element of a one-element tensor; NaN on failure. */
double sn_item(const SnTensor *tensor);

/* The memory of a contiguous float32 tensor on a backend whose memory the host can use; NULL and an error otherwise. */
float *sn_float_data(const SnTensor *tensor);

/* "[2, 3]" and "float32", for messages. The shape's text stays valid until four more calls in this thread. */
const char *sn_shape_text(int ndim, const int64_t *shape);
const char *sn_tensor_text(const SnTensor *tensor); /* shape_text of a tensor, or "absent" */
const char *sn_dtype_name(SnDtype dtype);
static inline bool sn_is_floating(SnDtype dtype) { return dtype == SN_FLOAT32 || dtype == SN_FLOAT64; }

/* ---- kernels on tensors ---- */

/* Runs a kernel on the device of the first output. Inputs and outputs are NULL-terminated only by count; an absent
 * optional one is NULL. False and an error when an error is pending, devices differ or the device cannot. */
bool sn_run_kernel(SnKernel kernel, int input_count, SnTensor *const *inputs, int output_count,
                   SnTensor *const *outputs, const SnAttributes *attributes);

/* ---- watching this thread's work: used by autograd's trace ---- */

/* What autograd's trace sees of this thread's work. */
typedef struct SnWatcher {
  /* Asked before a kernel runs; true: it is not to run (or an error was recorded). */
  bool (*kernel)(SnKernel kernel, int output_count, SnTensor *const *outputs);
  /* Called when `function` wants to read a tensor on the host; records an error when it may not. */
  void (*host_read)(const char *function);
} SnWatcher;

void sn_set_watcher(const SnWatcher *watcher); /* NULL: none */

/* ---- gradients: used by autograd ---- */

struct SnGradient {
  int references; /* guarded by the thread that owns the tape */
  bool is_leaf;   /* a parameter: the gradient stays after backward */
  SnTensor value; /* storage NULL until something was accumulated; its gradient is always NULL */
};

/* A new one with one reference; one reference more to an old one, which is returned. */
SnGradient *sn_gradient_new(bool is_leaf);
SnGradient *sn_gradient_retain(SnGradient *gradient);
void sn_gradient_release(SnGradient *gradient); /* NULL is allowed */
void sn_gradient_clear(SnGradient *gradient);   /* back to nothing accumulated */

#endif
