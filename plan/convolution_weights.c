#include "plan/convolution_weights.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

bool sn_plan_weights_new(SnPlanWeights *weights, int64_t out, int64_t in, int64_t groups, int64_t cells) {
  *weights = (SnPlanWeights){.out = out, .in = in, .groups = groups, .cells = cells};
  int64_t count;
  if (!sn_multiply(out, in, &count) || !sn_multiply(count, cells, &count))
    return sn_fail("a plan's weight is too large");
  weights->data = sn_allocate(count, sizeof *weights->data, "a plan's weights");
  return weights->data != NULL;
}

void sn_plan_weights_free(SnPlanWeights *weights) {
  free(weights->data);
  *weights = (SnPlanWeights){0};
}

bool sn_plan_weights_read(const SnPlanNode *node, SnPlanWeights *weights) {
  const SnFusedConv2d *options = &node->attributes.fused_conv2d;
  int64_t groups = options->conv2d.groups, cells = options->kernel[0] * options->kernel[1];
  if (!sn_plan_weights_new(weights, options->out, options->in / groups, groups, cells)) return false;
  if (!sn_to_host(node->weight, SN_FLOAT64, weights->data)) {
    sn_plan_weights_free(weights);
    return false;
  }
  int64_t row = weights->in * cells;
  for (int64_t o = 0; node->scale && o < weights->out; o++)
    for (int64_t i = 0; i < row; i++) weights->data[o * row + i] *= node->scale[o];
  return true;
}

bool sn_plan_weights_write(SnPlanGraph *graph, SnPlanNode *node, SnPlanWeights *weights) {
  SnFusedConv2d *options = &node->attributes.fused_conv2d;
  int64_t shape[] = {weights->out, weights->in, options->kernel[0], options->kernel[1]};
  options->out = weights->out;
  options->in = weights->in * weights->groups;
  options->conv2d.groups = weights->groups;
  sn_scope_enter(graph->scope);
  SnScope *wide = sn_scope_open();
  SnTensor *numbers = sn_from_host(SN_FLOAT64, 4, shape, weights->data);
  sn_scope_suspend(wide);
  node->weight = sn_empty(graph->dtype, 4, shape);
  if (node->weight && numbers) sn_copy_into(node->weight, numbers);
  sn_scope_close(wide);
  sn_scope_leave(graph->scope);
  node->scale = NULL;
  sn_plan_weights_free(weights);
  return sn_ok();
}

bool sn_plan_weights_coarsen(SnPlanWeights *weights, int64_t groups) {
  if (groups == weights->groups) return true;
  SnPlanWeights coarse;
  int64_t times = weights->groups / groups, row = weights->in * weights->cells;
  if (!sn_plan_weights_new(&coarse, weights->out, weights->in * times, groups, weights->cells)) return false;
  int64_t outs = weights->out / weights->groups; /* of a fine group */
  for (int64_t o = 0; o < weights->out; o++) {
    int64_t place = o / outs % times; /* of the fine group in its coarse one */
    memcpy(coarse.data + (o * times + place) * row, weights->data + o * row, (size_t)row * sizeof(double));
  }
  sn_plan_weights_free(weights);
  *weights = coarse;
  return true;
}

/* c [m,n] += a [m,k] b [k,n], passing over a's zeros. */
static void multiply_add(int64_t m, int64_t n, int64_t k, const double *a, const double *b, double *c) {
  for (int64_t i = 0; i < m; i++) {
    double *restrict row = c + i * n;
    for (int64_t l = 0; l < k; l++) {
      double factor = a[i * k + l];
      const double *restrict from = b + l * n;
      if (factor == 0) continue;
      for (int64_t j = 0; j < n; j++) row[j] += factor * from[j];
    }
  }
}

static SnArray batch_of(double *data, int64_t batch, int64_t rows, int64_t columns) {
  return (SnArray){data, SN_FLOAT64, 3, {batch, rows, columns}, {rows * columns, columns, 1}};
}

bool sn_plan_weights_multiply(const SnBackend *backend, const SnPlanWeights *second, const SnPlanWeights *first,
                              SnPlanWeights *product) {
  int64_t groups = first->groups, row = first->in * first->cells;
  if (!sn_plan_weights_new(product, second->out, first->in, groups, first->cells)) return false;
  int64_t outs = second->out / groups, middle = first->out / groups;
  SnArray a = batch_of(second->data, groups, outs, middle), b = batch_of(first->data, groups, middle, row);
  SnArray y = batch_of(product->data, groups, outs, row);
  SnKernelFunction fast = backend->copy_to_host ? NULL : backend->kernels[SN_KERNEL_matmul];
  if (groups == 1 && fast && backend != sn_backend_reference() && fast(&(SnCall){.in = {&a, &b}, .out = {&y}}))
    return true;
  for (int64_t g = 0; g < groups; g++)
    multiply_add(outs, row, middle, second->data + g * outs * middle, first->data + g * middle * row,
                 product->data + g * outs * row);
  return true;
}

bool sn_plan_weights_part(const SnPlanWeights *whole, int64_t out, int64_t outs, int64_t in, int64_t ins,
                          SnPlanWeights *part) {
  if (!sn_plan_weights_new(part, outs, ins, 1, whole->cells)) return false;
  for (int64_t o = 0; o < outs; o++)
    memcpy(part->data + o * ins * whole->cells, whole->data + ((out + o) * whole->in + in) * whole->cells,
           (size_t)(ins * whole->cells) * sizeof(double));
  return true;
}

void sn_plan_weights_apply_to_bias(const SnPlanWeights *weights, const double *in_bias, double *bias) {
  int64_t outs = weights->out / weights->groups;
  for (int64_t o = 0; in_bias && o < weights->out; o++)
    for (int64_t i = 0; i < weights->in; i++)
      bias[o] += weights->data[o * weights->in + i] * in_bias[o / outs * weights->in + i];
}

double *sn_plan_numbers(SnPlanGraph *graph, int64_t count, const double *values) {
  sn_scope_enter(graph->scope);
  double *numbers = sn_scope_allocate(count, sizeof *numbers, NULL);
  sn_scope_leave(graph->scope);
  if (numbers && values) memcpy(numbers, values, (size_t)count * sizeof *numbers);
  return numbers;
}

int64_t sn_greatest_common_divisor(int64_t a, int64_t b) {
  while (b != 0) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}
