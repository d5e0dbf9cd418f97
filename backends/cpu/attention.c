/* Attention as products of tiles. Keys and values of all heads of an image are packed into panels first. A block then
 * is some groups of queries of one head: for each part of the keys it makes the group's scores, which stay in the first
 * cache, raises e to them less the largest so far, and adds the values so weighted to what it has, which it first
 * shrinks where a larger score has come ("online softmax", Milakov and Gimelshein 2018; FlashAttention, Dao et al.
 * 2022). */
#include <math.h>
#include <string.h>

#include "backends/cpu/blas.h"
#include "backends/cpu/cpu.h"
#include "backends/cpu/exponential.h"
#include "backends/cpu/gemm.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/tile.h"

enum { KEYS = 512, WIDTH = SN_TILE_WIDTH };

typedef struct Attention {
  const SnArray *q, *k, *v;
  float *y, *log_sums;
  int64_t image, heads, queries, keys, size; /* of a head: D */
  int64_t key_panels, value_panels;          /* of WIDTH keys; of WIDTH of a value's numbers */
  int64_t groups, parts;                     /* of queries; of groups */
} Attention;

static const float *at(const SnArray *a, int64_t image, int64_t head) {
  return (const float *)a->data + image * a->stride[0] + head * a->stride[1];
}

/* ---- packing ---- */

static int64_t key_floats(const Attention *a) { return a->key_panels * a->size * WIDTH; }
static int64_t value_floats(const Attention *a) { return a->value_panels * a->keys * WIDTH; }

/* [key_panels][D][WIDTH], zeros behind the last key. */
static float *packed_keys(const Attention *a, int64_t head) {
  return (float *)sn_shared_scratch() + head * (key_floats(a) + value_floats(a));
}

/* [value_panels][keys][WIDTH], zeros behind the last number. */
static float *packed_values(const Attention *a, int64_t head) { return packed_keys(a, head) + key_floats(a); }

/* SN_LANES keys, whose numbers follow one another, into a panel. */
static void transpose_lanes(const float *from, int64_t pitch, int64_t size, float *to) {
  int64_t d = 0;
  for (; d + SN_LANES <= size; d += SN_LANES) {
    SnVector square[SN_LANES];
    for (int i = 0; i < SN_LANES; i++) square[i] = sn_load(from + i * pitch + d);
    sn_transpose(square);
    for (int i = 0; i < SN_LANES; i++) sn_store(to + (d + i) * WIDTH, square[i]);
  }
  for (; d < size; d++)
    for (int i = 0; i < SN_LANES; i++) to[d * WIDTH + i] = from[i * pitch + d];
}

static void pack_keys(const Attention *a, int64_t head) {
  const float *from = at(a->k, a->image, head);
  float *to = packed_keys(a, head);
  int64_t row = a->k->stride[2], step = a->k->stride[3];
  for (int64_t first = 0; first < a->key_panels * WIDTH; first += SN_LANES) {
    float *panel = to + first / WIDTH * a->size * WIDTH + first % WIDTH;
    if (step == 1 && first + SN_LANES <= a->keys) {
      transpose_lanes(from + first * row, row, a->size, panel);
      continue;
    }
    for (int64_t d = 0; d < a->size; d++)
      for (int64_t i = 0; i < SN_LANES; i++)
        panel[d * WIDTH + i] = first + i < a->keys ? from[(first + i) * row + d * step] : 0;
  }
}

static void pack_values(const Attention *a, int64_t head) {
  const float *from = at(a->v, a->image, head);
  float *to = packed_values(a, head);
  int64_t step = a->v->stride[3];
  for (int64_t panel = 0; panel < a->value_panels; panel++)
    for (int64_t m = 0; m < a->keys; m++, to += WIDTH) {
      const float *row = from + m * a->v->stride[2] + panel * WIDTH * step;
      int64_t count = sn_smaller(WIDTH, a->size - panel * WIDTH);
      if (step == 1 && count == WIDTH)
        memcpy(to, row, WIDTH * sizeof *to);
      else
        for (int64_t d = 0; d < WIDTH; d++) to[d] = d < count ? row[d * step] : 0;
    }
}

