/* Convolution in groups of few channels: gathering their windows would take longer than multiplying them.
 *
 * A block of work is a strip of the rows of one group's result. The rows of the group's channels that it needs, with
 * the zeros around them, are copied side by side (padded.h); then a tile of OUTPUTS channels and a vector of ROWS rows
 * at a time is summed up in registers. Weights lie in the order in which they are read,
 * [groups][tiles][channels][kernel's cells][OUTPUTS], with zeros where a tile has fewer channels.
 */
#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/padded.h"
#include "backends/cpu/pool.h"

/* As many sums as the registers hold. */
enum { OUTPUTS = 4, ROWS = SN_LANES == 16 ? 4 : 2, STRIP = 12288 /* floats */, MOST = 64 /* channels a group */ };

/* Compilers leave loops of many rounds alone, and the sums in memory. */
#if defined(__clang__)
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 16")
#endif

typedef struct Grouped {
  SnEpilogue epilogue;
  SnPadded padded;
  SnConv2d options;
  const float *x, *prepared;
  float *y;
  int64_t channels, tiles;         /* of a group, which has as many in as out; its outputs' tiles */
  int64_t kernel[2], cells;        /* cells: of one channel's window */
  int64_t rows, columns;           /* of the result */
  int64_t strip, strips;           /* rows of the result a strip; strips of a group */
  int64_t lines, pitch, plane;     /* padded rows a channel, at most; floats of a row and of a channel */
  int64_t sums_pitch, sums_floats; /* of one channel, and of a tile; 0 where a plane is as wide as a vector */
} Grouped;

bool SN_CPU(grouped_takes)(const SnFusedConv2d *options) {
  int64_t groups = options->conv2d.groups;
  return groups > 1 && options->in == options->out && options->in >= OUTPUTS * groups && options->in <= MOST * groups;
}

int64_t SN_CPU(grouped_count)(const SnFusedConv2d *options) {
  int64_t channels = options->in / options->conv2d.groups;
  return options->in * sn_divide_up(channels, OUTPUTS) * OUTPUTS * options->kernel[0] * options->kernel[1];
}

void SN_CPU(grouped_prepare)(const SnFusedConv2d *options, const float *weight, float *prepared) {
  int64_t channels = options->in / options->conv2d.groups, cells = options->kernel[0] * options->kernel[1];
  for (int64_t group = 0; group < options->conv2d.groups; group++, weight += channels * channels * cells)
    for (int64_t first = 0; first < channels; first += OUTPUTS)
      for (int64_t k = 0; k < channels * cells; k++)
        for (int64_t o = first; o < first + OUTPUTS; o++)
          *prepared++ = o < channels ? weight[o * channels * cells + k] : 0;
}

/* A tile of sums; `from` is the first cell of the first window in the first channel. */
SN_INLINE void sum_tile(const Grouped *g, const float *from, const int64_t *places, const float *weight,
                        SnVector sum[OUTPUTS][ROWS]) {
  const int64_t down = g->options.stride[0] * g->pitch;
  UNROLLED
  for (int o = 0; o < OUTPUTS; o++) {
    UNROLLED
    for (int r = 0; r < ROWS; r++) sum[o][r] = sn_repeat(0);
  }
  for (int64_t c = 0; c < g->channels; c++, from += g->plane)
    for (int64_t cell = 0; cell < g->cells; cell++, weight += OUTPUTS) {
      const float *at = from + places[cell];
      SnVector x[ROWS];
      UNROLLED
      for (int r = 0; r < ROWS; r++) x[r] = sn_load(at + r * down);
      UNROLLED
      for (int o = 0; o < OUTPUTS; o++) {
        SnVector factor = sn_repeat(weight[o]);
        UNROLLED
        for (int r = 0; r < ROWS; r++) sum[o][r] = sn_multiply_add(factor, x[r], sum[o][r]);
      }
    }
}

/* Rows [row, row + rows) of channels from o, where the planes are as wide as a vector; `at`: in y, of o's first. */
static void convolve_wide(const Grouped *g, const float *lines, const int64_t *places, const float *weight, int64_t o,
                          int64_t outputs, int64_t at, int64_t rows) {
  for (int64_t i = 0; i < rows; i += ROWS)
    for (int64_t j = 0; j < g->columns; j += SN_LANES) {
      SnVector sum[OUTPUTS][ROWS];
      j = sn_smaller(j, g->columns - SN_LANES); /* the last again from further left */
      sum_tile(g, lines + i * g->options.stride[0] * g->pitch + j, places, weight, sum);
      for (int64_t k = 0; k < outputs; k++)
        for (int64_t r = 0; r < sn_smaller(ROWS, rows - i); r++) {
          int64_t to = at + (k * g->rows + i + r) * g->columns + j;
          sn_store(g->y + to, sn_finish_vector(&g->epilogue, sum[k][r], o + k, to));
        }
    }
}

