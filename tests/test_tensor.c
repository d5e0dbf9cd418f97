#include "tests/support/test.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sanitizer.h"
#include "tensor/random.h"
#include "tensor/state_dict.h"
#include "tensor/tensor.h"
#include "tests/support/scope.h"

static void expect_error(const char *part) {
  if (sn_ok()) fail_msg("no error, expected one about %s", part);
  if (!strstr(sn_error(), part)) fail_msg("the error \"%s\" does not mention %s", sn_error(), part);
  sn_clear_error();
}

static SnTensor *counting(int ndim, const int64_t *shape) {
  double values[64];
  for (int i = 0; i < 64; i++) values[i] = i;
  SnTensor *tensor = sn_from_host(SN_FLOAT64, ndim, shape, values);
  assert_non_null(tensor);
  return tensor;
}

static void expect_values(const SnTensor *tensor, int64_t count, const double *expected) {
  if (!sn_ok()) fail_msg("%s", sn_error());
  assert_int_equal(sn_count(tensor), count);
  double values[64];
  assert_true(count <= 64 && sn_to_host(tensor, SN_FLOAT64, values));
  for (int64_t i = 0; i < count; i++)
    if (values[i] != expected[i]) fail_msg("element %d is %.17g, expected %.17g", (int)i, values[i], expected[i]);
}

#define EXPECT(tensor, ...) \
  expect_values(tensor, (int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)), (const double[]){__VA_ARGS__})

/* ---- scopes ---- */

static void nothing_is_made_outside_a_scope(void **state) {
  (void)state;
  assert_int_equal(sn_scope_depth(), 0);
  assert_null(sn_zeros(SN_FLOAT32, SN_SHAPE(2)));
  expect_error("scope");
}

static char released[8];
static void note_release(void *memory) { strncat(released, memory, 1); }

static char *noted(char name) {
  char *memory = sn_scope_allocate(2, 1, note_release);
  assert_non_null(memory);
  memory[0] = name;
  return memory;
}

static void scopes_release_the_newest_first_and_keep_what_is_kept(void **state) {
  (void)state;
  released[0] = '\0';
  int depth = sn_scope_depth();
  SnScope *outer = sn_scope_open(), *inner = sn_scope_open();
  assert_int_equal(sn_scope_depth(), depth + 2);
  char *kept = noted('a');
  noted('b');
  noted('c');
  sn_scope_keep(kept);
  sn_scope_close(inner);
  assert_string_equal(released, "cb");
  assert_int_equal(kept[0], 'a');
  sn_scope_close(outer);
  assert_string_equal(released, "cba");
  assert_int_equal(sn_scope_depth(), depth);
  sn_scope_close(NULL);
  sn_scope_free(NULL);
}

static void only_the_innermost_scope_is_left(void **state) {
  (void)state;
  SnScope *outer = sn_scope_open(), *inner = sn_scope_open();
  assert_false(sn_scope_leave(outer));
  expect_error("innermost");
  assert_false(sn_scope_enter(inner));
  expect_error("twice");
  sn_fail("something else"); /* closing works while an error stands */
  sn_scope_close(inner);
  sn_scope_close(outer);
  expect_error("something else");
}

static void a_scope_may_outlive_the_function_that_fills_it(void **state) {
  (void)state;
  SnScope *owner = sn_scope_new();
  SnTensor *first = NULL, *second = NULL;
  assert_true(sn_scope_enter(owner));
  first = sn_full(SN_FLOAT32, 1, SN_SHAPE(2));
  assert_true(sn_scope_leave(owner));
  assert_true(sn_scope_enter(owner));
  second = sn_full(SN_FLOAT32, 2, SN_SHAPE(2));
  assert_true(sn_scope_leave(owner));
  EXPECT(first, 1, 1);
  EXPECT(second, 2, 2);
  sn_scope_free(owner);
}

