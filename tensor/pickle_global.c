#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "tensor/pickle.h"

typedef SnPickleValue Value;

enum { MAX_STORAGES = 16384, LONGEST_KEY = 64 };

typedef enum Role { TENSOR, TENSOR_V2, PARAMETER, ORDERED_DICT, STORAGE_CLASS, OPAQUE } Role;

/* The whole list, in which torch's storage classes are those of element.c. What is opaque is never looked into: it
 * is beside weights in many checkpoints. */
static const struct {
  const char *module, *name;
  Role role;
} globals[] = {
    {"torch._utils", "_rebuild_tensor", TENSOR},
    {"torch._utils", "_rebuild_tensor_v2", TENSOR_V2},
    {"torch._utils", "_rebuild_parameter", PARAMETER},
    {"collections", "OrderedDict", ORDERED_DICT},
    {"torch", "Size", OPAQUE},
    {"torch", "device", OPAQUE},
    {"torch", "float32", OPAQUE},
    {"torch", "float64", OPAQUE},
    {"torch", "float16", OPAQUE},
    {"torch", "bfloat16", OPAQUE},
    {"torch", "int64", OPAQUE},
    {"collections", "Counter", OPAQUE},
    {"collections", "defaultdict", OPAQUE},
    {"argparse", "Namespace", OPAQUE},
    {"pathlib", "PosixPath", OPAQUE},
    {"numpy", "dtype", OPAQUE},
    {"numpy.core.multiarray", "scalar", OPAQUE},
    {"numpy._core.multiarray", "scalar", OPAQUE},
    {"_codecs", "encode", OPAQUE},
};
enum { GLOBALS = sizeof globals / sizeof *globals };

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), end_length = strlen(end);
  return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Classes begin with a capital, and functions do not. */
static bool refuse_global(const char *path, const char *module, const char *name) {
  if (!sn_utf8_is_printable(module, strlen(module)) || !sn_utf8_is_printable(name, strlen(name))) module = name = "?";
  if (strcmp(module, "torch") == 0 && ends_with(name, "Storage"))
    return sn_fail("%s: holds tensors of the type %.128s, which cannot be read: save them as float32 (tensor.float())",
                   path, name);
  if (strcmp(module, "torch._utils") == 0 && strncmp(name, "_rebuild_", 9) == 0)
    return sn_fail(
        "%s: holds tensors of a kind that cannot be read (%.128s.%.128s): save them as float32 (tensor.float())", path,
        module, name);
  if (name[0] >= 'A' && name[0] <= 'Z')
    return sn_fail(
        "%s: holds an object of the class %.128s.%.128s, as a model that was saved whole does: save its weights "
        "instead, torch.save(model.state_dict(), FILE)",
        path, module, name);
  return sn_fail("%s: the global %.128s.%.128s is not allowed in weights", path, module, name);
}

Value *sn_pickle_global(SnPickle *pickle, const char *module, const char *name) {
  Value *value = sn_pickle_value(pickle, SN_PICKLE_GLOBAL);
  if (!value) return NULL;
  value->global.element = strcmp(module, "torch") == 0 ? sn_element_by_pytorch(name) : NULL;
  if (value->global.element) {
    value->global.role = (int)STORAGE_CLASS;
    return value;
  }
  for (int i = 0; i < GLOBALS; i++)
    if (strcmp(globals[i].module, module) == 0 && strcmp(globals[i].name, name) == 0) {
      value->global.role = (int)globals[i].role;
      return value;
    }
  return refuse_global(pickle->reader->path, module, name), NULL;
}

static bool refuse(const SnPickle *pickle, const char *what) {
  return sn_fail("%s: %s is not described as PyTorch does (before byte %lld of the pickle)", pickle->reader->path, what,
                 (long long)pickle->position);
}

static bool as_size(const Value *value, int64_t *size) {
  if (value->kind != SN_PICKLE_INTEGER || value->integer < 0) return false;
  *size = value->integer;
  return true;
}

/* The last element that the shape and strides reach must be one of the view's. No sum is made before it is known to
 * stay below the count. */
