#include "tests/support/test.h"

#include <string.h>

#include "autograd/ops.h"
#include "base/sanitizer.h"
#include "tests/support/scope.h"

static SnTensor *parameter(int count, const double *values) {
  SnTensor *tensor = sn_from_host(SN_FLOAT64, SN_SHAPE(count), values);
  return sn_require_gradient(tensor);
}

#define PARAMETER(...) \
  parameter((int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)), (const double[]){__VA_ARGS__})

static SnTensor *total(SnTensor *x) { return sn_sum(x, SN_ALL_DIMS, false); }

static void expect_values(const SnTensor *tensor, int64_t count, const double *expected) {
  if (!sn_ok()) fail_msg("%s", sn_error());
  assert_non_null(tensor);
  assert_int_equal(sn_count(tensor), count);
  double values[64];
  assert_true(count <= 64 && sn_to_host(tensor, SN_FLOAT64, values));
  for (int64_t i = 0; i < count; i++)
    if (values[i] != expected[i]) fail_msg("element %d is %.17g, expected %.17g", (int)i, values[i], expected[i]);
}

#define EXPECT(tensor, ...) \
  expect_values(tensor, (int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)), (const double[]){__VA_ARGS__})

static void a_tensor_used_twice_gets_both_gradients(void **state) {
  (void)state;
  SnTensor *x = PARAMETER(1, 2, -3);
  SnTape *tape = sn_tape_begin();
  SnTensor *square = sn_mul(x, x), *y = sn_add(square, x);
  assert_true(sn_backward(tape, total(sn_add(y, square)))); /* 2 x^2 + x */
  sn_tape_end(tape);
  EXPECT(sn_gradient(x), 5, 9, -11);
}

static void gradients_pass_through_chains_of_views(void **state) {
  (void)state;
  SnTensor *x = PARAMETER(1, 2, 3, 4, 5, 6), *row = PARAMETER(10, 20);
  SnTensor *weights = sn_from_host(SN_FLOAT64, SN_SHAPE(3, 3), (double[]){1, 2, 3, 4, 5, 6, 7, 8, 9});
  SnTape *tape = sn_tape_begin();
  SnTensor *matrix = sn_permute(sn_reshape(x, SN_SHAPE(2, 3)), SN_DIMS(1, 0)); /* rows (1 4) (2 5) (3 6) */
  SnTensor *bottom = sn_narrow(matrix, 0, 1, 2);                               /* (2 5) (3 6) */
  SnTensor *repeated = sn_expand(row, SN_SHAPE(2, 2));
  SnTensor *joined = sn_cat(3, (SnTensor *[]){bottom, repeated, sn_narrow(bottom, 0, 0, 1)}, 0); /* [5,2] */
  SnTensor *flat = sn_narrow(sn_reshape(joined, SN_SHAPE(-1)), 0, 1, 9); /* 5, 3 6, 10 20, 10 20, 2 5 */
  EXPECT(flat, 5, 3, 6, 10, 20, 10, 20, 2, 5);
  assert_true(sn_backward(tape, total(sn_mul(sn_reshape(flat, SN_SHAPE(3, 3)), weights))));
  sn_tape_end(tape);
  EXPECT(sn_gradient(x), 0, 8, 2, 0, 1 + 9, 3);
  EXPECT(sn_gradient(row), 4 + 6, 5 + 7);
  assert_true(sn_has_shape(sn_gradient(x), SN_SHAPE(6)));
}

static void gradients_accumulate_until_zeroed(void **state) {
  (void)state;
  SnTensor *x = PARAMETER(1, 2);
  assert_null(sn_gradient(x));
  assert_true(sn_ok());
  for (int round = 1; round <= 3; round++) {
    SnTape *tape = sn_tape_begin();
    assert_true(sn_backward(tape, total(sn_mul(x, x))));
    sn_tape_end(tape);
    EXPECT(sn_gradient(x), 2 * round, 4 * round);
  }
  sn_zero_gradient(x);
  assert_null(sn_gradient(x));
  assert_true(sn_ok());
  SnTape *tape = sn_tape_begin();
  assert_true(sn_backward(tape, total(sn_mul(x, x))));
  sn_tape_end(tape);
  EXPECT(sn_gradient(x), 2, 4);
}

/* A gradient that was read stays as it was when more is accumulated. */
static void a_gradient_that_was_read_is_not_overwritten(void **state) {
  (void)state;
  SnTensor *x = PARAMETER(1, 2), *before = NULL;
  for (int round = 0; round < 2; round++) {
    SnTape *tape = sn_tape_begin();
    assert_true(sn_backward(tape, total(sn_mul(x, x))));
    sn_tape_end(tape);
    if (round == 0) before = sn_gradient(x);
  }
  EXPECT(before, 2, 4);
  EXPECT(sn_gradient(x), 4, 8);
}

