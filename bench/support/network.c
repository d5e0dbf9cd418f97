#include "bench/support/network.h"

#include <string.h>

#include "autograd/ops.h"
#include "models/simplenet/simplenet.h"

enum { SEED = 5 };

static bool ends_with(const char *name, const char *end) {
  size_t length = strlen(name), rest = strlen(end);
  return length >= rest && strcmp(name + length - rest, end) == 0;
}

/* Statistics as training would leave them: means around 0, variances around 1. */
static bool shake_statistics(const SnModule *module, uint32_t step) {
  SnStateDict *dict = sn_state_dict_new();
  if (!dict || !sn_module_state(module, "", dict)) return false;
  for (int64_t i = 0; i < dict->tensor_count && sn_ok(); i++) {
    SnTensor *tensor = dict->tensors[i].tensor;
    int64_t count = sn_count(tensor);
    SnRandom source = sn_random(SEED, SN_STREAM_DATA, step + (uint32_t)i);
    if (ends_with(dict->tensors[i].name, ".running_mean"))
      sn_copy_into(tensor, sn_uniform(SN_FLOAT32, SN_SHAPE(count), -0.2, 0.2, source));
    else if (ends_with(dict->tensors[i].name, ".running_var"))
      sn_copy_into(tensor, sn_uniform(SN_FLOAT32, SN_SHAPE(count), 0.7, 1.4, source));
  }
  return sn_ok();
}

static SnModel *random_network(const SnSettings *settings) {
  SnModel *model = sn_model_new_random(settings);
  return model && shake_statistics(&model->backbone->module, 1000) ? model : NULL;
}

SnModel *sn_bench_network(const char *backbone, const char *weights, int64_t size) {
  SnSettings settings;
  if (!sn_settings_preset(&sn_simplenet, "paper", &settings) || !sn_settings_set(&settings, "backbone", backbone))
    return NULL;
  settings.view.crop = sn_square(size);
  if (settings.view.resize.height < size) settings.view.resize = sn_one_side(size);
  SnModel *model = weights ? sn_model_new(&settings, weights) : random_network(&settings);
  return model && shake_statistics(&model->head, 2000) ? model : NULL;
}

SnTensor *sn_bench_images(int64_t count, int64_t size) {
  return sn_normal(SN_FLOAT32, SN_SHAPE(count, 3, size, size), 0, 1, sn_random(SEED, SN_STREAM_DATA, 0));
}
