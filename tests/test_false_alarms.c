/* The threshold by good photographs: against SciPy (goldens), and against what it promises. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/calibration.h"
#include "base/error.h"
#include "datasets/hold_out.h"
#include "metrics/false_alarms.h"
#include "tests/support/hash64.h"

typedef struct AlarmCase {
  uint64_t seed;
  int64_t photographs;
  uint64_t levels;
  double expected[7];
} AlarmCase;

#include "tests/golden/false_alarms.h"

#define COUNT(array) ((int64_t)(sizeof(array) / sizeof((array)[0])))

static void assert_near(double found, double expected, double relative) {
  if (fabs(found - expected) > relative * fabs(expected) + 1e-300) fail_msg("%.17g is not %.17g", found, expected);
}

static void beta_agrees_with_scipy(void **state) {
  (void)state;
  for (int64_t i = 0; i < COUNT(share_cases); i++) {
    const double *c = share_cases[i];
    if (c[3] > 1e-290) assert_near(sn_beta_share(c[0], c[1], c[2]), c[3], 2e-10);
  }
  for (int64_t i = 0; i < COUNT(quantile_cases); i++) {
    const double *c = quantile_cases[i];
    assert_near(sn_beta_quantile(c[0], c[1], c[2]), c[3], 1e-9);
  }
  assert_true(sn_beta_share(0, 3, 4) == 0 && sn_beta_share(1, 3, 4) == 1);
}

static float *scores_of(const AlarmCase *c) {
  float *scores = malloc((size_t)c->photographs * sizeof *scores);
  for (int64_t i = 0; i < c->photographs; i++) {
    int64_t level = (int64_t)((test_hash64(c->seed, (uint64_t)i) >> 40) % c->levels) - (int64_t)(c->levels / 4);
    scores[i] = (float)level / 256.0f;
  }
  return scores;
}

static void thresholds_agree_with_scipy(void **state) {
  (void)state;
  for (int64_t i = 0; i < COUNT(alarm_cases); i++) {
    const AlarmCase *c = &alarm_cases[i];
    const double *expected = c->expected;
    float *scores = scores_of(c);
    SnFalseAlarms found;
    assert_true(sn_false_alarms_from(scores, c->photographs, expected[0], &found));
    assert_int_equal(found.photographs, c->photographs);
    assert_int_equal(sn_false_alarms_needed(found.rate), (int64_t)expected[1]);
    assert_int_equal(found.alarms, (int64_t)expected[2]);
    assert_near(found.threshold, expected[3], 1e-15);
    assert_true(found.scale > 0);
    if (expected[4] > 0) assert_near(found.scale, expected[4], 1e-12);
    SnInterval interval = sn_false_alarms_interval(&found);
    assert_near(interval.low, expected[5], 1e-9);
    assert_near(interval.high, expected[6], 1e-9);
    assert_int_equal(sn_false_alarms_suffice(&found), c->photographs >= (int64_t)expected[1]);
    assert_true(sn_false_alarms_are_sound(&found));
    free(scores);
  }
}

/* Scores that are uniform on [0, 1): the true rate of a threshold is what lies above it. */
static void the_rate_is_kept_and_the_interval_holds_it(void **state) {
  (void)state;
  enum { DRAWS = 4000, PHOTOGRAPHS = 150 };
  static const double rates[] = {0.01, 0.05, 0.2};
  static float scores[PHOTOGRAPHS];
  for (int r = 0; r < 3; r++) {
    double sum = 0;
    int inside = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
      for (int i = 0; i < PHOTOGRAPHS; i++)
        scores[i] = (float)(test_hash64((uint64_t)(100 + r), (uint64_t)(draw * PHOTOGRAPHS + i)) >> 40) * 0x1p-24f;
      SnFalseAlarms found;
      assert_true(sn_false_alarms_from(scores, PHOTOGRAPHS, rates[r], &found));
      SnInterval interval = sn_false_alarms_interval(&found);
      double rate = fmax(0, 1 - found.threshold);
      sum += rate;
      inside += rate >= interval.low && rate <= interval.high;
    }
    assert_true(sum / DRAWS <= rates[r]);
    assert_true(sum / DRAWS >= 0.5 * rates[r]); /* and not by calling everything good */
    assert_true(inside >= 0.95 * DRAWS);
  }
}

