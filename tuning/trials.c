#include "tuning/trials.h"

#include <math.h>

enum { ROUNDS = SN_TUNING_ROUNDS };

static double mean_of(const double *values, int count) {
  double sum = 0;
  for (int i = 0; i < count; i++) sum += values[i];
  return count > 0 ? sum / count : NAN;
}

double sn_tuning_trial_image_auroc(const SnTuningTrial *trial) { return mean_of(trial->image_auroc, trial->rounds); }

double sn_tuning_trial_pixel_auroc(const SnTuningTrial *trial) { return mean_of(trial->pixel_auroc, trial->rounds); }

double sn_tuning_trial_score(const SnTuningTrial *trial) {
  return (sn_tuning_trial_image_auroc(trial) + sn_tuning_trial_pixel_auroc(trial)) / 2;
}

double sn_tuning_trial_round_score(const SnTuningTrial *trial, int round) {
  return (trial->image_auroc[round] + trial->pixel_auroc[round]) / 2;
}

bool sn_tuning_trial_is_whole(const SnTuningTrial *trial) { return trial->rounds == ROUNDS; }

double sn_tuning_noise(const SnTuning *tuning) {
  double round_means[ROUNDS] = {0}, squares = 0, mean = 0;
  int whole = 0;
  for (int t = 0; t < tuning->count; t++) {
    if (!sn_tuning_trial_is_whole(&tuning->trials[t])) continue;
    for (int r = 0; r < ROUNDS; r++) round_means[r] += sn_tuning_trial_round_score(&tuning->trials[t], r);
    whole++;
  }
  if (whole < 2) return NAN;
  for (int r = 0; r < ROUNDS; r++) {
    round_means[r] /= whole;
    mean += round_means[r] / ROUNDS;
  }
  for (int t = 0; t < tuning->count; t++) {
    const SnTuningTrial *trial = &tuning->trials[t];
    for (int r = 0; r < ROUNDS && sn_tuning_trial_is_whole(trial); r++) {
      double left = sn_tuning_trial_round_score(trial, r) - sn_tuning_trial_score(trial) - round_means[r] + mean;
      squares += left * left;
    }
  }
  return sqrt(2 * squares / ((whole - 1) * (ROUNDS - 1)) / ROUNDS);
}

bool sn_tuning_trial_is_better(const SnTuning *tuning, int a, int b) {
  double gained = sn_tuning_trial_score(&tuning->trials[a]) - sn_tuning_trial_score(&tuning->trials[b]);
  return gained > 2 * sn_tuning_noise(tuning);
}
