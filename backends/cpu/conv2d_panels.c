/* Convolution as a matrix product: the weight [O, C kh kw] times the windows of the image [C kh kw, N OH OW].
 *
 * The windows' matrix is never whole in memory. A block of work gathers some of its columns, DEPTH rows at a time, into
 * panels [depth, SN_TILE_WIDTH] that stay in the second cache, and multiplies them by one group of weight rows after
 * another, which stays in the first. Sums over several depths are kept in y.
 */
#include <string.h>

#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/convolution.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/tile.h"

enum { DEPTH = 512, LINES = 8, PIECES = 8, WIDTH = SN_TILE_WIDTH };

typedef struct Panels {
  SnConvolution c;
  SnEpilogue epilogue;
  const float *x, *prepared;
  float *y;
  int64_t columns;             /* of all images */
  int64_t depths, groups;      /* parts that rows and outputs are cut into */
  int64_t column_parts, parts; /* blocks that panels and output groups are shared out to */
  int64_t panels;              /* at most, of a block */
  bool together;               /* a phase before gathers all windows for all blocks */
} Panels;

static int64_t depths_of(int64_t rows) { return sn_divide_up(rows, DEPTH); }

static int64_t rows_of(const SnFusedConv2d *options) {
  return options->in / options->conv2d.groups * options->kernel[0] * options->kernel[1];
}

static int64_t line_floats(int64_t columns) { return sn_divide_up(columns, WIDTH) * WIDTH; }

int64_t SN_CPU(panels_count)(const SnFusedConv2d *options) { return options->out * rows_of(options); }

/* [groups of the convolution][depths][outputs][depth] */
void SN_CPU(panels_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared) {
  int64_t rows = rows_of(options), depths = depths_of(rows);
  int64_t outputs = options->out / options->conv2d.groups;
  for (int64_t group = 0; group < options->conv2d.groups; group++, weight += outputs * rows)
    for (int64_t d = 0; d < depths; d++) {
      int64_t first = sn_part(rows, depths, d), depth = sn_part(rows, depths, d + 1) - first;
      for (int64_t o = 0; o < outputs; o++, prepared += depth)
        memcpy(prepared, weight + o * rows + first, (size_t)depth * sizeof *prepared);
    }
}

/* Rows from k of the matrix, columns from `column`: into lines, `pitch` floats each. */
static void gather_lines(const Panels *p, int64_t group, int64_t k, int64_t rows, int64_t column, int64_t columns,
                         float *lines, int64_t pitch) {
  const SnConvolution *c = &p->c;
  int64_t image = column / c->positions, position = column % c->positions, n;
  for (int64_t done = 0; done < columns; done += n, position = 0, image++) {
    n = sn_smaller(columns - done, c->positions - position);
    const float *x = p->x + (image * c->groups + group) * c->channels * c->area;
    SN_CPU(gather_windows)(&c->windows, x, k, rows, position, n, lines + done, pitch);
  }
}

static void copy_to_panels(const float *line, int64_t columns, float *panels, int64_t pitch) {
  int64_t j = 0;
  for (; j + WIDTH <= columns; j += WIDTH, panels += pitch)
    for (int64_t v = 0; v < WIDTH; v += SN_LANES) sn_store(panels + v, sn_load(line + j + v));
  if (j == columns) return;
  for (int64_t i = 0; i < WIDTH; i++) panels[i] = j + i < columns ? line[j + i] : 0;
}

/* Rows from `first` to `end` of part d of the matrix into panels, each a row of WIDTH floats longer than it need be,
 * against equal cache sets. */
static void gather(const Panels *p, int64_t group, int64_t d, int64_t first, int64_t end, int64_t column,
                   int64_t columns, float *panels, float *lines) {
  int64_t start = sn_part(p->c.rows, p->depths, d), depth = sn_part(p->c.rows, p->depths, d + 1) - start;
  int64_t image = column / p->c.positions, position = column % p->c.positions;
  bool in_place = p->c.pointwise && position + columns <= p->c.positions;
  const float *from = p->x + (image * p->c.groups + group) * p->c.channels * p->c.area + position;
  int64_t pitch = in_place ? p->c.area : line_floats(columns);
  for (int64_t k = first; k < end; k += LINES) {
    int64_t rows = sn_smaller(LINES, end - k);
    if (!in_place) gather_lines(p, group, k, rows, column, columns, lines, pitch);
    const float *line = in_place ? from + k * pitch : lines;
    float *to = panels + (k - start) * WIDTH;
    for (int64_t r = 0; r < rows; r++, line += pitch, to += WIDTH)
      copy_to_panels(line, columns, to, (depth + 1) * WIDTH);
  }
}

/* Where part d of the matrix begins among the panels that all blocks share. */
static float *shared_panels(const Panels *p, int64_t group, int64_t d) {
  int64_t panels = sn_divide_up(p->columns, WIDTH), rows = sn_part(p->c.rows, p->depths, d) + d;
  return (float *)sn_shared_scratch() + (group * (p->c.rows + p->depths) + rows) * panels * WIDTH;
}

/* A block is some steps of one part. */
static void gather_block(void *context, int64_t block) {
  const Panels *p = context;
  int64_t piece = block % PIECES, d = block / PIECES % p->depths, group = block / PIECES / p->depths;
  int64_t start = sn_part(p->c.rows, p->depths, d), depth = sn_part(p->c.rows, p->depths, d + 1) - start;
  gather(p, group, d, start + sn_part(depth, PIECES, piece), start + sn_part(depth, PIECES, piece + 1), 0, p->columns,
         shared_panels(p, group, d), sn_scratch());
}

