#include <math.h>
#include <string.h>

#include "backends/bilinear.h"
#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"

/* Results of a block. */
enum { PIECE = 1 << 14 };

typedef struct Gather {
  const SnArray *x, *y;
  const int64_t *index;
  int64_t height, width, together; /* rows of a block */
} Gather;

static void blend(const float *restrict a, const float *restrict b, const float *restrict c, const float *restrict d,
                  float down, float along, int64_t channels, float *restrict y) {
  for (int64_t i = 0; i < channels; i++) {
    float above = (1 - along) * a[i] + along * b[i], below = (1 - along) * c[i] + along * d[i];
    y[i] = (1 - down) * above + down * below;
  }
}

static void gather_row(const Gather *g, int64_t position, float *y) {
  int64_t rows = g->x->shape[1], columns = g->x->shape[2], channels = g->x->shape[3];
  int64_t image = position / (g->height * g->width), i = position / g->width % g->height, j = position % g->width;
  if (position < 0 || image >= g->x->shape[0]) {
    for (int64_t c = 0; c < channels; c++) y[c] = NAN;
    return;
  }
  const float *x = (const float *)g->x->data + image * rows * columns * channels;
  if (rows == g->height && columns == g->width) {
    memcpy(y, x + (i * columns + j) * channels, (size_t)channels * sizeof *y);
    return;
  }
  SnBilinearPlace down = sn_bilinear_place(i, rows, g->height), along = sn_bilinear_place(j, columns, g->width);
  const float *above = x + down.low * columns * channels, *below = x + down.high * columns * channels;
  blend(above + along.low * channels, above + along.high * channels, below + along.low * channels,
        below + along.high * channels, (float)down.share, (float)along.share, channels, y);
}

static void gather_block(void *context, int64_t block) {
  const Gather *g = context;
  int64_t last = sn_smaller((block + 1) * g->together, g->y->shape[0]);
  for (int64_t r = block * g->together; r < last; r++)
    gather_row(g, g->index[r], (float *)g->y->data + r * g->y->stride[0]);
}

bool SN_CPU(gather_positions)(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  if (!sn_is_float32(x) || y->stride[1] != 1) return false;
  if (sn_array_count(y) == 0) return true;
  Gather g = {.x = x,
              .y = y,
              .index = (const int64_t *)call->in[1]->data + call->attributes.gather_positions.first,
              .height = call->attributes.gather_positions.height,
              .width = call->attributes.gather_positions.width,
              .together = sn_divide_up(PIECE, y->shape[1])};
  sn_parallel(sn_divide_up(y->shape[0], g.together), gather_block, &g);
  return true;
}
