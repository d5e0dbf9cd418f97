/* torchvision's files of DenseNets are older than its module names: in them "denselayer1.norm.1.weight" is what is now
 * "denselayer1.norm1.weight", and so with conv and 2. */
#include <string.h>

#include "models/backbones/weight_names.h"

/* The dot to be left out; NULL: none. */
static const char *needless_dot(const char *name) {
  const char *layer = strstr(name, ".denselayer"), *part = layer ? strchr(layer + 1, '.') : NULL;
  if (!part || (strncmp(part, ".norm.", 6) != 0 && strncmp(part, ".conv.", 6) != 0)) return NULL;
  return (part[6] == '1' || part[6] == '2') && part[7] == '.' ? part + 5 : NULL;
}

const SnStateDict *sn_with_current_names(const SnStateDict *file) {
  int64_t first = 0;
  while (first < file->tensor_count && !needless_dot(file->tensors[first].name)) first++;
  if (first == file->tensor_count) return file;
  SnStateDict *current = sn_state_dict_new();
  for (int64_t i = 0; current && i < file->tensor_count && sn_ok(); i++) {
    char *name = sn_scope_text(file->tensors[i].name), *dot = name ? (char *)needless_dot(name) : NULL;
    if (dot) memmove(dot, dot + 1, strlen(dot));
    if (name) sn_state_dict_add(current, name, file->tensors[i].tensor);
  }
  return sn_ok() ? current : NULL;
}
