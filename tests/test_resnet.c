/* The ResNet family against torchvision (tests/oracle/backbones.py), real weights against recorded activations, and
 * what a file of its weights may and may not hold. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "autograd/ops.h"
#include "base/sha256.h"
#include "models/backbones/resnet.h"
#include "tensor/safetensors.h"
#include "tests/support/formula.h"
#include "tests/support/golden.h"
#include "tests/support/scope.h"
#include "tests/support/slow.h"

enum { CLASSES = 10, BATCH = 4, SIDE = 32 }; /* as in the oracle */

static SnStateDict *golden;

static const SnLevels all_levels = {4, {1, 2, 3, 4}};

static SnResNet *formula_network(const SnResNetSpec *spec, SnLevels levels, int64_t classes, SnDtype dtype) {
  SnGenerator generator = {.dtype = dtype};
  SnResNet *network = sn_resnet_new(spec, &levels, classes, &generator);
  if (!network) fail_msg("%s", sn_error());
  formula_fill(&network->backbone.module);
  return network;
}

static const SnResNetSpec *spec_named(const char *name) {
  for (int i = 0; i < sn_resnet_count; i++)
    if (strcmp(sn_resnet_specs[i].name, name) == 0) return &sn_resnet_specs[i];
  fail_msg("there is no %s", name);
  return NULL;
}

/* ---- names and levels ---- */

/* One line a tensor in order, as the oracle writes them. */
static void expect_state_of_torchvision(const SnResNet *network) {
  SnStateDict *state = sn_state_dict_new();
  assert_true(sn_module_state(&network->backbone.module, "", state));
  size_t room = (size_t)state->tensor_count * 128, used = 0;
  char *text = test_malloc(room), hash[SN_SHA256_HEX], key[64];
  for (int64_t i = 0; i < state->tensor_count; i++)
    used += (size_t)snprintf(text + used, room - used, "%s %s\n", state->tensors[i].name,
                             sn_tensor_text(state->tensors[i].tensor));
  sn_sha256(text, used, hash);
  test_free(text);
  snprintf(key, sizeof key, "%s/state", network->spec->name);
  assert_non_null(sn_state_dict_text(golden, key));
  assert_string_equal(hash, sn_state_dict_text(golden, key));
}

static void expect_levels(SnResNet *network, const char *size, SnDtype dtype, const int64_t *shape, double tolerance) {
  SnTensor *levels[SN_MAX_LEVELS];
  if (!sn_backbone_forward(&network->backbone, formula_tensor("images", 2, 0, dtype, 4, shape), levels))
    fail_msg("%s", sn_error());
  for (int level = 0; level < SN_RESNET_LAYERS; level++) {
    char key[64];
    snprintf(key, sizeof key, "%s/%s/layer%d", network->spec->name, size, level + 1);
    golden_expect(golden, key, levels[level], tolerance);
    const SnBackbone *backbone = &network->backbone;
    assert_true(
        sn_has_shape(levels[level], 4,
                     (int64_t[]){shape[0], backbone->channels[level], sn_backbone_cells(backbone, level, shape[2]),
                                 sn_backbone_cells(backbone, level, shape[3])}));
  }
}

static void test_network(void **state) {
  const char *name = *state;
  if (strcmp(name, "resnet18") != 0 && strcmp(name, "resnext50_32x4d") != 0) SKIP_WHEN_SANITIZED(name);
  SnScope *scope = sn_scope_open();
  SnResNet *network = formula_network(spec_named(name), all_levels, 1000, SN_FLOAT32);
  expect_state_of_torchvision(network);
  int64_t fallbacks = sn_fallback_count();
  expect_levels(network, "even", SN_FLOAT32, (int64_t[]){2, 3, 64, 64}, 1e-5);
  expect_levels(network, "odd", SN_FLOAT32, (int64_t[]){1, 3, 65, 49}, 1e-5);
  assert_int_equal(sn_fallback_count(), fallbacks);
  sn_scope_close(scope);
}

static void test_double_precision(void **state) {
  (void)state;
  SKIP_WHEN_SANITIZED("networks in float64");
  sn_set_device("reference");
  static const char *const names[] = {"resnet18", "resnext50_32x4d"};
  for (int i = 0; i < 2; i++) {
    SnScope *scope = sn_scope_open();
    SnResNet *network = formula_network(spec_named(names[i]), all_levels, 0, SN_FLOAT64);
    expect_levels(network, "odd", SN_FLOAT64, (int64_t[]){1, 3, 65, 49}, 1e-12);
    sn_scope_close(scope);
  }
}