static void a_normalised_score_rises_through_a_half(void **state) {
  (void)state;
  static const SnFalseAlarms all[] = {{0.01, 100, 0, 0.25, 0.125}, {0.01, 100, 0, -3, 1e-6}, {0.1, 9, 0, 1e6, 1e5}};
  for (int a = 0; a < 3; a++) {
    const SnFalseAlarms *alarms = &all[a];
    assert_true(sn_normalised_score(alarms, alarms->threshold) == 0.5);
    assert_near(sn_normalised_score(alarms, alarms->threshold - alarms->scale), 0.25, 1e-9);
    assert_near(sn_normalised_score(alarms, alarms->threshold + alarms->scale), 0.75, 1e-9);
    double last = -1;
    for (int i = -20000; i <= 20000; i++) { /* up to a million scales away */
      double u = (i < 0 ? -1 : 1) * (exp(abs(i) / 1447.0) - 1);
      double value = sn_normalised_score(alarms, alarms->threshold + alarms->scale * u);
      assert_true(value > 0 && value < 1 && value > last);
      last = value;
    }
    assert_true(isfinite(sn_normalised_score(alarms, 3.4e38)) && isfinite(sn_normalised_score(alarms, -3.4e38)));
  }
}

static void what_cannot_be_is_an_error(void **state) {
  (void)state;
  const float scores[] = {1, 2, 3}, endless[] = {1, INFINITY, 3}, nothing[] = {1, NAN, 3};
  static const double rates[] = {0, 1e-7, 0.51, 1, -1, NAN};
  SnFalseAlarms found;
  for (int i = 0; i < COUNT(rates); i++) {
    assert_false(sn_false_alarms_from(scores, 3, rates[i], &found));
    assert_int_equal(found.photographs, 0);
    assert_non_null(strstr(sn_error(), "rate of false alarms"));
    sn_clear_error();
  }
  assert_false(sn_false_alarms_from(scores, 1, 0.1, &found));
  assert_non_null(strstr(sn_error(), "at least 2 good photographs"));
  sn_clear_error();
  assert_false(sn_false_alarms_from(endless, 3, 0.1, &found));
  sn_clear_error();
  assert_false(sn_false_alarms_from(nothing, 3, 0.1, &found));
  assert_non_null(strstr(sn_error(), "score 1"));
  sn_clear_error();
  static const SnFalseAlarms unsound[] = {{0, 9, 0, 1, 1},   {0.9, 9, 0, 1, 1}, {0.1, 1, 0, 1, 1},
                                          {0.1, 9, 9, 1, 1}, {0.1, 9, 0, 1, 0}, {0.1, 9, 0, INFINITY, 1}};
  for (int i = 0; i < COUNT(unsound); i++) assert_false(sn_false_alarms_are_sound(&unsound[i]));
}

/* ---- what is said of it ---- */

static void expect_text(const SnCalibration *calibration, SnThresholdBasis basis, const char *expected) {
  char *text = sn_threshold_text(calibration);
  assert_int_equal(sn_threshold_basis(calibration), basis);
  assert_string_equal(text, expected);
  free(text);
}

