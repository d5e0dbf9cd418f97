#ifndef SN_TENSOR_PYTORCH_FLATTEN_H
#define SN_TENSOR_PYTORCH_FLATTEN_H

#include "tensor/pickle.h"
#include "tensor/state_dict.h"

/* Makes the storage's bytes readable, once it is needed for the first time. */
typedef bool (*SnStorageOpener)(void *file, SnPickleStorage *storage);

/* The state dict of an unpickled checkpoint, as pytorch.h describes it. Tensors, texts
 * and every step of the way draw on the budget. */
SnStateDict *sn_pytorch_flatten(const SnFileReader *reader, const SnPickleValue *root, SnStorageOpener open, void *file,
                                SnBudget *budget);

#endif
