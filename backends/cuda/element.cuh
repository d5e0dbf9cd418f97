/* Elements, several at a time, and places among them. */
#ifndef SN_BACKENDS_CUDA_ELEMENT_CUH
#define SN_BACKENDS_CUDA_ELEMENT_CUH

#include "backends/cuda/launch.cuh"

/* N elements that are read and written by one instruction where they are 16 bytes. */
template <typename T, int N>
struct alignas(N * sizeof(T)) SnPack {
  T at[N];
};

/* How many elements make 16 bytes. */
template <typename T>
constexpr int sn_pack_size() {
  return (int)(16 / sizeof(T));
}

static inline bool sn_is_aligned(const void *data, size_t bytes) { return (uintptr_t)data % bytes == 0; }

/* Runs function<float> or function<double>, as the floating-point arrays of a call are. Declines other types. */
#define SN_BY_DTYPE(array, function, ...)                         \
  ((array)->dtype == SN_FLOAT32   ? function<float>(__VA_ARGS__)  \
   : (array)->dtype == SN_FLOAT64 ? function<double>(__VA_ARGS__) \
                                  : false)

template <typename T>
static inline T *sn_data(const SnArray *a) {
  return a ? static_cast<T *>(a->data) : nullptr;
}

/* Division by a number that is known before the launch: a multiplication and a shift for 32-bit numbers below 2^31
 * (Granlund and Montgomery, "Division by invariant integers using multiplication", 1994). */
template <typename Index>
struct SnDivider;

template <>
struct SnDivider<uint32_t> {
  uint32_t divisor, magic, shift;
  SnDivider() = default;
  explicit SnDivider(int64_t d) : divisor((uint32_t)d), magic(0), shift(0) {
    while (((uint64_t)1 << shift) < divisor) shift++;
    if (divisor > 0) magic = (uint32_t)((((uint64_t)1 << 32) * (((uint64_t)1 << shift) - divisor)) / divisor + 1);
  }
  /* n / divisor; `rest` becomes the remainder. */
  __device__ __forceinline__ uint32_t divide(uint32_t n, uint32_t *rest) const {
    uint32_t quotient = (__umulhi(n, magic) + n) >> shift;
    *rest = n - quotient * divisor;
    return quotient;
  }
};

template <>
struct SnDivider<int64_t> {
  int64_t divisor;
  SnDivider() = default;
  explicit SnDivider(int64_t d) : divisor(d) {}
  __device__ __forceinline__ int64_t divide(int64_t n, int64_t *rest) const {
    int64_t quotient = n / divisor;
    *rest = n - quotient * divisor;
    return quotient;
  }
};

/* Whether `count` elements can be counted by SnDivider<uint32_t>. */
static inline bool sn_is_small(int64_t count) { return count < (int64_t)1 << 31; }

/* The place of element i of an array [.., .., a, b] as [plane, row, column]. */
template <typename Index>
struct SnPlanes {
  SnDivider<Index> rows, columns;
  SnPlanes() = default;
  explicit SnPlanes(const SnArray *y) : rows(y->shape[y->ndim - 2]), columns(y->shape[y->ndim - 1]) {}
  __device__ __forceinline__ Index at(Index i, Index *row, Index *column) const {
    return rows.divide(columns.divide(i, column), row);
  }
};

#endif
