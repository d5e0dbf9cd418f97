/* spoil_model MODEL OUT NAME VALUE: a copy of a model in which every number of the tensor NAME is VALUE or, where there
 * is no such tensor, the text NAME is VALUE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensor/safetensors.h"

int main(int argc, char **argv) {
  if (argc < 5) return EXIT_FAILURE;
  SnScope *scope = sn_scope_open();
  SnStateDict *dict = sn_safetensors_read(argv[1]), *copy = sn_state_dict_new();
  bool tensor = false;
  for (int64_t i = 0; sn_ok() && i < dict->tensor_count; i++) {
    const SnNamedTensor *item = &dict->tensors[i];
    bool meant = strcmp(item->name, argv[3]) == 0;
    if (meant) sn_fill(item->tensor, strtod(argv[4], NULL));
    tensor |= meant;
    sn_state_dict_add(copy, item->name, item->tensor);
  }
  for (int64_t i = 0; sn_ok() && i < dict->text_count; i++)
    if (strcmp(dict->texts[i].name, argv[3]) != 0)
      sn_state_dict_add_text(copy, dict->texts[i].name, dict->texts[i].text);
  if (!tensor) sn_state_dict_add_text(copy, argv[3], argv[4]);
  bool written = sn_safetensors_write(argv[2], copy);
  if (!written) fprintf(stderr, "%s\n", sn_error());
  sn_scope_close(scope);
  return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
