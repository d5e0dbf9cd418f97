/* Who owns tensors, when memory is given back, and what a photograph's features weigh.
 *
 *     make course-programs && build/examples/course/ownership
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"

enum { CHANNELS = 1536, SIDE = 28 };

static void tell(const char *when) { printf("%-52s %9" PRId64 " bytes in use\n", when, sn_storage_bytes()); }

/* Features of one photograph, of which a caller wants one channel only. */
static SnTensor *one_channel(void) {
  SnScope *inside = sn_scope_open();
  SnTensor *features = sn_zeros(SN_FLOAT32, SN_SHAPE(1, CHANNELS, SIDE, SIDE));
  tell("features of one photograph");
  SnTensor *positive = sn_relu(features);
  tell("and their ReLU");
  SnTensor *channel = sn_narrow(positive, 1, 0, 1);
  tell("and a view of one channel");
  sn_keep(channel); /* now the scope around owns this handle */
  sn_scope_close(inside);
  return sn_ok() ? channel : NULL;
}

/* How often so many steps ask the system for memory: what was given back before is taken again. */
static int64_t requests_of(int steps) {
  int64_t before = sn_storage_backend_requests();
  for (int i = 0; i < steps && sn_ok(); i++) {
    SnScope *step = sn_scope_open();
    sn_relu(sn_zeros(SN_FLOAT32, SN_SHAPE(1, CHANNELS, SIDE, SIDE)));
    sn_scope_close(step);
  }
  return sn_storage_backend_requests() - before;
}

int main(void) {
  SnScope *scope = sn_scope_open();
  printf("a float is %zu bytes: %d channels x %d x %d cells are %d bytes\n", sizeof(float), CHANNELS, SIDE, SIDE,
         CHANNELS * SIDE * SIDE * (int)sizeof(float));
  tell("at first");
  SnTensor *channel = one_channel();
  tell("its scope is closed, the view was kept");
  SnTensor *copy = sn_ok() ? sn_copy_of(channel) : NULL;
  tell("a copy of the view");
  sn_empty_out(channel); /* lets go of its memory before its scope does */
  tell("the view is let go, the copy stays");
  if (sn_ok()) {
    printf("address of the copy modulo 64: %d\n", (int)((uintptr_t)copy->array.data % 64));
    printf("1000 times features and ReLU: %" PRId64 " requests to the system\n", requests_of(1000));
  }
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "ownership: %s\n", sn_error());
  sn_scope_close(scope);
  printf("all scopes are closed: %" PRId64 " bytes in use\n", sn_storage_bytes());
  return status;
}
