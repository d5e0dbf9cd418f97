/* Solution of the exercise of chapter 9: BatchNorm before and after ReLU, planned.
 *
 *     make course-programs && build/examples/course/swapped
 */
#include <stdio.h>
#include <stdlib.h>

#include "examples/course/small_network.h"
#include "plan/plan.h"

/* convolution, BatchNorm, ReLU, convolution */
static int usual(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  const SmallNetwork *n = context;
  SnTensor *x = sn_relu(sn_batch_norm_forward(n->bn1, sn_conv2d_forward(n->conv1, inputs[0])));
  outputs[0] = sn_conv2d_forward(n->conv2, x);
  return sn_ok() ? 1 : 0;
}

/* convolution, ReLU, BatchNorm, convolution */
static int swapped(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  const SmallNetwork *n = context;
  SnTensor *x = sn_batch_norm_forward(n->bn1, sn_relu(sn_conv2d_forward(n->conv1, inputs[0])));
  outputs[0] = sn_conv2d_forward(n->conv2, x);
  return sn_ok() ? 1 : 0;
}

static bool show(const char *title, SnForward forward, SmallNetwork *network, SnTensor *images) {
  printf("%s\n", title);
  SnPlan *plan = sn_plan_new(forward, network, 1, &images);
  if (plan) sn_plan_print(plan, stdout, NULL);
  sn_plan_free(plan);
  return plan != NULL;
}

int main(void) {
  SnScope *scope = sn_scope_open();
  SmallNetwork network;
  sn_set_device("reference");
  SnTensor *images = sn_zeros(SN_FLOAT32, SN_SHAPE(1, 3, 64, 64));
  bool done = small_network_make(&network) && images && show("BatchNorm, ReLU", usual, &network, images) &&
              show("\nReLU, BatchNorm", swapped, &network, images);
  if (!done) fprintf(stderr, "swapped: %s\n", sn_error());
  sn_scope_close(scope);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
