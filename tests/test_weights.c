#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/machine.h"
#include "base/sanitizer.h"
#include "tensor/pytorch.h"
#include "tensor/safetensors.h"
#include "tensor/weights.h"
#include "tests/support/scope.h"
#include "tests/support/state_dicts.h"

#define GOLDEN "tests/golden/weights/"

static char folder[] = "/tmp/test_weights.XXXXXX";
static char path[64];

static int clean_up(void **state) {
  unlink(path);
  return close_scope(state);
}

static void test_both_forms_equal_their_twins(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"layouts.zip.pth", "layouts"},
      {"layouts.legacy.pth", "layouts"},
      {"nested.zip.pth", "nested"},
      {"nested.legacy.pth", "nested"},
      {"wrapped.zip.pth", "wrapped"},
      {"wrapped.legacy.pth", "wrapped"},
      {"simplenet.zip.pth", "simplenet"},
      {"simplenet.legacy.pth", "simplenet"},
      {"simplenet.deflated.pth", "simplenet"},
      {"simplenet.zip64.pth", "simplenet"},
      {"oldest.legacy.pth", "oldest"},
      {"protocol3.zip.pth", "protocol"},
      {"protocol3.legacy.pth", "protocol"},
      {"protocol4.zip.pth", "protocol"},
      {"protocol4.legacy.pth", "protocol"},
      {"protocol5.zip.pth", "protocol"},
      {"protocol5.legacy.pth", "protocol"},
      {"layouts.safetensors", "layouts"},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    char file[128], twin[128];
    snprintf(file, sizeof file, GOLDEN "%s", pairs[i][0]);
    snprintf(twin, sizeof twin, GOLDEN "%s.safetensors", pairs[i][1]);
    assert_same_state_dicts(sn_weights_read(file), sn_safetensors_read(twin));
  }
}

/* The same values by formula, -3 + 0.3 i, so that twin and file cannot be wrong alike. */
static void test_strides_by_formula(void **state) {
  (void)state;
  SnStateDict *dict = sn_weights_read(GOLDEN "layouts.zip.pth");
  assert_non_null(dict);
  static const struct {
    const char *name;
    int ndim;
    int64_t shape[4], stride[4], offset;
  } layouts[] = {
      {"plain", 2, {2, 3}, {3, 1}, 0},
      {"transposed", 2, {6, 4}, {1, 6}, 0},
      {"narrowed", 2, {2, 3}, {6, 1}, 8},
      {"column", 1, {4}, {6}, 4},
      {"step", 2, {2, 2}, {12, 3}, 0},
      {"tail", 1, {4}, {1}, 20},
      {"permuted", 4, {5, 3, 2, 4}, {1, 20, 60, 5}, 0},
      {"channels_last", 4, {2, 3, 4, 5}, {60, 20, 5, 1}, 0},
      {"parameter", 1, {4}, {1}, 0},
  };
  for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
    const SnTensor *tensor = sn_state_dict_find(dict, layouts[i].name);
    assert_true(sn_has_shape(tensor, layouts[i].ndim, layouts[i].shape));
    assert_true(sn_array_is_contiguous(&tensor->array));
    const float *values = sn_float_data(tensor);
    for (int64_t e = 0; e < sn_count(tensor); e++) {
      int64_t place = layouts[i].offset, rest = e;
      for (int d = layouts[i].ndim - 1; d >= 0; d--) {
        place += rest % layouts[i].shape[d] * layouts[i].stride[d];
        rest /= layouts[i].shape[d];
      }
      assert_true(values[e] == (float)(-3.0 + 0.3 * (double)place));
    }
  }
}

static void test_names_of_the_released_simplenet(void **state) {
  (void)state;
  static const char *const names[] = {"discriminator.body.block1.0.weight",
                                      "discriminator.body.block1.0.bias",
                                      "discriminator.body.block1.1.weight",
                                      "discriminator.body.block1.1.bias",
                                      "discriminator.body.block1.1.running_mean",
                                      "discriminator.body.block1.1.running_var",
                                      "discriminator.tail.0.weight",
                                      "discriminator.body.block1.1.num_batches_tracked",
                                      "pre_projection.layers.0fc.weight",
                                      "pre_projection.layers.0fc.bias"};
  SnStateDict *dict = sn_weights_read(GOLDEN "simplenet.zip.pth");
  assert_non_null(dict);
  assert_int_equal(dict->tensor_count, 10);
  for (int i = 0; i < 10; i++) assert_non_null(sn_state_dict_find(dict, names[i]));
}

/* ---- hostile archives ---- */

