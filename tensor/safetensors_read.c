#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "tensor/element.h"
#include "tensor/safetensors.h"

typedef struct Entry {
  const char *name; /* in the parsed JSON */
  const SnElement *element;
  int ndim;
  int64_t shape[SN_MAX_DIMS], begin, end; /* bytes, from the end of the header */
} Entry;

/* What cJSON takes for a value, with its name and its text, beside the bytes of the header. */
enum { VALUE_MEMORY = 160 };

/* cJSON is lenient, so the text is held to what such a header can contain before it is parsed: outside strings, nothing
 * but whole numbers and punctuation; inside, no character that would end a C string early. */
static bool check_header_text(const char *path, const char *text, int64_t length) {
  if (!sn_utf8_is_valid(text, (size_t)length)) return sn_fail("%s: the safetensors header is not valid UTF-8", path);
  int64_t values = 0;
  bool in_string = false;
  for (int64_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    if (in_string && c == '\\') {
      i++;
      if (strncmp(text + i, "u0000", 5) == 0) c = '\0';
    } else if (c == '"') {
      in_string = !in_string;
    }
    if (in_string ? c < 0x20 : !strchr("{}[]:,\" \t\r\n0123456789", c) || c == '\0')
      return sn_fail("%s: byte %lld of the safetensors header does not belong there", path, (long long)i);
    values += !in_string && strchr("{[,", c) != NULL;
  }
  return sn_memory_suffices(2 * length + VALUE_MEMORY * values, path);
}

static bool as_size(const cJSON *item, int64_t *value) {
  if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble >= 0x1p53) return false;
  *value = (int64_t)item->valuedouble;
  return true;
}

static bool parse_shape(const char *path, const cJSON *shape, Entry *entry, int64_t *count) {
  if (!cJSON_IsArray(shape)) return sn_fail("%s: tensor %s: its shape is not a list", path, entry->name);
  *count = 1;
  const cJSON *size;
  cJSON_ArrayForEach(size, shape) {
    if (entry->ndim == SN_MAX_DIMS)
      return sn_fail("%s: tensor %s: expected at most %d dimensions, found %d", path, entry->name, SN_MAX_DIMS,
                     cJSON_GetArraySize(shape));
    if (!as_size(size, &entry->shape[entry->ndim]))
      return sn_fail("%s: tensor %s: size %d of its shape is not a whole number below 2^53", path, entry->name,
                     entry->ndim);
    if (!sn_multiply(*count, entry->shape[entry->ndim++], count))
      return sn_fail("%s: tensor %s: its shape %s is too large", path, entry->name,
                     sn_shape_text(entry->ndim, entry->shape));
  }
  return true;
}

static bool parse_entry(const char *path, const cJSON *item, int64_t data_size, Entry *entry) {
  entry->name = item->string;
  if (entry->name[0] == '\0') return sn_fail("%s: a tensor has no name", path);
  if (strlen(entry->name) > SN_SAFETENSORS_LONGEST_NAME || !sn_utf8_is_printable(entry->name, strlen(entry->name)))
    return sn_fail("%s: a tensor's name is longer than %d bytes or has control characters", path,
                   SN_SAFETENSORS_LONGEST_NAME);
  const cJSON *dtype = cJSON_GetObjectItemCaseSensitive(item, "dtype");
  const cJSON *shape = cJSON_GetObjectItemCaseSensitive(item, "shape");
  const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(item, "data_offsets");
  if (!cJSON_IsObject(item) || !dtype || !shape || !offsets || cJSON_GetArraySize(item) != 3)
    return sn_fail("%s: tensor %s: expected dtype, shape and data_offsets, each once and nothing else", path,
                   entry->name);
  const char *type = cJSON_IsString(dtype) ? dtype->valuestring : "no text";
  entry->element = sn_element_by_safetensors(type);
  if (!entry->element)
    return sn_fail(
        "%s: tensor %s: expected the dtype F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL, found %.16s, which "
        "cannot be read",
        path, entry->name, sn_utf8_is_printable(type, strlen(type)) ? type : "another");
  int64_t count, bytes;
  if (!parse_shape(path, shape, entry, &count)) return false;
  if (!sn_multiply(count, entry->element->size, &bytes))
    return sn_fail("%s: tensor %s: its shape %s is too large", path, entry->name,
                   sn_shape_text(entry->ndim, entry->shape));
  if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 || !as_size(offsets->child, &entry->begin) ||
      !as_size(offsets->child->next, &entry->end))
    return sn_fail("%s: tensor %s: its data_offsets are not two whole numbers below 2^53", path, entry->name);
  if (entry->begin > entry->end || entry->end > data_size)
    return sn_fail("%s: tensor %s: expected data inside the file's %lld bytes of data, found %lld to %lld", path,
                   entry->name, (long long)data_size, (long long)entry->begin, (long long)entry->end);
  if (entry->end - entry->begin != bytes)
    return sn_fail("%s: tensor %s: the shape %s of %s needs %lld bytes, but its data_offsets span %lld", path,
                   entry->name, sn_shape_text(entry->ndim, entry->shape), entry->element->safetensors, (long long)bytes,
                   (long long)(entry->end - entry->begin));
  return true;
}

