/* |x - b|^2 = |x|^2 + 2 (|b|^2 / 2 - x b): for one x the nearest b has the smallest half = |b|^2 / 2 - x b, and x b for
 * many x and b is a matrix product. A block multiplies some rows of x by a part of the bank, a tile of TILE rows of the
 * bank at a time, and keeps each row's k + SPARE smallest. So [R,M] numbers are never held at once: a tile of them is
 * used up while it is in the second-level cache.
 *
 * half is the difference of two large numbers where x is close to b, and its rounding may change the order. So the
 * candidates are measured again, by the differences of their elements, in double precision. */
#include <math.h>
#include <string.h>

#include "backends/cpu/blas.h"
#include "backends/cpu/cpu.h"
#include "backends/cpu/gemm.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/vector.h"

enum { ROWS = 256, TILE = 512, SPARE = 4, BLOCKS = 16, NORMS_PER_BLOCK = 256, ROWS_PER_MERGE = 16 };

/* How many halves are looked at together: only where the smallest of them is a candidate, each by itself. */
enum { STRETCH = 4 * SN_LANES };

typedef struct Search {
  const float *x, *bank;
  int64_t rows, count, channels, k, kept; /* R, M, C; candidates of a row */
  int64_t groups, parts;                  /* of rows, of the bank */
  int64_t *indices;
} Search;

/* In shared memory: |b|^2 / 2 [M], halves [R,parts,kept] and, behind them, where they are in the bank. */
static float *norms_of(const Search *s) {
  (void)s;
  return sn_shared_scratch();
}

static int64_t padded_count(const Search *s) { return sn_divide_up(s->count, 16) * 16; }

static float *halves_of(const Search *s, int64_t row, int64_t part) {
  return norms_of(s) + padded_count(s) + (row * s->parts + part) * s->kept;
}

static int64_t *places_of(const Search *s, int64_t row, int64_t part) {
  int64_t halves = sn_divide_up(s->rows * s->parts * s->kept, 16) * 16;
  return (int64_t *)(void *)(norms_of(s) + padded_count(s) + halves) + (row * s->parts + part) * s->kept;
}

static void norms_block(void *context, int64_t block) {
  const Search *s = context;
  int64_t end = sn_smaller((block + 1) * NORMS_PER_BLOCK, s->count), n = s->channels;
  for (int64_t m = block * NORMS_PER_BLOCK; m < end; m++) {
    const float *b = s->bank + m * n;
    SnVector sums[2] = {0};
    int64_t c = 0;
    for (; c + 2 * SN_LANES <= n; c += 2 * SN_LANES)
      for (int v = 0; v < 2; v++) {
        SnVector x = sn_load(b + c + v * SN_LANES);
        sums[v] = sn_multiply_add(x, x, sums[v]);
      }
    double sum = 0;
    for (int v = 0; v < 2; v++)
      for (int l = 0; l < SN_LANES; l++) sum += (double)sums[v][l];
    for (; c < n; c++) sum += (double)b[c] * (double)b[c];
    norms_of(s)[m] = (float)(sum / 2);
  }
}

/* Takes a candidate in its place among the `kept` smallest so far; one that comes later goes behind equal ones. */
static void insert(float half, int64_t place, int64_t kept, float *halves, int64_t *places) {
  int64_t i = kept - 1;
  for (; i > 0 && half < halves[i - 1]; i--) {
    halves[i] = halves[i - 1];
    places[i] = places[i - 1];
  }
  halves[i] = half;
  places[i] = place;
}

/* products[j] = x b[first + j] for one row of x. */
static void take_candidates(const Search *s, const float *products, int64_t first, int64_t count, float *halves,
                            int64_t *places) {
  const float *norms = norms_of(s) + first;
  float *worst = &halves[s->kept - 1];
  for (int64_t j = 0; j < count; j += STRETCH) {
    int64_t end = sn_smaller(j + STRETCH, count);
    if (end - j == STRETCH) {
      SnVector smallest = sn_load(norms + j) - sn_load(products + j);
      for (int64_t i = j + SN_LANES; i < end; i += SN_LANES) {
        SnVector half = sn_load(norms + i) - sn_load(products + i);
        smallest = sn_choose(half < smallest, half, smallest);
      }
      bool any = false;
      for (int l = 0; l < SN_LANES; l++) any |= !(smallest[l] >= *worst); /* a NaN may hide what is smaller */
      if (!any) continue;
    }
    for (int64_t i = j; i < end; i++) {
      float half = norms[i] - products[i];
      if (half < *worst) insert(half, first + i, s->kept, halves, places);
    }
  }
}

