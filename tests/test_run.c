/* A run, pulled: its events in order; stopped after any step, suspended and resumed, it ends with the same bits. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "anomaly/checkpoint.h"
#include "anomaly/run.h"
#include "base/file.h"
#include "models/mean_image/mean_image.h"
#include "models/simplenet/failure_signs.h"
#include "models/simplenet/simplenet.h"
#include "tensor/safetensors.h"
#include "tests/support/comparison.h"
#include "tests/support/image_files.h"
#include "tests/support/models.h"
#include "tests/support/state_dicts.h"

enum { TRAIN = 5, GOOD = 3, DEFECTIVE = 3, EPOCHS = 3, STEPS = 3 /* of an epoch, in batches of 2 */ };

typedef struct Fixture {
  SnScope *scope;
  char *folder, checkpoint[512];
  SnDataset dataset;
} Fixture;

static Fixture fixture;

static void write_photographs(const char *folder) {
  char name[64];
  for (int i = 0; i < TRAIN; i++) {
    snprintf(name, sizeof name, "thing/train/good/%d.png", i);
    write_halves(folder, name, 80, 70, (uint8_t)(90 + 9 * i), (uint8_t)(140 - 7 * i));
  }
  for (int i = 0; i < GOOD; i++) {
    snprintf(name, sizeof name, "thing/test/good/%d.png", i);
    write_halves(folder, name, 80, 70, (uint8_t)(95 + 9 * i), (uint8_t)(133 - 7 * i));
  }
  for (int i = 0; i < DEFECTIVE; i++) {
    snprintf(name, sizeof name, "thing/test/half/%d.png", i);
    write_halves(folder, name, 80, 70, 110, (uint8_t)(170 + 20 * i));
    snprintf(name, sizeof name, "thing/ground_truth/half/%d_mask.png", i);
    write_halves(folder, name, 80, 70, 0, 255);
  }
}

static int make_photographs(void **state) {
  (void)state;
  fixture.folder = make_folder();
  snprintf(fixture.checkpoint, sizeof fixture.checkpoint, "%s/checkpoint.safetensors", fixture.folder);
  write_photographs(fixture.folder);
  return sn_dataset_open(fixture.folder, "thing", NULL, &fixture.dataset) ? 0 : -1;
}

static int remove_photographs(void **state) {
  (void)state;
  sn_dataset_free(&fixture.dataset);
  remove_folder(fixture.folder);
  return 0;
}

static int begin(void **state) {
  (void)state;
  sn_clear_error();
  fixture.scope = sn_scope_open();
  return 0;
}

static int end(void **state) {
  (void)state;
  sn_clear_error();
  sn_scope_close(fixture.scope);
  if (sn_is_file(fixture.checkpoint)) sn_file_remove(fixture.checkpoint);
  return 0;
}

static SnSettings settings_of(const SnMethod *method) {
  SnSettings settings = test_settings(method, method == &sn_simplenet ? "paper" : NULL);
  test_set(&settings, "resize", "64");
  test_set(&settings, "crop", "64");
  if (method->groups & SN_GROUP_FEATURES) test_set(&settings, "backbone", "embedded");
  if (method->groups & SN_GROUP_TRAINING) {
    test_set(&settings, "epochs", "3");
    test_set(&settings, "batch", "2");
  }
  if (method == &sn_simplenet) {
    test_set(&settings, "hidden", "16");
    test_set(&settings, "discriminator-rate", "0.01");
    test_set(&settings, "cosine", "to-zero");
  }
  return settings;
}

static SnRun *new_run(const SnMethod *method, const SnRunOptions *options) {
  SnSettings settings = settings_of(method);
  SnModel *model = sn_model_new(&settings, NULL);
  SnRun *run = model ? sn_run_new(model, &fixture.dataset, options) : NULL;
  expect_no_error();
  return run;
}

static void finish(SnRun *run) {
  SnRunEvent event;
  while (sn_run_next(run, &event)) continue;
  expect_no_error();
  assert_true(sn_run_is_done(run));
}

/* ---- events ---- */

