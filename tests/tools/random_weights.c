/* random_weights BACKBONE LEVEL FILE [NUMBER]: a backbone's weights at random as safetensors, through a level; those of
 * its first layer all of that number (nan, 1e38). For tests from outside that have no other weights. */
#include <stdio.h>
#include <stdlib.h>

#include "models/backbones/backbone.h"
#include "tensor/safetensors.h"

int main(int argc, char **argv) {
  if (argc < 4) return EXIT_FAILURE;
  SnScope *scope = sn_scope_open();
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 1};
  SnLevels levels;
  SnBackbone *backbone =
      sn_parse_levels(argv[1], argv[2], &levels) ? sn_backbone_new(argv[1], &levels, &generator) : NULL;
  SnStateDict *dict = sn_state_dict_new();
  if (backbone) sn_module_state(&backbone->module, "", dict);
  if (sn_ok() && argc > 4) sn_fill(dict->tensors[0].tensor, strtod(argv[4], NULL));
  if (sn_ok()) sn_safetensors_write(argv[3], dict);
  if (!sn_ok()) fprintf(stderr, "%s\n", sn_error());
  bool written = sn_ok();
  sn_scope_close(scope);
  return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
