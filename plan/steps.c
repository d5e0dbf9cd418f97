#include "plan/steps.h"

static bool check_one(const SnPlan *plan, const char *which, int number, const SnTensor *given, const SnArray *wanted) {
  if (sn_has_shape(given, wanted->ndim, wanted->shape) && given->array.dtype == wanted->dtype &&
      sn_array_is_contiguous(&given->array) && sn_storage_backend(given->storage) == plan->graph.backend)
    return true;
  return sn_fail("a plan's %s %d is a contiguous tensor of the shape %s of %s on %s, and %s was given", which, number,
                 sn_shape_text(wanted->ndim, wanted->shape), sn_dtype_name(wanted->dtype), plan->graph.backend->name,
                 sn_tensor_text(given));
}

bool sn_plan_check_tensors(const SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs) {
  bool good = sn_ok();
  for (int i = 0; i < plan->graph.input_count && good; i++)
    good = check_one(plan, "input", i, inputs[i], &plan->graph.inputs[i].array);
  for (int o = 0; o < plan->graph.output_count && good; o++)
    good = check_one(plan, "output", o, outputs[o], &plan->graph.outputs[o].array);
  return good;
}

void sn_plan_point_at(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs) {
  for (int i = 0; i < plan->patch_count; i++) {
    const SnPlanPatch *patch = &plan->patches[i];
    const SnTensor *tensor = patch->output < 0 ? inputs[patch->input] : outputs[patch->output];
    patch->array->data = (unsigned char *)tensor->array.data + patch->offset;
  }
}

bool sn_plan_run_step(const SnPlan *plan, int index) {
  const SnPlanStep *step = &plan->steps[index];
  return sn_kernel_run(plan->graph.backend, step->kernel, &step->call) ||
         sn_fail("%s: the device %s cannot do this", sn_kernel_name(step->kernel), plan->graph.backend->name);
}

bool sn_plan_run_steps(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs) {
  sn_plan_point_at(plan, inputs, outputs);
  for (int i = 0; i < plan->graph.node_count; i++)
    if (!sn_plan_run_step(plan, i)) return false;
  return true;
}