static void search_block(void *context, int64_t block) {
  const Search *s = context;
  int64_t group = block / s->parts, part = block % s->parts, row = sn_part(s->rows, s->groups, group);
  int64_t rows = sn_part(s->rows, s->groups, group + 1) - row, end = sn_part(s->count, s->parts, part + 1);
  float *tile = sn_scratch();
  for (int64_t r = row; r < row + rows; r++)
    for (int64_t i = 0; i < s->kept; i++) {
      halves_of(s, r, part)[i] = INFINITY;
      places_of(s, r, part)[i] = -1;
    }
  for (int64_t m = sn_part(s->count, s->parts, part); m < end; m += TILE) {
    int64_t count = sn_smaller(TILE, end - m), n = s->channels;
    SnMatrix x = {s->x + row * n, n, false}, b = {s->bank + m * n, n, true};
    SN_CPU(gemm)(rows, count, n, x, b, false, tile, TILE);
    for (int64_t r = 0; r < rows; r++)
      take_candidates(s, tile + r * TILE, m, count, halves_of(s, row + r, part), places_of(s, row + r, part));
  }
}

static double squared_distance(const float *restrict x, const float *restrict b, int64_t n) {
  enum { LANES = 8 };
  double sums[LANES] = {0}, sum = 0;
  int64_t c = 0;
  for (; c + LANES <= n; c += LANES)
    for (int l = 0; l < LANES; l++) {
      double difference = (double)x[c + l] - (double)b[c + l];
      sums[l] += difference * difference;
    }
  for (; c < n; c++) sums[0] += ((double)x[c] - (double)b[c]) * ((double)x[c] - (double)b[c]);
  for (int l = 0; l < LANES; l++) sum += sums[l];
  return sum;
}

/* The smallest candidates of all parts, measured; they are written in the order of distance and index. */
static void merge_row(const Search *s, int64_t row) {
  float *halves = halves_of(s, row, 0);
  int64_t *places = places_of(s, row, 0), *indices = s->indices + row * s->k;
  for (int64_t i = s->kept; i < s->parts * s->kept; i++)
    if (halves[i] < halves[s->kept - 1]) insert(halves[i], places[i], s->kept, halves, places);
  double *distances = sn_scratch();
  for (int64_t i = 0; i < s->k; i++) {
    distances[i] = INFINITY;
    indices[i] = -1;
  }
  for (int64_t i = 0; i < s->kept && places[i] >= 0; i++) {
    double d = squared_distance(s->x + row * s->channels, s->bank + places[i] * s->channels, s->channels);
    int64_t j = s->k;
    for (; j > 0 && (d < distances[j - 1] || (d == distances[j - 1] && places[i] < indices[j - 1])); j--)
      if (j < s->k) {
        distances[j] = distances[j - 1];
        indices[j] = indices[j - 1];
      }
    if (j == s->k || !isfinite(d)) continue;
    distances[j] = d;
    indices[j] = places[i];
  }
}

static void merge_block(void *context, int64_t block) {
  const Search *s = context;
  int64_t end = sn_smaller((block + 1) * ROWS_PER_MERGE, s->rows);
  for (int64_t row = block * ROWS_PER_MERGE; row < end; row++) merge_row(s, row);
}

bool SN_CPU(nearest_neighbors)(const SnCall *call) {
  const SnArray *x = call->in[0], *bank = call->in[1], *indices = call->out[0];
  if (!sn_is_float32(x) || !SN_CPU(gemm_takes)(ROWS, TILE, x->shape[1], x->shape[1])) return false;
  Search s = {.x = x->data, .bank = bank->data, .indices = indices->data};
  s.rows = x->shape[0], s.count = bank->shape[0], s.channels = x->shape[1], s.k = indices->shape[1];
  if (s.rows == 0) return true;
  if (!sn_blas_ready()) return false;
  s.kept = sn_smaller(s.k + SPARE, s.count);
  s.groups = sn_divide_up(s.rows, ROWS);
  s.parts = sn_larger(1, sn_smaller(sn_divide_up(BLOCKS, s.groups), s.count / TILE));
  int64_t candidates = s.rows * s.parts * s.kept;
  size_t floats = (size_t)(padded_count(&s) + sn_divide_up(candidates, 16) * 16);
  size_t tile = (size_t)(sn_divide_up(s.rows, s.groups) * TILE) * sizeof(float);
  size_t distances = (size_t)s.k * sizeof(double);
  SnPhase phases[] = {{sn_divide_up(s.count, NORMS_PER_BLOCK), norms_block},
                      {s.groups * s.parts, search_block},
                      {sn_divide_up(s.rows, ROWS_PER_MERGE), merge_block}};
  return sn_parallel_phases(3, phases, tile > distances ? tile : distances,
                            floats * sizeof(float) + (size_t)candidates * sizeof(int64_t), &s);
}
