/* Modules, initialisation, layers and optimisers, the latter two against PyTorch (tests/oracle/nn.py). */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "autograd/ops.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "nn/optimizer.h"
#include "tests/support/formula.h"
#include "tests/support/golden.h"
#include "tests/support/scope.h"

static SnStateDict *golden;

/* ---- the tree of modules ---- */

typedef struct Perceptron {
  SnModule module;
  SnLinear *first, *second;
  SnBatchNorm *norm;
} Perceptron;

enum { ROWS = 9, INPUTS = 5, HIDDEN = 6, OUTPUTS = 3 }; /* as in the oracle */

static Perceptron *new_perceptron(SnDtype dtype, uint64_t seed) {
  SnGenerator generator = {.dtype = dtype, .seed = seed};
  Perceptron *network = sn_scope_allocate(1, sizeof *network, NULL);
  assert_non_null(network);
  network->first = sn_linear_new(INPUTS, HIDDEN, false, &generator);
  network->norm = sn_batch_norm_new(HIDDEN, &generator);
  network->second = sn_linear_new(HIDDEN, OUTPUTS, true, &generator);
  if (!sn_ok()) fail_msg("%s", sn_error());
  sn_module_add(&network->module, "first", &network->first->module);
  sn_module_add(&network->module, "norm", &network->norm->module);
  sn_module_add(&network->module, "second", &network->second->module);
  return network;
}

static void test_module_tree(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  Perceptron *network = new_perceptron(SN_FLOAT32, 0);
  static const char *const names[] = {"net.first.weight",      "net.norm.weight",      "net.norm.bias",
                                      "net.norm.running_mean", "net.norm.running_var", "net.second.weight",
                                      "net.second.bias"};
  SnTensor *const tensors[] = {network->first->weight,      network->norm->weight,      network->norm->bias,
                               network->norm->running_mean, network->norm->running_var, network->second->weight,
                               network->second->bias};
  SnStateDict *dict = sn_state_dict_new();
  assert_true(sn_module_state(&network->module, "net.", dict));
  assert_int_equal(dict->tensor_count, 7);
  for (int i = 0; i < 7; i++) {
    assert_string_equal(dict->tensors[i].name, names[i]);
    assert_ptr_equal(dict->tensors[i].tensor, tensors[i]);
    assert_int_equal(tensors[i]->gradient != NULL, strstr(names[i], "running") == NULL);
  }
  SnTensor *const trained[] = {tensors[0], tensors[1], tensors[2], tensors[5], tensors[6]};
  SnTensor *found[8] = {NULL};
  assert_int_equal(sn_module_parameters(&network->module, 0, NULL), 5);
  assert_int_equal(sn_module_parameters(&network->module, 8, found), 5);
  for (int i = 0; i < 5; i++) assert_ptr_equal(found[i], trained[i]);
  memset(found, 0, sizeof found);
  for (int64_t room = 1; room < 5; room++) {
    assert_int_equal(sn_module_parameters(&network->module, room, found), 5);
    assert_ptr_equal(found[room - 1], trained[room - 1]);
    assert_null(found[room]);
  }
  assert_null(network->first->bias);
  sn_scope_close(scope);
}

static void test_train_flag(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  Perceptron *network = new_perceptron(SN_FLOAT32, 0);
  SnModule around = {0};
  sn_module_add(&around, "inner", &network->module);
  assert_false(network->norm->module.training);
  sn_module_train(&around, true);
  assert_true(around.training && network->module.training && network->norm->module.training);
  assert_true(network->second->module.training);
  sn_module_train(&network->module, false);
  assert_true(around.training);
  assert_false(network->first->module.training || network->norm->module.training);
  sn_scope_close(scope);
}

/* What does not exist is passed over, and nothing is added while an error stands. */
static void test_optional_parts(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnModule module = {0}, child = {0};
  sn_module_add(&module, "absent", NULL);
  sn_module_add_parameter(&module, "absent", NULL);
  sn_module_add_buffer(&module, "absent", NULL);
  assert_true(sn_ok());
  assert_null(module.first_child);
  assert_null(module.first_parameter);
  sn_fail("something stands");
  sn_module_add(&module, "child", &child);
  assert_null(module.first_child);
  assert_false(sn_module_state(&module, "", NULL));
  SnGenerator generator = {.dtype = SN_FLOAT32};
  assert_null(sn_linear_new(2, 3, true, &generator));
  assert_null(sn_conv2d_new(2, 3, 3, (SnConv2d){0}, true, &generator));
  assert_null(sn_batch_norm_new(2, &generator));
  assert_null(sn_optimizer_new(&module, sn_optimizer_defaults(SN_ADAM, 0.1)));
  sn_clear_error();
  sn_scope_close(scope);
}

