#include "cli/study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/backend.h"
#include "base/number.h"
#include "base/temporary_memory.h"
#include "cli/children.h"
#include "cli/memory_option.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "studies/cost.h"
#include "tensor/tensor.h"

enum { MESSAGE_COST, MESSAGE_PROGRESS, MESSAGE_TRIAL };

/* Variants that share their features. */
typedef struct Group {
  const SnVariant **variants;
  int64_t *numbers; /* of the variants in the study */
  int64_t count;
  SnCost *costs; /* of each variant */
  SnCost cost;   /* the most of any */
} Group;

/* What one child does: a group's trials on one category, as far as they are wanted. */
typedef struct Item {
  const Group *group;
  int64_t category;
  double predicted, done; /* seconds of all threads */
} Item;

typedef struct Work {
  const SnStudyRun *run;
  SnStudy *study;
  Group *groups;
  int64_t group_count, item_count, failed, trials, trials_done;
  Item *items;
  double memory; /* bytes that one child may take */
  SnProgressBar bar;
} Work;

static bool stands(const Work *work, int64_t v, int64_t c, int64_t s) { return sn_trial_stands(work->run, v, c, s); }

static int64_t tests_of(const Work *work, const SnStudyCategory *category) {
  return work->run->untested ? 0 : category->test_images;
}

static double features_memory(const Work *work, const Item *item) {
  const SnStudyCategory *category = &work->study->categories[item->category];
  return item->group->cost.bytes * (double)(category->train_images + tests_of(work, category));
}

static double memory_of(const Work *work, const Item *item) {
  const SnStudyCategory *category = &work->study->categories[item->category];
  return sn_cost_memory(&item->group->cost, category->train_images, tests_of(work, category),
                        item->group->variants[0]->settings.crop);
}

/* What of it is left to the features; those that do not fit lie in files. */
static double room_for_features(const Work *work, const Item *item) {
  return fmax(0, work->memory - (memory_of(work, item) - features_memory(work, item)));
}

/* ---- in the child ---- */

typedef struct Listener {
  const Work *work;
  const Item *item;
  int descriptor;
  double before, last; /* predicted seconds done before the present part; when it was told last */
  char checkpoint[1024];
} Listener;

static bool tell(Listener *listener, double seconds) {
  double now = sn_seconds();
  if (now - listener->last > 0.2) {
    sn_child_send(listener->descriptor, &(SnMessage){MESSAGE_PROGRESS, {listener->before + seconds}});
    listener->last = now;
  }
  return !sn_interrupted();
}

static double share_of(double all, int64_t done, int64_t total) {
  return total > 0 ? all * (double)done / (double)total : 0;
}

static const SnStudyCategory *category_of(const Listener *listener) {
  return &listener->work->study->categories[listener->item->category];
}

static double trial_cost(const Work *work, const Group *group, int64_t variant, const SnStudyCategory *category) {
  return sn_cost_of_trial(&group->costs[variant], category->train_images, tests_of(work, category),
                          group->variants[variant]->settings.epochs, work->study->eval_every);
}

static double features_cost(const Work *work, const Group *group, const SnStudyCategory *category) {
  return sn_cost_of_features(&group->cost, category->train_images, tests_of(work, category));
}

static bool show_features(void *context, int64_t done, int64_t total) {
  Listener *listener = context;
  return tell(listener,
              share_of(features_cost(listener->work, listener->item->group, category_of(listener)), done, total));
}

static bool is_wanted(void *context, int64_t variant, int64_t seed) {
  const Listener *listener = context;
  return !stands(listener->work, listener->item->group->numbers[variant], listener->item->category, seed);
}

static const char *checkpoint_of(void *context, int64_t variant, int64_t seed) {
  Listener *listener = context;
  const Item *item = listener->item;
  char *folder = sn_study_trial_folder(listener->work->study, item->group->numbers[variant], item->category, seed);
  bool made = folder && sn_make_directories(folder);
  int length =
      made ? snprintf(listener->checkpoint, sizeof listener->checkpoint, "%s/checkpoint.safetensors", folder) : 0;
  if (made && length >= (int)sizeof listener->checkpoint) sn_fail("%s: the path is too long", folder);
  free(folder);
  return sn_ok() ? listener->checkpoint : NULL;
}

static bool show_step(void *context, int64_t variant, int64_t seed, int64_t done, int64_t total) {
  Listener *listener = context;
  double features = features_cost(listener->work, listener->item->group, category_of(listener));
  (void)seed;
  if (listener->before == 0) listener->before = features;
  return tell(listener,
              share_of(trial_cost(listener->work, listener->item->group, variant, category_of(listener)), done, total));
}