static void pack(void *context, int64_t block) {
  const Attention *a = context;
  if (block < a->heads)
    pack_keys(a, block);
  else
    pack_values(a, block - a->heads);
}

/* ---- a group of queries ---- */

/* What a block works with. */
typedef struct Group {
  float *q, *scores, *sums; /* [rows, D], scaled; [rows, KEYS]; [rows, value_panels WIDTH] */
  float max[SN_TILE_ROWS];
  double total[SN_TILE_ROWS];
} Group;

static void load_queries(const Attention *a, int64_t head, int64_t first, int64_t rows, Group *group) {
  const float *from = at(a->q, a->image, head);
  float scale = (float)(1 / sqrt((double)a->size));
  for (int64_t r = 0; r < rows; r++)
    for (int64_t d = 0; d < a->size; d++)
      group->q[r * a->size + d] = scale * from[(first + r) * a->q->stride[2] + d * a->q->stride[3]];
}

static float largest_of(const float *scores, int64_t count) {
  SnVector max = sn_load(scores);
  for (int64_t i = SN_LANES; i < count; i += SN_LANES) {
    SnVector x = sn_load(scores + i);
    max = sn_choose(x > max, x, max);
  }
  float largest = max[0];
  for (int l = 1; l < SN_LANES; l++) largest = max[l] > largest ? max[l] : largest;
  return largest;
}

/* scores become e^(scores - max); their sum. */
static double exponentials(float *scores, int64_t count, float max) {
  SnVector sum = sn_repeat(0), shift = sn_repeat(max);
  double total = 0;
  for (int64_t i = 0; i < count; i += SN_LANES) {
    SnVector p = sn_exponential(sn_load(scores + i) - shift);
    sn_store(scores + i, p);
    sum += p;
  }
  for (int l = 0; l < SN_LANES; l++) total += (double)sum[l];
  return total;
}

/* A row's scores of `count` keys to weights; what it has so far shrinks where these have a larger one. */
static void soften(const Attention *a, Group *group, int64_t r, int64_t count, bool first) {
  float *scores = group->scores + r * KEYS, *sums = group->sums + r * a->value_panels * WIDTH;
  int64_t padded = sn_divide_up(count, SN_LANES) * SN_LANES;
  for (int64_t i = count; i < padded; i++) scores[i] = -INFINITY;
  float max = largest_of(scores, padded);
  if (!first && !(max > group->max[r])) max = group->max[r];
  float shrink = first ? 0 : expf(group->max[r] - max);
  group->max[r] = max;
  group->total[r] = (first ? 0 : group->total[r] * (double)shrink) + exponentials(scores, padded, max);
  for (int64_t d = 0; !first && shrink != 1 && d < a->value_panels * WIDTH; d++) sums[d] *= shrink;
}

/* Keys [first, first + count) for all rows of a group. */
static void attend(const Attention *a, int64_t head, int64_t rows, int64_t first, int64_t count, Group *group) {
  SnAhead nothing = {group->q, 0};
  for (int64_t j = 0; j < count; j += WIDTH) SN_CPU(tile_product)
  ((int)rows, WIDTH, a->size, group->q, a->size, packed_keys(a, head) + (first + j) * a->size, group->scores + j, KEYS,
   nothing);
  for (int64_t r = 0; r < rows; r++) soften(a, group, r, count, first == 0);
  float tile[SN_TILE_ROWS * WIDTH];
  for (int64_t panel = 0; panel < a->value_panels; panel++) {
    const float *values = packed_values(a, head) + (panel * a->keys + first) * WIDTH;
    int64_t pitch = a->value_panels * WIDTH;
    float *sums = group->sums + panel * WIDTH;
    if (first == 0) {
      SN_CPU(tile_product)((int)rows, WIDTH, count, group->scores, KEYS, values, sums, pitch, nothing);
      continue;
    }
    SN_CPU(tile_product)((int)rows, WIDTH, count, group->scores, KEYS, values, tile, WIDTH, nothing);
    for (int64_t r = 0; r < rows; r++)
      for (int64_t d = 0; d < WIDTH; d++) sums[r * pitch + d] += tile[r * WIDTH + d];
  }
}

