/* SN_HOST_DEVICE: a function in a header that the kernels of the CUDA backend call too. */
#ifndef SN_BACKENDS_INLINE_H
#define SN_BACKENDS_INLINE_H

#ifdef __CUDACC__
#define SN_HOST_DEVICE static inline __host__ __device__
#else
#define SN_HOST_DEVICE static inline
#endif

#endif
