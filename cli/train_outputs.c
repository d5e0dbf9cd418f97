#include "cli/train_outputs.h"

#include <stdlib.h>
#include <string.h>

#include "datasets/outputs.h"
#include "report/output_kinds.h"
#include "report/seeds.h"
#include "tensor/safetensors.h"

static bool check_text(const char *path, const SnStateDict *dict, const char *name, const char *expected) {
  const char *found = sn_state_dict_text(dict, name);
  if (found && strcmp(found, expected) == 0) return true;
  return sn_fail(
      "%s: is of a training with %s %s, and this one has %s: name another folder with --out, or replace it with "
      "--force",
      path, name, found ? found : "(absent)", expected);
}

/* The file, if it is there, is of the method, the settings and the backbone's weights of this training. */
static bool check_identity(const char *path, const SnModel *model) {
  if (!sn_ok() || !sn_is_file(path)) return sn_ok();
  SnScope *scope = sn_scope_open();
  SnStateDict *found = sn_safetensors_read(path), *expected = sn_state_dict_new();
  if (found && expected && sn_model_add_identity(model, expected))
    for (int64_t i = 0; i < expected->text_count && sn_ok(); i++)
      check_text(path, found, expected->texts[i].name, expected->texts[i].text);
  sn_scope_close(scope);
  return sn_ok();
}

/* A checkpoint notes where its photographs are as metrics.json does. */
static bool check_checkpoint(const char *path, const SnTrainOutputs *train) {
  if (!check_identity(path, train->model) || !sn_is_file(path)) return sn_ok();
  SnScope *scope = sn_scope_open();
  SnStateDict *dict = sn_safetensors_read(path);
  const char *found = dict ? sn_state_dict_text(dict, "photographs") : NULL;
  char *expected = found ? sn_origin_of_training(&train->origin) : NULL;
  if (expected && strcmp(found, expected) != 0)
    sn_fail(
        "%s: is of a training on %s, and this one is on %s: name another folder with --out, or replace it with "
        "--force",
        path, found, expected);
  free(expected);
  sn_scope_close(scope);
  return sn_ok();
}

/* Before the choice nobody knows whether the settings will be the same. */
static bool check_unknown(const char *path) {
  if (!sn_is_file(path)) return true;
  return sn_fail(
      "%s: is there, and --tune may choose other settings: name another folder with --out, or replace it with --force",
      path);
}

static bool check_model(const char *model, const char *checkpoint, const SnTrainOutputs *train) {
  if (train->tunes && !train->tuned) return check_unknown(model) && check_unknown(checkpoint);
  return check_identity(model, train->model) && (train->resume || check_checkpoint(checkpoint, train));
}

static bool check_earlier(const SnTrainOutputs *train) {
  char *metrics = sn_path_join(train->folder, "metrics.json"),
       *model = sn_path_join(train->folder, "model.safetensors"),
       *checkpoint = sn_path_join(train->folder, "checkpoint.safetensors");
  if (sn_ok() && sn_origin_check(metrics, train->dataset->category, &train->origin))
    check_model(model, checkpoint, train);
  free(metrics);
  free(model);
  free(checkpoint);
  return sn_ok();
}

bool sn_check_train_outputs(const SnTrainOutputs *train) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  sn_outputs_read(&outputs, train->weights);
  sn_outputs_read_dataset(&outputs, train->dataset);
  sn_outputs_write(&outputs, SN_OUTPUT_CHECKPOINT, train->folder, "checkpoint.safetensors");
  if (train->tunes) sn_outputs_write(&outputs, SN_OUTPUT_TUNING, train->folder, "tune.csv");
  sn_outputs_write_results(&outputs, train->folder);
  return sn_outputs_are_clear(&outputs) && (train->force || check_earlier(train));
}

/* ---- several seeds ---- */

/* The training with one of the seeds, and its folder, which is to be released with free(). */
typedef struct OfSeed {
  SnModel model;
  SnTrainOutputs outputs;
  char *folder;
} OfSeed;

