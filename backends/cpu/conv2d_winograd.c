/* 3x3 convolution by Winograd's algorithm, in three phases for as many rows of tiles as the cache holds between them:
 *
 *   1. the input's tiles of side^2 pixels, transformed: inputs [components, tiles, C], vectors of channels
 *   2. for each component one matrix product: products [components, tiles, O] = inputs [tiles, C] weight [C, O]
 *   3. transformed back into tiles of m^2 outputs, with bias, residual and activation, in vectors along rows of y
 */
#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/convolution.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/tile.h"
#include "backends/cpu/winograd.h"

enum { SIDE = SN_WINOGRAD_SIDE, WIDTH = SN_TILE_WIDTH, CACHE = 1 << 20 /* floats */, APART = 16 };

typedef struct Winograd {
  SnEpilogue epilogue;
  const float *x, *prepared;
  float *y;
  int64_t in, out, padded_in, padded_out; /* channels, and rounded up to whole panels */
  int64_t height, width, rows, columns;   /* of x and y */
  int64_t padding[2];
  int side, components, m, step;        /* pixels of a tile, their square, outputs of a tile, pixels to the next */
  int64_t tiles_down, tiles_along;      /* of one image */
  int64_t first, count;                 /* rows of tiles in work, counted over all images */
  int64_t tiles;                        /* in them */
  int64_t inputs_pitch, products_pitch; /* from one component to the next */
  int64_t parts;                        /* of the outputs, in phase 2 */
} Winograd;

static float *inputs_of(const Winograd *g, int64_t component) {
  return (float *)sn_shared_scratch() + component * g->inputs_pitch;
}

static float *products_of(const Winograd *g, int64_t component) {
  return inputs_of(g, g->components) + component * g->products_pitch;
}

/* ---- phase 1 ---- */

/* SN_LANES pixels from column w of SN_LANES channels, of which `channels` exist, side by side. */
static void load_pixels(const Winograd *g, const float *row, int64_t channels, int64_t w, SnVector pixel[SN_LANES]) {
  int64_t plane = g->height * g->width;
  if (channels >= SN_LANES && w + SN_LANES <= g->width) {
    for (int c = 0; c < SN_LANES; c++) pixel[c] = sn_load(row + c * plane + w);
    sn_transpose(pixel);
    return;
  }
  for (int i = 0; i < SN_LANES; i++) {
    pixel[i] = sn_repeat(0);
    for (int64_t c = 0; c < channels && c < SN_LANES && w + i < g->width; c++) pixel[i][c] = row[c * plane + w + i];
  }
}

/* Row h of x, with zeros around it, into line[columns]. */
static void load_line(const Winograd *g, const float *x, int64_t channels, int64_t h, int64_t columns, SnVector *line) {
  if (h < 0 || h >= g->height) {
    for (int64_t j = 0; j < columns; j++) line[j] = sn_repeat(0);
    return;
  }
  int64_t left = sn_smaller(g->padding[1], columns), end = sn_smaller(columns, left + g->width);
  for (int64_t j = 0; j < left; j++) line[j] = sn_repeat(0);
  for (int64_t j = left; j < end; j += SN_LANES) {
    /* The last pixels of a row once more from further left, so that the vectors are whole. */
    int64_t from = end - left == g->width && j + SN_LANES > end && g->width >= SN_LANES ? end - SN_LANES : j;
    SnVector pixel[SN_LANES];
    load_pixels(g, x + h * g->width, channels, from - left, pixel);
    for (int64_t i = 0; i < SN_LANES && from + i < end; i++) line[from + i] = pixel[i];
  }
  for (int64_t j = end; j < columns; j++) line[j] = sn_repeat(0);
}

SN_INLINE void transform_tile(const int side, const SnVector *pixel, int64_t pitch, float *to, int64_t component) {
  SnVector half[SIDE][SIDE], line[SIDE];
  for (int j = 0; j < side; j++) {
    for (int i = 0; i < side; i++) line[i] = pixel[i * pitch + j];
    sn_winograd_input(side, line);
    for (int i = 0; i < side; i++) half[i][j] = line[i];
  }
  for (int i = 0; i < side; i++) {
    sn_winograd_input(side, half[i]);
    for (int j = 0; j < side; j++) sn_store(to + (i * side + j) * component, half[i][j]);
  }
}