static void store(const Attention *a, int64_t head, int64_t first, int64_t rows, const Group *group) {
  for (int64_t r = 0; r < rows; r++) {
    const float *restrict sums = group->sums + r * a->value_panels * WIDTH;
    float *restrict y = a->y + (((a->image * a->queries) + first + r) * a->heads + head) * a->size;
    float scale = (float)(1 / group->total[r]);
    for (int64_t d = 0; d < a->size; d++) y[d] = sums[d] * scale;
    if (a->log_sums)
      a->log_sums[(a->image * a->heads + head) * a->queries + first + r] =
          (float)((double)group->max[r] + log(group->total[r]));
  }
}

static int64_t scratch_floats(const Attention *a) {
  return SN_TILE_ROWS * (a->size + KEYS + a->value_panels * WIDTH) + 2 * WIDTH;
}

static void attend_block(void *context, int64_t block) {
  const Attention *a = context;
  int64_t head = block / a->parts, part = block % a->parts;
  Group group = {.scores = sn_scratch()};
  group.sums = group.scores + SN_TILE_ROWS * KEYS;
  group.q = group.sums + SN_TILE_ROWS * a->value_panels * WIDTH;
  for (int64_t g = sn_part(a->groups, a->parts, part); g < sn_part(a->groups, a->parts, part + 1); g++) {
    int64_t first = sn_part(a->queries, a->groups, g), rows = sn_part(a->queries, a->groups, g + 1) - first;
    load_queries(a, head, first, rows, &group);
    for (int64_t m = 0; m < a->keys; m += KEYS) attend(a, head, rows, m, sn_smaller(KEYS, a->keys - m), &group);
    store(a, head, first, rows, &group);
  }
}

bool SN_CPU(attention)(const SnCall *call) {
  enum { BLOCKS = 16 };
  const SnArray *q = call->in[0], *k = call->in[1];
  Attention a = {.q = q,
                 .k = k,
                 .v = call->in[2],
                 .y = call->out[0]->data,
                 .log_sums = call->out[1] ? call->out[1]->data : NULL,
                 .heads = q->shape[1],
                 .queries = q->shape[2],
                 .keys = k->shape[2],
                 .size = q->shape[3],
                 .parts = 1};
  if (!sn_is_float32(q)) return false;
  if (sn_array_count(q) == 0) return true;
  a.key_panels = sn_divide_up(a.keys, WIDTH);
  a.value_panels = sn_divide_up(a.size, WIDTH);
  a.groups = sn_tile_groups(a.queries);
  while (a.heads * a.parts < BLOCKS && a.groups >= 4 * a.parts) a.parts *= 2;
  SnPhase phases[] = {{2 * a.heads, pack}, {a.heads * a.parts, attend_block}};
  size_t own = (size_t)scratch_floats(&a) * sizeof(float);
  size_t shared = (size_t)(a.heads * (key_floats(&a) + value_floats(&a))) * sizeof(float);
  for (; a.image < q->shape[0]; a.image++)
    if (!sn_parallel_phases(2, phases, own, shared, &a)) return false;
  return true;
}

/* ---- gradients ---- */

enum { ROWS = 64, COLUMNS = 256 };

/* A block is a head, in pieces of ROWS queries and COLUMNS keys. */
typedef struct Gradient {
  const float *dy, *q, *k, *v, *y, *log_sums;
  float *dq, *dk, *dv;
  int64_t heads, queries, keys, size;
} Gradient;

