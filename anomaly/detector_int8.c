#include "anomaly/detector_int8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "anomaly/detector_file.h"

enum { NAME = 300, ZERO = 128, LARGEST = 127 };

static const char scale_name[] = ".scale", range_name[] = ".input_range";

static bool ends_with(const char *name, const char *end) {
  size_t length = strlen(name), part = strlen(end);
  return length > part && strcmp(name + length - part, end) == 0;
}

/* The range of the tensor of that name in the file; NULL: none. */
static const SnLayerRange *range_of(const SnLayerRanges *ranges, const char *name) {
  size_t prefix = strlen(SN_DETECTOR_BACKBONE);
  return strncmp(name, SN_DETECTOR_BACKBONE, prefix) == 0 ? sn_layer_range_find(ranges, name + prefix) : NULL;
}

/* ---- writing ---- */

static void add_named(SnStateDict *file, const char *name, const char *end, SnTensor *tensor) {
  char text[NAME];
  snprintf(text, sizeof text, "%s%s", name, end);
  if (tensor) sn_state_dict_add(file, text, tensor);
}

static void quantize(const float *weight, int64_t outs, int64_t row, uint8_t *codes, float *scales) {
  for (int64_t o = 0; o < outs; o++) {
    float most = 0;
    for (int64_t i = 0; i < row; i++) most = fmaxf(most, fabsf(weight[o * row + i]));
    scales[o] = most / LARGEST;
    for (int64_t i = 0; i < row; i++)
      codes[o * row + i] = (uint8_t)(ZERO + (most > 0 ? lrintf(weight[o * row + i] * (LARGEST / most)) : 0));
  }
}

static void add_quantized(SnStateDict *file, const SnNamedTensor *item, const SnInputRange *range) {
  const SnArray *array = &item->tensor->array;
  int64_t count = sn_count(item->tensor), outs = array->shape[0];
  float ends[2] = {range->least, range->most};
  SnScope *scope = sn_scope_open();
  float *weight = sn_scope_allocate(count, sizeof *weight, NULL),
        *scales = sn_scope_allocate(outs, sizeof *scales, NULL);
  uint8_t *codes = sn_scope_allocate(count, sizeof *codes, NULL);
  if (weight && scales && codes && sn_to_host(item->tensor, SN_FLOAT32, weight))
    quantize(weight, outs, count / outs, codes, scales);
  sn_scope_suspend(scope);
  if (sn_ok()) {
    sn_state_dict_add(file, item->name, sn_from_host(SN_UINT8, array->ndim, array->shape, codes));
    add_named(file, item->name, scale_name, sn_from_host(SN_FLOAT32, 1, &outs, scales));
    add_named(file, item->name, range_name, sn_from_host(SN_FLOAT32, SN_SHAPE(2), ends));
  }
  sn_scope_close(scope);
}

SnStateDict *sn_detector_quantized(const SnStateDict *file, const SnLayerRanges *ranges) {
  SnStateDict *quantized = sn_state_dict_new();
  for (int64_t i = 0; i < file->text_count && sn_ok(); i++)
    sn_state_dict_add_text(quantized, file->texts[i].name, file->texts[i].text);
  for (int64_t i = 0; i < file->tensor_count && sn_ok(); i++) {
    const SnLayerRange *range = range_of(ranges, file->tensors[i].name);
    if (range)
      add_quantized(quantized, &file->tensors[i], &range->x);
    else
      sn_state_dict_add(quantized, file->tensors[i].name, file->tensors[i].tensor);
  }
  return sn_ok() ? quantized : NULL;
}

/* ---- reading ---- */

/* Of a tensor that is to have this shape of one dimension; NULL and an error. */
static float *read_vector(const SnStateDict *file, const char *path, const char *name, int64_t count) {
  const SnTensor *tensor = sn_state_dict_find(file, name);
  if (!tensor || tensor->array.dtype != SN_FLOAT32 || !sn_has_shape(tensor, 1, &count))
    return sn_fail_null("%s: tensor %s: expected %lld numbers in float32, found %s", path, name, (long long)count,
                        sn_tensor_text(tensor));
  float *values = sn_scope_allocate(count, sizeof *values, NULL);
  if (!values || !sn_to_host(tensor, SN_FLOAT32, values)) return NULL;
  for (int64_t i = 0; i < count; i++)
    if (!isfinite(values[i])) return sn_fail_null("%s: tensor %s: holds NaN or infinity", path, name);
  return values;
}

