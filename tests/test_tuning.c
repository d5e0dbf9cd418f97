/* Choice of settings without labels: candidates, what is noise, who is held out, and a tuner on a tiny category. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "datasets/generated/generate.h"
#include "datasets/png_write.h"
#include "models/mean_image/mean_image.h"
#include "models/simplenet/simplenet.h"
#include "report/tuning_table.h"
#include "tests/support/comparison.h"
#include "tests/support/image_files.h"
#include "tests/support/models.h"
#include "tuning/tuner.h"

enum { SIZE = 64, IMAGES = 9, FOREVER = 1000000 };

static char *folder;
static SnScope *scope;

/* The standing error says so, and is gone. */
static void expect_error(const char *words) {
  if (sn_ok() || !strstr(sn_error(), words)) fail_msg("expected an error with '%s', found '%s'", words, sn_error());
  sn_clear_error();
}

/* Good gears, and nothing to test on. */
static void write_photographs(void) {
  static uint8_t rgb[SIZE * SIZE * 3];
  int gear = sn_generated_find_category("gear");
  for (int i = 0; i < IMAGES; i++) {
    char path[512];
    snprintf(path, sizeof path, "%s/%d.png", folder, i);
    if (!sn_generated_draw(gear, 1, i, SN_GENERATED_GOOD, SIZE, rgb, NULL) || !sn_png_write(path, rgb, SIZE, SIZE, 3))
      fail_msg("%s", sn_error());
  }
}

static int make_photographs(void **state) {
  (void)state;
  folder = make_folder();
  write_photographs();
  return 0;
}

static int remove_photographs(void **state) {
  (void)state;
  remove_folder(folder);
  return 0;
}

static int begin(void **state) {
  (void)state;
  scope = sn_scope_open();
  return 0;
}

static int end(void **state) {
  (void)state;
  sn_clear_error();
  sn_scope_close(scope);
  return 0;
}

static SnSettings tiny_settings(void) {
  static const char *const values[] = {
      "backbone", "embedded",           "resize", "64",           "crop",  "64", "hidden", "16", "batch", "4", "epochs",
      "2",        "discriminator-rate", "0.01",   "adaptor-rate", "0.001", NULL};
  SnSettings settings = test_settings(&sn_simplenet, "paper");
  for (int i = 0; values[i]; i += 2) test_set(&settings, values[i], values[i + 1]);
  return settings;
}

/* ---- candidates ---- */

static void expect_candidate(const char *changes, const char *const *fixed, const char *expected) {
  SnSettings given = tiny_settings(), settings = given;
  char text[SN_CHANGES_TEXT];
  bool applied = sn_candidate_apply(changes, fixed, &settings);
  expect_no_error();
  assert_int_equal(applied, expected != NULL);
  if (!expected) return;
  sn_candidate_text(&settings, &given, text);
  assert_string_equal(text, expected);
  SnSettings again = given; /* the text leads to the same settings */
  assert_true(sn_candidate_apply(text, NULL, &again) && sn_settings_agree(&again, &settings, ~0u));
}

static void test_candidates(void **state) {
  (void)state;
  expect_candidate("sigma=x2", NULL, "sigma=0.03");
  expect_candidate("resize=x1.5 crop=x1.5", NULL, "resize=96 crop=96");
  expect_candidate("levels=1,2,3 grid-level=2", NULL, "levels=1,2,3 grid-level=2");
  expect_candidate("levels=2", NULL, "levels=2");
  expect_candidate("epochs=x0.6", NULL, "epochs=1");
  expect_candidate("epochs=2", NULL, NULL); /* as it is */
  expect_candidate("neighbours=3", NULL, NULL);
  expect_candidate("levels=9", NULL, NULL);
  expect_candidate("crop=x1.5", NULL, NULL); /* larger than what is resized */
  expect_candidate("sigma=x0", NULL, "sigma=0");
  expect_candidate("sigma=x2 epochs=x2", (const char *[]){"epochs", NULL}, NULL);
  expect_candidate("sigma=x2", (const char *[]){"epochs", "levels", NULL}, "sigma=0.03");
  SnSettings settings = tiny_settings();
  assert_true(sn_candidate_fits(NULL, &settings));
  assert_true(sn_candidate_fits("levels=2,3 grid-level=0", &settings));
  assert_false(sn_candidate_fits("levels=2,3 grid-level=2", &settings));
  assert_false(sn_candidate_fits("neighbours=9", &settings));
}

