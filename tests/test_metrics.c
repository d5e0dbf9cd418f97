/* Metrics against scikit-learn and a brute-force AU-PRO (goldens), and against their definitions. */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "metrics/connected_components.h"
#include "metrics/evaluation.h"
#include "metrics/precision_recall.h"
#include "metrics/ranking.h"
#include "metrics/region_overlap.h"
#include "metrics/roc.h"
#include "tests/support/hash64.h"

typedef struct MetricCase {
  uint64_t seed;
  int64_t images, height, width;
  uint64_t levels;
  int64_t boost;
  uint64_t discs;
  int64_t regions;
  double expected[10];
} MetricCase;

#include "tests/golden/metrics.h"

#define COUNT(array) ((int64_t)(sizeof(array) / sizeof((array)[0])))

/* The inputs of tests/oracle/metrics.py. */
static float case_score(uint64_t seed, int64_t index, uint64_t levels, int64_t boost) {
  int64_t level = (int64_t)((test_hash64(seed, (uint64_t)index) >> 40) % levels) + boost - (int64_t)(levels / 2);
  return (float)level / 256.0f;
}

typedef struct Inputs {
  SnEvaluationData data;
  float *maps, *scores;
  uint8_t *masks, *labels;
} Inputs;

static void draw_disc(uint8_t *mask, int64_t height, int64_t width, uint64_t h) {
  int64_t center_y = (int64_t)(h % (uint64_t)height), center_x = (int64_t)((h >> 16) % (uint64_t)width);
  int64_t radius = (int64_t)((h >> 32) % 4);
  for (int64_t y = 0; y < height; y++)
    for (int64_t x = 0; x < width; x++)
      if ((y - center_y) * (y - center_y) + (x - center_x) * (x - center_x) <= radius * radius)
        mask[y * width + x] = (uint8_t)(1 + (h >> 40) % 255);
}

static Inputs make_inputs(const MetricCase *c) {
  int64_t pixels = c->height * c->width, total = pixels * c->images;
  Inputs in = {.maps = sn_allocate(total, sizeof(float), "maps"),
               .scores = sn_allocate(c->images, sizeof(float), "scores"),
               .masks = sn_allocate(total, 1, "masks"),
               .labels = sn_allocate(c->images, 1, "labels")};
  assert_true(sn_ok());
  for (int64_t n = 0; n < c->images; n++) {
    for (uint64_t k = 0; n % 3 != 0 && k < c->discs; k++)
      draw_disc(in.masks + n * pixels, c->height, c->width, test_hash64(c->seed + 1, (uint64_t)n * 64 + k));
    for (int64_t i = 0; i < pixels; i++) in.labels[n] |= in.masks[n * pixels + i] != 0;
    in.scores[n] = case_score(c->seed + 2, n, c->levels, in.labels[n] ? c->boost : 0);
  }
  for (int64_t i = 0; i < total; i++) in.maps[i] = case_score(c->seed, i, c->levels, in.masks[i] ? c->boost : 0);
  in.data = (SnEvaluationData){.images = c->images,
                               .image_scores = in.scores,
                               .image_labels = in.labels,
                               .height = c->height,
                               .width = c->width,
                               .maps = in.maps,
                               .masks = in.masks};
  return in;
}

static void free_inputs(Inputs *in) {
  free(in->maps);
  free(in->scores);
  free(in->masks);
  free(in->labels);
}

static void assert_metric(SnMetric metric, double expected, double tolerance) {
  assert_null(metric.reason);
  if (!(fabs(metric.value - expected) <= tolerance)) fail_msg("expected %.17g, found %.17g", expected, metric.value);
}

static void assert_no_metric(SnMetric metric, const char *word) {
  assert_true(isnan(metric.value));
  assert_non_null(metric.reason);
  assert_non_null(strstr(metric.reason, word));
}

/* The golden threshold is the lowest score called defective: ours is below it, and above every lower score. */
static void assert_threshold(SnMetric threshold, double lowest_defective, const float *scores, int64_t count) {
  assert_null(threshold.reason);
  assert_true(threshold.value < lowest_defective);
  for (int64_t i = 0; i < count; i++)
    assert_true((double)scores[i] >= lowest_defective || (double)scores[i] < threshold.value);
}

