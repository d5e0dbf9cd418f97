/* Convolution of elements that are packed into 32 bits: neighbouring channels, two in bfloat16, or four in 8 bits.
 *
 * First the image is packed (packed_image.c) where it does not come so, as convolutions of this kind write it for one
 * another. Output (i, j) is at i pitch + j, and element (k, l) of the kernel finds its factor further on by a number
 * that does not depend on them. So tiles read the image where it is packed, and compute columns beyond the output's
 * width that nobody keeps.
 *
 * Where channels are so few that most of the steps would be zeros, the kernel's columns are folded into them: a channel
 * of three columns is three channels, each moved by one column, of a kernel of one.
 *
 * The sum runs over (k, l), and for each over the steps.
 */
#include "backends/cpu/conv2d_packed.h"

#include "backends/cpu/interpolate.h"
#include "backends/cpu/pool.h"

enum {
  WIDTH = SN_TILE_WIDTH,
  LINE = 16 /* floats of a cache line */,
  FEW = 8 /* channels */,
  CROWDED = 512 /* floats: steps of a tile that are multiples of it apart do not all fit into the first cache */,
  DEEPEST = 1 << 16 /* products of 8 bits that a sum of 32 bits surely holds */
};

typedef SnPackedConvolution Packed;

static int64_t steps_of(int64_t in, int64_t unit) { return sn_divide_up(in, unit * SN_PACKED_STEPS) * SN_PACKED_STEPS; }

