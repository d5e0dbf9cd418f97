#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tensor/safetensors.h"
#include "tests/support/scope.h"
#include "tests/support/state_dicts.h"

#define GOLDEN "tests/golden/weights/"
#define TEXTS "\"__metadata__\":{\"a\":\"b\"}"

static char folder[] = "/tmp/test_safetensors.XXXXXX";
static char path[64];

static int clean_up(void **state) {
  unlink(path);
  return close_scope(state);
}

/* A file in memory: header length, header, then so many bytes of data. */
static SnStateDict *read_made(const char *header, size_t data_size) {
  size_t length = strlen(header), size = 8 + length + data_size;
  uint8_t *bytes = calloc(size, 1);
  for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(length >> 8 * i);
  memcpy(bytes + 8, header, length);
  for (size_t i = 0; i < data_size; i++) bytes[8 + length + i] = (uint8_t)(i + 1);
  SnFileReader reader = sn_file_reader_on_memory("made", bytes, size);
  SnStateDict *dict = sn_safetensors_read_from(&reader);
  free(bytes);
  return dict;
}

static void test_every_type_survives_a_round_trip(void **state) {
  (void)state;
  SnStateDict *dict = sn_state_dict_new();
  const SnDtype types[] = {SN_UINT8, SN_FLOAT16, SN_FLOAT32, SN_BFLOAT16, SN_INT64, SN_FLOAT64};
  uint8_t bytes[15 * 8];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(37 * i + 5);
  for (int i = 0; i < 6; i++) {
    char name[32];
    snprintf(name, sizeof name, "%s.w\"eight\\ä", sn_dtype_name(types[i]));
    sn_state_dict_add(dict, name, sn_from_host(types[i], SN_SHAPE(3, 5), bytes));
  }
  sn_state_dict_add(dict, "scalar", sn_from_host(SN_FLOAT32, 0, NULL, bytes));
  sn_state_dict_add(dict, "empty", sn_from_host(SN_FLOAT64, SN_SHAPE(2, 0, 3), NULL));
  sn_state_dict_add_text(dict, "format", "line\nfeed, \ttab, \"quote\", back\\slash, \x01 and \xF0\x9F\x99\x82");
  sn_state_dict_add_text(dict, "", "");
  assert_true(sn_safetensors_write(path, dict));
  SnStateDict *read = sn_safetensors_read(path);
  assert_same_state_dicts(dict, read);
  for (int64_t i = 0; i < dict->tensor_count; i++) assert_string_equal(dict->tensors[i].name, read->tensors[i].name);
}

static void test_views_are_written_in_their_own_order(void **state) {
  (void)state;
  float values[6] = {0, 1, 2, 3, 4, 5}, found[6];
  SnTensor *whole = sn_from_host(SN_FLOAT32, SN_SHAPE(2, 3), values);
  SnStateDict *dict = sn_state_dict_new();
  const int64_t shape[2] = {3, 2}, stride[2] = {1, 3};
  sn_state_dict_add(dict, "transposed", sn_view(whole, 2, shape, stride, 0));
  assert_true(sn_safetensors_write(path, dict));
  assert_true(sn_to_host(sn_state_dict_find(sn_safetensors_read(path), "transposed"), SN_FLOAT32, found));
  const float expected[6] = {0, 3, 1, 4, 2, 5};
  assert_memory_equal(found, expected, sizeof expected);
}

static void test_data_is_aligned(void **state) {
  (void)state;
  SnStateDict *dict = sn_state_dict_new();
  const uint8_t three[3] = {1, 2, 3};
  const double number = 0.5;
  sn_state_dict_add(dict, "bytes", sn_from_host(SN_UINT8, SN_SHAPE(3), three));
  sn_state_dict_add(dict, "number", sn_from_host(SN_FLOAT64, SN_SHAPE(1), &number));
  assert_true(sn_safetensors_write(path, dict));
  SnBytes file = read_whole(path);
  assert_int_equal(file.data[0] % 8, 0);
  assert_int_equal(file.size, 8 + file.data[0] + 11);
  assert_non_null(strstr((char *)file.data + 8, "\"bytes\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}"));
  assert_non_null(strstr((char *)file.data + 8, "\"number\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}"));
  assert_memory_equal(file.data + 8 + file.data[0], &number, 8);
  sn_bytes_free(&file);
}

