#include "tests/support/op_cases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tensor/random.h"

#define CASE(name, call, ...)                                       \
  static SnTensor *run_##name(SnTensor *const *in, SnDtype dtype) { \
    (void)in;                                                       \
    (void)dtype;                                                    \
    return call;                                                    \
  }
#include "tests/support/op_case_list.h"
#undef CASE

#define INPUT(kind, ...)                                                                                        \
  {                                                                                                             \
    .values = kind, .ndim = (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), .shape = { __VA_ARGS__ } \
  }
#define ABSENT \
  { .values = OP_ABSENT }
#define SCALAR \
  { .values = OP_SIGNED }
#define POSITIVE_SCALAR \
  { .values = OP_POSITIVE }
#define SIGNED(...) INPUT(OP_SIGNED, __VA_ARGS__)
#define POSITIVE(...) INPUT(OP_POSITIVE, __VA_ARGS__)
#define WIDE(...) INPUT(OP_WIDE, __VA_ARGS__)
#define KINKS(...) INPUT(OP_KINKS, __VA_ARGS__)
#define UNIT(...) INPUT(OP_UNIT, __VA_ARGS__)
#define RUNNING(...) INPUT(OP_RUNNING, __VA_ARGS__)
#define CLASSES(count, rows) \
  { .values = OP_CLASSES, .ndim = 1, .shape = {rows}, .classes = count }

const OpCase op_cases[] = {
#define CASE(name, call, ...) {#name, run_##name, {__VA_ARGS__}},
#include "tests/support/op_case_list.h"
#undef CASE
};
const int op_case_count = (int)(sizeof op_cases / sizeof *op_cases);

const OpCase *op_case_find(const char *name) {
  for (int i = 0; i < op_case_count; i++)
    if (strcmp(op_cases[i].name, name) == 0) return &op_cases[i];
  return NULL;
}

/* Absent ones between others count. */
int op_case_inputs(const OpCase *op) {
  int count = 0;
  for (int i = 0; i < SN_MAX_INPUTS; i++)
    if (op->inputs[i].values != OP_ABSENT) count = i + 1;
  return count;
}

bool op_input_has_gradient(const OpInput *input) {
  return input->values == OP_SIGNED || input->values == OP_POSITIVE || input->values == OP_WIDE ||
         input->values == OP_KINKS;
}

bool op_case_has_kinks(const OpCase *op) {
  for (int i = 0; i < SN_MAX_INPUTS; i++)
    if (op->inputs[i].values == OP_KINKS) return true;
  return false;
}

/* lowbias32, a mixing function by Chris Wellons (public domain). */
static uint32_t mix(uint32_t x) {
  x = (x ^ x >> 16) * 0x7FEB352Du;
  x = (x ^ x >> 15) * 0x846CA68Bu;
  return x ^ x >> 16;
}

/* Every value is a multiple of 2^-24 that float32 holds exactly. */
double op_value(const char *name, int which, OpValues values, int64_t classes, int64_t index) {
  uint32_t key = 2166136261u; /* FNV-1a */
  for (const char *c = name; *c; c++) key = (key ^ (unsigned char)*c) * 16777619u;
  uint32_t bits = mix(mix(key + 0x9E3779B9u * (uint32_t)(which + 1)) + (uint32_t)index);
  double magnitude = 0.25 + (double)(bits >> 12) * 0x1p-19, sign = bits & 1 ? -1 : 1,
         unit = (double)(bits >> 8) * 0x1p-24;
  switch (values) {
    case OP_SIGNED:
      return sign * magnitude;
    case OP_POSITIVE:
    case OP_RUNNING:
      return magnitude;
    case OP_WIDE:
      return sign * magnitude * 64;
    case OP_KINKS:
      return floor(unit * 5) / 2 - 1;
    case OP_UNIT:
      return unit;
    case OP_CLASSES:
      return floor(unit * (double)classes);
    case OP_ABSENT:
      break;
  }
  return NAN;
}

/* Strides and the first element's place; returns how many elements the memory has. */
static int64_t lay_out(const OpInput *input, OpLayout layout, int64_t *stride, int64_t *first) {
  int64_t room = 1;
  *first = 0;
  for (int step = 0; step < input->ndim; step++) {
    int d = layout == OP_TRANSPOSED ? step : input->ndim - 1 - step;
    if (layout == OP_STEPPED && step == 0) room = 2;
    stride[d] = room;
    if (layout == OP_NARROWED) *first += room;
    room *= input->shape[d] + (layout == OP_NARROWED ? 2 : 0);
  }
  if (layout == OP_EXPANDED || layout == OP_EXPANDED_COPY)
    for (int d = 0; d < input->ndim; d++)
      if (input->shape[d] > 1) {
        stride[d] = 0;
        break;
      }
  return room;
}