/* The events of features: all images, a batch of eight at most at a time, from none to all. */
static void expect_features(SnRun *run) {
  SnRunEvent event;
  int64_t done = 0;
  assert_true(sn_run_next(run, &event));
  assert_true(event.kind == SN_RUN_FEATURES && event.done == 0);
  while (event.kind == SN_RUN_FEATURES) {
    assert_int_equal(event.total, TRAIN + GOOD + DEFECTIVE);
    assert_in_range(event.done, done, event.total);
    done = event.done;
    assert_false(sn_run_is_done(run));
    assert_true(sn_run_next(run, &event));
  }
  assert_int_equal(done, TRAIN + GOOD + DEFECTIVE);
  assert_true(event.kind == SN_RUN_READY && event.epoch == 0);
}

static void events_of_epochs(void **state) {
  (void)state;
  SnRun *run = new_run(&sn_simplenet, &(SnRunOptions){.eval_every = 2});
  expect_features(run);
  SnRunEvent event;
  for (int64_t done = 1; done <= EPOCHS * STEPS; done++) {
    assert_false(sn_run_is_done(run));
    assert_true(sn_run_next(run, &event));
    assert_true(event.done == done && event.total == EPOCHS * STEPS);
    assert_int_equal(event.epoch, done / STEPS);
    assert_int_equal(event.kind, done % STEPS == 0 ? SN_RUN_EPOCH : SN_RUN_STEP);
    if (event.kind != SN_RUN_EPOCH) continue;
    assert_ptr_equal(event.row, &run->rows[event.epoch - 1]);
    assert_int_equal(event.row->epoch, event.epoch);
    assert_true(event.row->columns[0] > 0 && event.row->seconds > 0);
    assert_int_equal(event.evaluation != NULL, event.epoch >= 2); /* after 2 epochs, and after the last */
  }
  assert_true(sn_run_is_done(run));
  assert_false(sn_run_next(run, &event));
  assert_false(sn_run_suspend(run));
  expect_no_error();
}

/* A method without epochs ends one, with its last step. */
static void events_of_every_method(void **state) {
  (void)state;
  for (int m = 0; sn_methods[m]; m++) {
    SnRun *run = new_run(sn_methods[m], &(SnRunOptions){.eval_every = 1});
    expect_features(run);
    SnRunEvent event = {.done = 0};
    int64_t epochs = 0, done = 0;
    while (sn_run_next(run, &event)) {
      assert_int_equal(event.done, ++done);
      if (event.kind != SN_RUN_EPOCH) continue;
      assert_int_equal(event.epoch, ++epochs);
      assert_non_null(event.evaluation);
    }
    expect_no_error();
    assert_true(sn_run_is_done(run));
    assert_int_equal(done, event.total);
    assert_int_equal(event.kind, SN_RUN_EPOCH);
    assert_int_equal(epochs, sn_methods[m]->groups & SN_GROUP_TRAINING ? EPOCHS : 1);
    SnTestResult *test = sn_run_test(run, SN_SELECT_LAST, NULL);
    if (!test) fail_msg("%s: %s", sn_methods[m]->name, sn_error());
    assert_int_equal(test->image_count, GOOD + DEFECTIVE);
    assert_true(isfinite(run->model->calibration.low) && isfinite(run->model->calibration.image_threshold));
    assert_true(test->evaluation.image_auroc.value == run->evaluation.image_auroc.value);
  }
}

/* After any event, also while features are computed: nothing is left behind, and nothing is an error. */
static void a_run_can_be_left_at_any_event(void **state) {
  (void)state;
  for (int m = 0; sn_methods[m]; m++) {
    bool done = false;
    for (int events = 0; !done; events++) {
      SnScope *scope = sn_scope_open();
      SnRun *run = new_run(sn_methods[m], &(SnRunOptions){.eval_every = 0});
      SnRunEvent event;
      for (int i = 0; i < events && sn_run_next(run, &event); i++) continue;
      done = sn_run_is_done(run);
      assert_false(sn_run_suspend(run)); /* it has no checkpoint */
      expect_no_error();
      sn_scope_close(scope);
    }
  }
}

