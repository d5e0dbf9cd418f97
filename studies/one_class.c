#include "studies/one_class.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/local_features.h"
#include "anomaly/map.h"
#include "anomaly/scorer.h"
#include "anomaly/view.h"
#include "base/interrupt.h"
#include "report/results.h"
#include "tensor/safetensors.h"

enum { IMAGES_AT_ONCE = 8 };

typedef struct Detectors {
  SnModel *extractor;
  SnModel **heads;    /* [classes, seeds] */
  SnScorer **scorers; /* of the heads */
  float *scores;      /* [classes, seeds, images] */
  int64_t count, images;
} Detectors;

/* The file's identity is that of the head. */
static bool check_identity(const SnStateDict *file, const SnModel *head, const char *path) {
  SnStateDict *expected = sn_state_dict_new();
  if (!expected || !sn_model_add_identity(head, expected)) return false;
  for (int64_t i = 0; i < expected->text_count; i++) {
    const char *name = expected->texts[i].name, *found = sn_state_dict_text(file, name);
    if (!found || strcmp(found, expected->texts[i].text) != 0)
      return sn_fail(
          "%s: is of another run, with %s %.80s where this one has %.80s; name another folder with --out, or "
          "remove it",
          path, name, found ? found : "(absent)", expected->texts[i].text);
  }
  return true;
}

/* A trained model of the study on the extractor's features. */
static SnModel *load_head(const SnSettings *settings, const SnModel *extractor, const char *path) {
  SnScope *scope = sn_scope_new(); /* not the innermost: the head outlives the file */
  sn_scope_enter(scope);
  SnStateDict *file = sn_safetensors_read(path);
  sn_scope_leave(scope);
  SnModel *head = file ? sn_model_load_beside(settings, extractor, file, path) : NULL;
  if (head) check_identity(file, head, path);
  sn_scope_free(scope);
  return sn_ok() ? head : NULL;
}

static bool load_detectors(const SnStudy *study, Detectors *all) {
  const SnVariant *variant = &study->variants[0];
  all->count = study->category_count * study->seed_count;
  all->images = study->categories[0].test_images;
  all->extractor = sn_model_new(&variant->settings, variant->weights);
  all->heads = sn_scope_allocate(all->count, sizeof *all->heads, NULL);
  all->scorers = sn_scope_allocate(all->count, sizeof *all->scorers, NULL);
  all->scores = sn_scope_allocate(all->count * all->images, sizeof *all->scores, NULL);
  for (int64_t i = 0; i < all->count && sn_ok(); i++) {
    SnSettings settings = variant->settings;
    settings.training.seed = study->seeds[i % study->seed_count];
    char *folder = sn_study_trial_folder(study, 0, i / study->seed_count, i % study->seed_count);
    char *path = folder ? sn_path_join(folder, "model.safetensors") : NULL;
    if (path) all->heads[i] = load_head(&settings, all->extractor, path);
    if (sn_ok()) all->scorers[i] = sn_scorer_new(all->heads[i], SN_SCORER_LEVELS);
    free(folder);
    free(path);
  }
  return sn_ok();
}

static void check_score(const SnDataset *dataset, int64_t index, float score) {
  char *name = sn_sample_name(dataset, &dataset->test.items[index]);
  if (name) sn_check_scores(name, score, NULL, 0);
  free(name);
}

static int forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  return sn_feature_levels(context, inputs[0], outputs);
}

static bool score_batch(const Detectors *all, SnPlanned *planned, const SnDataset *dataset, const SnBatch *batch,
                        int64_t first) {
  SnSize crop = all->extractor->settings.view.crop;
  SnScope *scope = sn_scope_open();
  SnTensor *levels[SN_PLAN_MAX_OUTPUTS];
  SnTensor *images = sn_from_host(SN_FLOAT32, SN_SHAPE(batch->count, 3, crop.height, crop.width), batch->images);
  float *maps = sn_scope_allocate(batch->count * sn_size_pixels(crop), sizeof *maps, NULL);
  int count = maps && images ? sn_planned_run(planned, 1, &images, levels) : 0;
  for (int64_t i = 0; i < all->count && count > 0 && sn_ok(); i++) {
    float *scores = all->scores + i * all->images + first;
    if (sn_scorer_run(all->scorers[i], count, levels, maps, scores))
      for (int64_t n = 0; n < batch->count && sn_ok(); n++) check_score(dataset, batch->indices[n], scores[n]);
  }
  sn_scope_close(scope);
  return sn_ok();
}

static bool score_all(const Detectors *all, const SnDataset *dataset, SnOneClassProgress progress, int descriptor) {
  SnLoaderOptions options = {.load = sn_load_options(&all->extractor->settings), .batch_size = IMAGES_AT_ONCE};
  SnLoader *loader = sn_loader_open(dataset, &dataset->test, &options);
  SnScope *plans = sn_scope_open();
  SnPlanned *planned = sn_planned_new(forward, all->extractor);
  int64_t done = 0;
  for (SnBatch batch; !sn_interrupted() && sn_loader_next(loader, &batch);) {
    if (!score_batch(all, planned, dataset, &batch, done)) break;
    done += batch.count;
    progress(descriptor, done, all->images);
  }
  sn_loader_close(loader);
  sn_scope_close(plans);
  return sn_ok() && done == all->images;
}

/* The test of one detector: its own class is good, every other defective. */
static bool write_detector(const SnStudy *study, const Detectors *all, const SnDataset *dataset, int64_t number) {
  const char *class = study->categories[number / study->seed_count].name;
  uint8_t *labels = sn_scope_allocate(all->images, 1, NULL);
  for (int64_t i = 0; labels && i < all->images; i++)
    labels[i] = strcmp(dataset->test.items[i].kind, class) == 0 ? SN_GOOD : SN_DEFECTIVE;
  SnEvaluationData data = {
      .images = all->images, .image_scores = all->scores + number * all->images, .image_labels = labels};
  SnTestResult test = {.image_count = all->images, .image_scores = all->scores + number * all->images};
  if (!labels || !sn_evaluate(&data, &test.evaluation, NULL)) return false;
  SnDataset shown = *dataset; /* with the names and the numbers of this class */
  shown.category = sn_scope_text(class);
  shown.train.count = study->categories[number / study->seed_count].train_images;
  SnOrigin origin = {{study->data}};
  SnResults results = {.dataset = &shown, .model = all->heads[number], .test = &test, .origin = &origin};
  char *folder = sn_study_trial_folder(study, 0, number / study->seed_count, number % study->seed_count);
  char *path = folder ? sn_path_join(folder, "metrics.json") : NULL;
  if (path) sn_write_metrics(path, &results);
  free(folder);
  free(path);
  return sn_ok();
}

bool sn_test_one_class(const SnStudy *study, SnOneClassProgress progress, int descriptor) {
  SnDataset dataset;
  Detectors all = {0};
  if (!load_detectors(study, &all) || !sn_dataset_open(study->data, study->categories[0].name, study->layout, &dataset))
    return false;
  bool done = score_all(&all, &dataset, progress, descriptor);
  for (int64_t i = 0; i < all.count && done; i++) done = write_detector(study, &all, &dataset, i);
  sn_dataset_free(&dataset);
  return done;
}
