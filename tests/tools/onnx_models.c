/* What tests/oracle/onnx_runtimes.py runs in other runtimes, with what we make of it.
 *
 *     onnx_models cases FOLDER
 *
 * Every case of every operation that can be part of a model: FOLDER/CASE.onnx, input 0 and the result as CASE.in and
 * CASE.out, float32 numbers.
 *
 *     onnx_models detector FOLDER PHOTOGRAPH SETTING=VALUE...
 *
 * A detector with these settings, with random weights: FOLDER/model.onnx; three random images of the size PHOTOGRAPH,
 * which the model resizes itself, or - for the crop's size, as FOLDER/model.in (bytes); maps and then scores as
 * FOLDER/model.out (float32). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/local_features.h"
#include "anomaly/onnx_detector.h"
#include "anomaly/scorer.h"
#include "anomaly/view.h"
#include "base/file.h"
#include "base/memory.h"
#include "onnx/translate.h"
#include "tests/support/op_cases.h"

enum { IMAGES = 3 };

static void write_file(const char *folder, const char *name, const char *end, const void *bytes, size_t size) {
  SnFileWriter writer;
  char *path = sn_format("%s/%s%s", folder, name, end);
  if (path && sn_file_create(path, &writer)) {
    fwrite(bytes, 1, size, writer.stream);
    sn_file_commit(&writer);
  }
  free(path);
}

static void write_numbers(const char *folder, const char *name, const char *end, const SnTensor *tensor) {
  size_t size = (size_t)sn_count(tensor) * sizeof(float);
  float *numbers = sn_scope_allocate(sn_count(tensor), sizeof *numbers, NULL);
  if (numbers && sn_to_host(tensor, SN_FLOAT32, numbers)) write_file(folder, name, end, numbers, size);
}

/* ---- operations ---- */

static void write_case(const OpCase *op, SnTensor *const *inputs, const SnTrace *trace, const SnTensor *y,
                       const char *folder) {
  SnStateDict *weights = sn_state_dict_new();
  SnOnnx *onnx = sn_onnx_new(op->name);
  char *path = sn_format("%s/%s.onnx", folder, op->name);
  if (!weights || !onnx || !path) return;
  SnOnnxForward forward = {.onnx = onnx, .weights = weights};
  const SnArray *x = &inputs[0]->array, *result = &y->array;
  SnOnnxType type = result->dtype == SN_INT64 ? SN_ONNX_INT64 : SN_ONNX_FLOAT;
  sn_onnx_name(&forward, inputs[0], sn_onnx_input(onnx, "x", SN_ONNX_FLOAT, x->ndim, x->shape));
  sn_onnx_translate_trace(&forward, trace, trace);
  sn_onnx_output(onnx, "y", sn_onnx_value(&forward, y), type, result->ndim, result->shape);
  sn_onnx_write(onnx, path);
  free(forward.values);
  free(path);
}

/* Operations of training cannot be traced; what has no numbers is no test. */
static bool run_case(const OpCase *op, const char *folder) {
  SnTensor *inputs[SN_MAX_INPUTS] = {NULL};
  for (int i = 0; i < op_case_inputs(op); i++)
    if ((inputs[i] = op_case_input(op, i, SN_FLOAT32, OP_CONTIGUOUS))) inputs[i] = sn_detach(inputs[i]);
  SnTrace *trace = sn_trace_begin();
  SnTensor *traced = op->run(inputs, SN_FLOAT32);
  bool can_be = sn_trace_end(trace) && traced && sn_count(traced) > 0 && sn_count(inputs[0]) > 0;
  sn_clear_error();
  if (can_be) write_case(op, inputs, trace, traced, folder);
  sn_trace_free(trace);
  if (!can_be) return false;
  write_numbers(folder, op->name, ".in", inputs[0]);
  write_numbers(folder, op->name, ".out", op->run(inputs, SN_FLOAT32));
  return sn_ok();
}

static void run_cases(const char *folder) {
  for (int i = 0; i < op_case_count && sn_ok(); i++) {
    SnScope *scope = sn_scope_open();
    if (run_case(&op_cases[i], folder)) printf("%s\n", op_cases[i].name);
    if (!sn_ok()) fprintf(stderr, "%s: ", op_cases[i].name);
    sn_scope_close(scope);
  }
}

/* ---- detectors ---- */

static uint8_t *random_bytes(int64_t count) {
  uint8_t *bytes = sn_scope_allocate(count, 1, NULL);
  uint32_t state = 1;
  for (int64_t i = 0; bytes && i < count; i++) {
    state = state * 1664525 + 1013904223;
    bytes[i] = (uint8_t)(state >> 24);
  }
  return bytes;
}

