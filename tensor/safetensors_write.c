#include <errno.h>
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

static void write_text(FILE *stream, const char *text) {
  fputc('"', stream);
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c < 0x20)
      fprintf(stream, "\\u%04x", *c);
    else if (*c == '"' || *c == '\\')
      fprintf(stream, "\\%c", *c);
    else
      fputc(*c, stream);
  }
  fputc('"', stream);
}

static bool is_name(const char *name) {
  size_t length = strlen(name);
  return length > 0 && length <= SN_SAFETENSORS_LONGEST_NAME && sn_utf8_is_printable(name, length);
}

static bool check(const char *path, const SnStateDict *dict) {
  if (dict->tensor_count > SN_SAFETENSORS_MOST_TENSORS)
    return sn_fail("%s: a safetensors file holds at most %d tensors", path, SN_SAFETENSORS_MOST_TENSORS);
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

static void write_header(FILE *stream, const SnStateDict *dict, const int64_t *begin) {
  const char *separator = "";
  fputc('{', stream);
  if (dict->text_count > 0) {
    fputs("\"__metadata__\":{", stream);
    for (int64_t i = 0; i < dict->text_count; i++, separator = ",") {
      fputs(separator, stream);
      write_text(stream, dict->texts[i].name);
      fputc(':', stream);
      write_text(stream, dict->texts[i].text);
    }
    fputc('}', stream);
    separator = ",";
  }
  for (int64_t i = 0; i < dict->tensor_count; i++, separator = ",") {
    const SnTensor *tensor = dict->tensors[i].tensor;
    fputs(separator, stream);
    write_text(stream, dict->tensors[i].name);
    fprintf(stream, ":{\"dtype\":\"%s\",\"shape\":[", sn_element_of(tensor->array.dtype)->safetensors);
    for (int d = 0; d < tensor->array.ndim; d++)
      fprintf(stream, "%s%" PRId64, d > 0 ? "," : "", tensor->array.shape[d]);
    fprintf(stream, "],\"data_offsets\":[%" PRId64 ",%" PRId64 "]}", begin[i], begin[i] + bytes_of(tensor));
  }
  fputc('}', stream);
}

/* The header's length, and the header with spaces up to a multiple of 8 bytes, straight into the file: no text in
 * memory that could be incomplete. */
static void write_beginning(const char *path, FILE *stream, const SnStateDict *dict, const int64_t *begin) {
  enum { LENGTH_BYTES = 8 };
  uint8_t bytes[LENGTH_BYTES] = {0};
  fwrite(bytes, 1, sizeof bytes, stream);
  write_header(stream, dict, begin);
  long end = ftell(stream);
  for (; end >= 0 && end % 8 != 0; end++) fputc(' ', stream);
  long length = end - LENGTH_BYTES;
  if (length > SN_SAFETENSORS_LONGEST_HEADER)
    sn_fail("%s: the names and texts need %ld bytes, more than the %d that a safetensors header may have", path, length,
            SN_SAFETENSORS_LONGEST_HEADER);
  for (int i = 0; i < LENGTH_BYTES; i++) bytes[i] = (uint8_t)(length >> 8 * i & 0xFF);
  bool written = end >= 0 && fseek(stream, 0, SEEK_SET) == 0 &&
                 fwrite(bytes, 1, sizeof bytes, stream) == sizeof bytes && fseek(stream, end, SEEK_SET) == 0;
  if (!written) sn_fail("%s: cannot be written: %s", path, strerror(errno));
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
  int64_t *begin = place_tensors(dict);
  SnFileWriter writer;
  if (begin && sn_file_create(path, &writer)) {
    write_beginning(path, writer.stream, dict, begin);
    for (size_t size = 8; size > 0; size /= 2)
      for (int64_t i = 0; i < dict->tensor_count && sn_ok(); i++)
        if (sn_dtype_size(dict->tensors[i].tensor->array.dtype) == size)
          write_tensor(writer.stream, dict->tensors[i].tensor);
    sn_file_commit(&writer);
  }
  free(begin);
  return sn_ok();
}
