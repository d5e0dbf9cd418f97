#include "studies/trial_outputs.h"

#include <stdlib.h>

#include "base/machine.h"
#include "base/memory.h"
#include "report/results.h"
#include "studies/feature_spread.h"
#include "studies/trial_page.h"

static bool write_tables(const SnTrial *trial, const char *data, char *const *paths) {
  const SnRun *run = trial->run;
  SnOrigin origin = {{data}};
  SnResults results = {.dataset = run->dataset,
                       .model = run->model,
                       .test = trial->test,
                       .selection = SN_SELECT_LAST,
                       .run = run,
                       .origin = &origin};
  sn_write_score_table(paths[0], run->dataset, trial->test->image_scores);
  sn_trial_write_cost(paths[1], run->seconds_features + trial->seconds, sn_peak_memory());
  return sn_write_metrics(paths[2], &results);
}

static bool write_pictures(const SnStudy *study, int64_t variant, int64_t category, const SnTrial *trial) {
  SnCategoryReport report = {.dataset = trial->run->dataset,
                             .settings = &trial->run->model->settings,
                             .test = trial->test,
                             .curves = trial->curves,
                             .truth = trial->run->truth,
                             .rows = trial->run->rows,
                             .row_count = trial->run->epoch};
  char *folder = sn_study_category_folder(study, variant, category);
  if (folder) sn_trial_page_write(study, &report, folder);
  free(folder);
  return sn_ok();
}

bool sn_write_trial(const SnStudy *study, int64_t variant, int64_t category, int64_t seed, const SnTrial *trial) {
  char *folder = sn_study_trial_folder(study, variant, category, seed);
  static const char *const names[] = {"scores.csv",   "cost.json",         "metrics.json",
                                      "training.csv", "model.safetensors", "features.csv"};
  enum { FILES = sizeof names / sizeof *names };
  char *paths[FILES] = {NULL};
  for (int i = 0; i < FILES && folder; i++) paths[i] = sn_path_join(folder, names[i]);
  if (sn_ok() && sn_write_training_table(paths[3], trial->run)) {
    if (sn_study_saves_models(study)) sn_model_save(trial->run->model, paths[4]);
    if (study->drawn && study->drawn->spread) sn_write_feature_spread(paths[5], trial->run, study->drawn->spread);
    if (sn_study_has_category_pages(study) && seed == 0) write_pictures(study, variant, category, trial);
    if (sn_ok() && trial->test) write_tables(trial, study->data, paths);
  }
  for (int i = 0; i < FILES; i++) free(paths[i]);
  free(folder);
  return sn_ok();
}
