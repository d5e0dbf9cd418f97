#include "tests/support/scope.h"

#include "base/error.h"
#include "tensor/scope.h"
#include "tensor/tensor.h"

int open_scope(void **state) {
  sn_clear_error();
  *state = sn_scope_open();
  return *state ? 0 : -1;
}

int close_scope(void **state) {
  sn_clear_error();
  sn_scope_close(*state);
  return 0;
}

int usual_device(void **state) {
  (void)state;
  sn_clear_error();
  return sn_set_device("cpu") ? 0 : -1;
}