static SnStateDict *read_memory(const void *bytes, size_t size) {
  SnFileReader reader = sn_file_reader_on_memory("made", bytes, size);
  return sn_weights_read_from(&reader);
}

static const char *const files[] = {"layouts.zip.pth",    "layouts.legacy.pth",     "nested.zip.pth",
                                    "nested.legacy.pth",  "simplenet.deflated.pth", "simplenet.zip64.pth",
                                    "wrapped.legacy.pth", "protocol4.zip.pth",      "protocol4.legacy.pth"};

static SnBytes read_golden(const char *name) {
  char file[128];
  snprintf(file, sizeof file, GOLDEN "%s", name);
  return read_whole(file);
}

static void test_every_beginning_is_refused(void **state) {
  (void)state;
  for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
    SnBytes file = read_golden(files[f]);
    for (size_t size = 0; size < file.size; size++) {
      uint8_t *copy = malloc(size ? size : 1); /* so that the sanitizer sees a read past the end */
      memcpy(copy, file.data, size);
      SnScope *scope = sn_scope_open();
      assert_null(read_memory(copy, size));
      assert_error("made: ");
      sn_scope_close(scope);
      free(copy);
    }
    sn_bytes_free(&file);
  }
}

/* Checksums see a changed bit anywhere in an archive's contents. Elsewhere it does no harm or is an error. Every third
 * bit comes to all eight places of a byte. */
static void test_changed_bits(void **state) {
  (void)state;
  for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
    SnBytes file = read_golden(files[f]);
    SnStateDict *whole = read_memory(file.data, file.size);
    bool summed = strstr(files[f], ".legacy") == NULL;
    for (size_t bit = 0; bit < 8 * file.size; bit += 3) {
      file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
      SnScope *scope = sn_scope_open();
      SnStateDict *dict = read_memory(file.data, file.size);
      if (!dict) assert_error("made: ");
      if (dict && summed) assert_same_state_dicts(whole, dict);
      assert_true(sn_ok());
      sn_scope_close(scope);
      file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    sn_bytes_free(&file);
  }
}

/* The place of the directory's record of an entry, or of the end record for NULL. */
static uint8_t *find_record(const SnBytes *file, const char *name) {
  for (size_t at = file->size - 4; at > 0; at--) {
    uint8_t *record = file->data + at;
    if (!name && memcmp(record, "PK\5\6", 4) == 0) return record;
    if (name && memcmp(record, "PK\1\2", 4) == 0 && memcmp(record + 46, name, strlen(name)) == 0) return record;
  }
  fail();
  return NULL;
}

static void put(uint8_t *at, uint64_t value, int size) {
  for (int i = 0; i < size; i++) at[i] = (uint8_t)(value >> 8 * i);
}