/* ---- loading ---- */

static void test_load_converts_and_prefixes(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  Perceptron *source = new_perceptron(SN_FLOAT64, 1), *target = new_perceptron(SN_FLOAT32, 2);
  formula_fill(&source->module);
  SnStateDict *dict = sn_state_dict_new();
  sn_module_state(&source->module, "a.b.", dict);
  sn_state_dict_add(dict, "other.weight", sn_zeros(SN_FLOAT32, SN_SHAPE(2)));
  sn_state_dict_add(dict, "a.b.norm.num_batches_tracked", sn_zeros(SN_INT64, 0, NULL));
  sn_state_dict_add(dict, "a.b.skipped.weight", sn_zeros(SN_FLOAT32, SN_SHAPE(2)));
  static const char *const ignored[] = {"nothing", "skipped.", NULL};
  if (!sn_module_load(&target->module, dict, "a.b.", ignored, "file")) fail_msg("%s", sn_error());
  for (int64_t i = 0; i < HIDDEN * INPUTS; i++)
    assert_true(((float *)target->first->weight->array.data)[i] ==
                (float)((double *)source->first->weight->array.data)[i]);
  assert_true(sn_needs_gradient(target->first->weight));
  assert_false(sn_module_load(&target->module, dict, "a.b.", NULL, "file"));
  assert_string_equal(sn_error(), "file: 1 tensor is not as expected: left over a.b.skipped.weight");
  sn_clear_error();
  assert_false(sn_module_load(&target->module, dict, "", NULL, "file"));
  assert_non_null(strstr(sn_error(), "file: "));
  sn_scope_close(scope);
}

/* ---- initialisation ---- */

enum { OUT = 96, IN = 40, KERNEL = 3 };

typedef struct Moments {
  double mean, deviation, smallest, largest, kurtosis;
  int64_t count;
} Moments;

static Moments moments_of(const SnTensor *tensor) {
  Moments m = {.count = sn_count(tensor), .smallest = INFINITY, .largest = -INFINITY};
  double *values = test_malloc((size_t)m.count * sizeof *values), square = 0, fourth = 0;
  assert_true(sn_to_host(tensor, SN_FLOAT64, values));
  for (int64_t i = 0; i < m.count; i++) {
    m.mean += values[i] / (double)m.count;
    m.smallest = fmin(m.smallest, values[i]);
    m.largest = fmax(m.largest, values[i]);
  }
  for (int64_t i = 0; i < m.count; i++) {
    double d = values[i] - m.mean;
    square += d * d / (double)m.count;
    fourth += d * d * d * d / (double)m.count;
  }
  m.deviation = sqrt(square);
  m.kurtosis = fourth / (square * square);
  test_free(values);
  return m;
}

/* Within five standard errors of the moments. */
static void expect_normal(const SnTensor *tensor, double mean, double deviation) {
  Moments m = moments_of(tensor);
  double n = (double)m.count;
  if (!(fabs(m.mean - mean) < 5 * deviation / sqrt(n) && fabs(m.deviation / deviation - 1) < 5 / sqrt(2 * n) &&
        fabs(m.kurtosis - 3) < 5 * sqrt(24 / n)))
    fail_msg("not normal(%g, %g): mean %g, deviation %g, kurtosis %g", mean, deviation, m.mean, m.deviation,
             m.kurtosis);
}

static void expect_uniform(const SnTensor *tensor, double low, double high) {
  Moments m = moments_of(tensor);
  double n = (double)m.count, width = high - low, deviation = width / sqrt(12);
  bool inside = m.smallest >= low - 1e-7 * width && m.largest <= high + 1e-7 * width;
  bool full = m.smallest < low + 20 * width / n && m.largest > high - 20 * width / n;
  if (!(inside && full && fabs(m.mean - (low + high) / 2) < 5 * deviation / sqrt(n) &&
        fabs(m.deviation / deviation - 1) < 5 * sqrt(0.2 / n)))
    fail_msg("not uniform(%g, %g): %g to %g, mean %g, deviation %g", low, high, m.smallest, m.largest, m.mean,
             m.deviation);
}

