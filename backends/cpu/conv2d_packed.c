/* Convolution of elements that are packed into 32 bits: in bfloat16, a pair of neighbouring channels.
 *
 * First the image is packed, with its padding: [N][groups][steps][phases][plane], a step being a pair of channels, or
 * nothing but zeros behind the last. A phase holds every stride-th row and column, so that whatever the stride is, an
 * element of the kernel meets positions that lie side by side: output (i, j) is at i pitch + j, and element (k, l)
 * finds its factor further on by a number that does not depend on them. So tiles read the image where it is packed,
 * and compute columns beyond the output's width that nobody keeps.
 *
 * Where channels are so few that most of the steps would be zeros, the kernel's columns are folded into them: a channel
 * of three columns is three channels, each moved by one column, of a kernel of one.
 *
 * An image that comes in pairs, as convolutions of this kind write it for one another, is copied, or where it need not
 * be moved either, read where it lies.
 *
 * The sum runs over (k, l), and for each over the steps. The weight is [groups][tiles of outputs][as a tile has it].
 */
#include <string.h>

#include "backends/cpu/conv2d_packed.h"
#include "backends/cpu/lanes.h"
#include "backends/cpu/pool.h"

enum {
  UNIT = SN_PACKED_UNIT,
  WIDTH = SN_TILE_WIDTH,
  LINE = 16 /* floats of a cache line */,
  FEW = 8 /* channels */,
  CROWDED = 512 /* floats: steps of a tile that are multiples of it apart do not all fit into the first cache */
};

/* What depends on the options alone, of one group. */
typedef struct Form {
  bool folded;
  int64_t in, out, kernel[2]; /* in and kernel[1] as they are after folding */
  int64_t cells, steps;       /* elements of the kernel; of the packed image, for each of them */
  int64_t tiles, weights;     /* of outputs; floats of all their weights */
} Form;

static int64_t steps_of(int64_t in) { return sn_divide_up(in, UNIT * SN_PACKED_STEPS) * SN_PACKED_STEPS; }

/* Where tile t of outputs begins: with the first of a pair. */
static int64_t tile_start(const Form *f, int64_t t) {
  return sn_smaller(f->out, UNIT * sn_part(sn_divide_up(f->out, UNIT), f->tiles, t));
}

static Form form_of(const SnFusedConv2d *options) {
  Form f = {.in = options->in / options->conv2d.groups,
            .out = options->out / options->conv2d.groups,
            .kernel = {options->kernel[0], options->kernel[1]}};
  f.folded = f.in <= FEW && steps_of(f.in * f.kernel[1]) < steps_of(f.in) * f.kernel[1];
  if (f.folded) {
    f.in *= f.kernel[1];
    f.kernel[1] = 1;
  }
  f.cells = f.kernel[0] * f.kernel[1];
  f.steps = steps_of(f.in);
  f.tiles = sn_divide_up(f.out, SN_PACKED_ROWS);
  for (int64_t t = 0; t < f.tiles; t++)
    f.weights += sn_packed_weights(tile_start(&f, t + 1) - tile_start(&f, t), f.cells * f.steps);
  return f;
}

typedef struct Packed {
  Form form;
  SnEpilogue epilogue;
  SnConv2d conv2d;
  const float *x, *prepared;
  float *y;
  bool x_paired, y_paired, in_place; /* in_place: pairs are read where x is */
  int64_t images, groups, channels;  /* of a group, not folded */
  int64_t size[2], grid[2], columns; /* of the image, of the output; of the kernel, not folded */
  int64_t phases[2], rows, pitch;    /* of the packed image: rows of a phase, floats of a row, */
  int64_t plane, step;               /* of a phase, and of all phases */
  int64_t panels;                    /* of positions */
  int64_t tile_parts, panel_parts;   /* blocks that tiles and panels are shared out to */
} Packed;

int64_t SN_CPU(packed_count)(const SnFusedConv2d *options) { return options->conv2d.groups * form_of(options).weights; }

