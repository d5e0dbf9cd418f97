#include "tests/support/state_dicts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/test.h"

static bool same_tensors(const SnTensor *a, const SnTensor *b) {
  if (!a || !b || a->array.dtype != b->array.dtype || !sn_same_shape(a, b)) return false;
  size_t bytes = (size_t)sn_count(a) * sn_dtype_size(a->array.dtype);
  void *values[2] = {malloc(bytes + 1), malloc(bytes + 1)};
  bool same = sn_to_host(a, a->array.dtype, values[0]) && sn_to_host(b, b->array.dtype, values[1]) &&
              memcmp(values[0], values[1], bytes) == 0;
  free(values[0]);
  free(values[1]);
  return same;
}

/* Names the first difference, or NULL. */
static const char *difference(const SnStateDict *a, const SnStateDict *b) {
  if (a->tensor_count != b->tensor_count) return "the number of tensors";
  if (a->text_count != b->text_count) return "the number of texts";
  for (int64_t i = 0; i < a->tensor_count; i++)
    if (!same_tensors(a->tensors[i].tensor, sn_state_dict_find(b, a->tensors[i].name))) return a->tensors[i].name;
  for (int64_t i = 0; i < a->text_count; i++) {
    const char *text = sn_state_dict_text(b, a->texts[i].name);
    if (!text || strcmp(a->texts[i].text, text) != 0) return a->texts[i].name;
  }
  return NULL;
}

bool same_state_dicts(const SnStateDict *a, const SnStateDict *b) { return !difference(a, b); }

void assert_same_state_dicts(const SnStateDict *a, const SnStateDict *b) {
  if (!a || !b) fail_msg("%s", sn_error());
  const char *what = difference(a, b);
  if (what) fail_msg("%s differs", what);
}

void assert_error(const char *part) {
  assert_false(sn_ok());
  if (!strstr(sn_error(), part)) fail_msg("expected an error with '%s', found: %s", part, sn_error());
  sn_clear_error();
}

SnBytes read_whole(const char *path) {
  SnBytes bytes;
  if (!sn_file_read(path, 1 << 24, &bytes)) fail_msg("%s", sn_error());
  return bytes;
}

void write_whole(const char *path, const void *bytes, size_t size) {
  SnFileWriter writer;
  if (sn_file_create(path, &writer)) fwrite(bytes, 1, size, writer.stream);
  if (!sn_file_commit(&writer)) fail_msg("%s", sn_error());
}

void assert_shrinking_is_noticed(const char *path, const SnBytes *file, size_t step,
                                 SnStateDict *(*read_from)(const SnFileReader *reader)) {
  for (size_t size = 0; size < file->size; size += step) {
    write_whole(path, file->data, file->size);
    SnFileReader reader;
    assert_true(sn_file_reader_open(&reader, path));
    assert_int_equal(truncate(path, (off_t)size), 0);
    assert_null(read_from(&reader));
    assert_error("while it was read");
    sn_file_reader_close(&reader);
  }
}
