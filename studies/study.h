/* A study: variants of a method on categories with seeds, and what came of each. Its folder holds
 * VARIANT/CATEGORY/seed-N/ with metrics.json and the like; VARIANT is left out where there is only one. */
#ifndef SN_STUDIES_STUDY_H
#define SN_STUDIES_STUDY_H

#include "anomaly/paper.h"
#include "base/sha256.h"
#include "datasets/left_out.h"
#include "datasets/mvtec_ad.h"
#include "metrics/spread.h"
#include "studies/trial_json.h"
#include "studies/variant.h"

/* Epochs between the tests that the best epoch is chosen by: as in released codes. */
enum { SN_STUDY_EVAL_EVERY = 4 };

typedef struct SnStudyCategory {
  const char *name;
  int64_t train_images, test_images, test_defective;
  const SnMvtecCategory *mvtec; /* NULL: not one of MVTec AD's names */
  bool is_mvtecs;               /* and it has as many images as there */
  SnLeftOut left_out;           /* what its folders hold and was not taken */
} SnStudyCategory;

typedef struct SnStudy {
  /* what it is of, set by the caller */
  const char *name;          /* "table2" */
  const char *title;         /* for people; NULL: one is made of the method and the data */
  const SnPaperStudy *drawn; /* one of the paper's; NULL: a benchmark, set beside the paper's table */
  const char *folder, *data;
  const char *layout; /* of the data; NULL: found from the folder's shape */
  const char *command;
  int64_t *seeds;
  int64_t seed_count;
  int64_t eval_every;
  /* what is run, by sn_study_make_variants and sn_study_open */
  SnVariant *variants;
  int64_t variant_count;
  SnStudyCategory *categories;
  int64_t category_count;
  char (*sha256)[SN_SHA256_HEX]; /* [variants]: of the backbones' weights; "" without a backbone */
  /* what came of it, by sn_study_run_next */
  SnTrialResult *results; /* [variants, categories, seeds] */
  double *speeds;         /* [variants]: images a second; NULL: not measured */
  /* what the whole was made with */
  const char *device;
  int jobs, threads; /* categories at a time, threads for each */
  double seconds;    /* of this invocation */
} SnStudy;

/* That of its variants, and what its paper publishes, NULL where there is none. */
const SnMethod *sn_study_method(const SnStudy *study);
const SnPaper *sn_study_paper(const SnStudy *study);

/* ---- what a study's trials leave behind ---- */

bool sn_study_is_tested(const SnStudy *study); /* by each trial; else one pass at the end tests all of them */
bool sn_study_saves_models(const SnStudy *study);
bool sn_study_has_category_pages(const SnStudy *study); /* by the first seed */

SnTrialResult *sn_study_result(const SnStudy *study, int64_t variant, int64_t category, int64_t seed);

/* Folders of a category and of a trial; to be released with free(). */
char *sn_study_category_folder(const SnStudy *study, int64_t variant, int64_t category);
char *sn_study_trial_folder(const SnStudy *study, int64_t variant, int64_t category, int64_t seed);

/* Reads a trial's metrics.json and cost.json into the study's results. A trial that has none is not present. Metrics of
 * other settings, weights or numbers of images are an error that names the first difference. */
bool sn_study_read_result(SnStudy *study, int64_t variant, int64_t category, int64_t seed);

/* Reads all of them; `complete`, unless NULL, says whether all are present. */
bool sn_study_read_results(SnStudy *study, bool *complete);

/* ---- means ---- */

typedef enum SnMeasure {
  SN_LAST_IMAGE,
  SN_LAST_PIXEL,
  SN_LAST_AU_PRO,
  SN_BEST_IMAGE,
  SN_BEST_PIXEL,
  SN_MEASURES
} SnMeasure;

/* Mean in percent over the seeds, and their standard deviation.
 *
 * Of one category (category >= 0), or of the mean over the categories of a group (category < 0; for SN_MVTEC_ALL,
 * all of the study, whatever their names). Only seeds that have all the values count. */
SnSpread sn_study_mean(const SnStudy *study, int64_t variant, int64_t category, SnMvtecGroup group,
                            SnMeasure measure);

#endif