/* ---- the weight ---- */

/* Of one output: a channel's weight at element `cell` of the kernel. */
static float weight_at(const SnFusedConv2d *options, const Form *f, const float *weight, int64_t channel,
                       int64_t cell) {
  int64_t width = options->kernel[1];
  if (channel >= f->in) return 0;
  if (!f->folded) return weight[channel * f->cells + cell];
  return weight[(channel / width * f->cells + cell) * width + channel % width];
}

/* Where tile t's weights begin among those of a group. */
static int64_t weights_before(const Form *f, int64_t t) {
  int64_t steps = f->cells * f->steps;
  return SN_PACKED_AMX ? t * sn_packed_weights(SN_PACKED_ROWS, steps) : sn_packed_weights(tile_start(f, t), steps);
}

typedef struct Prepare {
  const SnFusedConv2d *options;
  Form form;
  const float *weight;
  float *prepared;
} Prepare;

/* A block is one tile of one group. */
static void prepare_block(void *context, int64_t block) {
  const Prepare *p = context;
  const Form *f = &p->form;
  const SnFusedConv2d *options = p->options;
  int64_t group = block / f->tiles, t = block % f->tiles, o = tile_start(f, t), rows = tile_start(f, t + 1) - o;
  int64_t inputs = options->in / options->conv2d.groups * options->kernel[0] * options->kernel[1];
  float *to = p->prepared + group * f->weights + weights_before(f, t);
  memset(to, 0, (size_t)sn_packed_weights(rows, f->cells * f->steps) * sizeof *to);
  for (int64_t r = 0; r < rows; r++) {
    const float *from = p->weight + (group * f->out + o + r) * inputs;
    for (int64_t cell = 0; cell < f->cells; cell++)
      for (int64_t k = 0; k * UNIT < f->in; k++)
        to[sn_packed_weight(r, rows, cell * f->steps + k)] =
            sn_pair_bfloat16(sn_repeat(weight_at(options, f, from, k * UNIT, cell)),
                             sn_repeat(weight_at(options, f, from, k * UNIT + 1, cell)))[0];
  }
}

void SN_CPU(packed_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared) {
  Prepare p = {options, form_of(options), weight, prepared};
  sn_parallel(options->conv2d.groups * p.form.tiles, prepare_block, &p);
}

/* ---- the image ---- */

/* A row of two channels as pairs, `left` zeros before it and others behind it, `pitch` in all; second NULL: zeros. Of
 * pairs already: first alone, as they are. */
static void pack_row(const float *first, const float *second, const bool paired, int64_t left, int64_t width, float *to,
                     int64_t pitch) {
  for (int64_t j = 0; j < pitch; j += SN_LANES) {
    SnLanes lanes = sn_lanes(left - j, left + width - j);
    SnVector v = sn_load_lanes(first + j - left, lanes);
    if (!paired) v = sn_pair_bfloat16(v, second ? sn_load_lanes(second + j - left, lanes) : sn_repeat(0));
    sn_store_lanes(to + j, sn_lanes(0, pitch - j), v);
  }
}

/* to[j] = row[j stride - left], 0 where the row is not. */
static void take_columns(const Packed *p, const float *row, int64_t left, float *to) {
  int64_t stride = p->conv2d.stride[1], end = p->size[1] + left;
  int64_t from = sn_smaller(left > 0 ? sn_divide_up(left, stride) : 0, p->pitch);
  int64_t until = sn_larger(sn_smaller(end > 0 ? sn_divide_up(end, stride) : 0, p->pitch), from);
  memset(to, 0, (size_t)from * sizeof *to);
  int64_t j = from;
  for (; stride == 2 && j + SN_LANES < until; j += SN_LANES) /* not the last: nothing may lie behind it */
    sn_store(to + j, sn_even(sn_load(row + 2 * j - left), sn_load(row + 2 * j - left + SN_LANES)));
  for (; j < until; j++) to[j] = row[j * stride - left];
  memset(to + until, 0, (size_t)(p->pitch - until) * sizeof *to);
}

