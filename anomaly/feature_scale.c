#include "anomaly/feature_scale.h"

#include <math.h>
#include <stdlib.h>

#include "anomaly/method.h"
#include "base/memory.h"
#include "base/number.h"

enum { IMAGES_AT_ONCE = 8 };

/* ---- measuring ---- */

/* Adds rows [rows, channels] to the sums of each channel. */
static void add_rows(const float *values, int64_t rows, int64_t channels, double *restrict sum,
                     double *restrict squares) {
  for (int64_t row = 0; row < rows; row++)
    for (int64_t c = 0; c < channels; c++) {
      double value = (double)values[row * channels + c];
      sum[c] += value;
      squares[c] += value * value;
    }
}

static double mean_variance(int64_t rows, int64_t channels, const double *sum, const double *squares) {
  double total = 0, count = (double)rows;
  for (int64_t c = 0; c < channels; c++) {
    double mean = sum[c] / count;
    total += fmax(squares[c] / count - mean * mean, 0);
  }
  return total / (double)channels;
}

/* Of a level [images,h,w,channels]; 0 and an error on failure. */
static double deviation_of(const SnTensor *level) {
  const int64_t *shape = level->array.shape, images = shape[0], cells = shape[1] * shape[2], channels = shape[3];
  SnScope *scope = sn_scope_open();
  double *sums = sn_scope_allocate(2 * channels, sizeof *sums, NULL);
  float *values = sn_scope_allocate(IMAGES_AT_ONCE * cells * channels, sizeof *values, NULL);
  double variance = 0;
  for (int64_t first = 0; first < images && sn_ok(); first += IMAGES_AT_ONCE) {
    int64_t count = images - first < IMAGES_AT_ONCE ? images - first : IMAGES_AT_ONCE;
    SnTensor *some = sn_view(level, 4, (int64_t[]){count, shape[1], shape[2], channels}, level->array.stride,
                             first * level->array.stride[0]);
    if (sn_to_host(some, SN_FLOAT32, values)) add_rows(values, count * cells, channels, sums, sums + channels);
  }
  if (sn_ok()) variance = mean_variance(images * cells, channels, sums, sums + channels);
  sn_scope_close(scope);
  return sqrt(variance);
}

static bool are_scaled(const SnSettings *settings) {
  const SnFeatureSettings *features = &settings->features;
  if (!(settings->method->groups & SN_GROUP_FEATURES) || features->scale == SN_FEATURE_SCALE_NONE) return false;
  return features->scale == SN_FEATURE_SCALE_MEASURED || !sn_backbone_sets_scale(features->backbone);
}

bool sn_features_to_scale(SnModel *model, SnFeatures *features) {
  if (!sn_ok() || !are_scaled(&model->settings)) return sn_ok();
  for (int i = 0; i < features->count && sn_ok(); i++) {
    SnTensor *level = features->levels[i];
    double deviation = deviation_of(level), factor = SN_FEATURE_DEVIATION / deviation;
    if (!(deviation > 0) || !isfinite(factor)) continue; /* NaN is found when the features are used */
    SnAttributes attributes = {.affine = {.scale = factor}};
    sn_run_kernel(SN_KERNEL_affine, 1, &level, 1, &level, &attributes);
    model->feature_scale[i] = features->scale[i] *= factor;
  }
  return sn_ok();
}

/* ---- files ---- */

static const char text_name[] = "feature_scale";

bool sn_add_feature_scale(SnStateDict *dict, int count, const double *factors) {
  char *text = sn_format("%s", ""), number[SN_NUMBER_TEXT];
  for (int i = 0; i < count && text; i++) {
    char *longer = sn_format("%s%s%s", text, i > 0 ? "," : "", sn_number_text(factors[i], number));
    free(text);
    text = longer;
  }
  if (text) sn_state_dict_add_text(dict, text_name, text);
  free(text);
  return sn_ok();
}

bool sn_read_feature_scale(const SnStateDict *dict, const char *path, int count, double *factors) {
  if (!sn_ok()) return false;
  const char *text = sn_state_dict_text(dict, text_name), *at = text;
  for (int i = 0; i < count; i++) {
    factors[i] = 1;
    if (!text) continue;
    at = at ? sn_read_number(at, &factors[i]) : NULL;
    bool good = at && *at == (i + 1 < count ? ',' : '\0') && isfinite(factors[i]) && factors[i] > 0;
    if (!good)
      return sn_fail("%s: %s: expected %d positive numbers with commas between, found '%.60s'", path, text_name, count,
                     text);
    at++;
  }
  return true;
}
