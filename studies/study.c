#include "studies/study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/name.h"

static const size_t JSON_LIMIT = (size_t)1 << 20;

SnTrialResult *sn_study_result(const SnStudy *study, int64_t variant, int64_t category, int64_t seed) {
  return &study->results[(variant * study->category_count + category) * study->seed_count + seed];
}

char *sn_study_category_folder(const SnStudy *study, int64_t variant, int64_t category) {
  const char *name = study->categories[category].name;
  if (study->variant_count == 1) return sn_path_below(study->folder, name);
  char *above = sn_path_below(study->folder, study->variants[variant].name);
  char *folder = above ? sn_path_below(above, name) : NULL;
  free(above);
  return folder;
}

char *sn_study_trial_folder(const SnStudy *study, int64_t variant, int64_t category, int64_t seed) {
  char *above = sn_study_category_folder(study, variant, category);
  char *folder = above ? sn_format("%s/seed-%lld", above, (long long)study->seeds[seed]) : NULL;
  free(above);
  return folder;
}

/* ---- what a study's trials leave behind ---- */

static bool draws(const SnStudy *study, SnPaperFigure figure) { return study->drawn && study->drawn->figure == figure; }

const SnMethod *sn_study_method(const SnStudy *study) { return study->variants[0].settings.method; }

const SnPaper *sn_study_paper(const SnStudy *study) { return sn_study_method(study)->publication; }

bool sn_study_is_tested(const SnStudy *study) { return !draws(study, SN_FIGURE_ONE_CLASS); }

bool sn_study_saves_models(const SnStudy *study) {
  return !study->drawn || draws(study, SN_FIGURE_SPEED) || draws(study, SN_FIGURE_ONE_CLASS);
}

bool sn_study_has_category_pages(const SnStudy *study) { return !study->drawn || draws(study, SN_FIGURE_EXAMPLES); }

/* ---- a trial's files ---- */

/* Empty, without an error, when the file is absent. */
static SnBytes read_file_of(const char *folder, const char *name, char **path) {
  SnBytes text = {0};
  *path = folder ? sn_path_join(folder, name) : NULL;
  if (*path && sn_is_file(*path)) sn_file_read(*path, JSON_LIMIT, &text);
  return text;
}

bool sn_study_read_result(SnStudy *study, int64_t v, int64_t c, int64_t s) {
  SnTrialResult *result = sn_study_result(study, v, c, s);
  *result = (SnTrialResult){0};
  const SnStudyCategory *category = &study->categories[c];
  SnTrialIdentity identity = {study->variants[v].settings, study->sha256[v], category->train_images,
                              category->test_images, study->data};
  identity.settings.training.seed = study->seeds[s];
  char *folder = sn_study_trial_folder(study, v, c, s), *paths[2];
  SnBytes metrics = read_file_of(folder, "metrics.json", &paths[0]),
          cost = read_file_of(folder, "cost.json", &paths[1]);
  if (metrics.data && sn_trial_parse_metrics(paths[0], metrics, &identity, result) && cost.data)
    sn_trial_parse_cost(paths[1], cost, result);
  sn_bytes_free(&metrics);
  sn_bytes_free(&cost);
  free(folder);
  free(paths[0]);
  free(paths[1]);
  return sn_ok();
}

bool sn_study_read_results(SnStudy *study, bool *complete) {
  bool all = true;
  for (int64_t v = 0; v < study->variant_count && sn_ok(); v++)
    for (int64_t c = 0; c < study->category_count && sn_ok(); c++)
      for (int64_t s = 0; s < study->seed_count && sn_ok(); s++) {
        sn_study_read_result(study, v, c, s);
        all = all && sn_study_result(study, v, c, s)->present;
      }
  if (complete) *complete = all;
  return sn_ok();
}

/* ---- means ---- */

static double value_of(const SnTrialResult *result, SnMeasure measure) {
  if (!result->present) return NAN;
  switch (measure) {
    case SN_LAST_IMAGE:
      return result->image_auroc;
    case SN_LAST_PIXEL:
      return result->pixel_auroc;
    case SN_LAST_AU_PRO:
      return result->au_pro;
    case SN_BEST_IMAGE:
      return result->best_image_auroc;
    case SN_BEST_PIXEL:
      return result->best_pixel_auroc;
    case SN_MEASURES:
      break;
  }
  return NAN;
}

static bool belongs(const SnStudyCategory *category, SnMvtecGroup group) {
  return group == SN_MVTEC_ALL || (category->mvtec && category->mvtec->group == group);
}

/* With one seed; NaN where a category has no value, or there is no category. */
static double mean_of_seed(const SnStudy *study, int64_t v, int64_t category, SnMvtecGroup group, int64_t seed,
                           SnMeasure measure) {
  if (category >= 0) return value_of(sn_study_result(study, v, category, seed), measure);
  double sum = 0;
  int64_t count = 0;
  for (int64_t c = 0; c < study->category_count; c++) {
    if (!belongs(&study->categories[c], group)) continue;
    sum += value_of(sn_study_result(study, v, c, seed), measure);
    count++;
  }
  return count > 0 ? sum / (double)count : NAN;
}

SnSpread sn_study_mean(const SnStudy *study, int64_t variant, int64_t category, SnMvtecGroup group, SnMeasure measure) {
  SnSpread spread = {NAN, NAN, 0};
  double *values = sn_allocate(study->seed_count, sizeof *values, "means over seeds");
  for (int64_t s = 0; values && s < study->seed_count; s++)
    values[s] = 100 * mean_of_seed(study, variant, category, group, s, measure);
  if (values) spread = sn_spread_of(values, study->seed_count);
  free(values);
  return spread;
}