static void test_golden(void **state) {
  (void)state;
  for (int64_t i = 0; i < COUNT(golden_cases); i++) {
    const MetricCase *c = &golden_cases[i];
    Inputs in = make_inputs(c);
    SnEvaluation e;
    assert_true(sn_evaluate(&in.data, &e, NULL));
    const struct {
      SnMetric metric;
      int golden;
    } found[] = {{e.image_auroc, 0}, {e.image_ap, 1},     {e.image_f1_max, 2}, {e.pixel_auroc, 4},
                 {e.pixel_ap, 5},    {e.pixel_f1_max, 6}, {e.au_pro, 8}};
    for (int64_t m = 0; m < COUNT(found); m++) assert_metric(found[m].metric, c->expected[found[m].golden], 1e-12);
    assert_threshold(e.image_f1_threshold, c->expected[3], in.scores, c->images);
    assert_threshold(e.pixel_f1_threshold, c->expected[7], in.maps, c->images * c->height * c->width);
    in.data.region_overlap_limit = 1.0;
    assert_true(sn_evaluate(&in.data, &e, NULL));
    assert_metric(e.au_pro, c->expected[9], 1e-12);
    free_inputs(&in);
  }
}

static void test_regions(void **state) {
  (void)state;
  for (int64_t i = 0; i < COUNT(golden_cases); i++) {
    const MetricCase *c = &golden_cases[i];
    Inputs in = make_inputs(c);
    int64_t pixels = c->height * c->width, regions = 0;
    uint32_t *labels = sn_allocate(pixels, sizeof *labels, "labels");
    for (int64_t n = 0; n < c->images; n++)
      regions += sn_connected_components(in.masks + n * pixels, c->height, c->width, labels);
    assert_int_equal(regions, c->regions);
    free(labels);
    free_inputs(&in);
  }
}

static void test_component_shapes(void **state) {
  (void)state;
  static const char picture[] =
      "#..#.#.##"
      "#..#.#..."
      ".##..#.#."
      "....#...#"
      "###....##"
      "#.#.#.#.."
      "#.#..#...";
  static const char expected[] =
      "1..1.2.33"
      "1..1.2..."
      ".11..2.4."
      "....2...4"
      "555....44"
      "5.5.4.4.."
      "5.5..4...";
  uint8_t mask[63];
  uint32_t labels[63];
  for (int i = 0; i < 63; i++) mask[i] = picture[i] == '#' ? 255 : 0;
  assert_int_equal(sn_connected_components(mask, 7, 9, labels), 5);
  for (int i = 0; i < 63; i++) {
    assert_int_equal(labels[i], expected[i] == '.' ? 0 : expected[i] - '0');
  }
}

/* A mask that is one winding line: a recursive flood would go as deep as it is long. */
static void test_component_snake(void **state) {
  (void)state;
  enum { SIDE = 801 };
  uint8_t *mask = sn_allocate(SIDE * SIDE, 1, "mask");
  uint32_t *labels = sn_allocate(SIDE * SIDE, sizeof *labels, "labels");
  for (int64_t y = 0; y < SIDE; y++)
    for (int64_t x = 0; x < SIDE; x++) mask[y * SIDE + x] = y % 2 == 0 || x == (y % 4 == 1 ? SIDE - 1 : 0);
  assert_int_equal(sn_connected_components(mask, SIDE, SIDE, labels), 1);
  memset(mask, 1, SIDE * SIDE);
  assert_int_equal(sn_connected_components(mask, SIDE, SIDE, labels), 1);
  memset(mask, 0, SIDE * SIDE);
  assert_int_equal(sn_connected_components(mask, SIDE, SIDE, labels), 0);
  assert_int_equal(sn_connected_components(mask, 0, 0, labels), 0);
  free(mask);
  free(labels);
}

/* Scores of every magnitude and sign, equal zeros of both signs: order and ties by comparing all pairs. */
static void test_auroc_all_pairs(void **state) {
  (void)state;
  enum { N = 1500 };
  static float scores[N];
  static uint8_t labels[N];
  for (int64_t i = 0; i < N; i++) {
    uint64_t h = test_hash64(77, (uint64_t)i);
    uint32_t bits = (uint32_t)h;
    memcpy(&scores[i], &bits, sizeof bits);
    if (!isfinite(scores[i]) || i % 5 == 0) scores[i] = i % 2 ? 0.0f : -0.0f;
    if (i % 7 == 0) scores[i] = i % 2 ? 3.4028235e38f : -3.4028235e38f;
    labels[i] = (uint8_t)((h >> 32) % 3 == 0 ? 9 : 0);
  }
  double wins = 0.0, pairs = 0.0;
  for (int64_t i = 0; i < N; i++)
    for (int64_t j = 0; j < N; j++) {
      if (!labels[i] || labels[j]) continue;
      wins += scores[i] > scores[j] ? 1.0 : scores[i] == scores[j] ? 0.5 : 0.0;
      pairs += 1.0;
    }
  SnRanking ranking;
  assert_true(sn_rank("scores", scores, labels, N, &ranking));
  assert_metric(sn_auroc(&ranking), wins / pairs, 0.0);
  for (int64_t i = 1; i < ranking.negative_count; i++)
    assert_true(sn_ranking_score(ranking.negatives[i - 1]) >= sn_ranking_score(ranking.negatives[i]));
  sn_ranking_free(&ranking);
}

