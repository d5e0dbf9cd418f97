/* One row, as squeeze and excitation have it, has its own loop: what it costs is to read the weight, once. */
#include <string.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/product.h"
#include "backends/cpu/vector.h"

enum { BLOCK = 1 << 14 /* weights: less is not worth a second thread */ };

typedef struct Row {
  const float *x, *weight, *bias;
  float *y;
  int64_t in, out, pitch, outputs; /* from one weight row to the next; outputs of a block */
} Row;

static inline SnVector load_some(const float *from, int64_t count) {
  float padded[SN_LANES] = {0};
  memcpy(padded, from, (size_t)count * sizeof *from);
  return sn_load(padded);
}

/* Outputs from o on, at most SN_LANES: a vector of partial sums each. */
static void multiply_rows(const Row *r, int64_t o, int64_t count) {
  SnVector sums[SN_LANES];
  const float *weight = r->weight + o * r->pitch;
  int64_t whole = r->in / SN_LANES * SN_LANES, rest = r->in - whole;
  SnVector last = load_some(r->x + whole, rest);
  for (int64_t t = 0; t < SN_LANES; t++) {
    const float *of_output = weight + sn_smaller(t, count - 1) * r->pitch;
    sums[t] = rest > 0 ? last * load_some(of_output + whole, rest) : sn_repeat(0);
  }
  for (int64_t i = 0; i < whole; i += SN_LANES) {
    SnVector x = sn_load(r->x + i);
    for (int64_t t = 0; t < SN_LANES; t++)
      sums[t] = sn_multiply_add(x, sn_load(weight + sn_smaller(t, count - 1) * r->pitch + i), sums[t]);
  }
  sn_transpose(sums);
  for (int lane = 1; lane < SN_LANES; lane++) sums[0] += sums[lane];
  for (int64_t t = 0; t < count; t++) r->y[o + t] = sums[0][t] + (r->bias ? r->bias[o + t] : 0);
}

static void row_block(void *context, int64_t block) {
  const Row *r = context;
  int64_t end = sn_smaller((block + 1) * r->outputs, r->out);
  for (int64_t o = block * r->outputs; o < end; o += SN_LANES) multiply_rows(r, o, sn_smaller(SN_LANES, end - o));
}

static bool row(const SnCall *call) {
  const SnArray *x = call->in[0], *weight = call->in[1], *bias = call->in[2];
  Row r = {x->data,          weight->data,     bias ? bias->data : NULL, call->out[0]->data,
           weight->shape[1], weight->shape[0], weight->stride[0],        0};
  r.outputs = sn_divide_up(BLOCK, sn_larger(r.in, 1) * SN_LANES) * SN_LANES;
  sn_parallel(sn_divide_up(r.out, r.outputs), row_block, &r);
  return true;
}

bool SN_CPU(linear)(const SnCall *call) {
  const SnArray *x = call->in[0], *weight = call->in[1], *bias = call->in[2];
  if (!sn_is_float32(x) || (bias && bias->shape[0] > 1 && bias->stride[0] != 1)) return false;
  if (x->shape[0] == 1 && x->stride[1] == 1 && weight->stride[1] == 1) return row(call);
  SnArray a = {x->data, SN_FLOAT32, 3, {1, x->shape[0], x->shape[1]}, {0, x->stride[0], x->stride[1]}};
  SnArray b = {
      weight->data, SN_FLOAT32, 3, {1, weight->shape[1], weight->shape[0]}, {0, weight->stride[1], weight->stride[0]}};
  return SN_CPU(product)(&a, &b, bias ? bias->data : NULL, NULL, call->out[0]->data);
}
