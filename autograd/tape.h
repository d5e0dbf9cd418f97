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

#include "autograd/record.h"

/* The operations that were recorded, in order. */
typedef struct SnTape SnTape;

/* Begins to record in this thread; NULL and an error where a tape records already. To be released with sn_tape_end. */
SnTape *sn_tape_begin(void);
void sn_tape_end(SnTape *tape); /* NULL is allowed */

/* Adds d loss / d p to the gradient of every parameter p that the one-element tensor loss was computed from. Once a
 * tape. */
bool sn_backward(SnTape *tape, const SnTensor *loss);

/* Makes a tensor a parameter: gradients are accumulated for it, as with PyTorch's requires_grad_(). Returns it. */
SnTensor *sn_require_gradient(SnTensor *tensor);

/* A parameter's accumulated gradient, of its shape; NULL, without an error, while there is none. */
SnTensor *sn_gradient(const SnTensor *parameter);
void sn_zero_gradient(SnTensor *parameter); /* back to nothing accumulated */

/* ---- for operations (autograd/ops/) ---- */

bool sn_needs_gradient(const SnTensor *tensor);       /* false for NULL */
SnTensor *sn_output_gradient(const SnRecord *record); /* of the record's first output; of its shape */
/* gradient has tensor's shape; nothing happens when the tensor needs none. */
void sn_accumulate(const SnTensor *tensor, SnTensor *gradient);

#endif
