#include <stdlib.h>
#include <string.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"
#include "base/memory.h"

/* A block is some channels of images, of about BLOCK elements. */
enum { BLOCK = 16384 };

typedef struct Bins {
  int64_t start, end;
  double share; /* of each of its cells: 1 / their number */
} Bins;

typedef struct Pooling {
  int64_t height, width, rows, columns, planes, planes_per_block;
  Bins *down, *along; /* [rows], [columns]: the cells of each bin */
  const float *from;
  float *to;
} Pooling;

static Bins bin(int64_t i, int64_t size, int64_t bins) {
  int64_t start = i * size / bins, end = sn_divide_up((i + 1) * size, bins);
  return (Bins){start, end, 1 / (double)(end - start)};
}

static bool pool(const SnArray *image, const SnArray *bins, const SnCall *call, SnBlock body) {
  if (!sn_is_float32(image)) return false;
  Pooling p = {.height = image->shape[2],
               .width = image->shape[3],
               .rows = bins->shape[2],
               .columns = bins->shape[3],
               .planes = image->shape[0] * image->shape[1],
               .from = call->in[0]->data,
               .to = call->out[0]->data};
  p.planes_per_block = sn_larger(1, BLOCK / sn_larger(1, sn_larger(p.height * p.width, p.rows * p.columns)));
  p.down = sn_allocate_unset(p.rows + p.columns, sizeof *p.down, "the bins of a pooling");
  if (!p.down) return false;
  p.along = p.down + p.rows;
  for (int64_t i = 0; i < p.rows; i++) p.down[i] = bin(i, p.height, p.rows);
  for (int64_t j = 0; j < p.columns; j++) p.along[j] = bin(j, p.width, p.columns);
  sn_parallel(sn_divide_up(p.planes, p.planes_per_block), body, &p);
  free(p.down);
  return true;
}

static void pool_plane(const Pooling *p, const float *restrict x, float *restrict y) {
  for (int64_t i = 0; i < p->rows; i++)
    for (int64_t j = 0; j < p->columns; j++) {
      Bins down = p->down[i], along = p->along[j];
      double sum = 0;
      for (int64_t h = down.start; h < down.end; h++)
        for (int64_t w = along.start; w < along.end; w++) sum += (double)x[h * p->width + w];
      y[i * p->columns + j] = (float)(sum * (down.share * along.share));
    }
}

static void pool_block(void *context, int64_t block) {
  const Pooling *p = context;
  int64_t end = sn_smaller((block + 1) * p->planes_per_block, p->planes);
  for (int64_t plane = block * p->planes_per_block; plane < end; plane++)
    pool_plane(p, p->from + plane * p->height * p->width, p->to + plane * p->rows * p->columns);
}

bool SN_CPU(adaptive_avg_pool2d)(const SnCall *call) { return pool(call->in[0], call->out[0], call, pool_block); }

static void spread_plane(const Pooling *p, const float *restrict dy, float *restrict dx) {
  memset(dx, 0, (size_t)(p->height * p->width) * sizeof *dx);
  for (int64_t i = 0; i < p->rows; i++)
    for (int64_t j = 0; j < p->columns; j++) {
      Bins down = p->down[i], along = p->along[j];
      float share = dy[i * p->columns + j] * (float)(down.share * along.share);
      for (int64_t h = down.start; h < down.end; h++)
        for (int64_t w = along.start; w < along.end; w++) dx[h * p->width + w] += share;
    }
}

static void spread_block(void *context, int64_t block) {
  const Pooling *p = context;
  int64_t end = sn_smaller((block + 1) * p->planes_per_block, p->planes);
  for (int64_t plane = block * p->planes_per_block; plane < end; plane++)
    spread_plane(p, p->from + plane * p->rows * p->columns, p->to + plane * p->height * p->width);
}

bool SN_CPU(adaptive_avg_pool2d_backward)(const SnCall *call) {
  return pool(call->out[0], call->in[0], call, spread_block);
}
