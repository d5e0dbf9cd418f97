#include "models/simplenet/training.h"

#include "autograd/ops.h"
#include "models/simplenet/anomalous_features.h"
#include "models/simplenet/local_features.h"
#include "models/simplenet/loss.h"
#include "models/simplenet/reassociated_step.h"
#include "models/simplenet/recorded_steps.h"

SnTraining *sn_training_new(SnSimpleNet *model, int part_count, SnTensor *const *parts) {
  SnTraining *training = sn_scope_allocate(1, sizeof *training, NULL);
  if (!training) return NULL;
  const SnSimpleNetSettings *settings = &model->settings;
  SnOptimizerOptions options =
      sn_optimizer_defaults((SnOptimizerKind)settings->adaptor_optimizer, settings->adaptor_rate);
  options.weight_decay = settings->adaptor_decay;
  training->model = model;
  training->part_count = part_count;
  for (int i = 0; i < part_count; i++) training->parts[i] = parts[i];
  training->adaptor_optimizer = sn_optimizer_new(&model->adaptor->module, options);
  options = sn_optimizer_defaults(SN_ADAM, settings->discriminator_rate);
  options.weight_decay = settings->discriminator_decay;
  training->discriminator_optimizer = sn_optimizer_new(&model->discriminator->module, options);
  if (part_count > 0 && sn_ok()) {
    training->order = sn_empty(SN_INT64, SN_SHAPE(parts[0]->array.shape[0]));
    training->recorded = sn_recorded_steps_new(training);
  }
  return sn_ok() ? training : NULL;
}

void sn_training_count_margins(const double *scores, int64_t count, double margin, SnTrainingResult *result) {
  int64_t rows = count / 2, good = 0, fake = 0;
  for (int64_t i = 0; i < rows; i++) {
    good += scores[i] >= margin;
    fake += scores[rows + i] < -margin;
  }
  result->p_true = (double)good / (double)rows;
  result->p_fake = (double)fake / (double)rows;
}

static void read_result(const SnTensor *loss, const SnTensor *scores, double margin, SnTrainingResult *result) {
  int64_t count = sn_count(scores);
  double *values = sn_scope_allocate(count, sizeof *values, NULL);
  result->loss = sn_item(loss);
  if (values && sn_to_host(scores, SN_FLOAT64, values)) sn_training_count_margins(values, count, margin, result);
}

void sn_training_zero_gradients(SnTraining *training) {
  sn_optimizer_zero_gradients(training->adaptor_optimizer);
  sn_optimizer_zero_gradients(training->discriminator_optimizer);
}

bool sn_training_finish_step(SnTraining *training, SnTensor *loss, SnTensor *scores, SnTrainingResult *result) {
  sn_optimizer_step(training->adaptor_optimizer);
  sn_optimizer_step(training->discriminator_optimizer);
  if (training->recorded && sn_ok()) sn_recorded_steps_note(training->recorded, loss, scores);
  if (result && sn_ok()) read_result(loss, scores, training->model->settings.margin, result);
  if (sn_ok()) training->step++;
  return sn_ok();
}

bool sn_training_step(SnTraining *training, SnTensor *o, SnTensor *e, SnTrainingResult *result) {
  if (!sn_ok()) return false;
  SnSimpleNet *model = training->model;
  SnScope *scope = sn_scope_open();
  sn_module_train(&model->head, true);
  sn_training_zero_gradients(training);
  SnTape *tape = sn_tape_begin();
  int64_t rows = o->array.shape[0];
  SnTensor *q = sn_adaptor_forward(model->adaptor, o);
  /* one call on both halves: BatchNorm's statistics are those of normal and anomalous features together */
  SnTensor *scores = sn_discriminator_forward(model->discriminator, sn_cat(2, (SnTensor *[]){q, sn_add(q, e)}, 0));
  SnTensor *loss =
      sn_discriminator_loss(&model->settings, sn_narrow(scores, 0, 0, rows), sn_narrow(scores, 0, rows, rows));
  if (loss) sn_backward(tape, loss);
  sn_tape_end(tape);
  sn_training_finish_step(training, loss, scores, result);
  sn_scope_close(scope);
  return sn_ok();
}

