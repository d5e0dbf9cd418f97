#include "autograd/trace.h"

#include <stdlib.h>

#include "base/memory.h"

/* Memory that something wrote to during the trace. */
typedef struct Written {
  SnStorage *storage; /* held, so that its address stays its name */
  bool by_operation;
} Written;

typedef struct Tracing {
  SnTrace trace; /* what others see: the first member */
  SnScope *scope;
  SnRecord *records;
  Written *written;
  int64_t record_capacity, written_count, written_capacity;
} Tracing;

static _Thread_local Tracing *tracing;

static void *grow(void *items, int64_t count, int64_t *capacity, size_t size) {
  if (count < *capacity) return items;
  int64_t larger = *capacity > 0 ? 2 * *capacity : 64;
  void *grown = sn_resize(items, larger, size, "a trace");
  if (grown) *capacity = larger;
  return grown;
}

static Written *find_written(const SnStorage *storage) {
  for (int64_t i = tracing->written_count - 1; i >= 0; i--)
    if (tracing->written[i].storage == storage) return &tracing->written[i];
  return NULL;
}

static bool note_written(SnStorage *storage, bool by_operation) {
  Written *known = find_written(storage);
  if (known) {
    known->by_operation = known->by_operation || by_operation;
    return true;
  }
  Written *grown = grow(tracing->written, tracing->written_count, &tracing->written_capacity, sizeof *grown);
  if (!grown) return false;
  tracing->written = grown;
  grown[tracing->written_count++] = (Written){sn_storage_retain(storage), by_operation};
  return true;
}

static bool stop_kernel(SnKernel kernel, int output_count, SnTensor *const *outputs) {
  if (kernel == SN_KERNEL_fill && !find_written(outputs[0]->storage)) return false;
  if (kernel == SN_KERNEL_normal || kernel == SN_KERNEL_uniform || kernel == SN_KERNEL_adam || kernel == SN_KERNEL_sgd)
    sn_fail("%s cannot be part of a traced forward", sn_kernel_name(kernel));
  for (int i = 0; i < output_count && sn_ok(); i++)
    if (outputs[i]) note_written(outputs[i]->storage, false);
  return true;
}

static void refuse_read(const char *function) {
  sn_fail("%s: a tensor cannot be read on the host while a forward is traced, since it has no values yet", function);
}

/* The recorder (autograd/record.h). */
static bool record_call(const SnRecord *call) {
  const SnOp *op = call->op;
  if (op->kind == SN_OP_TRAINING)
    return sn_fail("%s belongs to training and cannot be traced; set modules to evaluation first", op->name);
  SnRecord *grown = grow(tracing->records, tracing->trace.count, &tracing->record_capacity, sizeof *grown);
  if (!grown) return false;
  tracing->trace.records = tracing->records = grown;
  for (int i = 0; i < call->input_count && sn_ok(); i++) {
    const Written *written = call->inputs[i] ? find_written(call->inputs[i]->storage) : NULL;
    if (written && !written->by_operation)
      sn_fail("%s: its input %d was written without an operation, which a trace cannot follow", op->name, i);
  }
  for (int i = 0; i < call->output_count && sn_ok(); i++)
    if (call->outputs[i]) note_written(call->outputs[i]->storage, true);
  if (!sn_ok() || !sn_record_copy(tracing->scope, call, &grown[tracing->trace.count])) return false;
  tracing->trace.count++;
  return true;
}

SnTrace *sn_trace_begin(void) {
  static const SnWatcher watcher = {stop_kernel, refuse_read};
  if (!sn_ok()) return NULL;
  if (tracing) return sn_fail_null("another trace is under way");
  if (sn_recorder()) return sn_fail_null("a forward cannot be traced while a tape records");
  Tracing *new_tracing = sn_allocate(1, sizeof *new_tracing, "a trace");
  if (!new_tracing) return NULL;
  new_tracing->scope = sn_scope_new();
  if (!new_tracing->scope) {
    free(new_tracing);
    return NULL;
  }
  tracing = new_tracing;
  sn_set_recorder(record_call);
  sn_set_watcher(&watcher);
  return &tracing->trace;
}

static void stop(void) {
  tracing = NULL;
  sn_set_recorder(NULL);
  sn_set_watcher(NULL);
}

bool sn_trace_end(SnTrace *trace) {
  if (trace && tracing && trace == &tracing->trace) stop();
  return sn_ok();
}

void sn_trace_free(SnTrace *trace) {
  if (!trace) return;
  sn_trace_end(trace);
  Tracing *ended = (Tracing *)trace; /* its first member */
  for (int64_t i = 0; i < ended->written_count; i++) sn_storage_release(ended->written[i].storage);
  sn_scope_free(ended->scope);
  free(ended->records);
  free(ended->written);
  free(ended);
}
