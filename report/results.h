/* What a run leaves behind: metrics.json, training.csv and scores.csv. */
#ifndef SN_REPORT_RESULTS_H
#define SN_REPORT_RESULTS_H

#include "models/simplenet/run.h"
#include "report/origin.h"

/* {"category", "origin", "backbone", "preset settings…", "image_auroc", …}: every metric under its name, null where the data do
 * not determine it, with the reason under "unavailable". run NULL (a saved model was tested): without "best_test" and
 * seconds. */
typedef struct SnResults {
  const SnDataset *dataset;
  const SnSimpleNet *model;
  const SnEvaluation *evaluation;
  SnSelection selection;
  const SnRun *run;
  int64_t skipped; /* images that could not be read */
  const SnOrigin *origin;
} SnResults;

bool sn_write_metrics(const char *path, const SnResults *results);

/* epoch,loss,p_true,p_fake,seconds */
bool sn_write_training_table(const char *path, const SnRun *run);

/* image,label,score: the file's path below the data set's root, 0 for good and 1 for defective, the image score. */
bool sn_write_score_table(const char *path, const SnDataset *dataset, const float *image_scores);

/* A field of a CSV row (RFC 4180): in quotes where it must be. */
void sn_write_csv_field(FILE *stream, const char *text);

/* A comma and the number, exactly (sn_number_text); the comma alone for one that is not finite. */
void sn_write_csv_number(FILE *stream, double value);

#endif