static void test_files_of_the_official_package(void **state) {
  (void)state;
  SnStateDict *read = sn_safetensors_read(GOLDEN "official_types.safetensors");
  assert_same_state_dicts(read, sn_safetensors_read(GOLDEN "official_types_twin.safetensors"));
  int64_t widened[6];
  const int64_t expected[6] = {-3, -2, -2, -2, -1, -1}; /* -3 + 0.3 i, truncated */
  const char *const names[] = {"i64", "i32", "i16", "i8"};
  for (int i = 0; i < 4; i++) {
    const SnTensor *tensor = sn_state_dict_find(read, names[i]);
    assert_int_equal(tensor->array.dtype, SN_INT64);
    assert_true(sn_to_host(tensor, SN_INT64, widened));
    assert_memory_equal(widened, expected, sizeof expected);
  }
  const uint8_t truth[2] = {1, 0};
  assert_memory_equal(sn_state_dict_find(read, "bool")->array.data, truth, 2);
  assert_true(sn_item(sn_state_dict_find(read, "scalar")) == 0.3);
  assert_int_equal(sn_state_dict_find(read, "empty")->array.shape[1], 4);
  assert_string_equal(sn_state_dict_text(read, "note"),
                      "tab\t, quote \", backslash \\, n\xC3\xA4me, \x01 and \xF0\x9F\x99\x82");
}

