#include "bench/support/evaluation.h"

#include <string.h>

#include "anomaly/map.h"
#include "autograd/ops.h"
#include "models/simplenet/simplenet.h"

enum { IMAGES = SN_BENCH_TEST_IMAGES, DEFECTIVE = 63, GRID = 28, CELL = 8, SIDE = GRID * CELL, AT_ONCE = 8, SEED = 7 };

/* Ellipses of many sizes and places, in pixels. */
static bool is_defect(int image, int y, int x) {
  if (image >= DEFECTIVE) return false;
  double dy = y - (60 + 5 * (image % 21)), dx = x - (60 + 7 * (image % 15)), a = 8 + image % 30, b = 8 + image % 17;
  return dy * dy / (a * a) + dx * dx / (b * b) < 1;
}

bool sn_bench_evaluation_new(SnBenchEvaluation *bench) {
  if (!sn_settings_preset(&sn_simplenet, "paper", &bench->settings)) return false;
  bench->raw = sn_normal(SN_FLOAT32, SN_SHAPE(IMAGES, GRID, GRID), 0, 1, sn_random(SEED, SN_STREAM_DATA, 0));
  bench->maps = sn_scope_allocate((int64_t)IMAGES * SIDE * SIDE, sizeof(float), NULL);
  bench->image_scores = sn_scope_allocate(IMAGES, sizeof(float), NULL);
  bench->masks = sn_scope_allocate((int64_t)IMAGES * SIDE * SIDE, 1, NULL);
  bench->labels = sn_scope_allocate(IMAGES, 1, NULL);
  float *raw = bench->raw ? sn_float_data(bench->raw) : NULL;
  if (!raw || !sn_ok()) return false;
  for (int image = 0; image < IMAGES; image++) {
    bench->labels[image] = image < DEFECTIVE;
    for (int y = 0; y < SIDE; y++)
      for (int x = 0; x < SIDE; x++) bench->masks[((int64_t)image * SIDE + y) * SIDE + x] = is_defect(image, y, x);
    for (int y = 0; y < GRID; y++)
      for (int x = 0; x < GRID; x++)
        if (is_defect(image, y * CELL, x * CELL)) raw[(image * GRID + y) * GRID + x] += 3;
  }
  return true;
}

bool sn_bench_maps(void *context) {
  SnBenchEvaluation *bench = context;
  for (int64_t first = 0; first < IMAGES && sn_ok(); first += AT_ONCE) {
    int64_t count = IMAGES - first < AT_ONCE ? IMAGES - first : AT_ONCE;
    SnScope *scope = sn_scope_open();
    SnTensor *raw = sn_narrow(bench->raw, 0, first, count), *maps = sn_anomaly_maps(&bench->settings, raw);
    SnTensor *scores = sn_image_scores(&bench->settings, raw, maps);
    if (sn_ok()) {
      sn_to_host(scores, SN_FLOAT32, bench->image_scores + first);
      sn_to_host(maps, SN_FLOAT32, bench->maps + first * SIDE * SIDE);
    }
    sn_scope_close(scope);
  }
  return sn_ok();
}

bool sn_bench_metrics(void *context) {
  SnBenchEvaluation *bench = context;
  SnEvaluationData data = {.images = IMAGES,
                           .image_scores = bench->image_scores,
                           .image_labels = bench->labels,
                           .height = SIDE,
                           .width = SIDE,
                           .maps = bench->maps,
                           .masks = bench->masks};
  SnEvaluation evaluation;
  return sn_evaluate(&data, &evaluation, NULL);
}
