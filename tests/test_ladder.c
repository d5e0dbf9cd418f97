/* Each rung of bench/ladder computes what the first one does, whatever the size and the instructions. */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/ladder/ladder.h"

/* Of the largest result. Products are rounded to 6e-8 and summed up to 171 at a time; F(4x4,3x3) multiplies rounding
 * errors by its factors, up to 8 in each direction and twice. */
static const double tolerance = 2e-6, winograd_tolerance = 2e-4;

typedef struct Size {
  int images, in, out, height, width, threads;
} Size;

/* One pixel, less than a tile, more, odd ones, a long row, several images. */
static const Size sizes[] = {{1, 1, 1, 1, 1, 1},    {1, 3, 2, 2, 3, 1},   {2, 5, 9, 7, 11, 3},
                             {1, 19, 17, 5, 70, 2}, {3, 8, 8, 13, 12, 2}, {1, 16, 24, 33, 31, 4}};
enum { SIZES = sizeof sizes / sizeof *sizes };

static size_t count_of(const Size *s) { return (size_t)(s->images * s->out * s->height * s->width); }

/* Every rung twice: the second call finds what the first one kept. Before each, y holds NaN. */
static void compare_rungs(const Size *s) {
  Problem p;
  assert_true(ladder_problem_new(&p, s->images, s->in, s->out, s->height, s->width, s->threads));
  size_t count = count_of(s);
  float *right = malloc(count * sizeof(float));
  assert_non_null(right);
  assert_true(ladder_rungs[0].convolve(&p));
  memcpy(right, p.y, count * sizeof(float));
  for (int i = 1; i < ladder_rung_count; i++) {
    const Rung *rung = &ladder_rungs[i];
    if (rung->supported && !rung->supported()) continue;
    ladder_forget(&p);
    for (int call = 0; call < 2; call++) {
      for (size_t j = 0; j < count; j++) p.y[j] = NAN;
      assert_true(rung->convolve(&p));
      for (size_t j = 0; j < count; j++) assert_true(p.y[j] == p.y[j]);
      double difference = ladder_difference(&p, p.y, right);
      if (difference >
          (strstr(rung->name, "F(4x4") || rung->convolve == ladder_project ? winograd_tolerance : tolerance))
        fail_msg("%s, %d x %d: %g", rung->name, s->height, s->width, difference);
    }
  }
  free(right);
  ladder_problem_free(&p);
}

static void rungs_agree_with(const char *instructions) {
  if (instructions) setenv("SIMPLENET_CPU", instructions, 1);
  for (int i = 0; i < SIZES; i++) compare_rungs(&sizes[i]);
  unsetenv("SIMPLENET_CPU");
}

static void rungs_agree(void **state) {
  (void)state;
  rungs_agree_with(NULL);
}

static void rungs_agree_in_avx2(void **state) {
  (void)state;
  rungs_agree_with("avx2");
}

static void rungs_agree_in_plain_c(void **state) {
  (void)state;
  rungs_agree_with("portable");
}

/* One wrong sum among many is seen. */
static void a_difference_is_found(void **state) {
  (void)state;
  Problem p;
  assert_true(ladder_problem_new(&p, 1, 4, 4, 5, 5, 1));
  assert_true(ladder_seven_loops(&p));
  float right[100];
  memcpy(right, p.y, sizeof right);
  assert_true(ladder_difference(&p, p.y, right) == 0);
  p.y[57] += 0.01f;
  assert_true(ladder_difference(&p, p.y, right) > 1e-4);
  ladder_problem_free(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rungs_agree),
      cmocka_unit_test(rungs_agree_in_avx2),
      cmocka_unit_test(rungs_agree_in_plain_c),
      cmocka_unit_test(a_difference_is_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
