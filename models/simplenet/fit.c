#include "models/simplenet/fit.h"

#include <inttypes.h>
#include <stdio.h>

#include "models/simplenet/failure_signs.h"
#include "models/simplenet/fast/batch_step.h"
#include "models/simplenet/fast/recorded_steps.h"
#include "models/simplenet/rates.h"

typedef struct Fit {
  SnTraining *training;                    /* of the first head */
  SnRecordedSteps *recorded[SN_MAX_HEADS]; /* of each; NULL where steps are not recorded */
  SnRates rates;
  int64_t steps;                 /* of an epoch */
  int64_t epoch, steps_in_epoch; /* done; the epoch's order and rates are set with its first step */
  bool begun;                    /* order and rates are those of this epoch */
  char warning[SN_FAILURE_SIGN], ending[SN_ENDING];
  SnTrainingResult sum; /* of the steps in this epoch, as far as they were collected */
} Fit;

SnTraining *sn_simplenet_fit_training(void *fit) { return ((Fit *)fit)->training; }

void *sn_simplenet_fit_new(SnModel *model, const SnFeatures *features) {
  Fit *fit = sn_scope_allocate(1, sizeof *fit, NULL);
  if (!fit) return NULL;
  fit->training = sn_training_new(model, features);
  fit->rates = sn_rates(&model->settings);
  fit->steps = sn_simplenet_epoch_steps(&model->settings, features->levels[0]->array.shape[0]);
  int head = 0;
  for (SnTraining *training = fit->training; training && sn_ok(); training = training->next)
    fit->recorded[head++] = sn_recorded_steps_new(training);
  return sn_ok() ? fit : NULL;
}

static void add(SnTrainingResult *sum, const SnTrainingResult *result) {
  sum->loss += result->loss;
  sum->p_true += result->p_true;
  sum->p_fake += result->p_fake;
}

static bool take_step_of_head(Fit *fit, SnTraining *training, int64_t first, int64_t count) {
  SnTrainingResult result;
  SnStepOutcome outcome;
  SnScope *scope = sn_scope_open();
  if (sn_batch_step(training, training->step + 1, first, count, &outcome) &&
      sn_training_read(training, &outcome, &result)) {
    training->step++;
    add(&fit->sum, &result);
  }
  sn_scope_close(scope);
  return sn_ok();
}

static bool take_step(Fit *fit, int64_t first, int64_t count) {
  int head = 0;
  for (SnTraining *training = fit->training; training && sn_ok(); training = training->next) {
    SnRecordedSteps *recorded = fit->recorded[head++];
    if (recorded)
      sn_recorded_steps_run(recorded, first, count);
    else
      take_step_of_head(fit, training, first, count);
  }
  return sn_ok();
}

/* Recorded steps keep what they gave on the device until it is asked for. */
static bool collect(Fit *fit) {
  for (int head = 0; head < SN_MAX_HEADS && fit->recorded[head]; head++)
    if (!sn_recorded_steps_collect(fit->recorded[head], &fit->sum)) return false;
  return true;
}

static void say_ending(Fit *fit, SnFitStep *step) {
  if (sn_rates_ending(&fit->rates, fit->ending)) step->ending = fit->ending;
}

static void end_epoch(Fit *fit, SnFitStep *step) {
  double steps = (double)(fit->steps * fit->training->network->settings.heads);
  step->ends_epoch = true;
  SnTrainingResult average = {fit->sum.loss / steps, fit->sum.p_true / steps, fit->sum.p_fake / steps};
  step->columns[0] = average.loss;
  step->columns[1] = average.p_true;
  step->columns[2] = average.p_fake;
  fit->sum = (SnTrainingResult){0};
  fit->steps_in_epoch = 0;
  fit->begun = false;
  fit->epoch++;
  sn_rates_end_epoch(&fit->rates, fit->epoch, average.loss);
  int64_t epochs = sn_rates_epochs(&fit->rates);
  step->ends_fit = fit->epoch == epochs;
  if (step->ends_fit) say_ending(fit, step);
  if (sn_failure_sign(&fit->training->network->settings, fit->epoch, epochs, fit->steps, &average, fit->warning))
    step->warning = fit->warning;
}

