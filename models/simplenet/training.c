#include "models/simplenet/training.h"

#include "anomaly/local_features.h"
#include "autograd/ops.h"
#include "models/simplenet/loss.h"

static SnOptimizer *new_optimizer(const SnModule *module, SnOptimizerKind kind, double rate, double decay) {
  SnOptimizerOptions options = sn_optimizer_defaults(kind, rate);
  options.weight_decay = decay;
  return sn_optimizer_new(module, options);
}

static bool by_patches(const SnTraining *training) {
  return training->network->settings.batch_from == SN_BATCH_FROM_PATCHES;
}

/* Normal features of a step. */
static int64_t rows_of(const SnTraining *training) {
  const int64_t *grid = training->levels[0]->array.shape;
  return training->model->settings.training.batch * grid[1] * grid[2];
}

static SnTraining *new_training(SnModel *model, SnSimpleNet *network, const SnFeatures *features) {
  SnTraining *training = sn_scope_allocate(1, sizeof *training, NULL);
  if (!training) return NULL;
  const SnSimpleNetSettings *settings = &network->settings;
  training->model = model;
  training->network = network;
  training->adaptor_optimizer = new_optimizer(&network->adaptor->module, (SnOptimizerKind)settings->adaptor_optimizer,
                                              settings->adaptor_rate, settings->adaptor_decay);
  training->discriminator_optimizer = new_optimizer(&network->discriminator->module, SN_ADAM,
                                                    settings->discriminator_rate, settings->discriminator_decay);
  if (features && sn_ok()) {
    training->level_count = features->count;
    for (int i = 0; i < features->count; i++) training->levels[i] = features->levels[i];
    int64_t images = features->levels[0]->array.shape[0];
    training->order = sn_empty(SN_INT64, SN_SHAPE(by_patches(training) ? SN_PATCH_STEPS * rows_of(training) : images));
  }
  return sn_ok() ? training : NULL;
}

SnTraining *sn_training_new(SnModel *model, const SnFeatures *features) {
  SnTraining *first = NULL, **place = &first;
  for (SnSimpleNet *network = model->own; network && sn_ok(); network = network->next) {
    *place = new_training(model, network, features);
    if (*place) place = &(*place)->next;
  }
  return sn_ok() ? first : NULL;
}

/* ---- Algorithm 1 ---- */

void sn_training_zero_gradients(SnTraining *training) {
  sn_optimizer_zero_gradients(training->adaptor_optimizer);
  sn_optimizer_zero_gradients(training->discriminator_optimizer);
}

bool sn_training_backward(SnTraining *training, SnTensor *o, SnTensor *e, SnStepOutcome *outcome) {
  if (!sn_ok()) return false;
  const SnSimpleNet *network = training->network;
  int64_t rows = o->array.shape[0];
  sn_module_train(&training->model->head, true);
  SnTape *tape = sn_tape_begin();
  SnTensor *q = sn_adaptor_forward(network->adaptor, o);
  /* one call on both halves: BatchNorm's statistics are those of normal and anomalous features together */
  SnTensor *scores = sn_discriminator_forward(network->discriminator, sn_cat(2, (SnTensor *[]){q, sn_add(q, e)}, 0));
  SnTensor *loss =
      sn_discriminator_loss(&network->settings, sn_narrow(scores, 0, 0, rows), sn_narrow(scores, 0, rows, rows));
  if (loss) sn_backward(tape, loss);
  sn_tape_end(tape);
  *outcome = (SnStepOutcome){loss, scores};
  return sn_ok();
}

bool sn_training_update(SnTraining *training, int64_t step) {
  sn_optimizer_update(training->adaptor_optimizer, step);
  return sn_optimizer_update(training->discriminator_optimizer, step);
}

