/* Number types in weights files, each by the names that safetensors and PyTorch give it, and their reading. */
#ifndef SN_TENSOR_ELEMENT_H
#define SN_TENSOR_ELEMENT_H

#include "base/file_reader.h"
#include "tensor/tensor.h"

typedef struct SnElement {
  const char *safetensors; /* "F32" */
  const char *pytorch;     /* the storage class in module torch: "FloatStorage" */
  int64_t size;            /* bytes in the file */
  SnDtype dtype;           /* what it becomes: itself, or wider when there is no such tensor */
} SnElement;

/* NULL, without an error, when the name is not known. */
const SnElement *sn_element_by_safetensors(const char *name);
const SnElement *sn_element_by_pytorch(const char *name);

/* How a tensor of this dtype is called in a safetensors file. */
const SnElement *sn_element_of(SnDtype dtype);

/* A tensor on the current device from the little-endian elements that begin at `offset`. */
SnTensor *sn_element_read(const SnElement *element, const SnFileReader *reader, int64_t offset, int ndim,
                          const int64_t *shape);

#endif
