#include "models/simplenet/fast/recorded_steps.h"

#include "autograd/ops.h"
#include "models/simplenet/fast/batch_step.h"
#include "models/simplenet/fast/reassociated_step.h"

/* The step on one number of images. */
typedef struct Recorded {
  int64_t count;
  bool has_run;
  SnStoragePool *pool;
  SnRecording *recording;
  int64_t step, first; /* of the training, at the recording */
  double rates[2];     /* the adaptor's and the discriminator's, which are part of it */
} Recorded;

struct SnRecordedSteps {
  SnTraining *training;
  const SnBackend *backend;
  Recorded full, last;
  SnTensor *outcome; /* [1 + most scores]: the loss and the scores of the step that ran last */
  SnTensor *history; /* [steps of an epoch, 1 + most scores] */
  int64_t *counts;   /* [steps of an epoch]: scores of each step in the history */
  int64_t done;      /* steps in the history */
};

static void forget(Recorded *recorded, const SnBackend *backend) {
  backend->record_free(recorded->recording);
  sn_storage_pool_free(recorded->pool);
  recorded->recording = NULL;
  recorded->pool = NULL;
}

static void release(void *memory) {
  SnRecordedSteps *steps = memory;
  if (!steps->backend) return;
  forget(&steps->full, steps->backend);
  forget(&steps->last, steps->backend);
}

/* Of an image. */
static int64_t positions_of(const SnTraining *training) {
  const int64_t *shape = training->levels[0]->array.shape;
  return shape[1] * shape[2];
}

SnRecordedSteps *sn_recorded_steps_new(SnTraining *training) {
  if (!sn_ok()) return NULL;
  int64_t batch = training->model->settings.training.batch;
  const SnArray *features = &training->levels[0]->array;
  const SnBackend *backend = sn_storage_backend(training->levels[0]->storage);
  if (!backend->record_begin || !sn_reassociated_step_supports(&training->model->settings) ||
      training->network->settings.noise_mix != 1)
    return NULL;
  SnRecordedSteps *steps = sn_scope_allocate(1, sizeof *steps, release);
  if (!steps) return NULL;
  int64_t images = features->shape[0], width = 1 + 2 * batch * positions_of(training);
  int64_t in_epoch = sn_simplenet_epoch_steps(&training->model->settings, images);
  steps->training = training;
  steps->backend = backend;
  steps->full.count = batch;
  steps->last.count = images % batch;
  steps->outcome = sn_zeros(features->dtype, SN_SHAPE(width));
  steps->history = sn_empty(features->dtype, SN_SHAPE(in_epoch, width));
  steps->counts = sn_scope_allocate(in_epoch, sizeof *steps->counts, NULL);
  return sn_ok() ? steps : NULL;
}

/* The step, and what it gave into steps->outcome. Kernels only. */
static bool compute(SnRecordedSteps *steps, int64_t step, int64_t first, int64_t count) {
  SnScope *scope = sn_scope_open();
  SnStepOutcome outcome;
  if (sn_batch_step(steps->training, step, first, count, &outcome)) {
    int64_t scores = sn_count(outcome.scores);
    SnTensor *loss = sn_view(steps->outcome, 0, NULL, NULL, 0);
    SnTensor *rest = sn_view(steps->outcome, 1, &scores, (int64_t[]){1}, 1);
    if (loss && rest && sn_copy_into(loss, sn_detach(outcome.loss)))
      sn_copy_into(rest, sn_reshape(sn_detach(outcome.scores), SN_SHAPE(-1)));
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* What will be the next step, recorded and not run. */
static bool record(SnRecordedSteps *steps, Recorded *recorded, int64_t first) {
  const SnTraining *training = steps->training;
  forget(recorded, steps->backend);
  recorded->pool = sn_storage_pool_new();
  if (!recorded->pool) return false;
  recorded->step = training->step;
  recorded->first = first;
  recorded->rates[0] = training->adaptor_optimizer->options.learning_rate;
  recorded->rates[1] = training->discriminator_optimizer->options.learning_rate;
  sn_storage_pool_enter(recorded->pool);
  if (steps->backend->record_begin()) {
    compute(steps, training->step + 1, first, recorded->count);
    recorded->recording = steps->backend->record_end();
  }
  sn_storage_pool_leave();
  return sn_ok();
}

static bool run_recording(SnRecordedSteps *steps, Recorded *recorded, int64_t first) {
  const SnTraining *training = steps->training;
  SnClock clock = {training->step - recorded->step, (first - recorded->first) / recorded->count};
  return steps->backend->record_run(recorded->recording, clock);
}

static bool keep_outcome(SnRecordedSteps *steps, int64_t count) {
  SnScope *scope = sn_scope_open();
  const int64_t *width = steps->outcome->array.shape;
  SnTensor *row = sn_view(steps->history, 1, width, (int64_t[]){1}, steps->done * *width);
  if (row && sn_copy_into(row, steps->outcome))
    steps->counts[steps->done++] = 2 * count * positions_of(steps->training);
  sn_scope_close(scope);
  return sn_ok();
}

bool sn_recorded_steps_run(SnRecordedSteps *steps, int64_t first, int64_t count) {
  if (!sn_ok()) return false;
  Recorded *recorded = count == steps->full.count ? &steps->full : &steps->last;
  bool taken = false;
  if (!recorded->has_run) {
    taken = recorded->has_run = compute(steps, steps->training->step + 1, first, count);
  } else {
    bool same_rates = recorded->rates[0] == steps->training->adaptor_optimizer->options.learning_rate &&
                      recorded->rates[1] == steps->training->discriminator_optimizer->options.learning_rate;
    if ((recorded->recording && same_rates) || record(steps, recorded, first))
      taken = run_recording(steps, recorded, first);
  }
  if (!taken || !keep_outcome(steps, count)) return false;
  steps->training->step++;
  return true;
}

bool sn_recorded_steps_collect(SnRecordedSteps *steps, SnTrainingResult *sum) {
  SnScope *scope = sn_scope_open();
  int64_t width = steps->outcome->array.shape[0];
  double *rows = sn_scope_allocate(steps->done * width, sizeof *rows, NULL);
  SnTensor *kept = sn_view(steps->history, 2, (int64_t[]){steps->done, width}, (int64_t[]){width, 1}, 0);
  if (rows && kept) sn_to_host(kept, SN_FLOAT64, rows);
  for (int64_t i = 0; i < steps->done && sn_ok(); i++) {
    SnTrainingResult result;
    sn_training_count_margins(rows + i * width + 1, steps->counts[i], steps->training->network->settings.margin,
                              &result);
    sum->loss += rows[i * width];
    sum->p_true += result.p_true;
    sum->p_fake += result.p_fake;
  }
  steps->done = 0;
  sn_scope_close(scope);
  return sn_ok();
}