/* "preset=official", which is to come first, or a setting. */
static bool set(SnSettings *settings, const char *text) {
  const char *value = strchr(text, '=');
  char name[64];
  if (!value) return sn_fail("expected NAME=VALUE, found %s", text);
  snprintf(name, sizeof name, "%.*s", (int)(value - text), text);
  return strcmp(name, "preset") == 0 ? sn_settings_preset(settings->method, value + 1, settings)
                                     : sn_settings_set(settings, name, value + 1);
}

/* Features of random weights may hardly differ from place to place: each level is brought to a deviation of 1, as
 * training does it. */
static void scale_features(SnModel *model, SnTensor *images) {
  SnTensor *levels[SN_MAX_LEVELS];
  int count = images ? sn_feature_levels(model, images, levels) : 0;
  for (int i = 0; i < count && sn_ok(); i++) {
    double mean = sn_item(sn_mean(levels[i], SN_ALL_DIMS, false));
    SnTensor *difference = sn_add_scalar(levels[i], -mean);
    model->feature_scale[i] = 1 / sqrt(sn_item(sn_mean(sn_mul(difference, difference), SN_ALL_DIMS, false)));
  }
}

/* The images that the backbone sees, in host memory. */
static float *images_of(const SnSettings *settings, SnSize photograph, uint8_t *bytes) {
  SnSize crop = settings->view.crop, size = photograph.height > 0 ? photograph : crop;
  SnTransform transform = sn_view_transform(&settings->view);
  if (photograph.height == 0) transform = (SnTransform){.crop = crop, .fit = SN_FIT_SQUASH}; /* which is none */
  SnNormalization normalization = sn_settings_normalization(settings);
  int64_t numbers = 3 * sn_size_pixels(crop);
  float *images = sn_scope_allocate(IMAGES * numbers, sizeof *images, NULL);
  for (int64_t i = 0; images && i < IMAGES; i++) {
    SnImage image = {.width = size.width, .height = size.height, .channels = 3};
    image.pixels = bytes + i * 3 * sn_size_pixels(size);
    sn_transform_image(&transform, &normalization, &image, images + i * numbers);
  }
  return sn_ok() ? images : NULL;
}

static void write_scores(SnModel *model, const float *images, const char *folder) {
  int64_t pixels = sn_size_pixels(model->settings.view.crop);
  float *results = sn_scope_allocate(IMAGES * (pixels + 1), sizeof *results, NULL);
  if (!results) return;
  sn_scorer_run_images(sn_scorer_new(model, SN_SCORER_IMAGES), images, IMAGES, results, results + IMAGES * pixels);
  write_file(folder, "model", ".out", results, (size_t)(IMAGES * (pixels + 1)) * sizeof *results);
}

static void run_detector(const char *folder, const char *size, int count, char **texts) {
  SnSettings settings;
  SnSize photograph = {0, 0};
  char *path = sn_format("%s/model.onnx", folder);
  if (strcmp(size, "-") != 0) sn_parse_size("PHOTOGRAPH", size, 1, 1 << 14, &photograph);
  sn_settings_preset(sn_methods[0], NULL, &settings);
  for (int i = 0; i < count && sn_ok(); i++) set(&settings, texts[i]);
  SnModel *model = path && sn_settings_check(&settings) ? sn_model_new_random(&settings) : NULL;
  SnSize crop = settings.view.crop;
  int64_t numbers = IMAGES * 3 * sn_size_pixels(photograph.height > 0 ? photograph : crop);
  uint8_t *bytes = model ? random_bytes(numbers) : NULL;
  float *images = bytes ? images_of(&settings, photograph, bytes) : NULL;
  if (images) {
    scale_features(model, sn_from_host(SN_FLOAT32, SN_SHAPE(IMAGES, 3, crop.height, crop.width), images));
    sn_detector_write_onnx(model, photograph, path);
    write_file(folder, "model", ".in", bytes, (size_t)numbers);
    write_scores(model, images, folder);
  }
  free(path);
}

int main(int argc, char **argv) {
  SnScope *scope = sn_scope_open();
  if (argc == 3 && strcmp(argv[1], "cases") == 0)
    run_cases(argv[2]);
  else if (argc > 3 && strcmp(argv[1], "detector") == 0)
    run_detector(argv[2], argv[3], argc - 4, argv + 4);
  else
    sn_fail("expected: cases FOLDER, or: detector FOLDER PHOTOGRAPH SETTING=VALUE...");
  bool done = sn_ok();
  if (!done) fprintf(stderr, "%s\n", sn_error());
  sn_scope_close(scope);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
