/* What a study's folder lacks, what it will cost, and how much of it is done at a time. */
#ifndef SN_STUDIES_SCHEDULE_H
#define SN_STUDIES_SCHEDULE_H

#include "studies/cost.h"
#include "studies/study.h"

/* What a person allows. */
typedef struct SnStudyOptions {
  const char *device;    /* NULL: "cpu" */
  const char *precision; /* NULL: the device's own */
  int64_t threads;       /* 0: all of the device */
  int64_t jobs;          /* categories at a time; 0: as many as threads and memory allow */
  double memory;         /* bytes, for all processes together */
} SnStudyOptions;

/* Makes tensors on that device from now on. */
bool sn_study_use_device(const SnStudyOptions *options, int64_t threads);

/* Variants that share their features. */
typedef struct SnStudyGroup {
  const SnVariant **variants;
  int64_t *numbers; /* of the variants in the study */
  int64_t count;
  SnCost *costs; /* of each variant */
  SnCost cost;   /* the largest of any */
} SnStudyGroup;

/* What one process does: a group's trials on one category, as far as they are absent. */
typedef struct SnStudyItem {
  const SnStudyGroup *group;
  int64_t category;
  double predicted, done; /* seconds of all threads */
} SnStudyItem;

typedef struct SnSchedule {
  SnStudy *study;
  SnStudyGroup *groups;
  int64_t group_count;
  SnStudyItem *items;
  int64_t item_count, trials;
  double memory; /* bytes that one item may take */
} SnSchedule;

/* Whether the files of a trial are there. */
bool sn_trial_exists(const SnStudy *study, int64_t variant, int64_t category, int64_t seed);

/* In the innermost scope; the study's results have been read. */
bool sn_schedule_make(SnStudy *study, SnSchedule *schedule);

/* Whether a group has an item to do. */
bool sn_schedule_needs(const SnSchedule *schedule, const SnStudyGroup *group);

/* With the costs of all groups known: predicts the items, and chooses how many are done at a time with how many threads
 * each (study->jobs, study->threads), as many as the memory holds of the largest. */
bool sn_schedule_plan(SnSchedule *schedule, const SnStudyOptions *options);

/* Seconds of an item's features, and of one of its trials (a variant of the group). */
double sn_item_features_cost(const SnSchedule *schedule, const SnStudyItem *item);
double sn_item_trial_cost(const SnSchedule *schedule, const SnStudyItem *item, int64_t variant);

/* Bytes of an item as a whole, of its features, and what is left to these: what does not fit goes to files. */
double sn_item_memory(const SnSchedule *schedule, const SnStudyItem *item);
double sn_item_feature_memory(const SnSchedule *schedule, const SnStudyItem *item);
double sn_item_feature_budget(const SnSchedule *schedule, const SnStudyItem *item);

/* What is foretold before the work. */
typedef struct SnStudyPrediction {
  int64_t trials, items;
  int jobs, threads;
  double seconds;
  double memory;                      /* bytes of the largest item */
  double item_memory;                 /* bytes that each may take */
  int64_t in_files;                   /* items whose features do not fit in them */
  int64_t mvtec_images, mvtec_epochs; /* of all of MVTec AD with one seed; 0 images: not foretold; 0
                                       * epochs: the method has none */
  double mvtec_seconds;
} SnStudyPrediction;

SnStudyPrediction sn_schedule_prediction(const SnSchedule *schedule);

#endif
