#include "tensor/pytorch.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tensor/pickle.h"
#include "tensor/pytorch_flatten.h"
#include "tensor/zip.h"

/* ---- ZIP: NAME/data.pkl, NAME/byteorder, NAME/data/KEY ---- */

typedef struct ZipFile {
  SnZip zip;
  const char *folder; /* "NAME/" */
  SnScope *scope;     /* for what lives as long as the reading */
  SnBudget budget;
} ZipFile;

static bool is_called(const SnZipEntry *entry, const char *name) {
  const char *slash = strchr(entry->name, '/');
  return strcmp(slash ? slash + 1 : entry->name, name) == 0;
}

static const SnZipEntry *find_pickle(ZipFile *file) {
  static const char name[] = "data.pkl";
  for (int64_t i = 0; i < file->zip.count; i++)
    if (is_called(&file->zip.entries[i], "constants.pkl"))
      return sn_fail_null(
          "%s: is a TorchScript archive, which is a program: save the model's weights instead, "
          "torch.save(model.state_dict(), FILE)",
          file->zip.reader->path);
  for (int64_t i = 0; i < file->zip.count; i++) {
    const SnZipEntry *entry = &file->zip.entries[i];
    if (!is_called(entry, name)) continue;
    char *folder = sn_scope_text(entry->name);
    if (!folder) return NULL;
    folder[strlen(folder) - strlen(name)] = '\0';
    file->folder = folder;
    return entry;
  }
  return sn_fail_null("%s: is a ZIP archive, but not one of PyTorch: it has no data.pkl", file->zip.reader->path);
}

static const SnZipEntry *find_entry(const ZipFile *file, const char *name) {
  char *full = sn_format("%s%s", file->folder, name);
  const SnZipEntry *entry = full ? sn_zip_find(&file->zip, full) : NULL;
  free(full);
  return entry;
}

static bool check_byte_order(ZipFile *file) {
  const SnZipEntry *entry = find_entry(file, "byteorder");
  char order[6];
  SnFileReader contents;
  if (!entry) return sn_ok();
  if (!sn_zip_contents(&file->zip, entry, &contents)) return false;
  if (contents.size != 6 || !sn_file_reader_read(&contents, 0, order, 6) || memcmp(order, "little", 6) != 0)
    return sn_fail("%s: expected the byte order little, found another", file->zip.reader->path);
  return true;
}

static bool open_zipped_storage(void *opaque, SnPickleStorage *storage) {
  ZipFile *file = opaque;
  char *name = sn_format("data/%s", storage->key);
  const SnZipEntry *entry = name ? find_entry(file, name) : NULL;
  free(name);
  if (!entry) return sn_fail("%s: the storage data/%s is missing", file->zip.reader->path, storage->key);
  if (entry->size != storage->count * storage->element->size)
    return sn_fail("%s: entry %s: expected %lld bytes (%lld elements of %lld), found %lld", file->zip.reader->path,
                   entry->name, (long long)(storage->count * storage->element->size), (long long)storage->count,
                   (long long)storage->element->size, (long long)entry->size);
  if (!sn_scope_enter(file->scope)) return false;
  sn_zip_contents(&file->zip, entry, &storage->bytes);
  return sn_scope_leave(file->scope) && sn_ok();
}

/* What only the reading needs lives in a scope of its own; the tensors are made outside it. */
SnStateDict *sn_pytorch_read_zip(const SnFileReader *reader) {
  ZipFile file = {.budget = sn_budget_for(reader->path, reader->size)};
  SnPickle pickle;
  SnFileReader contents;
  SnPickleValue *root = NULL;
  SnStateDict *dict = NULL;
  SnScope *scope = sn_scope_open();
  file.scope = scope;
  if (scope && sn_zip_open(&file.zip, reader, &file.budget)) {
    const SnZipEntry *entry = find_pickle(&file);
    if (entry && check_byte_order(&file) && sn_zip_contents(&file.zip, entry, &contents)) {
      sn_pickle_start(&pickle, &contents, 0, &file.budget);
      root = sn_pickle_next(&pickle);
    }
  }
  sn_scope_leave(scope);
  if (root) dict = sn_pytorch_flatten(reader, root, open_zipped_storage, &file, &file.budget);
  sn_scope_free(scope);
  return dict;
}

