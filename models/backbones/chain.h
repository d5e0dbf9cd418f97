/* A backbone whose parts run one after another; some parts' outputs are its levels. A family describes all parts of a
 * network in order, and only those up to the deepest level asked for come to be:
 *
 *     SnChain *chain = sn_chain_new(&sn_vgg_family, index, levels);
 *     SnModule *part = sn_chain_part(chain, "features.0");
 *     if (part) ...   make the layers, children of part, and sn_chain_add() what runs them
 *     ...
 *     sn_chain_part(chain, "classifier");
 *     return sn_chain_finish(chain);
 */
#ifndef SN_MODELS_BACKBONES_CHAIN_H
#define SN_MODELS_BACKBONES_CHAIN_H

#include "models/backbones/family.h"

typedef SnTensor *(*SnPartForward)(const void *part, SnTensor *x);

typedef struct SnChain SnChain;

/* NULL on failure, which the functions below pass over. */
SnChain *sn_chain_new(const SnBackboneFamily *family, int index, const SnLevels *levels);

/* Is the part of that name needed? Otherwise it is beyond the deepest level, and a file of weights may hold it. */
bool sn_chain_needs(SnChain *chain, const char *name);

/* A module under that name, which may have dots, in the network; NULL when it is not needed, or on failure. */
SnModule *sn_chain_part(SnChain *chain, const char *name);

/* The module of the whole network. */
SnModule *sn_chain_module(SnChain *chain);

/* What runs next. Its output is the network's level of that name, when there is one. */
void sn_chain_add(SnChain *chain, const char *name, SnPartForward forward, const void *part);

/* NULL on failure. */
SnBackbone *sn_chain_finish(SnChain *chain);

/* "features.3": a name with a number, for the moment. */
typedef struct SnPartName {
  char text[48];
} SnPartName;
SnPartName sn_part_name(const char *before, int number);

#endif
