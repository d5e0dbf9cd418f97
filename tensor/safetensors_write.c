#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "tensor/element.h"
#include "tensor/safetensors.h"

/* A text that grows. When memory is short an error is pending, and what is added is lost. */
typedef struct Text {
  char *bytes;
  int64_t length, capacity;
} Text;

static void add_bytes(Text *text, const char *bytes, size_t count) {
  if (!sn_ok()) return;
  if (text->capacity - text->length < (int64_t)count) {
    int64_t capacity = 2 * text->capacity + (int64_t)count + 1024;
    char *larger = sn_resize(text->bytes, capacity, 1, "a safetensors header");
    if (!larger) return;
    text->bytes = larger;
    text->capacity = capacity;
  }
  memcpy(text->bytes + text->length, bytes, count);
  text->length += (int64_t)count;
}

static void add(Text *text, const char *string) { add_bytes(text, string, strlen(string)); }

static void add_integer(Text *text, int64_t value) {
  char digits[24];
  snprintf(digits, sizeof digits, "%" PRId64, value);
  add(text, digits);
}

/* The string as JSON has it. */
static void add_quoted(Text *text, const char *string) {
  add(text, "\"");
  for (const char *c = string; *c; c++) {
    char escape[8] = {'\\', *c};
    if ((unsigned char)*c < 0x20)
      snprintf(escape, sizeof escape, "\\u%04x", (unsigned)*c);
    else if (*c != '"' && *c != '\\')
      snprintf(escape, sizeof escape, "%c", *c);
    add(text, escape);
  }
  add(text, "\"");
}

static bool is_name(const char *name) {
  size_t length = strlen(name);
  return length > 0 && length <= SN_SAFETENSORS_LONGEST_NAME && sn_utf8_is_printable(name, length);
}

static bool check(const char *path, const SnStateDict *dict) {
  if (dict->tensor_count > SN_SAFETENSORS_MAX_TENSORS)
    return sn_fail("%s: a safetensors file holds at most %d tensors", path, SN_SAFETENSORS_MAX_TENSORS);
  for (int64_t i = 0; i < dict->tensor_count; i++)
    if (!is_name(dict->tensors[i].name) || strcmp(dict->tensors[i].name, "__metadata__") == 0)
      return sn_fail("%s: tensor %" PRId64 " has a name that a safetensors file cannot hold", path, i);
  for (int64_t i = 0; i < dict->text_count; i++)
    if (!sn_utf8_is_printable(dict->texts[i].name, strlen(dict->texts[i].name)) ||
        !sn_utf8_is_valid(dict->texts[i].text, strlen(dict->texts[i].text)))
      return sn_fail("%s: text %" PRId64 " is not valid UTF-8", path, i);
  return true;
}

static int64_t bytes_of(const SnTensor *tensor) {
  return sn_count(tensor) * (int64_t)sn_dtype_size(tensor->array.dtype);
}

/* Where the data of each tensor begins. Large elements come first, so that every tensor is aligned to its own. */
static int64_t *place_tensors(const SnStateDict *dict) {
  int64_t *begin = sn_allocate(dict->tensor_count, sizeof *begin, "the places of tensors"), end = 0;
  for (size_t size = 8; begin && size > 0; size /= 2)
    for (int64_t i = 0; i < dict->tensor_count; i++)
      if (sn_dtype_size(dict->tensors[i].tensor->array.dtype) == size) {
        begin[i] = end;
        end += bytes_of(dict->tensors[i].tensor);
      }
  return begin;
}

static void add_header(Text *text, const SnStateDict *dict, const int64_t *begin) {
  const char *separator = "";
  add(text, "{");
  if (dict->text_count > 0) {
    add(text, "\"__metadata__\":{");
    for (int64_t i = 0; i < dict->text_count; i++, separator = ",") {
      add(text, separator);
      add_quoted(text, dict->texts[i].name);
      add(text, ":");
      add_quoted(text, dict->texts[i].text);
    }
    add(text, "}");
    separator = ",";
  }
  for (int64_t i = 0; i < dict->tensor_count; i++, separator = ",") {
    const SnTensor *tensor = dict->tensors[i].tensor;
    add(text, separator);
    add_quoted(text, dict->tensors[i].name);
    add(text, ":{\"dtype\":\"");
    add(text, sn_element_of(tensor->array.dtype)->safetensors);
    add(text, "\",\"shape\":[");
    for (int d = 0; d < tensor->array.ndim; d++) {
      if (d > 0) add(text, ",");
      add_integer(text, tensor->array.shape[d]);
    }
    add(text, "],\"data_offsets\":[");
    add_integer(text, begin[i]);
    add(text, ",");
    add_integer(text, begin[i] + bytes_of(tensor));
    add(text, "]}");
  }
  add(text, "}");
}

/* The header with spaces up to a multiple of 8 bytes, to be released with free(). */
static Text make_header(const char *path, const SnStateDict *dict) {
  Text text = {0};
  int64_t *begin = place_tensors(dict);
  if (begin) add_header(&text, dict, begin);
  while (sn_ok() && text.length % 8 != 0) add(&text, " ");
  if (text.length > SN_SAFETENSORS_LONGEST_HEADER)
    sn_fail("%s: the names and texts need %" PRId64 " bytes, more than the %d that a safetensors header may have", path,
            text.length, SN_SAFETENSORS_LONGEST_HEADER);
  free(begin);
  return text;
}

static void write_tensor(FILE *stream, const SnTensor *tensor) {
  int64_t bytes = bytes_of(tensor);
  if (bytes == 0) return;
  if (!sn_storage_backend(tensor->storage)->copy_to_host && sn_array_is_contiguous(&tensor->array)) {
    fwrite(tensor->array.data, 1, (size_t)bytes, stream);
    return;
  }
  void *host = sn_allocate(bytes, 1, "a tensor on its way to a file");
  if (host && sn_to_host(tensor, tensor->array.dtype, host)) fwrite(host, 1, (size_t)bytes, stream);
  free(host);
}

bool sn_safetensors_write(const char *path, const SnStateDict *dict) {
  if (!sn_ok() || !check(path, dict)) return false;
  Text header = make_header(path, dict);
  SnFileWriter writer;
  if (sn_file_create(path, &writer)) {
    for (int i = 0; i < 8; i++) fputc((int)(header.length >> 8 * i & 0xFF), writer.stream);
    fwrite(header.bytes, 1, (size_t)header.length, writer.stream);
    for (size_t size = 8; size > 0; size /= 2)
      for (int64_t i = 0; i < dict->tensor_count && sn_ok(); i++)
        if (sn_dtype_size(dict->tensors[i].tensor->array.dtype) == size)
          write_tensor(writer.stream, dict->tensors[i].tensor);
    sn_file_commit(&writer);
  }
  free(header.bytes);
  return sn_ok();
}
