/* Weights from any file a user has: safetensors, or PyTorch's .pth in both forms. */
#ifndef SN_TENSOR_WEIGHTS_H
#define SN_TENSOR_WEIGHTS_H

#include "base/file_reader.h"
#include "tensor/state_dict.h"

/* Reads a weights file in any of the three formats, told apart by their contents, onto the current device; see
 * safetensors.h and pytorch.h for what comes out. NULL on failure, with an error that names the path. */
SnStateDict *sn_weights_read(const char *path);
SnStateDict *sn_weights_read_from(const SnFileReader *reader);

/* The first element, in row-major order, that is NaN or infinite; -1 when there is none or an error is pending. */
int64_t sn_first_not_finite(const SnTensor *tensor);

/* False, with an error that names `path` and the tensor, when a floating-point tensor holds NaN or infinity. */
bool sn_weights_check_finite(const SnStateDict *dict, const char *path);

/* Reads weights and writes them as safetensors, with names, order and texts kept and one text before them, "converted
 * by", which says that the file is a conversion. Floating-point tensors become
 * `dtype`, which must be a floating-point one; a finite number that it cannot hold is an error. SN_DTYPE_COUNT leaves
 * them as they are. Integers stay as they are. */
bool sn_weights_convert(const char *input, const char *output, SnDtype dtype);

#endif
