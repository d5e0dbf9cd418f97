#include "models/simplenet/recorded_steps.h"

#include "autograd/ops.h"
#include "models/simplenet/reassociated_step.h"

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
  SnTensor *outcome;  /* [1 + most scores]: the loss and the scores of the step that ran last */
  SnTensor *history;  /* [steps of an epoch, 1 + most scores] */
  int64_t *counts;    /* [steps of an epoch]: scores of each step in the history */
  int64_t done, room; /* steps in the history */
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

SnRecordedSteps *sn_recorded_steps_new(SnTraining *training) {
  if (!sn_ok()) return NULL;
  const SnSimpleNetSettings *settings = &training->model->settings;
  const SnArray *features = &training->parts[0]->array;
  const SnBackend *backend = sn_storage_backend(training->parts[0]->storage);
  if (!backend->record_begin || !sn_reassociated_step_knows(settings) || settings->noise_mix != 1) return NULL;
  SnRecordedSteps *steps = sn_scope_allocate(1, sizeof *steps, release);
  if (!steps) return NULL;
  int64_t images = features->shape[0], width = 1 + 2 * settings->batch * features->shape[1];
  steps->training = training;
  steps->backend = backend;
  steps->full.count = settings->batch;
  steps->last.count = images % settings->batch;
  steps->room = (images + settings->batch - 1) / settings->batch;
  steps->outcome = sn_zeros(features->dtype, SN_SHAPE(width));
  steps->history = sn_empty(features->dtype, SN_SHAPE(steps->room, width));
  steps->counts = sn_scope_allocate(steps->room, sizeof *steps->counts, NULL);
  return sn_ok() ? steps : NULL;
}

bool sn_recorded_steps_note(SnRecordedSteps *steps, SnTensor *loss, SnTensor *scores) {
  int64_t count = sn_count(scores);
  SnTensor *first = sn_view(steps->outcome, 0, NULL, NULL, 0);
  SnTensor *rest = sn_view(steps->outcome, 1, &count, (int64_t[]){1}, 1);
  return first && rest && sn_copy_into(first, sn_detach(loss)) &&
         sn_copy_into(rest, sn_reshape(sn_detach(scores), SN_SHAPE(-1)));
}

/* Notes a step without taking it. */
static bool record(SnRecordedSteps *steps, Recorded *recorded, int64_t first) {
  SnTraining *training = steps->training;
  SnOptimizer *adaptor = training->adaptor_optimizer, *discriminator = training->discriminator_optimizer;
  int64_t step = training->step, adaptor_step = adaptor->step, discriminator_step = discriminator->step;
  forget(recorded, steps->backend);
  recorded->pool = sn_storage_pool_new();
  if (!recorded->pool) return false;
  recorded->step = step;
  recorded->first = first;
  recorded->rates[0] = adaptor->options.learning_rate;
  recorded->rates[1] = discriminator->options.learning_rate;
  sn_storage_pool_enter(recorded->pool);
  if (steps->backend->record_begin()) {
    sn_training_batch_step(training, first, recorded->count, NULL);
    recorded->recording = steps->backend->record_end();
  }
  sn_storage_pool_leave();
  training->step = step;
  adaptor->step = adaptor_step;
  discriminator->step = discriminator_step;
  return sn_ok();
}

static bool run_recording(SnRecordedSteps *steps, Recorded *recorded, int64_t first) {
  SnTraining *training = steps->training;
  SnClock clock = {training->step - recorded->step, (first - recorded->first) / recorded->count};
  if (!steps->backend->record_run(recorded->recording, clock)) return false;
  training->step++;
  training->adaptor_optimizer->step++;
  training->discriminator_optimizer->step++;
  return true;
}

static bool keep_outcome(SnRecordedSteps *steps, int64_t count) {
  SnScope *scope = sn_scope_open();
  const int64_t *width = steps->outcome->array.shape;
  SnTensor *row = sn_view(steps->history, 1, width, (int64_t[]){1}, steps->done * *width);
  if (row && sn_copy_into(row, steps->outcome))
    steps->counts[steps->done++] = 2 * count * steps->training->parts[0]->array.shape[1];
  sn_scope_close(scope);
  return sn_ok();
}

bool sn_recorded_steps_run(SnRecordedSteps *steps, int64_t first, int64_t count) {
  if (!sn_ok()) return false;
  Recorded *recorded = count == steps->full.count ? &steps->full : &steps->last;
  bool taken = false;
  if (!recorded->has_run) {
    taken = recorded->has_run = sn_training_batch_step(steps->training, first, count, NULL);
  } else {
    bool same_rates = recorded->rates[0] == steps->training->adaptor_optimizer->options.learning_rate &&
                      recorded->rates[1] == steps->training->discriminator_optimizer->options.learning_rate;
    if ((recorded->recording && same_rates) || record(steps, recorded, first))
      taken = run_recording(steps, recorded, first);
  }
  return taken && keep_outcome(steps, count);
}

bool sn_recorded_steps_collect(SnRecordedSteps *steps) {
  SnTraining *training = steps->training;
  SnScope *scope = sn_scope_open();
  int64_t width = steps->outcome->array.shape[0];
  double *rows = sn_scope_allocate(steps->done * width, sizeof *rows, NULL);
  SnTensor *noted = sn_view(steps->history, 2, (int64_t[]){steps->done, width}, (int64_t[]){width, 1}, 0);
  if (rows && noted) sn_to_host(noted, SN_FLOAT64, rows);
  for (int64_t i = 0; i < steps->done && sn_ok(); i++) {
    SnTrainingResult result;
    sn_training_count_margins(rows + i * width + 1, steps->counts[i], training->model->settings.margin, &result);
    training->sum.loss += rows[i * width];
    training->sum.p_true += result.p_true;
    training->sum.p_fake += result.p_fake;
  }
  steps->done = 0;
  sn_scope_close(scope);
  return sn_ok();
}
