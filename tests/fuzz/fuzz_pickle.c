/* Any bytes as a .pth file: as they are, which reaches the archive's directory; as a pickle behind PyTorch's preamble;
 * and as the pickle of an archive with right checksums, which a fuzzer cannot guess. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "tensor/pytorch.h"
#include "tensor/weights.h"
#include "tests/fuzz/limits.h"

static void read_with(SnStateDict *(*read)(const SnFileReader *reader), const uint8_t *data, size_t size) {
  sn_clear_error();
  SnScope *scope = sn_scope_open();
  SnFileReader reader = sn_file_reader_on_memory("input", data, size);
  SnStateDict *dict = read(&reader);
  if (!dict == sn_ok()) abort();
  for (int64_t i = 0; dict && i < dict->tensor_count; i++) {
    const SnTensor *tensor = dict->tensors[i].tensor;
    if (!tensor || (sn_count(tensor) > 0 && !sn_array_is_contiguous(&tensor->array))) abort();
  }
  sn_scope_close(scope);
}

static void put(uint8_t **at, uint64_t value, int size) {
  for (int i = 0; i < size; i++) *(*at)++ = i < 8 ? (uint8_t)(value >> 8 * i) : 0;
}

/* The part of a local header and of a directory record that is the same in both, then the name. */
static void put_entry(uint8_t **at, const char *name, const uint8_t *data, size_t size, bool directory, size_t header) {
  put(at, directory ? 0x02014b50 : 0x04034b50, 4);
  put(at, 0, directory ? 12 : 10);
  put(at, crc32_z(0, data, size), 4);
  put(at, size, 4);
  put(at, size, 4);
  put(at, strlen(name), 2);
  put(at, 0, directory ? 12 : 2);
  put(at, header, directory ? 4 : 0);
  memcpy(*at, name, strlen(name));
  *at += strlen(name);
}

/* An archive of two stored entries: the input as data.pkl, and its first 24 bytes as the storage 0. */
static void read_as_archive(const uint8_t *data, size_t size) {
  size_t storage = size < 24 ? size : 24;
  uint8_t *archive = malloc(size + storage + 256), *at = archive;
  if (!archive) return;
  put_entry(&at, "a/data.pkl", data, size, false, 0);
  memcpy(at, data, size);
  at += size;
  size_t second = (size_t)(at - archive);
  put_entry(&at, "a/data/0", data, storage, false, 0);
  memcpy(at, data, storage);
  at += storage;
  size_t begin = (size_t)(at - archive);
  put_entry(&at, "a/data.pkl", data, size, true, 0);
  put_entry(&at, "a/data/0", data, storage, true, second);
  size_t length = (size_t)(at - archive) - begin;
  put(&at, 0x06054b50, 4);
  put(&at, 0, 4);
  put(&at, 2 | 2 << 16, 4);
  put(&at, length, 4);
  put(&at, begin, 4);
  put(&at, 0, 2);
  read_with(sn_pytorch_read_zip, archive, (size_t)(at - archive));
  free(archive);
}

static void read_as_legacy(const uint8_t *data, size_t size) {
  static const char preamble[] =
      "\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\2M\xe9\3.\x80\2}X\x0d\0\0\0little_endian\x88s.";
  size_t length = sizeof preamble - 1;
  uint8_t *stream = malloc(length + size);
  if (!stream) return;
  memcpy(stream, preamble, length);
  memcpy(stream + length, data, size);
  read_with(sn_pytorch_read_legacy, stream, length + size);
  free(stream);
}

void sn_fuzz_input(const uint8_t *data, size_t size) {
  read_with(sn_weights_read_from, data, size);
  sn_fuzz_read_again();
  read_as_legacy(data, size);
  sn_fuzz_read_again();
  read_as_archive(data, size);
}
