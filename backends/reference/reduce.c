/* Reductions over the dimensions in which the output has size 1 (torch.sum, torch.amax). */
#include <math.h>

#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

/* The elements of x that make the first element of y. Other elements of y have the like, starting elsewhere in x. */
static SnArray reduced_block(const SnArray *x, const SnArray *y) {
  SnArray block = *x;
  for (int d = 0; d < x->ndim; d++)
    if (y->shape[d] != 1) block.shape[d] = 1;
  return block;
}

static double block_sum(const SnArray *block, int64_t start) {
  double sum = 0;
  int64_t index[SN_MAX_DIMS] = {0};
  for (int64_t left = sn_array_count(block); left > 0; left--, sn_advance(block, index))
    sum += sn_get(block, start + sn_at(block, index));
  return sum;
}

/* NaN if any element is NaN; -infinity of none. */
static double block_max(const SnArray *block, int64_t start) {
  double max = -INFINITY;
  int64_t index[SN_MAX_DIMS] = {0};
  for (int64_t left = sn_array_count(block); left > 0; left--, sn_advance(block, index)) {
    double x = sn_get(block, start + sn_at(block, index));
    if (x > max || isnan(x)) max = x;
    if (isnan(max)) break;
  }
  return max;
}

static bool reduce(const SnCall *call, double (*of_block)(const SnArray *block, int64_t start)) {
  const SnArray *x = call->in[0], *y = call->out[0];
  SnArray block = reduced_block(x, y);
  int64_t index[SN_MAX_DIMS] = {0};
  for (int64_t left = sn_array_count(y); left > 0; left--, sn_advance(y, index))
    sn_set(y, sn_at(y, index), of_block(&block, sn_at(x, index)));
  return true;
}

bool sn_reference_sum(const SnCall *call) { return reduce(call, block_sum); }

bool sn_reference_max(const SnCall *call) { return reduce(call, block_max); }

/* Elements that tie for the maximum share its gradient equally (torch.amax). */
bool sn_reference_max_backward(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->in[1], *dy = call->in[2], *dx = call->out[0];
  SnArray block = reduced_block(x, y);
  int64_t outer[SN_MAX_DIMS] = {0};
  for (int64_t blocks = sn_array_count(y); blocks > 0; blocks--, sn_advance(y, outer)) {
    int64_t x_start = sn_at(x, outer), dx_start = sn_at(dx, outer), count = sn_array_count(&block), ties = 0;
    double max = sn_get(y, sn_at(y, outer)), gradient = sn_get(dy, sn_at(dy, outer));
    int64_t inner[SN_MAX_DIMS] = {0};
    for (int64_t left = count; left > 0; left--, sn_advance(&block, inner))
      ties += sn_get(x, x_start + sn_at(x, inner)) == max;
    for (int64_t left = count; left > 0; left--, sn_advance(&block, inner)) {
      bool is_max = sn_get(x, x_start + sn_at(x, inner)) == max;
      sn_set(dx, dx_start + sn_at(dx, inner), is_max ? gradient / (double)ties : 0);
    }
  }
  return true;
}
