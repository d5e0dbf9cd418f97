#include "models/patchcore/coreset.h"

#include <math.h>
#include <stdlib.h>

#include "autograd/ops.h"

/* How many points are active, about; into how many bins bounds are sorted; rows of a product. */
enum { ACTIVE = 2048, BINS = 1 << 14, ROWS = 512 };

/* ---- distances ---- */

typedef float Lanes __attribute__((vector_size(16)));
typedef float LanesInMemory __attribute__((vector_size(16), aligned(4), may_alias));

static const float *point(const SnCoreset *coreset, int64_t i) { return coreset->values + i * coreset->dimensions; }

/* |a - b|^2 of two points, in the same bits on every instruction set. */
static float squared_distance(const SnCoreset *coreset, int64_t a, int64_t b) {
  const float *x = point(coreset, a), *y = point(coreset, b);
  int64_t n = coreset->dimensions, i = 0;
  Lanes sums[2] = {{0}, {0}};
  for (; i + 8 <= n; i += 8)
    for (int v = 0; v < 2; v++) {
      Lanes difference = *(const LanesInMemory *)(x + i + 4 * v) - *(const LanesInMemory *)(y + i + 4 * v);
      sums[v] += difference * difference;
    }
  Lanes both = sums[0] + sums[1];
  float sum = (both[0] + both[1]) + (both[2] + both[3]);
  for (; i < n; i++) sum += (x[i] - y[i]) * (x[i] - y[i]);
  return sum;
}

static void lower_bound_of(SnCoreset *coreset, int64_t i, int64_t centre) {
  float distance = squared_distance(coreset, i, centre);
  if (distance < coreset->bounds[i]) coreset->bounds[i] = distance;
}

/* ---- active points ---- */

/* Rises with the bound. */
static int64_t bin_of(const SnCoreset *coreset, float bound) {
  int64_t bin = (int64_t)((double)bound / (double)coreset->farthest * BINS);
  return bin < BINS ? bin : BINS - 1;
}

/* The lowest bin such that no more than ACTIVE points are in it and above, or the highest that has any. */
static int64_t lowest_active_bin(const SnCoreset *coreset) {
  int64_t *counts = coreset->counts;
  for (int64_t b = 0; b < BINS; b++) counts[b] = 0;
  for (int64_t i = 0; i < coreset->point_count; i++) counts[bin_of(coreset, coreset->bounds[i])]++;
  int64_t bin = BINS - 1, active = counts[bin];
  while (bin > 1 && active + counts[bin - 1] <= ACTIVE) active += counts[--bin];
  return bin;
}

/* A point and how many centres it has seen. */
typedef struct Stale {
  int64_t seen, point;
} Stale;

static int by_seen(const void *a, const void *b) {
  const Stale *x = a, *y = b;
  if (x->seen != y->seen) return x->seen < y->seen ? -1 : 1;
  return x->point < y->point ? -1 : x->point > y->point;
}

/* Makes the bounds of some points distances. They have seen at least the first `seen` centres. */
static void measure(SnCoreset *coreset, const Stale *stale, int64_t count, int64_t seen) {
  SnScope *scope = sn_scope_open();
  int64_t *indices = sn_scope_allocate(count, sizeof *indices, NULL), unseen = coreset->count - seen;
  for (int64_t i = 0; indices && i < count; i++) indices[i] = stale[i].point;
  if (indices) {
    SnTensor *rows = sn_index_select(coreset->points, 0, sn_from_host(SN_INT64, SN_SHAPE(count), indices));
    SnTensor *centres = sn_from_host(SN_INT64, SN_SHAPE(unseen), coreset->indices + seen);
    SnTensor *nearest = sn_nearest_neighbors(rows, sn_index_select(coreset->points, 0, centres), 1);
    if (nearest) sn_to_host(nearest, SN_INT64, indices);
  }
  for (int64_t i = 0; i < count && sn_ok(); i++) {
    coreset->seen[stale[i].point] = coreset->count;
    if (indices[i] >= 0) lower_bound_of(coreset, stale[i].point, coreset->indices[seen + indices[i]]);
  }
  sn_scope_close(scope);
}

/* Those of the active points that have not seen all centres, in groups that have missed about the same. */
static void measure_stale(SnCoreset *coreset) {
  SnScope *scope = sn_scope_open();
  Stale *stale = sn_scope_allocate(coreset->active_count, sizeof *stale, NULL);
  int64_t count = 0;
  for (int64_t i = 0; stale && i < coreset->active_count; i++) {
    int64_t at = coreset->active[i];
    if (coreset->seen[at] < coreset->count) stale[count++] = (Stale){coreset->seen[at], at};
  }
  if (count > 0) qsort(stale, (size_t)count, sizeof *stale, by_seen);
  for (int64_t i = 0; i < count && sn_ok(); i += ROWS)
    measure(coreset, stale + i, count - i < ROWS ? count - i : ROWS, stale[i].seen);
  sn_scope_close(scope);
}