/* Every candidate of every method can be read, for settings that have what it asks for. */
static void test_tables_of_methods(void **state) {
  (void)state;
  for (int m = 0; sn_methods[m]; m++)
    for (const SnTuneAxis *axis = sn_methods[m]->tune; axis && axis->name; axis++)
      for (int i = 0; axis->candidates[i]; i++) {
        SnSettings settings = test_settings(sn_methods[m], NULL);
        bool applied = sn_candidate_apply(axis->candidates[i], NULL, &settings);
        expect_no_error();
        if (!applied && sn_candidate_fits(axis->when, &settings))
          fail_msg("%s: %s changes nothing", sn_methods[m]->name, axis->candidates[i]);
      }
}

/* ---- noise ---- */

static SnTuningTrial trial_of(double first, double second, double third) {
  double scores[] = {first, second, third};
  SnTuningTrial trial = {.rounds = SN_TUNING_ROUNDS};
  for (int r = 0; r < SN_TUNING_ROUNDS; r++) { /* the score is between the two */
    trial.image_auroc[r] = scores[r] + 0.01;
    trial.pixel_auroc[r] = scores[r] - 0.01;
  }
  return trial;
}

/* What a round does to all trials alike is no noise; the residuals of these two are all of size 0.01 or 0. */
static void test_noise(void **state) {
  (void)state;
  SnTuning *tuning = sn_scope_allocate(1, sizeof *tuning, NULL);
  tuning->trials[tuning->count++] = trial_of(0.8, 0.7, 0.9);
  assert_true(isnan(sn_tuning_noise(tuning)));
  tuning->trials[tuning->count++] = trial_of(0.82, 0.74, 0.93);
  /* differences 0.02, 0.04, 0.03: their standard deviation is 0.01, and that of their mean 0.01 / sqrt(3) */
  assert_true(fabs(sn_tuning_noise(tuning) - 0.01 / sqrt(3)) < 1e-9);
  assert_true(sn_tuning_trial_is_better(tuning, 1, 0));
  assert_false(sn_tuning_trial_is_better(tuning, 0, 1));
  tuning->trials[tuning->count++] = (SnTuningTrial){.rounds = 1, .image_auroc = {1}, .pixel_auroc = {1}};
  assert_true(fabs(sn_tuning_noise(tuning) - 0.01 / sqrt(3)) < 1e-9); /* one that was given up does not count */
  tuning->trials[1] = trial_of(0.81, 0.72, 0.88);                     /* better by 0.0033 of 0.012 */
  assert_false(sn_tuning_trial_is_better(tuning, 1, 0));
}

static void expect_same_trial(const SnTuningTrial *found, const SnTuningTrial *expected) {
  assert_string_equal(found->changes, expected->changes);
  assert_string_equal(found->note, expected->note);
  assert_int_equal(found->rounds, expected->rounds);
  assert_memory_equal(found->image_auroc, expected->image_auroc, sizeof found->image_auroc);
  assert_memory_equal(found->pixel_auroc, expected->pixel_auroc, sizeof found->pixel_auroc);
  assert_true(found->seconds == expected->seconds);
}

static void test_table(void **state) {
  (void)state;
  char path[512];
  snprintf(path, sizeof path, "%s/tune.csv", folder);
  SnTuning *tuning = sn_scope_allocate(1, sizeof *tuning, NULL), *read = sn_scope_allocate(1, sizeof *read, NULL);
  tuning->trials[0] = trial_of(0.8, 0.7, 0.9);
  tuning->trials[1] = trial_of(0.82, 0.74, 1.0 / 3);
  snprintf(tuning->trials[1].changes, SN_CHANGES_TEXT, "levels=1,2,3 sigma=0.03");
  tuning->trials[2] = (SnTuningTrial){.note = "a \"note\", in quotes", .seconds = 0.25};
  tuning->count = 3;
  tuning->chosen = 1;
  sn_write_tuning_table(path, tuning);
  sn_read_tuning_table(path, read);
  expect_no_error();
  assert_int_equal(read->count, 3);
  assert_int_equal(read->chosen, 1);
  for (int i = 0; i < 3; i++) expect_same_trial(&read->trials[i], &tuning->trials[i]);
  write_text(folder, "tune.csv", "tried,score\n");
  assert_false(sn_read_tuning_table(path, read));
  expect_error("is no table of settings");
  sn_file_remove(path);
}

