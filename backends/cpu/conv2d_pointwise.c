/* 1x1 convolution of stride 1: the weight [O, C] times the image [C, H W], which is read where it lies. The matrix's
 * rows are as long as the image has positions, and only its end is narrower than a tile.
 *
 * A block is some groups of outputs at some panels of positions. The weight is packed group by group, [depths][groups]
 * [depth][outputs of the group]. */
#include "backends/cpu/conv2d_tile.h"
#include "backends/cpu/lanes.h"
#include "backends/cpu/pool.h"

enum { DEPTH = 512, CHUNK = 192, WIDTH = SN_TILE_WIDTH };

typedef struct Pointwise {
  SnEpilogue epilogue;
  const float *x, *prepared;
  float *y;
  int64_t images, in, out, positions;
  int64_t depths, groups, panels;   /* parts of inputs, outputs and positions */
  int64_t group_parts, panel_parts; /* blocks that groups and panels of an image are shared out to */
} Pointwise;

static int64_t depths_of(int64_t in) { return sn_divide_up(in, DEPTH); }

/* An even number, so that two threads have as much. */
int64_t SN_CPU(pointwise_groups)(int64_t out) {
  int64_t groups = sn_divide_up(out, SN_TILE_ROWS);
  return groups > 1 && groups < out ? sn_divide_up(groups, 2) * 2 : groups;
}

bool SN_CPU(pointwise_takes)(const SnFusedConv2d *options) {
  const SnConv2d *c = &options->conv2d;
  return options->kernel[0] == 1 && options->kernel[1] == 1 && c->stride[0] == 1 && c->stride[1] == 1 &&
         c->groups == 1 && !sn_conv2d_is_padded(c);
}

/* Where tiles are small, taking sums up again for every CHUNK costs more than gathering the image does
 * (conv2d_panels.c).
 */
bool SN_CPU(pointwise_pays)(const SnFusedConv2d *options) { return SN_LANES == 16 || options->in <= CHUNK; }

int64_t SN_CPU(pointwise_count)(const SnFusedConv2d *options) { return options->out * options->in; }

typedef struct Prepare {
  const float *weight;
  float *prepared;
  int64_t in, out, depths, groups;
} Prepare;

/* A group's part of the weight, transposed, a square of vectors at a time. */
static void prepare_block(void *context, int64_t block) {
  const Prepare *p = context;
  int64_t d = block / p->groups, g = block % p->groups;
  int64_t o = sn_part(p->out, p->groups, g), rows = sn_part(p->out, p->groups, g + 1) - o;
  int64_t start = sn_part(p->in, p->depths, d), depth = sn_part(p->in, p->depths, d + 1) - start;
  float *to = p->prepared + start * p->out + o * depth;
  for (int64_t k = 0; k < depth; k += SN_LANES) {
    SnLanes columns = sn_lanes(0, depth - k);
    for (int64_t r = 0; r < rows; r += SN_LANES) {
      SnVector square[SN_LANES];
      SnLanes lanes = sn_lanes(0, rows - r);
      for (int64_t i = 0; i < SN_LANES; i++) {
        const float *from = p->weight + (o + sn_smaller(r + i, rows - 1)) * p->in + start + k;
        square[i] = sn_load_lanes(from, columns);
      }
      sn_transpose(square);
      for (int64_t i = 0; i < sn_smaller(SN_LANES, depth - k); i++)
        sn_store_lanes(to + (k + i) * rows + r, lanes, square[i]);
    }
  }
}

/* Plans whose weights depend on the image do this in every run. */
void SN_CPU(pointwise_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared) {
  Prepare p = {
      weight, prepared, options->in, options->out, depths_of(options->in), SN_CPU(pointwise_groups)(options->out)};
  sn_parallel(p.depths * p.groups, prepare_block, &p);
}

/* A block's groups at one panel, for CHUNK of the inputs [start, start + depth) at a time, which stay in the first
 * cache meanwhile. */
