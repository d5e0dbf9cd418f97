#include "nn/init.h"

#include <math.h>

bool sn_init_normal(SnTensor *tensor, double mean, double deviation, SnGenerator *generator) {
  if (!generator) return sn_fill(tensor, 0);
  SnRandom source = sn_generator_next(generator);
  source.a = mean;
  source.b = deviation;
  return sn_run_kernel(SN_KERNEL_normal, 0, NULL, 1, &tensor, &(SnAttributes){.random = source});
}

bool sn_init_uniform(SnTensor *tensor, double low, double high, SnGenerator *generator) {
  if (!generator) return sn_fill(tensor, 0);
  SnRandom source = sn_generator_next(generator);
  source.a = low;
  source.b = high;
  return sn_run_kernel(SN_KERNEL_uniform, 0, NULL, 1, &tensor, &(SnAttributes){.random = source});
}

static double fan_of(const SnTensor *weight, SnFan fan) {
  double cells = 1;
  for (int d = 2; d < weight->array.ndim; d++) cells *= (double)weight->array.shape[d];
  return cells * (double)weight->array.shape[fan == SN_FAN_IN ? 1 : 0];
}

static bool check_weight(const SnTensor *weight) {
  if (!sn_ok()) return false;
  return weight->array.ndim >= 2 ||
         sn_fail("initialisation by fan needs a weight of two dimensions or more, found %s", sn_tensor_text(weight));
}

static double xavier_deviation(const SnTensor *weight, double gain) {
  return gain * sqrt(2.0 / (fan_of(weight, SN_FAN_IN) + fan_of(weight, SN_FAN_OUT)));
}

static double kaiming_deviation(const SnTensor *weight, double slope, SnFan fan) {
  return sqrt(2.0 / (1 + slope * slope)) / sqrt(fan_of(weight, fan));
}

static bool uniform_of_deviation(SnTensor *weight, double deviation, SnGenerator *generator) {
  double bound = sqrt(3.0) * deviation;
  return sn_init_uniform(weight, -bound, bound, generator);
}

bool sn_init_xavier_normal(SnTensor *weight, double gain, SnGenerator *generator) {
  return check_weight(weight) && sn_init_normal(weight, 0, xavier_deviation(weight, gain), generator);
}

bool sn_init_xavier_uniform(SnTensor *weight, double gain, SnGenerator *generator) {
  return check_weight(weight) && uniform_of_deviation(weight, xavier_deviation(weight, gain), generator);
}

bool sn_init_kaiming_normal(SnTensor *weight, double slope, SnFan fan, SnGenerator *generator) {
  return check_weight(weight) && sn_init_normal(weight, 0, kaiming_deviation(weight, slope, fan), generator);
}

bool sn_init_kaiming_uniform(SnTensor *weight, double slope, SnFan fan, SnGenerator *generator) {
  return check_weight(weight) && uniform_of_deviation(weight, kaiming_deviation(weight, slope, fan), generator);
}

bool sn_init_default_bias(SnTensor *bias, const SnTensor *weight, SnGenerator *generator) {
  if (!check_weight(weight)) return false;
  double bound = 1 / sqrt(fan_of(weight, SN_FAN_IN));
  return sn_init_uniform(bias, -bound, bound, generator);
}