static void test_list_of_networks(void **state) {
  (void)state;
  static const char *const names[] = {"resnet18",    "resnet34",        "resnet50",         "resnet101",
                                      "resnet152",   "wide_resnet50_2", "wide_resnet101_2", "resnext50_32x4d",
                                      "resnet50_v1", "resnet101_v1",    "resnet152_v1",     "embedded"};
  for (int i = 0; i < 12; i++) {
    assert_string_equal(sn_backbone_name(i), names[i]);
    int count = sn_backbone_level_count(names[i]);
    assert_int_equal(count, i < 11 ? 4 : 3);
    for (int layer = 1; layer <= count; layer++) {
      char name[16];
      snprintf(name, sizeof name, "layer%d", layer);
      assert_string_equal(sn_backbone_level_name(names[i], layer), name);
      assert_int_equal(sn_backbone_level(names[i], layer).stride, 2 << layer);
    }
  }
}

static void test_nothing_beyond_the_deepest_level(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  const SnResNetSpec *spec = spec_named("resnet18");
  SnTensor *images = formula_tensor("images", 2, 0, SN_FLOAT32, SN_SHAPE(1, 3, 65, 49));
  for (int deepest = 1; deepest <= SN_RESNET_LAYERS; deepest++) {
    SnResNet *network = formula_network(spec, (SnLevels){1, {deepest}}, 0, SN_FLOAT32);
    SnStateDict *dict = sn_state_dict_new();
    assert_true(sn_module_state(&network->backbone.module, "", dict));
    for (int64_t i = 0; i < dict->tensor_count; i++) {
      const char *name = dict->tensors[i].name;
      assert_true(strncmp(name, "layer", 5) != 0 || name[5] - '0' <= deepest);
      assert_true(strncmp(name, "fc", 2) != 0);
    }
    SnTensor untouched, *levels[] = {&untouched, &untouched};
    assert_true(sn_backbone_forward(&network->backbone, images, levels));
    assert_ptr_equal(levels[1], &untouched);
    char key[64];
    snprintf(key, sizeof key, "resnet18/odd/layer%d", deepest);
    golden_expect(golden, key, levels[0], 1e-5);
  }
  sn_scope_close(scope);
}

static void test_without_a_classifier(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnResNet *network = formula_network(spec_named("resnet18"), (SnLevels){1, {1}}, 0, SN_FLOAT32);
  assert_null(sn_resnet_classify(network, sn_zeros(SN_FLOAT32, SN_SHAPE(1, 3, 32, 32))));
  assert_non_null(strstr(sn_error(), "without a classifier"));
  sn_scope_close(scope);
}

/* ---- weights files ---- */

/* A copy of a network's state, without the tensor called `without`, and with one more called `extra` of the shape. */
static SnStateDict *changed_state(const SnResNet *network, const char *without, const char *extra, SnTensor *tensor) {
  SnStateDict *all = sn_state_dict_new(), *dict = sn_state_dict_new();
  assert_true(sn_module_state(&network->backbone.module, "", all));
  for (int64_t i = 0; i < all->tensor_count; i++)
    if (!without || strcmp(all->tensors[i].name, without) != 0)
      sn_state_dict_add(dict, all->tensors[i].name, sn_copy_of(all->tensors[i].tensor));
  if (extra) sn_state_dict_add(dict, extra, tensor);
  assert_true(sn_ok());
  return dict;
}

static void expect_refusal(SnResNet *network, const SnStateDict *dict, const char *const *parts) {
  assert_false(sn_backbone_load(&network->backbone, dict, "weights.safetensors"));
  const char *message = sn_error();
  assert_memory_equal(message, "weights.safetensors: ", 21);
  for (; *parts; parts++)
    if (!strstr(message, *parts)) fail_msg("'%s' does not say '%s'", message, *parts);
  sn_clear_error();
}

#define PARTS(...) \
  (const char *const[]) { __VA_ARGS__, NULL }

static void test_load(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  const SnResNetSpec *spec = spec_named("resnet18");
  SnResNet *source = formula_network(spec, (SnLevels){1, {2}}, 0, SN_FLOAT32);
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = 7};
  SnResNet *target = sn_resnet_new(spec, &(SnLevels){1, {2}}, 0, &generator);
  SnStateDict *dict = changed_state(source, NULL, "layer3.0.conv1.weight", sn_zeros(SN_FLOAT32, SN_SHAPE(1)));
  sn_state_dict_add(dict, "layer4.1.bn2.bias", sn_zeros(SN_FLOAT32, SN_SHAPE(1)));
  sn_state_dict_add(dict, "fc.weight", sn_zeros(SN_FLOAT32, SN_SHAPE(1)));
  sn_state_dict_add(dict, "layer1.0.bn1.num_batches_tracked", sn_zeros(SN_INT64, 0, NULL));
  sn_state_dict_add(dict, "bn1.num_batches_tracked", sn_zeros(SN_INT64, 0, NULL));
  if (!sn_backbone_load(&target->backbone, dict, "weights")) fail_msg("%s", sn_error());
  SnStateDict *expected = changed_state(source, NULL, NULL, NULL), *found = changed_state(target, NULL, NULL, NULL);
  for (int64_t i = 0; i < expected->tensor_count; i++)
    assert_memory_equal(found->tensors[i].tensor->array.data, expected->tensors[i].tensor->array.data,
                        (size_t)sn_count(expected->tensors[i].tensor) * sizeof(float));
  sn_scope_close(scope);
}

