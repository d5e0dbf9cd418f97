/* The kernels: one sn_cuda_<name> for every name in backends/kernels.h, in the file of its family. */
#ifndef SN_BACKENDS_CUDA_KERNELS_CUH
#define SN_BACKENDS_CUDA_KERNELS_CUH

#include "backends/kernels.h"

#define X(name) bool sn_cuda_##name(const SnCall *call);
SN_KERNELS(X)
#undef X

#endif