static bool check_reach(const SnPickle *pickle, SnPickleTensor *tensor, int64_t count) {
  int64_t last = tensor->offset, items = 1, way;
  if (last > count) return refuse(pickle, "a tensor that leaves its storage");
  for (int d = 0; d < tensor->ndim; d++)
    if (!sn_multiply(items, tensor->shape[d], &items)) return refuse(pickle, "a tensor of impossible size");
  for (int d = 0; d < tensor->ndim && items > 0; d++)
    if (!sn_multiply(tensor->shape[d] - 1, tensor->stride[d], &way) || way > count - last)
      return refuse(pickle, "a tensor that leaves its storage");
    else
      last += way;
  if (last > count - (items > 0)) return refuse(pickle, "a tensor that leaves its storage");
  return true;
}

/* storage, offset, shape, strides, and in version 2 requires_grad, hooks and perhaps metadata, which do not matter. */
static Value *rebuild_tensor(SnPickle *pickle, const Value *arguments, bool second) {
  Value *const *items = arguments->list.items, *value = sn_pickle_value(pickle, SN_PICKLE_TENSOR);
  SnPickleTensor *tensor = sn_pickle_allocate(pickle, 1, sizeof *tensor);
  if (!value || !tensor) return NULL;
  int64_t count = arguments->list.count;
  if ((second ? count < 6 || count > 7 : count != 4) || items[0]->kind != SN_PICKLE_STORAGE ||
      !as_size(items[1], &tensor->offset) || items[2]->kind != SN_PICKLE_TUPLE || items[3]->kind != SN_PICKLE_TUPLE ||
      items[2]->list.count != items[3]->list.count)
    return refuse(pickle, "a tensor"), NULL;
  if (items[2]->list.count > SN_MAX_DIMS)
    return sn_fail_null("%s: expected tensors of at most %d dimensions, found one of %lld", pickle->reader->path,
                        SN_MAX_DIMS, (long long)items[2]->list.count);
  tensor->ndim = (int)items[2]->list.count;
  for (int d = 0; d < tensor->ndim; d++)
    if (!as_size(items[2]->list.items[d], &tensor->shape[d]) || !as_size(items[3]->list.items[d], &tensor->stride[d]))
      return refuse(pickle, "a tensor with a size or stride that is not a whole number"), NULL;
  if (!check_reach(pickle, tensor, items[0]->view.count)) return NULL;
  tensor->storage = items[0]->view.storage;
  tensor->offset += items[0]->view.begin;
  value->tensor = tensor;
  return value;
}

/* Python 2 wrote the items into the call, as a list of pairs; Python 3 adds them afterwards. */
static Value *make_dict(SnPickle *pickle, const Value *arguments) {
  Value *dict = sn_pickle_value(pickle, SN_PICKLE_DICT);
  if (!dict || arguments->list.count == 0) return dict;
  const Value *pairs = arguments->list.items[0];
  if (arguments->list.count > 1 || pairs->kind != SN_PICKLE_LIST) return refuse(pickle, "an OrderedDict"), NULL;
  for (int64_t i = 0; i < pairs->list.count; i++) {
    const Value *pair = pairs->list.items[i];
    if ((pair->kind != SN_PICKLE_LIST && pair->kind != SN_PICKLE_TUPLE) || pair->list.count != 2)
      return refuse(pickle, "an OrderedDict"), NULL;
    if (!sn_pickle_append(pickle, dict, pair->list.items[0]) || !sn_pickle_append(pickle, dict, pair->list.items[1]))
      return NULL;
  }
  return dict;
}

