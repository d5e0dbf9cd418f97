/* merge_tensors FROM FILE: adds the tensors of one safetensors file to another, for tests of recipes that add to a
 * golden file (tests/test_adding.sh). */
#include <stdio.h>

#include "base/error.h"
#include "tensor/safetensors.h"
#include "tensor/scope.h"

static bool merge(const char *from, const char *into) {
  const SnStateDict *added = sn_safetensors_read(from);
  SnStateDict *file = sn_safetensors_read(into);
  for (int64_t i = 0; sn_ok() && i < added->tensor_count; i++)
    sn_state_dict_add(file, added->tensors[i].name, added->tensors[i].tensor);
  return sn_ok() && sn_safetensors_write(into, file);
}

int main(int count, char **arguments) {
  SnScope *scope = sn_scope_open();
  bool merged = count == 3 && merge(arguments[1], arguments[2]);
  if (!merged) fprintf(stderr, "merge_tensors: %s\n", count == 3 ? sn_error() : "usage: merge_tensors FROM FILE");
  sn_scope_close(scope);
  return merged ? 0 : 1;
}
