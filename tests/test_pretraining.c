/* The embedded backbone and its pretraining: the first 20 steps against PyTorch (tests/oracle/pretraining.py), the same
 * bits again, and what is written.
 *
 * Rounding decides on which side of 0 a few inputs of ReLU fall, and a step of a fresh network multiplies differences
 * by about 1.6: in float32 PyTorch itself is 0.8 % away from its float64 gradients in the first step, 4 % in the third
 * and 120 % in the 20th. So 20 steps are compared in float64, on batches small enough for the reference kernels, and
 * the first steps of the real training, in float32, by what PyTorch's own float32 keeps.
 *
 * `test_pretraining --write FILE` writes the initial weights and the batches of those steps, which the oracle reads. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "autograd/ops.h"
#include "base/file.h"
#include "base/sha256.h"
#include "models/backbones/embedded.h"
#include "models/pretraining/damage.h"
#include "models/pretraining/export.h"
#include "models/simplenet/simplenet.h"
#include "tensor/safetensors.h"
#include "tests/support/golden.h"
#include "tests/support/models.h"
#include "tests/support/slow.h"
#include "tests/support/state_dicts.h"

enum { STEPS = 20, SMALL_BATCH = 2, FLOAT32_STEPS = 3, SAMPLES = 40 }; /* as in the oracle */

static SnPretraining *new_training(const SnPretrainingSettings *settings) {
  SnPretraining *training = sn_pretraining_new(settings);
  if (!training) fail_msg("%s", sn_error());
  return training;
}

/* ---- against PyTorch ---- */

/* The distance of the sampled numbers from PyTorch's, as a share of the norm of PyTorch's. */
static double sampled_distance(const SnStateDict *golden, const char *key, const double *x, int64_t count) {
  const double *y = golden_values(golden, key);
  int64_t samples = count < SAMPLES ? count : SAMPLES;
  double difference = 0, norm = 0;
  for (int64_t i = 0; i < samples; i++) {
    int64_t place = count > samples ? i * (count - 1) / (samples - 1) : i;
    difference += (x[place] - y[i]) * (x[place] - y[i]);
    norm += y[i] * y[i];
  }
  return norm > 0 ? sqrt(difference / norm) : sqrt(difference);
}

static double *host(const SnTensor *tensor) {
  double *values = sn_scope_allocate(sn_count(tensor), sizeof *values, NULL);
  if (!values || !sn_to_host(tensor, SN_FLOAT64, values)) fail_msg("%s", sn_error());
  return values;
}

static bool is_checked(int step) { return step == 1 || step == 3 || step == 10 || step == STEPS; }

/* Gradients of the step just done, and how far the parameters have come from where they began. */
static void expect_step(const SnStateDict *golden, const char *run, const SnStateDict *state,
                        const SnStateDict *initial, int step, double gradient_tolerance, double change_tolerance) {
  for (int64_t i = 0; i < state->tensor_count; i++) {
    const char *name = state->tensors[i].name;
    const SnTensor *parameter = state->tensors[i].tensor, *gradient = sn_gradient(parameter);
    if (!gradient) continue; /* running statistics */
    SnScope *scope = sn_scope_open();
    char key[128];
    snprintf(key, sizeof key, "%s/%d/gradient/%s", run, step, name);
    double distance = sampled_distance(golden, key, host(gradient), sn_count(gradient));
    if (!(distance <= gradient_tolerance))
      fail_msg("step %d, gradient of %s: |g - g_ref| is %.2g |g_ref|", step, name, distance);
    snprintf(key, sizeof key, "%s/%d/change/%s", run, step, name);
    SnTensor *change = sn_sub(sn_detach(parameter), sn_state_dict_find(initial, name));
    distance = sampled_distance(golden, key, host(change), sn_count(change));
    if (!(distance <= change_tolerance))
      fail_msg("step %d, change of %s: |dw - dw_ref| is %.2g |dw_ref|", step, name, distance);
    sn_scope_close(scope);
  }
}