Value *sn_pickle_call(SnPickle *pickle, const Value *global, const Value *arguments) {
  if (global->kind != SN_PICKLE_GLOBAL || arguments->kind != SN_PICKLE_TUPLE)
    return sn_fail_null("%s: the pickle calls what is no function", pickle->reader->path);
  switch ((Role)global->global.role) {
    case TENSOR:
    case TENSOR_V2:
      return rebuild_tensor(pickle, arguments, global->global.role == TENSOR_V2);
    case PARAMETER:
      if (arguments->list.count != 3 || arguments->list.items[0]->kind != SN_PICKLE_TENSOR)
        return refuse(pickle, "a parameter"), NULL;
      return arguments->list.items[0];
    case ORDERED_DICT:
      return make_dict(pickle, arguments);
    case OPAQUE:
      return sn_pickle_value(pickle, SN_PICKLE_OPAQUE);
    case STORAGE_CLASS:
      break;
  }
  return refuse(pickle, "a storage"), NULL;
}

SnPickleStorage *sn_pickle_find_storage(const SnPickle *pickle, const Value *key) {
  int64_t position = key->kind == SN_PICKLE_TEXT ? sn_name_index_find(&pickle->storage_index, key->text.bytes) : -1;
  SnPickleStorage *storage = position < 0 ? NULL : pickle->storages[position];
  return storage && sn_pickle_is_text(key, storage->key) ? storage : NULL;
}

static SnPickleStorage *find_or_add(SnPickle *pickle, const Value *key, const SnElement *element, int64_t count) {
  SnPickleStorage *storage = sn_pickle_find_storage(pickle, key);
  if (storage && (storage->element != element || storage->count != count))
    return sn_fail_null("%s: the storage %s has two types or sizes", pickle->reader->path, storage->key);
  if (storage) return storage;
  if (pickle->storage_count == MAX_STORAGES)
    return sn_fail_null("%s: holds more than %d storages", pickle->reader->path, MAX_STORAGES);
  if (pickle->storage_count == pickle->storage_capacity) {
    int64_t capacity = pickle->storage_capacity ? 2 * pickle->storage_capacity : 64;
    SnPickleStorage **storages = sn_pickle_allocate(pickle, capacity, sizeof *storages);
    if (!storages) return NULL;
    if (pickle->storage_count > 0) memcpy(storages, pickle->storages, (size_t)pickle->storage_count * sizeof *storages);
    pickle->storages = storages;
    pickle->storage_capacity = capacity;
  }
  storage = sn_pickle_allocate(pickle, 1, sizeof *storage);
  if (!storage || !sn_name_index_add(&pickle->storage_index, key->text.bytes)) return NULL;
  *storage = (SnPickleStorage){.key = key->text.bytes, .element = element, .count = count};
  return pickle->storages[pickle->storage_count++] = storage;
}

/* ("storage", class, key, device, number of elements), and in the old form a sixth item: None, or a view of the storage
 * as (key, first element, number of elements). */
Value *sn_pickle_storage(SnPickle *pickle, const Value *id) {
  Value *value = sn_pickle_value(pickle, SN_PICKLE_STORAGE), *const *items = id->list.items;
  int64_t numbers = id->kind == SN_PICKLE_TUPLE ? id->list.count : 0, count, bytes;
  if (!value) return NULL;
  if (numbers < 5 || numbers > 6 || !sn_pickle_is_text(items[0], "storage") || items[1]->kind != SN_PICKLE_GLOBAL ||
      items[1]->global.role != STORAGE_CLASS || items[2]->kind != SN_PICKLE_TEXT || items[2]->text.size > LONGEST_KEY ||
      !sn_utf8_is_printable(items[2]->text.bytes, (size_t)items[2]->text.size) || !as_size(items[4], &count) ||
      !sn_multiply(count, items[1]->global.element->size, &bytes))
    return refuse(pickle, "a storage"), NULL;
  value->view.storage = find_or_add(pickle, items[2], items[1]->global.element, count);
  value->view.count = count;
  if (!value->view.storage || numbers == 5 || items[5]->kind == SN_PICKLE_NONE) return sn_ok() ? value : NULL;
  Value *const *view = items[5]->list.items;
  if (items[5]->kind != SN_PICKLE_TUPLE || items[5]->list.count != 3 || !as_size(view[1], &value->view.begin) ||
      !as_size(view[2], &value->view.count) || value->view.begin > count ||
      value->view.count > count - value->view.begin)
    return refuse(pickle, "a view of a storage"), NULL;
  return value;
}
