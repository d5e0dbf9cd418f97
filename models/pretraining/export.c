#include "models/pretraining/export.h"

#include <math.h>
#include <stdio.h>

#include "autograd/ops.h"
#include "tensor/safetensors.h"
#include "tensor/weights.h"

enum { CALIBRATION_BATCHES = 8, CALIBRATION_BATCH = 8, CALIBRATION_SIZE = 224, LAYERS = 3, BLOCKS = 1 };

/* Contiguous float32 numbers of the tensor "prefix" + "name" on the host. */
typedef struct Numbers {
  float *values;
  int64_t count;
} Numbers;

static Numbers numbers_of(const SnStateDict *dict, const char *prefix, const char *name) {
  char key[96];
  snprintf(key, sizeof key, "%s%s", prefix, name);
  SnTensor *tensor = sn_ok() ? sn_state_dict_find(dict, key) : NULL;
  if (!tensor) {
    sn_fail("pretraining: the network has no %s", key);
    return (Numbers){0};
  }
  return (Numbers){sn_float_data(tensor), sn_count(tensor)};
}

static void multiply(const SnStateDict *dict, const char *prefix, const char *name, double factor) {
  Numbers numbers = numbers_of(dict, prefix, name);
  for (int64_t i = 0; numbers.values && i < numbers.count; i++)
    numbers.values[i] = (float)(factor * (double)numbers.values[i]);
}

static void fill(Numbers numbers, float value) {
  for (int64_t i = 0; i < numbers.count; i++) numbers.values[i] = value;
}

/* y = gamma (conv(x) - mean) / sqrt(var + eps) + beta, as conv'(x) + beta'. */
static void fold(const SnStateDict *dict, const char *prefix, const char *convolution, const char *norm) {
  char folder[96];
  snprintf(folder, sizeof folder, "%s%s.", prefix, norm);
  Numbers weight = numbers_of(dict, prefix, convolution);
  Numbers gamma = numbers_of(dict, folder, "weight"), beta = numbers_of(dict, folder, "bias");
  Numbers mean = numbers_of(dict, folder, "running_mean"), variance = numbers_of(dict, folder, "running_var");
  if (!sn_ok()) return;
  int64_t row = weight.count / gamma.count;
  for (int64_t c = 0; c < gamma.count; c++) {
    double factor = (double)gamma.values[c] / sqrt((double)variance.values[c] + 1e-5);
    for (int64_t i = 0; i < row; i++) weight.values[c * row + i] = (float)(factor * (double)weight.values[c * row + i]);
    beta.values[c] = (float)((double)beta.values[c] - factor * (double)mean.values[c]);
  }
  fill(gamma, 1);
  fill(mean, 0);
  fill(variance, 1);
}

static bool has_shortcut(const SnStateDict *dict, const char *block) {
  char key[96];
  snprintf(key, sizeof key, "%sdownsample.0.weight", block);
  return sn_state_dict_find(dict, key) != NULL;
}

static void block_name(char *name, size_t size, int layer, int block) {
  snprintf(name, size, "layer%d.%d.", layer + 1, block);
}

static void fold_all(const SnStateDict *dict) {
  fold(dict, "", "conv1.weight", "bn1");
  for (int layer = 0; layer < LAYERS; layer++)
    for (int b = 0; b < BLOCKS; b++) {
      char block[32];
      block_name(block, sizeof block, layer, b);
      fold(dict, block, "conv1.weight", "bn1");
      fold(dict, block, "conv2.weight", "bn2");
      if (has_shortcut(dict, block)) fold(dict, block, "downsample.0.weight", "downsample.1");
    }
}

/* Multiplies the output of layer l by factors[l]. Inside a block nothing changes: its first convolution takes back the
 * factor of its input. The stem has the first layer's factor, since no convolution lies between. */
static void scale_layers(const SnStateDict *dict, const double *factors) {
  double before = factors[0];
  multiply(dict, "", "conv1.weight", before);
  multiply(dict, "", "bn1.bias", before);
  for (int layer = 0; layer < LAYERS; layer++)
    for (int b = 0; b < BLOCKS; b++) {
      double after = factors[layer];
      char block[32];
      block_name(block, sizeof block, layer, b);
      multiply(dict, block, "conv1.weight", 1 / before);
      multiply(dict, block, "conv2.weight", after);
      multiply(dict, block, "bn2.bias", after);
      if (has_shortcut(dict, block)) {
        multiply(dict, block, "downsample.0.weight", after / before);
        multiply(dict, block, "downsample.1.bias", after);
      }
      before = after;
    }
}