/* A line of a step, from row `row` of the group's image: its columns' phases lie a plane apart. */
static void pack_line(const Packed *p, const float *image, int64_t step, int64_t row, float *to) {
  int64_t area = p->size[0] * p->size[1], unit = p->x_paired ? 1 : UNIT;
  bool single = p->form.in - step * UNIT == 1;
  const float *first = image + step * unit * area + row * p->size[1], *second = single ? NULL : first + area;
  if (p->conv2d.stride[1] == 1) {
    pack_row(first, second, p->x_paired, p->conv2d.padding[1], p->size[1], to, p->pitch);
    return;
  }
  float *pairs = sn_scratch();
  if (!p->x_paired) pack_row(first, second, false, 0, p->size[1], pairs, p->size[1]);
  for (int64_t phase = 0; phase < p->phases[1]; phase++)
    take_columns(p, p->x_paired ? first : pairs, p->conv2d.padding[1] - phase, to + phase * p->plane);
}

/* The same where columns of the kernel are channels. */
static void pack_folded_line(const Packed *p, const float *image, int64_t step, int64_t row, float *to) {
  int64_t area = p->size[0] * p->size[1], channels = sn_smaller(UNIT, p->form.in - step * UNIT);
  float *lines = sn_scratch();
  for (int64_t c = 0; c < channels; c++) {
    int64_t channel = (step * UNIT + c) / p->columns, column = (step * UNIT + c) % p->columns;
    take_columns(p, image + channel * area + row * p->size[1], p->conv2d.padding[1] - column * p->conv2d.dilation[1],
                 lines + c * p->pitch);
  }
  pack_row(lines, channels > 1 ? lines + p->pitch : NULL, false, 0, p->pitch, to, p->pitch);
}

/* A block is one step of one group of one image. */
static void pack_block(void *context, int64_t block) {
  const Packed *p = context;
  int64_t step = block % p->form.steps, planes = p->x_paired ? sn_divide_up(p->channels, UNIT) : p->channels;
  const float *image = p->x + block / p->form.steps * planes * p->size[0] * p->size[1];
  float *to = (float *)sn_shared_scratch() + block * p->step;
  if (step * UNIT >= p->form.in) {
    memset(to, 0, (size_t)p->step * sizeof *to);
    return;
  }
  for (int64_t phase = 0; phase < p->phases[0]; phase++)
    for (int64_t i = 0; i < p->rows; i++) {
      int64_t row = i * p->conv2d.stride[0] + phase - p->conv2d.padding[0];
      float *line = to + phase * p->phases[1] * p->plane + i * p->pitch;
      if (row < 0 || row >= p->size[0])
        for (int64_t q = 0; q < p->phases[1]; q++) memset(line + q * p->plane, 0, (size_t)p->pitch * sizeof *line);
      else if (p->form.folded)
        pack_folded_line(p, image, step, row, line);
      else
        pack_line(p, image, step, row, line);
    }
}

/* ---- products ---- */

static void find_places(const Packed *p, int64_t *places) {
  const int64_t *dilation = p->conv2d.dilation, *stride = p->conv2d.stride;
  for (int64_t k = 0; k < p->form.kernel[0]; k++)
    for (int64_t l = 0; l < p->form.kernel[1]; l++) {
      int64_t down = k * dilation[0], right = l * dilation[1];
      int64_t phase = down % stride[0] * p->phases[1] + right % stride[1];
      int64_t cell = phase * p->plane + down / stride[0] * p->pitch + right / stride[1];
      for (int64_t c = 0; c < p->form.steps; c += SN_PACKED_STEPS) *places++ = cell + c * p->step;
    }
}