static void test_lying_archives(void **state) {
  (void)state;
  static const struct {
    const char *file, *entry; /* NULL: the end record */
    int field, size;
    uint64_t value;
    const char *error;
  } lies[] = {
      {"simplenet.zip.pth", "simplenet.zip/data.pkl", 24, 4, 100, "is stored, but claims"},
      {"simplenet.zip.pth", "simplenet.zip/data/0", 20, 4, 0x7FFFFFFF, "lies outside the archive"},
      {"simplenet.zip.pth", "simplenet.zip/data/0", 20, 4, 2000, "entries overlap"},
      {"simplenet.zip.pth", "simplenet.zip/data/0", 42, 4, 0x7FFFFFFF, "lies outside the archive"},
      {"simplenet.zip.pth", "simplenet.zip/data/0", 42, 4, 3, "is not where the archive's directory says"},
      {"simplenet.zip.pth", "simplenet.zip/data/0", 16, 4, 1, "is damaged: expected the CRC-32 00000001"},
      {"simplenet.zip.pth", "simplenet.zip/data/0", 10, 2, 12, "found compression method 12"},
      {"simplenet.zip.pth", "simplenet.zip/data/0", 8, 2, 1, "is encrypted"},
      {"simplenet.zip.pth", "simplenet.zip/data/0", 28, 2, 60000, "directory is damaged"},
      {"simplenet.zip.pth", "simplenet.zip/data/0", 65, 1, '1', "appears twice"},
      {"simplenet.zip.pth", "simplenet.zip/data/0", 65, 1, 'x', "data/0 is missing"},
      {"simplenet.zip.pth", "simplenet.zip/data.pkl", 60, 1, 'x', "it has no data.pkl"},
      {"simplenet.zip.pth", "simplenet.zip/version", 46, 1, 1, "directory is damaged"},
      {"simplenet.deflated.pth", NULL, 10, 2, 60000, "directory is damaged"},
      {"simplenet.deflated.pth", NULL, 12, 4, 0xFFFFFFF, "more than 65536 entries"},
      {"simplenet.deflated.pth", NULL, 12, 4, 0xFFFFFF, "directory lies outside the file"},
      {"simplenet.deflated.pth", NULL, 16, 4, 0xFFFFFFFF, "directory lies outside the file"},
      {"simplenet.deflated.pth", NULL, 4, 2, 1, "spread over several files"},
      {"simplenet.deflated.pth", NULL, 20, 2, 1, "has no end"},
      {"simplenet.zip64.pth", NULL, -20 + 8, 8, UINT64_MAX, "no end record where its locator says"},
      {"simplenet.zip64.pth", NULL, -20 + 8, 8, 4, "no end record where its locator says"},
      {"simplenet.zip64.pth", NULL, -76 + 32, 8, UINT64_MAX, "more than 65536 entries"},
      {"simplenet.zip64.pth", NULL, -76 + 48, 8, UINT64_MAX - 8, "directory lies outside the file"},
      {"simplenet.deflated.pth", "simplenet.zip/data/0", 24, 4, 0x7FFFFFFF, "expected 96 bytes"},
      {"simplenet.deflated.pth", "simplenet.zip/data.pkl", 24, 4, 0x7FFFFFFF, "which is too much"},
      {"simplenet.deflated.pth", "simplenet.zip/data.pkl", 24, 4, 100, "does not unpack to its 100 bytes"},
      {"simplenet.deflated.pth", "simplenet.zip/data.pkl", 24, 4, 3000, "does not unpack to its 3000 bytes"},
      {"simplenet.deflated.pth", "simplenet.zip/data.pkl", 20, 4, 50, "does not unpack to its"},
  };
  for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
    SnBytes file = read_golden(lies[i].file);
    put(find_record(&file, lies[i].entry) + lies[i].field, lies[i].value, lies[i].size);
    SnStateDict *dict = read_memory(file.data, file.size);
    if (sn_ok() || !strstr(sn_error(), lies[i].error))
      print_message("%s, %s, field %d: ", lies[i].file, lies[i].entry ? lies[i].entry : "end", lies[i].field);
    assert_null(dict);
    assert_error(lies[i].error);
    sn_bytes_free(&file);
  }
}

/* ---- hostile pickles, as legacy streams ---- */

static const char preamble[] =
    "\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\2M\xe9\3.\x80\2}X\x0d\0\0\0little_endian\x88s.";

typedef struct Stream {
  char *bytes;
  size_t size, room;
} Stream;

static void add(Stream *stream, const void *bytes, size_t size) {
  if (stream->size + size > stream->room) {
    stream->room = 2 * (stream->size + size);
    stream->bytes = realloc(stream->bytes, stream->room);
  }
  memcpy(stream->bytes + stream->size, bytes, size);
  stream->size += size;
}

#define ADD(stream, literal) add(stream, literal, sizeof(literal) - 1)

static void assert_refused(const void *body, size_t size, const char *error) {
  Stream stream = {0};
  ADD(&stream, preamble);
  add(&stream, body, size);
  assert_null(read_memory(stream.bytes, stream.size));
  assert_error(error);
  free(stream.bytes);
}

#define REFUSED(body, error) assert_refused(body, sizeof(body) - 1, error)

static void test_globals_and_instructions_are_named(void **state) {
  (void)state;
  REFUSED("cos\nsystem\nX\4\0\0\0true\x85R.", "made: the global os.system is not allowed");
  REFUSED(
      "cbuiltins\neval\n(X\1\0\0\0"
      "1tR.",
      "the global builtins.eval is not allowed");
  REFUSED("c__builtin__\nexec\n.", "the global __builtin__.exec is not allowed");
  REFUSED("\x8c\2os\x8c\6system\x93.", "the global os.system is not allowed");
  REFUSED("ctorch\nload\n.", "the global torch.load is not allowed");
  REFUSED("ctorch.storage\n_load_from_bytes\n.", "the global torch.storage._load_from_bytes is not allowed");
  REFUSED("cos\n\x1b[2J\n.", "the global ?.? is not allowed");
  REFUSED("ctorch\nfloatstorage\n.", "the global torch.floatstorage is not allowed");
  REFUSED("ctorchvision.models.resnet\nResNet\n.",
          "holds an object of the class torchvision.models.resnet.ResNet, as a model");
  REFUSED("ctorch\nComplexFloatStorage\n.", "holds tensors of the type ComplexFloatStorage, which cannot be read");
  REFUSED("ctorch._utils\n_rebuild_qtensor\n.", "of a kind that cannot be read (torch._utils._rebuild_qtensor)");
  REFUSED("(S'a'\n.", "instruction 0x53 at byte ");
  REFUSED("(ios\nsystem\n.", "instruction 0x69 at byte ");
  REFUSED("(cos\nsystem\no.", "os.system");
  REFUSED("(o.", "instruction 0x6f at byte ");
  REFUSED("P1\n.", "instruction 0x50 at byte ");
  REFUSED("\x82\1.", "instruction 0x82 at byte ");
  REFUSED("\xff.", "instruction 0xff at byte ");
  REFUSED("\x80\6.", "pickle protocol 6");
}