static void test_load_refusals(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnResNet *network = formula_network(spec_named("resnet18"), (SnLevels){1, {2}}, 0, SN_FLOAT32);
  SnTensor *small = sn_zeros(SN_FLOAT32, SN_SHAPE(3));
  expect_refusal(network, changed_state(network, "layer2.0.downsample.0.weight", NULL, NULL),
                 PARTS("missing layer2.0.downsample.0.weight"));
  expect_refusal(network, changed_state(network, NULL, "layer2.2.conv1.weight", small),
                 PARTS("left over layer2.2.conv1.weight"));
  expect_refusal(network, changed_state(network, NULL, "layer1.0.conv3.weight", small),
                 PARTS("left over layer1.0.conv3.weight"));
  expect_refusal(network, changed_state(network, NULL, "layer30.weight", small), PARTS("left over layer30.weight"));
  expect_refusal(network, changed_state(network, "bn1.bias", "bn1.bias", small),
                 PARTS("bn1.bias", "expected the shape [64], found [3]"));
  SnTensor *broken = sn_full(SN_FLOAT32, 1, SN_SHAPE(64));
  ((float *)broken->array.data)[63] = NAN;
  expect_refusal(network, changed_state(network, "layer1.1.bn2.running_var", "layer1.1.bn2.running_var", broken),
                 PARTS("layer1.1.bn2.running_var", "NaN"));
  ((float *)broken->array.data)[63] = INFINITY;
  expect_refusal(network, changed_state(network, "bn1.weight", "bn1.weight", broken), PARTS("bn1.weight", "infinity"));
  SnStateDict *several = changed_state(network, "conv1.weight", "bn2.weight", small);
  expect_refusal(network, several, PARTS("2 tensors are", "missing conv1.weight", "left over bn2.weight"));
  sn_scope_close(scope);
}

/* That nothing is there is said once and not of each tensor. */
static void test_load_nothing_fits(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  SnResNet *network = formula_network(spec_named("resnet18"), (SnLevels){1, {3}}, 0, SN_FLOAT32);
  SnStateDict *all = sn_state_dict_new();
  sn_module_state(&network->backbone.module, "", all);
  char count[96];
  snprintf(count, sizeof count, "the other %lld tensors of resnet18; the file holds no tensors",
           (long long)all->tensor_count - 1);
  expect_refusal(network, sn_state_dict_new(), PARTS("missing conv1.weight", count));
  sn_scope_close(scope);
}

/* ---- the classifier ---- */

/* What one training step computes: the gradients stay in the parameters. */
static SnTensor *classify_and_differentiate(SnResNet *network, SnTensor *images, SnTensor **scores) {
  int64_t targets[BATCH];
  for (int i = 0; i < BATCH; i++) targets[i] = i * 3 % CLASSES;
  sn_module_train(&network->backbone.module, true);
  SnTape *tape = sn_tape_begin();
  *scores = sn_resnet_classify(network, images);
  SnTensor *loss = sn_cross_entropy(*scores, sn_from_host(SN_INT64, SN_SHAPE(BATCH), targets));
  if (!loss || !sn_backward(tape, loss)) fail_msg("%s", sn_error());
  sn_tape_end(tape);
  return loss;
}

static void expect_training_step(const SnResNetSpec *spec, const char *device, SnDtype dtype, double tolerance,
                                 double gradient_tolerance) {
  SnScope *scope = sn_scope_open();
  sn_set_device(device);
  int64_t fallbacks = sn_fallback_count();
  SnResNet *network = formula_network(spec, all_levels, CLASSES, dtype);
  SnTensor *scores, *images = formula_tensor("images", 2, 0, dtype, SN_SHAPE(BATCH, 3, SIDE, SIDE));
  SnTensor *loss = classify_and_differentiate(network, images, &scores);
  assert_int_equal(sn_fallback_count(), fallbacks);
  char key[128];
  snprintf(key, sizeof key, "%s/train/loss", spec->name);
  golden_expect(golden, key, loss, tolerance);
  snprintf(key, sizeof key, "%s/train/scores", spec->name);
  golden_expect(golden, key, scores, tolerance);
  SnStateDict *state = sn_state_dict_new();
  sn_module_state(&network->backbone.module, "", state);
  for (int64_t i = 0; i < state->tensor_count; i++) {
    SnTensor *tensor = state->tensors[i].tensor, *gradient = sn_gradient(tensor);
    const char *own = state->tensors[i].name;
    bool is_buffer = strstr(own, "running") != NULL;
    snprintf(key, sizeof key, "%s/train/%s/%s", spec->name, is_buffer ? "state" : "gradient", own);
    golden_expect(golden, key, is_buffer ? tensor : gradient, is_buffer ? tolerance : gradient_tolerance);
  }
  sn_scope_close(scope);
}

