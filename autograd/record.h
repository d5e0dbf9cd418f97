/* Operations, their calls, and who gets them.
 *
 * An operation (autograd/ops/) runs its kernel and hands the call to this thread's recorder: a tape, which keeps it for
 * backward, or a trace, which keeps it for a plan. Without a recorder nothing is kept.
 */
#ifndef SN_AUTOGRAD_RECORD_H
#define SN_AUTOGRAD_RECORD_H

#include "tensor/tensor.h"

typedef struct SnRecord SnRecord;

/* What a plan makes of an operation. */
typedef enum SnOpKind {
  SN_OP_DENSE, /* its kernel on contiguous tensors; the kernel takes NULL for outputs but the first, which only backward
                  reads */
  SN_OP_ELEMENTWISE, /* its kernel makes each element of the output from the same element of the one input */
  SN_OP_STRIDED,     /* its kernel on tensors as they are, whatever their strides; outputs as above */
  SN_OP_BINARY,      /* its kernel on two tensors that are broadcast to one shape */
  SN_OP_REDUCTION,   /* its kernel over dimensions, which output 1 keeps with one element each */
  SN_OP_VIEW,        /* the input's elements through another shape and other strides; a copy where that cannot be */
  SN_OP_CONVOLUTION, /* these have rules of their own */
  SN_OP_LINEAR,
  SN_OP_BATCH_NORM,
  SN_OP_LAYER_NORM,
  SN_OP_MATMUL,
  SN_OP_CAT,
  SN_OP_TRAINING, /* belongs to training: it cannot be traced */
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

/* One call of an operation. Output 0 is the result; the others are what backward needs. */
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

/* ---- for autograd/tape.c and autograd/trace.c ---- */

/* Gets every call of its thread, with the caller's handles; false and an error when the operation is to fail. */
typedef bool (*SnRecorder)(const SnRecord *call);

SnRecorder sn_recorder(void); /* this thread's; NULL: none */
void sn_set_recorder(SnRecorder recorder);

/* The call with handles of its own in `scope`, into *record. */
bool sn_record_copy(SnScope *scope, const SnRecord *call, SnRecord *record);

#endif