static void test_what_is_saved_beside_weights(void **state) {
  (void)state;
  assert_null(sn_weights_read(GOLDEN "whole.zip.pth"));
  assert_error(
      "whole.zip.pth: holds an object of the class torch.nn.modules.linear.Linear, as a model that was saved whole");
  assert_null(sn_weights_read(GOLDEN "scripted.pt"));
  assert_error("scripted.pt: is a TorchScript archive, which is a program: save the model's weights instead");
}

static void test_broken_pickles(void **state) {
  (void)state;
  REFUSED(".", "the stack is empty");
  REFUSED("(.", "the stack is empty");
  REFUSED("t.", "a mark is missing");
  REFUSED("K\1(\x85.", "the stack is empty");
  REFUSED("\x86.", "the stack is empty");
  REFUSED("s.", "the stack is empty");
  REFUSED("NNNs.", "items are added to what has none");
  REFUSED("}(Nu.", "a dictionary's key has no value");
  REFUSED("](NNu.", "items are added to what has none");
  REFUSED("}Na.", "items are added to what has none");
  REFUSED("h\1.", "was never memorised");
  REFUSED("j\xff\xff\xff\xff.", "was never memorised");
  REFUSED("Nr\xff\xff\xff\xff.", "a memo number is too large");
  REFUSED("q\1.", "the stack is empty");
  REFUSED("NNR.", "calls what is no function");
  REFUSED("N)R.", "calls what is no function");
  REFUSED("NNb.", "attributes are set on what has none");
  REFUSED("NN\x93.", "a global's name is not a text");
  REFUSED(
      "X\xff\xff\xff\xff"
      "abc.",
      "a text is cut off");
  REFUSED(
      "\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
      "abc.",
      "a text is cut off");
  REFUSED(
      "caaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n.",
      "a global's name is too long");
  REFUSED("1.", "a mark is missing");
  REFUSED("NQ.", "a storage is not described");
  REFUSED("ccollections\nOrderedDict\nN\x85R.", "an OrderedDict is not described");
  REFUSED("ccollections\nOrderedDict\n]N\x61\x85R.", "an OrderedDict is not described");
  REFUSED("ctorch\nFloatStorage\n)R.", "a storage is not described");
  REFUSED("ctorch._utils\n_rebuild_parameter\nNNN\x87R.", "a parameter is not described");
  REFUSED("N.].", "expected a dictionary of tensors");
  REFUSED("}.].", "holds no tensors");
  REFUSED("}.}.", "expected the list of storages");
  REFUSED(
      "}.]X\1\0\0\0"
      "0a.",
      "item 0 of the list of storages is not in use");
}

/* A pickle of {"t": tensor} over a storage of `count` floats, whose numbers the test chooses. */
static void add_tensor(Stream *stream, const char *key, int64_t count, int64_t offset, int ndim, const int64_t *shape,
                       const int64_t *stride) {
  char number[10] = {'\x8a', 8};
#define ADD_NUMBER(value) (put((uint8_t *)number + 2, (uint64_t)(value), 8), add(stream, number, 10))
  ADD(stream, "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\nU\1");
  add(stream, key, 1);
  ADD(stream, "X\3\0\0\0cpu");
  ADD_NUMBER(count);
  ADD(stream, "NtQ");
  ADD_NUMBER(offset);
  ADD(stream, "(");
  for (int d = 0; d < ndim; d++) ADD_NUMBER(shape[d]);
  ADD(stream, "t(");
  for (int d = 0; d < ndim; d++) ADD_NUMBER(stride[d]);
  ADD(stream, "t\x89NtR");
}

static void assert_tensor(int64_t count, int64_t offset, int ndim, const int64_t *shape, const int64_t *stride,
                          const char *error) {
  Stream stream = {0};
  const float values[6] = {0, 1, 2, 3, 4, 5};
  ADD(&stream, preamble);
  ADD(&stream, "}U\1t");
  add_tensor(&stream, "k", count, offset, ndim, shape, stride);
  ADD(&stream, "s.]U\1ka.\6\0\0\0\0\0\0\0");
  add(&stream, values, sizeof values);
  SnStateDict *dict = read_memory(stream.bytes, stream.size);
  if (error) {
    assert_null(dict);
    assert_error(error);
  } else if (!dict) {
    fail_msg("%s", sn_error());
  }
  free(stream.bytes);
}

