/* Which is the nearest, which the largest, and what lies there. */
#include "onnx/operations.h"

/* Candidates beside the wanted ones, as the kernels of nearest_neighbors choose them. */
enum { SPARE = 4 };

const char *sn_onnx_index_select(SnOnnxForward *forward, const SnRecord *record) {
  const char *x = sn_onnx_value(forward, record->inputs[0]), *index = sn_onnx_value(forward, record->inputs[1]);
  return sn_onnx_node(forward->onnx, "Gather", SN_ONNX_NAMES(x, index),
                      SN_ONNX_WITH(sn_onnx_int("axis", record->attributes.index_select.dim)));
}

/* Places of the `count` largest or smallest numbers of each row [R,M]: [R,count]. */
static const char *top(SnOnnxForward *forward, const char *x, int64_t count, bool largest) {
  const char *results[2] = {NULL, NULL}, *k = sn_onnx_numbers(forward->onnx, 1, &count);
  sn_onnx_node_of_many(forward->onnx, "TopK", SN_ONNX_NAMES(x, k),
                       SN_ONNX_WITH(sn_onnx_int("axis", -1), sn_onnx_int("largest", largest)), 2, results);
  return results[1];
}

/* - |b|^2 / 2 of the rows of a bank. */
static const char *half_squares(SnOnnxForward *forward, const char *bank) {
  SnOnnx *onnx = forward->onnx;
  const char *squares = sn_onnx_node(onnx, "Mul", SN_ONNX_NAMES(bank, bank), SN_ONNX_PLAIN);
  const char *axis = sn_onnx_numbers(onnx, 1, (int64_t[]){1}), *factor = sn_onnx_number(onnx, -0.5);
  const char *sums =
      sn_onnx_node(onnx, "ReduceSum", SN_ONNX_NAMES(squares, axis), SN_ONNX_WITH(sn_onnx_int("keepdims", 0)));
  return sn_onnx_node(onnx, "Mul", SN_ONNX_NAMES(sums, factor), SN_ONNX_PLAIN);
}

/* |x - b|^2 of rows x [R,C] and of rows [R,K] of the bank, from the differences. */
static const char *distances(SnOnnxForward *forward, const char *x, const char *bank, const char *rows) {
  SnOnnx *onnx = forward->onnx;
  const char *middle = sn_onnx_numbers(onnx, 1, (int64_t[]){1}), *last = sn_onnx_numbers(onnx, 1, (int64_t[]){2});
  const char *near = sn_onnx_node(onnx, "Gather", SN_ONNX_NAMES(bank, rows), SN_ONNX_PLAIN);
  x = sn_onnx_node(onnx, "Unsqueeze", SN_ONNX_NAMES(x, middle), SN_ONNX_PLAIN);
  const char *difference = sn_onnx_node(onnx, "Sub", SN_ONNX_NAMES(x, near), SN_ONNX_PLAIN);
  const char *squares = sn_onnx_node(onnx, "Mul", SN_ONNX_NAMES(difference, difference), SN_ONNX_PLAIN);
  return sn_onnx_node(onnx, "ReduceSum", SN_ONNX_NAMES(squares, last), SN_ONNX_WITH(sn_onnx_int("keepdims", 0)));
}

/* |x - b|^2 = |x|^2 - 2 (x b - |b|^2 / 2): the largest of the brackets are the nearest but for rounding. Of a few more
 * than are wanted the exact distances decide. */
const char *sn_onnx_nearest_neighbors(SnOnnxForward *forward, const SnRecord *record) {
  SnOnnx *onnx = forward->onnx;
  int64_t k = record->outputs[0]->array.shape[1], size = record->inputs[1]->array.shape[0];
  const char *x = sn_onnx_value(forward, record->inputs[0]), *bank = sn_onnx_value(forward, record->inputs[1]);
  const char *brackets = sn_onnx_node(onnx, "Gemm", SN_ONNX_NAMES(x, bank, half_squares(forward, bank)),
                                      SN_ONNX_WITH(sn_onnx_int("transB", 1)));
  const char *candidates = top(forward, brackets, k + SPARE < size ? k + SPARE : size, true);
  const char *order = top(forward, distances(forward, x, bank, candidates), k, false);
  return sn_onnx_node(onnx, "GatherElements", SN_ONNX_NAMES(candidates, order), SN_ONNX_WITH(sn_onnx_int("axis", 1)));
}

/* The place in the row, and as many more as the rows before it have. */
const char *sn_onnx_flat_argmax(SnOnnxForward *forward, const SnRecord *record) {
  SnOnnx *onnx = forward->onnx;
  const char *x = sn_onnx_value(forward, record->inputs[0]), *zero = sn_onnx_integer(onnx, 0);
  const char *columns = sn_onnx_integer(onnx, record->inputs[0]->array.shape[1]);
  const char *place =
      sn_onnx_node(onnx, "ArgMax", SN_ONNX_NAMES(x), SN_ONNX_WITH(sn_onnx_int("axis", 1), sn_onnx_int("keepdims", 0)));
  const char *shape = sn_onnx_node(onnx, "Shape", SN_ONNX_NAMES(x), SN_ONNX_PLAIN);
  const char *rows = sn_onnx_node(onnx, "Gather", SN_ONNX_NAMES(shape, zero), SN_ONNX_PLAIN);
  const char *count = sn_onnx_node(onnx, "Mul", SN_ONNX_NAMES(rows, columns), SN_ONNX_PLAIN);
  const char *before = sn_onnx_node(onnx, "Range", SN_ONNX_NAMES(zero, count, columns), SN_ONNX_PLAIN);
  return sn_onnx_node(onnx, "Add", SN_ONNX_NAMES(place, before), SN_ONNX_PLAIN);
}
