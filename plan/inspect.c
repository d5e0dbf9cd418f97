/* Runs of a plan for those who look inside: with poisoned memory, and with a time for each step. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "plan/steps.h"

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
  if (!sn_plan_check_tensors(plan, inputs, outputs)) return false;
  if (plan->graph.backend->copy_to_host) return sn_fail("a poisoned run needs a device whose memory is the host's");
  sn_plan_point_at(plan, inputs, outputs);
  for (int o = 0; o < plan->graph.output_count; o++)
    if (!sn_fill(outputs[o], NAN)) return false;
  for (int i = 0; i < plan->graph.node_count; i++) {
    poison(plan, i);
    if (!sn_plan_run_step(plan, i)) return false;
  }
  return true;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

bool sn_plan_profile(SnPlan *plan, SnTensor *const *inputs, SnTensor *const *outputs, int rounds, double *seconds) {
  if (!sn_plan_check_tensors(plan, inputs, outputs)) return false;
  int steps = plan->graph.node_count;
  double *times = sn_allocate((int64_t)steps * rounds, sizeof *times, "a profile");
  if (!times) return false;
  sn_plan_point_at(plan, inputs, outputs);
  const SnBackend *backend = plan->graph.backend;
  for (int round = 0; round < rounds && sn_ok(); round++)
    for (int i = 0; i < steps && sn_ok(); i++) {
      double start = sn_seconds(), before;
      if (backend->stopwatch) backend->stopwatch(&before);
      sn_plan_run_step(plan, i);
      times[i * rounds + round] = sn_seconds() - start;
      if (backend->stopwatch) backend->stopwatch(&times[i * rounds + round]);
    }
  for (int i = 0; i < steps; i++) {
    qsort(times + i * rounds, (size_t)rounds, sizeof *times, compare);
    seconds[i] = times[i * rounds + rounds / 2];
  }
  free(times);
  return sn_ok();
}