/* Images of the epoch's next step, or images' worth of patches. */
static int64_t images_of_step(const Fit *fit, int64_t first) {
  const SnTraining *training = fit->training;
  int64_t batch = training->model->settings.training.batch, left = training->levels[0]->array.shape[0] - first;
  bool is_last = training->network->settings.batch_from == SN_BATCH_FROM_IMAGES && left < batch;
  return is_last ? left : batch;
}

bool sn_simplenet_fit_next(void *memory, SnFitStep *step) {
  Fit *fit = memory;
  const SnTrainingSettings *settings = &fit->training->model->settings.training;
  if (!sn_ok()) return false;
  if (fit->epoch >= sn_rates_epochs(&fit->rates)) {
    say_ending(fit, step);
    return false;
  }
  if (!fit->begun) {
    double adaptor, discriminator;
    sn_rates_factors(&fit->rates, fit->epoch, &adaptor, &discriminator);
    for (SnTraining *training = fit->training; training; training = training->next) {
      if (!sn_training_set_order(training, fit->epoch)) return false;
      sn_training_set_rates(training, adaptor, discriminator);
    }
    fit->begun = true;
  }
  int64_t first = fit->steps_in_epoch * settings->batch;
  if (!take_step(fit, first, images_of_step(fit, first))) return false;
  *step = (SnFitStep){.done = fit->epoch * fit->steps + ++fit->steps_in_epoch,
                      .total = sn_rates_epochs(&fit->rates) * fit->steps};
  if (fit->steps_in_epoch == fit->steps && collect(fit)) end_epoch(fit, step);
  return sn_ok();
}

/* ---- checkpoints ---- */

static bool add_optimizers(const SnTraining *training, SnStateDict *state) {
  for (; training; training = training->next) {
    char name[64];
    snprintf(name, sizeof name, "%sadaptor_optimizer.", training->network->prefix);
    sn_optimizer_state(training->adaptor_optimizer, name, state);
    snprintf(name, sizeof name, "%sdiscriminator_optimizer.", training->network->prefix);
    sn_optimizer_state(training->discriminator_optimizer, name, state);
  }
  return sn_ok();
}

bool sn_simplenet_fit_save(void *memory, SnStateDict *state) {
  Fit *fit = memory;
  if (!collect(fit)) return false;
  double sums[] = {fit->sum.loss, fit->sum.p_true, fit->sum.p_fake};
  sn_saved_add_integer(state, "step", fit->training->step);
  sn_saved_add_integer(state, "steps_in_epoch", fit->steps_in_epoch);
  sn_saved_add_reals(state, "sums", sums, 3);
  sn_saved_add_integer(state, "plateau", fit->rates.plateau);
  sn_saved_add_integer(state, "plateau_reason", fit->rates.reason);
  sn_saved_add_reals(state, "losses", fit->rates.losses, 2 * SN_PLATEAU_EPOCHS);
  return add_optimizers(fit->training, state);
}

bool sn_simplenet_fit_load(void *memory, const SnSavedState *saved) {
  Fit *fit = memory;
  SnTraining *training = fit->training;
  int64_t epochs = training->model->settings.training.epochs;
  double sums[3] = {0};
  fit->epoch = sn_saved_integer(saved, "epoch", epochs);
  fit->steps_in_epoch = sn_saved_integer(saved, "steps_in_epoch", fit->steps);
  training->step = sn_saved_integer(saved, "step", epochs * fit->steps);
  if (sn_ok() && training->step != fit->epoch * fit->steps + fit->steps_in_epoch)
    return sn_fail("%s: step %" PRId64 " does not follow from epoch %" PRId64 " of %" PRId64 " steps and %" PRId64
                   " steps",
                   saved->path, training->step, fit->epoch, fit->steps, fit->steps_in_epoch);
  sn_saved_reals(saved, "sums", sums, 3);
  fit->rates.plateau = sn_saved_integer(saved, "plateau", fit->epoch);
  fit->rates.reason = sn_saved_integer(saved, "plateau_reason", SN_PLATEAU_LIMIT);
  sn_saved_reals(saved, "losses", fit->rates.losses, 2 * SN_PLATEAU_EPOCHS);
  fit->sum = (SnTrainingResult){sums[0], sums[1], sums[2]};
  for (SnTraining *other = training->next; other; other = other->next) other->step = training->step;
  SnStateDict *own = sn_ok() ? sn_state_dict_new() : NULL;
  if (own && add_optimizers(training, own)) sn_saved_tensors(saved, own, "");
  return sn_ok();
}
