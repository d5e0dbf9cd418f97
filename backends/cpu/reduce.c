#include <math.h>
#include <stdlib.h>

#include "backends/cpu/pool.h"
#include "backends/cpu/rows.h"
#include "base/memory.h"

/* A reduction walks rows of x: pieces, of at most ROW elements, of lines along x's innermost dimension. If that
 * dimension is reduced, a row adds to one number; if it is kept, to as many as the row is long, so that the sums of
 * columns read memory in its order too. A block adds up one chunk of the rows that belong to one such result. */
enum { ROW = 4096, CHUNK = 1 << 16 };

typedef struct Reduction {
  bool maximum, inner_kept;
  const float *x;
  float *y;
  int64_t inner, inner_stride, inner_y_stride, pieces; /* the innermost dimension, cut in pieces */
  int kept, reduced;                                   /* the other dimensions */
  int64_t kept_shape[SN_MAX_DIMS], kept_stride[SN_MAX_DIMS], kept_y_stride[SN_MAX_DIMS];
  int64_t reduced_shape[SN_MAX_DIMS], reduced_stride[SN_MAX_DIMS];
  int64_t results, width, rows, rows_per_chunk, chunks;
  double *partial; /* [results, chunks, width] */
} Reduction;

static int64_t offset_of(int64_t index, int ndim, const int64_t *shape, const int64_t *stride) {
  int64_t offset = 0;
  for (int d = ndim - 1; d >= 0; index /= shape[d--]) offset += index % shape[d] * stride[d];
  return offset;
}

/* The larger, NaN if one is NaN. */
static inline double larger(double a, double b) { return b > a || b != b ? b : a; }

static void combine_row(bool maximum, double *restrict into, const float *restrict x, int64_t stride, int64_t n) {
  if (maximum)
    for (int64_t i = 0; i < n; i++) into[i] = larger(into[i], (double)x[i * stride]);
  else if (stride == 1)
    for (int64_t i = 0; i < n; i++) into[i] += (double)x[i];
  else
    for (int64_t i = 0; i < n; i++) into[i] += (double)x[i * stride];
}

static double row_sum(const float *restrict x, int64_t stride, int64_t n) {
  enum { LANES = 8 };
  double lanes[LANES] = {0}, sum = 0;
  int64_t i = 0;
  if (stride == 1)
    for (; i + LANES <= n; i += LANES)
      for (int l = 0; l < LANES; l++) lanes[l] += (double)x[i + l];
  for (; i < n; i++) lanes[0] += (double)x[i * stride];
  for (int l = 0; l < LANES; l++) sum += lanes[l];
  return sum;
}

static double row_max(const float *restrict x, int64_t stride, int64_t n) {
  enum { LANES = 8 };
  float lanes[LANES];
  double max = -INFINITY;
  int64_t i = 0;
  for (int l = 0; l < LANES; l++) lanes[l] = -INFINITY;
  if (stride == 1)
    for (; i + LANES <= n; i += LANES)
      for (int l = 0; l < LANES; l++) {
        float value = x[i + l];
        lanes[l] = sn_select((value > lanes[l]) | (value != value), value, lanes[l]);
      }
  for (; i < n; i++) max = larger(max, (double)x[i * stride]);
  for (int l = 0; l < LANES; l++) max = larger(max, (double)lanes[l]);
  return max;
}

static void reduce_block(void *context, int64_t block) {
  const Reduction *r = context;
  int64_t chunk = block % r->chunks, result = block / r->chunks;
  double *into = r->partial + block * r->width;
  int64_t kept_index = r->inner_kept ? result / r->pieces : result;
  const float *x = r->x + offset_of(kept_index, r->kept, r->kept_shape, r->kept_stride);
  int64_t end = sn_smaller((chunk + 1) * r->rows_per_chunk, r->rows);
  for (int64_t i = 0; i < r->width; i++) into[i] = r->maximum ? -INFINITY : 0;
  for (int64_t row = chunk * r->rows_per_chunk; row < end; row++) {
    int64_t piece = r->inner_kept ? result % r->pieces : row % r->pieces;
    int64_t reduced_index = r->inner_kept ? row : row / r->pieces;
    const float *p =
        x + offset_of(reduced_index, r->reduced, r->reduced_shape, r->reduced_stride) + piece * ROW * r->inner_stride;
    int64_t n = sn_smaller(ROW, r->inner - piece * ROW);
    if (r->inner_kept)
      combine_row(r->maximum, into, p, r->inner_stride, n);
    else if (r->maximum)
      *into = larger(*into, row_max(p, r->inner_stride, n));
    else
      *into += row_sum(p, r->inner_stride, n);
  }
}

static void add_chunks(const Reduction *r, int64_t result) {
  int64_t kept_index = r->inner_kept ? result / r->pieces : result, piece = r->inner_kept ? result % r->pieces : 0;
  float *y = r->y + offset_of(kept_index, r->kept, r->kept_shape, r->kept_y_stride) + piece * ROW * r->inner_y_stride;
  int64_t n = r->inner_kept ? sn_smaller(ROW, r->inner - piece * ROW) : 1;
  const double *partial = r->partial + result * r->chunks * r->width;
  for (int64_t i = 0; i < n; i++) {
    double all = partial[i];
    for (int64_t chunk = 1; chunk < r->chunks; chunk++) {
      double next = partial[chunk * r->width + i];
      all = r->maximum ? larger(all, next) : all + next;
    }
    y[i * r->inner_y_stride] = (float)all;
  }
}

