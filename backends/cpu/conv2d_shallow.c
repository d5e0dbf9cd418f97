/* Convolution of few channels, as a network's first: gathering their windows would take about as long as multiplying
 * them, since few outputs share it.
 *
 * A block of work is a strip of the result's rows. The rows of the image that it needs, with the zeros around them, are
 * copied side by side (padded.h), where a row of the windows' matrix lies as a whole; so tiles read it there
 * (conv2d_tile.h). The weight is packed as a 1x1 convolution of all the windows' cells. */
#include "backends/cpu/conv2d_tile.h"
#include "backends/cpu/padded.h"
#include "backends/cpu/pool.h"

enum { CHANNELS = 4, CELLS = 512 /* of a window, at most */, BLOCKS = 16 /* an image */, WIDTH = SN_TILE_WIDTH };

typedef struct Shallow {
  SnEpilogue epilogue;
  SnPadded padded;
  SnConv2d options;
  const float *x, *prepared;
  float *y;
  int64_t in, out, kernel[2], cells;
  int64_t rows, columns, strips;        /* of the result, and strips of its rows */
  int64_t lines, pitch, channel_floats; /* padded rows a channel, at most; floats of a row and of a channel */
} Shallow;

static int64_t cells_of(const SnFusedConv2d *options) { return options->in * options->kernel[0] * options->kernel[1]; }

bool SN_CPU(shallow_takes)(const SnFusedConv2d *options) {
  return options->conv2d.groups == 1 && options->in <= CHANNELS && cells_of(options) <= CELLS;
}

int64_t SN_CPU(shallow_count)(const SnFusedConv2d *options) { return options->out * cells_of(options); }

void SN_CPU(shallow_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared) {
  SnFusedConv2d product = *options;
  product.in = cells_of(options);
  SN_CPU(pointwise_prepare)(&product, weight, prepared);
}

static int64_t lines_of(const Shallow *s, int64_t rows) {
  return (rows - 1) * s->options.stride[0] + (s->kernel[0] - 1) * s->options.dilation[0] + 1;
}

static void find_places(const Shallow *s, int64_t *places) {
  for (int64_t c = 0; c < s->in; c++)
    for (int64_t k = 0; k < s->kernel[0]; k++)
      for (int64_t l = 0; l < s->kernel[1]; l++)
        *places++ = c * s->channel_floats + k * s->options.dilation[0] * s->pitch +
                    sn_padded_column(&s->padded, l, s->padded.step, s->options.dilation[1]);
  for (int64_t k = 0; k < SN_TILE_AHEAD; k++) places[k] = places[-1];
}

/* All outputs at some columns of a row; `at`: of y, for the first output. */
static void run_tiles(const Shallow *s, SnConvolutionTile tile, int64_t at) {
  int64_t groups = SN_CPU(pointwise_groups)(s->out);
  for (int64_t g = 0; g < groups; g++) {
    int64_t o = sn_part(s->out, groups, g), rows = sn_part(s->out, groups, g + 1) - o;
    tile.weight = s->prepared + o * s->cells;
    tile.bias = s->epilogue.bias ? s->epilogue.bias + o : NULL;
    tile.y = s->y + at + o * tile.y_pitch;
    tile.residual = s->epilogue.residual ? s->epilogue.residual + at + o * tile.y_pitch : NULL;
    SN_CPU(convolution_tile)(&tile, (int)rows);
  }
}

static void run_block(void *context, int64_t block) {
  const Shallow *s = context;
  int64_t image = block / s->strips, row = sn_part(s->rows, s->strips, block % s->strips);
  int64_t rows = sn_part(s->rows, s->strips, block % s->strips + 1) - row;
  int64_t area = s->padded.size[0] * s->padded.size[1], *places = sn_scratch();
  float *lines = (float *)(places + CELLS + SN_TILE_AHEAD);
  find_places(s, places);
  for (int64_t c = 0; c < s->in; c++) SN_CPU(copy_padded)
  (&s->padded, s->x + (image * s->in + c) * area, (s->in - c) * area, row * s->options.stride[0], lines_of(s, rows),
   lines + c * s->channel_floats);
  SnConvolutionTile tile = {.places = places,
                            .depth = s->cells,
                            .y_pitch = s->rows * s->columns,
                            .activation = s->epilogue.activation,
                            .slope = s->epilogue.slope,
                            .last = true};
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < s->columns; j += WIDTH) {
      tile.x = lines + i * s->options.stride[0] * s->pitch + j;
      tile.columns = sn_smaller(WIDTH, s->columns - j);
      run_tiles(s, tile, (image * s->out * s->rows + row + i) * s->columns + j);
    }
}

bool SN_CPU(shallow_run)(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  const SnArray *x = call->in[0], *y = call->out[0];
  Shallow s = {.epilogue = sn_epilogue(call),
               .padded = SN_CPU(padded)(x->shape + 2, &options->conv2d, options->kernel[1], y->shape[3]),
               .options = options->conv2d,
               .x = x->data,
               .prepared = call->in[1]->data,
               .y = y->data,
               .in = options->in,
               .out = options->out,
               .kernel = {options->kernel[0], options->kernel[1]},
               .cells = cells_of(options),
               .rows = y->shape[2],
               .columns = y->shape[3]};
  s.strips = sn_smaller(s.rows, BLOCKS);
  s.pitch = s.padded.step * s.padded.line;
  s.lines = lines_of(&s, sn_divide_up(s.rows, s.strips));
  s.channel_floats = SN_CPU(padded_floats)(&s.padded, s.lines);
  size_t bytes = (CELLS + SN_TILE_AHEAD) * sizeof(int64_t) + (size_t)(s.in * s.channel_floats) * sizeof(float);
  return sn_parallel_with_scratch(x->shape[0] * s.strips, bytes, run_block, &s);
}
