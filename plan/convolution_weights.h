/* Arithmetic on the weights of convolutions, in double precision: what passes multiply, split and stack. */
#ifndef SN_PLAN_CONVOLUTION_WEIGHTS_H
#define SN_PLAN_CONVOLUTION_WEIGHTS_H

#include "plan/graph.h"

/* Weight o, i, cell of a convolution, [out][in][cells] row by row; in: a group's input channels. */
typedef struct SnPlanWeights {
  int64_t out, in, groups, cells;
  double *data; /* owned */
} SnPlanWeights;

/* Zeros. */
bool sn_plan_weights_new(SnPlanWeights *weights, int64_t out, int64_t in, int64_t groups, int64_t cells);

/* The node's weight times its scale. False and an error when memory is short. */
bool sn_plan_weights_read(const SnPlanNode *node, SnPlanWeights *weights);

/* Becomes the node's weight, in the graph's dtype and the shape that the node's attributes say, without a scale; its
 * groups too. Frees the weights. */
bool sn_plan_weights_write(SnPlanGraph *graph, SnPlanNode *node, SnPlanWeights *weights);

void sn_plan_weights_free(SnPlanWeights *weights);

/* The same map in fewer groups, of which the present number is a multiple: blocks along the diagonal, zeros beside. */
bool sn_plan_weights_coarsen(SnPlanWeights *weights, int64_t groups);

/* second after first, for a second of one cell; both in the same number of groups. The backend's matrix product is used
 * where it has one for double precision. */
bool sn_plan_weights_multiply(const SnBackend *backend, const SnPlanWeights *second, const SnPlanWeights *first,
                              SnPlanWeights *product);

/* Outputs [out, out + outs) and, of each, inputs [in, in + ins). The node's bias is split alike by the caller. */
bool sn_plan_weights_part(const SnPlanWeights *whole, int64_t out, int64_t outs, int64_t in, int64_t ins,
                          SnPlanWeights *part);

/* bias += sum over inputs of weight[o, input] in_bias[input], for weights of one cell. NULL in_bias: nothing. */
void sn_plan_weights_apply_to_bias(const SnPlanWeights *weights, const double *in_bias, double *bias);

/* A vector of the graph's, of the given values or zeros (values NULL). */
double *sn_plan_numbers(SnPlanGraph *graph, int64_t count, const double *values);

int64_t sn_greatest_common_divisor(int64_t a, int64_t b);

#endif