static bool parse_texts(const char *path, const cJSON *metadata, SnStateDict *dict) {
  if (!cJSON_IsObject(metadata)) return sn_fail("%s: __metadata__ is not an object of texts", path);
  const cJSON *text;
  cJSON_ArrayForEach(text, metadata) {
    if (!cJSON_IsString(text) || !sn_utf8_is_printable(text->string, strlen(text->string)))
      return sn_fail("%s: an entry of __metadata__ is not a named text", path);
    if (sn_state_dict_text(dict, text->string))
      return sn_fail("%s: the text %s appears twice in __metadata__", path, text->string);
    if (!sn_state_dict_add_text(dict, text->string, text->valuestring)) return false;
  }
  return true;
}

static int by_place(const void *a, const void *b) {
  const Entry *x = *(Entry *const *)a, *y = *(Entry *const *)b;
  if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
  return (x->end > y->end) - (x->end < y->end);
}

static int by_name(const void *a, const void *b) {
  return strcmp((*(Entry *const *)a)->name, (*(Entry *const *)b)->name);
}

/* Every name once, and every byte of the data in exactly one tensor, as the official library demands. */
static bool check_entries(const char *path, Entry *entries, int64_t count, int64_t data_size) {
  Entry **sorted = sn_allocate(count, sizeof(Entry *), "the order of tensors");
  for (int64_t i = 0; sorted && i < count; i++) sorted[i] = &entries[i];
  if (sorted) qsort(sorted, (size_t)count, sizeof *sorted, by_name);
  for (int64_t i = 1; sorted && i < count; i++)
    if (by_name(&sorted[i - 1], &sorted[i]) == 0) sn_fail("%s: tensor %s appears twice", path, sorted[i]->name);
  if (sorted) qsort(sorted, (size_t)count, sizeof *sorted, by_place);
  int64_t end = 0;
  for (int64_t i = 0; sorted && i < count; end = sorted[i++]->end)
    if (sorted[i]->begin != end)
      sn_fail("%s: tensor %s: expected its data to begin at byte %lld, where the tensor before ends, found %lld", path,
              sorted[i]->name, (long long)end, (long long)sorted[i]->begin);
  if (sorted && end != data_size)
    sn_fail("%s: the tensors end after %lld of the file's %lld bytes of data", path, (long long)end,
            (long long)data_size);
  free(sorted);
  return sn_ok();
}

static void read_entries(const SnFileReader *reader, const cJSON *root, int64_t data_begin, SnStateDict *dict) {
  const char *path = reader->path;
  int64_t count = 0, texts = 0, data_size = reader->size - data_begin;
  Entry *entries = sn_allocate(cJSON_GetArraySize(root), sizeof *entries, "the list of tensors");
  const cJSON *item;
  cJSON_ArrayForEach(item, root) {
    if (!sn_ok()) break;
    if (strcmp(item->string, "__metadata__") == 0) {
      if (texts++ > 0) sn_fail("%s: __metadata__ appears twice", path);
      parse_texts(path, item, dict);
    } else if (count == SN_SAFETENSORS_MAX_TENSORS) {
      sn_fail("%s: holds more than %d tensors", path, SN_SAFETENSORS_MAX_TENSORS);
    } else {
      parse_entry(path, item, data_size, &entries[count++]);
    }
  }
  if (sn_ok()) check_entries(path, entries, count, data_size);
  for (int64_t i = 0; i < count && sn_ok(); i++) {
    const Entry *entry = &entries[i];
    sn_state_dict_add(dict, entry->name,
                      sn_element_read(entry->element, reader, data_begin + entry->begin, entry->ndim, entry->shape));
  }
  free(entries);
}

static int64_t header_length(const SnFileReader *reader) {
  uint8_t bytes[8];
  uint64_t length = 0;
  if (reader->size < 8 || !sn_file_reader_read(reader, 0, bytes, 8))
    return sn_fail("%s: %lld bytes are too few for a safetensors file", reader->path, (long long)reader->size), -1;
  for (int i = 7; i >= 0; i--) length = length << 8 | bytes[i];
  if (length > SN_SAFETENSORS_LONGEST_HEADER || length > (uint64_t)reader->size - 8)
    return sn_fail("%s: expected a safetensors header of at most %lld bytes, found the length %llu", reader->path,
                   (long long)(reader->size - 8 < SN_SAFETENSORS_LONGEST_HEADER ? reader->size - 8
                                                                                : SN_SAFETENSORS_LONGEST_HEADER),
                   (unsigned long long)length),
           -1;
  return (int64_t)length;
}

SnStateDict *sn_safetensors_read_from(const SnFileReader *reader) {
  int64_t length = sn_ok() ? header_length(reader) : -1;
  SnStateDict *dict = length < 0 ? NULL : sn_state_dict_new();
  if (!dict) return NULL;
  char *text = sn_allocate(length + 1, 1, "a safetensors header");
  if (text && sn_file_reader_read(reader, 8, text, length) && check_header_text(reader->path, text, length)) {
    const char *end = NULL;
    cJSON *root = sn_json_parse(text, length + 1, &end);
    if (root) end += strspn(end, " \t\r\n");
    if (text[0] != '{' || !cJSON_IsObject(root) || end != text + length)
      sn_fail("%s: the safetensors header is not one JSON object", reader->path);
    else
      read_entries(reader, root, 8 + length, dict);
    cJSON_Delete(root);
  }
  free(text);
  return sn_ok() ? dict : NULL;
}

SnStateDict *sn_safetensors_read(const char *path) {
  SnFileReader reader;
  if (!sn_file_reader_open(&reader, path)) return NULL;
  SnStateDict *dict = sn_safetensors_read_from(&reader);
  sn_file_reader_close(&reader);
  return dict;
}