/* False when no point is away from all centres. */
static bool choose_active(SnCoreset *coreset) {
  coreset->farthest = 0;
  for (int64_t i = 0; i < coreset->point_count; i++)
    if (coreset->bounds[i] > coreset->farthest) coreset->farthest = coreset->bounds[i];
  if (coreset->farthest == 0) return false;
  coreset->active_bin = lowest_active_bin(coreset);
  coreset->active_count = 0;
  for (int64_t i = 0; i < coreset->point_count; i++)
    if (bin_of(coreset, coreset->bounds[i]) >= coreset->active_bin) coreset->active[coreset->active_count++] = i;
  measure_stale(coreset);
  return sn_ok();
}

/* ---- centres ---- */

/* The farthest active point, of equally far ones the first; -1 when a point that is not active may be farther. Points
 * that have come nearer than that are active no more. */
static int64_t farthest_active(SnCoreset *coreset) {
  int64_t farthest = -1, kept = 0;
  for (int64_t i = 0; i < coreset->active_count; i++) {
    int64_t at = coreset->active[i];
    if (bin_of(coreset, coreset->bounds[at]) < coreset->active_bin) continue;
    coreset->active[kept++] = at;
    if (farthest < 0 || coreset->bounds[at] > coreset->bounds[farthest]) farthest = at;
  }
  coreset->active_count = kept;
  return farthest;
}

static void add_centre(SnCoreset *coreset, int64_t centre) {
  coreset->indices[coreset->count++] = centre;
  for (int64_t i = 0; i < coreset->active_count; i++) {
    lower_bound_of(coreset, coreset->active[i], centre);
    coreset->seen[coreset->active[i]] = coreset->count;
  }
}

SnCoreset *sn_coreset_new(SnTensor *points, int64_t wanted, int64_t first) {
  SnCoreset *coreset = sn_scope_allocate(1, sizeof *coreset, NULL);
  if (!coreset) return NULL;
  int64_t n = points->array.shape[0], d = points->array.shape[1];
  *coreset = (SnCoreset){.wanted = wanted, .first = first, .points = points, .point_count = n, .dimensions = d};
  coreset->indices = sn_scope_allocate(wanted, sizeof *coreset->indices, NULL);
  coreset->bounds = sn_scope_allocate(n, sizeof *coreset->bounds, NULL);
  coreset->seen = sn_scope_allocate(n, sizeof *coreset->seen, NULL);
  coreset->active = sn_scope_allocate(n, sizeof *coreset->active, NULL);
  coreset->counts = sn_scope_allocate(BINS, sizeof *coreset->counts, NULL);
  if (sn_storage_backend(points->storage)->copy_to_host)
    coreset->copy = sn_scope_allocate(n * d, sizeof *coreset->copy, NULL);
  return sn_ok() ? coreset : NULL;
}

/* The first centre; or all points, where there is nothing to choose. */
static bool begin(SnCoreset *coreset) {
  if (coreset->copy && !sn_to_host(coreset->points, SN_FLOAT32, coreset->copy)) return false;
  coreset->values = coreset->copy ? coreset->copy : sn_float_data(coreset->points);
  if (!coreset->values) return false;
  for (int64_t i = 0; i < coreset->point_count; i++) {
    coreset->bounds[i] = squared_distance(coreset, i, coreset->first);
    coreset->seen[i] = 1;
    if (!isfinite(coreset->bounds[i])) return sn_fail("a coreset: the points hold NaN, infinity or huge numbers");
  }
  bool all = coreset->wanted == coreset->point_count;
  while (coreset->count < (all ? coreset->wanted : 1)) {
    coreset->indices[coreset->count] = all ? coreset->count : coreset->first;
    coreset->count++;
  }
  return true;
}

bool sn_coreset_next(SnCoreset *coreset, int64_t most) {
  int64_t before = coreset->count;
  if (!sn_ok() || (before == 0 && !begin(coreset))) return false;
  while (sn_ok() && coreset->count < coreset->wanted && coreset->count - before < most) {
    int64_t centre = farthest_active(coreset);
    if (centre >= 0)
      add_centre(coreset, centre);
    else if (!choose_active(coreset))
      coreset->wanted = coreset->count;
  }
  return sn_ok() && coreset->count > before;
}