static void a_suspended_scope_keeps_what_it_owns_until_it_is_closed(void **state) {
  (void)state;
  released[0] = '\0';
  SnScope *outer = sn_scope_open(), *inner = sn_scope_open();
  char *source = noted('i');
  sn_scope_suspend(inner);
  noted('o');
  assert_int_equal(source[0], 'i');
  sn_scope_close(inner);
  assert_string_equal(released, "i");
  sn_scope_close(outer);
  assert_string_equal(released, "io");
  sn_scope_suspend(NULL);
  outer = sn_scope_open();
  inner = sn_scope_open();
  sn_scope_suspend(outer);
  expect_error("innermost");
  sn_scope_close(inner);
  sn_scope_close(outer);
}

static void the_outermost_scope_keeps_nothing(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  assert_null(sn_keep(sn_zeros(SN_FLOAT32, SN_SHAPE(2))));
  expect_error("kept");
  sn_scope_close(scope);
}

static void *work_in_a_thread(void *ok) {
  bool fine = sn_ok() && sn_scope_depth() == 0 && strcmp(sn_device()->name, "cpu") == 0;
  SnScope *scope = sn_scope_open();
  fine = fine && sn_item(sn_scalar(SN_FLOAT32, 2)) == 2;
  sn_fail("of the thread");
  sn_scope_close(scope);
  *(bool *)ok = fine;
  return NULL;
}

static void threads_have_their_own_scopes_device_and_error(void **state) {
  (void)state;
  assert_true(sn_set_device("reference"));
  bool fine = false;
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, work_in_a_thread, &fine), 0);
  pthread_join(thread, NULL);
  assert_true(fine && sn_ok());
  assert_string_equal(sn_device()->name, "reference");
  assert_true(sn_set_device("cpu"));
}

/* ---- making and reading ---- */

static void tensors_are_made_with_values(void **state) {
  (void)state;
  EXPECT(sn_full(SN_FLOAT32, 1.5, SN_SHAPE(2, 1)), 1.5, 1.5);
  EXPECT(sn_full(SN_INT64, -3, SN_SHAPE(2)), -3, -3);
  EXPECT(sn_zeros(SN_UINT8, SN_SHAPE(3)), 0, 0, 0);
  EXPECT(sn_scalar(SN_FLOAT64, 0.1), 0.1);
  assert_int_equal(sn_count(sn_zeros(SN_FLOAT32, SN_SHAPE(3, 0))), 0);
  assert_int_equal(sn_count(NULL), 0);
  SnTensor *six = sn_zeros(SN_FLOAT32, SN_SHAPE(1, 2, 1, 3, 1, 2));
  assert_true(sn_has_shape(six, SN_SHAPE(1, 2, 1, 3, 1, 2)));
  assert_false(sn_has_shape(six, SN_SHAPE(1, 2, 1, 3, 1)));
  assert_false(sn_same_shape(six, NULL));
  assert_true(sn_same_shape(six, sn_empty_like(six)));
  assert_true((uintptr_t)six->array.data % 64 == 0);
}

static void impossible_shapes_are_refused(void **state) {
  (void)state;
  assert_null(sn_empty(SN_FLOAT32, SN_SHAPE(1, 1, 1, 1, 1, 1, 1)));
  expect_error("7");
  assert_null(sn_empty(SN_FLOAT32, -1, NULL));
  expect_error("-1");
  assert_null(sn_empty(SN_FLOAT32, SN_SHAPE(2, -1)));
  expect_error("[2, -1]");
  assert_null(sn_empty(SN_FLOAT32, SN_SHAPE(-1, 0)));
  expect_error("[-1, 0]");
  assert_null(sn_empty(SN_FLOAT32, SN_SHAPE(INT64_MAX, 2)));
  expect_error("9223372036854775807");
  assert_null(sn_empty(SN_FLOAT32, SN_SHAPE((int64_t)1 << 32, (int64_t)1 << 32)));
  expect_error("4294967296");
  assert_null(sn_empty(SN_FLOAT64, SN_SHAPE((int64_t)1 << 60))); /* the count fits, the bytes do not */
  expect_error("too large");
  assert_null(sn_empty(SN_FLOAT64, SN_SHAPE((int64_t)1 << 59))); /* the bytes fit, in no memory */
  expect_error("too large");
  assert_null(sn_empty(SN_UINT8, SN_SHAPE(INT64_MAX)));
  expect_error("too large");
}

