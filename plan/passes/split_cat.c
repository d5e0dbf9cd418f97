/* With the channels of x = [x1, x2, …] and the columns of W = [W1 | W2 | …] split alike,
 *
 *   W x + b = (W1 x1 + b) + (W2 x2 + …),
 *
 * so each part can be mapped where it comes from, and x is never put together. Where W is in groups that each see one
 * part only, the result is [W1 x1 + b1, W2 x2 + b2, …] instead. True of convolutions of any kernel. */
#include "plan/convolution_weights.h"
#include "plan/cost.h"
#include "plan/passes.h"

/* Channels of each part, where the concatenation is one along the channels of the convolution's x [N,C,H,W]. */
static bool read_parts(const SnPlanGraph *graph, const SnPlanNode *cat, const SnArray *x, int64_t *channels) {
  const SnArray *whole = &cat->outputs[0].array;
  int dim = cat->attributes.narrow.dim;
  int64_t before = 1, after = 1;
  for (int d = 0; d < dim; d++) before *= whole->shape[d];
  for (int d = dim + 1; d < whole->ndim; d++) after *= whole->shape[d];
  if (before != x->shape[0] || whole->shape[dim] != x->shape[1] || after != x->shape[2] * x->shape[3]) return false;
  for (int i = 0; i < cat->input_count; i++) {
    channels[i] = cat->inputs[i].array.shape[dim];
    if (!sn_operand_is_whole(graph, &cat->inputs[i]) || channels[i] == 0) return false;
  }
  return true;
}

typedef struct Split {
  SnPlanNode map, cat;
  int64_t channels[SN_MAX_INPUTS];
  SnPlanWeights weights;
  SnPlanNode parts[SN_MAX_INPUTS];
} Split;

/* Part i of the map: some outputs of some of its inputs, into a value of its own. */
static bool make_part(SnPlanGraph *graph, Split *split, int i, int64_t out, int64_t outs, int64_t in, int64_t groups,
                      const double *bias) {
  const SnPlanNode *map = &split->map;
  const int64_t *x = map->inputs[0].array.shape, *y = map->outputs[0].array.shape;
  SnFusedConv2d options = map->attributes.fused_conv2d;
  options.in = split->channels[i];
  options.out = outs;
  options.conv2d.groups = groups;
  int value = sn_graph_value(graph, SN_PLAN_COMPUTED, map->outputs[0].array.dtype, y[0] * outs * y[2] * y[3]);
  if (value < 0) return false;
  SnPlanNode part = sn_node_convolution(graph, split->cat.inputs[i].value, (int64_t[]){x[0], options.in, x[2], x[3]},
                                        value, y[2], y[3], &options);
  SnPlanWeights weights;
  int64_t ins = split->weights.groups == 1 ? options.in : split->weights.in;
  if (!sn_plan_weights_part(&split->weights, out, outs, in, ins, &weights)) return false;
  weights.groups = groups;
  if (bias) part.bias = sn_plan_numbers(graph, outs, bias + out);
  split->parts[i] = part;
  return sn_plan_weights_write(graph, &split->parts[i], &weights);
}

/* The parts, then `end`, which takes them, instead of node `index`. */
static bool put(SnPlanGraph *graph, int index, const Split *split, const SnPlanNode *ends, int end_count) {
  sn_graph_remove(graph, index);
  for (int i = 0; i < split->cat.input_count; i++) sn_graph_insert(graph, index++, &split->parts[i]);
  for (int i = 0; i < end_count; i++) sn_graph_insert(graph, index++, &ends[i]);
  return sn_ok();
}