static bool finish_trial(void *context, const SnTrial *trial) {
  Listener *listener = context;
  const Item *item = listener->item;
  int64_t variant = item->group->numbers[trial->variant];
  if (!sn_write_trial(listener->work->run, variant, item->category, trial->seed, trial)) return false;
  listener->before += trial_cost(listener->work, item->group, trial->variant, category_of(listener));
  sn_child_send(listener->descriptor,
                &(SnMessage){MESSAGE_TRIAL, {listener->before, (double)variant, (double)trial->seed}});
  return true;
}

static bool use_device(const Work *work) {
  SnDeviceTexts device = work->run->texts->device;
  device.threads = NULL;
  if (!sn_use_device(&device)) return false;
  if (sn_device()->set_threads) sn_device()->set_threads(work->study->threads);
  return true;
}

static int run_item(void *context, int64_t number, int descriptor) {
  const Work *work = context;
  const Item *item = &work->items[number];
  const SnStudy *study = work->study;
  SnDataset dataset;
  bool done = false;
  if (use_device(work) &&
      sn_dataset_open(study->data, study->categories[item->category].name, study->layout, &dataset)) {
    Listener listener = {.work = work, .item = item, .descriptor = descriptor};
    SnLargeMemory memory = {.limit = room_for_features(work, item)};
    SnExperiment experiment = {&dataset,          item->group->variants, item->group->count,  study->seeds,
                               study->seed_count, study->eval_every,     work->run->untested, &memory};
    SnExperimentListener hooks = {&listener, show_features, is_wanted, checkpoint_of, show_step, finish_trial};
    done = sn_experiment_run(&experiment, &hooks);
    sn_dataset_free(&dataset);
  }
  if (done) return SN_EXIT_OK;
  if (sn_ok()) return SN_EXIT_INTERRUPTED;
  sn_message("simplenet: %s: %s\n", study->categories[item->category].name, sn_error());
  return SN_EXIT_FAILURE;
}

/* Of variants that share their features. */
static bool cost_the_same(const SnSimpleNetSettings *a, const SnSimpleNetSettings *b) {
  return a->levels == b->levels && a->grid_level == b->grid_level && a->adaptor_depth == b->adaptor_depth;
}

/* The device is used by children only: some cannot be used on both sides of a fork. */
static int measure_group(void *context, int64_t number, int descriptor) {
  const Work *work = context;
  const Group *group = &work->groups[number];
  SnCost cost;
  bool needed = false;
  for (int64_t i = 0; i < work->item_count; i++) needed |= work->items[i].group == group;
  if (!needed) return SN_EXIT_OK;
  if (!use_device(work)) return sn_report_error();
  for (int64_t i = 0; i < group->count; i++) {
    const SnVariant *variant = group->variants[i];
    bool known = i > 0 && cost_the_same(&variant->settings, &group->variants[i - 1]->settings);
    if (!known && !sn_measure_cost(variant, &cost)) return sn_report_error();
    sn_child_send(
        descriptor,
        &(SnMessage){MESSAGE_COST, {cost.feature, cost.training, cost.test, cost.bytes, cost.fixed, (double)i}});
  }
  return SN_EXIT_OK;
}

/* ---- in the parent ---- */

static void hear_cost(void *context, int64_t number, const SnMessage *message) {
  Work *work = context;
  const double *values = message->values;
  Group *group = &work->groups[number];
  SnCost cost = {values[0], values[1], values[2], values[3], values[4]}, *most = &group->cost;
  group->costs[(int64_t)values[5]] = cost;
  *most = (SnCost){fmax(most->feature, cost.feature), fmax(most->training, cost.training), fmax(most->test, cost.test),
                   fmax(most->bytes, cost.bytes), fmax(most->fixed, cost.fixed)};
}

static void print_trial(Work *work, int64_t v, int64_t c, int64_t s) {
  SnStudy *study = work->study;
  if (!work->run->untested && !sn_study_read_result(study, v, c, s)) {
    sn_report_error();
    sn_clear_error();
    return;
  }
  const SnTrialResult *result = sn_study_result(study, v, c, s);
  sn_progress_clear(&work->bar);
  sn_print("%lld/%lld  ", (long long)work->trials_done, (long long)work->trials);
  if (study->variant_count > 1) sn_print("%s  ", study->variants[v].label);
  sn_print("%s, seed %lld", study->categories[c].name, (long long)study->seeds[s]);
  if (!work->run->untested)
    sn_print(":  last epoch %.2f / %.2f, best on test %.2f / %.2f (epoch %lld), AU-PRO %.2f", 100 * result->image_auroc,
             100 * result->pixel_auroc, 100 * result->best_image_auroc, 100 * result->best_pixel_auroc,
             (long long)result->best_epoch, 100 * result->au_pro);
  if (!work->run->untested) sn_print(", %.1f s, %.0f MB", result->seconds, result->peak_memory / 1e6);
  sn_print("\n");
  sn_terminal_flush();
}