/* A part of the images order[first … first + count - 1], [count, cells, channels]. */
static SnTensor *select_images(SnTensor *part, SnTensor *order, int64_t first, int64_t count) {
  const int64_t *shape = part->array.shape, size = shape[1] * shape[2];
  SnTensor *batch = sn_empty(part->array.dtype, SN_SHAPE(count, shape[1], shape[2]));
  SnTensor *rows = sn_view(part, 2, (int64_t[]){shape[0], size}, (int64_t[]){size, 1}, 0);
  SnTensor *to = batch ? sn_view(batch, 2, (int64_t[]){count, size}, (int64_t[]){size, 1}, 0) : NULL;
  SnAttributes attributes = {.index_select = {first}};
  if (to) sn_run_kernel(SN_KERNEL_index_select, 2, (SnTensor *[]){rows, order}, 1, &to, &attributes);
  return sn_ok() ? batch : NULL;
}

bool sn_training_batch_step(SnTraining *training, int64_t first, int64_t count, SnTrainingResult *result) {
  if (!sn_ok()) return false;
  const SnSimpleNetSettings *settings = &training->model->settings;
  SnScope *scope = sn_scope_open();
  SnTensor *parts[SN_MAX_LEVELS];
  for (int i = 0; i < training->part_count && sn_ok(); i++)
    parts[i] = select_images(training->parts[i], training->order, first, count);
  if (sn_ok()) {
    int64_t channels = training->model->channels, rows = count * parts[0]->array.shape[1];
    uint32_t step = (uint32_t)(training->step + 1);
    SnTensor *e = sn_anomalous_noise(settings, parts[0]->array.dtype, rows, channels, step);
    if (e && sn_reassociated_step_knows(settings))
      sn_reassociated_step(training, training->part_count, parts, e, result);
    else if (e)
      sn_training_step(training, sn_reshape(sn_assemble_parts(training->part_count, parts), SN_SHAPE(rows, channels)),
                       e, result);
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* The step, and what it gave added to the epoch's sum; recorded steps tell that later. */
static bool take_step(SnTraining *training, int64_t first, int64_t count) {
  if (training->recorded) return sn_recorded_steps_run(training->recorded, first, count);
  SnTrainingResult step;
  if (!sn_training_batch_step(training, first, count, &step)) return false;
  training->sum.loss += step.loss;
  training->sum.p_true += step.p_true;
  training->sum.p_fake += step.p_fake;
  return true;
}

static bool set_order(SnTraining *training) {
  int64_t images = sn_count(training->order);
  SnScope *scope = sn_scope_open();
  int64_t *order = sn_scope_allocate(images, sizeof *order, NULL);
  if (order) {
    uint32_t epoch = (uint32_t)(training->epoch + 1);
    sn_permutation((uint64_t)training->model->settings.seed, SN_STREAM_SHUFFLE, epoch, images, order);
    sn_copy_into(training->order, sn_from_host(SN_INT64, SN_SHAPE(images), order));
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* A cosine over all epochs: the released code's lowers the discriminator's rate to 0.4 of itself and leaves the
 * adaptor's alone. */
static void set_rates(SnTraining *training) {
  const SnSimpleNetSettings *settings = &training->model->settings;
  double floor = settings->cosine == SN_COSINE_TO_ZERO ? 0 : settings->cosine == SN_COSINE_YES ? 0.4 : 1;
  double factor = sn_cosine_rate(1, floor, training->epoch, settings->epochs);
  training->discriminator_optimizer->options.learning_rate = settings->discriminator_rate * factor;
  if (settings->cosine == SN_COSINE_TO_ZERO)
    training->adaptor_optimizer->options.learning_rate = settings->adaptor_rate * factor;
}

bool sn_training_epoch(SnTraining *training, SnTrainingResult *result, SnProgress progress, void *context) {
  if (!sn_ok()) return false;
  const SnSimpleNetSettings *settings = &training->model->settings;
  int64_t images = sn_count(training->order), steps = (images + settings->batch - 1) / settings->batch;
  if (!set_order(training)) return false;
  set_rates(training);
  while (sn_ok() && training->steps_in_epoch < steps &&
         (!progress || progress(context, training->steps_in_epoch, steps))) {
    int64_t first = training->steps_in_epoch * settings->batch, left = images - first;
    if (!take_step(training, first, left < settings->batch ? left : settings->batch)) break;
    training->steps_in_epoch++;
  }
  if (training->recorded && sn_ok()) sn_recorded_steps_collect(training->recorded);
  if (!sn_ok() || training->steps_in_epoch < steps) return false;
  const SnTrainingResult *sum = &training->sum;
  *result = (SnTrainingResult){sum->loss / (double)steps, sum->p_true / (double)steps, sum->p_fake / (double)steps};
  training->sum = (SnTrainingResult){0};
  training->steps_in_epoch = 0;
  training->epoch++;
  return true;
}