static void test_tensors_stay_in_their_storage(void **state) {
  (void)state;
  const int64_t big = INT64_MAX, half = (int64_t)1 << 40;
#define LIST(...) (const int64_t[]){__VA_ARGS__}
  assert_tensor(6, 0, 2, LIST(2, 3), LIST(3, 1), NULL);
  assert_tensor(6, 0, 2, LIST(3, 2), LIST(1, 3), NULL);
  assert_tensor(6, 6, 1, LIST(0), LIST(1), NULL);
  assert_tensor(6, 0, 3, LIST(0, big, 1), LIST(big, big, big), NULL);
  assert_tensor(6, 5, 2, LIST(4, 4), LIST(0, 0), NULL);
  assert_tensor(6, 0, 2, LIST(2, 4), LIST(3, 1), "leaves its storage");
  assert_tensor(6, 1, 2, LIST(2, 3), LIST(3, 1), "leaves its storage");
  assert_tensor(6, 7, 1, LIST(0), LIST(1), "leaves its storage");
  assert_tensor(6, -1, 1, LIST(2), LIST(1), "a tensor is not described");
  assert_tensor(6, 5, 1, LIST(2), LIST(-1), "not a whole number");
  assert_tensor(6, 0, 1, LIST(-2), LIST(1), "not a whole number");
  assert_tensor(6, big, 1, LIST(1), LIST(1), "leaves its storage");
  assert_tensor(6, 0, 1, LIST(2), LIST(big), "leaves its storage");
  assert_tensor(6, 0, 2, LIST(3, 3), LIST(big, big), "leaves its storage");
  assert_tensor(6, 0, 2, LIST(big, big), LIST(0, 0), "a tensor of impossible size");
  assert_tensor(6, 0, 1, LIST(half), LIST(0), "needs far more memory than the file has bytes");
  assert_tensor(6, 0, 2, LIST(half, 16), LIST(0, 0), "needs far more memory than the file has bytes");
  assert_tensor(6, 0, 7, LIST(1, 1, 1, 1, 1, 1, 1), LIST(1, 1, 1, 1, 1, 1, 1), "at most 6 dimensions, found one of 7");
  assert_tensor(5, 0, 1, LIST(5), LIST(1), "expected 5 elements, found 6");
  assert_tensor(-6, 0, 1, LIST(0), LIST(1), "a storage is not described");
  assert_tensor(big, 0, 1, LIST(0), LIST(1), "a storage is not described");
  assert_tensor(big / 4, 0, 1, LIST(0), LIST(1), "elements, found 6");
}

static void test_storages_agree(void **state) {
  (void)state;
  Stream stream = {0};
  ADD(&stream, preamble);
  ADD(&stream, "}U\1t");
  add_tensor(&stream, "k", 1, 0, 0, NULL, NULL);
  ADD(&stream, "sU\1u");
  add_tensor(&stream, "k", 2, 0, 0, NULL, NULL);
  ADD(&stream, "s.");
  assert_null(read_memory(stream.bytes, stream.size));
  assert_error("the storage k has two types or sizes");
  stream.size = 0;
  ADD(&stream, preamble);
  ADD(&stream, "}U\1t");
  add_tensor(&stream, "k", 1, 0, 0, NULL, NULL);
  ADD(&stream, "s.].");
  assert_null(read_memory(stream.bytes, stream.size));
  assert_error("the storage k is missing");
  stream.size -= 2;
  ADD(&stream, "]U\1kaU\1ka.\1\0\0\0\0\0\0\0abcd\1\0\0\0\0\0\0\0abcd");
  assert_null(read_memory(stream.bytes, stream.size));
  assert_error("or there twice");
  free(stream.bytes);
}