/* x, and y repeated to x's shape: a dimension is reduced where y has stride 0. */
static Reduction describe(const SnArray *x, const SnArray *y, bool maximum) {
  SnArray repeated = *x;
  repeated.data = y->data;
  for (int d = 0; d < x->ndim; d++) repeated.stride[d] = y->shape[d] == x->shape[d] ? y->stride[d] : 0;
  SnStrided s = SN_CPU(collapse)(2, (const SnArray *[]){x, &repeated});
  Reduction r = {.maximum = maximum, .x = x->data, .y = y->data, .results = 1, .rows = 1};
  int last = s.ndim - 1;
  r.inner = s.shape[last];
  r.inner_stride = s.stride[0][last];
  r.inner_y_stride = s.stride[1][last];
  r.inner_kept = r.inner_y_stride != 0;
  r.pieces = sn_divide_up(r.inner, ROW);
  for (int d = 0; d < last; d++) {
    if (s.stride[1][d] != 0) {
      r.kept_shape[r.kept] = s.shape[d];
      r.kept_stride[r.kept] = s.stride[0][d];
      r.kept_y_stride[r.kept++] = s.stride[1][d];
      r.results *= s.shape[d];
    } else {
      r.reduced_shape[r.reduced] = s.shape[d];
      r.reduced_stride[r.reduced++] = s.stride[0][d];
      r.rows *= s.shape[d];
    }
  }
  r.width = r.inner_kept ? sn_smaller(r.inner, ROW) : 1;
  if (r.inner_kept)
    r.results *= r.pieces;
  else
    r.rows *= r.pieces;
  r.rows_per_chunk = sn_larger(1, CHUNK / sn_smaller(r.inner, ROW));
  r.chunks = sn_divide_up(r.rows, r.rows_per_chunk);
  return r;
}

static bool reduce(const SnArray *x, const SnArray *y, bool maximum) {
  if (!sn_is_float32(x)) return false;
  if (sn_array_count(y) == 0) return true;
  if (sn_array_count(x) == 0) {
    SnCall fill = {.out = {(SnArray *)(uintptr_t)y}, .attributes.fill.value = maximum ? (double)-INFINITY : 0};
    return SN_CPU(fill)(&fill);
  }
  Reduction r = describe(x, y, maximum);
  r.partial = sn_allocate_unset(r.results * r.chunks * r.width, sizeof *r.partial, "the partial sums of a reduction");
  if (!r.partial) return false;
  sn_parallel(r.results * r.chunks, reduce_block, &r);
  for (int64_t result = 0; result < r.results; result++) add_chunks(&r, result);
  free(r.partial);
  return true;
}

bool SN_CPU(sum)(const SnCall *call) { return reduce(call->in[0], call->out[0], false); }

bool SN_CPU(max)(const SnCall *call) { return reduce(call->in[0], call->out[0], true); }

static void tie_row(int64_t n, void *const *data, const int64_t *stride, const void *parameters) {
  (void)parameters;
  float *restrict ties = data[0];
  const float *restrict x = data[1], *restrict max = data[2];
  for (int64_t i = 0; i < n; i++) ties[i * stride[0]] = x[i * stride[1]] == max[i * stride[2]] ? 1.0f : 0.0f;
}

/* dx holds 1 at ties: there it becomes dy / count. */
static void share_row(int64_t n, void *const *data, const int64_t *stride, const void *parameters) {
  (void)parameters;
  float *restrict dx = data[0];
  const float *restrict dy = data[1], *restrict count = data[2];
  for (int64_t i = 0; i < n; i++)
    dx[i * stride[0]] = dx[i * stride[0]] != 0 ? dy[i * stride[1]] / count[i * stride[2]] : 0.0f;
}

/* An array of the maxima's shape, repeated to x's. */
static SnArray repeat(const SnArray *y, const SnArray *x) {
  SnArray repeated = *y;
  for (int d = 0; d < x->ndim; d++) {
    if (y->shape[d] != x->shape[d]) repeated.stride[d] = 0;
    repeated.shape[d] = x->shape[d];
  }
  return repeated;
}

bool SN_CPU(max_backward)(const SnCall *call) {
  const SnArray *x = call->in[0], *dx = call->out[0];
  if (!sn_is_float32(x)) return false;
  if (sn_array_count(x) == 0) return true;
  SnArray count = *call->in[1];
  for (int64_t d = count.ndim - 1, stride = 1; d >= 0; stride *= count.shape[d--]) count.stride[d] = stride;
  count.data = sn_allocate_unset(sn_array_count(&count), sizeof(float), "the numbers of equal maxima");
  if (!count.data) return false;
  SnArray max = repeat(call->in[1], x), dy = repeat(call->in[2], x), counts = repeat(&count, x);
  SnStrided ties = SN_CPU(collapse)(3, (const SnArray *[]){dx, x, &max});
  SnStrided shares = SN_CPU(collapse)(3, (const SnArray *[]){dx, &dy, &counts});
  SN_CPU(each_row)(&ties, tie_row, NULL);
  bool counted = reduce(dx, &count, false);
  if (counted) SN_CPU(each_row)(&shares, share_row, NULL);
  free(count.data);
  return counted;
}
