/* A tested category's images, ready to be shown: photographs in memory, in the order of their scores. */
#ifndef SN_REPORT_PAGE_EXHIBITS_H
#define SN_REPORT_PAGE_EXHIBITS_H

#include "anomaly/run.h"
#include "metrics/curve.h"
#include "report/draw/tile.h"

/* What is known of a category after its test; everything is borrowed. */
typedef struct SnCategoryReport {
  const SnDataset *dataset;
  const SnSettings *settings;
  const SnTestResult *test;
  const SnEvaluationCurves *curves;
  const SnTruth *truth;   /* of the test images */
  const SnEpochRow *rows; /* of the training; NULL: not told */
  int64_t row_count;
  const SnEvaluation *baseline; /* another detector's results; NULL: none */
  const SnEvaluationCurves *baseline_curves;
  const char *baseline_name; /* "mean image" */
} SnCategoryReport;

typedef struct SnExhibits {
  int64_t count;
  SnSize section;           /* of the maps: what the model looks at */
  SnExhibit *items;         /* by falling score */
  const SnSample **samples; /* the same order */
  SnScale scale;            /* over all anomaly maps, the threshold that of pixel F1-max */
  double score_threshold;   /* of image F1-max; NaN: unknown */
  uint8_t *photographs;
  char **names;
} SnExhibits;

/* Loads the test photographs' section that the model looks at, in sn_tile_size() of that side. */
bool sn_exhibits_load(const SnCategoryReport *report, int64_t side, SnExhibits *exhibits);
void sn_exhibits_free(SnExhibits *exhibits);

/* Whether the image is defective, and whether the detector says so at the threshold (false when there is none). */
bool sn_exhibit_is_defective(const SnExhibits *exhibits, int64_t index);
bool sn_exhibit_is_called_defective(const SnExhibits *exhibits, int64_t index);

#endif
