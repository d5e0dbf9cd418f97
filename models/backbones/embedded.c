#include "models/backbones/embedded.h"

#include <string.h>

/* C11 has no way to include bytes; the assembler of gcc and of clang has. Paths count from the repository's root. */
__asm__(
    ".pushsection .rodata\n"
    ".balign 8\n"
    "sn_embedded_weights_begin:\n"
    ".incbin \"models/backbones/embedded.safetensors\"\n"
    "sn_embedded_weights_end:\n"
    ".popsection\n");

extern const uint8_t sn_embedded_weights_begin[], sn_embedded_weights_end[];

const uint8_t *sn_embedded_weights(size_t *size) {
  *size = (size_t)((uintptr_t)sn_embedded_weights_end - (uintptr_t)sn_embedded_weights_begin);
  return sn_embedded_weights_begin;
}

bool sn_backbone_is_embedded(const char *name) { return strcmp(name, SN_EMBEDDED_BACKBONE) == 0; }
