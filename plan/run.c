#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "plan/recorded.h"

static bool check_one(const SnPlan *plan, const char *which, int number, const SnTensor *given, const SnArray *wanted) {
  if (sn_has_shape(given, wanted->ndim, wanted->shape) && given->array.dtype == wanted->dtype &&
      sn_array_is_contiguous(&given->array) && sn_storage_backend(given->storage) == plan->graph.backend)
    return true;
  return sn_fail("a plan's %s %d is a contiguous tensor of the shape %s of %s on %s, and %s was given", which, number,
                 sn_shape_text(wanted->ndim, wanted->shape), sn_dtype_name(wanted->dtype), plan->graph.backend->name,
                 sn_tensor_text(given));
}

static bool check(const SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs) {
  bool good = sn_ok();
  for (int i = 0; i < plan->graph.input_count && good; i++)
    good = check_one(plan, "input", i, inputs[i], &plan->graph.inputs[i].array);
  for (int o = 0; o < plan->graph.output_count && good; o++)
    good = check_one(plan, "output", o, outputs[o], &plan->graph.outputs[o].array);
  return good;
}

static void point_at(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs) {
  for (int i = 0; i < plan->patch_count; i++) {
    const SnPlanPatch *patch = &plan->patches[i];
    const SnTensor *tensor = patch->output < 0 ? inputs[patch->input] : outputs[patch->output];
    patch->array->data = (unsigned char *)tensor->array.data + patch->offset;
  }
}

static bool run_step(const SnPlan *plan, int index) {
  const SnPlanStep *step = &plan->steps[index];
  return sn_kernel_run(plan->graph.backend, step->kernel, &step->call) ||
         sn_fail("%s: the device %s cannot do this", sn_kernel_name(step->kernel), plan->graph.backend->name);
}

bool sn_plan_run_steps(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs) {
  point_at(plan, inputs, outputs);
  for (int i = 0; i < plan->graph.node_count; i++)
    if (!run_step(plan, i)) return false;
  return true;
}

/* The first run is not recorded: it makes the device ready for the recording, and may be the only one. */
bool sn_plan_run(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs) {
  if (!check(plan, inputs, outputs)) return false;
  if (plan->has_run && plan->graph.backend->record_begin) return sn_plan_run_recorded(plan, inputs, outputs);
  plan->has_run = true;
  return sn_plan_run_steps(plan, inputs, outputs);
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

bool sn_plan_run_poisoned(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs) {
  if (!check(plan, inputs, outputs)) return false;
  if (plan->graph.backend->copy_to_host) return sn_fail("a poisoned run needs a device whose memory is the host's");
  point_at(plan, inputs, outputs);
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

bool sn_plan_profile(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs, int rounds, double *seconds) {
  if (!check(plan, inputs, outputs)) return false;
  int steps = plan->graph.node_count;
  double *times = sn_allocate((int64_t)steps * rounds, sizeof *times, "a profile");
  if (!times) return false;
  point_at(plan, inputs, outputs);
  const SnBackend *backend = plan->graph.backend;
  for (int round = 0; round < rounds && sn_ok(); round++)
    for (int i = 0; i < steps && sn_ok(); i++) {
      double start = seconds_now(), before;
      if (backend->stopwatch) backend->stopwatch(&before);
      run_step(plan, i);
      times[i * rounds + round] = seconds_now() - start;
      if (backend->stopwatch) backend->stopwatch(&times[i * rounds + round]);
    }
  for (int i = 0; i < steps; i++) {
    qsort(times + i * rounds, (size_t)rounds, sizeof *times, compare);
    seconds[i] = times[i * rounds + rounds / 2];
  }
  free(times);
  return sn_ok();
}