static bool read_range(const SnStateDict *file, const char *path, const SnNamedTensor *item, SnLayerRange *range) {
  size_t prefix = strlen(SN_DETECTOR_BACKBONE);
  char weight[NAME];
  snprintf(weight, sizeof weight, "%.*s", (int)(strlen(item->name) - strlen(range_name)), item->name);
  const float *ends = read_vector(file, path, item->name, 2);
  if (!ends) return false;
  if (!(ends[0] <= 0 && ends[1] >= 0 && ends[0] < ends[1] && isfinite(ends[1] - ends[0])))
    return sn_fail("%s: tensor %s: expected a range with 0 in it", path, item->name);
  if (strncmp(weight, SN_DETECTOR_BACKBONE, prefix) != 0 || !sn_state_dict_find(file, weight))
    return sn_fail("%s: tensor %s: there is no weight %s", path, item->name, weight);
  *range = (SnLayerRange){sn_scope_text(weight + prefix), {ends[0], ends[1]}};
  return sn_ok();
}

/* Without its range a weight's codes are no numbers. */
static bool check_scale(const SnStateDict *file, const char *path, const char *name) {
  char range[NAME];
  if (!ends_with(name, scale_name)) return true;
  snprintf(range, sizeof range, "%.*s%s", (int)(strlen(name) - strlen(scale_name)), name, range_name);
  return sn_state_dict_find(file, range) || sn_fail("%s: tensor %s: is missing", path, range);
}

bool sn_detector_read_ranges(const SnStateDict *file, const char *path, SnLayerRanges *ranges) {
  *ranges = (SnLayerRanges){NULL, 0};
  int64_t count = 0;
  for (int64_t i = 0; i < file->tensor_count; i++) count += ends_with(file->tensors[i].name, range_name);
  if (count > 0) ranges->items = sn_scope_allocate(count, sizeof *ranges->items, NULL);
  for (int64_t i = 0; i < file->tensor_count && sn_ok() && count > 0; i++)
    if (ends_with(file->tensors[i].name, range_name) &&
        read_range(file, path, &file->tensors[i], &ranges->items[ranges->count]))
      ranges->count++;
  for (int64_t i = 0; i < file->tensor_count && sn_ok(); i++) check_scale(file, path, file->tensors[i].name);
  return sn_ok();
}

static SnTensor *dequantized(const SnStateDict *file, const char *path, const SnNamedTensor *item) {
  char name[NAME];
  const SnArray *array = &item->tensor->array;
  int64_t count = sn_count(item->tensor), outs = array->ndim > 0 ? array->shape[0] : 0;
  if (array->dtype != SN_UINT8 || array->ndim != 4 || count == 0)
    return sn_fail_null("%s: tensor %s: expected a convolution's weight in U8, found %s %s", path, item->name,
                        sn_dtype_name(array->dtype), sn_tensor_text(item->tensor));
  snprintf(name, sizeof name, "%s%s", item->name, scale_name);
  SnTensor *weight = sn_empty(SN_FLOAT32, array->ndim, array->shape);
  SnScope *scope = sn_scope_open();
  uint8_t *codes = sn_scope_allocate(count, sizeof *codes, NULL);
  const float *scales = read_vector(file, path, name, outs);
  float *values = sn_scope_allocate(count, sizeof *values, NULL);
  if (sn_ok() && sn_to_host(item->tensor, SN_UINT8, codes)) {
    for (int64_t i = 0; i < count; i++) values[i] = (float)(codes[i] - ZERO) * scales[i / (count / outs)];
    SnTensor *numbers = sn_from_host(SN_FLOAT32, array->ndim, array->shape, values);
    if (numbers) sn_copy_into(weight, numbers);
  }
  sn_scope_close(scope);
  return sn_ok() ? weight : NULL;
}

/* A scale or range of a weight in 8 bits. */
static bool is_description(const SnLayerRanges *ranges, const char *name) {
  char weight[NAME];
  const char *end = ends_with(name, scale_name) ? scale_name : ends_with(name, range_name) ? range_name : NULL;
  if (!end) return false;
  snprintf(weight, sizeof weight, "%.*s", (int)(strlen(name) - strlen(end)), name);
  return range_of(ranges, weight) != NULL;
}

SnStateDict *sn_detector_dequantized(const SnStateDict *file, const char *path, const SnLayerRanges *ranges) {
  SnStateDict *plain = sn_state_dict_new();
  for (int64_t i = 0; i < file->tensor_count && sn_ok(); i++) {
    const SnNamedTensor *item = &file->tensors[i];
    if (is_description(ranges, item->name)) continue;
    SnTensor *tensor = range_of(ranges, item->name) ? dequantized(file, path, item) : item->tensor;
    if (tensor) sn_state_dict_add(plain, item->name, tensor);
  }
  return sn_ok() ? plain : NULL;
}
