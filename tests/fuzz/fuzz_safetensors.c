/* Any bytes as a safetensors file: a dictionary with each name once, or an error. */
#include <stdlib.h>

#include "tensor/safetensors.h"
#include "tests/fuzz/limits.h"

void sn_fuzz_input(const uint8_t *data, size_t size) {
  sn_clear_error();
  SnScope *scope = sn_scope_open();
  SnFileReader reader = sn_file_reader_on_memory("input", data, size);
  SnStateDict *dict = sn_safetensors_read_from(&reader);
  if (!dict == sn_ok()) abort();
  for (int64_t i = 0; dict && i < dict->tensor_count; i++)
    if (sn_state_dict_find(dict, dict->tensors[i].name) != dict->tensors[i].tensor) abort();
  sn_scope_close(scope);
}
