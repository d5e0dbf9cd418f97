#include "studies/one_class.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "models/simplenet/local_features.h"
#include "models/simplenet/planned.h"
#include "models/simplenet/scoring.h"
#include "report/results.h"
#include "tensor/safetensors.h"

enum { IMAGES_AT_ONCE = 8 };

typedef struct Detectors {
  SnSimpleNet *extractor;
  SnSimpleNet **heads; /* [classes, seeds] */
  float *scores;       /* [classes, seeds, images] */
  int64_t count, images;
} Detectors;

static bool has_settings(const SnSimpleNetSettings *found, const SnSimpleNetSettings *expected, const char *path) {
  for (int i = 0; i < sn_setting_count; i++) {
    char a[SN_SETTING_TEXT], b[SN_SETTING_TEXT];
    sn_setting_print(&sn_settings[i], found, a);
    sn_setting_print(&sn_settings[i], expected, b);
    if (strcmp(a, b) != 0)
      return sn_fail(
          "%s: is of another run, with %s %s where this one has %s; name another folder with --out, or "
          "remove it",
          path, sn_settings[i].name, a, b);
  }
  return true;
}

static bool load_head(SnSimpleNet *head, const SnSimpleNetSettings *expected, const char *path) {
  SnSimpleNetSettings settings;
  SnScope *scope = sn_scope_open();
  SnStateDict *dict = sn_safetensors_read(path);
  const char *hash = dict ? sn_state_dict_text(dict, "backbone_sha256") : NULL;
  if (dict && sn_simplenet_read_settings(dict, path, &settings) && has_settings(&settings, expected, path)) {
    if (!hash || strcmp(hash, head->backbone_sha256) != 0)
      sn_fail(
          "%s: was trained on backbone weights with SHA-256 %.64s, and this run's have %s; name another folder with "
          "--out, or remove it",
          path, hash ? hash : "(absent)", head->backbone_sha256);
    else
      sn_module_load(&head->head, dict, "", NULL, path);
  }
  sn_scope_close(scope);
  return sn_ok();
}

static bool load_detectors(const SnStudy *study, Detectors *all) {
  const SnVariant *variant = &study->variants[0];
  all->count = study->category_count * study->seed_count;
  all->images = study->categories[0].test_images;
  all->extractor = sn_simplenet_new(&variant->settings, variant->weights);
  all->heads = sn_scope_allocate(all->count, sizeof *all->heads, NULL);
  all->scores = sn_scope_allocate(all->count * all->images, sizeof *all->scores, NULL);
  for (int64_t i = 0; i < all->count && sn_ok(); i++) {
    SnSimpleNetSettings settings = variant->settings;
    settings.seed = study->seeds[i % study->seed_count];
    SnSimpleNet *head = sn_simplenet_new_head(&settings, all->extractor->channels, SN_FLOAT32);
    char *folder = sn_study_trial_folder(study, 0, i / study->seed_count, i % study->seed_count);
    char *path = folder ? sn_path_join(folder, "model.safetensors") : NULL;
    if (head && path) {
      head->grid = all->extractor->grid;
      memcpy(head->backbone_sha256, all->extractor->backbone_sha256, sizeof head->backbone_sha256);
      load_head(head, &settings, path);
    }
    all->heads[i] = head;
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

static bool score_batch(const Detectors *all, SnPlanned *planned, const SnDataset *dataset, const SnBatch *batch,
                        int64_t first) {
  const SnSimpleNetSettings *settings = &all->extractor->settings;
  SnScope *scope = sn_scope_open();
  SnTensor *images = sn_from_host(SN_FLOAT32, SN_SHAPE(batch->count, 3, settings->crop, settings->crop), batch->images);
  SnTensor *parts[SN_PLAN_MAX_OUTPUTS];
  int part_count = sn_planned_run(planned, 1, &images, parts);
  SnTensor *features = part_count > 0 ? sn_assemble_parts(part_count, parts) : NULL;
  for (int64_t i = 0; i < all->count && sn_ok(); i++) {
    SnScope *one = sn_scope_open();
    SnTensor *patches = sn_patch_scores(all->heads[i], features);
    SnTensor *maps = sn_anomaly_maps(settings, patches);
    SnTensor *scores = sn_image_scores(settings, patches, maps);
    float *values = all->scores + i * all->images + first;
    if (scores && sn_to_host(scores, SN_FLOAT32, values))
      for (int64_t n = 0; n < batch->count && sn_ok(); n++) check_score(dataset, batch->indices[n], values[n]);
    sn_scope_close(one);
  }
  sn_scope_close(scope);
  return sn_ok();
}

static bool score_all(const Detectors *all, const SnDataset *dataset, SnOneClassProgress progress, int descriptor) {
  SnLoaderOptions options = {.load = sn_simplenet_load_options(&all->extractor->settings),
                             .batch_size = IMAGES_AT_ONCE};
  SnLoader *loader = sn_loader_open(dataset, &dataset->test, &options);
  SnScope *plans = sn_scope_open();
  SnPlanned *planned = sn_planned_new(all->extractor, SN_PLANNED_PARTS);
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
  SnEvaluation evaluation;
  if (!labels || !sn_evaluate(&data, &evaluation, NULL)) return false;
  SnDataset shown = *dataset; /* with the names and the numbers of this class */
  shown.category = sn_scope_text(class);
  shown.train.count = study->categories[number / study->seed_count].train_images;
  SnOrigin origin = {{study->data}};
  SnResults results = {.dataset = &shown, .model = all->heads[number], .evaluation = &evaluation, .origin = &origin};
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