static void values_are_converted_between_dtypes(void **state) {
  (void)state;
  SnTensor *x = sn_from_host(SN_FLOAT64, SN_SHAPE(4), (double[]){1.75, 2.999, 0.1, 200});
  EXPECT(sn_to_dtype(x, SN_FLOAT32), 1.75, (double)2.999f, (double)0.1f, 200);
  EXPECT(sn_to_dtype(x, SN_INT64), 1, 2, 0, 200);
  EXPECT(sn_to_dtype(x, SN_UINT8), 1, 2, 0, 200);
  EXPECT(sn_to_dtype(x, SN_FLOAT16), 1.75, 2.998046875, 0.0999755859375, 200);
  EXPECT(sn_to_dtype(x, SN_BFLOAT16), 1.75, 3, 0.10009765625, 200);
  EXPECT(sn_to_dtype(sn_full(SN_FLOAT64, -1.75, SN_SHAPE(1)), SN_INT64), -1);
  EXPECT(sn_to_dtype(sn_to_dtype(x, SN_UINT8), SN_FLOAT32), 1, 2, 0, 200);
  int64_t large = ((int64_t)1 << 53) + 1, back = 0; /* no float64 on the way */
  assert_true(sn_to_host(sn_from_host(SN_INT64, SN_SHAPE(1), &large), SN_INT64, &back));
  assert_true(back == large);
  assert_true(sn_to_dtype(x, SN_FLOAT64) == x);
  float floats[4];
  assert_true(sn_to_host(x, SN_FLOAT32, floats));
  assert_true(floats[2] == 0.1f);
}

static void one_number_is_read_as_an_item(void **state) {
  (void)state;
  assert_true(sn_item(sn_full(SN_INT64, 7, SN_SHAPE(1, 1))) == 7);
  assert_true(isnan(sn_item(sn_zeros(SN_FLOAT32, SN_SHAPE(2)))));
  expect_error("[2]");
  assert_true(isnan(sn_item(sn_zeros(SN_FLOAT32, SN_SHAPE(0)))));
  expect_error("[0]");
  assert_true(isnan(sn_item(NULL)));
  expect_error("absent");
}

static void float_memory_is_given_only_as_it_is(void **state) {
  (void)state;
  SnTensor *x = sn_full(SN_FLOAT32, 2, SN_SHAPE(2, 3));
  assert_true(sn_float_data(x)[5] == 2);
  assert_null(sn_float_data(sn_view(x, SN_SHAPE(3, 2), (int64_t[]){1, 3}, 0)));
  expect_error("contiguous");
  assert_null(sn_float_data(sn_zeros(SN_FLOAT64, SN_SHAPE(2))));
  expect_error("float32");
}

static void shapes_and_dtypes_read_well(void **state) {
  (void)state;
  assert_string_equal(sn_shape_text(0, NULL), "[]");
  assert_string_equal(sn_shape_text(SN_SHAPE(2, 3)), "[2, 3]");
  assert_string_equal(sn_tensor_text(NULL), "absent");
  char text[256]; /* four texts are valid at a time */
  snprintf(text, sizeof text, "%s %s %s %s", sn_shape_text(SN_SHAPE(1)), sn_shape_text(SN_SHAPE(2)),
           sn_shape_text(SN_SHAPE(3)), sn_shape_text(SN_SHAPE(4)));
  assert_string_equal(text, "[1] [2] [3] [4]");
  assert_non_null(
      strstr(sn_shape_text(SN_SHAPE(INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN)), "8]"));
  assert_string_equal(sn_dtype_name(SN_BFLOAT16), "bfloat16");
}

/* ---- views and copies ---- */