static void what_cannot_be_read_is_an_error_or_skipped(void **state) {
  (void)state;
  char *folder = make_folder();
  write_photographs(folder);
  write_text(folder, "thing/train/good/2.png", "no picture");
  write_text(folder, "thing/test/half/0.png", "no picture");
  for (int skip = 0; skip < 2; skip++) {
    SnDataset dataset;
    assert_true(sn_dataset_open(folder, "thing", NULL, &dataset));
    SnSettings settings = settings_of(&sn_simplenet);
    SnRun *run = sn_run_new(sn_model_new(&settings, NULL), &dataset, &(SnRunOptions){.skip_broken = skip == 1});
    SnRunEvent event;
    while (sn_run_next(run, &event)) continue;
    assert_int_equal(sn_run_is_done(run), skip);
    if (skip == 0) {
      assert_false(sn_run_next(run, &event));
      assert_error("good/2.png");
      assert_false(sn_run_suspend(run));
    } else {
      expect_no_error();
      assert_int_equal(run->skipped->count, 2);
      assert_true(dataset.train.count == TRAIN - 1 && dataset.test.count == GOOD + DEFECTIVE - 1);
      SnTestResult *test = sn_run_test(run, SN_SELECT_LAST, NULL);
      assert_true(test && test->image_count == GOOD + DEFECTIVE - 1);
    }
    sn_dataset_free(&dataset);
  }
  remove_folder(folder);
}

/* ---- suspended and resumed ---- */

/* What a run ends with. */
typedef struct Result {
  int64_t numbers;
  float *head; /* [numbers] */
  SnEpochRow rows[EPOCHS];
  int64_t best_epoch;
  double best;
  SnTestResult *test;
} Result;

static Result result_of(SnRun *run) {
  Result result = {.best_epoch = run->best_epoch, .best = run->best.image_auroc.value};
  result.head = test_bits(&run->model->head, &result.numbers);
  memcpy(result.rows, run->rows, (size_t)run->epoch * sizeof *run->rows);
  for (int64_t i = 0; i < run->epoch; i++) result.rows[i].seconds = 0; /* the one thing that differs */
  result.test = sn_run_test(run, SN_SELECT_BEST_TEST, NULL);
  expect_no_error();
  return result;
}

static void expect_same_result(const Result *found, const Result *expected) {
  size_t images = (size_t)expected->test->image_count;
  assert_int_equal(found->numbers, expected->numbers);
  assert_memory_equal(found->head, expected->head, (size_t)expected->numbers * sizeof(float));
  assert_memory_equal(found->rows, expected->rows, sizeof expected->rows);
  assert_int_equal(found->best_epoch, expected->best_epoch);
  assert_true(found->best == expected->best);
  assert_memory_equal(found->test->image_scores, expected->test->image_scores, images * sizeof(float));
  assert_memory_equal(found->test->maps, expected->test->maps, images * 64 * 64 * sizeof(float));
}

static SnRunOptions resuming(bool resume) {
  return (SnRunOptions){.eval_every = 1,
                        .keep_best = true,
                        .checkpoint = fixture.checkpoint,
                        .checkpoint_seconds = 1e9,
                        .resume = resume};
}

/* Takes events until so many steps are done; as many as the fit has taken. */
static void take_steps(SnRun *run, int64_t steps) {
  SnRunEvent event = {.kind = SN_RUN_FEATURES};
  while (event.kind != SN_RUN_READY || event.done < steps) {
    assert_true(sn_run_next(run, &event));
    if (event.kind != SN_RUN_READY && event.kind != SN_RUN_FEATURES && event.done == steps) return;
    if (event.kind == SN_RUN_READY && steps == 0) return;
  }
}

