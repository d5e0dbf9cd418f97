/* The forward of small_network.h as it is written, its plan, and how far their results differ.
 *
 *     make course-programs && build/examples/course/planned
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "autograd/trace.h"
#include "examples/course/small_network.h"
#include "plan/plan.h"

enum { SIDE = 64 };

static void print_records(SmallNetwork *network, SnTensor *images) {
  SnTensor *output;
  SnTrace *trace = sn_trace_begin();
  if (!trace) return;
  small_network_forward(network, &images, &output);
  sn_trace_end(trace);
  printf("as written:");
  for (int64_t i = 0; i < trace->count && sn_ok(); i++)
    printf("%s %s", i % 10 == 0 && i > 0 ? "\n           " : "", trace->records[i].op->name);
  printf("\n\n");
  sn_trace_free(trace);
}

static void compare(SmallNetwork *network, SnPlan *plan, SnTensor *images) {
  SnTensor *eager, *planned = sn_plan_new_output(plan, 0);
  small_network_forward(network, &images, &eager);
  if (!sn_plan_run(plan, &images, &planned)) return;
  double difference = sn_item(sn_max(sn_abs(sn_sub(eager, planned)), SN_ALL_DIMS, false));
  double largest = sn_item(sn_max(sn_abs(eager), SN_ALL_DIMS, false));
  if (sn_ok())
    printf("\nlargest score %.3f; largest difference of plan and eager %s\n", largest,
           difference < 1e-5 * largest ? "below 1e-5 of it" : "ABOVE 1e-5 of it");
}

int main(void) {
  SnScope *scope = sn_scope_open();
  SmallNetwork network;
  sn_set_device("reference"); /* whose algorithms are the same on every processor */
  SnRandom source = sn_random(0, SN_STREAM_DATA, 0);
  SnTensor *images = sn_normal(SN_FLOAT32, SN_SHAPE(1, 3, SIDE, SIDE), 0, 1, source);
  if (small_network_make(&network) && images) print_records(&network, images);
  SnPlan *plan = sn_ok() ? sn_plan_new(small_network_forward, &network, 1, &images) : NULL;
  if (plan) {
    sn_plan_print(plan, stdout, NULL);
    compare(&network, plan, images);
  }
  sn_plan_free(plan);
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "planned: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
