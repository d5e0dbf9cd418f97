#include "autograd/tape.h"

#include <stdlib.h>

#include "base/memory.h"

struct SnTape {
  SnScope *scope; /* holds the records' handles */
  SnRecord *records;
  int64_t count, capacity;
  bool spent;
};

static _Thread_local SnTape *recording;

static bool reserve(SnTape *tape) {
  if (tape->count < tape->capacity) return true;
  int64_t capacity = tape->capacity ? 2 * tape->capacity : 64;
  SnRecord *records = sn_resize(tape->records, capacity, sizeof *records, "the records of a tape");
  if (!records) return false;
  tape->records = records;
  tape->capacity = capacity;
  return true;
}

/* The recorder (autograd/record.h). */
static bool record_call(const SnRecord *call) {
  bool needed = false;
  for (int i = 0; i < call->input_count; i++) needed = needed || sn_needs_gradient(call->inputs[i]);
  if (!needed) return true;
  if (!reserve(recording)) return false;
  call->outputs[0]->gradient = sn_gradient_new(false);
  if (!sn_record_copy(recording->scope, call, &recording->records[recording->count])) return false;
  recording->count++;
  return true;
}

static void record_to(SnTape *tape) {
  recording = tape;
  sn_set_recorder(tape ? record_call : NULL);
}

static void finish(SnTape *tape) {
  if (recording == tape) record_to(NULL);
  sn_scope_free(tape->scope);
  free(tape->records);
  *tape = (SnTape){0};
}

static void release_tape(void *memory) {
  SnTape *tape = memory;
  if (!tape->scope) return;
  sn_fail("a scope was closed under a live tape");
  finish(tape);
}

SnTape *sn_tape_begin(void) {
  if (!sn_ok()) return NULL;
  if (recording) return sn_fail_null("another tape records already");
  if (sn_recorder()) return sn_fail_null("a tape cannot record while a forward is traced");
  SnTape *tape = sn_scope_allocate(1, sizeof *tape, release_tape);
  if (!tape) return NULL;
  tape->scope = sn_scope_new();
  if (!tape->scope) return NULL;
  record_to(tape);
  return tape;
}

void sn_tape_end(SnTape *tape) {
  if (tape && tape->scope) finish(tape);
}

bool sn_needs_gradient(const SnTensor *tensor) { return tensor && tensor->gradient; }

SnTensor *sn_require_gradient(SnTensor *tensor) {
  if (!sn_ok()) return NULL;
  if (!sn_is_floating(tensor->array.dtype))
    return sn_fail_null("only floating-point tensors have gradients, not %s", sn_dtype_name(tensor->array.dtype));
  if (!tensor->gradient) tensor->gradient = sn_gradient_new(true);
  return sn_ok() ? tensor : NULL;
}

SnTensor *sn_gradient(const SnTensor *parameter) {
  if (!sn_ok() || !parameter->gradient || !parameter->gradient->value.storage) return NULL;
  return sn_alias(&parameter->gradient->value);
}

void sn_zero_gradient(SnTensor *parameter) {
  if (parameter->gradient) sn_gradient_clear(parameter->gradient);
}

SnTensor *sn_output_gradient(const SnRecord *record) { return sn_alias(&record->outputs[0]->gradient->value); }

void sn_accumulate(const SnTensor *tensor, SnTensor *gradient) {
  if (!sn_ok() || !sn_needs_gradient(tensor)) return;
  SnTensor *held = &tensor->gradient->value, *total = sn_to_contiguous(gradient);
  if (!total) return;
  if (!sn_same_shape(tensor, gradient)) {
    sn_fail("a gradient of the shape %s was given to a tensor of %s", sn_tensor_text(gradient), sn_tensor_text(tensor));
    return;
  }
  if (held->storage) {
    SnTensor *sum = sn_empty_like(total);
    if (!sn_run_kernel(SN_KERNEL_add, 2, (SnTensor *[]){held, total}, 1, &sum, NULL)) return;
    total = sum;
  }
  sn_gradient_clear(tensor->gradient);
  held->array = total->array;
  held->storage = sn_storage_retain(total->storage);
}

bool sn_backward(SnTape *tape, const SnTensor *loss) {
  if (!sn_ok()) return false;
  if (tape->spent) return sn_fail("backward runs once a tape");
  if (sn_count(loss) != 1 || !sn_needs_gradient(loss))
    return sn_fail("backward starts at one number computed from parameters, not at the shape %s", sn_tensor_text(loss));
  tape->spent = true;
  SnTape *interrupted = recording;
  record_to(NULL);
  SnScope *scope = sn_scope_open();
  sn_accumulate(loss, sn_full(loss->array.dtype, 1, loss->array.ndim, loss->array.shape));
  sn_scope_close(scope);
  for (int64_t i = tape->count - 1; i >= 0 && sn_ok(); i--) {
    const SnRecord *record = &tape->records[i];
    SnGradient *gradient = record->outputs[0]->gradient;
    if (!gradient->value.storage) continue;
    scope = sn_scope_open();
    record->op->backward(record);
    sn_scope_close(scope);
    sn_gradient_clear(gradient);
  }
  record_to(interrupted);
  return sn_ok();
}