static void test_init_distributions(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 5};
  SnTensor *kernel = sn_empty(SN_FLOAT32, SN_SHAPE(OUT, IN, KERNEL, KERNEL)),
           *matrix = sn_empty(SN_FLOAT32, SN_SHAPE(OUT, IN));
  const double fan_in = IN * KERNEL * KERNEL, fan_out = OUT * KERNEL * KERNEL;
  assert_true(sn_init_normal(kernel, 0.3, 2, &generator));
  expect_normal(kernel, 0.3, 2);
  assert_true(sn_init_uniform(kernel, -1, 3, &generator));
  expect_uniform(kernel, -1, 3);
  assert_true(sn_init_xavier_normal(kernel, 1, &generator));
  expect_normal(kernel, 0, sqrt(2 / (fan_in + fan_out)));
  assert_true(sn_init_xavier_normal(matrix, 1.5, &generator));
  expect_normal(matrix, 0, 1.5 * sqrt(2.0 / (IN + OUT)));
  assert_true(sn_init_xavier_uniform(kernel, 2, &generator));
  expect_uniform(kernel, -2 * sqrt(6 / (fan_in + fan_out)), 2 * sqrt(6 / (fan_in + fan_out)));
  assert_true(sn_init_kaiming_normal(kernel, 0, SN_FAN_IN, &generator));
  expect_normal(kernel, 0, sqrt(2 / fan_in));
  assert_true(sn_init_kaiming_normal(kernel, 0.2, SN_FAN_OUT, &generator));
  expect_normal(kernel, 0, sqrt(2 / 1.04 / fan_out));
  assert_true(sn_init_kaiming_uniform(matrix, 0, SN_FAN_OUT, &generator));
  expect_uniform(matrix, -sqrt(6.0 / OUT), sqrt(6.0 / OUT));
  assert_true(sn_init_default_bias(kernel, matrix, &generator));
  expect_uniform(kernel, -1 / sqrt(IN), 1 / sqrt(IN));
  sn_scope_close(scope);
}

static void test_default_layers(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 6};
  SnLinear *linear = sn_linear_new(IN, 300, true, &generator);
  expect_uniform(linear->weight, -1 / sqrt(IN), 1 / sqrt(IN));
  expect_uniform(linear->bias, -1 / sqrt(IN), 1 / sqrt(IN));
  SnConvolution *convolution = sn_conv2d_new(IN, 300, KERNEL, (SnConv2d){.groups = 4}, true, &generator);
  assert_true(sn_has_shape(convolution->weight, 4, (int64_t[]){300, IN / 4, KERNEL, KERNEL}));
  double bound = 1 / sqrt(IN / 4 * KERNEL * KERNEL);
  expect_uniform(convolution->weight, -bound, bound);
  expect_uniform(convolution->bias, -bound, bound);
  SnBatchNorm *norm = sn_batch_norm_new(4, &generator);
  for (int i = 0; i < 4; i++) {
    assert_true(sn_float_data(norm->weight)[i] == 1 && sn_float_data(norm->running_var)[i] == 1);
    assert_true(sn_float_data(norm->bias)[i] == 0 && sn_float_data(norm->running_mean)[i] == 0);
  }
  sn_scope_close(scope);
}

static void test_init_is_determined_by_the_seed(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  Perceptron *a = new_perceptron(SN_FLOAT32, 1), *b = new_perceptron(SN_FLOAT32, 1), *c = new_perceptron(SN_FLOAT32, 2);
  const size_t first = HIDDEN * INPUTS * sizeof(float), second = OUTPUTS * HIDDEN * sizeof(float);
  assert_memory_equal(a->first->weight->array.data, b->first->weight->array.data, first);
  assert_memory_equal(a->second->weight->array.data, b->second->weight->array.data, second);
  assert_memory_not_equal(a->first->weight->array.data, c->first->weight->array.data, first);
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 1};
  SnLinear *one = sn_linear_new(INPUTS, HIDDEN, true, &generator),
           *two = sn_linear_new(INPUTS, HIDDEN, true, &generator);
  assert_memory_not_equal(one->weight->array.data, two->weight->array.data, first);
  sn_set_device("reference");
  Perceptron *d = new_perceptron(SN_FLOAT32, 1);
  assert_memory_equal(a->first->weight->array.data, d->first->weight->array.data, first);
  sn_scope_close(scope);
}

