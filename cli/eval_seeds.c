#include "cli/eval_seeds.h"

#include <stdlib.h>
#include <string.h>

#include "anomaly/testing.h"
#include "base/interrupt.h"
#include "base/name.h"
#include "cli/command.h"
#include "cli/seeds_table.h"
#include "cli/terminal.h"
#include "datasets/outputs.h"
#include "tensor/safetensors.h"

/* All but the seed, and what a test reads its masks by. */
enum { SAME = SN_GROUP_VIEW | SN_GROUP_FEATURES | SN_GROUP_MAP | SN_GROUP_TRAINING | SN_GROUP_METHOD };

typedef struct Seeds {
  const SnEval *eval;
  SnDataset *dataset;
  SnNames *skipped;
  const char *folder; /* OUT/CATEGORY; NULL: nothing is written */
  SnOrigin origin;
  const int64_t *seeds;
  int64_t count;
  SnModel *first; /* with the backbone that gives features to all */
  SnFeatures *features;
  SnTruth *truth;
  SnSeedRow *rows;
} Seeds;

/* ---- which models ---- */

static bool find_models(Seeds *all) {
  const char *folder = all->eval->model.model;
  all->seeds = sn_find_seeds(folder, SN_EVAL_MAX_SEEDS, &all->count);
  if (!all->seeds) return false;
  if (all->count == 0) return sn_fail("%s: is a folder without seed-0/model.safetensors or the like", folder);
  if (all->eval->seeds > all->count)
    return sn_fail("%s: has models of %lld seeds, and --seeds asks for %lld", folder, (long long)all->count,
                   (long long)all->eval->seeds);
  if (all->eval->seeds > 0) all->count = all->eval->seeds;
  return true;
}

static char *path_of(const char *above, int64_t seed, const char *name) {
  char *folder = sn_seed_folder(above, seed), *path = folder ? sn_path_join(folder, name) : NULL;
  free(folder);
  return path;
}

static char *model_path(const Seeds *all, int64_t i) {
  return path_of(all->eval->model.model, all->seeds[i], "model.safetensors");
}

/* ---- outputs ---- */

static bool name_outputs(const Seeds *all, SnOutputs *outputs) {
  sn_outputs_read(outputs, all->eval->model.weights);
  sn_outputs_read_dataset(outputs, all->dataset);
  sn_outputs_write_seeds(outputs, all->folder);
  for (int64_t i = 0; i < all->count && sn_ok(); i++) {
    char *model = model_path(all, i), *folder = sn_seed_folder(all->folder, all->seeds[i]);
    sn_outputs_read(outputs, model);
    sn_outputs_write(outputs, SN_OUTPUT_METRICS, folder, "metrics.json");
    sn_outputs_write(outputs, SN_OUTPUT_TEST_SCORES, folder, "scores.csv");
    free(model);
    free(folder);
  }
  return sn_ok();
}

static bool plan_outputs(const Seeds *all) {
  if (!all->folder) return sn_ok();
  SnOutputs outputs = {.kinds = sn_output_kinds};
  name_outputs(all, &outputs);
  if (!sn_outputs_are_clear(&outputs)) return false;
  char *summary = sn_path_join(all->folder, "seeds.json");
  if (summary) sn_origin_check(summary, all->dataset->category, &all->origin);
  free(summary);
  for (int64_t i = 0; i < all->count && sn_ok(); i++) {
    char *metrics = path_of(all->folder, all->seeds[i], "metrics.json");
    if (metrics) sn_origin_check(metrics, all->dataset->category, &all->origin);
    free(metrics);
  }
  return sn_ok();
}

/* ---- models ---- */

static bool check_same(const Seeds *all, const SnStateDict *file, const char *path, const SnSettings *settings) {
  const char *weights = sn_state_dict_text(file, "backbone_sha256");
  const SnSettings *expected = &all->first->settings;
  bool same = settings->method == expected->method && sn_settings_agree(settings, expected, SAME);
  if (same && sn_model_has_backbone(all->first)) same = weights && strcmp(weights, all->first->backbone_sha256) == 0;
  return same || sn_fail(
                     "%s: has other settings or backbone weights than seed-%lld beside it, so that they differ in "
                     "more than the seed",
                     path, (long long)all->seeds[0]);
}

/* A head on the features of the first model. */
static SnModel *load_from(const Seeds *all, const SnStateDict *file, const char *path) {
  SnSettings settings;
  if (!sn_model_read_settings(file, path, &settings) || !check_same(all, file, path, &settings)) return NULL;
  settings.view.mask_threshold = all->first->settings.view.mask_threshold;
  SnModel *model = sn_model_load_beside(&settings, all->first, file, path);
  if (model && memcmp(model->feature_scale, all->first->feature_scale, sizeof model->feature_scale) != 0)
    return sn_fail_null("%s: was trained on features of another scale than seed-%lld beside it", path,
                        (long long)all->seeds[0]);
  return model;
}

