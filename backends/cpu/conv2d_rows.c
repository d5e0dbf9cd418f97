/* Images of one pixel each are the rows of a matrix x [rows, in], and a 1x1 convolution of them is x times the weight's
 * transpose. The weight is packed into panels of SN_TILE_WIDTH outputs when it is prepared, and x is read as it is.
 *
 * A block is some groups of rows and some panels. For each part of the inputs, DEPTH long at most, a group's part of x
 * stays in the first cache and the panels in the second. Sums over several parts are kept in y. */
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

/* Adds a tile to y from (row, column) on, beginning and ending sums. */
static void finish_tile(const Rows *p, const float *tile, int64_t row, int64_t rows, int64_t column, bool first,
                        bool last) {
  int64_t columns = sn_smaller(WIDTH, p->out - column), whole = columns / SN_LANES * SN_LANES;
  for (int64_t r = row; r < row + rows; r++, tile += WIDTH) {
    int64_t at = r * p->out + column;
    for (int64_t j = 0; j < whole; j += SN_LANES) {
      SnVector sum = sn_load(tile + j);
      if (!first) sum += sn_load(p->y + at + j);
      if (last && p->bias) sum += sn_load(p->bias + column + j);
      sn_store(p->y + at + j, last ? sn_finish_vector(&p->epilogue, sum, 0, at + j) : sum);
    }
    for (int64_t j = whole; j < columns; j++) {
      float sum = tile[j];
      if (!first) sum += p->y[at + j];
      if (last && p->bias) sum += p->bias[column + j];
      p->y[at + j] = last ? sn_finish(&p->epilogue, sum, 0, at + j) : sum;
    }
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