static void test_init_refusals(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnGenerator generator = {.dtype = SN_FLOAT32};
  SnTensor *vector = sn_zeros(SN_FLOAT32, SN_SHAPE(3));
  assert_false(sn_init_xavier_normal(vector, 1, &generator));
  assert_non_null(strstr(sn_error(), "[3]"));
  sn_clear_error();
  assert_false(sn_init_kaiming_uniform(vector, 0, SN_FAN_IN, &generator));
  sn_clear_error();
  assert_false(sn_init_default_bias(vector, vector, &generator));
  sn_clear_error();
  assert_null(sn_linear_new(-1, 3, true, &generator));
  assert_false(sn_ok());
  sn_scope_close(scope);
}

/* ---- layers ---- */

static void expect_layers(const char *device, SnDtype dtype, double tolerance) {
  assert_true(sn_set_device(device));
  SnScope *scope = sn_scope_open();
  SnGenerator generator = {.dtype = dtype};
  SnTensor *image = formula_tensor("image", 1, 0, dtype, SN_SHAPE(2, 6, 7, 5));
  SnModule root = {0}, other = {0};
  SnConvolution *convolution =
      sn_conv2d_new(6, 4, 3, (SnConv2d){.stride = {2, 2}, .padding = {1, 1}, .groups = 2}, true, &generator);
  sn_module_add(&root, "c", &convolution->module);
  formula_fill(&root);
  golden_expect(golden, "conv2d", sn_conv2d_forward(convolution, image), tolerance);
  SnBatchNorm *norm = sn_batch_norm_new(6, &generator);
  sn_module_add(&other, "n", &norm->module);
  formula_fill(&other);
  sn_module_train(&other, true);
  golden_expect(golden, "batch_norm/train", sn_batch_norm_forward(norm, image), tolerance);
  golden_expect(golden, "batch_norm/running_mean", norm->running_mean, tolerance);
  golden_expect(golden, "batch_norm/running_var", norm->running_var, tolerance);
  sn_module_train(&other, false);
  golden_expect(golden, "batch_norm/evaluate", sn_batch_norm_forward(norm, image), tolerance);
  golden_expect(golden, "batch_norm/running_var", norm->running_var, tolerance);
  sn_scope_close(scope);
}

static void test_layers(void **state) {
  (void)state;
  expect_layers("reference", SN_FLOAT64, 1e-13);
  expect_layers("cpu", SN_FLOAT32, 2e-6);
}

/* ---- optimisers ---- */

enum { STEPS = 7 };

typedef struct Case {
  const char *name;
  SnOptimizerKind kind;
  double rate;
  SnOptimizerOptions other; /* what is not 0 replaces the default */
} Case;

static const Case cases[] = {
    {"adam", SN_ADAM, 0.01, {0}},
    {"adam_l2", SN_ADAM, 0.02, {.weight_decay = 0.3}},
    {"adam_betas", SN_ADAM, 0.05, {.beta1 = 0.5, .beta2 = 0.9, .eps = 1e-3, .weight_decay = 0.1}},
    {"adamw", SN_ADAMW, 0.01, {0}},
    {"adamw_decay", SN_ADAMW, 0.05, {.weight_decay = 0.5}},
    {"sgd", SN_SGD, 0.1, {0}},
    {"sgd_momentum", SN_SGD, 0.05, {.momentum = 0.9}},
    {"sgd_nesterov", SN_SGD, 0.05, {.momentum = 0.9, .nesterov = true, .weight_decay = 0.01}},
    {"sgd_dampening", SN_SGD, 0.05, {.momentum = 0.8, .dampening = 0.4, .weight_decay = 0.1}},
};

static SnOptimizerOptions options_of(const Case *c) {
  SnOptimizerOptions options = sn_optimizer_defaults(c->kind, c->rate);
  if (c->other.weight_decay != 0) options.weight_decay = c->other.weight_decay;
  if (c->other.beta1 != 0) options.beta1 = c->other.beta1;
  if (c->other.beta2 != 0) options.beta2 = c->other.beta2;
  if (c->other.eps != 0) options.eps = c->other.eps;
  options.momentum = c->other.momentum;
  options.dampening = c->other.dampening;
  options.nesterov = c->other.nesterov;
  return options;
}