static void test_names_are_sound(void **state) {
  (void)state;
  static const struct {
    const char *before, *after, *error;
  } names[] = {
      {"}U\1t", "s.", NULL},
      {"}K\5", "s.", NULL},
      {"}U\1\n", "s.", "has control characters"},
      {"}U\1\xff", "s.", "has control characters"},
      {"}N", "s.", "neither a text nor a whole number"},
      {"}U\5a.b", "s.", "the pickle"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    Stream stream = {0};
    ADD(&stream, preamble);
    add(&stream, names[i].before, strlen(names[i].before));
    add_tensor(&stream, "k", 1, 0, 0, NULL, NULL);
    add(&stream, names[i].after, strlen(names[i].after));
    ADD(&stream, "]U\1ka.\1\0\0\0\0\0\0\0abcd");
    SnStateDict *dict = read_memory(stream.bytes, stream.size);
    if (names[i].error)
      assert_error(names[i].error);
    else if (!dict)
      fail_msg("%s", sn_error());
    free(stream.bytes);
  }
}

static void test_twice_the_same_name(void **state) {
  (void)state;
  Stream stream = {0};
  ADD(&stream, preamble);
  ADD(&stream, "}U\3a.b");
  add_tensor(&stream, "k", 1, 0, 0, NULL, NULL);
  ADD(&stream, "sU\1a}U\1b");
  add_tensor(&stream, "k", 1, 0, 0, NULL, NULL);
  ADD(&stream, "ss.]U\1ka.\1\0\0\0\0\0\0\0abcd");
  assert_null(read_memory(stream.bytes, stream.size));
  assert_error("tensor a.b appears twice");
  free(stream.bytes);
}

static void test_nesting_without_end(void **state) {
  (void)state;
  Stream stream = {0};
  REFUSED("}q\1U\1ah\1s.].", "nested without end");     /* a dictionary that holds itself */
  REFUSED("}q\1U\5modelh\1s.].", "nested without end"); /* and would be unwrapped for ever */
  REFUSED("}U\1a]q\1h\1as.].", "nested without end");
  for (int i = 0; i < 100000; i++) ADD(&stream, "\x85");
  Stream deep = {0};
  ADD(&deep, "}U\1aN");
  add(&deep, stream.bytes, stream.size);
  ADD(&deep, "s.].");
  assert_refused(deep.bytes, deep.size, "nested without end");
  /* Each list holds the one before twice: few bytes, 2^30 ways. */
  Stream doubled = {0};
  ADD(&doubled, "}U\1a");
  add(&doubled, "]q\0", 3);
  for (char i = 1; i <= 30; i++) {
    const char list[] = {'0', ']', 'q', i, 'h', (char)(i - 1), 'a', 'h', (char)(i - 1), 'a'};
    add(&doubled, list, sizeof list);
  }
  ADD(&doubled, "s.].");
  assert_refused(doubled.bytes, doubled.size, "describes far more work than a file of its");
  free(stream.bytes);
  free(deep.bytes);
  free(doubled.bytes);
}

/* ---- bombs: small files that describe endless work or memory ---- */

static void add_many(Stream *stream, int count, const char *bytes, size_t size) {
  for (int i = 0; i < count; i++) add(stream, bytes, size);
}

#define ADD_MANY(stream, count, literal) add_many(stream, count, literal, sizeof(literal) - 1)

static void assert_bomb(Stream *stream, const char *error) {
  double start = sn_seconds();
  int64_t before = (int64_t)sn_peak_memory();
  assert_refused(stream->bytes, stream->size, error);
  if (!SN_SANITIZED) {
    assert_true(sn_seconds() - start < 5); /* it takes a tenth of a second; the machine may have other things to do */
    assert_true((int64_t)sn_peak_memory() - before < 100 << 20);
  }
  free(stream->bytes);
}

static void test_bombs_of_work(void **state) {
  (void)state;
  Stream visits = {0}; /* a list that holds one dictionary 40,000 times, which has 40,000 items of no interest */
  ADD(&visits, "}U\1a}q\1(");
  ADD_MANY(&visits, 40000, "K\1N");
  ADD(&visits, "u0](");
  ADD_MANY(&visits, 40000, "h\1");
  ADD(&visits, "es.].");
  assert_bomb(&visits, "describes far more work than a file of its");
  Stream keys = {0}; /* names of 60,000 bytes that are looked through to be left out */
  static char longest[60000];
  memset(longest, 'k', sizeof longest);
  const char head[] = {'X', '\x60', '\xea', 0, 0};
  ADD(&keys, "}");
  add(&keys, head, 5);
  add(&keys, longest, sizeof longest);
  ADD(&keys,
      "q\1"
      "0(");
  ADD_MANY(&keys, 30000, "U\1sh\1");
  ADD(&keys, "u.].");
  assert_bomb(&keys, "describes far more work than a file of its");
}

static void test_bombs_of_memory(void **state) {
  (void)state;
  Stream copies = {0}; /* an OrderedDict of the same list of pairs, again and again */
  ADD(&copies, "}](");
  ADD_MANY(&copies, 5000, "NN\x86");
  ADD(&copies,
      "eq\1"
      "0ccollections\nOrderedDict\nq\2"
      "0");
  ADD_MANY(&copies, 20000, "h\2h\1\x85R0");
  ADD(&copies, ".].");
  assert_bomb(&copies, "describes far more memory than a file of its");
  Stream texts = {0}; /* a text of 60,000 bytes under 1,000 names */
  static char longest[60000];
  memset(longest, 'k', sizeof longest);
  const char head[] = {'X', '\x60', '\xea', 0, 0};
  ADD(&texts, "}");
  add(&texts, head, 5);
  add(&texts, longest, sizeof longest);
  ADD(&texts,
      "q\1"
      "0(");
  for (int i = 0; i < 1000; i++) {
    char item[16];
    int length = snprintf(item, sizeof item, "U\4%04dh\1", i);
    add(&texts, item, (size_t)length);
  }
  ADD(&texts, "u.].");
  assert_bomb(&texts, "describes far more");
  Stream memo = {0}; /* room for two billion things to be recalled */
  ADD(&memo, "}r\xff\xff\xff\x7f.].");
  assert_bomb(&memo, "a memo number is too large");
}

static void test_sums_do_not_overflow(void **state) {
  (void)state;
  assert_tensor(6, INT64_MAX, 1, LIST(3), LIST(1), "leaves its storage");
  assert_tensor(6, INT64_MAX - 1, 2, LIST(2, 3), LIST(0, 1), "leaves its storage");
  assert_tensor(6, 3, 2, LIST(2, 2), LIST(INT64_MAX - 2, 1), "leaves its storage");
}

/* What is long and honest is read. */
static void test_a_long_pickle_is_read(void **state) {
  (void)state;
  enum { NUMBERS = 700000 };
  Stream stream = {0};
  const float values[6] = {0, 1, 2, 3, 4, 5};
  ADD(&stream, preamble);
  ADD(&stream, "}U\1t");
  add_tensor(&stream, "k", 6, 0, 2, LIST(2, 3), LIST(3, 1));
  ADD(&stream, "sU\4list](");
  ADD_MANY(&stream, NUMBERS, "K\7K\10K\11");
  ADD(&stream, "es.]U\1ka.\6\0\0\0\0\0\0\0");
  add(&stream, values, sizeof values);
  assert_non_null(read_memory(stream.bytes, stream.size));
  free(stream.bytes);
}

static void test_preambles(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
    const char *error;
  } cases[] = {
#define CASE(bytes, error) {bytes, sizeof(bytes) - 1, error}
      CASE("\x80\2N.", "expected PyTorch's magic number"),
      CASE("\x80\2\x8a\x0aXXXXXXXXXX.", "expected PyTorch's magic number, found another"),
      CASE("\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\2K\1.", "protocol version 1001, found 1"),
      CASE("\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\2M\xe9\3.\x80\2]N.", "a description of the"),
      CASE("\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\2M\xe9\3.\x80\2}U\x0dlittle_endian\x89s.",
           "expected the byte order little, found big"),
      CASE("", "made: is empty"),
      CASE("hello", "is no weights file"),
      CASE("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "is no weights file"),
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_null(read_memory(cases[i].bytes, cases[i].size));
    assert_error(cases[i].error);
  }
  char tar[512] = "weights/";
  memcpy(tar + 257, "ustar", 5);
  assert_null(read_memory(tar, sizeof tar));
  assert_error("is a tar archive");
}

/* ---- files ---- */

static void test_a_file_that_shrinks(void **state) {
  (void)state;
  for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
    SnBytes file = read_golden(files[f]);
    assert_shrinking_is_noticed(path, &file, 97, sn_weights_read_from);
    sn_bytes_free(&file);
  }
}

