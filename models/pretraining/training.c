#include "models/pretraining/training.h"

#include "autograd/ops.h"
#include "datasets/generated/pretraining.h"
#include "models/backbones/embedded.h"
#include "models/pretraining/image_queue.h"

enum { LAYERS = 3 };

SnPretrainingSettings sn_pretraining_defaults(void) {
  return (SnPretrainingSettings){.seed = 1,
                                 .steps = 3000,
                                 .batch = 64,
                                 .size = 64,
                                 .warmup = 100,
                                 .validation = 512,
                                 .rate = 0.05,
                                 .momentum = 0.9,
                                 .decay = 1e-4};
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
  SnGenerator generator = {.dtype = SN_FLOAT32, .seed = settings->seed};
  training->settings = *settings;
  training->network = sn_resnet_new(spec, LAYERS, sn_pretraining_class_count(), &generator);
  if (!training->network) return NULL;
  SnOptimizerOptions options = sn_optimizer_defaults(SN_SGD, settings->rate);
  options.momentum = settings->momentum;
  options.weight_decay = settings->decay;
  options.nesterov = true;
  training->optimizer = sn_optimizer_new(&training->network->backbone.module, options);
  return sn_ok() ? training : NULL;
}

double sn_pretraining_rate(const SnPretrainingSettings *settings, int64_t step) {
  int64_t warmup = settings->warmup < settings->steps ? settings->warmup : 0;
  if (step < warmup) return settings->rate * (double)(step + 1) / (double)warmup;
  return sn_cosine_rate(settings->rate, 0, step - warmup, settings->steps - warmup);
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

bool sn_pretraining_step(SnPretraining *training, SnTensor *images, SnTensor *labels, SnPretrainingResult *result) {
  if (!sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  sn_module_train(&training->network->backbone.module, true);
  sn_optimizer_zero_gradients(training->optimizer);
  SnTape *tape = sn_tape_begin();
  SnTensor *scores = sn_resnet_classify(training->network, images);
  SnTensor *loss = sn_cross_entropy(scores, labels);
  if (loss) sn_backward(tape, loss);
  sn_tape_end(tape);
  training->optimizer->options.learning_rate = sn_pretraining_rate(&training->settings, training->step);
  sn_optimizer_step(training->optimizer);
  *result = (SnPretrainingResult){sn_item(loss), accuracy_of(scores, labels)};
  sn_scope_close(scope);
  if (sn_ok()) training->step++;
  return sn_ok();
}

static bool validate_batch(SnPretraining *training, SnImageQueue *queue, SnPretrainingResult *sum) {
  SnScope *scope = sn_scope_open();
  SnTensor *images, *labels;
  if (sn_image_queue_next(queue, &images, &labels)) {
    SnTensor *scores = sn_resnet_classify(training->network, images);
    sum->loss += sn_item(sn_cross_entropy(scores, labels));
    sum->accuracy += accuracy_of(scores, labels);
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
  sn_module_train(&training->network->backbone.module, false);
  *result = (SnPretrainingResult){0};
  for (int64_t i = 0; i < batches && validate_batch(training, queue, result); i++) continue;
  sn_image_queue_close(queue);
  result->loss /= (double)batches;
  result->accuracy /= (double)batches;
  return sn_ok();
}