/* Adds a tile to outputs from o at columns from `column`, beginning and ending sums. */
static void finish_tile(const Panels *p, const float *tile, int64_t o, int64_t rows, int64_t column, int64_t columns,
                        bool first, bool last) {
  int64_t positions = p->c.positions, image = column / positions, position = column - image * positions;
  int64_t all = p->c.groups * p->c.outputs, at = (image * all + o) * positions + position;
  if (columns == WIDTH && position + WIDTH <= positions) {
    for (int64_t r = 0; r < rows; r++, at += positions) {
      SnVector left = sn_load(tile + r * WIDTH), right = sn_load(tile + r * WIDTH + SN_LANES);
      if (!first) left += sn_load(p->y + at), right += sn_load(p->y + at + SN_LANES);
      if (last) {
        left = sn_finish_vector(&p->epilogue, left, o + r, at);
        right = sn_finish_vector(&p->epilogue, right, o + r, at + SN_LANES);
      }
      sn_store(p->y + at, left);
      sn_store(p->y + at + SN_LANES, right);
    }
    return;
  }
  for (int64_t j = 0; j < columns; j++) {
    for (int64_t r = 0; r < rows; r++) {
      float sum = tile[r * WIDTH + j];
      if (!first) sum += p->y[at + r * positions];
      p->y[at + r * positions] = last ? sn_finish(&p->epilogue, sum, o + r, at + r * positions) : sum;
    }
    at++;
    if (++position == positions) { /* on to the next image's first */
      position = 0;
      at += (all - 1) * positions;
    }
  }
}

static void run_block(void *context, int64_t block) {
  const Panels *p = context;
  const SnConvolution *c = &p->c;
  int64_t column_part = block % p->column_parts, part = block / p->column_parts % p->parts;
  int64_t group = block / p->column_parts / p->parts, all_panels = sn_divide_up(p->columns, WIDTH);
  int64_t panel = sn_part(all_panels, p->column_parts, column_part), column = panel * WIDTH;
  int64_t end = sn_smaller(sn_part(all_panels, p->column_parts, column_part + 1) * WIDTH, p->columns);
  int64_t first_tile = sn_part(p->groups, p->parts, part), last_tile = sn_part(p->groups, p->parts, part + 1);
  int64_t step = sn_divide_up(SN_TILE_ROWS * WIDTH, end - column);
  float *lines = sn_scratch(), *own = lines + LINES * p->panels * WIDTH, tile[SN_TILE_ROWS * WIDTH];
  for (int64_t d = 0; d < p->depths; d++) {
    int64_t first = sn_part(p->c.rows, p->depths, d), depth = sn_part(p->c.rows, p->depths, d + 1) - first;
    const float *weight = p->prepared + group * c->outputs * p->c.rows + first * c->outputs, *panels = own;
    if (p->together)
      panels = shared_panels(p, group, d) + panel * (depth + 1) * WIDTH;
    else
      gather(p, group, d, first, first + depth, column, end - column, own, lines);
    for (int64_t t = first_tile; t < last_tile; t++) {
      int64_t o = sn_part(c->outputs, p->groups, t), rows = sn_part(c->outputs, p->groups, t + 1) - o;
      for (int64_t j = column, i = 0; j < end; j += WIDTH, i++) {
        SnAhead next = {weight + (o + rows + i * step) * depth, step};
        const float *b = panels + i * (depth + 1) * WIDTH;
        int64_t width = sn_smaller(WIDTH, end - j);
        SN_CPU(tile_product)((int)rows, width, depth, weight + o * depth, depth, b, tile, WIDTH, next);
        finish_tile(p, tile, group * c->outputs + o, rows, j, width, d == 0, d == p->depths - 1);
      }
    }
  }
}

/* Eight blocks or more: by columns, or where these are few by outputs too, for which all gather together first. */
static void cut(Panels *p) {
  enum { BLOCKS = 8, FEWEST = 4, CACHE = 1 << 16 /* floats */ };
  int64_t panels = sn_divide_up(p->columns, WIDTH), depth = sn_smaller(p->c.rows, DEPTH);
  p->column_parts = sn_divide_up(panels * depth * WIDTH, CACHE);
  if (panels >= BLOCKS * FEWEST) p->column_parts = sn_divide_up(p->column_parts, BLOCKS) * BLOCKS;
  p->parts = 1;
  while (p->column_parts * p->parts * p->c.groups < BLOCKS && p->groups >= 8 * p->parts) p->parts *= 2;
  p->panels = sn_divide_up(panels, p->column_parts);
  p->together = p->parts > 1;
}

bool SN_CPU(panels_run)(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  Panels p = {
      .epilogue = sn_epilogue(call), .x = call->in[0]->data, .prepared = call->in[1]->data, .y = call->out[0]->data};
  SnArray weight = {
      .ndim = 4, .shape = {options->out, options->in / options->conv2d.groups, options->kernel[0], options->kernel[1]}};
  SN_CPU(convolution)(&p.c, call->in[0], &weight, call->out[0], &options->conv2d);
  p.columns = p.c.images * p.c.positions;
  p.depths = depths_of(p.c.rows);
  p.groups = sn_tile_groups(p.c.outputs);
  cut(&p);
  int64_t shared = p.c.groups * (p.c.rows + p.depths) * line_floats(p.columns);
  int64_t panels = p.panels * (sn_smaller(p.c.rows, DEPTH) + 1) * WIDTH;
  int64_t own = LINES * (p.together ? line_floats(p.columns) : p.panels * WIDTH) + (p.together ? 0 : panels);
  SnPhase phases[] = {{p.c.groups * p.depths * PIECES, gather_block},
                      {p.column_parts * p.parts * p.c.groups, run_block}};
  return sn_parallel_phases(p.together ? 2 : 1, p.together ? phases : phases + 1, (size_t)own * sizeof(float),
                            p.together ? (size_t)shared * sizeof(float) : 0, &p);
}