/* ---- who is held out ---- */

static SnDataset named_images(int64_t count) {
  SnDataset dataset = {.root = "root", .category = "thing", .layout = "folder"};
  char name[32];
  for (int64_t i = 0; i < count; i++) {
    snprintf(name, sizeof name, "root/%03d.png", (int)i);
    sn_samples_append(&dataset.train, name, -1, SN_GOOD, "good");
  }
  sn_samples_append(&dataset.test, "root/secret.png", -1, SN_DEFECTIVE, "secret");
  return dataset;
}

static void expect_split(int64_t count, int64_t held_out, int64_t damaged) {
  SnDataset dataset = named_images(count);
  SnSplit *split = sn_split_new(&dataset, 3), *again = sn_split_new(&dataset, 3);
  sn_split_divide(split, 3);
  expect_no_error();
  bool held[1000] = {false};
  assert_int_equal(split->held_out, held_out);
  for (int r = 0; r < SN_TUNING_ROUNDS; r++) {
    const SnSamples *test = &split->rounds[r].test;
    assert_int_equal(test->count, held_out + damaged);
    for (int64_t i = 0; i < test->count; i++) {
      const SnSample *good = &split->good.train.items[sn_split_first(split, r) + i % held_out];
      int number = atoi(test->items[i].path + strlen("root/"));
      assert_string_equal(test->items[i].path, good->path);
      assert_int_equal(test->items[i].label, i < held_out ? SN_GOOD : SN_DEFECTIVE);
      assert_int_equal(test->items[i].damage > 0, i >= held_out);
      if (i < held_out) assert_false(held[number]); /* by no round before */
      held[number] = true;
    }
  }
  for (int64_t i = 0; i < count; i++)
    assert_string_equal(split->good.train.items[i].path, again->good.train.items[i].path);
  sn_samples_free(&dataset.train);
  sn_samples_free(&dataset.test);
}

static void test_splits(void **state) {
  (void)state;
  expect_split(6, 2, 24);
  expect_split(28, 8, 24);
  expect_split(60, 15, 30);
  expect_split(400, 32, 32);
}

/* ---- the tuner ---- */

static SnDataset open_photographs(void) {
  SnDataset dataset;
  if (!sn_dataset_open_folders(&(SnPlainFolders){.train = folder}, &dataset)) fail_msg("%s", sn_error());
  return dataset;
}

static const char *const fixed[] = {"epochs", "resize", "crop", NULL};

/* Runs a tuner to its end; returns how many events there were. */
static int finish(SnTuner *tuner, int64_t *trials) {
  SnTunerEvent event;
  int events = 0;
  for (*trials = 0; sn_tuner_next(tuner, &event); events++) *trials += event.kind == SN_TUNER_TRIAL;
  expect_no_error();
  assert_true(sn_tuner_is_done(tuner));
  return events;
}

/* The same seed tries the same and finds the same; the candidates are those of the axes that are not fixed. */
static void test_tuner(void **state) {
  (void)state;
  SnSettings settings = tiny_settings();
  SnDataset dataset = open_photographs();
  SnTuning first;
  for (int pass = 0; pass < 2; pass++) {
    int64_t trials;
    SnTuner *tuner = sn_tuner_new(&settings, &dataset, &(SnTunerOptions){.seconds = FOREVER, .fixed = fixed});
    finish(tuner, &trials);
    SnTuning tuning = *sn_tuner_tuning(tuner);
    assert_int_equal(trials, tuning.count);
    assert_int_equal(tuning.count, 7); /* as given, three of the noise, three of the levels */
    assert_string_equal(tuning.trials[0].changes, "");
    assert_true(sn_tuning_trial_is_whole(&tuning.trials[0]));
    for (int t = 0; t < tuning.count; t++) tuning.trials[t].seconds = tuning.seconds = 0;
    if (pass == 1) assert_memory_equal(&tuning, &first, sizeof tuning);
    first = tuning;
    char chosen[SN_CHANGES_TEXT];
    sn_candidate_text(sn_tuner_settings(tuner), &settings, chosen);
    assert_string_equal(chosen, tuning.trials[tuning.chosen].changes);
  }
  sn_dataset_free(&dataset);
}

