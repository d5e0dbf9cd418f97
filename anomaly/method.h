/* A method of anomaly detection: one entry in the table of models/methods.c. What is in here is all that the other
 * floors know of it.
 *
 *     train   photographs -> view -> features (cached) -> fit
 *     score   photographs -> view -> features -> forward -> map and image score
 */
#ifndef SN_ANOMALY_METHOD_H
#define SN_ANOMALY_METHOD_H

#include "anomaly/features.h"
#include "anomaly/model.h"
#include "anomaly/paper.h"
#include "anomaly/saved_state.h"
#include "nn/generator.h"

/* What a method says of N images. */
typedef struct SnScores {
  SnTensor *patches; /* [N,h,w]: larger is more anomalous; resized and smoothed it is the map */
  SnTensor *images;  /* [N]; NULL: the largest patch score or value of the map, as the map settings say */
} SnScores;

enum { SN_MAX_COLUMNS = 8 };

/* Where a fit is after one of its steps. */
typedef struct SnFitStep {
  int64_t done, total;            /* steps of the whole fit */
  bool ends_epoch;                /* with this step; a fit without epochs ends one, with its last step */
  bool ends_fit;                  /* with this step, though more epochs may have been allowed */
  double columns[SN_MAX_COLUMNS]; /* of the epoch that ended */
  /* The fit's, until its next step; NULL: */
  const char *warning; /* a sign that the fit fails, and what may help */
  const char *ending;  /* why it ends now, where that was not known beforehand */
} SnFitStep;

/* A model file of another program, or of an earlier version. */
typedef struct SnForeignModel {
  const char *description; /* "a ckpt.pth of the authors' released code" */
  const char *preset;      /* that the settings begin with, which the file does not hold */
  bool (*recognises)(const SnStateDict *file);
  bool (*settings)(const SnStateDict *file, const char *path, SnSettings *settings); /* as far as its tensors say */
} SnForeignModel;

/* A direction in which better settings are looked for (tuning/tuner.h). */
typedef struct SnTuneAxis {
  const char *name; /* "noise" */
  const char *when; /* values that settings must have for it, "levels=2,3"; NULL: any */
  /* Each as names and values, "sigma=x2" or "levels=1,2,3 grid-level=2": x and a number multiplies what is there. Those
   * that change nothing, or that the backbone does not have, are passed over. Ended by NULL. */
  const char *const *candidates;
} SnTuneAxis;

struct SnMethod {
  const char *name;        /* as an option, in model files, as a folder */
  const char *title;       /* as it is written in texts */
  const char *paper;       /* authors, title, venue, year */
  const char *const *idea; /* how it works, for a newcomer: a sentence that introduces, then its steps; ended by NULL */

  /* ---- settings ---- */
  unsigned groups;           /* SnSettingGroup: of the shared settings that it has */
  const SnSetting *settings; /* its own */
  int setting_count;
  const char *const *presets;                       /* names, ended by NULL; the first is the default */
  void (*preset)(int number, SnSettings *settings); /* of settings whose method is set and all else 0 */
  bool (*check)(const SnSettings *settings);        /* of its own; NULL: nothing to check */
  const char *const *demo; /* name, value, name, value, …, NULL: what `simplenet demo` changes of the first preset */
  const SnTuneAxis *tune;  /* what is chosen without labels, in this order; ended by a row without a name; NULL: nothing
                            */

  /* ---- model ---- */
  /* Makes model->own and the modules below model->head, in the innermost scope, for features of model->features. With
   * a file, the generator is NULL (nn/generator.h); what the fit determines takes its size from there, and the file
   * must hold as much before memory is taken; the tensors themselves are loaded afterwards. */
  bool (*create)(SnModel *model, SnGenerator *generator, const SnStateDict *file, const char *path);
  /* features [N,h,w,C] -> scores, by recorded operations in evaluation mode, so that it can be planned. */
  bool (*forward)(const SnModel *model, SnTensor *features, SnScores *scores);
  /* Whether the seed decides anything about this model; NULL: it does. Not asked of a method without a seed. */
  bool (*has_chance)(const SnModel *model);

  /* ---- fit: pulled, a step at a time ---- */
  const char *const *columns; /* of training.csv, ended by NULL; the first falls as the fit goes on */
  /* In the innermost scope; the features must outlive it. */
  void *(*fit_new)(SnModel *model, const SnFeatures *features);
  bool (*fit_next)(void *fit, SnFitStep *step); /* one step; false: there was none left, or an error */
  /* Steps of an epoch on so many images; NULL: a fit without epochs. */
  int64_t (*epoch_steps)(const SnSettings *settings, int64_t images);
  /* The state beside model->head, for checkpoints; both NULL: the fit cannot be resumed. */
  bool (*fit_save)(void *fit, SnStateDict *state);
  bool (*fit_load)(void *fit, const SnSavedState *saved);

  /* ---- files of others; NULL: none ---- */
  const SnForeignModel *foreign;
  /* A model file of an earlier version with today's names of settings, in the innermost scope; NULL where it is none.
   */
  SnStateDict *(*read_earlier)(const SnStateDict *file);

  const SnPaper *publication; /* results that its paper prints, and the studies behind them; NULL: none */
};

/* All methods, ended by NULL; the first is the default (models/methods.c). */
extern const SnMethod *const sn_methods[];

/* The plainest of them, which others are compared with. */
extern const SnMethod *const sn_baseline_method;

/* NULL and an error that lists the methods when there is none of that name. */
const SnMethod *sn_method_find(const char *name);

#endif