static SnStateDict *state_of(const SnPretraining *training) {
  SnStateDict *state = sn_state_dict_new();
  if (!state || !sn_module_state(&training->module, "", state)) fail_msg("%s", sn_error());
  return state;
}

static SnStateDict *copy_of(const SnStateDict *state) {
  SnStateDict *copy = sn_state_dict_new();
  for (int64_t i = 0; i < state->tensor_count; i++)
    sn_state_dict_add(copy, state->tensors[i].name, sn_copy_of(state->tensors[i].tensor));
  return copy;
}

typedef struct Tolerance {
  double loss, gradient, change;
} Tolerance;

/* Trains from the float32 initial weights, in settings' own dtype. */
static void expect_run(const char *run, const SnPretrainingSettings *settings, int steps, Tolerance tolerance) {
  SnScope *scope = sn_scope_open();
  SnStateDict *golden = golden_read("tests/golden/pretraining.safetensors");
  SnPretrainingSettings float32 = sn_pretraining_defaults();
  SnPretraining *training = new_training(settings);
  SnStateDict *parameters = state_of(training), *start = state_of(new_training(&float32));
  for (int64_t i = 0; i < parameters->tensor_count; i++)
    assert_true(sn_copy_into(parameters->tensors[i].tensor, start->tensors[i].tensor));
  SnStateDict *initial = copy_of(parameters);
  SnImageQueue *queue = sn_image_queue_open(settings->seed, 0, steps, settings->batch, settings->size, 0);
  for (int step = 1; step <= steps; step++) {
    SnScope *inner = sn_scope_open();
    SnPretrainingBatch batch;
    SnPretrainingResult result;
    char key[32];
    if (!sn_image_queue_next(queue, &batch) || !sn_pretraining_step(training, &batch, &result))
      fail_msg("%s", sn_error());
    snprintf(key, sizeof key, "%s/%d/losses", run, step);
    const double *losses = golden_values(golden, key);
    if (!(fabs(result.loss - losses[0]) <= tolerance.loss * losses[0]) ||
        !(fabs(result.damage_loss - losses[1]) <= tolerance.loss * losses[1]))
      fail_msg("step %d: losses %.12g and %.12g, PyTorch has %.12g and %.12g", step, result.loss, result.damage_loss,
               losses[0], losses[1]);
    if (is_checked(step)) expect_step(golden, run, parameters, initial, step, tolerance.gradient, tolerance.change);
    sn_scope_close(inner);
  }
  sn_image_queue_close(queue);
  sn_scope_close(scope);
}

static SnPretrainingSettings small_batches(void) {
  SnPretrainingSettings settings = sn_pretraining_defaults();
  settings.batch = SMALL_BATCH;
  return settings;
}

static void test_first_steps_in_float64(void **state) {
  (void)state;
  SKIP_WHEN_SANITIZED("20 steps in float64");
  SnPretrainingSettings settings = small_batches();
  settings.dtype = SN_FLOAT64;
  expect_run("float64", &settings, STEPS, (Tolerance){1e-9, 1e-6, 1e-6});
}

static void test_first_steps_in_float32(void **state) {
  (void)state;
  SnPretrainingSettings settings = sn_pretraining_defaults();
  expect_run("float32", &settings, FLOAT32_STEPS, (Tolerance){1e-4, 0.05, 0.03});
}

static void add_batches(SnStateDict *dict, const char *run, const SnPretrainingSettings *settings, int steps) {
  SnImageQueue *queue = sn_image_queue_open(settings->seed, 0, steps, settings->batch, settings->size, 0);
  SnPretrainingBatch batch;
  for (int step = 1; queue && sn_image_queue_next(queue, &batch); step++) {
    SnTensor *tensors[] = {batch.images, sn_to_dtype(batch.labels, SN_FLOAT32), batch.damage};
    static const char *const names[] = {"images", "labels", "damage"};
    for (int i = 0; i < 3; i++) {
      char name[48];
      snprintf(name, sizeof name, "%s/%d/%s", run, step, names[i]);
      sn_state_dict_add(dict, name, tensors[i]);
    }
  }
  sn_image_queue_close(queue);
}

