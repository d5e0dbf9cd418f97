#include <string.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"

/* A block is one channel of one image: x [height, width], y [rows, columns]. Backward goes from dy to dx. */
typedef struct Nearest {
  int64_t height, width, rows, columns;
  const float *from;
  float *to;
} Nearest;

/* Goes through floor(i in / out) for i = 0, 1, … without dividing. */
typedef struct Source {
  int64_t at, rest;
} Source;

static inline void go_on(Source *source, int64_t in, int64_t out) {
  for (source->rest += in; source->rest >= out; source->rest -= out) source->at++;
}

static void repeat_block(void *context, int64_t plane) {
  const Nearest *p = context;
  const float *x = p->from + plane * p->height * p->width;
  float *y = p->to + plane * p->rows * p->columns;
  int64_t last = -1;
  Source h = {0};
  for (int64_t i = 0; i < p->rows; i++, y += p->columns, go_on(&h, p->height, p->rows)) {
    if (h.at == last) {
      memcpy(y, y - p->columns, (size_t)p->columns * sizeof *y);
      continue;
    }
    last = h.at;
    Source w = {0};
    for (int64_t j = 0; j < p->columns; j++, go_on(&w, p->width, p->columns)) y[j] = x[h.at * p->width + w.at];
  }
}

static void gather_block(void *context, int64_t plane) {
  const Nearest *p = context;
  const float *dy = p->from + plane * p->rows * p->columns;
  float *dx = p->to + plane * p->height * p->width;
  memset(dx, 0, (size_t)(p->height * p->width) * sizeof *dx);
  Source h = {0};
  for (int64_t i = 0; i < p->rows; i++, dy += p->columns, go_on(&h, p->height, p->rows)) {
    Source w = {0};
    for (int64_t j = 0; j < p->columns; j++, go_on(&w, p->width, p->columns)) dx[h.at * p->width + w.at] += dy[j];
  }
}

static bool run(const SnCall *call, const SnArray *x, const SnArray *y, SnBlock block) {
  if (!sn_is_float32(x)) return false;
  Nearest p = {.height = x->shape[2], .width = x->shape[3], .rows = y->shape[2], .columns = y->shape[3]};
  p.from = call->in[0]->data;
  p.to = call->out[0]->data;
  sn_parallel(x->shape[0] * x->shape[1], block, &p);
  return true;
}

bool SN_CPU(interpolate_nearest)(const SnCall *call) { return run(call, call->in[0], call->out[0], repeat_block); }

bool SN_CPU(interpolate_nearest_backward)(const SnCall *call) {
  return run(call, call->out[0], call->in[0], gather_block);
}