/* The state goes through the file, and what was fitted goes with its scope. */
static void resumed_after_any_step(void **state) {
  (void)state;
  SnRunOptions options = resuming(false);
  SnRun *whole = new_run(&sn_simplenet, &options);
  finish(whole);
  assert_false(sn_is_file(fixture.checkpoint));
  Result expected = result_of(whole);
  for (int64_t steps = 0; steps < EPOCHS * STEPS; steps++) {
    SnScope *scope = sn_scope_open();
    options = resuming(false);
    SnRun *run = new_run(&sn_simplenet, &options);
    take_steps(run, steps);
    assert_true(sn_run_suspend(run));
    sn_scope_close(scope);

    scope = sn_scope_open();
    options = resuming(true);
    run = new_run(&sn_simplenet, &options);
    SnRunEvent event;
    do assert_true(sn_run_next(run, &event));
    while (event.kind != SN_RUN_READY);
    assert_int_equal(event.epoch, steps / STEPS);
    int64_t done = steps;
    while (sn_run_next(run, &event)) assert_int_equal(event.done, ++done);
    expect_no_error();
    assert_int_equal(done, EPOCHS * STEPS);
    Result found = result_of(run);
    expect_same_result(&found, &expected);
    sn_scope_close(scope);
    sn_file_remove(fixture.checkpoint);
  }
}

/* A training that decides on its way when the rates fall, and ends by itself. */
static SnRun *new_robust_run(bool resume) {
  SnSettings settings = test_settings(&sn_simplenet, "robust");
  test_set(&settings, "resize", "64");
  test_set(&settings, "crop", "64");
  test_set(&settings, "backbone", "embedded");
  test_set(&settings, "hidden", "16");
  test_set(&settings, "epochs", "4");
  SnModel *model = sn_model_new(&settings, NULL);
  SnRunOptions options = {.checkpoint = fixture.checkpoint, .checkpoint_seconds = 1e9, .resume = resume};
  SnRun *run = model ? sn_run_new(model, &fixture.dataset, &options) : NULL;
  expect_no_error();
  return run;
}

/* Stopped before the rates fall, while they do, and before the last step. */
static void resumed_where_rates_fall(void **state) {
  (void)state;
  static const int64_t stops[] = {30, 41, 79};
  int64_t numbers, found_numbers;
  SnRun *whole = new_robust_run(false);
  finish(whole);
  float *expected = test_bits(&whole->model->head, &numbers);
  assert_true(whole->epoch == 4 && strstr(whole->ending, "after 4 epochs"));
  for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
    SnScope *scope = sn_scope_open();
    SnRun *run = new_robust_run(false);
    take_steps(run, stops[i]);
    assert_true(sn_run_suspend(run));
    run = new_robust_run(true);
    finish(run);
    float *found = test_bits(&run->model->head, &found_numbers);
    assert_int_equal(found_numbers, numbers);
    assert_memory_equal(found, expected, (size_t)numbers * sizeof *found);
    assert_string_equal(run->ending, whole->ending);
    sn_scope_close(scope);
    sn_file_remove(fixture.checkpoint);
  }
}

/* Suspended after every single step. */
static void resumed_again_and_again(void **state) {
  (void)state;
  SnRunOptions options = resuming(false);
  SnRun *whole = new_run(&sn_simplenet, &options);
  finish(whole);
  Result expected = result_of(whole);
  for (bool done = false; !done;) {
    SnScope *scope = sn_scope_open();
    options = resuming(true);
    SnRun *run = new_run(&sn_simplenet, &options);
    SnRunEvent event;
    do assert_true(sn_run_next(run, &event));
    while (event.kind == SN_RUN_FEATURES || event.kind == SN_RUN_READY);
    done = sn_run_is_done(run);
    assert_int_equal(sn_run_suspend(run), !done);
    expect_no_error();
    if (done) {
      Result found = result_of(run);
      expect_same_result(&found, &expected);
    }
    sn_scope_close(scope);
  }
}