/* ---- legacy: magic number, protocol, system, object, list of storage keys; then the storages ---- */

static SnPickleValue *next_of_kind(SnPickle *pickle, SnPickleKind kind, const char *what) {
  SnPickleValue *value = sn_pickle_next(pickle);
  if (value && value->kind != kind)
    return sn_fail_null("%s: expected %s, found something else", pickle->reader->path, what);
  return value;
}

static bool check_preamble(SnPickle *pickle) {
  static const unsigned char magic[10] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};
  const char *path = pickle->reader->path;
  SnPickleValue *number = next_of_kind(pickle, SN_PICKLE_LONG, "PyTorch's magic number");
  if (!number) return false;
  if (number->text.size != sizeof magic || memcmp(number->text.bytes, magic, sizeof magic) != 0)
    return sn_fail("%s: expected PyTorch's magic number, found another", path);
  SnPickleValue *protocol = next_of_kind(pickle, SN_PICKLE_INTEGER, "PyTorch's protocol version");
  if (!protocol) return false;
  if (protocol->integer != 1001)
    return sn_fail("%s: expected PyTorch's protocol version 1001, found %lld", path, (long long)protocol->integer);
  SnPickleValue *system = next_of_kind(pickle, SN_PICKLE_DICT, "a description of the writing system");
  for (int64_t i = 0; system && i < system->list.count && sn_budget_work(pickle->budget, 1); i += 2)
    if (sn_pickle_is_text(system->list.items[i], "little_endian") &&
        system->list.items[i + 1]->kind == SN_PICKLE_BOOL && !system->list.items[i + 1]->integer)
      return sn_fail("%s: expected the byte order little, found big", path);
  return system && sn_ok();
}

/* Each storage is an int64 count and its elements, in the order of the keys. */
static bool place_storages(SnPickle *pickle) {
  const SnFileReader *reader = pickle->reader;
  SnPickleValue *keys = next_of_kind(pickle, SN_PICKLE_LIST, "the list of storages");
  int64_t at = pickle->position;
  for (int64_t k = 0; keys && k < keys->list.count && sn_budget_work(pickle->budget, 1); k++) {
    SnPickleStorage *storage = sn_pickle_find_storage(pickle, keys->list.items[k]);
    if (!storage || storage->bytes.path)
      return sn_fail("%s: item %lld of the list of storages is not in use, or there twice", reader->path, (long long)k);
    int64_t count, size = storage->count * storage->element->size;
    if (!sn_file_reader_read(reader, at, &count, 8)) return false;
    if (count != storage->count)
      return sn_fail("%s: storage %s: expected %lld elements, found %lld", reader->path, storage->key,
                     (long long)storage->count, (long long)count);
    if (size > reader->size - at - 8 || !sn_file_reader_part(&storage->bytes, reader, at + 8, size))
      return sn_fail("%s: storage %s: expected %lld bytes, but the file ends after %lld", reader->path, storage->key,
                     (long long)size, (long long)(reader->size - at - 8));
    at += 8 + size;
  }
  return keys && sn_ok();
}

static bool open_missing_storage(void *opaque, SnPickleStorage *storage) {
  const SnFileReader *reader = opaque;
  return sn_fail("%s: the storage %s is missing", reader->path, storage->key);
}

SnStateDict *sn_pytorch_read_legacy(const SnFileReader *reader) {
  SnPickle pickle;
  SnPickleValue *root = NULL;
  SnStateDict *dict = NULL;
  SnFileReader file = *reader;
  SnScope *scope = sn_scope_open();
  SnBudget budget = sn_budget_for(reader->path, reader->size);
  sn_pickle_start(&pickle, reader, 0, &budget);
  if (scope && check_preamble(&pickle)) {
    root = sn_pickle_next(&pickle);
    if (root && !place_storages(&pickle)) root = NULL;
  }
  sn_scope_leave(scope);
  if (root) dict = sn_pytorch_flatten(reader, root, open_missing_storage, &file, &budget);
  sn_scope_free(scope);
  return dict;
}
