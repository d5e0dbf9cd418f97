/* Elementwise kernels: one function over arrays of one shape, whatever their strides. */
#ifndef SN_BACKENDS_CUDA_STRIDED_CUH
#define SN_BACKENDS_CUDA_STRIDED_CUH

#include "backends/cuda/element.cuh"

constexpr int SN_MAX_OPERANDS = 4;

/* Several arrays over one shape, with as few dimensions as they allow: those of size 1 are left out, and neighbours
 * that lie without a gap in every array are joined. At least one dimension; operand 0 is the output. */
struct SnStrided {
  int operands, ndim;
  int64_t count;
  int64_t shape[SN_MAX_DIMS];
  int64_t stride[SN_MAX_OPERANDS][SN_MAX_DIMS]; /* in elements */
  void *data[SN_MAX_OPERANDS];
};

SnStrided sn_cuda_collapse(int operands, const SnArray *const *arrays);

/* The one dimension that is left has stride 1 in the output, and 1 or 0 in the inputs, all at multiples of so many
 * bytes; sizes[o] is the bytes of an element. */
bool sn_cuda_is_flat(const SnStrided *strided, const size_t *sizes, int pack);

/* Offsets by an element's number. */
template <typename Index, int Operands>
struct SnOffsets {
  int ndim;
  SnDivider<Index> size[SN_MAX_DIMS];
  Index stride[Operands][SN_MAX_DIMS];

  explicit SnOffsets(const SnStrided &s) : ndim(s.ndim) {
    for (int d = 0; d < s.ndim; d++) {
      size[d] = SnDivider<Index>(s.shape[d]);
      for (int o = 0; o < Operands; o++) stride[o][d] = (Index)s.stride[o][d];
    }
  }
  __device__ __forceinline__ void at(Index i, int64_t offset[Operands]) const {
    for (int o = 0; o < Operands; o++) offset[o] = 0;
    for (int d = ndim - 1; d >= 0; d--) {
      Index place = i;
      if (d > 0) i = size[d].divide(i, &place);
      for (int o = 0; o < Operands; o++) offset[o] += (int64_t)place * (int64_t)stride[o][d];
    }
  }
};

/* A function of X..., as a structure with operator(), with up to three inputs of type X. */
template <int Inputs, typename F, typename X>
static __device__ __forceinline__ auto sn_apply(const F &function, const X *in) {
  if constexpr (Inputs == 0)
    return function();
  else if constexpr (Inputs == 1)
    return function(in[0]);
  else if constexpr (Inputs == 2)
    return function(in[0], in[1]);
  else
    return function(in[0], in[1], in[2]);
}

template <typename X>
struct SnInputs {
  const X *at[SN_MAX_OPERANDS - 1];
  unsigned repeated; /* bit i: input i is one element for all */
};

/* Reads and writes 16 bytes at a time. */
template <typename Y, typename X, int Inputs, typename F>
static __global__ void __launch_bounds__(SN_BLOCK)
    sn_flat_kernel(F function, int64_t count, Y *__restrict__ y, SnInputs<X> in) {
  constexpr int N = 16 / (int)(sizeof(X) > sizeof(Y) ? sizeof(X) : sizeof(Y));
  for (int64_t i = sn_first_piece() * N; i < count; i += sn_piece_step() * N) {
    X values[N][Inputs > 0 ? Inputs : 1];
    int n = count - i < N ? (int)(count - i) : N;
#pragma unroll
    for (int k = 0; k < Inputs; k++) {
      if (in.repeated >> k & 1) {
        X value = *in.at[k];
#pragma unroll
        for (int j = 0; j < N; j++) values[j][k] = value;
      } else if (n == N) {
        SnPack<X, N> pack = *reinterpret_cast<const SnPack<X, N> *>(in.at[k] + i);
#pragma unroll
        for (int j = 0; j < N; j++) values[j][k] = pack.at[j];
      } else {
        for (int j = 0; j < n; j++) values[j][k] = in.at[k][i + j];
      }
    }
    if (n == N) {
      SnPack<Y, N> pack;
#pragma unroll
      for (int j = 0; j < N; j++) pack.at[j] = sn_apply<Inputs>(function, values[j]);
      *reinterpret_cast<SnPack<Y, N> *>(y + i) = pack;
    } else {
      for (int j = 0; j < n; j++) y[i + j] = sn_apply<Inputs>(function, values[j]);
    }
  }
}