/* Few blocks: each ReLU whose input is within rounding of 0 may go either way in float32. */
static void test_training_step(void **state) {
  (void)state;
  static const SnResNetSpec specs[] = {{"small_resnet", false, {2, 1, 1, 1}, 64, 1, 64, false},
                                       {"small_resnext", true, {2, 1, 1, 1}, 64, 32, 4, false}};
  for (int i = 0; i < 2; i++) {
    expect_training_step(&specs[i], "reference", SN_FLOAT64, 1e-10, 1e-9);
    expect_training_step(&specs[i], "cpu", SN_FLOAT32, 1e-4, 5e-3);
  }
}

/* ---- real weights ---- */

static const char *shared_folder(void) {
  const char *folder = getenv("SIMPLENET_SHARED");
  return folder ? folder : "../shared";
}

static void test_recorded_activations(void **state) {
  (void)state;
  char recorded_path[512], weights_path[512];
  snprintf(recorded_path, sizeof recorded_path, "%s/golden/resnet18-vine-snake.safetensors", shared_folder());
  snprintf(weights_path, sizeof weights_path, "%s/weights/resnet18-imagenet-to-layer3.safetensors", shared_folder());
  if (access(recorded_path, R_OK) != 0 || access(weights_path, R_OK) != 0) {
    printf("skip: recorded activations: %s or %s is absent\n", recorded_path, weights_path);
    skip();
  }
  SnScope *scope = sn_scope_open();
  SnStateDict *recorded = sn_safetensors_read(recorded_path), *weights = sn_safetensors_read(weights_path);
  SnGenerator generator = {.dtype = SN_FLOAT32};
  SnBackbone *backbone = sn_backbone_new("resnet18", &(SnLevels){3, {1, 2, 3}}, &generator);
  if (!backbone || !sn_backbone_load(backbone, weights, weights_path)) fail_msg("%s", sn_error());
  SnTensor *levels[SN_MAX_LEVELS];
  assert_true(sn_backbone_forward(backbone, sn_state_dict_find(recorded, "input"), levels));
  for (int level = 0; level < 3; level++) {
    char name[16];
    snprintf(name, sizeof name, "layer%d", level + 1);
    const SnTensor *expected = sn_state_dict_find(recorded, name);
    assert_true(sn_same_shape(levels[level], expected));
    const float *x = levels[level]->array.data, *y = expected->array.data;
    double largest = 0, difference = 0;
    for (int64_t i = 0; i < sn_count(expected); i++) {
      largest = fmax(largest, fabs((double)y[i]));
      difference = fmax(difference, fabs((double)x[i] - (double)y[i]));
    }
    if (!(difference <= 1e-4 * largest)) fail_msg("%s: off by %g of %g", name, difference, largest);
  }
  sn_scope_close(scope);
}

static int tear_down(void **state) {
  sn_storage_trim();
  return usual_device(state);
}

static int open_golden(void **state) {
  (void)state;
  return golden_open(&golden, "tests/golden/backbones.safetensors");
}

#define TEST(function) \
  { #function, function, usual_device, tear_down, NULL }
#define NETWORK(name) \
  { "test_network_" #name, test_network, usual_device, tear_down, #name }

int main(void) {
  static const struct CMUnitTest tests[] = {
      NETWORK(resnet18),
      NETWORK(resnet34),
      NETWORK(resnet50),
      NETWORK(resnet101),
      NETWORK(resnet152),
      NETWORK(wide_resnet50_2),
      NETWORK(wide_resnet101_2),
      NETWORK(resnext50_32x4d),
      TEST(test_double_precision),
      TEST(test_list_of_networks),
      TEST(test_nothing_beyond_the_deepest_level),
      TEST(test_without_a_classifier),
      TEST(test_load),
      TEST(test_load_refusals),
      TEST(test_load_nothing_fits),
      TEST(test_training_step),
      TEST(test_recorded_activations),
  };
  return cmocka_run_group_tests(tests, open_golden, golden_close);
}