static void hear_item(void *context, int64_t number, const SnMessage *message) {
  Work *work = context;
  Item *item = &work->items[number];
  item->done = fmin(message->values[0], item->predicted);
  if (message->kind == MESSAGE_TRIAL) {
    work->trials_done++;
    print_trial(work, (int64_t)message->values[1], item->category, (int64_t)message->values[2]);
  }
  double done = 0, all = 0;
  for (int64_t i = 0; i < work->item_count; i++) {
    done += work->items[i].done;
    all += work->items[i].predicted;
  }
  if (all > 0) sn_progress_show(&work->bar, (int64_t)(1000 * done / all), 1000);
}

static void end_measuring(void *context, int64_t number, int status) {
  Work *work = context;
  (void)number;
  if (status != SN_EXIT_OK) work->failed++;
}

static void end_item(void *context, int64_t number, int status) {
  Work *work = context;
  work->items[number].done = work->items[number].predicted;
  if (status != SN_EXIT_OK) work->failed++;
}

static bool make_groups(Work *work) {
  SnStudy *study = work->study;
  work->groups = sn_scope_allocate(study->variant_count, sizeof *work->groups, NULL);
  for (int64_t v = 0; v < study->variant_count && sn_ok(); v++) {
    int64_t g = 0;
    while (g < work->group_count && !sn_variants_share_features(work->groups[g].variants[0], &study->variants[v])) g++;
    Group *group = &work->groups[g];
    if (g == work->group_count) {
      work->group_count++;
      group->variants = sn_scope_allocate(study->variant_count, sizeof *group->variants, NULL);
      group->numbers = sn_scope_allocate(study->variant_count, sizeof *group->numbers, NULL);
      group->costs = sn_scope_allocate(study->variant_count, sizeof *group->costs, NULL);
    }
    if (!sn_ok()) return false;
    group->variants[group->count] = &study->variants[v];
    group->numbers[group->count++] = v;
  }
  return sn_ok();
}

/* Trials of a group on a category that are not there yet. */
static int64_t count_missing(const Work *work, const Group *group, int64_t category) {
  int64_t missing = 0;
  for (int64_t i = 0; i < group->count; i++)
    for (int64_t s = 0; s < work->study->seed_count; s++) missing += !stands(work, group->numbers[i], category, s);
  return missing;
}

static bool make_items(Work *work) {
  SnStudy *study = work->study;
  work->items = sn_scope_allocate(work->group_count * study->category_count, sizeof *work->items, NULL);
  for (int64_t g = 0; g < work->group_count && sn_ok(); g++)
    for (int64_t c = 0; c < study->category_count; c++)
      if (count_missing(work, &work->groups[g], c) > 0) {
        work->items[work->item_count++] = (Item){.group = &work->groups[g], .category = c};
        work->trials += count_missing(work, &work->groups[g], c);
      }
  return sn_ok();
}

static void predict(Work *work) {
  for (int64_t i = 0; i < work->item_count; i++) {
    Item *item = &work->items[i];
    const SnStudyCategory *category = &work->study->categories[item->category];
    item->predicted = features_cost(work, item->group, category);
    for (int64_t v = 0; v < item->group->count; v++)
      for (int64_t s = 0; s < work->study->seed_count; s++)
        if (!stands(work, item->group->numbers[v], item->category, s))
          item->predicted += trial_cost(work, item->group, v, category);
  }
}

/* Whether kernels of the device share the threads and the memory of this machine. */
static bool is_host(const char *device) {
  const SnBackend *backend = sn_backend_find(device ? device : "cpu");
  return backend && !backend->copy_to_host;
}

/* As many at a time as the memory holds of the largest. */
static bool choose_jobs(Work *work) {
  const SnStudyTexts *texts = work->run->texts;
  SnStudy *study = work->study;
  int threads = study->threads;
  int64_t jobs = is_host(texts->device.device) ? threads : 1;
  double budget, largest = 0;
  if (!sn_read_jobs(texts->jobs, &jobs)) return false;
  if (!sn_read_memory(texts->memory, &budget)) return false;
  for (int64_t i = 0; i < work->item_count; i++) largest = fmax(largest, memory_of(work, &work->items[i]));
  if (largest > budget && !is_host(texts->device.device))
    return sn_fail(
        "a category needs about %.1f GB of memory, and %.1f GB may be used (--memory): a smaller --crop, "
        "backbone or set of levels takes less",
        largest / 1e9, budget / 1e9);
  if (jobs > work->item_count) jobs = work->item_count;
  while (jobs > 1 && (double)jobs * largest > budget) jobs--;
  work->memory = budget / (double)jobs;
  study->jobs = (int)jobs;
  study->threads = threads / study->jobs > 1 ? threads / study->jobs : 1;
  return true;
}