static void test_what_is_no_file(void **state) {
  (void)state;
  assert_null(sn_weights_read("tests"));
  assert_error("tests: is a directory");
  assert_null(sn_weights_read("tests/absent.pth"));
  assert_error("tests/absent.pth: cannot be opened");
  assert_null(sn_weights_read("tests/test_weights.c"));
  assert_error("tests/test_weights.c: is no weights file");
}

/* ---- checking and converting ---- */

static void test_numbers_that_are_not_finite_are_named(void **state) {
  (void)state;
  static const struct {
    SnDtype dtype;
    uint64_t bits;
    bool finite;
  } cases[] = {
      {SN_FLOAT32, 0x7FC00000, false},
      {SN_FLOAT32, 0xFF800000, false},
      {SN_FLOAT32, 0x7F7FFFFF, true},
      {SN_FLOAT64, 0x7FF0000000000000, false},
      {SN_FLOAT64, 0xFFEFFFFFFFFFFFFF, true},
      {SN_FLOAT16, 0x7C00, false},
      {SN_FLOAT16, 0xFBFF, true},
      {SN_BFLOAT16, 0x7F81, false},
      {SN_BFLOAT16, 0xFF7F, true},
      {SN_INT64, 0x7FF0000000000000, true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint8_t values[24] = {0};
    put(values + 2 * sn_dtype_size(cases[i].dtype), cases[i].bits, (int)sn_dtype_size(cases[i].dtype));
    SnStateDict *dict = sn_state_dict_new();
    sn_state_dict_add(dict, "layer.weight", sn_from_host(cases[i].dtype, SN_SHAPE(3), values));
    assert_int_equal(sn_weights_check_finite(dict, "file.pth"), cases[i].finite);
    if (!cases[i].finite) assert_error("file.pth: tensor layer.weight: element 2 is NaN or infinite");
  }
}

static void test_converting(void **state) {
  (void)state;
  assert_true(sn_weights_convert(GOLDEN "nested.legacy.pth", path, SN_DTYPE_COUNT));
  SnStateDict *expected = sn_weights_read(GOLDEN "nested.safetensors");
  sn_state_dict_add_text(expected, "converted by", "simplenet");
  assert_same_state_dicts(sn_weights_read(path), expected);
  const SnDtype types[] = {SN_FLOAT16, SN_BFLOAT16, SN_FLOAT32};
  for (int t = 0; t < 3; t++) {
    assert_true(sn_weights_convert(GOLDEN "layouts.zip.pth", path, types[t]));
    SnStateDict *from = sn_weights_read(GOLDEN "layouts.zip.pth"), *to = sn_weights_read(path);
    assert_non_null(to);
    assert_int_equal(from->tensor_count, to->tensor_count);
    for (int64_t i = 0; i < from->tensor_count; i++) {
      SnDtype before = from->tensors[i].tensor->array.dtype;
      SnDtype after = before == SN_INT64 || before == SN_UINT8 ? before : types[t];
      assert_string_equal(from->tensors[i].name, to->tensors[i].name);
      assert_int_equal(to->tensors[i].tensor->array.dtype, after);
    }
    const double exact = 2.5;
    assert_true(sn_item(sn_state_dict_find(to, "scalar")) == exact);
  }
  assert_true(sn_weights_convert(GOLDEN "nested.zip.pth", path, SN_FLOAT16));
  assert_string_equal(sn_state_dict_text(sn_weights_read(path), "count"), "12");
  assert_false(sn_weights_convert(GOLDEN "nested.zip.pth", path, SN_INT64));
  assert_error("cannot be converted to int64");
  assert_false(sn_weights_convert(GOLDEN "nested.zip.pth", "tests/absent/out.safetensors", SN_FLOAT32));
  assert_error("tests/absent/out.safetensors: cannot be written");
}

static void test_converting_refuses_what_does_not_fit(void **state) {
  (void)state;
  char source[80];
  snprintf(source, sizeof source, "%s/source.safetensors", folder);
  const float values[2] = {1, 70000};
  SnStateDict *dict = sn_state_dict_new();
  sn_state_dict_add(dict, "weight", sn_from_host(SN_FLOAT32, SN_SHAPE(2), values));
  assert_true(sn_safetensors_write(source, dict));
  assert_false(sn_weights_convert(source, path, SN_FLOAT16));
  assert_error("tensor weight: a number is too large for float16");
  assert_int_equal(access(path, F_OK), -1);
  assert_true(sn_weights_convert(source, path, SN_BFLOAT16));
  unlink(source);
}

int main(void) {
  if (!mkdtemp(folder)) return 1;
  snprintf(path, sizeof path, "%s/a.safetensors", folder);
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scope, clean_up)
      TEST(test_both_forms_equal_their_twins),
      TEST(test_strides_by_formula),
      TEST(test_names_of_the_released_simplenet),
      TEST(test_every_beginning_is_refused),
      TEST(test_changed_bits),
      TEST(test_lying_archives),
      TEST(test_globals_and_instructions_are_named),
      TEST(test_bombs_of_work),
      TEST(test_bombs_of_memory),
      TEST(test_sums_do_not_overflow),
      TEST(test_a_long_pickle_is_read),
      TEST(test_broken_pickles),
      TEST(test_what_is_saved_beside_weights),
      TEST(test_tensors_stay_in_their_storage),
      TEST(test_storages_agree),
      TEST(test_names_are_sound),
      TEST(test_twice_the_same_name),
      TEST(test_nesting_without_end),
      TEST(test_preambles),
      TEST(test_a_file_that_shrinks),
      TEST(test_what_is_no_file),
      TEST(test_numbers_that_are_not_finite_are_named),
      TEST(test_converting),
      TEST(test_converting_refuses_what_does_not_fit),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  rmdir(folder);
  return failed;
}