/* p = e^(s / sqrt(D) - log_sum) in the place of s, and t = p (dp - dy y) / sqrt(D) in that of dp. */
static void weigh(const Gradient *g, const float *dy, const float *y, float log_sum, int64_t count, float *p,
                  float *t) {
  double own = 0, scale = 1 / sqrt((double)g->size);
  for (int64_t d = 0; d < g->size; d++) own += (double)dy[d] * (double)y[d];
  for (int64_t m = 0; m < count; m++) p[m] = (float)exp((double)p[m] * scale - (double)log_sum);
  for (int64_t m = 0; m < count; m++) t[m] = (float)((double)p[m] * ((double)t[m] - own) * scale);
}

static SnMatrix matrix(const float *data, int64_t pitch, bool transposed) {
  return (SnMatrix){data, pitch, transposed};
}

static void piece(const Gradient *g, int64_t head, int64_t n, int64_t m, float *p, float *t) {
  int64_t rows = sn_smaller(ROWS, g->queries - n), count = sn_smaller(COLUMNS, g->keys - m), size = g->size;
  int64_t query = head * g->queries + n, key = head * g->keys + m, image = head / g->heads, row = g->heads * size,
          own = ((image * g->queries + n) * g->heads + head % g->heads) * size;
  SnMatrix q = matrix(g->q + query * size, size, false), k = matrix(g->k + key * size, size, false);
  SnMatrix dy = matrix(g->dy + own, row, false);
  SN_CPU(gemm)(rows, count, size, q, matrix(k.data, size, true), false, p, COLUMNS);
  SN_CPU(gemm)(rows, count, size, dy, matrix(g->v + key * size, size, true), false, t, COLUMNS);
  for (int64_t r = 0; r < rows; r++)
    weigh(g, dy.data + r * row, g->y + own + r * row, g->log_sums[query + r], count, p + r * COLUMNS, t + r * COLUMNS);
  SN_CPU(gemm)(count, size, rows, matrix(p, COLUMNS, true), dy, n > 0, g->dv + key * size, size);
  SN_CPU(gemm)(rows, size, count, matrix(t, COLUMNS, false), k, m > 0, g->dq + query * size, size);
  SN_CPU(gemm)(count, size, rows, matrix(t, COLUMNS, true), q, n > 0, g->dk + key * size, size);
}

static void gradient_block(void *context, int64_t head) {
  const Gradient *g = context;
  float *p = sn_scratch(), *t = p + ROWS * COLUMNS;
  for (int64_t n = 0; n < g->queries; n += ROWS)
    for (int64_t m = 0; m < g->keys; m += COLUMNS) piece(g, head, n, m, p, t);
}

bool SN_CPU(attention_backward)(const SnCall *call) {
  const SnArray *q = call->in[1], *k = call->in[2];
  if (!sn_is_float32(q) || !SN_CPU(gemm_takes)(ROWS, COLUMNS, q->shape[3], q->shape[1] * q->shape[3])) return false;
  Gradient g = {.dy = call->in[0]->data,
                .q = q->data,
                .k = k->data,
                .v = call->in[3]->data,
                .y = call->in[4]->data,
                .log_sums = call->in[5]->data,
                .dq = call->out[0]->data,
                .dk = call->out[1]->data,
                .dv = call->out[2]->data,
                .heads = q->shape[1],
                .queries = q->shape[2],
                .keys = k->shape[2],
                .size = q->shape[3]};
  for (int64_t i = 0; g.queries == 0 && i < sn_array_count(k); i++) g.dk[i] = g.dv[i] = 0;
  if (sn_array_count(q) == 0) return true;
  return sn_blas_ready() &&
         sn_parallel_with_scratch(q->shape[0] * g.heads, 2 * ROWS * COLUMNS * sizeof(float), gradient_block, &g);
}