/* Some sums of one output that lie side by side, those of the elements of y from `at`. */
SN_INLINE SnVector finished(const SnEpilogue *e, const float *sums, SnLanes lanes, int64_t o, int64_t at) {
  SnVector v = sn_load_lanes(sums, lanes);
  if (e->bias) v += sn_repeat(e->bias[o]);
  if (e->residual) v += sn_load_lanes(e->residual + at, lanes);
  sn_activate_vectors(e->activation, e->slope, 1, &v);
  return v;
}

/* Part of a panel that lies in one row of the output: `count` sums of each of `rows` outputs from o on; `at` is where
 * the first one's element is in y, were it not paired, and `positions` how far it is to the next output's. */
static void finish_part(const Packed *p, const float *sums, int64_t o, int64_t rows, int64_t at, int64_t positions,
                        int64_t count) {
  for (int64_t j = 0; j < count; j += SN_LANES) {
    SnLanes lanes = sn_lanes(0, count - j);
    const float *from = sums + j;
    for (int64_t r = 0, i = at + j; r < rows; r++, from += WIDTH, i += positions)
      sn_store_lanes(p->y + i, lanes, finished(&p->epilogue, from, lanes, o + r, i));
  }
}

/* The same where y is paired, in one group; `to` is the first pair's place. */
static void finish_pairs(const Packed *p, const float *sums, int64_t o, int64_t rows, int64_t at, int64_t positions,
                         int64_t count, float *to) {
  for (int64_t j = 0; j < count; j += SN_LANES) {
    SnLanes lanes = sn_lanes(0, count - j);
    const float *from = sums + j;
    float *pair = to + j;
    for (int64_t r = 0, i = at + j; r < rows;
         r += UNIT, from += UNIT * WIDTH, i += UNIT * positions, pair += positions) {
      SnVector low = finished(&p->epilogue, from, lanes, o + r, i), high = sn_repeat(0);
      if (r + 1 < rows) high = finished(&p->epilogue, from + WIDTH, lanes, o + r + 1, i + positions);
      sn_store_lanes(pair, lanes, sn_pair_bfloat16(low, high));
    }
  }
}

/* The sums of a panel that the output has, row by row of the output. */
static void finish_panel(const Packed *p, const float *sums, int64_t image_group, int64_t o, int64_t rows,
                         int64_t pixel) {
  int64_t positions = p->grid[0] * p->grid[1], channel = image_group % p->groups * p->form.out + o;
  int64_t i = pixel / p->pitch, j = pixel % p->pitch, pairs = sn_divide_up(p->form.out, UNIT);
  for (int64_t done = 0, left; done < WIDTH && i < p->grid[0]; done += left, i++, j = 0) {
    left = sn_smaller(WIDTH - done, p->pitch - j);
    int64_t count = sn_smaller(left, p->grid[1] - j), place = i * p->grid[1] + j;
    int64_t at = (image_group * p->form.out + o) * positions + place;
    if (p->y_paired)
      finish_pairs(p, sums + done, channel, rows, at, positions, count,
                   p->y + (image_group * pairs + o / UNIT) * positions + place);
    else
      finish_part(p, sums + done, channel, rows, at, positions, count);
  }
}

static void run_block(void *context, int64_t block) {
  const Packed *p = context;
  int64_t panel_part = block % p->panel_parts, tile_part = block / p->panel_parts % p->tile_parts;
  int64_t image_group = block / p->panel_parts / p->tile_parts, group = image_group % p->groups;
  int64_t first_panel = sn_part(p->panels, p->panel_parts, panel_part);
  int64_t end_panel = sn_part(p->panels, p->panel_parts, panel_part + 1);
  int64_t end_tile = sn_part(p->form.tiles, p->tile_parts, tile_part + 1);
  const float *shared = p->in_place ? p->x : sn_shared_scratch();
  const float *image = shared + image_group * p->form.steps * p->step;
  float sums[SN_PACKED_ROWS * WIDTH] __attribute__((aligned(64)));
  int64_t *places = sn_scratch();
  find_places(p, places);
  SnPackedTile tile = {.places = places, .count = p->form.cells * p->form.steps / SN_PACKED_STEPS, .pitch = p->step};
  SN_CPU(packed_begin)();
  for (int64_t t = sn_part(p->form.tiles, p->tile_parts, tile_part); t < end_tile; t++) {
    int64_t o = tile_start(&p->form, t), rows = tile_start(&p->form, t + 1) - o;
    tile.weight = p->prepared + group * p->form.weights + weights_before(&p->form, t);
    for (int64_t panel = first_panel; panel < end_panel; panel++) {
      tile.x = image + panel * WIDTH;
      SN_CPU(packed_tile)(&tile, (int)rows, sums);
      finish_panel(p, sums, image_group, o, rows, panel * WIDTH);
    }
  }
  SN_CPU(packed_end)();
}

