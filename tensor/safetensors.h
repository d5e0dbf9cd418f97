/* The safetensors format: 8 bytes of header length, a JSON header, then the tensors' bytes, little-endian.
 * https://github.com/huggingface/safetensors#format */
#ifndef SN_TENSOR_SAFETENSORS_H
#define SN_TENSOR_SAFETENSORS_H

#include "tensor/state_dict.h"

/* Reads a whole file onto the current device, in the innermost scope. F64, F32, F16, BF16, I64 and U8 keep their type;
 * I32, I16 and I8 become int64, BOOL becomes uint8. __metadata__ becomes the texts. Everything in the file is checked;
 * an error names the path, the tensor and what was expected. NULL on failure. */
SnStateDict *sn_safetensors_read(const char *path);

/* Writes tensors (made contiguous) and texts, completely or not at all. */
bool sn_safetensors_write(const char *path, const SnStateDict *dict);

#endif
