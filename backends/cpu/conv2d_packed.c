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
    int64_t o = sn_packed_tile_start(&p->form, t), rows = sn_packed_tile_start(&p->form, t + 1) - o;
    tile.weight = p->prepared + group * p->form.weights + sn_packed_weights_before(&p->form, t);
    for (int64_t panel = first_panel; panel < end_panel; panel++) {
      tile.x = image + panel * WIDTH;
      if (p->form.unit == SN_PACKED_INT8)
        SN_CPU(packed_tile_int8)(&tile, (int)rows, sums);
      else
        SN_CPU(packed_tile)(&tile, (int)rows, sums);
      SN_CPU(packed_finish)(p, sums, image_group, o, rows, panel * WIDTH);
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
  if (!SN_CPU(packed_works)() || (is_int8 ? !takes_int8(options) : options->residual_packed)) return false;
  if (!options->x_packed && !options->y_packed && !options->residual_packed) return true;
  SnPackedForm form = SN_CPU(packed_form)(options);
  return options->conv2d.groups == 1 && !(options->x_packed && form.folded) && are_whole(&form, y_unit_of(options));
}

bool SN_CPU(packed_run)(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  const SnArray *x = call->in[0], *y = call->out[0];
  Packed p = {.form = SN_CPU(packed_form)(options),
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
              .x_packed = options->x_packed,
              .y_packed = options->y_packed,
              .residual_packed = options->residual_packed && call->in[3],
              .y_unit = y_unit_of(options),
              .x_quantization = options->x_quantization,
              .y_quantization = options->y_quantization,
              .residual_quantization = options->residual_quantization};
  p.factors = p.prepared + p.groups * p.form.weights;
  p.corrections = (const int32_t *)(p.factors + options->out);
  place(&p);
  p.panels = sn_divide_up((p.grid[0] - 1) * p.pitch + p.grid[1], WIDTH);
  cut(&p);
  int64_t steps = p.images * p.groups * p.form.steps, lines = sn_larger(p.size[1], p.form.unit * p.pitch);
  size_t places = (size_t)(p.form.cells * p.form.steps) * sizeof(int64_t), own = (size_t)lines * sizeof(float);
  size_t packed = (size_t)(steps * p.step + WIDTH) * sizeof(float); /* the last panel may read behind it */
  SnPhase phases[] = {{steps, SN_CPU(packed_image_block)},
                      {p.images * p.groups * p.tile_parts * p.panel_parts, run_block}};
  return sn_parallel_phases(p.in_place ? 1 : 2, p.in_place ? phases + 1 : phases, own > places ? own : places,
                            p.in_place ? 0 : packed, &p);
}
