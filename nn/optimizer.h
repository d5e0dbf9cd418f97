/* Optimisers: torch.optim's Adam, AdamW and SGD over the parameters of one module. */
#ifndef SN_NN_OPTIMIZER_H
#define SN_NN_OPTIMIZER_H

#include "nn/module.h"

/* torch.optim's names. */
typedef enum SnOptimizerKind { SN_ADAM, SN_ADAMW, SN_SGD } SnOptimizerKind;

/* Its settings, as torch.optim has them. */
typedef struct SnOptimizerOptions {
  SnOptimizerKind kind;       /* which formulas */
  double learning_rate;       /* above 0 */
  double weight_decay;        /* Adam and SGD: added to the gradient (L2); AdamW: decoupled */
  double beta1, beta2, eps;   /* Adam and AdamW */
  double momentum, dampening; /* SGD */
  bool nesterov;              /* SGD */
} SnOptimizerOptions;

/* PyTorch's defaults: betas 0.9 and 0.999, eps 1e-8; weight decay 0 (AdamW 0.01); no momentum. */
SnOptimizerOptions sn_optimizer_defaults(SnOptimizerKind kind, double learning_rate);

/* An optimiser with its state. */
typedef struct SnOptimizer {
  SnOptimizerOptions options; /* learning_rate may be changed between steps */
  int64_t step;               /* steps done */
  int64_t count;              /* of the parameters */
  SnTensor **parameters;      /* [count] */
  SnTensor **first;  /* first moment (Adam) or momentum buffer (SGD with momentum; else NULL) of each parameter */
  SnTensor **second; /* second moment (Adam), or NULL */
} SnOptimizer;

/* In the innermost scope; all state is made here. A module without parameters is allowed. */
SnOptimizer *sn_optimizer_new(const SnModule *module, SnOptimizerOptions options);

/* Forgets the accumulated gradients of all its parameters: to be called before each backward pass. */
void sn_optimizer_zero_gradients(SnOptimizer *optimizer);

/* Updates the parameters and moments from the accumulated gradients, as step number `step` (1 is the first);
 * parameters without a gradient stay. Only kernels run: `optimizer->step` and all else on the host stays as it is, so
 * a recording (backends/backend.h) can be made of it. False after an error; then it does nothing. */
bool sn_optimizer_update(SnOptimizer *optimizer, int64_t step);

/* One step: the update of step number optimizer->step + 1, which is counted when it succeeds. */
bool sn_optimizer_step(SnOptimizer *optimizer);

/* State for checkpoints: "prefix" + "<i>.first" and "<i>.second"; `step` is the caller's to keep. */
bool sn_optimizer_state(const SnOptimizer *optimizer, const char *prefix, SnStateDict *dict);

/* torch.optim.lr_scheduler.CosineAnnealingLR in closed form: base at step 0, floor at step `period` (and rising again
 * after it). */
double sn_cosine_rate(double base, double floor, int64_t step, int64_t period);

#endif