/* The same where they are narrower: sums are brought together first. */
static void convolve_narrow(const Grouped *g, const float *lines, const int64_t *places, const float *weight, int64_t o,
                            int64_t outputs, int64_t at, int64_t rows, float *sums) {
  for (int64_t i = 0; i < rows; i += ROWS) {
    SnVector sum[OUTPUTS][ROWS];
    sum_tile(g, lines + i * g->options.stride[0] * g->pitch, places, weight, sum);
    for (int64_t k = 0; k < outputs; k++)
      for (int64_t r = 0; r < sn_smaller(ROWS, rows - i); r++)
        sn_store(sums + k * g->sums_pitch + (i + r) * g->columns, sum[k][r]);
  }
  for (int64_t k = 0; k < outputs; k++)
    sn_finish_line(&g->epilogue, sums + k * g->sums_pitch, o + k, at + k * g->rows * g->columns, rows * g->columns,
                   g->y);
}

static int64_t lines_of(const Grouped *g, int64_t rows) {
  const SnConv2d *c = &g->options;
  return (sn_divide_up(rows, ROWS) * ROWS - 1) * c->stride[0] + (g->kernel[0] - 1) * c->dilation[0] + 1;
}

static void run_block(void *context, int64_t block) {
  const Grouped *g = context;
  int64_t groups = g->options.groups, group = block / g->strips % groups, image = block / g->strips / groups;
  int64_t row = sn_part(g->rows, g->strips, block % g->strips);
  int64_t rows = sn_part(g->rows, g->strips, block % g->strips + 1) - row;
  int64_t first = image * groups * g->channels + group * g->channels, area = g->padded.size[0] * g->padded.size[1];
  int64_t planes = g->options.groups * g->channels; /* of an image */
  int64_t *places = sn_scratch();
  float *lines = (float *)(places + sn_divide_up(g->cells, 8) * 8), *sums = lines + g->channels * g->plane + SN_LANES;
  for (int64_t cell = 0; cell < g->cells; cell++)
    places[cell] = cell / g->kernel[1] * g->options.dilation[0] * g->pitch +
                   sn_padded_column(&g->padded, cell % g->kernel[1], g->padded.step, g->options.dilation[1]);
  for (int64_t c = 0; c < g->channels; c++) SN_CPU(copy_padded)
  (&g->padded, g->x + (first + c) * area, (planes - (first + c) % planes) * area, row * g->options.stride[0],
   lines_of(g, rows), lines + c * g->plane);
  const float *weight = g->prepared + group * g->tiles * OUTPUTS * g->channels * g->cells;
  for (int64_t k = 0; k < g->channels; k += OUTPUTS, weight += OUTPUTS * g->channels * g->cells) {
    int64_t outputs = sn_smaller(OUTPUTS, g->channels - k), o = group * g->channels + k;
    int64_t at = ((first + k) * g->rows + row) * g->columns;
    if (g->columns >= SN_LANES)
      convolve_wide(g, lines, places, weight, o, outputs, at, rows);
    else
      convolve_narrow(g, lines, places, weight, o, outputs, at, rows, sums);
  }
}

/* As many rows a strip as the cache holds of all channels. */
static void cut(Grouped *g) {
  int64_t strip = STRIP / (g->channels * g->pitch * g->options.stride[0]);
  strip = sn_larger(ROWS, strip / ROWS * ROWS);
  g->strips = sn_divide_up(g->rows, strip);
  g->strip = sn_divide_up(g->rows, g->strips);
  g->lines = lines_of(g, g->strip);
  g->plane = g->lines * g->pitch;
  if (g->columns >= SN_LANES) return;
  g->sums_pitch = g->strip * g->columns + SN_LANES;
  g->sums_floats = OUTPUTS * g->sums_pitch;
}

bool SN_CPU(grouped_run)(const SnCall *call) {
  const SnFusedConv2d *options = &call->attributes.fused_conv2d;
  const SnArray *x = call->in[0], *y = call->out[0];
  Grouped g = {.epilogue = sn_epilogue(call),
               .padded = SN_CPU(padded)(x->shape + 2, &options->conv2d, options->kernel[1], y->shape[3]),
               .options = options->conv2d,
               .x = x->data,
               .prepared = call->in[1]->data,
               .y = y->data,
               .channels = options->in / options->conv2d.groups,
               .kernel = {options->kernel[0], options->kernel[1]},
               .cells = options->kernel[0] * options->kernel[1],
               .rows = y->shape[2],
               .columns = y->shape[3]};
  g.tiles = sn_divide_up(g.channels, OUTPUTS);
  g.pitch = g.padded.step * g.padded.line;
  cut(&g);
  int64_t floats = g.channels * g.plane + SN_LANES + g.sums_floats;
  size_t bytes = (size_t)floats * sizeof(float) + (size_t)(sn_divide_up(g.cells, 8) * 8) * sizeof(int64_t);
  return sn_parallel_with_scratch(x->shape[0] * options->conv2d.groups * g.strips, bytes, run_block, &g);
}
