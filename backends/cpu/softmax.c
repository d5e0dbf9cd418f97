#include <math.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/pool.h"

/* A block is some rows, of about BLOCK elements. */
enum { BLOCK = 4096 };

typedef void (*RowFunction)(int64_t n, const float *restrict a, const float *restrict b, float *restrict y);

typedef struct Rows {
  RowFunction function;
  const float *a, *b;
  float *y;
  int64_t rows, columns, rows_per_block;
} Rows;

static void rows_block(void *context, int64_t block) {
  const Rows *r = context;
  int64_t end = sn_smaller((block + 1) * r->rows_per_block, r->rows);
  for (int64_t row = block * r->rows_per_block; row < end; row++) {
    int64_t at = row * r->columns;
    r->function(r->columns, r->a + at, r->b ? r->b + at : NULL, r->y + at);
  }
}

static bool each_row(const SnCall *call, RowFunction function) {
  const SnArray *a = call->in[0], *b = call->in[1];
  if (!sn_is_float32(a)) return false;
  if (sn_array_count(a) == 0) return true;
  Rows r = {function, a->data, b ? b->data : NULL, call->out[0]->data, a->shape[0], a->shape[1], 1};
  r.rows_per_block = sn_larger(1, BLOCK / r.columns);
  sn_parallel(sn_divide_up(r.rows, r.rows_per_block), rows_block, &r);
  return true;
}

static float maximum(int64_t n, const float *x) {
  float max = -INFINITY;
  for (int64_t i = 0; i < n; i++)
    if (x[i] > max) max = x[i];
  return max;
}

static void softmax(int64_t n, const float *restrict x, const float *restrict unused, float *restrict y) {
  (void)unused;
  float max = maximum(n, x);
  double sum = 0;
  for (int64_t i = 0; i < n; i++) {
    y[i] = expf(x[i] - max);
    sum += (double)y[i];
  }
  float scale = (float)(1 / sum);
  for (int64_t i = 0; i < n; i++) y[i] *= scale;
}

static void softmax_backward(int64_t n, const float *restrict y, const float *restrict dy, float *restrict dx) {
  double dot = 0;
  for (int64_t i = 0; i < n; i++) dot += (double)y[i] * (double)dy[i];
  for (int64_t i = 0; i < n; i++) dx[i] = (float)((double)y[i] * ((double)dy[i] - dot));
}

static void log_softmax(int64_t n, const float *restrict x, const float *restrict unused, float *restrict y) {
  (void)unused;
  float max = maximum(n, x);
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += (double)expf(x[i] - max);
  double shift = (double)max + log(sum);
  for (int64_t i = 0; i < n; i++) y[i] = (float)((double)x[i] - shift);
}

static void log_softmax_backward(int64_t n, const float *restrict y, const float *restrict dy, float *restrict dx) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += (double)dy[i];
  for (int64_t i = 0; i < n; i++) dx[i] = (float)((double)dy[i] - (double)expf(y[i]) * sum);
}

bool SN_CPU(softmax)(const SnCall *call) { return each_row(call, softmax); }

bool SN_CPU(softmax_backward)(const SnCall *call) { return each_row(call, softmax_backward); }

bool SN_CPU(log_softmax)(const SnCall *call) { return each_row(call, log_softmax); }

bool SN_CPU(log_softmax_backward)(const SnCall *call) { return each_row(call, log_softmax_backward); }
