#include "tensor/weights.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/version.h"
#include "tensor/pytorch.h"
#include "tensor/safetensors.h"

SnStateDict *sn_weights_read_from(const SnFileReader *reader) {
  enum { HEAD = 264 };
  char head[HEAD] = {0};
  if (reader->size == 0) return sn_fail_null("%s: is empty", reader->path);
  if (!sn_file_reader_read(reader, 0, head, reader->size < HEAD ? reader->size : HEAD)) return NULL;
  if (head[8] == '{') return sn_safetensors_read_from(reader);
  if (memcmp(head, "PK\3\4", 4) == 0) return sn_pytorch_read_zip(reader);
  if (head[0] == '\x80') return sn_pytorch_read_legacy(reader);
  if (memcmp(head + 257, "ustar", 5) == 0)
    return sn_fail_null("%s: is a tar archive, as PyTorch wrote before 2017; load it there once and save it again",
                        reader->path);
  return sn_fail_null("%s: is no weights file: expected safetensors or a PyTorch .pth", reader->path);
}

SnStateDict *sn_weights_read(const char *path) {
  SnFileReader reader;
  if (!sn_file_reader_open(&reader, path)) return NULL;
  SnStateDict *dict = sn_weights_read_from(&reader);
  sn_file_reader_close(&reader);
  return dict;
}

static bool is_real(SnDtype dtype) { return dtype != SN_INT64 && dtype != SN_UINT8 && dtype < SN_DTYPE_COUNT; }

/* All exponent bits set means NaN or infinity in every one of the formats. */
static int64_t find_not_finite(SnDtype dtype, const void *data, int64_t count) {
  const uint16_t *halves = data, mask = dtype == SN_BFLOAT16 ? 0x7F80 : 0x7C00;
  const uint32_t *singles = data;
  const uint64_t *doubles = data;
  for (int64_t i = 0; i < count; i++)
    if (dtype == SN_FLOAT32   ? (singles[i] & 0x7F800000) == 0x7F800000
        : dtype == SN_FLOAT64 ? (doubles[i] & 0x7FF0000000000000) == 0x7FF0000000000000
                              : (halves[i] & mask) == mask)
      return i;
  return -1;
}

int64_t sn_first_not_finite(const SnTensor *tensor) {
  SnDtype dtype = tensor->array.dtype;
  int64_t count = sn_count(tensor), found = -1;
  if (!is_real(dtype) || !sn_ok()) return -1;
  if (!sn_storage_backend(tensor->storage)->copy_to_host && sn_array_is_contiguous(&tensor->array))
    return find_not_finite(dtype, tensor->array.data, count);
  void *data = sn_allocate(count, sn_dtype_size(dtype), "a tensor's values");
  if (data && sn_to_host(tensor, dtype, data)) found = find_not_finite(dtype, data, count);
  free(data);
  return found;
}

bool sn_weights_check_finite(const SnStateDict *dict, const char *path) {
  for (int64_t i = 0; i < dict->tensor_count && sn_ok(); i++) {
    int64_t element = sn_first_not_finite(dict->tensors[i].tensor);
    if (element >= 0)
      sn_fail("%s: tensor %s: element %lld is NaN or infinite", path, dict->tensors[i].name, (long long)element);
  }
  return sn_ok();
}

static SnTensor *convert(const char *path, const char *name, SnTensor *tensor, SnDtype dtype) {
  if (!is_real(dtype) || !is_real(tensor->array.dtype)) return tensor;
  SnTensor *converted = sn_to_dtype(tensor, dtype);
  if (converted && sn_first_not_finite(tensor) < 0 && sn_first_not_finite(converted) >= 0)
    return sn_fail_null("%s: tensor %s: a number is too large for %s", path, name, sn_dtype_name(dtype));
  return converted;
}

/* Tells the file from others of its kind, which must not be replaced (base/outputs.h). */
static const char converter[] = "converted by";

bool sn_weights_convert(const char *input, const char *output, SnDtype dtype) {
  if (!sn_ok()) return false;
  if (dtype != SN_DTYPE_COUNT && !is_real(dtype))
    return sn_fail("weights cannot be converted to %s", sn_dtype_name(dtype));
  SnScope *scope = sn_scope_open();
  SnStateDict *read = sn_weights_read(input), *written = read ? sn_state_dict_new() : NULL;
  if (written) sn_state_dict_add_text(written, converter, SN_PROGRAM);
  for (int64_t i = 0; written && i < read->tensor_count && sn_ok(); i++) {
    const SnNamedTensor *item = &read->tensors[i];
    sn_state_dict_add(written, item->name, convert(input, item->name, item->tensor, dtype));
  }
  for (int64_t i = 0; written && i < read->text_count && sn_ok(); i++)
    if (strcmp(read->texts[i].name, converter) != 0)
      sn_state_dict_add_text(written, read->texts[i].name, read->texts[i].text);
  if (written) sn_safetensors_write(output, written);
  sn_scope_close(scope);
  return sn_ok();
}
