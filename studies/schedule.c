#include "studies/schedule.h"

#include <math.h>
#include <stdlib.h>

#include "backends/backend.h"
#include "base/file.h"
#include "tensor/tensor.h"

bool sn_study_use_device(const SnStudyOptions *options, int64_t threads) {
  if (options->device && !sn_set_device(options->device)) return false;
  if (threads > 0 && sn_device()->set_threads) sn_device()->set_threads((int)threads);
  return !options->precision || sn_set_precision(options->precision);
}

bool sn_trial_exists(const SnStudy *study, int64_t variant, int64_t category, int64_t seed) {
  if (sn_study_is_tested(study)) return sn_study_result(study, variant, category, seed)->present;
  char *folder = sn_study_trial_folder(study, variant, category, seed);
  char *model = folder ? sn_path_join(folder, "model.safetensors") : NULL;
  bool exists = model && sn_is_file(model);
  free(folder);
  free(model);
  return exists;
}

/* ---- groups and items ---- */

static bool make_groups(SnSchedule *schedule) {
  const SnStudy *study = schedule->study;
  schedule->groups = sn_scope_allocate(study->variant_count, sizeof *schedule->groups, NULL);
  for (int64_t v = 0; v < study->variant_count && sn_ok(); v++) {
    int64_t g = 0;
    while (g < schedule->group_count &&
           !sn_variants_share_features(schedule->groups[g].variants[0], &study->variants[v]))
      g++;
    SnStudyGroup *group = &schedule->groups[g];
    if (g == schedule->group_count) {
      schedule->group_count++;
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
static int64_t count_absent(const SnStudy *study, const SnStudyGroup *group, int64_t category) {
  int64_t absent = 0;
  for (int64_t i = 0; i < group->count; i++)
    for (int64_t s = 0; s < study->seed_count; s++) absent += !sn_trial_exists(study, group->numbers[i], category, s);
  return absent;
}

static bool make_items(SnSchedule *schedule) {
  const SnStudy *study = schedule->study;
  schedule->items = sn_scope_allocate(schedule->group_count * study->category_count, sizeof *schedule->items, NULL);
  for (int64_t g = 0; g < schedule->group_count && sn_ok(); g++)
    for (int64_t c = 0; c < study->category_count; c++) {
      int64_t absent = count_absent(study, &schedule->groups[g], c);
      if (absent == 0) continue;
      schedule->items[schedule->item_count++] = (SnStudyItem){.group = &schedule->groups[g], .category = c};
      schedule->trials += absent;
    }
  return sn_ok();
}

bool sn_schedule_make(SnStudy *study, SnSchedule *schedule) {
  *schedule = (SnSchedule){.study = study};
  return make_groups(schedule) && make_items(schedule);
}

bool sn_schedule_needs(const SnSchedule *schedule, const SnStudyGroup *group) {
  for (int64_t i = 0; i < schedule->item_count; i++)
    if (schedule->items[i].group == group) return true;
  return false;
}

/* ---- costs ---- */

static const SnStudyCategory *category_of(const SnSchedule *schedule, const SnStudyItem *item) {
  return &schedule->study->categories[item->category];
}

/* Test images that each trial looks at. */
static int64_t test_images(const SnSchedule *schedule, const SnStudyItem *item) {
  return sn_study_is_tested(schedule->study) ? category_of(schedule, item)->test_images : 0;
}

double sn_item_features_cost(const SnSchedule *schedule, const SnStudyItem *item) {
  return sn_cost_of_features(&item->group->cost, category_of(schedule, item)->train_images,
                             test_images(schedule, item));
}

double sn_item_trial_cost(const SnSchedule *schedule, const SnStudyItem *item, int64_t variant) {
  return sn_cost_of_trial(&item->group->costs[variant], &item->group->variants[variant]->settings,
                          category_of(schedule, item)->train_images, test_images(schedule, item),
                          schedule->study->eval_every);
}

double sn_item_memory(const SnSchedule *schedule, const SnStudyItem *item) {
  return sn_cost_memory(&item->group->cost, category_of(schedule, item)->train_images, test_images(schedule, item),
                        item->group->variants[0]->settings.view.crop);
}

double sn_item_feature_memory(const SnSchedule *schedule, const SnStudyItem *item) {
  return item->group->cost.bytes * (double)(category_of(schedule, item)->train_images + test_images(schedule, item));
}

double sn_item_feature_budget(const SnSchedule *schedule, const SnStudyItem *item) {
  return fmax(0, schedule->memory - (sn_item_memory(schedule, item) - sn_item_feature_memory(schedule, item)));
}

static void predict(SnSchedule *schedule, SnStudyItem *item) {
  const SnStudy *study = schedule->study;
  item->predicted = sn_item_features_cost(schedule, item);
  for (int64_t v = 0; v < item->group->count; v++)
    for (int64_t s = 0; s < study->seed_count; s++)
      if (!sn_trial_exists(study, item->group->numbers[v], item->category, s))
        item->predicted += sn_item_trial_cost(schedule, item, v);
}

static double largest_memory(const SnSchedule *schedule) {
  double largest = 0;
  for (int64_t i = 0; i < schedule->item_count; i++)
    largest = fmax(largest, sn_item_memory(schedule, &schedule->items[i]));
  return largest;
}

/* Whether kernels of the device share the threads and the memory of this machine. */
static bool is_host(const char *device) {
  const SnBackend *backend = sn_backend_find(device ? device : "cpu");
  return backend && !backend->copy_to_host;
}

bool sn_schedule_plan(SnSchedule *schedule, const SnStudyOptions *options) {
  SnStudy *study = schedule->study;
  bool host = is_host(options->device);
  int threads = study->threads;
  int64_t jobs = options->jobs > 0 ? options->jobs : host ? threads : 1;
  double largest = largest_memory(schedule);
  for (int64_t i = 0; i < schedule->item_count; i++) predict(schedule, &schedule->items[i]);
  if (largest > options->memory && !host)
    return sn_fail(
        "a category needs about %.1f GB of memory, and %.1f GB may be used (--memory): a smaller --crop, "
        "backbone or set of levels takes less",
        largest / 1e9, options->memory / 1e9);
  if (jobs > schedule->item_count) jobs = schedule->item_count;
  while (jobs > 1 && (double)jobs * largest > options->memory) jobs--;
  schedule->memory = options->memory / (double)jobs;
  study->jobs = (int)jobs;
  study->threads = threads / study->jobs > 1 ? threads / study->jobs : 1;
  return true;
}

/* ---- the prediction ---- */

/* What one seed on all of MVTec AD would take with the settings at hand, where the study is not of all of it. */
static void predict_mvtec(const SnSchedule *schedule, SnStudyPrediction *prediction) {
  const SnStudy *study = schedule->study;
  const SnStudyGroup *group = schedule->items[0].group;
  int64_t categories = 0;
  for (int64_t c = 0; c < study->category_count; c++) categories += study->categories[c].is_mvtecs;
  if (categories == SN_MVTEC_CATEGORIES) return;
  const SnSettings *settings = &group->variants[0]->settings;
  for (int i = 0; i < SN_MVTEC_CATEGORIES; i++) {
    int64_t train = sn_mvtec_categories[i].train_images, test = sn_mvtec_categories[i].test_images;
    prediction->mvtec_images += train + test;
    prediction->mvtec_seconds += sn_cost_of_features(&group->cost, train, test) +
                                 sn_cost_of_trial(&group->cost, settings, train, test, study->eval_every);
  }
  prediction->mvtec_epochs = settings->method->groups & SN_GROUP_TRAINING ? sn_settings_epochs(settings) : 0;
}

/* One pass over the test images for all trials together. */
static double later_test(const SnSchedule *schedule) {
  const SnStudy *study = schedule->study;
  const SnCost *cost = &schedule->items[0].group->cost;
  int64_t detectors = study->category_count * study->seed_count;
  return (double)study->categories[0].test_images * (cost->feature + (double)detectors * cost->test);
}

SnStudyPrediction sn_schedule_prediction(const SnSchedule *schedule) {
  SnStudyPrediction prediction = {.trials = schedule->trials,
                                  .items = schedule->item_count,
                                  .jobs = schedule->study->jobs,
                                  .threads = schedule->study->threads,
                                  .memory = largest_memory(schedule),
                                  .item_memory = schedule->memory};
  for (int64_t i = 0; i < schedule->item_count; i++) {
    const SnStudyItem *item = &schedule->items[i];
    prediction.seconds += item->predicted;
    prediction.in_files += sn_item_feature_memory(schedule, item) > sn_item_feature_budget(schedule, item);
  }
  if (!sn_study_is_tested(schedule->study)) prediction.seconds += later_test(schedule);
  if (!schedule->study->drawn) predict_mvtec(schedule, &prediction);
  return prediction;
}