static void backward_runs_once_from_one_number(void **state) {
  (void)state;
  SnTensor *x = PARAMETER(1, 2), *constant = sn_full(SN_FLOAT64, 1, SN_SHAPE(1));
  SnTape *tape = sn_tape_begin();
  SnTensor *y = sn_mul(x, x), *loss = total(y);
  assert_false(sn_backward(tape, y));
  assert_non_null(strstr(sn_error(), "[2]"));
  sn_clear_error();
  assert_false(sn_backward(tape, constant));
  sn_clear_error();
  assert_false(sn_backward(tape, NULL));
  sn_clear_error();
  assert_true(sn_backward(tape, loss)); /* refusals did not spend it */
  assert_false(sn_backward(tape, loss));
  assert_non_null(strstr(sn_error(), "once"));
  sn_clear_error();
  EXPECT(sn_gradient(x), 2, 4);
  sn_tape_end(tape);
}

static void a_parameter_can_be_the_loss(void **state) {
  (void)state;
  SnTensor *x = PARAMETER(3);
  SnTape *tape = sn_tape_begin();
  assert_true(sn_backward(tape, x));
  sn_tape_end(tape);
  EXPECT(sn_gradient(x), 1);
}

static void nothing_is_recorded_without_a_tape(void **state) {
  (void)state;
  SnTensor *x = PARAMETER(1, 2);
  SnTensor *y = sn_mul(x, x);
  assert_false(sn_needs_gradient(y));
  SnTape *tape = sn_tape_begin();
  SnTensor *recorded = sn_mul(x, x);
  assert_true(sn_needs_gradient(recorded));
  sn_tape_end(tape);
  assert_false(sn_needs_gradient(sn_mul(x, x)));
  assert_false(sn_needs_gradient(NULL));
}

static void constants_get_no_gradient(void **state) {
  (void)state;
  SnTensor *x = PARAMETER(1, 2), *constant = sn_full(SN_FLOAT64, 3, SN_SHAPE(2));
  SnTape *tape = sn_tape_begin();
  assert_false(sn_needs_gradient(sn_relu(constant)));
  SnTensor *stopped = sn_detach(sn_mul(x, x));
  assert_false(sn_needs_gradient(stopped));
  SnTensor *unused = sn_exp(x); /* does not reach the loss */
  assert_true(sn_needs_gradient(unused));
  assert_true(sn_backward(tape, total(sn_mul(sn_mul(x, constant), stopped))));
  assert_false(sn_needs_gradient(sn_gradient(x)));
  sn_tape_end(tape);
  EXPECT(sn_gradient(x), 3, 12);
  assert_null(sn_gradient(constant));
  assert_null(sn_gradient(unused));
}

static void handles_on_one_value_share_its_gradient(void **state) {
  (void)state;
  SnTensor *x = PARAMETER(1, 2), *alias = sn_alias(x);
  SnTape *tape = sn_tape_begin();
  assert_true(sn_backward(tape, total(sn_mul(x, alias))));
  sn_tape_end(tape);
  EXPECT(sn_gradient(alias), 2, 4);
  sn_zero_gradient(x);
  assert_null(sn_gradient(alias));
}

static void only_floating_tensors_are_parameters(void **state) {
  (void)state;
  assert_null(sn_require_gradient(sn_zeros(SN_INT64, SN_SHAPE(2))));
  assert_non_null(strstr(sn_error(), "int64"));
}

static void scopes_of_intermediate_tensors_may_be_closed_before(void **state) {
  (void)state;
  SnTensor *x = PARAMETER(1, 2);
  SnTape *tape = sn_tape_begin();
  SnScope *inner = sn_scope_open();
  SnTensor *y = sn_exp(sn_log(x));
  SnTensor *loss = sn_keep(total(sn_mul(sn_mul(x, x), sn_detach(sn_div(y, y)))));
  sn_scope_close(inner);
  inner = sn_scope_open(); /* takes the memory that was given back, if any was */
  sn_full(SN_FLOAT64, -7, SN_SHAPE(2));
  sn_full(SN_FLOAT64, -7, SN_SHAPE(2));
  sn_scope_close(inner);
  assert_true(sn_backward(tape, loss));
  sn_tape_end(tape);
  EXPECT(sn_gradient(x), 2, 4);
}

static void one_tape_at_a_time_and_none_outlives_its_scope(void **state) {
  (void)state;
  SnTape *tape = sn_tape_begin();
  assert_null(sn_tape_begin());
  sn_clear_error();
  sn_tape_end(tape);
  sn_tape_end(tape); /* already ended */
  sn_tape_end(NULL);
  SnScope *scope = sn_scope_open();
  SnTensor *x = PARAMETER(1, 2);
  assert_non_null(sn_tape_begin());
  assert_non_null(sn_mul(x, x));
  sn_scope_close(scope);
  assert_false(sn_ok());
  assert_non_null(strstr(sn_error(), "tape"));
  sn_clear_error();
  tape = sn_tape_begin(); /* the thread is free for the next */
  assert_non_null(tape);
  sn_tape_end(tape);
}

