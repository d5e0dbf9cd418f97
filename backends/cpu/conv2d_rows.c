/* Images of one pixel each are the rows of a matrix x [rows, in], and a 1x1 convolution of them is x times the weight's
 * transpose. The weight is packed into panels of SN_TILE_WIDTH outputs when it is prepared, and x is read as it is.
 *
 * A block is some groups of rows and some panels. For each part of the inputs, DEPTH long at most, a group's part of x
 * stays in the first cache and the panels in the second. Sums over several parts are kept in y. */
#include <string.h>

#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/tile.h"

enum { DEPTH = 512, WIDTH = SN_TILE_WIDTH };

typedef struct Rows {
  SnEpilogue epilogue;
  const float *x, *panels, *bias;
  float *y;
  int64_t rows, in, out;
  int64_t depths, panel_count, groups; /* parts of the inputs; panels; groups of rows */
  int64_t panel_parts, group_parts;    /* blocks that they are shared out to */
} Rows;

static int64_t depths_of(int64_t in) { return sn_divide_up(in, DEPTH); }

int64_t SN_CPU(rows_count)(const SnFusedConv2d *options) {
  return sn_divide_up(options->out, WIDTH) * WIDTH * options->in;
}

/* [depths][panels][depth][WIDTH], zeros behind the last output. */
void SN_CPU(rows_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared) {
  int64_t in = options->in, depths = depths_of(in);
  for (int64_t d = 0; d < depths; d++)
    for (int64_t first = 0; first < options->out; first += WIDTH)
      for (int64_t k = sn_part(in, depths, d); k < sn_part(in, depths, d + 1); k++)
        for (int64_t o = first; o < first + WIDTH; o++) *prepared++ = o < options->out ? weight[o * in + k] : 0;
}

/* Sums of one row's neighbours, with those of earlier parts of the inputs, or NULL; finished where it is the last. */
SN_INLINE SnVector finish(SnVector sum, const SnEpilogue *epilogue, const float *earlier, const float *bias,
                          int64_t at) {
  if (earlier) sum += sn_load(earlier);
  if (!epilogue) return sum;
  if (bias) sum += sn_load(bias);
  return sn_finish_vector(epilogue, sum, 0, at);
}

static void copy_few(float lanes[SN_LANES], const float *from, int64_t count) {
  if (from) memcpy(lanes, from, (size_t)count * sizeof *lanes);
}

/* The end of a row, too short for a vector: through vectors of our own. */
static void finish_few(const Rows *p, SnVector sum, int64_t at, int64_t column, int64_t count, bool first, bool last) {
  float earlier[SN_LANES] = {0}, bias[SN_LANES] = {0}, residual[SN_LANES] = {0};
  SnEpilogue few = p->epilogue;
  copy_few(earlier, first ? NULL : p->y + at, count);
  copy_few(bias, p->bias ? p->bias + column : NULL, count);
  copy_few(residual, few.residual ? few.residual + at : NULL, count);
  if (few.residual) few.residual = residual;
  sn_store(earlier, finish(sum, last ? &few : NULL, first ? NULL : earlier, p->bias ? bias : NULL, 0));
  memcpy(p->y + at, earlier, (size_t)count * sizeof *earlier);
}

/* Adds a tile to y from (row, column) on, beginning and ending sums. */
static void finish_tile(const Rows *p, const float *tile, int64_t row, int64_t rows, int64_t column, bool first,
                        bool last) {
  int64_t columns = sn_smaller(WIDTH, p->out - column);
  const SnEpilogue *epilogue = last ? &p->epilogue : NULL;
  for (int64_t r = row; r < row + rows; r++, tile += WIDTH) {
    int64_t at = r * p->out + column, j = 0;
    for (; j + SN_LANES <= columns; j += SN_LANES)
      sn_store(p->y + at + j, finish(sn_load(tile + j), epilogue, first ? NULL : p->y + at + j,
                                     p->bias ? p->bias + column + j : NULL, at + j));
    if (j < columns) finish_few(p, sn_load(tile + j), at + j, column + j, columns - j, first, last);
  }
}

static void run_block(void *context, int64_t block) {
  const Rows *p = context;
  int64_t panel_part = block % p->panel_parts, group_part = block / p->panel_parts;
  int64_t first_panel = sn_part(p->panel_count, p->panel_parts, panel_part);
  int64_t end_panel = sn_part(p->panel_count, p->panel_parts, panel_part + 1);
  int64_t end_group = sn_part(p->groups, p->group_parts, group_part + 1);
  float tile[SN_TILE_ROWS * WIDTH];
  for (int64_t d = 0; d < p->depths; d++) {
    int64_t start = sn_part(p->in, p->depths, d), depth = sn_part(p->in, p->depths, d + 1) - start;
    const float *panels = p->panels + start * p->panel_count * WIDTH;
    for (int64_t group = sn_part(p->groups, p->group_parts, group_part); group < end_group; group++) {
      int64_t row = sn_part(p->rows, p->groups, group), rows = sn_part(p->rows, p->groups, group + 1) - row;
      const float *x = p->x + row * p->in + start;
      for (int64_t panel = first_panel; panel < end_panel; panel++) {
        int64_t width = sn_smaller(WIDTH, p->out - panel * WIDTH);
        SnAhead next = {panels + (panel + 1 < end_panel ? panel + 1 : first_panel) * depth * WIDTH, WIDTH};
        SN_CPU(tile_product)((int)rows, width, depth, x, p->in, panels + panel * depth * WIDTH, tile, WIDTH, next);
        finish_tile(p, tile, row, rows, panel * WIDTH, d == 0, d == p->depths - 1);
      }
    }
  }
}

/* Eight blocks or more, by panels that fill the second cache, or where these are few by rows too. */
static void cut(Rows *p) {
  enum { BLOCKS = 8, FEWEST = 2, CACHE = 1 << 16 /* floats */ };
  p->panel_parts = sn_divide_up(p->panel_count * sn_smaller(p->in, DEPTH) * WIDTH, CACHE);
  if (p->panel_count >= BLOCKS * FEWEST) p->panel_parts = sn_divide_up(p->panel_parts, BLOCKS) * BLOCKS;
  p->panel_parts = sn_smaller(p->panel_parts, p->panel_count);
  p->group_parts = 1;
  while (p->panel_parts * p->group_parts < BLOCKS && p->groups >= 2 * p->group_parts) p->group_parts *= 2;
}

bool SN_CPU(rows_run)(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  Rows p = {.epilogue = sn_epilogue(call),
            .x = call->in[0]->data,
            .panels = call->in[1]->data,
            .y = call->out[0]->data,
            .rows = call->in[0]->shape[0],
            .in = options->in,
            .out = options->out,
            .depths = depths_of(options->in),
            .panel_count = sn_divide_up(options->out, WIDTH)};
  p.bias = p.epilogue.bias;
  p.epilogue.bias = NULL; /* it is along the row here */
  p.groups = sn_tile_groups(p.rows);
  cut(&p);
  sn_parallel(p.panel_parts * p.group_parts, run_block, &p);
  return true;
}
