/* What was tried, and how much of a difference is noise. */
#ifndef SN_TUNING_TRIALS_H
#define SN_TUNING_TRIALS_H

#include "tuning/candidate.h"

enum {
  SN_TUNING_ROUNDS = 3, /* trainings of a candidate, each with other photographs held out and another seed */
  SN_TUNING_MAX_TRIALS = 64
};

typedef struct SnTuningTrial {
  char changes[SN_CHANGES_TEXT]; /* of the settings that were given; "": none */
  int rounds;                    /* of training and test that it came to */
  double image_auroc[SN_TUNING_ROUNDS], pixel_auroc[SN_TUNING_ROUNDS];
  double seconds;
  char note[160]; /* why it did not come to all rounds; "": it did */
} SnTuningTrial;

typedef struct SnTuning {
  SnTuningTrial trials[SN_TUNING_MAX_TRIALS]; /* the settings that were given first */
  int count;
  int chosen; /* position in trials */
  double seconds;
} SnTuning;

/* Means over the rounds that a trial came to; NaN without any. */
double sn_tuning_trial_image_auroc(const SnTuningTrial *trial);
double sn_tuning_trial_pixel_auroc(const SnTuningTrial *trial);

/* The mean of the two. */
double sn_tuning_trial_score(const SnTuningTrial *trial);

/* Of one round. */
double sn_tuning_trial_round_score(const SnTuningTrial *trial, int round);

bool sn_tuning_trial_is_whole(const SnTuningTrial *trial);

/* The standard error of the difference of two whole trials' scores: sqrt(2 v / rounds), where v is the variance of what
 * is left of a round's score when the trial's and the round's own means are taken away. It holds what the choice of
 * photographs, the drawn defects and the seed of the training do to the score. NaN for fewer than two whole trials. */
double sn_tuning_noise(const SnTuning *tuning);

/* Whether trial `a` is better than trial `b` by more than twice that. Both must be whole. */
bool sn_tuning_trial_is_better(const SnTuning *tuning, int a, int b);

#endif
