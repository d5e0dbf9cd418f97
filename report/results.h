/* What a run leaves behind: model.safetensors, metrics.json, training.csv and scores.csv. */
#ifndef SN_REPORT_RESULTS_H
#define SN_REPORT_RESULTS_H

#include "anomaly/run.h"
#include "report/origin.h"
#include "report/output_kinds.h"
#include "tuning/trials.h"

typedef struct SnResults {
  const SnDataset *dataset;
  const SnModel *model;
  const SnTestResult *test;
  SnSelection selection;
  const SnRun *run; /* NULL: a saved model was tested */
  int64_t skipped;  /* images that could not be read */
  const SnOrigin *origin;
  const SnTuning *tuning; /* NULL: the settings were not chosen by it */
} SnResults;

/* The four files of a run in a folder that exists, metrics.json the last. */
bool sn_write_results(const char *folder, const SnResults *results);

/* The same four files in a comparison with what is there (base/outputs.h). */
bool sn_outputs_write_results(SnOutputs *outputs, const char *folder);

/* {"category", "origin", "method", "backbone", "image_auroc", …, "decision", "settings"}: every metric under its name,
 * null where the data do not determine it, with the reason under "unavailable"; the model's threshold, what it was
 * chosen by, and what it does on this test set. Without a run: without "best_test" and seconds. */
bool sn_write_metrics(const char *path, const SnResults *results);

/* epoch, the method's columns, seconds */
bool sn_write_training_table(const char *path, const SnRun *run);

/* image,label,score: the file's path below the data set's root, 0 for good and 1 for defective, the image score. */
bool sn_write_score_table(const char *path, const SnDataset *dataset, const float *image_scores);

/* A setting as a member of the object: a number, or a text. */
void sn_json_add_setting(cJSON *object, const SnSetting *setting, const SnSettings *settings);

/* All settings but those of these groups, as the object "settings"; the names of method and backbone, and the hash of
 * its weights. */
void sn_json_add_settings(cJSON *object, const SnSettings *settings, unsigned without);
void sn_json_add_method(cJSON *object, const SnModel *model);

/* A field of a CSV row (RFC 4180): in quotes where it must be. */
void sn_write_csv_field(FILE *stream, const char *text);

/* The same as a text, to be released with free(); NULL and an error when memory is short. */
char *sn_csv_field(const char *text);

/* A comma and the number, exactly (sn_number_text); the comma alone for one that is not finite. */
void sn_write_csv_number(FILE *stream, double value);

#endif
