#include "bench/support/training.h"

#include <stdio.h>

#include "autograd/ops.h"
#include "models/simplenet/anomalous_features.h"
#include "models/simplenet/local_features.h"

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
  SnSimpleNetSettings settings;
  if (!sn_settings_preset("paper", &settings)) return false;
  snprintf(settings.backbone, sizeof settings.backbone, "%s", backbone);
  settings.batch = IMAGES;
  int64_t c2 = sn_backbone_level(backbone, 2).channels, c3 = sn_backbone_level(backbone, 3).channels;
  if (!sn_ok()) return false;
  int64_t cells = GRID * GRID;
  SnTensor *parts[] = {
      sn_normal(SN_FLOAT32, SN_SHAPE(IMAGES, cells, c2), 0, 1, sn_random(SEED, SN_STREAM_DATA, 1)),
      sn_normal(SN_FLOAT32, SN_SHAPE(IMAGES, cells / 4, c3), 0, 1, sn_random(SEED, SN_STREAM_DATA, 2))};
  SnSimpleNet *model = sn_simplenet_new_head(&settings, c2 + c3, SN_FLOAT32);
  SnTensor *rows = sn_assemble_parts(2, parts);
  if (!model || !rows) return false;
  bench->rows = sn_reshape(rows, SN_SHAPE(IMAGES * cells, c2 + c3));
  bench->training = sn_training_new(model, 2, parts);
  double r = (double)(IMAGES * cells), h = (double)settings.hidden;
  bench->macs[0] = reassociated_macs(r, (double)c2, (double)c3, h);
  bench->macs[1] = tape_macs(r, (double)(c2 + c3), h);
  return sn_ok();
}

bool sn_bench_training_step(void *context) {
  SnBenchTraining *bench = context;
  SnTrainingResult result;
  return sn_training_epoch(bench->training, &result, NULL, NULL);
}

bool sn_bench_training_tape_step(void *context) {
  SnBenchTraining *bench = context;
  const int64_t *shape = bench->rows->array.shape;
  SnTrainingResult result;
  SnScope *scope = sn_scope_open();
  SnTensor *e = sn_anomalous_noise(&bench->training->model->settings, SN_FLOAT32, shape[0], shape[1],
                                   (uint32_t)bench->training->step + 1);
  if (e) sn_training_step(bench->training, bench->rows, e, &result);
  sn_scope_close(scope);
  return sn_ok();
}
