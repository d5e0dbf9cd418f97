#include "models/simplenet/local_features.h"

#include "autograd/ops.h"

static bool uses_level(const SnSimpleNetSettings *settings, int index) { return settings->levels >> index & 1; }

int64_t sn_local_feature_channels(const SnSimpleNetSettings *settings, const SnBackbone *backbone) {
  if (settings->features == SN_FEATURES_OFFICIAL) return settings->dimension;
  int64_t channels = 0;
  for (int i = 0; i < backbone->deepest; i++)
    if (uses_level(settings, i)) channels += backbone->channels[i];
  return channels;
}

int64_t sn_local_feature_grid(const SnSimpleNetSettings *settings, const SnBackbone *backbone) {
  int64_t reduction = backbone->reduction[sn_settings_first_level(settings) - 1];
  return (settings->crop + reduction - 1) / reduction;
}

/* [N,C,h,w] -> [N, C p^2 averaged to `dimension`, h, w]. Averaging works on channels and resizing on positions, so the
 * order in which the released code does them (resize first) makes no difference, and this one is less work. */
static SnTensor *unfolded(SnTensor *level, int64_t patch, int64_t dimension) {
  const int64_t *shape = level->array.shape;
  int64_t cells = shape[2] * shape[3], p = patch / 2;
  SnTensor *columns = sn_unfold(level, (SnUnfold){.kernel = {patch, patch}, .padding = {p, p}});
  SnTensor *pooled = sn_adaptive_avg_pool1d(sn_permute(columns, SN_DIMS(0, 2, 1)), dimension);
  pooled = sn_permute(pooled, SN_DIMS(0, 2, 1));
  return cells > 0 ? sn_reshape(pooled, SN_SHAPE(shape[0], dimension, shape[2], shape[3])) : NULL;
}

/* Equations 1 and 2: aggregation over the neighbourhood. */
static SnTensor *aggregated(const SnSimpleNetSettings *settings, SnTensor *level) {
  if (!sn_ok()) return NULL;
  int64_t p = settings->patch;
  if (settings->features == SN_FEATURES_OFFICIAL) return unfolded(level, p, settings->dimension);
  return sn_avg_pool2d(level, (SnPool2d){.kernel = {p, p}, .stride = {1, 1}, .padding = {p / 2, p / 2}});
}

SnTensor *sn_local_features(const SnSimpleNetSettings *settings, SnBackbone *backbone, SnTensor *images) {
  SnTensor *levels[SN_BACKBONE_LEVELS], *parts[SN_BACKBONE_LEVELS];
  if (!sn_backbone_forward(backbone, images, levels)) return NULL;
  const int64_t *grid = levels[sn_settings_first_level(settings) - 1]->array.shape;
  int64_t count = grid[0], height = grid[2], width = grid[3];
  int used = 0;
  for (int i = 0; i < backbone->deepest; i++) {
    if (!uses_level(settings, i)) continue;
    SnTensor *part = aggregated(settings, levels[i]);
    if (used > 0) part = sn_interpolate_bilinear(part, height, width);
    parts[used++] = part;
  }
  SnTensor *features = sn_cat(used, parts, 1); /* equations 3 and 4: levels side by side on one grid */
  features = sn_permute(features, SN_DIMS(0, 2, 3, 1));
  if (settings->features == SN_FEATURES_OFFICIAL)
    features =
        sn_adaptive_avg_pool1d(sn_reshape(features, SN_SHAPE(1, -1, used * settings->dimension)), settings->dimension);
  return sn_reshape(features, SN_SHAPE(count, height * width, -1));
}