/* A block reads its tiles' weights once and, for each of them, its panels of the image. */
static void cut(Packed *p) {
  enum { BLOCKS = 16 };
  p->tile_parts = sn_smaller(p->form.tiles, BLOCKS);
  p->panel_parts = sn_smaller(p->panels, sn_divide_up(BLOCKS, p->tile_parts));
}

static void place(Packed *p) {
  const SnConv2d *c = &p->conv2d;
  int64_t reach[2];
  for (int d = 0; d < 2; d++) {
    reach[d] = (p->form.kernel[d] - 1) * c->dilation[d] / c->stride[d];
    p->phases[d] = p->form.kernel[d] == 1 ? 1 : c->stride[d];
  }
  p->rows = p->grid[0] + reach[0];
  p->pitch = p->grid[1] + reach[1];
  p->plane = sn_divide_up(p->rows * p->pitch, LINE) * LINE;
  p->step = p->phases[0] * p->phases[1] * p->plane;
  if (p->step / LINE % 2 == 0) p->step += LINE; /* so that steps of a tile lie in different cache sets */
  int64_t area = p->size[0] * p->size[1];
  bool pointwise = p->form.cells == 1 && c->stride[0] == 1 && c->stride[1] == 1 && !sn_conv2d_is_padded(c);
  p->in_place = p->x_paired && pointwise && p->form.steps * UNIT == p->form.in && area % CROWDED != 0;
  if (p->in_place) p->step = area;
}

bool SN_CPU(packed_takes)(const SnFusedConv2d *options) {
  if (!SN_CPU(packed_works)()) return false;
  if (!options->x_paired && !options->y_paired) return true;
  return options->conv2d.groups == 1 && !(options->x_paired && form_of(options).folded);
}

bool SN_CPU(packed_run)(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  const SnArray *x = call->in[0], *y = call->out[0];
  Packed p = {.form = form_of(options),
              .epilogue = sn_epilogue(call),
              .conv2d = options->conv2d,
              .x = x->data,
              .prepared = call->in[1]->data,
              .y = y->data,
              .images = x->shape[0],
              .groups = options->conv2d.groups,
              .channels = options->in / options->conv2d.groups,
              .size = {x->shape[2], x->shape[3]},
              .grid = {y->shape[2], y->shape[3]},
              .columns = options->kernel[1],
              .x_paired = options->x_paired,
              .y_paired = options->y_paired};
  place(&p);
  p.panels = sn_divide_up((p.grid[0] - 1) * p.pitch + p.grid[1], WIDTH);
  cut(&p);
  int64_t steps = p.images * p.groups * p.form.steps, lines = sn_larger(p.size[1], UNIT * p.pitch);
  size_t places = (size_t)(p.form.cells * p.form.steps) * sizeof(int64_t), own = (size_t)lines * sizeof(float);
  size_t packed = (size_t)(steps * p.step + WIDTH) * sizeof(float); /* the last panel may read behind it */
  SnPhase phases[] = {{steps, pack_block}, {p.images * p.groups * p.tile_parts * p.panel_parts, run_block}};
  return sn_parallel_phases(p.in_place ? 1 : 2, p.in_place ? phases + 1 : phases, own > places ? own : places,
                            p.in_place ? 0 : packed, &p);
}
