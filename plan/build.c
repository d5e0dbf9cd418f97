#include "plan/build.h"

#include "plan/builder.h"

static void build_all(SnPlanGraph *graph, const SnTrace *trace, SnTensor *const *inputs, SnTensor *const *outputs) {
  SnGraphBuilder builder = {.graph = graph, .capacity = graph->input_count + SN_MAX_OUTPUTS * trace->count};
  builder.places = sn_scope_allocate(builder.capacity, sizeof *builder.places, NULL);
  if (!builder.places) return;
  sn_scope_enter(graph->scope);
  for (int i = 0; i < graph->input_count && sn_ok(); i++) {
    int value = sn_builder_add(&builder, SN_PLAN_INPUT, inputs[i]);
    if (value >= 0) graph->values[value].input = i;
    graph->inputs[i] = sn_operand_dense(graph, value, inputs[i]->array.ndim, inputs[i]->array.shape);
  }
  for (int64_t i = 0; i < trace->count && sn_ok(); i++) sn_builder_add_record(&builder, &trace->records[i]);
  for (int i = 0; i < graph->output_count && sn_ok(); i++) graph->outputs[i] = sn_builder_dense(&builder, outputs[i]);
  sn_scope_leave(graph->scope);
}

static bool check_inputs(int count, SnTensor *const *like) {
  if (!sn_ok()) return false;
  if (count < 1 || count > SN_PLAN_MAX_INPUTS)
    return sn_fail("a plan has 1 to %d inputs, not %d", SN_PLAN_MAX_INPUTS, count);
  for (int i = 0; i < count; i++) {
    const SnArray *array = &like[i]->array;
    if (!sn_is_floating(array->dtype) || array->dtype != like[0]->array.dtype ||
        sn_storage_backend(like[i]->storage) != sn_storage_backend(like[0]->storage))
      return sn_fail("a plan's inputs are floating-point tensors of one dtype on one device");
  }
  return true;
}

static void trace_and_build(SnPlanGraph *graph, SnForward forward, void *context, SnTensor *const *like) {
  SnTensor *inputs[SN_PLAN_MAX_INPUTS] = {NULL}, *outputs[SN_PLAN_MAX_OUTPUTS] = {NULL};
  for (int i = 0; i < graph->input_count; i++) inputs[i] = sn_empty_like(like[i]);
  SnTrace *trace = sn_trace_begin();
  if (!trace) return;
  graph->output_count = forward(context, inputs, outputs);
  if (graph->output_count < 1 || graph->output_count > SN_PLAN_MAX_OUTPUTS)
    sn_fail("a forward with %d outputs cannot be planned", graph->output_count);
  for (int i = 0; sn_ok() && i < graph->output_count; i++)
    if (!outputs[i]) sn_fail("the forward to be planned left its output %d empty", i);
  if (sn_trace_end(trace)) build_all(graph, trace, inputs, outputs);
  sn_trace_free(trace);
}

bool sn_graph_build(SnPlanGraph *graph, SnForward forward, void *context, int input_count, SnTensor *const *like) {
  if (!check_inputs(input_count, like)) return false;
  *graph = (SnPlanGraph){
      .backend = sn_storage_backend(like[0]->storage), .dtype = like[0]->array.dtype, .input_count = input_count};
  graph->scope = sn_scope_new();
  SnScope *scope = sn_scope_open();
  trace_and_build(graph, forward, context, like);
  sn_scope_close(scope);
  if (!sn_ok()) sn_graph_free(graph);
  return sn_ok();
}
