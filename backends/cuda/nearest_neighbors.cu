/* The nearest rows of a bank: for one x the nearest b has the smallest half = |b|^2 / 2 - x b (see
 * backends/cpu/nearest_neighbors.c). cuBLAS multiplies some rows of x by the whole bank; a block then takes one row of
 * the products and picks the k + SPARE smallest halves, a round each: the products of a row are read k + SPARE times,
 * from the cache. The candidates are measured again by the differences of their elements, in double precision. */
#include "backends/cuda/kernels.cuh"
#include "backends/cuda/product.cuh"
#include "backends/cuda/reduce.cuh"

namespace {

constexpr int64_t SPARE = 4;
/* Of the products that are held at a time. */
constexpr int64_t PRODUCTS = (int64_t)16 << 20;

template <typename T>
struct Search {
  const T *x, *bank;
  T *norms, *products;
  int64_t *indices, *places; /* [rows,k]; [rows of a chunk,kept] */
  double *distances;         /* as places */
  int64_t rows, count, channels, k, kept;
};

template <typename T>
__global__ void __launch_bounds__(SN_BLOCK) norms_kernel(Search<T> s) {
  __shared__ double shared[SN_WARP];
  for (int64_t m = blockIdx.x; m < s.count; m += gridDim.x) {
    SnSum<T> sum;
    for (int64_t c = threadIdx.x; c < s.channels; c += SN_BLOCK) {
      T value = s.bank[m * s.channels + c];
      sum.add(value * value);
    }
    double total = sn_block_reduce<SnAdd>(sum.value(), shared);
    if (threadIdx.x == 0) s.norms[m] = (T)(total / 2);
  }
}

/* The smallest half behind (last, last_place) in the order of halves and places; place -1: there is none. All threads
 * get it. */
template <typename T>
__device__ __forceinline__ void next_smallest(const Search<T> &s, const T *products, T *halves, int64_t *places,
                                              T *last, int64_t *last_place) {
  T best = (T)INFINITY;
  int64_t place = -1;
  for (int64_t m = threadIdx.x; m < s.count; m += SN_BLOCK) {
    T half = s.norms[m] - products[m];
    bool behind = *last_place < 0 || half > *last || (half == *last && m > *last_place);
    if (!behind || !(half < best)) continue;
    best = half;
    place = m;
  }
  __syncthreads();
  halves[threadIdx.x] = best;
  places[threadIdx.x] = place;
  for (int step = SN_BLOCK / 2; step > 0; step /= 2) {
    __syncthreads();
    if ((int)threadIdx.x >= step) continue;
    const int thread = (int)threadIdx.x;
    T other = halves[thread + step];
    int64_t other_place = places[thread + step];
    if (other_place < 0 || (place >= 0 && !(other < best) && !(other == best && other_place < place))) continue;
    halves[threadIdx.x] = best = other;
    places[threadIdx.x] = place = other_place;
  }
  __syncthreads();
  *last = halves[0];
  *last_place = places[0];
}

/* Thread 0 writes the candidates' k nearest in the order of distance and index. */
__device__ __forceinline__ void write_nearest(const double *distances, int64_t *places, int64_t kept, int64_t k,
                                              int64_t *indices) {
  for (int64_t i = 0; i < k; i++) {
    int64_t nearest = -1;
    for (int64_t j = 0; j < kept; j++) {
      if (places[j] < 0 || !isfinite(distances[j])) continue;
      if (nearest >= 0 &&
          (distances[j] > distances[nearest] || (distances[j] == distances[nearest] && places[j] > places[nearest])))
        continue;
      nearest = j;
    }
    indices[i] = nearest < 0 ? -1 : places[nearest];
    if (nearest >= 0) places[nearest] = -1;
  }
}

/* Rows first ... first + rows - 1 of x, whose products are there. */
template <typename T>
__global__ void __launch_bounds__(SN_BLOCK) pick_kernel(Search<T> s, int64_t first, int64_t rows) {
  __shared__ T halves[SN_BLOCK];
  __shared__ int64_t shared_places[SN_BLOCK];
  __shared__ double shared[SN_WARP];
  for (int64_t r = blockIdx.x; r < rows; r += gridDim.x) {
    int64_t *places = s.places + r * s.kept, place = -1;
    double *distances = s.distances + r * s.kept;
    T last = 0;
    for (int64_t i = 0; i < s.kept; i++) {
      if (i == 0 || place >= 0) next_smallest(s, s.products + r * s.count, halves, shared_places, &last, &place);
      SnSum<double> sum;
      for (int64_t c = threadIdx.x; place >= 0 && c < s.channels; c += SN_BLOCK) {
        double difference = (double)s.x[(first + r) * s.channels + c] - (double)s.bank[place * s.channels + c];
        sum.add(difference * difference);
      }
      double total = sn_block_reduce<SnAdd>(sum.value(), shared);
      if (threadIdx.x != 0) continue;
      places[i] = place;
      distances[i] = total;
    }
    if (threadIdx.x == 0) write_nearest(distances, places, s.kept, s.k, s.indices + (first + r) * s.k);
  }
}

/* In float32 whatever the backend's precision: halves differ by little where distances are small. */
template <typename T>
bool multiply(const Search<T> &s, SnDtype dtype, int64_t first, int64_t rows) {
  SnPrecision usual = sn_cuda_precision();
  SnCudaMatrices a = {(void *)(s.x + first * s.channels), s.channels, 1, 0}, b = {(void *)s.bank, 1, s.channels, 0};
  SnCudaMatrices y = {s.products, s.count, 1, 0};
  sn_cuda_set_precision(SN_PRECISION_FLOAT32);
  bool done = sn_cuda_multiply(dtype, 1, rows, s.count, s.channels, &a, &b, &y, false);
  sn_cuda_set_precision(usual);
  return done;
}

template <typename T>
bool run(const SnCall *call) {
  const SnArray *x = call->in[0], *bank = call->in[1], *indices = call->out[0];
  Search<T> s = {};
  s.x = sn_data<const T>(x), s.bank = sn_data<const T>(bank), s.indices = sn_data<int64_t>(indices);
  s.rows = x->shape[0], s.count = bank->shape[0], s.channels = x->shape[1], s.k = indices->shape[1];
  s.kept = min(s.k + SPARE, s.count);
  if (s.rows == 0) return true;
  int64_t chunk = min(s.rows, max((int64_t)1, PRODUCTS / s.count));
  size_t kept = (size_t)(chunk * s.kept), wide = kept * (sizeof(int64_t) + sizeof(double));
  size_t products = (size_t)(chunk * s.count), norms = (size_t)s.count;
  char *scratch = static_cast<char *>(sn_cuda_scratch(wide + (products + norms) * sizeof(T)));
  if (!scratch) return false;
  s.places = reinterpret_cast<int64_t *>(scratch);
  s.distances = reinterpret_cast<double *>(s.places + kept);
  s.products = reinterpret_cast<T *>(s.distances + kept);
  s.norms = s.products + products;
  SN_LAUNCH((norms_kernel<T>), sn_cuda_grid(s.count, 1), SN_BLOCK, 0, sn_cuda_stream(), s);
  if (s.channels == 0 &&
      !sn_cuda_check(cudaMemsetAsync(s.products, 0, products * sizeof(T), sn_cuda_stream()), "zeros"))
    return false;
  for (int64_t first = 0; first < s.rows; first += chunk) {
    int64_t rows = min(chunk, s.rows - first);
    if (s.channels > 0 && !multiply(s, x->dtype, first, rows)) return false;
    SN_LAUNCH((pick_kernel<T>), sn_cuda_grid(rows, 1), SN_BLOCK, 0, sn_cuda_stream(), s, first, rows);
  }
  return sn_cuda_launched("nearest_neighbors");
}

}  // namespace

bool sn_cuda_nearest_neighbors(const SnCall *call) { return SN_BY_DTYPE(call->in[0], run, call); }