static void views_see_the_same_memory(void **state) {
  (void)state;
  SnTensor *x = counting(SN_SHAPE(3, 4));
  SnTensor *transposed = sn_view(x, SN_SHAPE(4, 3), (int64_t[]){1, 4}, 0);
  EXPECT(transposed, 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
  SnTensor *part = sn_view(x, SN_SHAPE(2, 2), (int64_t[]){4, 2}, 5);
  EXPECT(part, 5, 7, 9, 11);
  EXPECT(sn_view(part, SN_SHAPE(2), (int64_t[]){4}, 2), 7, 11); /* counted from the view's first element */
  EXPECT(sn_view(x, SN_SHAPE(2, 3), (int64_t[]){0, 1}, 4), 4, 5, 6, 4, 5, 6);
  assert_true(sn_fill(part, -1));
  EXPECT(x, 0, 1, 2, 3, 4, -1, 6, -1, 8, -1, 10, -1);
  assert_true(sn_to_contiguous(x) == x);
  SnTensor *copy = sn_to_contiguous(transposed);
  assert_true(copy != transposed && sn_array_is_contiguous(&copy->array));
  EXPECT(copy, 0, 4, 8, 1, -1, -1, 2, 6, 10, 3, -1, -1);
  sn_fill(copy, 0);
  EXPECT(part, -1, -1, -1, -1);
}

static void views_stay_inside(void **state) {
  (void)state;
  SnTensor *x = counting(SN_SHAPE(12));
  assert_non_null(sn_view(x, SN_SHAPE(2), (int64_t[]){11}, 0));
  assert_non_null(sn_view(x, SN_SHAPE(1), (int64_t[]){1000}, 11)); /* the stride of a size of 1 is never taken */
  assert_non_null(sn_view(x, SN_SHAPE(0), (int64_t[]){1}, 12));
  assert_true(sn_ok());
  assert_null(sn_view(x, SN_SHAPE(13), (int64_t[]){1}, 0));
  expect_error("[13]");
  assert_null(sn_view(x, SN_SHAPE(12), (int64_t[]){1}, 1));
  expect_error("does not fit");
  assert_null(sn_view(x, SN_SHAPE(1), (int64_t[]){1}, -1));
  expect_error("does not fit");
  assert_null(sn_view(x, SN_SHAPE(1), (int64_t[]){1}, INT64_MAX));
  expect_error("does not fit");
  assert_null(sn_view(x, SN_SHAPE(2), (int64_t[]){12}, 0));
  expect_error("does not fit");
  assert_null(sn_view(x, SN_SHAPE(2), (int64_t[]){-1}, 5));
  expect_error("does not fit");
  assert_null(sn_view(x, SN_SHAPE(3, 2), (int64_t[]){-1, 10}, 0)); /* the last is inside, the first is not */
  expect_error("does not fit");
  assert_null(sn_view(x, SN_SHAPE(((int64_t)1 << 62) + 1), (int64_t[]){4}, 0)); /* wraps around to the first */
  expect_error("does not fit");
  assert_null(sn_view(x, SN_SHAPE(2, 2), (int64_t[]){INT64_MAX, INT64_MAX}, 2));
  expect_error("does not fit");
}

static void views_keep_the_memory(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnTensor *x = counting(SN_SHAPE(6));
  SnTensor *view = sn_keep(sn_view(x, SN_SHAPE(2), (int64_t[]){3}, 1));
  SnTensor *alias = sn_keep(sn_alias(x));
  assert_false(sn_storage_is_unshared(x->storage));
  sn_scope_close(scope);
  EXPECT(view, 1, 4);
  EXPECT(alias, 0, 1, 2, 3, 4, 5);
}

static void copies_go_through_any_strides(void **state) {
  (void)state;
  SnTensor *row = counting(SN_SHAPE(3)), *target = sn_zeros(SN_FLOAT32, SN_SHAPE(3, 2));
  SnTensor *rows = sn_view(row, SN_SHAPE(2, 3), (int64_t[]){0, 1}, 0);
  assert_true(sn_copy_into(sn_view(target, SN_SHAPE(2, 3), (int64_t[]){1, 2}, 0), rows)); /* broadcast and transposed */
  EXPECT(target, 0, 0, 1, 1, 2, 2);
  EXPECT(sn_copy_of(rows), 0, 1, 2, 0, 1, 2);
  assert_false(sn_copy_into(target, rows));
  expect_error("[2, 3]");
  assert_false(sn_copy_into(target, row)); /* never broadcast unasked */
  expect_error("[3]");
}

static void gradients_follow_aliases_only(void **state) {
  (void)state;
  SnTensor *x = counting(SN_SHAPE(2));
  x->gradient = sn_gradient_new(true);
  assert_true(sn_alias(x)->gradient == x->gradient);
  assert_null(sn_detach(x)->gradient);
  assert_null(sn_copy_of(x)->gradient);
  assert_null(sn_view(x, SN_SHAPE(1), (int64_t[]){1}, 0)->gradient);
  assert_true(sn_detach(x)->array.data == x->array.data);
}

static void tensors_move_between_devices(void **state) {
  (void)state;
  SnTensor *x = sn_view(counting(SN_SHAPE(2, 3)), SN_SHAPE(3, 2), (int64_t[]){1, 3}, 0);
  SnTensor *moved = sn_to_device(x, sn_backend_reference());
  assert_true(sn_storage_backend(moved->storage) == sn_backend_reference());
  EXPECT(moved, 0, 3, 1, 4, 2, 5);
  EXPECT(sn_to_device(moved, sn_backend_cpu()), 0, 3, 1, 4, 2, 5);
  assert_true(sn_to_device(x, sn_backend_cpu())->array.data == x->array.data);
  assert_int_equal(sn_count(sn_to_device(sn_zeros(SN_INT64, SN_SHAPE(0)), sn_backend_reference())), 0);
}

static void memory_is_shared_where_it_fits(void **state) {
  (void)state;
  SnTensor *source = counting(SN_SHAPE(2, 3)), *target = sn_zeros(SN_FLOAT64, SN_SHAPE(2, 3)),
           *alias = sn_alias(target);
  assert_true(sn_share_into(target, source));
  assert_ptr_equal(target->array.data, source->array.data);
  EXPECT(target, 0, 1, 2, 3, 4, 5);
  EXPECT(alias, 0, 0, 0, 0, 0, 0);
  SnTensor *single = sn_zeros(SN_FLOAT32, SN_SHAPE(2, 3)), *rows = sn_zeros(SN_FLOAT64, SN_SHAPE(1, 3));
  SnTensor *row = sn_view(source, SN_SHAPE(1, 3), (int64_t[]){3, 1}, 3);
  assert_true(sn_share_into(single, source) && sn_share_into(rows, row)); /* another dtype; a part: copied */
  EXPECT(single, 0, 1, 2, 3, 4, 5);
  EXPECT(rows, 3, 4, 5);
  assert_ptr_not_equal(rows->array.data, row->array.data);
  assert_false(sn_share_into(rows, source));
  expect_error("[2, 3]");
}

static void a_tensor_is_emptied_out(void **state) {
  (void)state;
  SnTensor *x = sn_zeros(SN_FLOAT32, SN_SHAPE(1000)), *shared = counting(SN_SHAPE(2)), *alias = sn_alias(shared);
  int64_t before = sn_storage_bytes();
  assert_true(sn_empty_out(x) && sn_empty_out(shared));
  assert_true(sn_storage_bytes() < before - 3000);
  assert_true(sn_has_shape(x, SN_SHAPE(0)) && x->array.dtype == SN_FLOAT32);
  EXPECT(alias, 0, 1);
  assert_false(sn_copy_into(shared, alias));
  expect_error("[2]");
}

/* ---- storage ---- */

static void memory_is_counted_and_reused(void **state) {
  (void)state;
  int64_t before = sn_storage_bytes();
  SnScope *scope = sn_scope_open();
  const SnTensor *x = sn_zeros(SN_FLOAT32, SN_SHAPE(1000));
  assert_true(sn_storage_bytes() >= before + 4000 && sn_storage_bytes() <= before + 5000);
  assert_true(sn_storage_peak_bytes() >= sn_storage_bytes());
  assert_int_equal(sn_storage_size(x->storage), 4000);
  sn_scope_close(scope);
  assert_int_equal(sn_storage_bytes(), before);
  int64_t requests = sn_storage_backend_requests();
  scope = sn_scope_open();
  sn_zeros(SN_FLOAT32, SN_SHAPE(999));
  sn_scope_close(scope);
  if (!SN_SANITIZED) assert_int_equal(sn_storage_backend_requests(), requests); /* else memory is not reused */
  sn_storage_trim();
  assert_int_equal(sn_storage_bytes(), before);
  scope = sn_scope_open();
  sn_zeros(SN_FLOAT32, SN_SHAPE(999));
  assert_true(sn_storage_backend_requests() > requests);
  sn_scope_close(scope);
  sn_storage_release(NULL);
}

/* What exceeds the limit is in a file, with the same values, until it is released. */
static void large_memory_goes_to_files(void **state) {
  (void)state;
  SnLargeMemory large = {.limit = 6000};
  SnScope *scope = sn_scope_open();
  sn_empty_large(SN_FLOAT32, SN_SHAPE(1000), &large);
  assert_int_equal(sn_storage_file_bytes(), 0);
  int64_t before = sn_storage_bytes();
  SnTensor *x = sn_empty_large(SN_FLOAT32, SN_SHAPE(1000), &large);
  assert_int_equal(sn_storage_file_bytes(), 4000);
  assert_int_equal(sn_storage_bytes(), before);
  sn_fill(x, 3);
  EXPECT(sn_view(x, SN_SHAPE(2), (int64_t[]){1}, 998), 3, 3);
  sn_scope_close(scope);
  assert_int_equal(sn_storage_file_bytes(), 0);
  scope = sn_scope_open();
  sn_empty_large(SN_FLOAT32, SN_SHAPE(1000), &large); /* fits again */
  assert_int_equal(sn_storage_file_bytes(), 0);
  sn_scope_close(scope);

  large.limit = 0;
  assert_null(sn_empty_large(SN_UINT8, SN_SHAPE(INT64_C(1) << 60), &large));
  expect_error("a temporary file of 1152921504.6 GB was asked for");
  assert_int_equal(setenv("TMPDIR", "tests/absent", 1), 0);
  assert_null(sn_empty_large(SN_UINT8, SN_SHAPE(1), &large));
  expect_error("tests/absent: a temporary file cannot be made");
  unsetenv("TMPDIR");
  assert_int_equal(sn_storage_file_bytes(), 0);

  scope = sn_scope_open();
  before = large.bytes;
  sn_empty_large(SN_FLOAT32, SN_SHAPE(1000), NULL); /* no limit, and not counted */
  SnLargeMemory other = {.limit = 4000};
  sn_empty_large(SN_FLOAT32, SN_SHAPE(1000), &other);
  assert_int_equal(sn_storage_file_bytes(), 0);
  assert_int_equal(large.bytes, before);
  assert_int_equal(other.bytes, 4000);
  sn_scope_close(scope);
  assert_int_equal(other.bytes, 0);
}

static void pools_keep_their_memory(void **state) {
  (void)state;
  SnStoragePool *pool = sn_storage_pool_new();
  SnScope *scope = sn_scope_open(), *inner = sn_scope_open();
  sn_storage_pool_enter(pool);
  const void *first = sn_zeros(SN_FLOAT32, SN_SHAPE(1000))->array.data;
  sn_scope_close(inner);
  sn_storage_pool_leave();
  assert_ptr_not_equal(sn_zeros(SN_FLOAT32, SN_SHAPE(1000))->array.data, first);
  sn_storage_trim();
  sn_storage_pool_enter(pool);
  SnTensor *again = sn_zeros(SN_FLOAT32, SN_SHAPE(1000));
  sn_storage_pool_leave();
  assert_ptr_equal(again->array.data, first);
  sn_storage_pool_free(pool);
  assert_true(sn_float_data(again)[999] == 0);
  sn_scope_close(scope);
  sn_storage_pool_free(NULL);
}

/* ---- state dictionaries ---- */

static void state_dicts_keep_names_in_order(void **state) {
  (void)state;
  enum { COUNT = 3000 };
  SnStateDict *dict = sn_state_dict_new();
  char name[32];
  for (int i = 0; i < COUNT; i++) {
    snprintf(name, sizeof name, "layer%d.weight", i);
    assert_true(sn_state_dict_add(dict, name, sn_scalar(SN_FLOAT32, i)));
    assert_true(sn_state_dict_add_text(dict, name, name + 5));
  }
  assert_int_equal(dict->tensor_count, COUNT);
  for (int i = 0; i < COUNT; i++) {
    snprintf(name, sizeof name, "layer%d.weight", i);
    assert_string_equal(dict->tensors[i].name, name);
    assert_ptr_equal(sn_state_dict_find(dict, name), dict->tensors[i].tensor);
  }
  assert_true(sn_item(sn_state_dict_find(dict, "layer2999.weight")) == 2999);
  assert_string_equal(sn_state_dict_text(dict, "layer7.weight"), "7.weight");
  assert_null(sn_state_dict_find(dict, "layer3000.weight"));
  assert_null(sn_state_dict_text(dict, "layer"));
  assert_true(sn_ok());
  assert_false(sn_state_dict_add(dict, "layer3.weight", sn_scalar(SN_FLOAT32, 0)));
  expect_error("layer3.weight");
  assert_false(sn_state_dict_add_text(dict, "layer3.weight", ""));
  expect_error("layer3.weight");
  assert_int_equal(dict->tensor_count, COUNT);
}

/* ---- random order ---- */

static void a_permutation_holds_every_number_once(void **state) {
  (void)state;
  enum { COUNT = 1000 };
  int64_t order[COUNT], again[COUNT], other[COUNT];
  bool seen[COUNT] = {false};
  sn_permutation(5, SN_STREAM_SHUFFLE, 3, COUNT, order);
  for (int i = 0; i < COUNT; i++) {
    assert_true(order[i] >= 0 && order[i] < COUNT && !seen[order[i]]);
    seen[order[i]] = true;
  }
  sn_permutation(5, SN_STREAM_SHUFFLE, 3, COUNT, again);
  assert_memory_equal(order, again, sizeof order);
  sn_permutation(6, SN_STREAM_SHUFFLE, 3, COUNT, other);
  assert_memory_not_equal(order, other, sizeof order);
  sn_permutation(5, SN_STREAM_SHUFFLE, 4, COUNT, other);
  assert_memory_not_equal(order, other, sizeof order);
  sn_permutation(5, SN_STREAM_DATA, 3, COUNT, other);
  assert_memory_not_equal(order, other, sizeof order);
  sn_permutation(5, SN_STREAM_SHUFFLE, 3, 1, other);
  assert_int_equal(other[0], 0);
  sn_permutation(5, SN_STREAM_SHUFFLE, 3, 0, NULL);
}

/* Of 6000 orders of three, each of the six is expected 1000 times, with a standard deviation of 29. */
static void all_orders_are_equally_likely(void **state) {
  (void)state;
  int counts[9] = {0};
  for (uint64_t seed = 0; seed < 6000; seed++) {
    int64_t order[3];
    sn_permutation(seed, SN_STREAM_SHUFFLE, 1, 3, order);
    counts[order[0] * 3 + order[1]]++;
  }
  for (int i = 0; i < 9; i++)
    if (i % 4 != 0) assert_in_range(counts[i], 870, 1130); /* 0, 4 and 8 would hold one number twice */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scope, close_scope)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_made_outside_a_scope),
      cmocka_unit_test(the_outermost_scope_keeps_nothing),
      TEST(scopes_release_the_newest_first_and_keep_what_is_kept),
      TEST(only_the_innermost_scope_is_left),
      TEST(a_scope_may_outlive_the_function_that_fills_it),
      TEST(a_suspended_scope_keeps_what_it_owns_until_it_is_closed),
      TEST(threads_have_their_own_scopes_device_and_error),
      TEST(tensors_are_made_with_values),
      TEST(impossible_shapes_are_refused),
      TEST(values_are_converted_between_dtypes),
      TEST(one_number_is_read_as_an_item),
      TEST(float_memory_is_given_only_as_it_is),
      TEST(shapes_and_dtypes_read_well),
      TEST(views_see_the_same_memory),
      TEST(views_stay_inside),
      TEST(views_keep_the_memory),
      TEST(copies_go_through_any_strides),
      TEST(memory_is_shared_where_it_fits),
      TEST(a_tensor_is_emptied_out),
      TEST(gradients_follow_aliases_only),
      TEST(tensors_move_between_devices),
      TEST(memory_is_counted_and_reused),
      TEST(large_memory_goes_to_files),
      TEST(pools_keep_their_memory),
      TEST(state_dicts_keep_names_in_order),
      TEST(a_permutation_holds_every_number_once),
      TEST(all_orders_are_equally_likely),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