/* Adds the channels' sums and sums of squares of a level's 3 x 3 means. */
static bool add_moments(SnTensor *level, double *sums, double *squares) {
  SnTensor *local = sn_avg_pool2d(level, (SnPool2d){.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}});
  if (!sn_ok()) return false;
  int64_t channels = local->array.shape[1], cells = local->array.shape[2] * local->array.shape[3];
  const float *values = sn_float_data(local);
  for (int64_t i = 0; values && i < sn_count(local); i++) {
    double value = (double)values[i];
    sums[i / cells % channels] += value;
    squares[i / cells % channels] += value * value;
  }
  return sn_ok();
}

static double mean_deviation(const double *sums, const double *squares, int64_t channels, double cells) {
  double total = 0;
  for (int64_t c = 0; c < channels; c++) {
    double mean = sums[c] / cells;
    total += sqrt(fmax(0, squares[c] / cells - mean * mean));
  }
  return total / (double)channels;
}

/* deviations[l]: of layer l's local features, averaged over its channels, on generated images of photographs' size. */
static bool measure(SnPretraining *training, double *deviations) {
  SnBackbone *backbone = &training->network->backbone;
  int64_t most = backbone->channels[LAYERS - 1];
  double *moments = sn_scope_allocate(LAYERS * 2 * most, sizeof *moments, NULL);
  SnImageQueue *queue = sn_image_queue_open(training->settings.seed, SN_PRETRAINING_VALIDATION_START,
                                            CALIBRATION_BATCHES, CALIBRATION_BATCH, CALIBRATION_SIZE, 0);
  sn_module_train(&backbone->module, false);
  for (int i = 0; i < CALIBRATION_BATCHES && sn_ok(); i++) {
    SnScope *scope = sn_scope_open();
    SnPretrainingBatch batch;
    SnTensor *levels[SN_MAX_LEVELS];
    if (sn_image_queue_next(queue, &batch) && sn_backbone_forward(backbone, batch.images, levels))
      for (int l = 0; l < LAYERS; l++) add_moments(levels[l], moments + (2 * l) * most, moments + (2 * l + 1) * most);
    sn_scope_close(scope);
  }
  sn_image_queue_close(queue);
  for (int l = 0; l < LAYERS && sn_ok(); l++) {
    int64_t side = CALIBRATION_SIZE / backbone->stride[l];
    double cells = (double)(CALIBRATION_BATCHES * CALIBRATION_BATCH * side * side);
    deviations[l] =
        mean_deviation(moments + (2 * l) * most, moments + (2 * l + 1) * most, backbone->channels[l], cells);
    if (!(deviations[l] > 0)) return sn_fail("pretraining: the features of layer%d do not vary", l + 1);
  }
  return sn_ok();
}

/* A copy of the backbone's state. */
static SnStateDict *copy_of_state(const SnPretraining *training) {
  SnStateDict *state = sn_state_dict_new(), *copy = sn_state_dict_new();
  if (!copy || !sn_module_state(&training->network->backbone.module, "", state)) return NULL;
  for (int64_t i = 0; sn_ok() && i < state->tensor_count; i++)
    sn_state_dict_add(copy, state->tensors[i].name, sn_copy_of(state->tensors[i].tensor));
  return sn_ok() ? copy : NULL;
}

static bool write_float16(const SnStateDict *dict, const char *path, const SnStateDict *texts) {
  SnStateDict *file = sn_state_dict_new();
  for (int64_t i = 0; sn_ok() && i < dict->tensor_count; i++)
    sn_state_dict_add(file, dict->tensors[i].name, sn_to_dtype(dict->tensors[i].tensor, SN_FLOAT16));
  for (int64_t i = 0; sn_ok() && texts && i < texts->text_count; i++)
    sn_state_dict_add_text(file, texts->texts[i].name, texts->texts[i].text);
  return sn_ok() && sn_weights_check_finite(file, path) && sn_safetensors_write(path, file);
}

bool sn_pretraining_export(SnPretraining *training, const char *path, const SnStateDict *texts) {
  if (!sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  double factors[LAYERS];
  SnStateDict *dict = copy_of_state(training);
  if (dict && measure(training, factors)) {
    for (int l = 0; l < LAYERS; l++) factors[l] = SN_FEATURE_DEVIATION / factors[l];
    fold_all(dict);
    scale_layers(dict, factors);
    write_float16(dict, path, texts);
  }
  sn_scope_close(scope);
  return sn_ok();
}
