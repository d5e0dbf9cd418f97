/* What a study will write, compared with what it reads and with what is there. */
#include <stdlib.h>

#include "base/folder_lock.h"
#include "base/memory.h"
#include "cli/study.h"

static bool read_all(SnOutputs *outputs, const SnStudy *study) {
  for (int64_t v = 0; v < study->variant_count && sn_ok(); v++) sn_outputs_read(outputs, study->variants[v].weights);
  for (int64_t c = 0; c < study->category_count && sn_ok(); c++) {
    SnDataset dataset;
    if (!sn_dataset_open(study->data, study->categories[c].name, study->layout, &dataset)) return false;
    sn_outputs_read_dataset(outputs, &dataset);
    sn_dataset_free(&dataset);
  }
  return sn_ok();
}

/* The files of sn_write_trial and of sn_checkpoint_write. */
static bool write_trial(SnOutputs *outputs, const SnStudyRun *run, const char *folder) {
  sn_outputs_write(outputs, SN_OUTPUT_CHECKPOINT, folder, "checkpoint.safetensors");
  sn_outputs_write(outputs, SN_OUTPUT_TRAINING, folder, "training.csv");
  sn_outputs_write(outputs, SN_OUTPUT_METRICS, folder, "metrics.json");
  if (run->save_models) sn_outputs_write(outputs, SN_OUTPUT_MODEL, folder, "model.safetensors");
  if (run->feature_spread) sn_outputs_write(outputs, SN_OUTPUT_SPREAD, folder, "features.csv");
  if (run->untested) return sn_ok();
  sn_outputs_write(outputs, SN_OUTPUT_TEST_SCORES, folder, "scores.csv");
  return sn_outputs_write(outputs, SN_OUTPUT_COST, folder, "cost.json");
}

static bool write_category(SnOutputs *outputs, const SnStudyRun *run, int64_t variant, int64_t category) {
  char *folder = sn_study_category_folder(run->study, variant, category);
  if (run->category_pages) {
    sn_outputs_write(outputs, SN_OUTPUT_PAGE, folder, "report.html");
    sn_outputs_write(outputs, SN_OUTPUT_SHEET, folder, "examples.jpg");
    sn_outputs_write(outputs, SN_OUTPUT_SHEET, folder, "worst.jpg");
  }
  free(folder);
  for (int64_t s = 0; s < run->study->seed_count && sn_ok(); s++) {
    char *trial = sn_study_trial_folder(run->study, variant, category, s);
    write_trial(outputs, run, trial);
    free(trial);
  }
  return sn_ok();
}

bool sn_check_study_outputs(const SnStudyRun *run) {
  const SnStudy *study = run->study;
  sn_outputs_write(run->outputs, SN_OUTPUT_RUN, study->folder, "run.json");
  sn_outputs_write(run->outputs, SN_OUTPUT_PAGE, study->folder, "report.html");
  for (int64_t v = 0; v < study->variant_count && sn_ok(); v++)
    for (int64_t c = 0; c < study->category_count && sn_ok(); c++) write_category(run->outputs, run, v, c);
  read_all(run->outputs, study);
  return sn_outputs_are_clear(run->outputs) && sn_make_directories(study->folder) && sn_folder_lock(study->folder);
}