/* A block is one row of tiles and the channels of one vector. */
static void input_block(void *context, int64_t block) {
  const Winograd *g = context;
  int64_t row = block % g->count, channel = block / g->count * SN_LANES;
  int64_t image = (g->first + row) / g->tiles_down, top = (g->first + row) % g->tiles_down * g->step - g->padding[0];
  int64_t columns = g->tiles_along * g->step + g->side - g->step;
  const float *x = g->x + (image * g->in + channel) * g->height * g->width;
  SnVector *lines = sn_scratch();
  for (int i = 0; i < g->side; i++) load_line(g, x, g->in - channel, top + i, columns, lines + i * columns);
  float *to = inputs_of(g, 0) + row * g->tiles_along * g->padded_in + channel;
  for (int64_t t = 0; t < g->tiles_along; t++, to += g->padded_in)
    if (g->side == 4)
      transform_tile(4, lines + t * 2, columns, to, g->inputs_pitch);
    else if (g->side == 5)
      transform_tile(5, lines + t * 4, columns, to, g->inputs_pitch);
    else
      transform_tile(6, lines + t * 4, columns, to, g->inputs_pitch);
}

/* ---- phase 2: a block is some panels of outputs of one component ---- */

static void product_block(void *context, int64_t block) {
  const Winograd *g = context;
  int64_t component = block / g->parts, part = block % g->parts, panels = g->padded_out / WIDTH;
  int64_t groups = sn_divide_up(g->tiles, SN_TILE_ROWS), end = sn_part(panels, g->parts, part + 1);
  int64_t step = sn_divide_up(WIDTH, groups);
  const float *inputs = inputs_of(g, component);
  for (int64_t panel = sn_part(panels, g->parts, part); panel < end; panel++) {
    int64_t width = sn_smaller(WIDTH, g->out - panel * WIDTH);
    const float *weight = g->prepared + (component * panels + panel) * g->in * WIDTH;
    float *products = products_of(g, component) + panel * WIDTH;
    for (int64_t t = 0; t < groups; t++) {
      int64_t first = sn_part(g->tiles, groups, t), rows = sn_part(g->tiles, groups, t + 1) - first;
      const float *a = inputs + first * g->padded_in;
      float *c = products + first * g->padded_out;
      SnAhead next = {weight + g->in * (WIDTH + t * step), step};
      SN_CPU(tile_product)((int)rows, width, g->in, a, g->padded_in, weight, c, g->padded_out, next);
    }
  }
}

/* ---- phase 3 ---- */

SN_INLINE void transform_back(const int side, const float *from, int64_t component, SnVector *to, int64_t pitch) {
  SnVector half[SIDE][SIDE], line[SIDE];
  const int m = sn_winograd_outputs(side);
  for (int j = 0; j < side; j++) {
    for (int i = 0; i < side; i++) line[i] = sn_load(from + (i * side + j) * component);
    sn_winograd_output(side, line);
    for (int i = 0; i < m; i++) half[i][j] = line[i];
  }
  for (int i = 0; i < m; i++) {
    sn_winograd_output(side, half[i]);
    for (int j = 0; j < m; j++) to[i * pitch + j] = half[i][j];
  }
}

/* A row of y for SN_LANES channels from o: the lanes of line[columns]. */
static void store_line(const Winograd *g, const SnVector *line, int64_t image, int64_t o, int64_t h) {
  int64_t channels = sn_smaller(SN_LANES, g->out - o), plane = g->rows * g->columns;
  int64_t row = (image * g->out + o) * plane + h * g->columns;
  for (int64_t j = 0; j < g->columns; j += SN_LANES) {
    /* Again from further left where a vector would not be whole: the same numbers twice. */
    int64_t from = j + SN_LANES > g->columns && g->columns >= SN_LANES ? g->columns - SN_LANES : j;
    SnVector channel[SN_LANES];
    for (int i = 0; i < SN_LANES; i++) channel[i] = line[from + i];
    sn_transpose(channel);
    for (int64_t c = 0; c < channels; c++) {
      int64_t at = row + c * plane + from;
      if (from + SN_LANES <= g->columns) {
        sn_store(g->y + at, sn_finish_vector(&g->epilogue, channel[c], o + c, at));
        continue;
      }
      for (int64_t i = 0; from + i < g->columns; i++)
        g->y[at + i] = sn_finish(&g->epilogue, channel[c][i], o + c, at + i);
    }
  }
}

