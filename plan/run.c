#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "plan/steps.h"

static bool check(const SnPlan *plan, const SnTensor *input, SnTensor *const *outputs) {
  if (!sn_ok()) return false;
  if (!sn_plan_fits(plan, input) || !sn_array_is_contiguous(&input->array))
    return sn_fail("a plan for the shape %s of %s on %s was given %s of %s on %s%s",
                   sn_shape_text(plan->ndim, plan->shape), sn_dtype_name(plan->graph.dtype), plan->graph.backend->name,
                   sn_tensor_text(input), sn_dtype_name(input->array.dtype), sn_storage_backend(input->storage)->name,
                   sn_array_is_contiguous(&input->array) ? "" : ", not contiguous");
  for (int o = 0; o < plan->graph.output_count; o++) {
    const SnArray *wanted = &plan->graph.outputs[o].array;
    if (!sn_has_shape(outputs[o], wanted->ndim, wanted->shape) || outputs[o]->array.dtype != wanted->dtype ||
        !sn_array_is_contiguous(&outputs[o]->array) || sn_storage_backend(outputs[o]->storage) != plan->graph.backend)
      return sn_fail("a plan's output %d is a contiguous %s of the shape %s on %s, and %s was given", o,
                     sn_dtype_name(wanted->dtype), sn_shape_text(wanted->ndim, wanted->shape),
                     plan->graph.backend->name, sn_tensor_text(outputs[o]));
  }
  return true;
}

static void point_at(SnPlan *plan, const SnTensor *input, SnTensor *const *outputs) {
  for (int i = 0; i < plan->patch_count; i++) {
    const SnPlanPatch *patch = &plan->patches[i];
    const SnTensor *tensor = patch->output < 0 ? input : outputs[patch->output];
    patch->array->data = (unsigned char *)tensor->array.data + patch->offset;
  }
}

static bool run_step(const SnPlan *plan, int index) {
  const SnPlanStep *step = &plan->steps[index];
  return sn_kernel_run(plan->graph.backend, step->kernel, &step->call) ||
         sn_fail("%s: the device %s cannot do this", sn_kernel_name(step->kernel), plan->graph.backend->name);
}

bool sn_plan_run(SnPlan *plan, const SnTensor *input, SnTensor *const *outputs) {
  if (!check(plan, input, outputs)) return false;
  point_at(plan, input, outputs);
  for (int i = 0; i < plan->graph.node_count; i++)
    if (!run_step(plan, i)) return false;
  return true;
}

/* ---- looking inside ---- */

/* Everything that is not needed at step `index` or later, and what the step is about to write for the first time. */
static void poison(SnPlan *plan, int index) {
  int64_t bytes = plan->summary.arena_bytes;
  unsigned char *memory = plan->arena ? sn_storage_data(plan->arena) : NULL;
  for (int64_t begin = 0; begin < bytes; begin += 64) { /* places begin and end at multiples of 64 */
    bool live = false;
    for (int v = 0; v < plan->graph.value_count && !live; v++) {
      const SnPlanPlace *place = &plan->places[v];
      live = place->first >= 0 && place->first < index && index <= place->last && place->offset <= begin &&
             begin < place->offset + place->bytes;
    }
    if (!live) memset(memory + begin, 0xff, 64); /* NaN as float32 and float64 */
  }
}

bool sn_plan_run_poisoned(SnPlan *plan, const SnTensor *input, SnTensor *const *outputs) {
  if (!check(plan, input, outputs)) return false;
  if (plan->graph.backend->copy_to_host) return sn_fail("a poisoned run needs a device whose memory is the host's");
  point_at(plan, input, outputs);
  for (int o = 0; o < plan->graph.output_count; o++)
    if (!sn_fill(outputs[o], NAN)) return false;
  for (int i = 0; i < plan->graph.node_count; i++) {
    poison(plan, i);
    if (!run_step(plan, i)) return false;
  }
  return true;
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

bool sn_plan_profile(SnPlan *plan, const SnTensor *input, SnTensor *const *outputs, int rounds, double *seconds) {
  if (!check(plan, input, outputs)) return false;
  int steps = plan->graph.node_count;
  double *times = sn_allocate((int64_t)steps * rounds, sizeof *times, "a profile");
  if (!times) return false;
  point_at(plan, input, outputs);
  for (int round = 0; round < rounds && sn_ok(); round++)
    for (int i = 0; i < steps && sn_ok(); i++) {
      double start = seconds_now();
      run_step(plan, i);
      times[i * rounds + round] = seconds_now() - start;
    }
  for (int i = 0; i < steps; i++) {
    qsort(times + i * rounds, (size_t)rounds, sizeof *times, compare);
    seconds[i] = times[i * rounds + rounds / 2];
  }
  free(times);
  return sn_ok();
}