static SnModel *load(const Seeds *all, int64_t i) {
  if (i == 0) return all->first;
  char *path = model_path(all, i);
  SnScope *scope = sn_scope_new(); /* not the innermost: the model outlives the file */
  sn_scope_enter(scope);
  SnStateDict *file = path ? sn_safetensors_read(path) : NULL;
  sn_scope_leave(scope);
  SnModel *model = file ? load_from(all, file, path) : NULL;
  sn_scope_free(scope);
  free(path);
  return model;
}

/* The first, for its backbone; each of the others once, so that a bad one is found before the work begins. */
static bool open_models(Seeds *all) {
  SnModelTexts texts = all->eval->model;
  char *path = model_path(all, 0);
  texts.model = path;
  all->first = path ? sn_open_model(&texts) : NULL;
  free(path);
  for (int64_t i = 1; i < all->count && all->first && sn_ok(); i++) {
    SnScope *scope = sn_scope_open();
    load(all, i);
    sn_scope_close(scope);
  }
  return sn_ok();
}

/* ---- tests ---- */

static bool write_seed(const Seeds *all, int64_t i, const SnResults *results) {
  char *folder = sn_seed_folder(all->folder, all->seeds[i]);
  char *metrics = folder ? sn_path_join(folder, "metrics.json") : NULL,
       *scores = metrics ? sn_path_join(folder, "scores.csv") : NULL;
  SnResults noted = *results;
  SnOrigin origin = all->origin;
  char *trained = metrics ? sn_origin_read(metrics, SN_ORIGIN_TRAIN) : NULL; /* a training in the same place, which
                                                                              * stays noted */
  if (trained) origin.folders[SN_ORIGIN_TRAIN] = trained;
  noted.origin = &origin;
  if (scores && sn_ok() && sn_make_directories(folder) &&
      sn_write_score_table(scores, all->dataset, results->test->image_scores))
    sn_write_metrics(metrics, &noted);
  free(folder);
  free(metrics);
  free(scores);
  free(trained);
  return sn_ok();
}

static bool test_seed(const Seeds *all, int64_t i) {
  SnModel *model = load(all, i);
  SnTestResult *test = model ? sn_test(model, all->dataset, all->features, all->truth, NULL) : NULL;
  SnResults results = {
      .dataset = all->dataset, .model = model, .test = test, .skipped = all->skipped->count, .origin = &all->origin};
  if (!test) return false;
  sn_seed_row_of(&results, &all->rows[i]);
  return !all->folder || write_seed(all, i, &results);
}

static bool test_all(const Seeds *all) {
  for (int64_t i = 0; i < all->count && sn_ok() && !sn_interrupted(); i++) {
    SnScope *scope = sn_scope_open();
    test_seed(all, i);
    sn_scope_close(scope);
  }
  if (!sn_ok() || sn_interrupted()) return false;
  SnSeeds seeds = {all->rows, all->count, all->dataset, all->first, false, &all->origin};
  sn_print("%s: %lld test images of which %lld defective\n", all->dataset->category,
           (long long)all->dataset->test.count, (long long)sn_samples_defective(&all->dataset->test));
  sn_print_seeds(&seeds);
  return !all->folder || sn_write_seeds_files(all->folder, &seeds);
}

static bool eval_all(Seeds *all) {
  if (!find_models(all) || !plan_outputs(all) || !open_models(all)) return false;
  if (all->dataset->test.count == 0)
    return sn_fail("%s: the category %s has no test images", all->dataset->root, all->dataset->category);
  all->rows = sn_scope_allocate(all->count, sizeof *all->rows, NULL);
  all->truth = sn_truth_new(all->dataset->test.count, all->first->settings.view.crop);
  if (sn_ok()) all->features = sn_eval_features(all->eval, all->first, all->dataset, all->truth, all->skipped);
  return all->features && test_all(all);
}

int sn_eval_seeds(const SnEval *eval, SnDataset *dataset, SnNames *skipped) {
  char *folder = eval->out ? sn_path_below(eval->out, dataset->category) : NULL;
  Seeds all = {
      .eval = eval, .dataset = dataset, .skipped = skipped, .folder = folder, .origin = sn_origin_of(&eval->data)};
  bool done = sn_ok() && eval_all(&all);
  free(folder);
  if (!sn_ok()) return sn_report_error();
  return done ? SN_EXIT_OK : SN_EXIT_INTERRUPTED;
}
