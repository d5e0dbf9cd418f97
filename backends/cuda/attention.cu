/* Attention (backends/reference/attention.c). A block is a query: its threads make the scores of as many keys at a
 * time, and then the columns of the result, whose sums shrink where a larger score has come. Gradients of keys and
 * values: a block is a key. */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/reduce.cuh"

namespace {

constexpr int THREADS = 128;

/* [B,H,rows,D] by strides. */
template <typename T>
struct Heads {
  const T *data;
  int64_t stride[4];
  explicit Heads(const SnArray *a) : data(sn_data<const T>(a)) {
    for (int d = 0; d < 4; d++) stride[d] = a->stride[d];
  }
  __device__ __forceinline__ const T *row(int64_t image, int64_t head, int64_t n) const {
    return data + image * stride[0] + head * stride[1] + n * stride[2];
  }
};

struct Sizes {
  int64_t images, heads, queries, keys, size;
};

/* One of y's rows, [B,N,H,D]. */
static __device__ __forceinline__ int64_t result_row(const Sizes &s, int64_t image, int64_t head, int64_t n) {
  return ((image * s.queries + n) * s.heads + head) * s.size;
}

template <typename T>
__device__ __forceinline__ T dot(const T *a, int64_t a_step, const T *b, int64_t b_step, int64_t size) {
  T sum = 0;
  for (int64_t d = 0; d < size; d++) sum += a[d * a_step] * b[d * b_step];
  return sum;
}

template <typename T>
__global__ void __launch_bounds__(THREADS)
    forward_kernel(Heads<T> q, Heads<T> k, Heads<T> v, T *y, T *log_sums, Sizes s, T scale) {
  __shared__ double shared[SN_WARP];
  SN_DYNAMIC_SHARED(T, memory); /* the query, the sums, and the weights of THREADS keys */
  T *own = memory, *sums = own + s.size, *weights = sums + s.size;
  for (int64_t i = blockIdx.x; i < s.images * s.heads * s.queries; i += gridDim.x) {
    int64_t n = i % s.queries, head = i / s.queries % s.heads, image = i / s.queries / s.heads;
    const T *from = q.row(image, head, n);
    __syncthreads();
    for (int64_t d = threadIdx.x; d < s.size; d += blockDim.x) {
      own[d] = scale * from[d * q.stride[3]];
      sums[d] = 0;
    }
    __syncthreads();
    T max = -INFINITY;
    double total = 0;
    for (int64_t first = 0; first < s.keys; first += THREADS) {
      int64_t m = first + threadIdx.x, count = min((int64_t)THREADS, s.keys - first);
      T score = m < s.keys ? dot(own, 1, k.row(image, head, m), k.stride[3], s.size) : (T)-INFINITY;
      T larger = max, most = (T)sn_block_reduce<SnLarger>((double)score, shared);
      if (!(most <= max)) larger = most;
      T shrink = first == 0 ? (T)0 : (T)exp(max - larger), weight = m < s.keys ? (T)exp(score - larger) : (T)0;
      max = larger;
      weights[threadIdx.x] = weight;
      total = total * (double)shrink + sn_block_reduce<SnAdd>((double)weight, shared);
      for (int64_t d = threadIdx.x; d < s.size; d += blockDim.x) {
        T sum = 0;
        for (int64_t j = 0; j < count; j++) sum += weights[j] * v.row(image, head, first + j)[d * v.stride[3]];
        sums[d] = sums[d] * shrink + sum;
      }
      __syncthreads();
    }
    T *to = y + result_row(s, image, head, n);
    for (int64_t d = threadIdx.x; d < s.size; d += blockDim.x) to[d] = sums[d] * (T)(1 / total);
    if (log_sums && threadIdx.x == 0) log_sums[i] = (T)((double)max + log(total));
  }
}

/* own [B,H,N]: dy y of each query. */
template <typename T>
__global__ void __launch_bounds__(SN_BLOCK) own_kernel(const T *dy, const T *y, T *own, Sizes s) {
  for (int64_t i = sn_first_piece(); i < s.images * s.heads * s.queries; i += sn_piece_step()) {
    int64_t at = result_row(s, i / s.queries / s.heads, i / s.queries % s.heads, i % s.queries);
    own[i] = dot(dy + at, 1, y + at, 1, s.size);
  }
}

/* All dense but for dy, of which a row is a query's. */
template <typename T>
struct Gradients {
  const T *dy, *q, *k, *v, *log_sums, *own;
  T *dq, *dk, *dv;
  Sizes s;
  T scale;
};

/* p of a query and a key, and t = p (dy v - own) scale. */
template <typename T>
__device__ __forceinline__ void factors(const Gradients<T> &g, int64_t head, int64_t n, int64_t m, T *p, T *t) {
  int64_t query = head * g.s.queries + n, key = head * g.s.keys + m;
  const T *dy = g.dy + result_row(g.s, head / g.s.heads, head % g.s.heads, n);
  T score = g.scale * dot(g.q + query * g.s.size, 1, g.k + key * g.s.size, 1, g.s.size);
  *p = (T)exp(score - g.log_sums[query]);
  *t = *p * (dot(dy, 1, g.v + key * g.s.size, 1, g.s.size) - g.own[query]) * g.scale;
}

/* A block is a query, or with KEY a key; its threads each take one of the others at a time. */
template <typename T, bool KEY>
__global__ void __launch_bounds__(THREADS) backward_kernel(Gradients<T> g) {
  __shared__ T ps[THREADS], ts[THREADS];
  int64_t size = g.s.size, rows = KEY ? g.s.keys : g.s.queries, others = KEY ? g.s.queries : g.s.keys;
  for (int64_t i = blockIdx.x; i < g.s.images * g.s.heads * rows; i += gridDim.x) {
    int64_t head = i / rows, row = i % rows;
    for (int64_t first = 0; first < others; first += THREADS) {
      int64_t other = first + threadIdx.x, count = min((int64_t)THREADS, others - first);
      T p = 0, t = 0;
      if (other < others) factors(g, head, KEY ? other : row, KEY ? row : other, &p, &t);
      __syncthreads();
      ps[threadIdx.x] = p;
      ts[threadIdx.x] = t;
      __syncthreads();
      for (int64_t d = threadIdx.x; d < size; d += blockDim.x) {
        T sum = 0, values = 0;
        for (int64_t j = 0; j < count; j++) {
          sum += ts[j] * (KEY ? g.q : g.k)[(head * others + first + j) * size + d];
          if (KEY) values += ps[j] * g.dy[result_row(g.s, head / g.s.heads, head % g.s.heads, first + j) + d];
        }
        T *to = (KEY ? g.dk : g.dq) + i * size + d;
        *to = first > 0 ? *to + sum : sum;
        if (KEY) g.dv[i * size + d] = first > 0 ? g.dv[i * size + d] + values : values;
      }
    }
  }
}

Sizes sizes_of(const SnArray *q, const SnArray *k) {
  return {q->shape[0], q->shape[1], q->shape[2], k->shape[2], q->shape[3]};
}

template <typename T>
bool run_forward(const SnCall *call) {
  const SnArray *q = call->in[0], *k = call->in[1], *v = call->in[2];
  Sizes s = sizes_of(q, k);
  if (sn_array_count(q) == 0) return true;
  size_t bytes = (size_t)(2 * s.size + THREADS) * sizeof(T);
  if (bytes > 40 << 10)
    return sn_cuda_fail("attention: heads of %lld numbers are too long for a card", (long long)s.size);
  SN_LAUNCH(forward_kernel<T>, sn_cuda_grid(s.images * s.heads * s.queries, 1), THREADS, bytes, sn_cuda_stream(),
            Heads<T>(q), Heads<T>(k), Heads<T>(v), sn_data<T>(call->out[0]), sn_data<T>(call->out[1]), s,
            (T)(1 / sqrt((double)s.size)));
  return sn_cuda_launched("attention");
}

template <typename T>
bool run_backward(const SnCall *call) {
  const SnArray *q = call->in[1], *k = call->in[2], *dk = call->out[1];
  Sizes s = sizes_of(q, k);
  if (s.queries == 0 && sn_array_count(dk) > 0)
    for (int i = 1; i < 3; i++)
      if (!sn_cuda_check(
              cudaMemsetAsync(call->out[i]->data, 0, (size_t)sn_array_count(dk) * sizeof(T), sn_cuda_stream()),
              "writing zeros"))
        return false;
  if (sn_array_count(q) == 0) return true;
  int64_t rows = s.images * s.heads * s.queries;
  T *own = (T *)sn_cuda_scratch((size_t)rows * sizeof(T));
  if (!own) return false;
  const T *dy = sn_data<const T>(call->in[0]);
  Gradients<T> g = {dy,
                    sn_data<const T>(q),
                    sn_data<const T>(k),
                    sn_data<const T>(call->in[3]),
                    sn_data<const T>(call->in[5]),
                    own,
                    sn_data<T>(call->out[0]),
                    sn_data<T>(dk),
                    sn_data<T>(call->out[2]),
                    s,
                    (T)(1 / sqrt((double)s.size))};
  SN_LAUNCH(own_kernel<T>, sn_cuda_grid(rows, SN_BLOCK), SN_BLOCK, 0, sn_cuda_stream(), dy,
            sn_data<const T>(call->in[4]), own, s);
  SN_LAUNCH((backward_kernel<T, false>), sn_cuda_grid(rows, 1), THREADS, 0, sn_cuda_stream(), g);
  SN_LAUNCH((backward_kernel<T, true>), sn_cuda_grid(s.images * s.heads * s.keys, 1), THREADS, 0, sn_cuda_stream(), g);
  return sn_cuda_launched("attention_backward");
}

}  // namespace

bool sn_cuda_attention(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run_forward, call); }

bool sn_cuda_attention_backward(const SnCall *call) { return SN_BY_DTYPE(call->in[1], run_backward, call); }