SnPackedForm SN_CPU(packed_form)(const SnFusedConv2d *options) {
  SnPackedForm f = {.in = options->in / options->conv2d.groups,
                    .out = options->out / options->conv2d.groups,
                    .kernel = {options->kernel[0], options->kernel[1]}};
  f.unit = options->algorithm == SN_CONVOLUTION_INT8 ? SN_PACKED_INT8 : SN_PACKED_BFLOAT16;
  f.folded = f.in <= FEW && steps_of(f.in * f.kernel[1], f.unit) < steps_of(f.in, f.unit) * f.kernel[1];
  if (f.folded) {
    f.in *= f.kernel[1];
    f.kernel[1] = 1;
  }
  f.cells = f.kernel[0] * f.kernel[1];
  f.steps = steps_of(f.in, f.unit);
  f.tiles = sn_divide_up(sn_divide_up(f.out, f.unit), SN_PACKED_ROWS / f.unit);
  for (int64_t t = 0; t < f.tiles; t++)
    f.weights += sn_packed_weights(sn_packed_tile_start(&f, t + 1) - sn_packed_tile_start(&f, t), f.cells * f.steps);
  return f;
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

/* What a thread has for its blocks, one behind another in its scratch. Of an interpolated residual: where its rows and
 * columns lie, its rows stretched [height, columns], and a tile's outputs. */
typedef struct Own {
  int64_t *places;
  SnInterpolationPlace *down, *along;
  float *stretched, *residual;
} Own;

/* Takes whole lines from the offset on; NULL where there is no scratch yet. */
static void *take(char *scratch, int64_t *offset, int64_t count, size_t size) {
  void *taken = scratch ? scratch + *offset : NULL;
  *offset += sn_divide_up(count * (int64_t)size, 64) * 64;
  return taken;
}

/* Returns the bytes that are needed; to learn them alone, scratch is NULL. */
static int64_t lay_out(const Packed *p, char *scratch, Own *own) {
  int64_t bytes = 0, rows = p->grid[0], columns = p->grid[1];
  own->places = take(scratch, &bytes, p->form.cells * p->form.steps, sizeof *own->places);
  if (!p->residual_interpolated) return bytes;
  own->down = take(scratch, &bytes, rows, sizeof *own->down);
  own->along = take(scratch, &bytes, columns, sizeof *own->along);
  own->stretched = take(scratch, &bytes, p->residual_size[0] * columns, sizeof *own->stretched);
  own->residual = take(scratch, &bytes, SN_PACKED_ROWS * rows * columns, sizeof *own->residual);
  return bytes;
}

static void begin_block(const Packed *p, Own *own) {
  lay_out(p, sn_scratch(), own);
  find_places(p, own->places);
  if (!p->residual_interpolated) return;
  SN_CPU(interpolation_places)(own->down, p->residual_size[0], p->grid[0]);
  SN_CPU(interpolation_places)(own->along, p->residual_size[1], p->grid[1]);
}

/* The residual of a tile's outputs. */
static const float *residual_of(const Packed *p, const Own *own, int64_t output, int64_t rows) {
  int64_t positions = p->grid[0] * p->grid[1], area = p->residual_size[0] * p->residual_size[1];
  if (!p->residual || p->residual_packed) return NULL;
  if (!p->residual_interpolated) return p->residual + output * positions;
  SnInterpolation shape = {p->residual_size[0], p->residual_size[1], p->grid[0], p->grid[1], own->down, own->along};
  const float *from = p->residual + output * area;
  float *to = own->residual;
  for (int64_t r = 0; r < rows; r++, from += area, to += positions)
    SN_CPU(interpolate_plane)(&shape, from, own->stretched, to);
  return own->residual;
}

static void run_block(void *context, int64_t block) {
  const Packed *p = context;
  int64_t panel_part = block % p->panel_parts, tile_part = block / p->panel_parts % p->tile_parts;
  int64_t image_group = block / p->panel_parts / p->tile_parts, group = image_group % p->groups;
  int64_t first_panel = sn_part(p->panels, p->panel_parts, panel_part);
  int64_t end_panel = sn_part(p->panels, p->panel_parts, panel_part + 1);
  int64_t end_tile = sn_part(p->form.tiles, p->tile_parts, tile_part + 1);
  float *shared = sn_shared_scratch();
  const float *image = (p->in_place ? p->x : shared) + image_group * p->form.steps * p->step;
  float sums[SN_PACKED_ROWS * WIDTH] __attribute__((aligned(64)));
  Own own;
  begin_block(p, &own);
  SnPackedTile tile = {
      .places = own.places, .count = p->form.cells * p->form.steps / SN_PACKED_STEPS, .pitch = p->step};
  SN_CPU(packed_begin)();
  for (int64_t t = sn_part(p->form.tiles, p->tile_parts, tile_part); t < end_tile; t++) {
    int64_t o = sn_packed_tile_start(&p->form, t), rows = sn_packed_tile_start(&p->form, t + 1) - o;
    SnPackedOutputs outputs = {image_group, o, rows, residual_of(p, &own, image_group * p->form.out + o, rows), NULL};
    if (p->tail) outputs.shares = shared + p->shares_at + (image_group * p->form.tiles + t) * p->grid[0] * p->grid[1];
    tile.weight = p->prepared + group * p->form.weights + sn_packed_weights_before(&p->form, t);
    for (int64_t panel = first_panel; panel < end_panel; panel++) {
      tile.x = image + panel * WIDTH;
      if (p->form.unit == SN_PACKED_INT8)
        SN_CPU(packed_tile_int8)(&tile, (int)rows, sums);
      else
        SN_CPU(packed_tile)(&tile, (int)rows, sums);
      SN_CPU(packed_finish)(p, sums, &outputs, panel * WIDTH);
    }
  }
  SN_CPU(packed_end)();
}

/* A row of y: the tiles' shares of it, in their order. */
static void add_shares(void *context, int64_t block) {
  const Packed *p = context;
  int64_t image = block / p->grid[0], row = block % p->grid[0], positions = p->grid[0] * p->grid[1];
  const float *shares =
      (const float *)sn_shared_scratch() + p->shares_at + image * p->form.tiles * positions + row * p->grid[1];
  float *restrict y = p->y + image * positions + row * p->grid[1];
  for (int64_t j = 0; j < p->grid[1]; j++) y[j] = p->tail[p->form.out];
  for (int64_t t = 0; t < p->form.tiles; t++)
    for (int64_t j = 0; j < p->grid[1]; j++) y[j] += shares[t * positions + j];
}

/* A block reads its tiles' weights once and, for each of them, its panels of the image. */
static void cut(Packed *p) {
  enum { BLOCKS = 16 };
  p->tile_parts = sn_smaller(p->form.tiles, BLOCKS);
  p->panel_parts = sn_smaller(p->panels, sn_divide_up(BLOCKS, p->tile_parts));
  if (p->residual_interpolated) p->panel_parts = 1; /* a tile's residual is made once */
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
  p->in_place = p->x_packed && pointwise && p->form.steps * p->form.unit == p->form.in && area % CROWDED != 0;
  if (p->in_place) p->step = area;
}

static bool takes_int8(const SnFusedConv2d *options) {
  int64_t depth = options->in * options->kernel[0] * options->kernel[1];
  return options->conv2d.groups == 1 && depth <= DEEPEST && options->x_quantization.scale > 0;
}

static int64_t y_unit_of(const SnFusedConv2d *options) {
  bool is_int8 = options->algorithm == SN_CONVOLUTION_INT8 || (options->y_packed && options->y_quantization.scale > 0);
  return is_int8 ? SN_PACKED_INT8 : SN_PACKED_BFLOAT16;
}

/* Whether what belongs together in y comes from one tile. */
static bool are_whole(const SnPackedForm *f, int64_t unit) {
  for (int64_t t = 0; t < f->tiles; t++)
    if (sn_packed_tile_start(f, t) % unit != 0) return false;
  return true;
}

bool SN_CPU(packed_takes)(const SnFusedConv2d *options) {
  bool is_int8 = options->algorithm == SN_CONVOLUTION_INT8;
  bool is_more = options->residual_interpolated || options->tail;
  if (!SN_CPU(packed_works)() || (is_int8 ? !takes_int8(options) : options->residual_packed)) return false;
  if (is_more && (is_int8 || (options->tail && options->y_packed))) return false;
  if (!options->x_packed && !options->y_packed && !options->residual_packed && !is_more) return true;
  SnPackedForm form = SN_CPU(packed_form)(options);
  return options->conv2d.groups == 1 && !(options->x_packed && form.folded) && are_whole(&form, y_unit_of(options));
}

bool SN_CPU(packed_run)(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  const SnArray *x = call->in[0], *y = call->out[0];
  Packed p = {.form = SN_CPU(packed_form)(options),
              .epilogue = sn_epilogue(call),
              .residual = call->in[3] ? call->in[3]->data : NULL,
              .residual_interpolated = options->residual_interpolated,
              .tail = options->tail ? call->in[5]->data : NULL,
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
              .x_packed = options->x_packed,
              .y_packed = options->y_packed,
              .residual_packed = options->residual_packed && call->in[3],
              .y_unit = y_unit_of(options),
              .x_quantization = options->x_quantization,
              .y_quantization = options->y_quantization,
              .residual_quantization = options->residual_quantization};
  p.factors = p.prepared + p.groups * p.form.weights;
  p.corrections = (const int32_t *)(p.factors + options->out);
  for (int d = 0; d < 2 && call->in[3]; d++) p.residual_size[d] = call->in[3]->shape[2 + d];
  place(&p);
  p.panels = sn_divide_up((p.grid[0] - 1) * p.pitch + p.grid[1], WIDTH);
  cut(&p);
  Own own;
  int64_t steps = p.images * p.groups * p.form.steps, lines = sn_larger(p.size[1], p.form.unit * p.pitch);
  int64_t bytes = sn_larger(lay_out(&p, NULL, &own), lines * (int64_t)sizeof(float));
  p.shares_at = p.in_place ? 0 : steps * p.step + WIDTH; /* the last panel may read behind it */
  int64_t shared = p.shares_at + (p.tail ? p.images * p.form.tiles * p.grid[0] * p.grid[1] : 0);
  SnPhase phases[3];
  int count = 0;
  if (!p.in_place) phases[count++] = (SnPhase){steps, SN_CPU(packed_image_block)};
  phases[count++] = (SnPhase){p.images * p.groups * p.tile_parts * p.panel_parts, run_block};
  if (p.tail) phases[count++] = (SnPhase){p.images * p.grid[0], add_shares};
  return sn_parallel_phases(count, phases, (size_t)bytes, (size_t)shared * sizeof(float), &p);
}