/* A checkpoint after an epoch, as time goes by, and what it holds; a run that was done is done when it is resumed. */
static void checkpoints_after_epochs(void **state) {
  (void)state;
  SnRunOptions options = resuming(false);
  options.checkpoint_seconds = 0;
  SnRun *run = new_run(&sn_simplenet, &options);
  SnRunEvent event;
  take_steps(run, STEPS - 1);
  assert_false(sn_is_file(fixture.checkpoint));
  assert_true(sn_run_next(run, &event) && event.kind == SN_RUN_EPOCH);
  assert_true(sn_is_file(fixture.checkpoint));
  SnStateDict *file = sn_safetensors_read(fixture.checkpoint);
  assert_string_equal(sn_state_dict_text(file, "method"), "simplenet");
  assert_string_equal(sn_state_dict_text(file, "epoch"), "1");
  assert_string_equal(sn_state_dict_text(file, "step"), "3");
  finish(run);
  Result expected = result_of(run);
  options.resume = true;
  SnRun *again = new_run(&sn_simplenet, &options);
  do assert_true(sn_run_next(again, &event));
  while (event.kind != SN_RUN_READY);
  assert_int_equal(event.epoch, EPOCHS);
  assert_true(sn_run_is_done(again));
  assert_false(sn_run_next(again, &event));
  Result found = result_of(again);
  expect_same_result(&found, &expected);
}

/* By the checkpoint of the last epoch, after which no step says anything again. */
static void what_was_told_is_kept(void **state) {
  (void)state;
  SnRun *run = new_robust_run(false);
  run->options.checkpoint_seconds = 0;
  strcpy(run->warning, "the noise is too small");
  finish(run);
  assert_true(run->ending[0] != '\0');
  SnRun *again = new_robust_run(true);
  finish(again);
  assert_string_equal(again->ending, run->ending);
  assert_string_equal(again->warning, "the noise is too small");
  sn_file_remove(fixture.checkpoint);
}

/* A checkpoint of other settings, images or weights is an error that names what differs. */
static void expect_other_run(const char *name, const char *value, const char *message) {
  SnScope *scope = sn_scope_open();
  SnSettings settings = settings_of(&sn_simplenet);
  test_set(&settings, name, value);
  SnRunOptions options = resuming(true);
  SnRun *run = sn_run_new(sn_model_new(&settings, NULL), &fixture.dataset, &options);
  SnRunEvent event;
  while (sn_run_next(run, &event)) assert_int_equal(event.kind, SN_RUN_FEATURES);
  assert_error(message);
  sn_scope_close(scope);
}

static void checkpoints_of_other_runs(void **state) {
  (void)state;
  SnRunOptions options = resuming(false);
  SnRun *run = new_run(&sn_simplenet, &options);
  take_steps(run, 2);
  assert_true(sn_run_suspend(run));
  expect_other_run("seed", "1", "was written with seed 0, and this run has 1");
  expect_other_run("crop", "48", "was written with crop 64, and this run has 48");
  expect_other_run("hidden", "17", "was written with hidden 16, and this run has 17");
  expect_other_run("levels", "1,2,3", "was written with levels 2,3, and this run has 1,2,3");
  int64_t count = fixture.dataset.train.count--;
  options.resume = true;
  SnRun *fewer = new_run(&sn_simplenet, &options);
  SnRunEvent event;
  while (sn_run_next(fewer, &event)) continue;
  fixture.dataset.train.count = count;
  assert_error("was written with training_images 5, and this run has 4");
}

/* A fit that cannot be resumed begins anew, whatever lies at the checkpoint's place. */
static void methods_that_cannot_be_resumed(void **state) {
  (void)state;
  assert_null(sn_mean_image.fit_save);
  SnRunOptions options = resuming(true);
  SnRun *whole = new_run(&sn_mean_image, &options);
  finish(whole);
  Result expected = result_of(whole);
  SnRun *run = new_run(&sn_mean_image, &options);
  take_steps(run, 2);
  assert_false(sn_run_suspend(run));
  expect_no_error();
  assert_false(sn_is_file(fixture.checkpoint));
  for (int i = 0; i < 2; i++) { /* without a checkpoint, and with one that names the method */
    SnRun *again = new_run(&sn_mean_image, &options);
    SnRunEvent event;
    do assert_true(sn_run_next(again, &event));
    while (event.kind != SN_RUN_READY);
    assert_int_equal(event.epoch, 0);
    finish(again);
    Result found = result_of(again);
    expect_same_result(&found, &expected);
    SnStateDict *file = sn_state_dict_new();
    sn_state_dict_add_text(file, "format", "simplenet.c checkpoint 3");
    sn_state_dict_add_text(file, "method", "mean_image");
    assert_true(sn_safetensors_write(fixture.checkpoint, file));
  }
}

