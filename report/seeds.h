/* One detector trained with several seeds: each seed's metrics, their mean and standard deviation. What they are is
 * read from the seeds' own metrics.json, whether they were written a moment ago or before an interruption. */
#ifndef SN_REPORT_SEEDS_H
#define SN_REPORT_SEEDS_H

#include "metrics/spread.h"
#include "report/results.h"

/* The metrics that a seed is judged by; thresholds are no such thing. */
enum { SN_SEED_IMAGE_AUROC, SN_SEED_PIXEL_AUROC, SN_SEED_AU_PRO, SN_SEED_METRICS = 7 };
extern const char *const sn_seed_metric_names[SN_SEED_METRICS]; /* as in metrics.json: "image_auroc" */

typedef struct SnSeedRow {
  int64_t seed;
  double metrics[SN_SEED_METRICS]; /* NaN: not available */
  double false_alarm_rate;         /* that its threshold was calibrated for; NaN: it was not */
  double threshold;                /* of a calibrated one */
  SnDecisionCounts decisions;      /* by it on the test set */
  int64_t best_epoch;              /* the best on the test set; 0: none */
  double best[SN_SEED_METRICS];    /* there */
  /* of the test and the training */
  SnSelection selection;
  int64_t train_images, test_images, skipped_images;
} SnSeedRow;

typedef struct SnSeeds {
  const SnSeedRow *rows;
  int64_t count;
  const SnDataset *dataset;
  const SnModel *model; /* of any of the seeds */
  bool trained;         /* just now: which epoch it is of is known, as it is not of saved models */
  const SnOrigin *origin;
} SnSeeds;

/* The folder of a seed, "folder/seed-0", to be released with free(). */
char *sn_seed_folder(const char *folder, int64_t seed);

/* The seeds that have such a folder with a model in it, in rising order, in the innermost scope; *count of them, at
 * most `most`, beyond which there is an error. */
int64_t *sn_find_seeds(const char *folder, int64_t most, int64_t *count);

/* Of a test of a saved model: without a best on the test set. */
void sn_seed_row_of(const SnResults *results, SnSeedRow *row);

/* The numbers of a metrics.json. What is absent, or beyond all measure, is NaN or 0. */
bool sn_seed_row_read(const char *path, SnSeedRow *row);

/* The same from the file's text; path names it in messages. */
bool sn_seed_row_parse(const char *path, SnBytes text, SnSeedRow *row);

/* Whether every seed was tested on its way and kept its last epoch, so that the best on the test set stands beside it.
 */
bool sn_seeds_have_best(const SnSeeds *seeds);

/* Whether every seed's threshold was calibrated. */
bool sn_seeds_are_calibrated(const SnSeeds *seeds);

/* Of a metric, or of its value in the epochs that are best on the test set. */
SnSpread sn_seeds_spread(const SnSeeds *seeds, int metric, bool best);

/* "last epoch", "epoch selected on the test set", or "" where a method has no epochs or they are not known: what
 * sn_seeds_spread is of. */
const char *sn_seeds_epoch(const SnSeeds *seeds);

/* seeds.csv, a row a seed, and seeds.json, with mean and deviation, in a folder that exists. */
bool sn_write_seeds(const char *folder, const SnSeeds *seeds);

/* The same files, and the page (report/page/seeds_page.h), in a comparison with what is there (base/outputs.h). */
bool sn_outputs_write_seeds(SnOutputs *outputs, const char *folder);

#endif
