#include "tests/support/formula.h"

#include <math.h>
#include <string.h>

/* lowbias32, a mixing function by Chris Wellons (public domain). */
static uint32_t mix(uint32_t x) {
  x = (x ^ x >> 16) * 0x7FEB352Du;
  x = (x ^ x >> 15) * 0x846CA68Bu;
  return x ^ x >> 16;
}

/* FNV-1a of the name, mixed. */
static uint32_t start_of(const char *name) {
  uint32_t key = 2166136261u;
  for (const char *c = name; *c; c++) key = (key ^ (uint8_t)*c) * 16777619u;
  return mix(key);
}

static double value_at(uint32_t start, int64_t index) {
  return (double)(mix(start + (uint32_t)index) >> 8) * 0x1p-23 - 1;
}

double formula_value(const char *name, int64_t index) { return value_at(start_of(name), index); }

static void fill(SnTensor *tensor, const char *name, double scale, double shift) {
  uint32_t start = start_of(name);
  int64_t count = sn_count(tensor);
  float *floats = tensor->array.data;
  double *doubles = tensor->array.data;
  bool is_double = tensor->array.dtype == SN_FLOAT64;
  for (int64_t i = 0; i < count; i++) {
    double value = shift + scale * value_at(start, i);
    if (is_double)
      doubles[i] = value;
    else
      floats[i] = (float)value;
  }
}

SnTensor *formula_tensor(const char *name, double scale, double shift, SnDtype dtype, int ndim, const int64_t *shape) {
  SnTensor *tensor = sn_empty(dtype, ndim, shape);
  if (tensor) fill(tensor, name, scale, shift);
  return tensor;
}

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), end_length = strlen(end);
  return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

void formula_fill_tensor(SnTensor *tensor, const char *name) {
  if (tensor->array.ndim >= 2)
    fill(tensor, name, sqrt(6 / ((double)sn_count(tensor) / (double)tensor->array.shape[0])), 0);
  else if (ends_with(name, "running_var"))
    fill(tensor, name, 0.5, 1);
  else if (ends_with(name, "weight"))
    fill(tensor, name, 0.25, 0.5);
  else
    fill(tensor, name, 0.2, 0);
}

void formula_fill(const SnModule *module) {
  SnScope *scope = sn_scope_open();
  SnStateDict *state = sn_state_dict_new();
  if (state && sn_module_state(module, "", state))
    for (int64_t i = 0; i < state->tensor_count; i++)
      formula_fill_tensor(state->tensors[i].tensor, state->tensors[i].name);
  sn_scope_close(scope);
}