static void run_panel(const Pointwise *p, SnConvolutionTile tile, int64_t start, int64_t depth, int64_t first_group,
                      int64_t end_group, int64_t at) {
  const float *weight = p->prepared + start * p->out;
  const int64_t *places = tile.places;
  int64_t chunks = start == 0 ? sn_divide_up(depth, CHUNK) : 1; /* later y holds sums that are not to be gone on with */
  for (int64_t c = 0; c < chunks; c++) {
    int64_t k = sn_part(depth, chunks, c);
    tile.depth = sn_part(depth, chunks, c + 1) - k;
    tile.places = places + k;
    tile.resumed = c > 0;
    tile.added = start > 0;
    tile.last = start + k + tile.depth == p->in;
    for (int64_t g = first_group; g < end_group; g++) {
      int64_t o = sn_part(p->out, p->groups, g), rows = sn_part(p->out, p->groups, g + 1) - o;
      tile.weight = weight + o * depth + k * rows;
      tile.bias = p->epilogue.bias ? p->epilogue.bias + o : NULL;
      tile.y = p->y + at + o * p->positions;
      tile.residual = p->epilogue.residual ? p->epilogue.residual + at + o * p->positions : NULL;
      SN_CPU(convolution_tile)(&tile, (int)rows);
    }
  }
}

static void run_block(void *context, int64_t block) {
  const Pointwise *p = context;
  int64_t panel_part = block % p->panel_parts, group_part = block / p->panel_parts % p->group_parts;
  int64_t image = block / p->panel_parts / p->group_parts;
  int64_t first_group = sn_part(p->groups, p->group_parts, group_part);
  int64_t end_group = sn_part(p->groups, p->group_parts, group_part + 1);
  int64_t end_panel = sn_part(p->panels, p->panel_parts, panel_part + 1), *places = sn_scratch();
  SnConvolutionTile tile = {
      .places = places, .y_pitch = p->positions, .activation = p->epilogue.activation, .slope = p->epilogue.slope};
  for (int64_t d = 0; d < p->depths; d++) {
    int64_t start = sn_part(p->in, p->depths, d), depth = sn_part(p->in, p->depths, d + 1) - start;
    for (int64_t k = 0; k < depth; k++) places[k] = (start + k) * p->positions;
    for (int64_t k = 0; k < SN_TILE_AHEAD; k++) places[depth + k] = places[depth - 1];
    for (int64_t panel = sn_part(p->panels, p->panel_parts, panel_part); panel < end_panel; panel++) {
      tile.x = p->x + image * p->in * p->positions + panel * WIDTH;
      tile.columns = sn_smaller(WIDTH, p->positions - panel * WIDTH);
      run_panel(p, tile, start, depth, first_group, end_group, image * p->out * p->positions + panel * WIDTH);
    }
  }
}

/* By panels, of which each reads all the weight; where they are few by groups too, of which each reads all the image.
 */
static void cut(Pointwise *p) {
  enum { BLOCKS = 16, FEWEST = 4 };
  p->panel_parts = sn_smaller(p->panels, 2 * BLOCKS);
  int64_t wanted = sn_divide_up(BLOCKS, p->panel_parts);
  p->group_parts = sn_larger(1, sn_smaller(wanted, p->groups / FEWEST));
}

bool SN_CPU(pointwise_run)(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  const SnArray *y = call->out[0];
  Pointwise p = {.epilogue = sn_epilogue(call),
                 .x = call->in[0]->data,
                 .prepared = call->in[1]->data,
                 .y = y->data,
                 .images = y->shape[0],
                 .in = options->in,
                 .out = options->out,
                 .positions = y->shape[2] * y->shape[3],
                 .depths = depths_of(options->in),
                 .groups = SN_CPU(pointwise_groups)(options->out)};
  p.panels = sn_divide_up(p.positions, WIDTH);
  cut(&p);
  size_t bytes = (size_t)(sn_smaller(p.in, DEPTH) + SN_TILE_AHEAD) * sizeof(int64_t);
  return sn_parallel_with_scratch(p.images * p.panel_parts * p.group_parts, bytes, run_block, &p);
}
