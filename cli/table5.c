/* Table 5: ten detectors are trained, each on one class; then one pass of the backbone over the test images serves all
 * of them, so that no test feature is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/children.h"
#include "cli/paper.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "models/simplenet/local_features.h"
#include "models/simplenet/planned.h"
#include "models/simplenet/scoring.h"
#include "report/results.h"
#include "studies/record.h"
#include "studies/table5.h"
#include "tensor/safetensors.h"

enum { IMAGES_AT_ONCE = 8, EVERYTHING_AT_ONCE = 1 };

typedef struct Table5 {
  SnStudyRun *run;
  SnStudy *study;
  SnProgressBar bar;
  bool done;
} Table5;

/* ---- in the child ---- */

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

static bool score_all(const Detectors *all, const SnDataset *dataset, int descriptor) {
  SnLoaderOptions options = {.load = sn_simplenet_load_options(&all->extractor->settings),
                             .batch_size = IMAGES_AT_ONCE};
  SnLoader *loader = sn_loader_open(dataset, &dataset->test, &options);
  SnScope *plans = sn_scope_open();
  SnPlanned *planned = sn_planned_new(all->extractor, SN_PLANNED_PARTS);
  int64_t done = 0;
  for (SnBatch batch; !sn_interrupted() && sn_loader_next(loader, &batch);) {
    if (!score_batch(all, planned, dataset, &batch, done)) break;
    done += batch.count;
    sn_child_send(descriptor, &(SnMessage){0, {(double)done, (double)all->images}});
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

static int test_all(void *context, int64_t item, int descriptor) {
  const Table5 *table = context;
  const SnStudy *study = table->study;
  SnDataset dataset;
  Detectors all = {0};
  bool done = false;
  (void)item;
  if (sn_use_device(&table->run->texts->device) && load_detectors(study, &all) &&
      sn_dataset_open(study->data, study->categories[0].name, study->layout, &dataset)) {
    done = score_all(&all, &dataset, descriptor);
    for (int64_t i = 0; i < all.count && done; i++) done = write_detector(study, &all, &dataset, i);
    sn_dataset_free(&dataset);
  }
  if (!sn_ok()) return sn_report_error();
  return done ? SN_EXIT_OK : SN_EXIT_INTERRUPTED;
}

/* ---- in the parent ---- */

static void hear(void *context, int64_t item, const SnMessage *message) {
  Table5 *table = context;
  (void)item;
  sn_progress_show(&table->bar, (int64_t)message->values[0], (int64_t)message->values[1]);
}

static void end(void *context, int64_t item, int status) {
  Table5 *table = context;
  (void)item;
  table->done = status == SN_EXIT_OK;
}

static bool read_results(SnStudy *study, bool *complete) {
  *complete = true;
  for (int64_t c = 0; c < study->category_count && sn_ok(); c++)
    for (int64_t s = 0; s < study->seed_count && sn_ok(); s++) {
      sn_study_read_result(study, 0, c, s);
      *complete = *complete && sn_study_result(study, 0, c, s)->present;
    }
  return sn_ok();
}

static void print_results(const SnStudy *study) {
  char text[SN_MEAN_TEXT];
  sn_print("\nimage AUROC in percent\n");
  for (int64_t c = 0; c <= study->category_count; c++) {
    int64_t category = c < study->category_count ? c : -1;
    sn_print("%-12s %s\n", category < 0 ? "mean" : study->categories[c].name,
             sn_mean_text(sn_study_mean(study, 0, category, SN_PAPER_ALL, SN_LAST_IMAGE), text));
  }
  sn_print("(the paper: %g)\n", sn_paper_table5[SN_PAPER_TABLE5 - 1].score.image);
}

static bool write_all(const SnStudy *study) {
  char *record = sn_path_join(study->folder, "run.json");
  if (record && sn_write_study_record(record, study) && sn_write_table5(study))
    sn_print("\nlook at: %s/report.html\n", study->folder);
  free(record);
  return sn_ok();
}

/* The paper's score here is the maximum of the map, unless it was said otherwise. */
static void use_maximum_of_map(const SnStudyTexts *texts, SnSimpleNetSettings *settings) {
  for (int i = 0; i < sn_setting_count; i++)
    if (strcmp(sn_settings[i].name, "image-score") == 0 && !texts->settings.texts[i])
      settings->image_score = SN_SCORE_MAP;
}

int sn_run_table5(const SnStudyTexts *texts, const SnVariant *base, const char *command) {
  SnVariant variant = *base;
  SnStudy study = {.name = "table5",
                   .title = "Table 5: CIFAR-10, one class at a time",
                   .variants = &variant,
                   .variant_count = 1,
                   .command = command};
  bool complete;
  use_maximum_of_map(texts, &variant.settings);
  if (!sn_open_study(texts, NULL, &study) || !read_results(&study, &complete)) return sn_report_error();
  SnOutputs outputs = {0};
  sn_outputs_write(&outputs, SN_OUTPUT_TABLE5, study.folder, "table5.csv");
  sn_outputs_write(&outputs, SN_OUTPUT_PLOT, study.folder, "table5.svg");
  SnStudyRun run = {.study = &study, .texts = texts, .outputs = &outputs, .untested = true, .save_models = true};
  run.later_images = complete ? 0 : study.categories[0].test_images;
  int status = sn_run_study(&run);
  if (status != SN_EXIT_OK) return status;
  Table5 table = {.run = &run, .study = &study, .bar = sn_progress_begin("test images")};
  SnChildren children = {test_all, hear, end, &table};
  table.done = complete || (sn_children_run(&children, EVERYTHING_AT_ONCE, 1) && table.done);
  sn_progress_clear(&table.bar);
  if (!sn_ok() || (!table.done && !sn_interrupted())) return sn_ok() ? SN_EXIT_FAILURE : sn_report_error();
  if (!table.done) return SN_EXIT_INTERRUPTED;
  if (!read_results(&study, &complete)) return sn_report_error();
  print_results(&study);
  return write_all(&study) ? SN_EXIT_OK : sn_report_error();
}
