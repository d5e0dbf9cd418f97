/* Reverse-mode differentiation by a tape of plain records.
 *
 *     SnTape *tape = sn_tape_begin();
 *     SnTensor *loss = ...;                  operations on parameters are recorded
 *     sn_backward(tape, loss);               every parameter's gradient is accumulated
 *     sn_tape_end(tape);
 *
 * Without a tape nothing is recorded: evaluation needs no flag. One tape records at a time in a thread. The tape holds
 * what backward needs, so the scopes in which intermediate tensors were made may be closed before; it belongs to the
 * scope in which it began, and must be ended before that is closed.
 */
#ifndef SN_AUTOGRAD_TAPE_H
#define SN_AUTOGRAD_TAPE_H

#include "tensor/tensor.h"

typedef struct SnTape SnTape;
typedef struct SnRecord SnRecord;

SnTape *sn_tape_begin(void);
void sn_tape_end(SnTape *tape); /* NULL is allowed */
bool sn_is_recording(void);     /* in this thread */

/* Adds d loss / d p to the gradient of every parameter p that the one-element tensor loss was computed from. Once a
 * tape. */
bool sn_backward(SnTape *tape, const SnTensor *loss);

/* Makes a tensor a parameter: gradients are accumulated for it, as with PyTorch's requires_grad_(). Returns it. */
SnTensor *sn_require_gradient(SnTensor *tensor);

/* A parameter's accumulated gradient, of its shape; NULL, without an error, while there is none. */
SnTensor *sn_gradient(const SnTensor *parameter);
void sn_zero_gradient(SnTensor *parameter);

/* ---- for operations (autograd/ops/) ---- */

/* What a plan makes of an operation. */
typedef enum SnOpKind {
  SN_OP_DENSE, /* its kernel on contiguous tensors; the kernel takes NULL for outputs but the first, which only backward
                  reads */
  SN_OP_ELEMENTWISE, /* its kernel makes each element of the output from the same element of the one input */
  SN_OP_BINARY,      /* its kernel on two tensors that are broadcast to one shape */
  SN_OP_REDUCTION,   /* its kernel over dimensions, which output 1 keeps with one element each */
  SN_OP_VIEW,        /* the input's elements through another shape and other strides; a copy where that cannot be */
  SN_OP_CONVOLUTION, /* these five have rules of their own */
  SN_OP_LINEAR,
  SN_OP_BATCH_NORM,
  SN_OP_MATMUL,
  SN_OP_CAT,
  SN_OP_TRAINING, /* belongs to training, and is in no plan */
  SN_OP_KIND_COUNT
} SnOpKind;

typedef struct SnOp {
  const char *name;
  SnOpKind kind;
  SnKernel kernel; /* that does the work */
  /* Reads the output's gradient (sn_output_gradient) and adds to the inputs' (sn_accumulate), for those inputs that
   * need one (sn_needs_gradient). Runs in a scope of its own, with recording off. */
  void (*backward)(const SnRecord *record);
} SnOp;

/* One call of an operation. Output 0 is the result; the others are what backward wants remembered. */
struct SnRecord {
  const SnOp *op;
  int input_count, output_count;
  SnTensor *inputs[SN_MAX_INPUTS]; /* NULL where an optional one is absent */
  SnTensor *outputs[SN_MAX_OUTPUTS];
  SnAttributes attributes;
};

/* Runs its kernel on the inputs and outputs, then records the call. Returns output 0, or NULL. attributes may be
 * NULL.*/
SnTensor *sn_apply(const SnOp *op, int input_count, SnTensor *const *inputs, int output_count, SnTensor *const *outputs,
                   const SnAttributes *attributes);

/* Records a call whose work is done already (views). Returns the output, or NULL. */
SnTensor *sn_record(const SnOp *op, int input_count, SnTensor *const *inputs, int output_count,
                    SnTensor *const *outputs, const SnAttributes *attributes);

bool sn_needs_gradient(const SnTensor *tensor); /* false for NULL */
SnTensor *sn_output_gradient(const SnRecord *record);
/* gradient has tensor's shape; nothing happens when the tensor needs none. */
void sn_accumulate(const SnTensor *tensor, SnTensor *gradient);

#endif
