/* Other names for the tensors of our networks, as tables of patterns (namings.c), and what applies them. */
#ifndef SN_MODELS_BACKBONES_RENAMING_H
#define SN_MODELS_BACKBONES_RENAMING_H

#include "tensor/state_dict.h"

/* What a tensor needs beside another name. */
typedef enum SnTensorChange {
  SN_UNCHANGED,
  SN_TWO_ONES_BEHIND,  /* [C] -> [C,1,1] */
  SN_NO_CLASS_POSITION /* [1,N,C] -> [1,1+N,C]: the class token has no position, which is one of zeros */
} SnTensorChange;

/* A name that begins with `from` begins with `to` instead; of several rules the first that fits counts. A * in `from`
 * is a number of up to four digits; {a} in `to` and `beside` is the first of them and {b} the second, {2a+1} twice the
 * first and 1. {n} is the block's place in the whole network where the file's names, blocks.a.b, count it in its
 * stage. */
typedef struct SnRenaming {
  const char *from, *to;
  const char *beside; /* optional: only where the file has a tensor of this name, too */
  SnTensorChange change;
} SnRenaming;

/* The names that others give to the tensors of some networks. */
typedef struct SnNaming {
  const char *networks;        /* how the names of these networks begin */
  const char *sign;            /* a file with this name, behind any prefix, has these names behind that prefix */
  const SnRenaming *renamings; /* end with one without `from` */
  const char *refusal;         /* or why such a file does not load */
} SnNaming;

extern const SnNaming sn_namings[]; /* end with one without `networks` */

#endif
