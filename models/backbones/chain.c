#include "models/backbones/chain.h"

#include <stdio.h>
#include <string.h>

enum { MAX_PARTS = 96 }; /* VGG-19 with its classifier has the most names */

typedef struct Part {
  SnPartForward forward;
  const void *part;
  int64_t level; /* whose map the output is; 0: none */
} Part;

struct SnChain {
  SnBackbone backbone;
  const SnBackboneFamily *family;
  int index, count, beyond_count;
  Part parts[MAX_PARTS];
  const char *beyond[MAX_PARTS + 1]; /* ends with NULL */
};

static bool forward(SnBackbone *backbone, SnTensor *images, SnTensor **levels) {
  const SnChain *chain = (const SnChain *)backbone; /* its first member */
  SnTensor *x = images;
  int given = 0;
  for (const Part *part = chain->parts; given < backbone->levels.count; part++) {
    x = part->forward(part->part, x);
    if (part->level == backbone->levels.numbers[given]) levels[given++] = x;
  }
  return sn_ok();
}

SnChain *sn_chain_new(const SnBackboneFamily *family, int index, const SnLevels *levels) {
  SnChain *chain = sn_scope_allocate(1, sizeof *chain, NULL);
  if (!chain) return NULL;
  chain->family = family;
  chain->index = index;
  SnBackbone *backbone = &chain->backbone;
  backbone->name = family->name(index);
  backbone->levels = *levels;
  for (int i = 0; i < levels->count; i++) {
    SnLevel level = family->level(index, levels->numbers[i]);
    backbone->channels[i] = level.channels;
    backbone->stride[i] = level.stride;
  }
  backbone->forward = forward;
  backbone->beyond = chain->beyond;
  return chain;
}

static bool is_complete(const SnChain *chain) {
  const SnLevels *levels = &chain->backbone.levels;
  return chain->count > 0 && chain->parts[chain->count - 1].level == levels->numbers[levels->count - 1];
}

bool sn_chain_needs(SnChain *chain, const char *name) {
  if (!sn_ok()) return false;
  if (!is_complete(chain)) return true;
  size_t size = strlen(name) + 2;
  char *beginning = sn_scope_allocate((int64_t)size, 1, NULL);
  if (!beginning) return false;
  snprintf(beginning, size, "%s.", name);
  chain->beyond[chain->beyond_count++] = beginning;
  return false;
}

SnModule *sn_chain_part(SnChain *chain, const char *name) {
  if (!sn_chain_needs(chain, name)) return NULL;
  SnModule *module = sn_scope_allocate(1, sizeof *module, NULL);
  if (module) sn_module_add(&chain->backbone.module, name, module);
  return sn_ok() ? module : NULL;
}

SnModule *sn_chain_module(SnChain *chain) { return &chain->backbone.module; }

void sn_chain_add(SnChain *chain, const char *name, SnPartForward part_forward, const void *part) {
  if (!sn_ok()) return;
  int64_t level = 0;
  for (int number = 1; number <= chain->family->level_count(chain->index); number++)
    if (strcmp(chain->family->level(chain->index, number).name, name) == 0) level = number;
  chain->parts[chain->count++] = (Part){part_forward, part, level};
}

SnBackbone *sn_chain_finish(SnChain *chain) { return sn_ok() ? &chain->backbone : NULL; }

SnPartName sn_part_name(const char *before, int number) {
  SnPartName name;
  snprintf(name.text, sizeof name.text, "%s%d", before, number);
  return name;
}
