/* Adam, AdamW and SGD steps against torch.optim: tests/oracle/ops.py has the same names, settings and values. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tensor/safetensors.h"
#include "tests/support/op_cases.h"

enum { STEPS = 5, PARAMETERS = 37, MANY = 100003 };

typedef struct Optimiser {
  const char *name;
  SnKernel kernel;
  SnAttributes attributes;
} Optimiser;

static const Optimiser optimisers[] = {
    {"adam", SN_KERNEL_adam, {.adam = {.learning_rate = 0.01, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8}}},
    {"adam_decay",
     SN_KERNEL_adam,
     {.adam = {.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-3, .weight_decay = 0.3}}},
    {"adamw",
     SN_KERNEL_adam,
     {.adam =
          {.learning_rate = 0.01, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 0.01, .decoupled = true}}},
    {"adamw_decay",
     SN_KERNEL_adam,
     {.adam =
          {.learning_rate = 0.05, .beta1 = 0.7, .beta2 = 0.9, .eps = 1e-8, .weight_decay = 0.5, .decoupled = true}}},
    {"sgd", SN_KERNEL_sgd, {.sgd = {.learning_rate = 0.1}}},
    {"sgd_decay", SN_KERNEL_sgd, {.sgd = {.learning_rate = 0.1, .weight_decay = 0.3}}},
    {"sgd_momentum", SN_KERNEL_sgd, {.sgd = {.learning_rate = 0.1, .momentum = 0.9}}},
    {"sgd_dampening",
     SN_KERNEL_sgd,
     {.sgd = {.learning_rate = 0.1, .momentum = 0.8, .dampening = 0.4, .weight_decay = 0.1}}},
    {"sgd_nesterov",
     SN_KERNEL_sgd,
     {.sgd = {.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 0.2, .nesterov = true}}},
};

static SnTensor *signed_values(const char *name, int which, SnDtype dtype, int64_t count) {
  double *values = sn_scope_allocate(count, sizeof *values, NULL);
  assert_non_null(values);
  for (int64_t i = 0; i < count; i++) values[i] = op_value(name, which, OP_SIGNED, 0, i);
  SnTensor *tensor = sn_from_host(SN_FLOAT64, 1, &count, values);
  assert_non_null(tensor);
  return sn_to_dtype(tensor, dtype);
}

/* The parameters after each step, STEPS * count numbers in the innermost scope. */
static double *optimise(const Optimiser *optimiser, const SnBackend *backend, SnDtype dtype, int64_t count) {
  double *path = sn_scope_allocate(STEPS * count, sizeof *path, NULL);
  assert_non_null(path);
  assert_true(sn_set_device(backend->name));
  SnTensor *outputs[] = {signed_values(optimiser->name, 0, dtype, count), sn_zeros(dtype, 1, &count),
                         sn_zeros(dtype, 1, &count)};
  bool adam = optimiser->kernel == SN_KERNEL_adam;
  if (!adam && optimiser->attributes.sgd.momentum == 0) outputs[1] = NULL;
  for (int step = 0; step < STEPS; step++) {
    SnTensor *gradient = signed_values(optimiser->name, 1 + step, dtype, count);
    SnAttributes attributes = optimiser->attributes;
    if (adam)
      attributes.adam.step = step + 1;
    else
      attributes.sgd.first = step == 0;
    if (!sn_run_kernel(optimiser->kernel, 1, &gradient, adam ? 3 : 2, outputs, &attributes) ||
        !sn_to_host(outputs[0], SN_FLOAT64, path + step * count))
      fail_msg("%s on %s: %s", optimiser->name, backend->name, sn_error());
  }
  return path;
}

static void compare(const Optimiser *optimiser, const char *what, const double *found, const double *expected,
                    int64_t count, double tolerance) {
  for (int64_t i = 0; i < STEPS * count; i++)
    if (!(fabs(found[i] - expected[i]) <= tolerance)) /* parameters are near 1 */
      fail_msg("%s, %s: parameter %lld after step %lld is %.17g, expected %.17g", optimiser->name, what,
               (long long)(i % count), (long long)(i / count + 1), found[i], expected[i]);
}

static void steps_agree_with_pytorch(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnStateDict *golden = sn_safetensors_read("tests/golden/ops.safetensors");
  if (!golden) fail_msg("%s", sn_error());
  for (size_t o = 0; o < sizeof optimisers / sizeof *optimisers; o++) {
    char key[64];
    snprintf(key, sizeof key, "%s/steps", optimisers[o].name);
    const SnTensor *steps = sn_state_dict_find(golden, key);
    if (!steps || !sn_has_shape(steps, SN_SHAPE(STEPS, PARAMETERS))) fail_msg("no golden for %s", key);
    double expected[STEPS * PARAMETERS];
    assert_true(sn_to_host(steps, SN_FLOAT64, expected));
    for (int b = 0; b < sn_backend_count(); b++) {
      const SnBackend *backend = sn_backend_at(b);
      compare(&optimisers[o], backend->name, optimise(&optimisers[o], backend, SN_FLOAT64, PARAMETERS), expected,
              PARAMETERS, 1e-13);
      compare(&optimisers[o], backend->name, optimise(&optimisers[o], backend, SN_FLOAT32, PARAMETERS), expected,
              PARAMETERS, 2e-6);
    }
  }
  sn_scope_close(scope);
}

static void many_parameters_and_threads(void **state) {
  (void)state;
  const SnBackend *cpu = sn_backend_cpu();
  int usual = cpu->threads();
  for (size_t o = 0; o < sizeof optimisers / sizeof *optimisers; o++) {
    SnScope *scope = sn_scope_open();
    cpu->set_threads(1);
    double *one = optimise(&optimisers[o], cpu, SN_FLOAT32, MANY);
    cpu->set_threads(3);
    double *three = optimise(&optimisers[o], cpu, SN_FLOAT32, MANY);
    assert_memory_equal(one, three, STEPS * MANY * sizeof *one);
    compare(&optimisers[o], "reference", one, optimise(&optimisers[o], sn_backend_reference(), SN_FLOAT32, MANY), MANY,
            2e-6);
    sn_scope_close(scope);
  }
  cpu->set_threads(usual);
}

static void no_parameters(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  for (size_t o = 0; o < sizeof optimisers / sizeof *optimisers; o++)
    for (int b = 0; b < sn_backend_count(); b++) optimise(&optimisers[o], sn_backend_at(b), SN_FLOAT32, 0);
  sn_scope_close(scope);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_agree_with_pytorch),
      cmocka_unit_test(many_parameters_and_threads),
      cmocka_unit_test(no_parameters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
