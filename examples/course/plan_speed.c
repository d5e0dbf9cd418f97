/* The forward of small_network.h, eager and planned, on photographs of 224 x 224 pixels: how long each takes.
 *
 *     make course-programs && build/examples/course/plan_speed
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "examples/course/small_network.h"
#include "plan/plan.h"

enum { SIDE = 224, ROUNDS = 20 };

/* The shortest of the rounds, in milliseconds. plan NULL: eager. */
static double shortest(SmallNetwork *network, SnPlan *plan, SnTensor *images, SnTensor *result) {
  double best = INFINITY;
  for (int i = 0; i < ROUNDS && sn_ok(); i++) {
    SnScope *scope = sn_scope_open();
    SnTensor *made;
    double begun = sn_seconds();
    if (plan)
      sn_plan_run(plan, &images, &result);
    else
      small_network_forward(network, &images, &made);
    best = fmin(best, 1000 * (sn_seconds() - begun));
    sn_scope_close(scope);
  }
  return best;
}

int main(void) {
  SnScope *scope = sn_scope_open();
  SmallNetwork network;
  SnTensor *images = sn_normal(SN_FLOAT32, SN_SHAPE(1, 3, SIDE, SIDE), 0, 1, sn_random(0, SN_STREAM_DATA, 0));
  SnPlan *plan = small_network_make(&network) ? sn_plan_new(small_network_forward, &network, 1, &images) : NULL;
  if (plan) {
    double eager = shortest(&network, NULL, images, NULL);
    double planned = shortest(&network, plan, images, sn_plan_new_output(plan, 0));
    printf("eager %.2f ms, planned %.2f ms: %.1f times as fast\n", eager, planned, eager / planned);
  }
  sn_plan_free(plan);
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "plan_speed: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
