#include "tensor/pytorch_flatten.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"
#include "tensor/safetensors.h"

typedef SnPickleValue Value;

/* A dictionary may hold itself. */
enum { DEEPEST = 32 };

typedef struct Walk {
  const char *path;
  SnStorageOpener open;
  void *file;
  SnBudget *budget;
  SnStateDict *dict;
  char name[SN_SAFETENSORS_LONGEST_NAME + 1];
} Walk;

/* What a tensor costs to read: itself, or all between its first and last element where that is more. */
static int64_t cost(const SnPickleTensor *source) {
  int64_t items = 1, span = 1, bytes;
  for (int d = 0; d < source->ndim; d++)
    if (!sn_multiply(items, source->shape[d], &items)) return INT64_MAX;
  for (int d = 0; d < source->ndim && items > 0; d++) span += (source->shape[d] - 1) * source->stride[d];
  int64_t size = (int64_t)sn_dtype_size(source->storage->element->dtype);
  return sn_multiply(items > span ? items : span, size, &bytes) ? bytes : INT64_MAX;
}

/* Of a tensor with gaps or transposed, all that is between its first and last element is read and then copied in
 * order. */
static SnTensor *read_tensor(const SnPickleTensor *source) {
  const SnPickleStorage *storage = source->storage;
  SnArray array = {.ndim = source->ndim};
  int64_t span = 1;
  memcpy(array.shape, source->shape, sizeof array.shape);
  memcpy(array.stride, source->stride, sizeof array.stride);
  int64_t begin = source->offset * storage->element->size;
  if (sn_array_count(&array) == 0 || sn_array_is_contiguous(&array))
    return sn_element_read(storage->element, &storage->bytes, begin, source->ndim, source->shape);
  for (int d = 0; d < source->ndim; d++) span += (source->shape[d] - 1) * source->stride[d];
  SnScope *scope = sn_scope_open();
  SnTensor *all = sn_element_read(storage->element, &storage->bytes, begin, 1, &span);
  SnTensor *view = all ? sn_view(all, source->ndim, source->shape, source->stride, 0) : NULL;
  SnTensor *copy = view ? sn_keep(sn_copy_of(view)) : NULL;
  sn_scope_close(scope);
  return copy;
}

static void add_tensor(Walk *walk, const SnPickleTensor *source) {
  int64_t bytes = cost(source);
  if (sn_state_dict_find(walk->dict, walk->name)) {
    sn_fail("%s: tensor %s appears twice", walk->path, walk->name);
  } else if (walk->dict->tensor_count == SN_SAFETENSORS_MAX_TENSORS) {
    sn_fail("%s: holds more than %d tensors", walk->path, SN_SAFETENSORS_MAX_TENSORS);
  } else if (bytes > walk->budget->memory) {
    sn_fail("%s: tensor %s: the shape %s needs far more memory than the file has bytes", walk->path, walk->name,
            sn_shape_text(source->ndim, source->shape));
  } else if (sn_budget_memory(walk->budget, bytes)) {
    if (source->storage->bytes.path || walk->open(walk->file, source->storage))
      sn_state_dict_add(walk->dict, walk->name, read_tensor(source));
  }
}

/* Whether a text can be shown; looking takes a step for each of its bytes, as does copying it. */
static bool is_printable(Walk *walk, const Value *value) {
  return sn_budget_work(walk->budget, value->text.size) &&
         sn_utf8_is_printable(value->text.bytes, (size_t)value->text.size);
}

static void add_text(Walk *walk, const Value *value) {
  enum { OVERHEAD = 256 }; /* the name, and the dictionary's records */
  char number[SN_NUMBER_TEXT];
  const char *text = number;
  if (value->kind == SN_PICKLE_TEXT) {
    text = value->text.bytes;
    if (!is_printable(walk, value)) return;
  } else if (value->kind == SN_PICKLE_BOOL) {
    text = value->integer ? "true" : "false";
  } else if (value->kind == SN_PICKLE_INTEGER) {
    snprintf(number, sizeof number, "%" PRId64, value->integer);
  } else if (value->kind == SN_PICKLE_REAL) {
    sn_number_text(value->real, number);
  } else {
    return;
  }
  if (sn_state_dict_text(walk->dict, walk->name)) return;
  if (sn_budget_memory(walk->budget, (int64_t)strlen(text) + OVERHEAD))
    sn_state_dict_add_text(walk->dict, walk->name, text);
}

/* The length of the prefix that a wrapper put before every name, or 0. */
static int64_t wrapper_prefix(Walk *walk, const Value *dict) {
  static const char *const prefixes[] = {"module.", "_orig_mod."};
  for (int p = 0; p < 2; p++) {
    int64_t length = (int64_t)strlen(prefixes[p]), i = 0;
    for (; i < dict->list.count && sn_budget_work(walk->budget, 1); i += 2) {
      const Value *key = dict->list.items[i];
      if (key->kind != SN_PICKLE_TEXT || key->text.size <= length ||
          memcmp(key->text.bytes, prefixes[p], (size_t)length) != 0)
        break;
    }
    if (i > 0 && i >= dict->list.count) return length;
  }
  return 0;
}

