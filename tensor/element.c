#include "tensor/element.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "weights files are little-endian, and so is the host");

static const SnElement elements[] = {
    {"F32", "FloatStorage", 4, SN_FLOAT32}, {"F64", "DoubleStorage", 8, SN_FLOAT64},
    {"F16", "HalfStorage", 2, SN_FLOAT16},  {"BF16", "BFloat16Storage", 2, SN_BFLOAT16},
    {"I64", "LongStorage", 8, SN_INT64},    {"I32", "IntStorage", 4, SN_INT64},
    {"I16", "ShortStorage", 2, SN_INT64},   {"I8", "CharStorage", 1, SN_INT64},
    {"U8", "ByteStorage", 1, SN_UINT8},     {"BOOL", "BoolStorage", 1, SN_UINT8},
};
enum { ELEMENTS = sizeof elements / sizeof *elements, PIECE = 1 << 16 };

const SnElement *sn_element_by_safetensors(const char *name) {
  for (int i = 0; i < ELEMENTS; i++)
    if (strcmp(elements[i].safetensors, name) == 0) return &elements[i];
  return NULL;
}

const SnElement *sn_element_by_pytorch(const char *name) {
  for (int i = 0; i < ELEMENTS; i++)
    if (strcmp(elements[i].pytorch, name) == 0) return &elements[i];
  return NULL;
}

const SnElement *sn_element_of(SnDtype dtype) {
  for (int i = 0; i < ELEMENTS; i++)
    if (elements[i].dtype == dtype && (size_t)elements[i].size == sn_dtype_size(dtype)) return &elements[i];
  return NULL;
}

static int64_t signed_integer(const uint8_t *bytes, int64_t size) {
  int32_t four;
  int16_t two;
  if (size == 4) return memcpy(&four, bytes, 4), four;
  if (size == 2) return memcpy(&two, bytes, 2), two;
  return (int8_t)bytes[0];
}

static bool read_widened(const SnElement *element, const SnFileReader *reader, int64_t offset, int64_t count,
                         int64_t *values) {
  uint8_t *piece = sn_allocate(PIECE, 1, "a piece of a weights file");
  int64_t step = PIECE / element->size;
  for (int64_t done = 0; done < count && sn_ok(); done += step) {
    int64_t items = count - done < step ? count - done : step;
    if (!sn_file_reader_read(reader, offset + done * element->size, piece, items * element->size)) break;
    for (int64_t i = 0; i < items; i++) values[done + i] = signed_integer(piece + i * element->size, element->size);
  }
  free(piece);
  return sn_ok();
}

SnTensor *sn_element_read(const SnElement *element, const SnFileReader *reader, int64_t offset, int ndim,
                          const int64_t *shape) {
  SnTensor *tensor = sn_empty(element->dtype, ndim, shape);
  if (!tensor) return NULL;
  const SnBackend *backend = sn_storage_backend(tensor->storage);
  int64_t count = sn_count(tensor), bytes = count * (int64_t)sn_dtype_size(element->dtype);
  if (count == 0) return tensor;
  void *host =
      backend->copy_from_host ? sn_allocate(bytes, 1, "a tensor on its way to the device") : tensor->array.data;
  bool read = host && ((size_t)element->size == sn_dtype_size(element->dtype)
                           ? sn_file_reader_read(reader, offset, host, bytes)
                           : read_widened(element, reader, offset, count, host));
  if (backend->copy_from_host) {
    if (read && !backend->copy_from_host(tensor->array.data, host, (size_t)bytes))
      sn_fail("%s: a copy of %lld bytes to the device failed", backend->name, (long long)bytes);
    free(host);
  }
  return sn_ok() ? tensor : NULL;
}