static int write_batches(const char *path) {
  SnScope *scope = sn_scope_open();
  SnPretrainingSettings settings = sn_pretraining_defaults(), small = small_batches();
  SnStateDict *dict = copy_of(state_of(new_training(&settings)));
  add_batches(dict, "float64", &small, STEPS);
  add_batches(dict, "float32", &settings, FLOAT32_STEPS);
  bool written = sn_safetensors_write(path, dict);
  if (!written) fprintf(stderr, "%s\n", sn_error());
  sn_scope_close(scope);
  return written ? 0 : 1;
}

/* ---- the same bits, whoever computes ---- */

static void train_small(int threads, const char *path) {
  SnScope *scope = sn_scope_open();
  SnPretrainingSettings settings = sn_pretraining_defaults();
  settings.steps = 2;
  settings.batch = 8;
  settings.size = 32;
  sn_device()->set_threads(threads);
  SnPretraining *training = new_training(&settings);
  SnImageQueue *queue = sn_image_queue_open(settings.seed, 0, settings.steps, settings.batch, settings.size, threads);
  SnPretrainingBatch batch;
  SnPretrainingResult result;
  while (queue && sn_image_queue_next(queue, &batch)) sn_pretraining_step(training, &batch, &result);
  assert_int_equal(training->step, 2);
  sn_image_queue_close(queue);
  SnStateDict *texts = sn_state_dict_new();
  sn_state_dict_add_text(texts, "seed", "1");
  if (!sn_pretraining_export(training, path, texts)) fail_msg("%s", sn_error());
  sn_scope_close(scope);
}

static void test_same_bits(void **state) {
  (void)state;
  int threads = sn_device()->threads();
  char folder[] = "/tmp/simplenet-pretraining-XXXXXX", hash[2][SN_SHA256_HEX];
  assert_non_null(mkdtemp(folder));
  char *path = sn_path_join(folder, "weights.safetensors");
  for (int i = 0; i < 2; i++) {
    train_small(i + 1, path);
    assert_true(sn_sha256_file(path, hash[i]));
  }
  assert_string_equal(hash[0], hash[1]);
  unlink(path);
  rmdir(folder);
  free(path);
  sn_device()->set_threads(threads);
}

/* ---- what is written ---- */

/* The exported network's levels are the trained one's, times one number a level. */
static void test_export(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  char path[] = "/tmp/simplenet-pretraining-XXXXXX";
  int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  SnPretrainingSettings settings = sn_pretraining_defaults();
  settings.batch = 8;
  SnPretraining *training = new_training(&settings);
  SnImageQueue *queue = sn_image_queue_open(settings.seed, 0, 3, settings.batch, settings.size, 0);
  SnPretrainingBatch batch;
  SnPretrainingResult result;
  while (queue && sn_image_queue_next(queue, &batch)) sn_pretraining_step(training, &batch, &result);
  sn_image_queue_close(queue);
  if (!sn_pretraining_export(training, path, NULL)) fail_msg("%s", sn_error());

  SnGenerator generator = {.dtype = SN_FLOAT32};
  SnBackbone *backbone = sn_backbone_new(SN_EMBEDDED_BACKBONE, &(SnLevels){3, {1, 2, 3}}, &generator);
  SnStateDict *dict = sn_safetensors_read(path);
  unlink(path);
  if (!backbone || !dict || !sn_backbone_load(backbone, dict, path)) fail_msg("%s", sn_error());
  for (int64_t i = 0; i < dict->tensor_count; i++) assert_int_equal(dict->tensors[i].tensor->array.dtype, SN_FLOAT16);

  SnTensor *before[SN_MAX_LEVELS], *after[SN_MAX_LEVELS];
  sn_module_train(&training->module, false);
  assert_true(sn_backbone_forward(&training->network->backbone, batch.images, before));
  assert_true(sn_backbone_forward(backbone, batch.images, after));
  for (int level = 0; level < 3; level++) {
    double *x = host(before[level]), *y = host(after[level]), xy = 0, xx = 0, yy = 0;
    for (int64_t i = 0; i < sn_count(before[level]); i++) xy += x[i] * y[i], xx += x[i] * x[i], yy += y[i] * y[i];
    double cosine = xy / sqrt(xx * yy);
    if (!(cosine > 1 - 1e-5)) fail_msg("layer%d: the cosine of both features is %.8f", level + 1, cosine);
  }
  sn_scope_close(scope);
}