static void test_lies_are_named(void **state) {
  (void)state;
  static const struct {
    const char *header;
    size_t data;
    const char *error;
  } lies[] = {
      {"{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "tensor a: expected the dtype"},
      {"{\"a\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "found no text"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
       "needs 8 bytes, but its data_offsets span 4"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "found 4 to 0"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}", 4, "found 0 to 8"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "expected its data to begin at byte 0"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5, "end after 4 of the file's 5 bytes"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],"
       "\"data_offsets\":[1,3]}}",
       3, "tensor b: expected its data to begin at byte 2"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"a\":{\"dtype\":\"U8\",\"shape\":[1],"
       "\"data_offsets\":[1,2]}}",
       2, "tensor a appears twice"},
      {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "each once"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "expected dtype, shape and data_offsets"},
      {"{\"a\":[]}", 0, "expected dtype, shape and data_offsets"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":1,\"data_offsets\":[0,1]}}", 1, "its shape is not a list"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[\"1\"],\"data_offsets\":[0,1]}}", 1, "size 0 of its shape"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[9007199254740992],\"data_offsets\":[0,1]}}", 1, "size 0 of its shape"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[9007199254740991,9007199254740991],\"data_offsets\":[0,1]}}", 1,
       "too large"},
      {"{\"a\":{\"dtype\":\"F64\",\"shape\":[4503599627370496,1024],\"data_offsets\":[0,1]}}", 1, "too large"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}", 1,
       "at most 6 dimensions, found 7"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1, "not two whole numbers"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}}", 1, "does not belong there"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1.0],\"data_offsets\":[0,1]}}", 1, "does not belong there"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1e0],\"data_offsets\":[0,1]}}", 1, "does not belong there"},
      {"{\"a\\u0000b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "does not belong there"},
      {"{\"a\\u001b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "control characters"},
      {"{\"\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "has no name"},
      {"{\"a\xC3\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "not valid UTF-8"},
      {"{" TEXTS "," TEXTS "}", 0, "__metadata__ appears twice"},
      {"{\"__metadata__\":[]}", 0, "not an object of texts"},
      {"{\"__metadata__\":{\"a\":1}}", 0, "not a named text"},
      {"{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0, "the text a appears twice"},
      {"{} {", 0, "not one JSON object"},
      {"[]", 0, "not one JSON object"},
      {" {}", 0, "not one JSON object"},
      {"{\"a\":", 0, "not one JSON object"},
      {"", 0, "not one JSON object"},
  };
  for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
    assert_null(read_made(lies[i].header, lies[i].data));
    assert_non_null(strstr(sn_error(), "made: "));
    assert_error(lies[i].error);
  }
  assert_non_null(read_made("{}", 0));
  assert_non_null(read_made("{" TEXTS "}   ", 0));
  assert_non_null(read_made("{\"a\":{\"dtype\":\"I16\",\"shape\":[0,9007199254740991],\"data_offsets\":[0,0]}}", 0));
}

static void test_a_header_of_endless_values_is_refused(void **state) {
  (void)state;
  size_t length = 1 << 20;
  char *header = malloc(length + 1);
  memset(header, ',', length);
  header[0] = '{';
  header[length] = '\0';
  assert_null(read_made(header, 0));
  assert_error("not one JSON object");
  memset(header, '[', length);
  memcpy(header, "{\"a\":", 5);
  header[3000] = '\0';
  assert_null(read_made(header, 0));
  assert_error("not one JSON object");
  free(header);
}

/* The header's length is the only limit of its texts, for the writer and for the reader. */
static void test_many_texts_come_back(void **state) {
  (void)state;
  enum { TEXTS_WRITTEN = 400000 };
  SnStateDict *dict = sn_state_dict_new();
  char name[32];
  for (int i = 0; i < TEXTS_WRITTEN; i++) {
    snprintf(name, sizeof name, "text.%d", i);
    sn_state_dict_add_text(dict, name, "x");
  }
  assert_true(sn_safetensors_write(path, dict));
  SnStateDict *found = sn_safetensors_read(path);
  assert_non_null(found);
  assert_int_equal(found->text_count, TEXTS_WRITTEN);
  assert_string_equal(sn_state_dict_text(found, "text.399999"), "x");
  dict = sn_state_dict_new();
  char *longest = malloc(1 << 20);
  memset(longest, 'x', (1 << 20) - 1);
  longest[(1 << 20) - 1] = '\0';
  for (int i = 0; i < 96; i++) {
    snprintf(name, sizeof name, "text.%d", i);
    sn_state_dict_add_text(dict, name, longest);
  }
  free(longest);
  assert_false(sn_safetensors_write(path, dict));
  assert_error("more than the 100000000 that a safetensors header may have");
}

static void test_header_lengths(void **state) {
  (void)state;
  uint8_t bytes[16] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, '{', '}'};
  SnFileReader reader = sn_file_reader_on_memory("made", bytes, 10);
  assert_null(sn_safetensors_read_from(&reader));
  assert_error("expected a safetensors header of at most 2 bytes, found the length 18446744073709551615");
  memset(bytes, 0, 8);
  bytes[0] = 3;
  assert_null(sn_safetensors_read_from(&reader));
  assert_error("found the length 3");
  reader.size = 7;
  assert_null(sn_safetensors_read_from(&reader));
  assert_error("7 bytes are too few");
}

/* Every beginning of a file, and every single changed bit, is refused or read; nothing else happens. */
static void test_damaged_files(void **state) {
  (void)state;
  SnBytes file = read_whole(GOLDEN "official_types.safetensors");
  for (size_t size = 0; size < file.size; size++) {
    uint8_t *copy = malloc(size + 1);
    memcpy(copy, file.data, size);
    SnFileReader reader = sn_file_reader_on_memory("cut", size ? copy : (uint8_t *)"", size);
    SnScope *scope = sn_scope_open();
    assert_null(sn_safetensors_read_from(&reader));
    assert_error("cut: ");
    sn_scope_close(scope);
    free(copy);
  }
  for (size_t bit = 0; bit < 8 * file.size; bit++) {
    file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    SnFileReader reader = sn_file_reader_on_memory("flipped", file.data, file.size);
    SnScope *scope = sn_scope_open();
    if (!sn_safetensors_read_from(&reader)) assert_error("flipped: ");
    sn_clear_error();
    sn_scope_close(scope);
    file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  sn_bytes_free(&file);
}

static void test_a_file_that_shrinks(void **state) {
  (void)state;
  SnBytes file = read_whole(GOLDEN "official_types.safetensors");
  assert_shrinking_is_noticed(path, &file, 13, sn_safetensors_read_from);
  sn_bytes_free(&file);
}

static void test_what_is_no_file(void **state) {
  (void)state;
  assert_null(sn_safetensors_read("tests"));
  assert_error("tests: is a directory");
  assert_null(sn_safetensors_read("tests/absent.safetensors"));
  assert_error("tests/absent.safetensors: cannot be opened");
  assert_null(sn_safetensors_read("/dev/null"));
  assert_error("/dev/null: is not a regular file");
}

static void test_what_could_not_be_read_is_not_written(void **state) {
  (void)state;
  static const char *const names[] = {"", "__metadata__", "a\nb", "a\xFF"};
  const float value = 1;
  write_whole(path, "before", 6);
  for (int i = 0; i < 4; i++) {
    SnStateDict *dict = sn_state_dict_new();
    sn_state_dict_add(dict, names[i], sn_from_host(SN_FLOAT32, SN_SHAPE(1), &value));
    assert_false(sn_safetensors_write(path, dict));
    assert_error("a name that a safetensors file cannot hold");
  }
  SnStateDict *dict = sn_state_dict_new();
  sn_state_dict_add_text(dict, "a", "\xC0\x80");
  assert_false(sn_safetensors_write(path, dict));
  assert_error("not valid UTF-8");
  dict = sn_state_dict_new();
  assert_false(sn_safetensors_write("tests/absent/a.safetensors", dict));
  assert_error("cannot be written");
  SnBytes file = read_whole(path);
  assert_string_equal((char *)file.data, "before");
  sn_bytes_free(&file);
}

int main(void) {
  if (!mkdtemp(folder)) return 1;
  snprintf(path, sizeof path, "%s/a.safetensors", folder);
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scope, clean_up)
      TEST(test_every_type_survives_a_round_trip),
      TEST(test_views_are_written_in_their_own_order),
      TEST(test_data_is_aligned),
      TEST(test_files_of_the_official_package),
      TEST(test_lies_are_named),
      TEST(test_a_header_of_endless_values_is_refused),
      TEST(test_many_texts_come_back),
      TEST(test_header_lengths),
      TEST(test_damaged_files),
      TEST(test_a_file_that_shrinks),
      TEST(test_what_is_no_file),
      TEST(test_what_could_not_be_read_is_not_written),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  rmdir(folder);
  return failed;
}