/* Where element index, counted in row-major order, lies. */
static int64_t place_of(const OpInput *input, const int64_t *stride, int64_t first, int64_t index) {
  int64_t place = first;
  for (int d = input->ndim - 1; d >= 0; d--) {
    place += index % input->shape[d] * stride[d];
    index /= input->shape[d];
  }
  return place;
}

SnTensor *op_case_input(const OpCase *op, int which, SnDtype dtype, OpLayout layout) {
  const OpInput *input = &op->inputs[which];
  if (!sn_ok() || input->values == OP_ABSENT) return NULL;
  if (input->values == OP_RUNNING) layout = OP_CONTIGUOUS;
  int64_t stride[SN_MAX_DIMS] = {0}, first, room = lay_out(input, layout, stride, &first), count = 1;
  for (int d = 0; d < input->ndim; d++) count *= input->shape[d];
  double *values = sn_allocate(room > 0 ? room : 1, sizeof *values, "a test's values");
  if (!values) return NULL;
  for (int64_t i = 0; i < room; i++) values[i] = input->values == OP_CLASSES ? -1 : NAN;
  for (int64_t i = count - 1; i >= 0; i--) /* backwards: where elements repeat, the first has the last word */
    values[place_of(input, stride, first, i)] = op_value(op->name, which, input->values, input->classes, i);
  SnTensor *memory = sn_from_host(SN_FLOAT64, SN_SHAPE(room), values);
  free(values);
  memory = memory ? sn_to_dtype(memory, input->values == OP_CLASSES ? SN_INT64 : dtype) : NULL;
  if (!memory) return NULL;
  SnTensor *view = sn_view(memory, input->ndim, input->shape, stride, count > 0 ? first : 0);
  return layout == OP_EXPANDED_COPY && view ? sn_copy_of(view) : view;
}

static SnTensor *weights_like(const OpCase *op, const SnTensor *output) {
  int64_t count = sn_count(output);
  double *values = sn_allocate(count > 0 ? count : 1, sizeof *values, "a test's weights");
  if (!values) return NULL;
  for (int64_t i = 0; i < count; i++) values[i] = op_value(op->name, OP_WEIGHTS, OP_SIGNED, 0, i);
  SnTensor *weights = sn_from_host(SN_FLOAT64, output->array.ndim, output->array.shape, values);
  free(values);
  return weights ? sn_to_dtype(weights, output->array.dtype) : NULL;
}

static void add_result(OpResults *results, const char *kind, int input, SnTensor *tensor) {
  struct OpResult *item = &results->items[results->count++];
  *item = (struct OpResult){.input = input, .tensor = tensor};
  if (input < 0)
    snprintf(item->name, sizeof item->name, "%s", kind);
  else
    snprintf(item->name, sizeof item->name, "%s %d", kind, input);
}

bool op_case_run(const OpCase *op, const SnBackend *backend, SnDtype dtype, OpLayout layout, OpResults *results) {
  *results = (OpResults){0};
  if (!sn_set_device(backend->name)) return false;
  SnTensor *in[SN_MAX_INPUTS] = {NULL};
  bool differentiable = false;
  for (int i = 0; i < op_case_inputs(op); i++) {
    in[i] = op_case_input(op, i, dtype, layout);
    if (in[i] && op_input_has_gradient(&op->inputs[i])) differentiable = sn_require_gradient(in[i]);
  }
  SnTape *tape = sn_tape_begin();
  SnTensor *output = op->run(in, dtype);
  add_result(results, "output", -1, output);
  if (differentiable && output) sn_backward(tape, sn_sum(sn_mul(output, weights_like(op, output)), SN_ALL_DIMS, false));
  sn_tape_end(tape);
  for (int i = 0; i < op_case_inputs(op) && sn_ok(); i++) {
    if (in[i] && op_input_has_gradient(&op->inputs[i])) add_result(results, "gradient", i, sn_gradient(in[i]));
    if (op->inputs[i].values == OP_RUNNING) add_result(results, "state", i, in[i]);
  }
  return sn_ok();
}