template <typename Index, typename Y, typename X, int Inputs, typename F>
static __global__ void __launch_bounds__(SN_BLOCK)
    sn_strided_kernel(F function, Index count, Y *__restrict__ y, SnInputs<X> in,
                      SnOffsets<Index, Inputs + 1> offsets) {
  for (int64_t i = sn_first_piece(); i < (int64_t)count; i += sn_piece_step()) {
    int64_t offset[Inputs + 1];
    X values[Inputs > 0 ? Inputs : 1];
    offsets.at((Index)i, offset);
#pragma unroll
    for (int k = 0; k < Inputs; k++) values[k] = in.at[k][offset[k + 1]];
    y[offset[0]] = sn_apply<Inputs>(function, values);
  }
}

/* out[0] = function(in[0], in[1], ...). */
template <typename Y, typename X, int Inputs, typename F>
static bool sn_cuda_map(const SnCall *call, const F &function, const char *name) {
  constexpr int N = 16 / (int)(sizeof(X) > sizeof(Y) ? sizeof(X) : sizeof(Y));
  const SnArray *arrays[Inputs + 1] = {call->out[0]};
  size_t sizes[Inputs + 1] = {sizeof(Y)};
  SnInputs<X> in = {};
  for (int k = 0; k < Inputs; k++) {
    arrays[k + 1] = call->in[k];
    sizes[k + 1] = sizeof(X);
  }
  SnStrided s = sn_cuda_collapse(Inputs + 1, arrays);
  Y *y = static_cast<Y *>(s.data[0]);
  if (s.count == 0) return true;
  for (int k = 0; k < Inputs; k++) {
    in.at[k] = static_cast<const X *>(s.data[k + 1]);
    if (s.stride[k + 1][0] == 0) in.repeated |= 1u << k;
  }
  cudaStream_t stream = sn_cuda_stream();
  if (sn_cuda_is_flat(&s, sizes, N))
    SN_LAUNCH((sn_flat_kernel<Y, X, Inputs, F>), sn_cuda_grid(s.count, SN_BLOCK * N), SN_BLOCK, 0, stream, function,
              s.count, y, in);
  else if (sn_is_small(s.count))
    SN_LAUNCH((sn_strided_kernel<uint32_t, Y, X, Inputs, F>), sn_cuda_grid(s.count, SN_BLOCK), SN_BLOCK, 0, stream,
              function, (uint32_t)s.count, y, in, (SnOffsets<uint32_t, Inputs + 1>(s)));
  else
    SN_LAUNCH((sn_strided_kernel<int64_t, Y, X, Inputs, F>), sn_cuda_grid(s.count, SN_BLOCK), SN_BLOCK, 0, stream,
              function, s.count, y, in, (SnOffsets<int64_t, Inputs + 1>(s)));
  return sn_cuda_check(cudaGetLastError(), name);
}

/* Define the kernel `name` of one, two or three floating-point inputs. EXPRESSION is in their names and in p and q,
 * which are the values of P and Q, expressions in `attributes`, rounded to the arrays' type T. */
#define SN_CUDA_MAP(name, inputs, P, Q)                                                         \
  template <typename T>                                                                         \
  static bool run_##name(const SnCall *call) {                                                  \
    const SnAttributes *attributes = &call->attributes;                                         \
    (void)attributes;                                                                           \
    return sn_cuda_map<T, T, inputs>(call, name##_map<T>{(T)(P), (T)(Q)}, "the kernel " #name); \
  }                                                                                             \
  bool sn_cuda_##name(const SnCall *call) { return SN_BY_DTYPE(call->out[0], run_##name, call); }

#define SN_CUDA_UNARY(name, x, P, Q, EXPRESSION)                                   \
  template <typename T>                                                            \
  struct name##_map {                                                              \
    T p, q;                                                                        \
    __device__ __forceinline__ T operator()(T x) const { return (T)(EXPRESSION); } \
  };                                                                               \
  SN_CUDA_MAP(name, 1, P, Q)

#define SN_CUDA_BINARY(name, x, y, P, Q, EXPRESSION)                                    \
  template <typename T>                                                                 \
  struct name##_map {                                                                   \
    T p, q;                                                                             \
    __device__ __forceinline__ T operator()(T x, T y) const { return (T)(EXPRESSION); } \
  };                                                                                    \
  SN_CUDA_MAP(name, 2, P, Q)

#define SN_CUDA_TERNARY(name, x, y, z, P, Q, EXPRESSION)                                     \
  template <typename T>                                                                      \
  struct name##_map {                                                                        \
    T p, q;                                                                                  \
    __device__ __forceinline__ T operator()(T x, T y, T z) const { return (T)(EXPRESSION); } \
  };                                                                                         \
  SN_CUDA_MAP(name, 3, P, Q)

#endif
