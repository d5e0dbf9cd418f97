#include "backends/cpu/product_tiles.h"

#include "backends/cpu/pool.h"
#include "backends/cpu/tile.h"

enum { DEPTH = 512, WIDTH = SN_TILE_WIDTH };

/* b is in shared memory as [depths][panels][depth + 1][WIDTH]: panels of WIDTH columns, zeros behind the last one.
 * The step that is too many keeps panels from equal cache sets. */
typedef struct Tiles {
  const SnTiledProduct *product;
  int64_t panels, depths, pieces; /* of b; parts of k that panels are cut into; blocks that pack b */
  int64_t groups;                 /* of rows of a */
  int64_t column_parts, row_parts;
} Tiles;

static int64_t depth_start(const Tiles *t, int64_t d) { return sn_part(t->product->k, t->depths, d); }

static float *panels_of(const Tiles *t, int64_t d) {
  return (float *)sn_shared_scratch() + (depth_start(t, d) + d) * t->panels * WIDTH;
}

/* ---- packing ---- */

/* A block is some rows of b, which are cut where panels end. */
static void pack_rows(void *context, int64_t piece) {
  const Tiles *t = context;
  const SnMatrix *b = &t->product->b;
  int64_t end = sn_part(t->product->k, t->pieces, piece + 1), n = t->product->n, whole = n / WIDTH, d = 0;
  for (int64_t k = sn_part(t->product->k, t->pieces, piece); k < end; k++) {
    while (k >= depth_start(t, d + 1)) d++;
    int64_t start = depth_start(t, d), pitch = (depth_start(t, d + 1) - start + 1) * WIDTH;
    const float *from = b->data + k * b->pitch;
    float *to = panels_of(t, d) + (k - start) * WIDTH;
    for (int64_t i = 0; i < whole; i++, from += WIDTH, to += pitch) {
      sn_store(to, sn_load(from));
      sn_store(to + SN_LANES, sn_load(from + SN_LANES));
    }
    for (int64_t j = 0; whole < t->panels && j < WIDTH; j++) to[j] = whole * WIDTH + j < n ? from[j] : 0;
  }
}

/* SN_LANES columns of a panel from as many rows of b's transpose, from k = 0. */
static void transpose_lanes(const float *from, int64_t from_pitch, int64_t depth, float *to) {
  int64_t k = 0;
  for (; k + SN_LANES <= depth; k += SN_LANES) {
    SnVector square[SN_LANES];
    for (int i = 0; i < SN_LANES; i++) square[i] = sn_load(from + i * from_pitch + k);
    sn_transpose(square);
    for (int i = 0; i < SN_LANES; i++) sn_store(to + (k + i) * WIDTH, square[i]);
  }
  for (; k < depth; k++)
    for (int i = 0; i < SN_LANES; i++) to[k * WIDTH + i] = from[i * from_pitch + k];
}

/* A block is one panel of a transposed b. */
static void pack_transposed(void *context, int64_t panel) {
  const Tiles *t = context;
  const SnMatrix *b = &t->product->b;
  int64_t width = sn_smaller(WIDTH, t->product->n - panel * WIDTH);
  for (int64_t d = 0; d < t->depths; d++) {
    int64_t start = depth_start(t, d), depth = depth_start(t, d + 1) - start;
    const float *from = b->data + panel * WIDTH * b->pitch + start;
    float *to = panels_of(t, d) + panel * (depth + 1) * WIDTH;
    if (width == WIDTH) {
      for (int64_t j = 0; j < WIDTH; j += SN_LANES) transpose_lanes(from + j * b->pitch, b->pitch, depth, to + j);
      continue;
    }
    for (int64_t k = 0; k < depth; k++)
      for (int64_t j = 0; j < WIDTH; j++) to[k * WIDTH + j] = j < width ? from[j * b->pitch + k] : 0;
  }
}

/* ---- multiplying ---- */