static void take_step(Perceptron *network, SnOptimizer *optimizer, int step, SnDtype dtype) {
  char x_name[32], y_name[32];
  snprintf(x_name, sizeof x_name, "x/%d", step);
  snprintf(y_name, sizeof y_name, "y/%d", step);
  SnScope *scope = sn_scope_open();
  sn_optimizer_zero_gradients(optimizer);
  SnTape *tape = sn_tape_begin();
  SnTensor *x = formula_tensor(x_name, 1, 0, dtype, SN_SHAPE(ROWS, INPUTS));
  SnTensor *y = formula_tensor(y_name, 1, 0, dtype, SN_SHAPE(ROWS, OUTPUTS));
  SnTensor *hidden = sn_batch_norm_forward(network->norm, sn_linear_forward(network->first, x));
  SnTensor *error = sn_sub(sn_linear_forward(network->second, sn_leaky_relu(hidden, 0.2)), y);
  SnTensor *loss = sn_mean(sn_mul(error, error), SN_ALL_DIMS, false);
  if (!loss || !sn_backward(tape, loss)) fail_msg("%s", sn_error());
  sn_tape_end(tape);
  if (!sn_optimizer_step(optimizer)) fail_msg("%s", sn_error());
  sn_scope_close(scope);
}

static void expect_state(const char *name, int step, const SnStateDict *dict, double tolerance) {
  for (int64_t i = 0; i < dict->tensor_count; i++) {
    char key[96];
    snprintf(key, sizeof key, "%s/%d/%s", name, step, dict->tensors[i].name);
    golden_expect(golden, key, dict->tensors[i].tensor, tolerance);
  }
}

static void expect_steps(const Case *c, const char *device, SnDtype dtype) {
  assert_true(sn_set_device(device));
  SnScope *scope = sn_scope_open();
  Perceptron *network = new_perceptron(dtype, 0);
  formula_fill(&network->module);
  sn_module_train(&network->module, true);
  SnOptimizer *optimizer = sn_optimizer_new(&network->module, options_of(c));
  SnStateDict *dict = sn_state_dict_new();
  sn_module_state(&network->module, "", dict);
  for (int step = 1; step <= STEPS; step++) {
    take_step(network, optimizer, step, dtype);
    if (step == 4) optimizer->options.learning_rate /= 2;
    if (step == 1 || step == 5 || step == STEPS) expect_state(c->name, step, dict, dtype == SN_FLOAT32 ? 1e-4 : 1e-9);
  }
  assert_int_equal(optimizer->step, STEPS);
  sn_scope_close(scope);
}

static void test_optimizers(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    expect_steps(&cases[i], "reference", SN_FLOAT64);
    expect_steps(&cases[i], "cpu", SN_FLOAT32);
  }
}

static void test_optimizer_state(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  Perceptron *network = new_perceptron(SN_FLOAT32, 0);
  SnOptimizer *adam = sn_optimizer_new(&network->module, sn_optimizer_defaults(SN_ADAM, 0.1));
  SnOptimizer *sgd = sn_optimizer_new(&network->module, sn_optimizer_defaults(SN_SGD, 0.1));
  assert_int_equal(adam->count, 5);
  SnStateDict *dict = sn_state_dict_new(), *none = sn_state_dict_new();
  assert_true(sn_optimizer_state(adam, "adam.", dict) && sn_optimizer_state(sgd, "sgd.", none));
  assert_int_equal(dict->tensor_count, 10);
  assert_int_equal(none->tensor_count, 0);
  assert_ptr_equal(sn_state_dict_find(dict, "adam.4.second"), adam->second[4]);
  assert_ptr_equal(sn_state_dict_find(dict, "adam.0.first"), adam->first[0]);
  assert_true(sn_same_shape(adam->first[0], network->first->weight));
  /* without gradients parameters stay; while an error stands nothing happens */
  SnTensor *kept = sn_copy_of(network->first->weight);
  assert_true(sn_optimizer_step(adam));
  assert_memory_equal(kept->array.data, network->first->weight->array.data, HIDDEN * INPUTS * sizeof(float));
  int64_t steps = adam->step;
  sn_fail("something stands");
  assert_false(sn_optimizer_step(adam));
  assert_int_equal(adam->step, steps);
  sn_clear_error();
  SnModule empty = {0};
  SnOptimizer *idle = sn_optimizer_new(&empty, sn_optimizer_defaults(SN_ADAMW, 0.1));
  assert_non_null(idle);
  assert_true(sn_optimizer_step(idle));
  sn_scope_close(scope);
}