static void test_f1_threshold_of_equals_is_the_largest(void **state) {
  (void)state;
  /* F1 is 2/3 at 3 (TP 1, FP 0, P 2) and at 1 (TP 2, FP 2, P 2). */
  const float scores[] = {3, 2, 2, 1};
  const uint8_t labels[] = {1, 0, 0, 1};
  SnRanking ranking;
  SnMetric f1, threshold;
  assert_true(sn_rank("scores", scores, labels, 4, &ranking));
  sn_f1_max(&ranking, &f1, &threshold);
  assert_metric(f1, 2.0 / 3.0, 1e-15);
  assert_metric(threshold, 2.5, 0.0);
  sn_ranking_free(&ranking);
}

/* Also between neighbouring floats, over the whole range, and below the lowest score. */
static void test_f1_threshold_lies_between_scores(void **state) {
  (void)state;
  static const float pairs[][2] = {{0.1f, 0.1f},   {1e-45f, 0.0f}, {0.0f, -1e-45f}, {3.4e38f, -3.4e38f},
                                   {1.0f, 1e-30f}, {-1.0f, -2.0f}, {1e30f, -1.0f},  {3.4028235e38f, 3.4028233e38f}};
  static const uint8_t labels[] = {1, 0};
  for (int64_t i = 0; i < COUNT(pairs); i++) {
    const float scores[] = {pairs[i][0], i == 0 ? nextafterf(pairs[i][0], 0) : pairs[i][1]};
    SnRanking ranking;
    SnMetric f1, threshold;
    assert_true(sn_rank("scores", scores, labels, 2, &ranking));
    sn_f1_max(&ranking, &f1, &threshold);
    assert_metric(f1, 1.0, 0.0);
    assert_true((double)scores[0] > threshold.value && threshold.value > (double)scores[1]);
    sn_ranking_free(&ranking);
  }
  for (int64_t i = 0; i < COUNT(pairs); i++) {
    const float scores[] = {pairs[i][0], pairs[i][0]}; /* all are called defective */
    SnRanking ranking;
    SnMetric f1, threshold;
    assert_true(sn_rank("scores", scores, labels, 2, &ranking));
    sn_f1_max(&ranking, &f1, &threshold);
    assert_metric(f1, 2.0 / 3.0, 1e-15);
    assert_true(isfinite(threshold.value) && threshold.value < (double)scores[0]);
    sn_ranking_free(&ranking);
  }
}

static void test_degenerate(void **state) {
  (void)state;
  MetricCase c = golden_cases[1];
  Inputs in = make_inputs(&c);
  SnEvaluation e;

  SnEvaluationData no_maps = in.data;
  no_maps.maps = NULL;
  assert_true(sn_evaluate(&no_maps, &e, NULL));
  assert_metric(e.image_auroc, c.expected[0], 1e-12);
  assert_no_metric(e.pixel_auroc, "maps");

  SnEvaluationData no_masks = in.data;
  no_masks.masks = NULL;
  assert_true(sn_evaluate(&no_masks, &e, NULL));
  assert_no_metric(e.pixel_f1_threshold, "masks");
  assert_no_metric(e.au_pro, "masks");

  memset(in.labels, 1, (size_t)c.images);
  memset(in.masks, 255, (size_t)(c.images * c.height * c.width));
  SnEvaluationCurves curves;
  assert_true(sn_evaluate(&in.data, &e, &curves));
  assert_no_metric(e.image_auroc, "good");
  assert_no_metric(e.image_f1_threshold, "good");
  assert_no_metric(e.pixel_ap, "good");
  assert_no_metric(e.au_pro, "defect-free");
  assert_int_equal(curves.image_roc.count + curves.pixel_precision_recall.count + curves.region_overlap.count, 0);
  sn_evaluation_curves_free(&curves);

  memset(in.labels, 0, (size_t)c.images);
  memset(in.masks, 0, (size_t)(c.images * c.height * c.width));
  assert_true(sn_evaluate(&in.data, &e, NULL));
  assert_no_metric(e.image_ap, "defective");
  assert_no_metric(e.pixel_f1_max, "defective");
  assert_no_metric(e.au_pro, "masks");

  SnEvaluationData nothing = {0};
  assert_true(sn_evaluate(&nothing, &e, NULL));
  assert_no_metric(e.image_auroc, "defective");
  assert_no_metric(e.pixel_auroc, "maps");
  free_inputs(&in);
}

