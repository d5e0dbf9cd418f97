#include "studies/outputs.h"

#include <stdlib.h>

#include "base/folder_lock.h"
#include "base/memory.h"
#include "datasets/outputs.h"
#include "report/output_kinds.h"

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
static bool write_trial(SnOutputs *outputs, const SnStudy *study, const char *folder) {
  sn_outputs_write(outputs, SN_OUTPUT_CHECKPOINT, folder, "checkpoint.safetensors");
  sn_outputs_write(outputs, SN_OUTPUT_TRAINING, folder, "training.csv");
  sn_outputs_write(outputs, SN_OUTPUT_METRICS, folder, "metrics.json");
  if (sn_study_saves_models(study)) sn_outputs_write(outputs, SN_OUTPUT_MODEL, folder, "model.safetensors");
  if (study->drawn && study->drawn->spread) sn_outputs_write(outputs, SN_OUTPUT_SPREAD, folder, "features.csv");
  if (!sn_study_is_tested(study)) return sn_ok();
  sn_outputs_write(outputs, SN_OUTPUT_TEST_SCORES, folder, "scores.csv");
  return sn_outputs_write(outputs, SN_OUTPUT_COST, folder, "cost.json");
}

static bool write_category(SnOutputs *outputs, const SnStudy *study, int64_t variant, int64_t category) {
  char *folder = sn_study_category_folder(study, variant, category);
  if (sn_study_has_category_pages(study)) {
    sn_outputs_write(outputs, SN_OUTPUT_PAGE, folder, "report.html");
    sn_outputs_write(outputs, SN_OUTPUT_SHEET, folder, "examples.jpg");
    sn_outputs_write(outputs, SN_OUTPUT_SHEET, folder, "worst.jpg");
  }
  free(folder);
  for (int64_t s = 0; s < study->seed_count && sn_ok(); s++) {
    char *trial = sn_study_trial_folder(study, variant, category, s);
    write_trial(outputs, study, trial);
    free(trial);
  }
  return sn_ok();
}

static void write_plot(SnOutputs *outputs, const SnStudy *study, const char *part) {
  char *name = part ? sn_format("%s-%s.svg", study->name, part) : sn_format("%s.svg", study->name);
  sn_outputs_write(outputs, SN_OUTPUT_PLOT, study->folder, name);
  free(name);
}

static void write_plots(SnOutputs *outputs, const SnStudy *study) {
  switch (study->drawn->figure) {
    case SN_FIGURE_VARIANTS:
    case SN_FIGURE_CURVES:
      write_plot(outputs, study, "image");
      write_plot(outputs, study, "pixel");
      break;
    case SN_FIGURE_SPREAD:
      for (int64_t c = 0; c < study->category_count; c++) write_plot(outputs, study, study->categories[c].name);
      break;
    case SN_FIGURE_LOSSES:
    case SN_FIGURE_SPEED:
    case SN_FIGURE_ONE_CLASS:
      write_plot(outputs, study, NULL);
      break;
    case SN_FIGURE_EXAMPLES:
      break;
  }
}

/* The files of sn_study_write. */
static void write_summary(SnOutputs *outputs, const SnStudy *study) {
  char *table = sn_format("%s.csv", study->drawn ? study->name : "table1");
  bool one_class = !sn_study_is_tested(study);
  sn_outputs_write(outputs, SN_OUTPUT_RUN, study->folder, "run.json");
  sn_outputs_write(outputs, SN_OUTPUT_PAGE, study->folder, "report.html");
  sn_outputs_write(outputs,
                   !study->drawn ? SN_OUTPUT_TABLE1
                   : one_class   ? SN_OUTPUT_TABLE5
                                 : SN_OUTPUT_VARIANTS,
                   study->folder, table);
  if (!study->drawn) sn_outputs_write(outputs, SN_OUTPUT_TABLE1_TEXT, study->folder, "table1.md");
  if (study->drawn && !one_class) sn_outputs_write(outputs, SN_OUTPUT_TRIALS, study->folder, "trials.csv");
  if (study->drawn) write_plots(outputs, study);
  free(table);
}

bool sn_study_take_folder(const SnStudy *study) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  write_summary(&outputs, study);
  for (int64_t v = 0; v < study->variant_count && sn_ok(); v++)
    for (int64_t c = 0; c < study->category_count && sn_ok(); c++) write_category(&outputs, study, v, c);
  read_all(&outputs, study);
  return sn_outputs_are_clear(&outputs) && sn_make_directories(study->folder) && sn_folder_lock(study->folder);
}
