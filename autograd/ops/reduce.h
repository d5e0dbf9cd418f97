#ifndef SN_AUTOGRAD_OPS_REDUCE_H
#define SN_AUTOGRAD_OPS_REDUCE_H

#include "autograd/ops/common.h"

/* What a reduction works on: the shape with 1 in the reduced dimensions, and the result's shape. */
typedef struct SnReduction {
  int64_t kept[SN_MAX_DIMS];
  int ndim;
  int64_t shape[SN_MAX_DIMS];
  int64_t reduced_count; /* elements that become one */
} SnReduction;

bool sn_reduction(const char *op, const SnTensor *x, int count, const int *dims, bool keep_dims, SnReduction *result);

/* The reduced tensor (of kept's shape, contiguous) as one of the result's shape. */
SnTensor *sn_reduction_result(const SnTensor *reduced, const SnReduction *reduction);

/* A tensor of the result's shape seen in x's number of dimensions, 1 in each reduced one. */
SnTensor *sn_reduction_kept_view(const SnTensor *result, const SnReduction *reduction, const SnTensor *x);

#endif