/* Adds a tile to y from (row, column) on. The first one begins the sums, with what is to be added to the product. */
static void add_tile(const SnTiledProduct *p, const float *tile, int64_t row, int64_t rows, int64_t column,
                     int64_t columns, bool first) {
  const float *start = first ? p->addend : p->y, *bias = first ? p->bias : NULL;
  for (int64_t r = row; r < row + rows; r++, tile += WIDTH) {
    int64_t at = r * p->n + column;
    if (columns < WIDTH) {
      for (int64_t j = 0; j < columns; j++)
        p->y[at + j] = tile[j] + (start ? start[at + j] : 0) + (bias ? bias[column + j] : 0);
      continue;
    }
    SnVector left = sn_load(tile), right = sn_load(tile + SN_LANES);
    if (start) left += sn_load(start + at), right += sn_load(start + at + SN_LANES);
    if (bias) left += sn_load(bias + column), right += sn_load(bias + column + SN_LANES);
    sn_store(p->y + at, left);
    sn_store(p->y + at + SN_LANES, right);
  }
}

/* A block is some panels times some groups of rows. A group's part of a stays in the first-level cache, the panels in
 * the second. */
static void multiply_block(void *context, int64_t block) {
  const Tiles *t = context;
  const SnTiledProduct *p = t->product;
  int64_t column_part = block % t->column_parts, row_part = block / t->column_parts;
  int64_t first_panel = sn_part(t->panels, t->column_parts, column_part);
  int64_t end_panel = sn_part(t->panels, t->column_parts, column_part + 1);
  int64_t end_group = sn_part(t->groups, t->row_parts, row_part + 1);
  float tile[SN_TILE_ROWS * WIDTH];
  for (int64_t d = 0; d < t->depths; d++) {
    int64_t start = depth_start(t, d), depth = depth_start(t, d + 1) - start;
    const float *panels = panels_of(t, d);
    for (int64_t group = sn_part(t->groups, t->row_parts, row_part); group < end_group; group++) {
      int64_t row = sn_part(p->m, t->groups, group), rows = sn_part(p->m, t->groups, group + 1) - row;
      const float *a = p->a.data + row * p->a.pitch + start;
      for (int64_t panel = first_panel, i = 0; panel < end_panel; panel++, i++) {
        int64_t columns = sn_smaller(WIDTH, p->n - panel * WIDTH);
        bool ahead = i < rows && row + rows + i < p->m; /* a row of the next group */
        SnAhead next = {ahead ? a + (rows + i) * p->a.pitch : a, ahead ? 1 : 0};
        SN_CPU(tile_product)
        ((int)rows, columns, depth, a, p->a.pitch, panels + panel * (depth + 1) * WIDTH, tile, WIDTH, next);
        add_tile(p, tile, row, rows, panel * WIDTH, columns, d == 0);
      }
    }
  }
}

/* Measured on AVX2 alone: 88 to 97 GFLOP/s where OpenBLAS gives 65 to 87 and 104 are the limit. */
bool SN_CPU(tiled_product_suits)(const SnTiledProduct *p) {
  enum { SMALLEST = 64, WORK = 1 << 22, PACKED = 1 << 23 /* 32 MiB */ };
  return SN_LANES == 8 && !p->a.transposed && p->m >= SMALLEST && p->n >= SMALLEST && p->k >= SMALLEST &&
         (double)p->m * (double)p->n * (double)p->k >= WORK && (double)p->k * (double)p->n <= PACKED;
}

bool SN_CPU(tiled_product)(const SnTiledProduct *p) {
  enum { BLOCKS = 16, CACHE = 1 << 16 /* floats */ };
  Tiles t = {.product = p,
             .panels = sn_divide_up(p->n, WIDTH),
             .depths = sn_divide_up(p->k, DEPTH),
             .pieces = sn_smaller(p->k, 64),
             .groups = sn_tile_groups(p->m),
             .row_parts = 1};
  t.column_parts = sn_divide_up(t.panels * sn_smaller(p->k, DEPTH) * WIDTH, CACHE);
  while (t.column_parts * t.row_parts < BLOCKS && t.groups >= 8 * t.row_parts) t.row_parts *= 2;
  SnPhase phases[] = {{p->b.transposed ? t.panels : t.pieces, p->b.transposed ? pack_transposed : pack_rows},
                      {t.column_parts * t.row_parts, multiply_block}};
  return sn_parallel_phases(2, phases, 0, (size_t)((p->k + t.depths) * t.panels * WIDTH) * sizeof(float), &t);
}