/* A block is one row of tiles and one panel of outputs. */
static void output_block(void *context, int64_t block) {
  const Winograd *g = context;
  int64_t row = block % g->count, panel = block / g->count * WIDTH, columns = g->tiles_along * g->m + SN_LANES;
  int64_t image = (g->first + row) / g->tiles_down, top = (g->first + row) % g->tiles_down * g->m;
  SnVector *lines = sn_scratch();
  for (int64_t o = panel; o < panel + WIDTH && o < g->out; o += SN_LANES) {
    const float *from = products_of(g, 0) + row * g->tiles_along * g->padded_out + o;
    for (int64_t t = 0; t < g->tiles_along; t++, from += g->padded_out)
      if (g->side == 4)
        transform_back(4, from, g->products_pitch, lines + t * 2, columns);
      else if (g->side == 5)
        transform_back(5, from, g->products_pitch, lines + t * 2, columns);
      else
        transform_back(6, from, g->products_pitch, lines + t * 4, columns);
    for (int i = 0; i < g->m && top + i < g->rows; i++) store_line(g, lines + i * columns, image, o, top + i);
  }
}

bool SN_CPU(winograd_run)(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  const SnArray *x = call->in[0], *y = call->out[0];
  Winograd g = {.epilogue = sn_epilogue(call),
                .x = x->data,
                .prepared = call->in[1]->data,
                .y = y->data,
                .in = options->in,
                .out = options->out,
                .padded_in = sn_winograd_padded(options->in),
                .padded_out = sn_winograd_padded(options->out),
                .height = x->shape[2],
                .width = x->shape[3],
                .rows = y->shape[2],
                .columns = y->shape[3],
                .padding = {options->conv2d.padding[0], options->conv2d.padding[1]},
                .side = sn_winograd_side(options)};
  g.components = g.side * g.side;
  g.m = sn_winograd_outputs(g.side);
  g.step = g.m * (int)options->conv2d.stride[0];
  g.tiles_down = sn_divide_up(g.rows, g.m);
  g.tiles_along = sn_divide_up(g.columns, g.m);
  int64_t all = x->shape[0] * g.tiles_down;
  /* Each chunk of rows reads all weights: what it works on should not be small beside them either. */
  int64_t row = g.tiles_along * g.components * (g.padded_in + g.padded_out);
  int64_t budget = sn_larger(CACHE, SN_CPU(winograd_count)(options) / 4);
  int64_t chunks = sn_smaller(sn_divide_up(all * row, budget), all);
  int64_t most = sn_divide_up(all, chunks) * g.tiles_along;
  g.parts = sn_smaller(g.padded_out / WIDTH, 4);
  g.inputs_pitch = most * g.padded_in + APART;
  g.products_pitch = most * g.padded_out + APART;
  size_t lines = (size_t)(SIDE * (g.tiles_along * g.step + SN_LANES + 2)) * sizeof(SnVector);
  size_t shared = (size_t)(g.components * (g.inputs_pitch + g.products_pitch)) * sizeof(float);
  for (int64_t chunk = 0; chunk < chunks; chunk++) {
    g.first = sn_part(all, chunks, chunk);
    g.count = sn_part(all, chunks, chunk + 1) - g.first;
    g.tiles = g.count * g.tiles_along;
    SnPhase phases[] = {{g.count * sn_divide_up(g.in, SN_LANES), input_block},
                        {g.components * g.parts, product_block},
                        {g.count * (g.padded_out / WIDTH), output_block}};
    if (!sn_parallel_phases(3, phases, lines, shared, &g)) return false;
  }
  return true;
}
