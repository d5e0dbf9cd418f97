#include "bench/support/training.h"

#include "anomaly/local_features.h"
#include "autograd/ops.h"
#include "models/simplenet/anomalous_features.h"
#include "models/simplenet/fast/batch_step.h"

enum { IMAGES = 4, GRID = 28, SEED = 6 };

/* With R positions, C channels and H hidden units: the adaptor forward and its weight's gradient, R C^2 each; on the
 * 2 R rows of the discriminator forward, and the gradients of input and weight, 2 R C H each. */
static double tape_macs(double r, double c, double h) { return 2 * r * c * c + 3 * 2 * r * c * h; }

/* W G, P G^T and W^T P, H C^2 each; noise forward and backward, R C H each; features forward and backward, each level
 * on its own grid. */
static double reassociated_macs(double r, double c2, double c3, double h) {
  double c = c2 + c3;
  return 3 * h * c * c + 2 * r * c * h + 2 * (r * c2 * h + r / 4 * c3 * h);
}

bool sn_bench_training_new(SnBenchTraining *bench, const char *backbone) {
  SnSettings settings;
  if (!sn_settings_preset(&sn_simplenet, "paper", &settings) || !sn_settings_set(&settings, "backbone", backbone))
    return false;
  settings.training.batch = IMAGES;
  int64_t c2 = sn_backbone_level(backbone, 2).channels, c3 = sn_backbone_level(backbone, 3).channels;
  if (!sn_ok()) return false;
  SnFeatures *features = sn_scope_allocate(1, sizeof *features, NULL);
  SnModel *model = sn_model_new_head(&settings, (SnFeatureShape){GRID, GRID, c2 + c3}, SN_FLOAT32);
  if (!features || !model) return false;
  features->count = 2;
  features->levels[0] =
      sn_normal(SN_FLOAT32, SN_SHAPE(IMAGES, GRID, GRID, c2), 0, 1, sn_random(SEED, SN_STREAM_DATA, 1));
  features->levels[1] =
      sn_normal(SN_FLOAT32, SN_SHAPE(IMAGES, GRID / 2, GRID / 2, c3), 0, 1, sn_random(SEED, SN_STREAM_DATA, 2));
  SnTensor *rows = sn_features_assembled(model, features, 0, IMAGES);
  if (!rows) return false;
  bench->rows = sn_reshape(rows, SN_SHAPE(IMAGES * GRID * GRID, c2 + c3));
  bench->training = sn_training_new(model, features);
  if (!bench->training || !sn_training_set_order(bench->training, 0)) return false;
  bench->recorded = sn_recorded_steps_new(bench->training);
  double r = (double)(IMAGES * GRID * GRID), h = (double)bench->training->network->settings.hidden;
  bench->macs[0] = reassociated_macs(r, (double)c2, (double)c3, h);
  bench->macs[1] = tape_macs(r, (double)(c2 + c3), h);
  return sn_ok();
}

/* An epoch of one step, whose result is read. */
bool sn_bench_training_step(void *context) {
  SnBenchTraining *bench = context;
  SnTraining *training = bench->training;
  SnTrainingResult result = {0};
  if (!sn_training_set_order(training, training->step)) return false;
  if (bench->recorded)
    return sn_recorded_steps_run(bench->recorded, 0, IMAGES) && sn_recorded_steps_collect(bench->recorded, &result);
  SnStepOutcome outcome;
  SnScope *scope = sn_scope_open();
  if (sn_batch_step(training, training->step + 1, 0, IMAGES, &outcome) && sn_training_read(training, &outcome, &result))
    training->step++;
  sn_scope_close(scope);
  return sn_ok();
}

bool sn_bench_training_tape_step(void *context) {
  SnBenchTraining *bench = context;
  const int64_t *shape = bench->rows->array.shape;
  SnTrainingResult result;
  SnScope *scope = sn_scope_open();
  SnTensor *e = sn_anomalous_noise(&bench->training->network->settings, 0, SN_FLOAT32, shape[0], shape[1],
                                   (uint32_t)bench->training->step + 1);
  if (e) sn_training_step(bench->training, bench->rows, e, &result);
  sn_scope_close(scope);
  return sn_ok();
}
