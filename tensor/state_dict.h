/* Named tensors and texts, in order: what weights files and checkpoints hold. */
#ifndef SN_TENSOR_STATE_DICT_H
#define SN_TENSOR_STATE_DICT_H

#include "tensor/name_index.h"
#include "tensor/tensor.h"

/* A tensor and its name. */
typedef struct SnNamedTensor {
  char *name;       /* "layer1.0.conv1.weight" */
  SnTensor *tensor; /* its values */
} SnNamedTensor;

/* A text and its name. */
typedef struct SnNamedText {
  char *name, *text; /* UTF-8 */
} SnNamedText;

/* Everything belongs to the scope that was innermost when it was added. */
typedef struct SnStateDict {
  int64_t tensor_count, tensor_capacity, text_count, text_capacity; /* how many there are, and how many have room */
  SnNamedTensor *tensors;                                           /* in the order of adding */
  SnNamedText *texts;                                               /* likewise */
  SnNameIndex tensor_index, text_index;                             /* for looking names up */
} SnStateDict;

/* An empty one, in the innermost scope; NULL and an error on failure. */
SnStateDict *sn_state_dict_new(void);

/* The name (copied) must be new. The handle is not copied: it must live as long as the dictionary. */
bool sn_state_dict_add(SnStateDict *dict, const char *name, SnTensor *tensor);
bool sn_state_dict_add_text(SnStateDict *dict, const char *name, const char *text);

/* NULL, without an error, when there is none of that name. */
SnTensor *sn_state_dict_find(const SnStateDict *dict, const char *name);
const char *sn_state_dict_text(const SnStateDict *dict, const char *name);

#endif