/* ---- damage ---- */

static void test_damage(void **state) {
  (void)state;
  enum { SIZE = 64, CELLS = (SIZE / 8) * (SIZE / 8) };
  static uint8_t rgb[2][3 * SIZE * SIZE], plain[3 * SIZE * SIZE];
  float cells[2][CELLS];
  int untouched = 0;
  for (int64_t index = 0; index < 100; index++) {
    for (int i = 0; i < 3 * SIZE * SIZE; i++) plain[i] = (uint8_t)(i * 7 % 256);
    for (int twice = 0; twice < 2; twice++) {
      memcpy(rgb[twice], plain, sizeof plain);
      assert_true(sn_damage_draw(3, index, SIZE, 8, rgb[twice], cells[twice]));
    }
    assert_memory_equal(rgb[0], rgb[1], sizeof rgb[0]);
    assert_memory_equal(cells[0], cells[1], sizeof cells[0]);
    untouched += memcmp(rgb[0], plain, sizeof plain) == 0;
    for (int i = 0; i < CELLS; i++) {
      assert_true(cells[0][i] >= 0 && cells[0][i] <= 1);
      if (cells[0][i] > 0) continue; /* an undamaged cell is as it was */
      for (int row = 0; row < 8; row++) {
        size_t at = (size_t)(3 * ((i / 8 * 8 + row) * SIZE + i % 8 * 8));
        assert_memory_equal(rgb[0] + at, plain + at, 24);
      }
    }
  }
  assert_in_range(untouched, 10, 45);
}

/* ---- the embedded weights ---- */

static void test_embedded_weights(void **state) {
  (void)state;
  SnScope *scope = sn_scope_open();
  size_t size;
  const uint8_t *bytes = sn_embedded_weights(&size);
  SnBytes file = read_whole("models/backbones/embedded.safetensors");
  assert_int_equal(size, file.size);
  assert_memory_equal(bytes, file.data, size);
  assert_true(size <= 2000000);
  sn_bytes_free(&file);

  SnSettings settings = test_settings(&sn_simplenet, "paper");
  test_set(&settings, "backbone", SN_EMBEDDED_BACKBONE);
  SnModel *model = sn_model_new(&settings, NULL);
  if (!model) fail_msg("%s", sn_error());
  char hash[SN_SHA256_HEX];
  sn_sha256(bytes, size, hash);
  assert_string_equal(model->backbone_sha256, hash);

  char path[] = "/tmp/simplenet-pretraining-XXXXXX";
  int descriptor = mkstemp(path);
  assert_true(descriptor >= 0);
  close(descriptor);
  assert_true(sn_model_save(model, path));
  assert_non_null(sn_model_load(path, NULL));
  assert_non_null(sn_model_load(path, "models/backbones/embedded.safetensors"));
  unlink(path);

  test_set(&settings, "backbone", "resnet18");
  assert_null(sn_model_new(&settings, NULL));
  assert_error("resnet18 needs a file of weights");
  test_set(&settings, "levels", "4");
  test_set(&settings, "backbone", SN_EMBEDDED_BACKBONE);
  assert_null(sn_model_new(&settings, NULL));
  assert_error("levels from 1 to 3 of the backbone embedded, found 4");
  sn_scope_close(scope);
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "--write") == 0) return write_batches(argv[2]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_first_steps_in_float64),
      cmocka_unit_test(test_first_steps_in_float32),
      cmocka_unit_test(test_same_bits),
      cmocka_unit_test(test_export),
      cmocka_unit_test(test_damage),
      cmocka_unit_test(test_embedded_weights),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