/* Appends ".key" to the name so far; its length before is returned, or -1 and an error. */
static int64_t extend_name(Walk *walk, const char *key, int64_t size) {
  int64_t length = (int64_t)strlen(walk->name), dot = length > 0;
  if (!sn_budget_work(walk->budget, length + 1)) return -1;
  if (size == 0 || length + dot + size > SN_SAFETENSORS_LONGEST_NAME || !sn_utf8_is_printable(key, (size_t)size)) {
    sn_fail("%s: a name under '%s' is empty, longer than %d bytes or has control characters", walk->path, walk->name,
            SN_SAFETENSORS_LONGEST_NAME);
    return -1;
  }
  if (dot) walk->name[length] = '.';
  memcpy(walk->name + length + dot, key, (size_t)size);
  walk->name[length + dot + size] = '\0';
  return length;
}

static bool is_container(const Value *value) {
  return value->kind == SN_PICKLE_DICT || value->kind == SN_PICKLE_LIST || value->kind == SN_PICKLE_TUPLE;
}

static void visit(Walk *walk, const Value *value, int depth, bool in_list);

/* Settings may have any key, or none that could be a name; they are left out with what they hold, unless it is a
 * tensor. */
static void visit_items(Walk *walk, const Value *container, int depth, bool in_list) {
  bool dict = container->kind == SN_PICKLE_DICT;
  int64_t prefix = dict ? wrapper_prefix(walk, container) : 0;
  for (int64_t i = 0; i < container->list.count && sn_budget_work(walk->budget, 1); i += dict ? 2 : 1) {
    const Value *item = container->list.items[dict ? i + 1 : i], *key = dict ? container->list.items[i] : NULL;
    char number[24];
    int64_t length;
    if (item->kind != SN_PICKLE_TENSOR && !is_container(item) && (!dict || in_list)) continue;
    if (dict && key->kind == SN_PICKLE_TEXT) {
      if (item->kind != SN_PICKLE_TENSOR && !is_container(item) && !is_printable(walk, key)) continue;
      length = extend_name(walk, key->text.bytes + prefix, key->text.size - prefix);
    } else if (!dict || key->kind == SN_PICKLE_INTEGER) {
      snprintf(number, sizeof number, "%" PRId64, dict ? key->integer : i);
      length = extend_name(walk, number, (int64_t)strlen(number));
    } else if (item->kind == SN_PICKLE_TENSOR) {
      sn_fail("%s: a tensor under '%s' has a name that is neither a text nor a whole number", walk->path, walk->name);
      return;
    } else {
      continue;
    }
    if (length < 0) return;
    visit(walk, item, depth + 1, in_list || !dict);
    walk->name[length] = '\0';
  }
}

static void visit(Walk *walk, const Value *value, int depth, bool in_list) {
  if (depth > DEEPEST)
    sn_fail("%s: its dictionaries are nested without end, at '%.200s'", walk->path, walk->name);
  else if (value->kind == SN_PICKLE_TENSOR)
    add_tensor(walk, value->tensor);
  else if (is_container(value))
    visit_items(walk, value, depth, in_list);
  else
    add_text(walk, value);
}

static const Value *find_item(Walk *walk, const Value *dict, const char *name) {
  for (int64_t i = 0; i < dict->list.count && sn_budget_work(walk->budget, 1); i += 2)
    if (sn_pickle_is_text(dict->list.items[i], name)) return dict->list.items[i + 1];
  return NULL;
}

/* Goes down to the state dict that a checkpoint wraps; numbers and texts beside it, the epoch say, are kept. */
static const Value *unwrap(Walk *walk, const Value *root) {
  static const char *const wrappers[] = {"state_dict", "model_state_dict", "model"};
  for (int depth = 0; depth < DEEPEST; depth++) {
    const Value *inner = NULL;
    for (int i = 0; i < 3 && !(inner && inner->kind == SN_PICKLE_DICT); i++) inner = find_item(walk, root, wrappers[i]);
    if (!inner || inner->kind != SN_PICKLE_DICT) break;
    for (int64_t i = 0; i < root->list.count && sn_budget_work(walk->budget, 1); i += 2) {
      const Value *key = root->list.items[i];
      if (key->kind != SN_PICKLE_TEXT || key->text.size == 0 || key->text.size > SN_SAFETENSORS_LONGEST_NAME ||
          !is_printable(walk, key))
        continue;
      memcpy(walk->name, key->text.bytes, (size_t)key->text.size + 1);
      add_text(walk, root->list.items[i + 1]);
    }
    walk->name[0] = '\0';
    root = inner;
  }
  return root;
}

SnStateDict *sn_pytorch_flatten(const SnFileReader *reader, const Value *root, SnStorageOpener open, void *file,
                                SnBudget *budget) {
  Walk walk = {.path = reader->path, .open = open, .file = file, .budget = budget};
  walk.dict = sn_state_dict_new();
  if (!walk.dict) return NULL;
  if (root->kind != SN_PICKLE_DICT)
    return sn_fail_null("%s: expected a dictionary of tensors, found something else", reader->path);
  visit(&walk, unwrap(&walk, root), 0, false);
  if (sn_ok() && walk.dict->tensor_count == 0) sn_fail("%s: holds no tensors", reader->path);
  return sn_ok() ? walk.dict : NULL;
}
