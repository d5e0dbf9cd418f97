/* Files that torch.save wrote: ZIP archives (since PyTorch 1.6) and the stream of pickles before that. */
#ifndef SN_TENSOR_PYTORCH_H
#define SN_TENSOR_PYTORCH_H

#include "base/file_reader.h"
#include "tensor/state_dict.h"

/* Reads a state dict onto the current device, in the innermost scope; tensors come out contiguous.
 *
 * A checkpoint that keeps its state dict under "state_dict", "model_state_dict" or "model" is unwrapped. Dictionaries
 * in dictionaries get names with dots between, as do lists ("layers.0"). A dictionary whose names all begin with
 * "module." (DataParallel) or "_orig_mod." (torch.compile) is read without that. Numbers and texts become texts,
 * anything else is left out. NULL on failure, with an error that names the path and what is wrong. */
SnStateDict *sn_pytorch_read_zip(const SnFileReader *reader);
SnStateDict *sn_pytorch_read_legacy(const SnFileReader *reader);

#endif
