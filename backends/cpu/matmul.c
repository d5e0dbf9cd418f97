#include "backends/cpu/blas.h"
#include "backends/cpu/cpu.h"
#include "backends/cpu/gemm.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/product.h"

/* Matrices of double precision, which plans multiply weights with: contiguous ones only, and no addend. A block is some
 * rows of y. */
typedef struct Doubles {
  int64_t m, n, k, rows, down;
  const double *a, *b;
  double *y;
} Doubles;

static void multiply_doubles(void *context, int64_t block) {
  const Doubles *p = context;
  int64_t i = block % p->down * p->rows, batch = block / p->down;
  sn_blas_enter();
  sn_blas.dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)sn_smaller(p->rows, p->m - i), (int)p->n, (int)p->k, 1,
                p->a + (batch * p->m + i) * p->k, (int)p->k, p->b + batch * p->k * p->n, (int)p->n, 0,
                p->y + (batch * p->m + i) * p->n, (int)p->n);
  sn_blas_leave();
}

static bool matmul_doubles(const SnArray *a, const SnArray *b, const SnArray *y) {
  enum { ROWS = 128 };
  Doubles p = {a->shape[1], b->shape[2], a->shape[2], ROWS, sn_divide_up(a->shape[1], ROWS), a->data, b->data, y->data};
  if (!sn_array_is_contiguous(a) || !sn_array_is_contiguous(b) || sn_array_count(y) == 0 || p.k == 0 ||
      !SN_CPU(gemm_takes)(p.m, p.n, p.k, 0) || !sn_blas_ready())
    return false;
  sn_parallel(y->shape[0] * p.down, multiply_doubles, &p);
  return true;
}

bool SN_CPU(matmul)(const SnCall *call) {
  const SnArray *a = call->in[0], *b = call->in[1], *addend = call->in[2], *y = call->out[0];
  if (y->dtype == SN_FLOAT64) return !addend && matmul_doubles(a, b, y);
  return sn_is_float32(y) && SN_CPU(product)(a, b, NULL, addend ? addend->data : NULL, y->data);
}
