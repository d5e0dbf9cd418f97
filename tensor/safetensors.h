/* The safetensors format: 8 bytes of header length, a JSON header, then the tensors' bytes, little-endian.
 * https://github.com/huggingface/safetensors#format */
#ifndef SN_TENSOR_SAFETENSORS_H
#define SN_TENSOR_SAFETENSORS_H

#include "base/file_reader.h"
#include "tensor/state_dict.h"

/* The official library's limit for the header in bytes, and ours. Reader and writer have these and no others: what is
 * written can be read, and what could not be read is an error when it is written. */
enum {
  SN_SAFETENSORS_LONGEST_HEADER = 100000000,
  SN_SAFETENSORS_MAX_TENSORS = 16384,
  SN_SAFETENSORS_LONGEST_NAME = 512
};

/* Reads a whole file onto the current device, in the innermost scope. F64, F32, F16, BF16, I64 and U8 keep their type;
 * I32, I16 and I8 become int64, BOOL becomes uint8. __metadata__ becomes the texts. Everything in the file is checked;
 * an error names the path, the tensor and what was expected. NULL on failure. */
SnStateDict *sn_safetensors_read(const char *path);
SnStateDict *sn_safetensors_read_from(const SnFileReader *reader);

/* Writes tensors (made contiguous, in the given order) and texts, completely or not at all. Refuses what could not be
 * read back: empty or overlong names, control characters in names, texts that are not UTF-8. */
bool sn_safetensors_write(const char *path, const SnStateDict *dict);

#endif