/* What one seed on all of MVTec AD would take with the settings at hand. */
static void print_mvtec(const Work *work) {
  const Group *group = work->items[0].group;
  int64_t train = 0, test = 0, papers = 0;
  char text[SN_DURATION_TEXT];
  for (int64_t c = 0; c < work->study->category_count; c++) papers += work->study->categories[c].is_papers;
  if (papers == SN_PAPER_CATEGORIES) return;
  for (int i = 0; i < SN_PAPER_CATEGORIES; i++) {
    train += sn_paper_categories[i].train_images;
    test += sn_paper_categories[i].test_images;
  }
  int64_t epochs = group->variants[0]->settings.epochs;
  sn_duration_text(sn_cost_of_features(&group->cost, train, test) +
                       sn_cost_of_trial(&group->cost, train, test, epochs, work->study->eval_every),
                   text);
  sn_print("the complete MVTec AD, %lld images, with one seed and %lld epochs; predicted: %s\n",
           (long long)(train + test), (long long)epochs, text);
}

static void print_prediction(const Work *work) {
  double seconds = 0, largest = 0;
  int64_t in_files = 0;
  char text[SN_DURATION_TEXT];
  for (int64_t i = 0; i < work->item_count; i++) {
    seconds += work->items[i].predicted;
    largest = fmax(largest, memory_of(work, &work->items[i]));
  }
  if (work->item_count > 0 && work->run->later_images > 0) {
    const SnCost *cost = &work->items[0].group->cost;
    int64_t detectors = work->study->category_count * work->study->seed_count;
    seconds += (double)work->run->later_images * (cost->feature + (double)detectors * cost->test);
  }
  sn_duration_text(seconds, text);
  sn_print("%s: %lld trainings to do, %d categor%s at a time with %d thread%s each; predicted: %s, %.1f GB at a time\n",
           work->study->name, (long long)work->trials, work->study->jobs, work->study->jobs == 1 ? "y" : "ies",
           work->study->threads, work->study->threads == 1 ? "" : "s", text, work->study->jobs * largest / 1e9);
  for (int64_t i = 0; i < work->item_count; i++)
    if (features_memory(work, &work->items[i]) > room_for_features(work, &work->items[i])) in_files++;
  if (in_files > 0)
    sn_print(
        "features of %lld of %lld categories do not fit in %.1f GB (--memory): they lie in temporary files in %s\n",
        (long long)in_files, (long long)work->item_count, work->memory / 1e9, sn_temporary_folder());
  if (work->run->tells_mvtec) print_mvtec(work);
  sn_terminal_flush();
}

static bool read_results(Work *work) {
  SnStudy *study = work->study;
  for (int64_t v = 0; v < study->variant_count; v++)
    for (int64_t c = 0; c < study->category_count; c++)
      for (int64_t s = 0; s < study->seed_count; s++)
        if (!sn_study_read_result(study, v, c, s)) return false;
  return true;
}

static bool run_missing(Work *work) {
  SnChildren measuring = {measure_group, hear_cost, end_measuring, work},
             running = {run_item, hear_item, end_item, work};
  if (!sn_children_run(&measuring, work->group_count, 1) || work->failed > 0 || sn_interrupted()) return false;
  predict(work);
  if (!choose_jobs(work)) return false;
  print_prediction(work);
  work->bar = sn_progress_begin(work->study->name);
  sn_children_run(&running, work->item_count, work->study->jobs);
  sn_progress_clear(&work->bar);
  return sn_ok() && work->failed == 0;
}

static bool choose_threads(const SnStudyTexts *texts, SnStudy *study) {
  const SnBackend *device = sn_backend_find(texts->device.device ? texts->device.device : "cpu");
  if (!device) return sn_set_device(texts->device.device);
  int64_t threads = device->threads();
  if (!sn_read_threads(texts->device.threads, &threads)) return false;
  study->threads = (int)threads;
  study->jobs = 1;
  return true;
}

int sn_run_study(const SnStudyRun *run) {
  Work work = {.run = run, .study = run->study};
  double start = sn_seconds();
  sn_catch_interrupts();
  if (!sn_check_study_outputs(run) || !choose_threads(run->texts, run->study) ||
      (!run->untested && !read_results(&work)) || !make_groups(&work) || !make_items(&work))
    return sn_report_error();
  bool done = work.item_count == 0 || run_missing(&work);
  run->study->seconds = sn_seconds() - start;
  if (!sn_ok()) return sn_report_error();
  if (sn_interrupted()) {
    sn_message("simplenet: interrupted; the same command goes on where it stopped\n");
    return SN_EXIT_INTERRUPTED;
  }
  if (!done)
    sn_message("simplenet: %lld categories failed; the same command tries them again\n", (long long)work.failed);
  if (!run->untested && !read_results(&work)) return sn_report_error();
  return done ? SN_EXIT_OK : SN_EXIT_FAILURE;
}