static bool of_seed(const SnTrainOutputs *train, int64_t seed, OfSeed *one) {
  one->model = *train->model;
  one->model.settings.training.seed = seed;
  one->folder = sn_seed_folder(train->folder, seed);
  one->outputs = *train;
  one->outputs.folder = one->folder;
  one->outputs.model = &one->model;
  return one->folder != NULL;
}

static bool check_earlier_seeds(const SnTrainOutputs *train, const SnSeedList *seeds) {
  char *summary = sn_path_join(train->folder, "seeds.json");
  if (sn_ok()) sn_origin_check(summary, train->dataset->category, &train->origin);
  for (int64_t i = 0; i < seeds->count && sn_ok(); i++) {
    OfSeed one;
    if (of_seed(train, seeds->seeds[i], &one)) check_earlier(&one.outputs);
    free(one.folder);
  }
  free(summary);
  return sn_ok();
}

bool sn_check_seeds_outputs(const SnTrainOutputs *train, const SnSeedList *seeds) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  sn_outputs_read(&outputs, train->weights);
  sn_outputs_read_dataset(&outputs, train->dataset);
  sn_outputs_write_seeds(&outputs, train->folder);
  for (int64_t i = 0; i < seeds->count && sn_ok(); i++) {
    char *folder = sn_seed_folder(train->folder, seeds->seeds[i]);
    sn_outputs_write(&outputs, SN_OUTPUT_CHECKPOINT, folder, "checkpoint.safetensors");
    sn_outputs_write_results(&outputs, folder);
    free(folder);
  }
  return sn_outputs_are_clear(&outputs) && (train->force || check_earlier_seeds(train, seeds));
}

static bool check_finished(const char *path, const OfSeed *one, SnSelection selection) {
  const SnDataset *dataset = one->outputs.dataset;
  int64_t images = dataset->train.count + dataset->test.count;
  SnSeedRow row;
  if (!sn_seed_row_read(path, &row)) return false;
  int64_t found = row.train_images + row.test_images + row.skipped_images;
  if (row.seed != one->model.settings.training.seed || found != images)
    return sn_fail(
        "%s: is of seed %lld and %lld images, and this training of seed %lld and %lld: begin anew, without "
        "--resume",
        path, (long long)row.seed, (long long)found, (long long)one->model.settings.training.seed, (long long)images);
  return row.selection == selection ||
         sn_fail("%s: is of a training with another --select: begin anew, without --resume", path);
}

bool sn_seed_is_finished(const SnTrainOutputs *train, int64_t seed, SnSelection selection) {
  OfSeed one;
  bool finished = false;
  if (!of_seed(train, seed, &one)) return false;
  char *metrics = sn_path_join(one.folder, "metrics.json"), *model = sn_path_join(one.folder, "model.safetensors"),
       *checkpoint = sn_path_join(one.folder, "checkpoint.safetensors");
  if (sn_ok() && sn_is_file(metrics) && sn_is_file(model) && !sn_is_file(checkpoint))
    finished = check_identity(model, &one.model) &&
               sn_origin_check(metrics, train->dataset->category, &train->origin) &&
               check_finished(metrics, &one, selection);
  free(metrics);
  free(model);
  free(checkpoint);
  free(one.folder);
  return finished;
}

static void remove_of(const char *folder, const char *name) {
  char *path = folder ? sn_path_join(folder, name) : NULL;
  if (path && sn_is_file(path)) sn_file_remove(path);
  free(path);
}

void sn_seed_forget(const char *folder, int64_t seed) {
  char *own = sn_seed_folder(folder, seed);
  remove_of(own, "metrics.json");
  remove_of(own, "checkpoint.safetensors");
  free(own);
}

void sn_seeds_forget(const char *folder) {
  remove_of(folder, "seeds.json");
  remove_of(folder, "seeds.csv");
  remove_of(folder, "seeds.html");
}