static void test_time_is_over(void **state) {
  (void)state;
  SnSettings settings = tiny_settings();
  SnDataset dataset = open_photographs();
  int64_t trials;
  SnTuner *tuner = sn_tuner_new(&settings, &dataset, &(SnTunerOptions){.seconds = 1e-9, .fixed = fixed});
  finish(tuner, &trials);
  assert_int_equal(trials, 0);
  assert_true(sn_settings_agree(sn_tuner_settings(tuner), &settings, ~0u));
  sn_dataset_free(&dataset);
}

/* Ended after any of its first events, it leaves nothing behind: the sanitizers would say so. */
static void test_given_up(void **state) {
  (void)state;
  SnSettings settings = tiny_settings();
  SnDataset dataset = open_photographs();
  for (int events = 0; events < 24; events += 3) {
    SnScope *inner = sn_scope_open();
    SnTuner *tuner = sn_tuner_new(&settings, &dataset, &(SnTunerOptions){.seconds = FOREVER, .fixed = fixed});
    SnTunerEvent event;
    for (int i = 0; i < events; i++) assert_true(sn_tuner_next(tuner, &event));
    assert_false(sn_tuner_is_done(tuner));
    sn_scope_close(inner);
  }
  expect_no_error();
  sn_dataset_free(&dataset);
}

/* A photograph that cannot be read ends it, or is left out; and some are not enough. */
static void test_photographs(void **state) {
  (void)state;
  write_text(folder, "4.png", "no picture");
  SnSettings settings = tiny_settings();
  SnDataset dataset = open_photographs();
  SnTunerOptions options = {.seconds = FOREVER, .fixed = (const char *[]){"epochs", "resize", "levels", "sigma", NULL}};
  SnTunerEvent event;
  SnTuner *tuner = sn_tuner_new(&settings, &dataset, &options);
  while (sn_tuner_next(tuner, &event)) continue;
  expect_error("4.png");
  SnNames skipped = {0};
  int64_t trials, held_out, damaged;
  options.skipped = &skipped;
  tuner = sn_tuner_new(&settings, &dataset, &options);
  finish(tuner, &trials);
  sn_tuner_counts(tuner, &held_out, &damaged);
  assert_int_equal(trials, 1); /* nothing is left to be tried */
  assert_int_equal(skipped.count, 1);
  assert_int_equal(held_out, 2); /* a third of eight */
  assert_int_equal(damaged, 24);
  assert_int_equal(dataset.train.count, IMAGES);
  sn_names_free(&skipped);
  dataset.train.count -= 4;
  assert_null(sn_tuner_new(&settings, &dataset, &options));
  expect_error("at least 6");
  dataset.train.count += 4;
  SnSettings plain = test_settings(&sn_mean_image, NULL);
  assert_null(sn_tuner_new(&plain, &dataset, &options));
  expect_error("mean_image");
  sn_dataset_free(&dataset);
  write_photographs();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_candidates, begin, end),
      cmocka_unit_test_setup_teardown(test_tables_of_methods, begin, end),
      cmocka_unit_test_setup_teardown(test_noise, begin, end),
      cmocka_unit_test_setup_teardown(test_table, begin, end),
      cmocka_unit_test_setup_teardown(test_splits, begin, end),
      cmocka_unit_test_setup_teardown(test_tuner, begin, end),
      cmocka_unit_test_setup_teardown(test_time_is_over, begin, end),
      cmocka_unit_test_setup_teardown(test_given_up, begin, end),
      cmocka_unit_test_setup_teardown(test_photographs, begin, end),
  };
  return cmocka_run_group_tests(tests, make_photographs, remove_photographs);
}