/* One network stepped, its twin updated by number: the same bits, and the twin's count stays. */
static void updates_by_number_are_steps(void **state) {
  (void)state;
  for (SnOptimizerKind kind = SN_ADAM; kind <= SN_SGD; kind++) {
    SnScope *scope = sn_scope_open();
    Perceptron *stepped = new_perceptron(SN_FLOAT32, 0), *updated = new_perceptron(SN_FLOAT32, 0);
    SnOptimizerOptions options = sn_optimizer_defaults(kind, 0.1);
    if (kind == SN_SGD) options.momentum = 0.9;
    SnOptimizer *one = sn_optimizer_new(&stepped->module, options), *two = sn_optimizer_new(&updated->module, options);
    for (int step = 1; step <= 3; step++) {
      for (int64_t i = 0; i < one->count; i++) {
        const SnArray *array = &one->parameters[i]->array;
        SnTensor *gradient = sn_full(SN_FLOAT32, 0.1 * step, array->ndim, array->shape);
        sn_accumulate(one->parameters[i], gradient);
        sn_accumulate(two->parameters[i], gradient);
      }
      assert_true(sn_optimizer_step(one) && sn_optimizer_update(two, step));
      sn_optimizer_zero_gradients(one);
      sn_optimizer_zero_gradients(two);
    }
    assert_int_equal(one->step, 3);
    assert_int_equal(two->step, 0);
    for (int64_t i = 0; i < one->count; i++)
      assert_memory_equal(one->parameters[i]->array.data, two->parameters[i]->array.data,
                          (size_t)sn_count(one->parameters[i]) * sizeof(float));
    sn_scope_close(scope);
  }
}

static void test_defaults(void **state) {
  (void)state;
  SnOptimizerOptions adam = sn_optimizer_defaults(SN_ADAM, 0.25), adamw = sn_optimizer_defaults(SN_ADAMW, 1);
  assert_true(adam.learning_rate == 0.25 && adam.beta1 == 0.9 && adam.beta2 == 0.999 && adam.eps == 1e-8);
  assert_true(adam.weight_decay == 0 && adamw.weight_decay == 0.01);
  SnOptimizerOptions sgd = sn_optimizer_defaults(SN_SGD, 1);
  assert_true(sgd.momentum == 0 && sgd.dampening == 0 && sgd.weight_decay == 0 && !sgd.nesterov);
}

static void test_cosine(void **state) {
  (void)state;
  const double *expected = golden_values(golden, "cosine");
  for (int step = 0; step <= 10; step++)
    assert_true(fabs(sn_cosine_rate(0.2, 0.08, step, 10) - expected[step]) < 1e-15);
  assert_true(sn_cosine_rate(0.2, 0.08, 0, 10) == 0.2);
  assert_true(fabs(sn_cosine_rate(0.2, 0.08, 10, 10) - 0.08) < 1e-16);
}

static int open_golden(void **state) {
  (void)state;
  return golden_open(&golden, "tests/golden/nn.safetensors");
}

#define TEST(function) cmocka_unit_test_setup(function, usual_device)

int main(void) {
  static const struct CMUnitTest tests[] = {
      TEST(test_module_tree),
      TEST(test_train_flag),
      TEST(test_optional_parts),
      TEST(test_load_converts_and_prefixes),
      TEST(test_init_distributions),
      TEST(test_default_layers),
      TEST(test_init_is_determined_by_the_seed),
      TEST(test_init_refusals),
      TEST(test_layers),
      TEST(test_optimizers),
      TEST(test_optimizer_state),
      TEST(updates_by_number_are_steps),
      TEST(test_defaults),
      TEST(test_cosine),
  };
  return cmocka_run_group_tests(tests, open_golden, golden_close);
}
