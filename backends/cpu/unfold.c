#include <string.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/windows.h"

/* A block is one channel of one image. */
typedef struct Unfold {
  SnWindows windows;
  const float *from;
  float *to;
  int64_t area, cells, positions;
} Unfold;

static int64_t prepare(Unfold *u, const SnArray *x, const SnArray *columns, const SnUnfold *options) {
  for (int d = 0; d < 2; d++) {
    u->windows.size[d] = x->shape[2 + d];
    u->windows.kernel[d] = options->kernel[d];
    u->windows.stride[d] = options->stride[d];
    u->windows.padding[d] = options->padding[d];
    u->windows.dilation[d] = options->dilation[d];
    int64_t reach = options->dilation[d] * (options->kernel[d] - 1) + 1;
    u->windows.out[d] = (x->shape[2 + d] + 2 * options->padding[d] - reach) / options->stride[d] + 1;
  }
  u->area = x->shape[2] * x->shape[3];
  u->cells = options->kernel[0] * options->kernel[1];
  u->positions = columns->shape[2];
  return x->shape[0] * x->shape[1];
}

static void unfold_block(void *context, int64_t plane) {
  const Unfold *u = context;
  SN_CPU(gather_windows)
  (&u->windows, u->from + plane * u->area, 0, u->cells, 0, u->positions, u->to + plane * u->cells * u->positions,
   u->positions);
}

bool SN_CPU(unfold)(const SnCall *call) {
  const SnArray *x = call->in[0], *columns = call->out[0];
  if (!sn_is_float32(x)) return false;
  Unfold u = {.from = x->data, .to = columns->data};
  int64_t planes = prepare(&u, x, columns, &call->attributes.unfold);
  sn_parallel(planes, unfold_block, &u);
  return true;
}

static void fold_block(void *context, int64_t plane) {
  const Unfold *u = context;
  float *dx = u->to + plane * u->area;
  memset(dx, 0, (size_t)u->area * sizeof *dx);
  SN_CPU(scatter_windows)
  (&u->windows, u->from + plane * u->cells * u->positions, u->positions, 0, u->cells, 0, u->positions, dx);
}

bool SN_CPU(unfold_backward)(const SnCall *call) {
  const SnArray *dcolumns = call->in[0], *dx = call->out[0];
  if (!sn_is_float32(dcolumns)) return false;
  Unfold u = {.from = dcolumns->data, .to = dx->data};
  int64_t planes = prepare(&u, dx, dcolumns, &call->attributes.unfold);
  sn_parallel(planes, fold_block, &u);
  return true;
}