static void nothing_happens_while_an_error_stands(void **state) {
  (void)state;
  SnTensor *x = PARAMETER(1, 2);
  SnTape *tape = sn_tape_begin();
  SnTensor *loss = total(sn_mul(x, x));
  sn_fail("something else");
  assert_false(sn_backward(tape, loss));
  assert_null(sn_tape_begin());
  assert_string_equal(sn_error(), "something else");
  sn_clear_error();
  assert_true(sn_backward(tape, loss));
  sn_tape_end(tape);
  EXPECT(sn_gradient(x), 2, 4);
}

/* A step of a two-layer network, its optimiser included. */
static void train_step(SnTensor *x, SnTensor *const *parameters, SnTensor *const *moments, int64_t number) {
  SnScope *scope = sn_scope_open();
  SnTape *tape = sn_tape_begin();
  SnTensor *hidden = sn_relu(sn_linear(x, parameters[0], parameters[1]));
  SnTensor *y = sn_linear(hidden, parameters[2], NULL);
  sn_backward(tape, sn_mean(sn_mul(y, y), SN_ALL_DIMS, false));
  sn_tape_end(tape);
  SnAttributes attributes = {
      .adam = {.learning_rate = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .step = number}};
  for (int i = 0; i < 3; i++) {
    SnTensor *gradient = sn_gradient(parameters[i]), *outputs[] = {parameters[i], moments[2 * i], moments[2 * i + 1]};
    sn_run_kernel(SN_KERNEL_adam, 1, &gradient, 3, outputs, &attributes);
    sn_zero_gradient(parameters[i]);
  }
  sn_scope_close(scope);
}

static void memory_is_given_back_and_reused_step_after_step(void **state) {
  (void)state;
  SnRandom source = {.seed = 1, .stream = 1};
  SnTensor *x = sn_normal(SN_FLOAT32, SN_SHAPE(50, 33), 0, 1, source);
  SnTensor *parameters[] = {sn_normal(SN_FLOAT32, SN_SHAPE(40, 33), 0, 0.2, source), sn_zeros(SN_FLOAT32, SN_SHAPE(40)),
                            sn_normal(SN_FLOAT32, SN_SHAPE(7, 40), 0, 0.2, source)};
  SnTensor *moments[6];
  for (int i = 0; i < 6; i++)
    moments[i] = sn_zeros(SN_FLOAT32, parameters[i / 2]->array.ndim, parameters[i / 2]->array.shape);
  for (int i = 0; i < 3; i++) sn_require_gradient(parameters[i]);
  int64_t bytes = sn_storage_bytes(), requests = 0, peak = 0;
  for (int step = 1; step <= 100; step++) {
    train_step(x, parameters, moments, step);
    if (!sn_ok()) fail_msg("%s", sn_error());
    assert_int_equal(sn_storage_bytes(), bytes);
    if (step == 1) {
      requests = sn_storage_backend_requests();
      peak = sn_storage_peak_bytes();
    }
  }
  assert_int_equal(sn_storage_peak_bytes(), peak);
  if (!SN_SANITIZED) assert_int_equal(sn_storage_backend_requests(), requests); /* else memory is not reused */
}

static void chains_may_be_very_deep(void **state) {
  (void)state;
  SnTensor *x = PARAMETER(1, -2);
  SnTape *tape = sn_tape_begin();
  SnTensor *y = x;
  for (int i = 0; i < 10000; i++) {
    SnScope *scope = sn_scope_open();
    y = sn_keep(i % 2 == 0 ? sn_neg(y) : sn_add_scalar(y, 1));
    sn_scope_close(scope);
  }
  assert_true(sn_backward(tape, total(sn_mul(y, y))));
  sn_tape_end(tape);
  EXPECT(sn_gradient(x), 2, -4); /* two negations with + 1 after each: x again */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scope, close_scope)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_tensor_used_twice_gets_both_gradients),
      TEST(gradients_pass_through_chains_of_views),
      TEST(gradients_accumulate_until_zeroed),
      TEST(a_gradient_that_was_read_is_not_overwritten),
      TEST(backward_runs_once_from_one_number),
      TEST(a_parameter_can_be_the_loss),
      TEST(nothing_is_recorded_without_a_tape),
      TEST(constants_get_no_gradient),
      TEST(handles_on_one_value_share_its_gradient),
      TEST(only_floating_tensors_are_parameters),
      TEST(scopes_of_intermediate_tensors_may_be_closed_before),
      TEST(one_tape_at_a_time_and_none_outlives_its_scope),
      TEST(nothing_happens_while_an_error_stands),
      TEST(memory_is_given_back_and_reused_step_after_step),
      TEST(chains_may_be_very_deep),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