static bool put_side_by_side(SnPlanGraph *graph, int index, Split *split) {
  int64_t groups = split->weights.groups, outs = split->weights.out / groups, group = 0;
  SnPlanNode cat = split->cat;
  const int64_t *y = split->map.outputs[0].array.shape;
  cat.attributes.narrow.dim = 1;
  cat.outputs[0] = split->map.outputs[0];
  for (int i = 0; i < cat.input_count; i++) {
    int64_t count = split->channels[i] / split->weights.in;
    if (!make_part(graph, split, i, group * outs, count * outs, 0, count, split->map.bias)) return false;
    cat.inputs[i] =
        sn_operand_dense(graph, split->parts[i].outputs[0].value, 4, (int64_t[]){y[0], count * outs, y[2], y[3]});
    group += count;
  }
  return put(graph, index, split, &cat, 1);
}

/* The first part last, so that the sum of the others can become its residual. */
static bool put_sum(SnPlanGraph *graph, int index, Split *split) {
  SnPlanNode sums[SN_MAX_INPUTS];
  int64_t in = 0, count = sn_array_count(&split->map.outputs[0].array);
  int parts = split->cat.input_count, sum_count = 0, sum = -1;
  for (int i = 0; i < parts; i++) {
    if (!make_part(graph, split, i, 0, split->weights.out, in, 1, i == 0 ? split->map.bias : NULL)) return false;
    in += split->channels[i];
  }
  for (int i = 1; i <= parts && parts > 1; i++) {
    int value = split->parts[i % parts].outputs[0].value;
    if (i == 1) {
      sum = value;
      continue;
    }
    int result = i == parts ? split->map.outputs[0].value
                            : sn_graph_value(graph, SN_PLAN_COMPUTED, split->map.outputs[0].array.dtype, count);
    if (result < 0) return false;
    SnPlanNode add = sn_node_elementwise(graph, SN_KERNEL_add, value, result);
    add.input_count = 2;
    add.inputs[1] = sn_operand_dense(graph, sum, 1, &count);
    sums[sum_count++] = add;
    sum = result;
  }
  if (parts == 1) split->parts[0].outputs[0] = split->map.outputs[0];
  return put(graph, index, split, sums, sum_count);
}

static bool split_at(SnPlanGraph *graph, int index, int producer) {
  Split split = {.map = graph->nodes[index], .cat = graph->nodes[producer]};
  if (!read_parts(graph, &split.cat, &split.map.inputs[0].array, split.channels)) return false;
  SnFusedConv2d *options = &split.map.attributes.fused_conv2d;
  int64_t group = options->in / options->conv2d.groups;
  bool aligned = options->conv2d.groups > 1;
  for (int i = 0; i < split.cat.input_count; i++) aligned = aligned && split.channels[i] % group == 0;
  if (!aligned && options->conv2d.groups > 1) { /* groups across parts: only as one dense map, if that is worth it */
    SnPlanNode dense = split.map;
    dense.attributes.fused_conv2d.conv2d.groups = 1;
    if (sn_node_cost(graph, &dense) > sn_node_cost(graph, &split.map) + sn_node_cost(graph, &split.cat)) return false;
  }
  if (!sn_plan_weights_read(&split.map, &split.weights)) return false;
  bool done = (aligned || sn_plan_weights_coarsen(&split.weights, 1)) &&
              (aligned ? put_side_by_side(graph, index, &split) : put_sum(graph, index, &split));
  sn_plan_weights_free(&split.weights);
  if (done) sn_graph_remove(graph, producer);
  return done;
}

bool sn_pass_split_cat(SnPlanGraph *graph) {
  bool changed = false;
  for (int i = 0; i < graph->node_count && sn_ok(); i++) {
    const SnPlanNode *map = &graph->nodes[i];
    const SnPlanOperand *x = &map->inputs[SN_CONVOLUTION_X];
    if (!sn_node_is_linear(map) || !sn_operand_is_whole(graph, x) || sn_graph_only_reader(graph, x->value) != i)
      continue;
    int producer = sn_graph_producer(graph, x->value);
    if (producer >= 0 && graph->nodes[producer].op == SN_PLAN_CAT) changed = split_at(graph, i, producer) || changed;
  }
  return changed;
}
