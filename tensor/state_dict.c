#include "tensor/state_dict.h"

#include <string.h>

SnStateDict *sn_state_dict_new(void) { return sn_scope_allocate(1, sizeof(SnStateDict), NULL); }

/* Twice the capacity in fresh scope memory; the old piece goes with the scope. */
static void *grown(const void *items, int64_t count, int64_t *capacity, size_t size) {
  int64_t larger = *capacity ? 2 * *capacity : 64;
  void *memory = sn_scope_allocate(larger, size, NULL);
  if (!memory) return NULL;
  if (count > 0) memcpy(memory, items, (size_t)count * size);
  *capacity = larger;
  return memory;
}

bool sn_state_dict_add(SnStateDict *dict, const char *name, SnTensor *tensor) {
  if (!sn_ok()) return false;
  if (sn_state_dict_find(dict, name)) return sn_fail("the tensor %s appears twice", name);
  if (dict->tensor_count == dict->tensor_capacity) {
    SnNamedTensor *tensors = grown(dict->tensors, dict->tensor_count, &dict->tensor_capacity, sizeof *tensors);
    if (!tensors) return false;
    dict->tensors = tensors;
  }
  char *copy = sn_scope_text(name);
  if (!copy || !sn_name_index_add(&dict->tensor_index, copy)) return false;
  dict->tensors[dict->tensor_count++] = (SnNamedTensor){copy, tensor};
  return true;
}

bool sn_state_dict_add_text(SnStateDict *dict, const char *name, const char *text) {
  if (!sn_ok()) return false;
  if (sn_state_dict_text(dict, name)) return sn_fail("the text %s appears twice", name);
  if (dict->text_count == dict->text_capacity) {
    SnNamedText *texts = grown(dict->texts, dict->text_count, &dict->text_capacity, sizeof *texts);
    if (!texts) return false;
    dict->texts = texts;
  }
  SnNamedText item = {sn_scope_text(name), sn_scope_text(text)};
  if (!sn_ok() || !sn_name_index_add(&dict->text_index, item.name)) return false;
  dict->texts[dict->text_count++] = item;
  return true;
}

SnTensor *sn_state_dict_find(const SnStateDict *dict, const char *name) {
  int64_t position = sn_name_index_find(&dict->tensor_index, name);
  return position < 0 ? NULL : dict->tensors[position].tensor;
}

const char *sn_state_dict_text(const SnStateDict *dict, const char *name) {
  int64_t position = sn_name_index_find(&dict->text_index, name);
  return position < 0 ? NULL : dict->texts[position].text;
}
