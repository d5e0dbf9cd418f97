/* What a plan knows of a forward: values and the operations between them, in an order in which they can run.
 *
 * A value is a dense piece of memory. Views (reshape, permute, narrow, expand) are no operations: an operand says
 * through which shape, strides and offset a value is read or written. Whatever copies, such as the reshape of a
 * permuted tensor, is a copy. Every node is a kernel with operands as kernels.h wants them, except CAT, which becomes
 * copies in the end. Convolutions and linear layers with constant weights are one kind of node, the fused convolution:
 * a linear layer on R rows is a 1x1 convolution of R images of one pixel.
 */
#ifndef SN_PLAN_GRAPH_H
#define SN_PLAN_GRAPH_H

#include "autograd/trace.h"

enum { SN_PLAN_CAT = SN_KERNEL_COUNT }; /* along attributes.narrow.dim */

typedef enum SnPlanValueKind { SN_PLAN_INPUT, SN_PLAN_CONSTANT, SN_PLAN_COMPUTED } SnPlanValueKind;

typedef struct SnPlanValue {
  SnPlanValueKind kind;
  SnDtype dtype;
  int64_t count;      /* elements */
  SnTensor *constant; /* contiguous; of a CONSTANT */
  int input;          /* which one; of an INPUT */
} SnPlanValue;

typedef struct SnPlanOperand {
  int value;      /* -1: absent */
  int64_t offset; /* elements before the first */
  SnArray array;  /* its data is not used */
} SnPlanOperand;

typedef struct SnPlanNode {
  int op;              /* an SnKernel or SN_PLAN_CAT */
  bool is_elementwise; /* of an operation SN_OP_ELEMENTWISE: what commutes with every view of its input */
  SnAttributes attributes;
  int input_count, output_count;
  SnPlanOperand inputs[SN_MAX_INPUTS], outputs[SN_MAX_OUTPUTS];
  /* Of a fused convolution: output o is scale[o] (weight[o] * x) + bias[o]. Its inputs are x, then, absent until
   * sn_plan_finish, prepared weight and bias, the residual, which may be absent, and until sn_plan_finish the gate, a
   * computed factor [in] of x's channels, which may be absent, too. */
  SnTensor *weight;     /* [out, in / groups, height, width], contiguous */
  double *scale, *bias; /* [out]; NULL: 1, and 0 */
} SnPlanNode;

enum {
  SN_CONVOLUTION_X = 0,
  SN_CONVOLUTION_PREPARED = 1,
  SN_CONVOLUTION_BIAS = 2,
  SN_CONVOLUTION_RESIDUAL = 3,
  SN_CONVOLUTION_GATE = 4, /* of the plan alone: no kernel has it */
  SN_CONVOLUTION_TAIL = 5
};

enum { SN_PLAN_MAX_INPUTS = 16, SN_PLAN_MAX_OUTPUTS = 16 };

typedef struct SnPlanGraph {
  SnScope *scope; /* owns constants, weights, scales and biases */
  const SnBackend *backend;
  SnDtype dtype;
  SnPlanValue *values;
  SnPlanNode *nodes;
  int value_count, value_capacity, node_count, node_capacity;
  int input_count, output_count;
  SnPlanOperand inputs[SN_PLAN_MAX_INPUTS];
  SnPlanOperand outputs[SN_PLAN_MAX_OUTPUTS];
} SnPlanGraph;

void sn_graph_free(SnPlanGraph *graph); /* what it holds; not the structure */

/* A new value's number, or -1 and an error. */
int sn_graph_value(SnPlanGraph *graph, SnPlanValueKind kind, SnDtype dtype, int64_t count);

/* Inserts before node `index`; pointers to nodes are void afterwards. */
bool sn_graph_insert(SnPlanGraph *graph, int index, const SnPlanNode *node);
void sn_graph_remove(SnPlanGraph *graph, int index);

/* The node that writes a value; -1: none. */
int sn_graph_producer(const SnPlanGraph *graph, int value);
/* How often a value is read, the graph's outputs included. */
int sn_graph_uses(const SnPlanGraph *graph, int value);
/* The node that alone reads a value, once; -1 when there are others, or the value is an output. */
int sn_graph_only_reader(const SnPlanGraph *graph, int value);
/* Whoever reads `old` reads `replacement`, of the same count, from now on. */
void sn_graph_replace(SnPlanGraph *graph, int old, int replacement);

/* ---- operands ---- */

SnPlanOperand sn_operand_absent(void);
SnPlanOperand sn_operand_dense(const SnPlanGraph *graph, int value, int ndim, const int64_t *shape);
/* Reads or writes all of its value, in order. */
bool sn_operand_is_whole(const SnPlanGraph *graph, const SnPlanOperand *operand);
/* Both are a whole value, the same one, in the same shape. */
bool sn_operands_are_same_whole(const SnPlanGraph *graph, const SnPlanOperand *a, const SnPlanOperand *b);

/* ---- nodes ---- */

/* A convolution of x [N,C,H,W] (dense, in value `x`) into the dense value `y`. */
SnPlanNode sn_node_convolution(const SnPlanGraph *graph, int x, const int64_t x_shape[4], int y, int64_t y_height,
                               int64_t y_width, const SnFusedConv2d *options);
/* A kernel with one input and one output of one shape, both whole. */
SnPlanNode sn_node_elementwise(const SnPlanGraph *graph, SnKernel kernel, int x, int y);
/* y [N,B,A] = x [N,A,B] with the last two dimensions exchanged. */
SnPlanNode sn_node_transpose(const SnPlanGraph *graph, int x, int64_t n, int64_t a, int64_t b, int y);

bool sn_node_is(const SnPlanNode *node, SnKernel kernel);
/* A convolution that only mixes channels: 1x1, stride 1, no padding. */
bool sn_node_is_pointwise(const SnPlanNode *node);
/* A convolution without residual and activation: a linear map and a bias. */
bool sn_node_is_linear(const SnPlanNode *node);
/* A copy that exchanges two dimensions, x [N,A,B] -> y [N,B,A]; a = 1 or b = 1: it changes nothing. */
bool sn_node_is_transpose(const SnPlanGraph *graph, const SnPlanNode *node, int64_t *n, int64_t *a, int64_t *b);

/* The activation that a kernel computes, NONE for others, and the other way round. */
SnActivation sn_activation_of(int op);
SnKernel sn_activation_kernel(SnActivation activation); /* not of NONE */

/* The linear convolution that makes a value which is read once and as a whole; -1: there is none. */
int sn_graph_linear_producer(const SnPlanGraph *graph, const SnPlanOperand *operand);

#endif