static void a_threshold_says_what_it_is(void **state) {
  (void)state;
  SnCalibration calibration = sn_no_calibration();
  expect_text(&calibration, SN_THRESHOLD_NONE,
              "no threshold, since the model was never calibrated and no defects were tested: `simplenet calibrate` "
              "makes one from good photographs that training never saw");
  assert_true(isnan(sn_decision_threshold(&calibration)) && isnan(sn_calibrated_score(&calibration, 1)));
  calibration.image_threshold = 0.25;
  expect_text(&calibration, SN_THRESHOLD_TEST_F1,
              "threshold 0.25, the test set's best F1, chosen on test labels; `simplenet calibrate` makes one for a "
              "stated rate of false alarms from good photographs");
  assert_true(sn_decision_threshold(&calibration) == 0.25);
  calibration.false_alarms = (SnFalseAlarms){0.01, 199, 1, 0.5, 0.125};
  expect_text(&calibration, SN_THRESHOLD_FALSE_ALARMS,
              "threshold 0.5 for at most 1 % false alarms on average, by 199 good photographs that training never saw; "
              "its true rate is between 0.0127 % and 2.77 % (95 % interval)");
  assert_true(sn_decision_threshold(&calibration) == 0.5 && sn_calibrated_score(&calibration, 0.625) == 0.75);
  calibration.false_alarms = (SnFalseAlarms){0.01, 19, 0, 0.5, 0.125};
  expect_text(&calibration, SN_THRESHOLD_FALSE_ALARMS,
              "threshold 0.5, just above the largest score of 19 good photographs that training never saw; a rate of 1 "
              "% takes at least 99 photographs, with these it is at most 5 % on average, and the threshold's true rate "
              "is between 0 % and 17.6 % (95 % interval)");
}

/* ---- who is held out ---- */

static SnDataset dataset_of(int count) {
  SnDataset dataset = {0};
  for (int i = 0; i < count; i++) {
    char path[32];
    snprintf(path, sizeof path, "absent/%03d.png", i);
    assert_non_null(sn_samples_append(&dataset.train, path, -1, SN_GOOD, "good"));
  }
  return dataset;
}

static void a_share_is_held_out_by_the_seed(void **state) {
  (void)state;
  SnDataset one = dataset_of(50), same = dataset_of(50), other = dataset_of(50);
  assert_true(sn_dataset_hold_out(&one, 0.2, 2, 3) && sn_dataset_hold_out(&same, 0.2, 2, 3));
  assert_true(sn_dataset_hold_out(&other, 0.2, 2, 4));
  assert_int_equal(one.calibration.count, 10);
  assert_int_equal(one.train.count, 40);
  int alike = 0;
  for (int i = 0; i < 10; i++) {
    const char *path = one.calibration.items[i].path;
    assert_string_equal(path, same.calibration.items[i].path);
    alike += strcmp(path, other.calibration.items[i].path) == 0;
    if (i > 0) assert_true(strcmp(one.calibration.items[i - 1].path, path) < 0);
    for (int t = 0; t < 40; t++) assert_string_not_equal(one.train.items[t].path, path);
  }
  for (int t = 1; t < 40; t++) assert_true(strcmp(one.train.items[t - 1].path, one.train.items[t].path) < 0);
  assert_true(alike < 10);
  assert_true(sn_dataset_check_calibration(&one)); /* of files that are not there nobody can say they are the same */
  sn_dataset_free(&one);
  sn_dataset_free(&same);
  sn_dataset_free(&other);
  SnDataset few = dataset_of(4);
  assert_false(sn_dataset_hold_out(&few, 0.3, 2, 0));
  assert_non_null(strstr(sn_error(), "1 of 4 training images"));
  sn_clear_error();
  assert_false(sn_dataset_hold_out(&few, 0.9, 2, 0));
  sn_clear_error();
  assert_int_equal(few.train.count, 4);
  sn_dataset_free(&few);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(beta_agrees_with_scipy),
      cmocka_unit_test(thresholds_agree_with_scipy),
      cmocka_unit_test(the_rate_is_kept_and_the_interval_holds_it),
      cmocka_unit_test(a_normalised_score_rises_through_a_half),
      cmocka_unit_test(what_cannot_be_is_an_error),
      cmocka_unit_test(a_threshold_says_what_it_is),
      cmocka_unit_test(a_share_is_held_out_by_the_seed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
