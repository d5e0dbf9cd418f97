#include "models/pretraining/training.h"

#include "autograd/ops.h"
#include "datasets/generated/pretraining.h"
#include "models/backbones/embedded.h"

enum { LAYERS = 3 }; /* of which the last two are classified by */

SnPretrainingSettings sn_pretraining_defaults(void) {
  return (SnPretrainingSettings){.dtype = SN_FLOAT32,
                                 .seed = 1,
                                 .steps = 20000,
                                 .batch = 32,
                                 .size = 64,
                                 .warmup = 200,
                                 .validation = 512,
                                 .rate = 0.05,
                                 .momentum = 0.9,
                                 .decay = 1e-4,
                                 .damage_weight = 5};
}

static const SnResNetSpec *embedded_spec(void) {
  for (int i = 0; i < sn_resnet_count; i++)
    if (sn_backbone_is_embedded(sn_resnet_specs[i].name)) return &sn_resnet_specs[i];
  return sn_fail_null("there is no backbone '" SN_EMBEDDED_BACKBONE "'");
}

SnPretraining *sn_pretraining_new(const SnPretrainingSettings *settings) {
  SnPretraining *training = sn_scope_allocate(1, sizeof *training, NULL);
  const SnResNetSpec *spec = embedded_spec();
  if (!training || !spec) return NULL;
  SnGenerator generator = {.dtype = settings->dtype, .seed = settings->seed};
  training->settings = *settings;
  training->network = sn_resnet_new(spec, &(SnLevels){LAYERS, {1, 2, 3}}, 0, &generator);
  if (!training->network) return NULL;
  const int64_t *channels = training->network->backbone.channels;
  training->classifier =
      sn_linear_new(channels[LAYERS - 2] + channels[LAYERS - 1], sn_pretraining_class_count(), true, &generator);
  for (int i = 0; i < 2; i++)
    training->detectors[i] = sn_conv2d_new(channels[LAYERS - 2 + i], 1, 1, (SnConv2d){0}, i == 0, &generator);
  if (!sn_ok()) return NULL;
  sn_module_add(&training->module, "backbone", &training->network->backbone.module);
  sn_module_add(&training->module, "classifier", &training->classifier->module);
  sn_module_add(&training->module, "detector2", &training->detectors[0]->module);
  sn_module_add(&training->module, "detector3", &training->detectors[1]->module);
  SnOptimizerOptions options = sn_optimizer_defaults(SN_SGD, settings->rate);
  options.momentum = settings->momentum;
  options.weight_decay = settings->decay;
  options.nesterov = true;
  training->optimizer = sn_optimizer_new(&training->module, options);
  return sn_ok() ? training : NULL;
}

double sn_pretraining_rate(const SnPretrainingSettings *settings, int64_t step) {
  int64_t warmup = settings->warmup < settings->steps ? settings->warmup : 0;
  if (step < warmup) return settings->rate * (double)(step + 1) / (double)warmup;
  return sn_cosine_rate(settings->rate, 0, step - warmup, settings->steps - warmup);
}

typedef struct Losses {
  SnTensor *scores; /* [N,classes] */
  SnTensor *classes, *damage;
} Losses;

static bool forward(SnPretraining *training, const SnPretrainingBatch *batch, Losses *losses) {
  SnTensor *levels[SN_MAX_LEVELS], *means[2], *maps[2];
  SnDtype dtype = training->settings.dtype;
  if (!sn_backbone_forward(&training->network->backbone, sn_to_dtype(batch->images, dtype), levels)) return false;
  const int64_t *grid = batch->damage->array.shape;
  for (int i = 0; i < 2; i++) {
    means[i] = sn_mean(levels[LAYERS - 2 + i], SN_DIMS(2, 3), false);
    maps[i] = sn_conv2d_forward(training->detectors[i], levels[LAYERS - 2 + i]);
  }
  losses->scores = sn_linear_forward(training->classifier, sn_cat(2, means, 1));
  losses->classes = sn_cross_entropy(losses->scores, batch->labels);
  losses->damage = sn_bce_with_logits(sn_add(maps[0], sn_interpolate_bilinear(maps[1], grid[2], grid[3])),
                                      sn_to_dtype(batch->damage, dtype));
  return sn_ok();
}

/* Share of the rows of scores [N,C] whose largest number stands at the label. */
static double accuracy_of(const SnTensor *scores, const SnTensor *labels) {
  if (!sn_ok()) return 0;
  int64_t rows = scores->array.shape[0], classes = scores->array.shape[1], right = 0;
  float *values = sn_scope_allocate(rows * classes, sizeof *values, NULL);
  int64_t *expected = sn_scope_allocate(rows, sizeof *expected, NULL);
  if (!values || !expected || !sn_to_host(scores, SN_FLOAT32, values) || !sn_to_host(labels, SN_INT64, expected))
    return 0;
  for (int64_t r = 0; r < rows; r++) {
    const float *row = values + r * classes;
    int64_t best = 0;
    for (int64_t c = 1; c < classes; c++)
      if (row[c] > row[best]) best = c;
    right += best == expected[r];
  }
  return (double)right / (double)rows;
}

static SnPretrainingResult result_of(const Losses *losses, const SnPretrainingBatch *batch) {
  return (SnPretrainingResult){.loss = sn_item(losses->classes),
                               .accuracy = accuracy_of(losses->scores, batch->labels),
                               .damage_loss = sn_item(losses->damage)};
}

bool sn_pretraining_step(SnPretraining *training, const SnPretrainingBatch *batch, SnPretrainingResult *result) {
  if (!sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  Losses losses;
  sn_module_train(&training->module, true);
  sn_optimizer_zero_gradients(training->optimizer);
  SnTape *tape = sn_tape_begin();
  if (forward(training, batch, &losses)) {
    sn_backward(tape, sn_add(losses.classes, sn_scale(losses.damage, training->settings.damage_weight)));
    training->optimizer->options.learning_rate = sn_pretraining_rate(&training->settings, training->step);
  }
  sn_tape_end(tape);
  if (sn_optimizer_step(training->optimizer)) *result = result_of(&losses, batch);
  sn_scope_close(scope);
  if (sn_ok()) training->step++;
  return sn_ok();
}

static bool validate_batch(SnPretraining *training, SnImageQueue *queue, SnPretrainingResult *sum) {
  SnScope *scope = sn_scope_open();
  SnPretrainingBatch batch;
  Losses losses;
  if (sn_image_queue_next(queue, &batch) && forward(training, &batch, &losses)) {
    SnPretrainingResult result = result_of(&losses, &batch);
    sum->loss += result.loss;
    sum->accuracy += result.accuracy;
    sum->damage_loss += result.damage_loss;
  }
  sn_scope_close(scope);
  return sn_ok();
}

bool sn_pretraining_validate(SnPretraining *training, SnPretrainingResult *result) {
  const SnPretrainingSettings *settings = &training->settings;
  int64_t batches = settings->validation / settings->batch;
  SnImageQueue *queue =
      sn_image_queue_open(settings->seed, SN_PRETRAINING_VALIDATION_START, batches, settings->batch, settings->size, 0);
  if (!queue) return false;
  sn_module_train(&training->module, false);
  *result = (SnPretrainingResult){0};
  for (int64_t i = 0; i < batches && validate_batch(training, queue, result); i++) continue;
  sn_image_queue_close(queue);
  result->loss /= (double)batches;
  result->accuracy /= (double)batches;
  result->damage_loss /= (double)batches;
  return sn_ok();
}