static void assert_error(const char *first, const char *second) {
  assert_false(sn_ok());
  if (!strstr(sn_error(), first) || !strstr(sn_error(), second)) fail_msg("unexpected error: %s", sn_error());
  sn_clear_error();
}

static void test_bad_input(void **state) {
  (void)state;
  MetricCase c = golden_cases[1];
  Inputs in = make_inputs(&c);
  SnEvaluation e;
  SnEvaluationCurves curves;
  in.maps[2 * c.height * c.width + 33] = NAN;
  assert_false(sn_evaluate(&in.data, &e, &curves));
  assert_error("anomaly map 2", "score 33");
  in.scores[5] = INFINITY;
  assert_false(sn_evaluate(&in.data, &e, NULL));
  assert_error("image scores", "score 5");
  in.data.region_overlap_limit = 1.5;
  assert_false(sn_evaluate(&in.data, &e, NULL));
  assert_error("limit", "1.5");
  in.data.region_overlap_limit = NAN;
  assert_false(sn_evaluate(&in.data, &e, NULL));
  assert_error("limit", "nan");
  free_inputs(&in);

  SnRanking ranking;
  const float scores[] = {1, 2};
  const uint32_t regions[] = {0, 0};
  assert_true(sn_ranking_create(1, 1, &ranking));
  assert_false(sn_ranking_add(&ranking, "map", scores, regions, 2));
  assert_error("map", "more");
  sn_ranking_free(&ranking);
  assert_false(sn_ranking_create(INT64_C(1) << 31, 1, &ranking));
  assert_error("ranking", "at most");
}

static double area_under(const SnCurve *curve) {
  double area = 0.0;
  for (int64_t i = 1; i < curve->count; i++)
    area += 0.5 * (double)(curve->points[i].x - curve->points[i - 1].x) *
            (double)(curve->points[i].y + curve->points[i - 1].y);
  return area;
}

static void test_curves(void **state) {
  (void)state;
  for (int64_t i = 0; i < COUNT(golden_cases); i++) {
    Inputs in = make_inputs(&golden_cases[i]);
    SnEvaluation e;
    SnEvaluationCurves curves;
    assert_true(sn_evaluate(&in.data, &e, &curves));
    const SnCurve *from_origin[] = {&curves.image_roc, &curves.pixel_roc, &curves.region_overlap};
    for (int k = 0; k < 3; k++) {
      const SnCurve *curve = from_origin[k];
      assert_true(curve->count >= 2 && curve->count < 1200);
      assert_true(curve->points[0].x == 0.0f && curve->points[0].y == 0.0f);
      assert_true(fabsf(curve->points[curve->count - 1].x - 1.0f) < 1e-6f);
      assert_true(fabsf(curve->points[curve->count - 1].y - 1.0f) < 1e-6f);
      for (int64_t p = 1; p < curve->count; p++) {
        assert_true(curve->points[p].x >= curve->points[p - 1].x && curve->points[p].y >= curve->points[p - 1].y);
        assert_true(curve->points[p].threshold <= curve->points[p - 1].threshold);
      }
    }
    assert_true(fabs(area_under(&curves.image_roc) - e.image_auroc.value) < 1e-6);
    assert_true(fabs(area_under(&curves.pixel_roc) - e.pixel_auroc.value) < 2e-3);
    assert_true(fabs(area_under(&curves.region_overlap) - golden_cases[i].expected[9]) < 2e-3);
    assert_true(curves.pixel_precision_recall.count >= 1 && curves.pixel_precision_recall.count < 2400);
    assert_true(curves.pixel_precision_recall.points[curves.pixel_precision_recall.count - 1].x == 1.0f);
    sn_evaluation_curves_free(&curves);
    free_inputs(&in);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_golden),
      cmocka_unit_test(test_regions),
      cmocka_unit_test(test_component_shapes),
      cmocka_unit_test(test_component_snake),
      cmocka_unit_test(test_auroc_all_pairs),
      cmocka_unit_test(test_f1_threshold_of_equals_is_the_largest),
      cmocka_unit_test(test_f1_threshold_lies_between_scores),
      cmocka_unit_test(test_degenerate),
      cmocka_unit_test(test_bad_input),
      cmocka_unit_test(test_curves),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