bool sn_training_step(SnTraining *training, SnTensor *o, SnTensor *e, SnTrainingResult *result) {
  if (!sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  SnStepOutcome outcome;
  sn_training_zero_gradients(training);
  if (sn_training_backward(training, o, e, &outcome) && sn_training_update(training, training->step + 1)) {
    training->step++;
    if (result) sn_training_read(training, &outcome, result);
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* ---- batches ---- */

/* A level of the images order[first … first + count - 1]. */
static SnTensor *select_images(SnTensor *level, SnTensor *order, int64_t first, int64_t count) {
  const int64_t *shape = level->array.shape, size = shape[1] * shape[2] * shape[3];
  SnTensor *batch = sn_empty(level->array.dtype, SN_SHAPE(count, shape[1], shape[2], shape[3]));
  SnTensor *rows = sn_view(level, 2, (int64_t[]){shape[0], size}, (int64_t[]){size, 1}, 0);
  SnTensor *to = batch ? sn_view(batch, 2, (int64_t[]){count, size}, (int64_t[]){size, 1}, 0) : NULL;
  SnAttributes attributes = {.index_select = {.first = first}};
  if (to) sn_run_kernel(SN_KERNEL_index_select, 2, (SnTensor *[]){rows, order}, 1, &to, &attributes);
  return sn_ok() ? batch : NULL;
}

bool sn_training_select(SnTraining *training, int64_t first, int64_t count, SnTensor **levels) {
  for (int i = 0; i < training->level_count && sn_ok(); i++)
    levels[i] = select_images(training->levels[i], training->order, first, count);
  return sn_ok();
}

SnTensor *sn_training_gather(const SnTraining *training, int64_t first, int64_t count) {
  int64_t channels = training->model->features.channels, at = 0;
  const int64_t *grid = training->levels[0]->array.shape;
  SnTensor *rows = sn_empty(training->levels[0]->array.dtype, SN_SHAPE(count, channels));
  SnAttributes attributes = {.gather_positions = {first, grid[1], grid[2]}};
  for (int i = 0; i < training->level_count && sn_ok(); i++) {
    int64_t own = training->levels[i]->array.shape[3];
    SnTensor *part = sn_view(rows, 2, (int64_t[]){count, own}, rows->array.stride, at);
    sn_run_kernel(SN_KERNEL_gather_positions, 2, (SnTensor *[]){training->levels[i], training->order}, 1, &part,
                  &attributes);
    at += own;
  }
  return sn_ok() ? rows : NULL;
}

SnTensor *sn_training_rows(const SnTraining *training, int count, SnTensor *const *levels) {
  SnTensor *features = sn_assemble_levels(&training->model->settings, count, levels);
  return features ? sn_reshape(features, SN_SHAPE(-1, features->array.shape[3])) : NULL;
}

/* ---- results ---- */

void sn_training_count_margins(const double *scores, int64_t count, double margin, SnTrainingResult *result) {
  int64_t rows = count / 2, good = 0, fake = 0;
  for (int64_t i = 0; i < rows; i++) {
    good += scores[i] >= margin;
    fake += scores[rows + i] < -margin;
  }
  result->p_true = (double)good / (double)rows;
  result->p_fake = (double)fake / (double)rows;
}

bool sn_training_read(const SnTraining *training, const SnStepOutcome *outcome, SnTrainingResult *result) {
  if (!sn_ok()) return false;
  int64_t count = sn_count(outcome->scores);
  double *values = sn_scope_allocate(count, sizeof *values, NULL);
  result->loss = sn_item(outcome->loss);
  if (values && sn_to_host(outcome->scores, SN_FLOAT64, values))
    sn_training_count_margins(values, count, training->network->settings.margin, result);
  return sn_ok();
}

/* ---- epochs ---- */

int64_t sn_simplenet_epoch_steps(const SnSettings *settings, int64_t images) {
  int64_t batch = settings->training.batch;
  bool by_patches = sn_simplenet_settings(settings).batch_from == SN_BATCH_FROM_PATCHES;
  return by_patches ? SN_PATCH_STEPS : (images + batch - 1) / batch;
}

/* Positions of all images, each as likely as the others. */
static void draw_patches(const SnTraining *training, uint64_t seed, int64_t epoch, int64_t count, int64_t *order) {
  const int64_t *grid = training->levels[0]->array.shape;
  for (int64_t i = 0; i < count; i++) {
    SnRandom source = sn_random(seed, SN_STREAM_SHUFFLE, (uint32_t)(epoch + 1));
    source.offset = (uint64_t)i * 4;
    order[i] = sn_random_below(source, grid[0] * grid[1] * grid[2]);
  }
}

bool sn_training_set_order(SnTraining *training, int64_t epoch) {
  int64_t count = sn_count(training->order);
  uint64_t seed = training->network->seed;
  SnScope *scope = sn_scope_open();
  int64_t *order = sn_scope_allocate(count, sizeof *order, NULL);
  if (order) {
    if (by_patches(training))
      draw_patches(training, seed, epoch, count, order);
    else
      sn_permutation(seed, SN_STREAM_SHUFFLE, (uint32_t)(epoch + 1), count, order);
    sn_copy_into(training->order, sn_from_host(SN_INT64, SN_SHAPE(count), order));
  }
  sn_scope_close(scope);
  return sn_ok();
}

void sn_training_set_rates(SnTraining *training, double adaptor, double discriminator) {
  const SnSimpleNetSettings *settings = &training->network->settings;
  training->adaptor_optimizer->options.learning_rate = settings->adaptor_rate * adaptor;
  training->discriminator_optimizer->options.learning_rate = settings->discriminator_rate * discriminator;
}