/* On features that exist already, which the next run uses as well. */
static void a_run_on_features(void **state) {
  (void)state;
  SnRunOptions options = resuming(false);
  options.checkpoint = NULL;
  SnRun *first = new_run(&sn_simplenet, &options);
  finish(first);
  Result expected = result_of(first);
  SnSettings settings = settings_of(&sn_simplenet);
  SnModel *model = sn_model_new(&settings, NULL);
  SnRun *second =
      sn_run_on_features(model, &fixture.dataset, first->train_features, first->test_features, first->truth, &options);
  SnRunEvent event;
  assert_true(sn_run_next(second, &event) && event.kind == SN_RUN_READY);
  finish(second);
  Result found = result_of(second);
  expect_same_result(&found, &expected);
}

/* ---- signs of failure ---- */

static void a_fit_that_learns_nothing_says_so(void **state) {
  (void)state;
  SnSettings settings = settings_of(&sn_simplenet);
  test_set(&settings, "sigma", "1e-9");
  test_set(&settings, "epochs", "80");
  SnModel *model = sn_model_new(&settings, NULL);
  SnRun *run = model ? sn_run_new(model, &fixture.dataset, &(SnRunOptions){.eval_every = 0}) : NULL;
  expect_no_error();
  int64_t warnings = 0;
  for (SnRunEvent event; sn_run_next(run, &event);) {
    if (!event.warning) continue;
    assert_int_equal(event.epoch, ++warnings == 1 ? 67 : 80); /* after 200 steps, and at the end */
    assert_non_null(strstr(event.warning, "A larger --sigma than 1e-09"));
    assert_string_equal(run->warning, event.warning);
  }
  expect_no_error();
  assert_int_equal(warnings, 2);
}

static void signs_of_failure(void **state) {
  (void)state;
  static const struct {
    int64_t epoch, epochs, steps;
    SnTrainingResult average;
    const char *sentence;
  } cases[] = {
      {2, 40, 100, {1, 0, 0}, NULL}, /* it may still begin */
      {3, 40, 100, {1, 0, 0}, "after 3 epochs the loss is 1.000 and no score is beyond the margin"},
      {4, 40, 100, {1, 0, 0}, NULL}, /* said already */
      {40, 40, 100, {1, 0, 0}, "A larger --sigma than 0.5"},
      {3, 40, 7, {1, 0, 0}, NULL}, /* too few steps to judge */
      {29, 40, 7, {1, 0, 0}, "after 29 epochs"},
      {3, 40, 100, {0.9, 0, 0.2}, NULL}, /* it has begun */
      {3, 40, 7, {0.0004, 1, 1}, "A smaller --sigma may help"},
      {9, 40, 7, {0.0004, 1, 1}, NULL}, /* as it should be */
      {3, 40, 100, {0.2, 0.8, 0.8}, NULL},
  };
  SnSimpleNetSettings own = {.sigma = 0.5};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[SN_FAILURE_SIGN] = "";
    bool failing = sn_failure_sign(&own, cases[i].epoch, cases[i].epochs, cases[i].steps, &cases[i].average, text);
    if (failing != (cases[i].sentence != NULL)) fail_msg("case %d: '%s'", (int)i, text);
    if (failing && !strstr(text, cases[i].sentence)) fail_msg("'%s' does not say '%s'", text, cases[i].sentence);
  }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(events_of_epochs),
      TEST(events_of_every_method),
      TEST(a_run_can_be_left_at_any_event),
      TEST(what_cannot_be_read_is_an_error_or_skipped),
      TEST(resumed_after_any_step),
      TEST(resumed_where_rates_fall),
      TEST(resumed_again_and_again),
      TEST(checkpoints_after_epochs),
      TEST(what_was_told_is_kept),
      TEST(checkpoints_of_other_runs),
      TEST(methods_that_cannot_be_resumed),
      TEST(a_run_on_features),
      TEST(a_fit_that_learns_nothing_says_so),
      TEST(signs_of_failure),
  };
  return cmocka_run_group_tests(tests, make_photographs, remove_photographs);
}
