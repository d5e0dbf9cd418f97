/* One list of calls of every operation, for tests, benchmarks and new backends. The list is op_case_list.h; values come
 * from a formula that tests/oracle/ops.py follows too. */
#ifndef SN_TESTS_SUPPORT_OP_CASES_H
#define SN_TESTS_SUPPORT_OP_CASES_H

#include "autograd/ops.h"
#include "tensor/random.h"

typedef enum OpValues {
  OP_ABSENT,   /* NULL */
  OP_SIGNED,   /* magnitude in [0.25, 2.25): away from the kink at 0 */
  OP_POSITIVE, /* in [0.25, 2.25) */
  OP_WIDE,     /* magnitude in [16, 144): where a naive exponential overflows float32 */
  OP_KINKS,    /* -1, -0.5, 0, 0.5, 1: ties and kinks, where a derivative is a convention */
  OP_UNIT,     /* in [0, 1), a constant */
  OP_RUNNING,  /* in [0.25, 2.25), a constant that the operation may update */
  OP_CLASSES,  /* int64 in [0, classes), a constant */
} OpValues;

typedef struct OpInput {
  OpValues values;
  int ndim;
  int64_t shape[SN_MAX_DIMS];
  int64_t classes;
} OpInput;

typedef struct OpCase {
  const char *name;
  SnTensor *(*run)(SnTensor *const *in, SnDtype dtype);
  OpInput inputs[SN_MAX_INPUTS];
} OpCase;

extern const OpCase op_cases[];
extern const int op_case_count;

const OpCase *op_case_find(const char *name);
int op_case_inputs(const OpCase *op);
bool op_input_has_gradient(const OpInput *input);
bool op_case_has_kinks(const OpCase *op); /* finite differences mean nothing there */

/* How an input lies in memory. What is not part of it is NaN. */
typedef enum OpLayout {
  OP_CONTIGUOUS,
  OP_TRANSPOSED,    /* dimensions stored in reverse order */
  OP_NARROWED,      /* the middle of a tensor two larger in each dimension */
  OP_STEPPED,       /* every other element of a row */
  OP_EXPANDED,      /* the first dimension larger than 1 repeats its first element (stride 0) */
  OP_EXPANDED_COPY, /* the same values, contiguous */
  OP_LAYOUT_COUNT,
} OpLayout;

/* Number index of the values; which is an input's number, or OP_WEIGHTS. */
enum { OP_WEIGHTS = 99 };
double op_value(const char *name, int which, OpValues values, int64_t classes, int64_t index);

/* On the current device, in the innermost scope; floating-point ones of dtype. Constants that an operation may update
 * are always contiguous. NULL for an absent one. */
SnTensor *op_case_input(const OpCase *op, int which, SnDtype dtype, OpLayout layout);

/* What an operation gives for loss = sum(output * weights): the output, a gradient for every differentiable input, and
 * the values of those that it may update. */
typedef struct OpResults {
  int count;
  struct OpResult {
    char name[24]; /* "output", "gradient 0", "state 1" */
    int input;     /* 0, 1; -1 for the output */
    SnTensor *tensor;
  } items[1 + SN_MAX_INPUTS];
} OpResults;

/* False when an error stands. Everything belongs to the innermost scope. */
bool op_case_run(const OpCase *op, const SnBackend *backend, SnDtype dtype, OpLayout layout, OpResults *results);

#endif
