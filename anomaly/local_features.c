#include "anomaly/local_features.h"

#include <inttypes.h>
#include <stdio.h>

#include "anomaly/adaptive_pooling.h"
#include "anomaly/method.h"
#include "autograd/ops.h"
#include "base/memory.h"

/* The least that every backbone holds at a time, in bytes of an input pixel: the image itself (12), the stem's 48
 * channels or more on half the grid (48), and what they are pooled to (12). A whole forward took 180 with the backbone
 * embedded. */
enum { MIN_PIXEL_MEMORY = 72 };

bool sn_check_feature_memory(const SnTensor *images) {
  if (!sn_ok() || sn_storage_backend(images->storage)->copy_to_host) return sn_ok();
  const int64_t *shape = images->array.shape;
  char what[96];
  int64_t pixels = shape[2] * shape[3], bytes;
  snprintf(what, sizeof what, "features of %" PRId64 " image%s of %" PRId64 " x %" PRId64 " pixels", shape[0],
           shape[0] == 1 ? "" : "s", shape[2], shape[3]);
  if (!sn_multiply(MIN_PIXEL_MEMORY * pixels, shape[0], &bytes)) return sn_fail("%s: are too many", what);
  return sn_memory_suffices(bytes, what);
}

/* The position in the backbone's levels of one of the features', which may be some of them only. */
static int backbone_index(const SnBackbone *backbone, const SnFeatureSettings *features, int i) {
  return sn_level_index(&backbone->levels, features->levels.numbers[i]);
}

SnFeatureShape sn_feature_shape(const SnSettings *settings, const SnBackbone *backbone) {
  const SnFeatureSettings *features = &settings->features;
  SnSize crop = settings->view.crop;
  int64_t channels = 0;
  if (!backbone) return (SnFeatureShape){crop.height, crop.width, 3};
  for (int i = 0; i < features->levels.count; i++)
    channels += backbone->channels[backbone_index(backbone, features, i)];
  int grid = backbone_index(backbone, features, sn_settings_grid_index(features));
  return (SnFeatureShape){sn_backbone_cells(backbone, grid, crop.height), sn_backbone_cells(backbone, grid, crop.width),
                          features->pooling == SN_POOLING_ADAPTIVE ? features->dimension : channels};
}

/* ---- feature maps [N,C,h,w] ---- */

/* The mean of each neighbourhood, or all its numbers pooled. */
static SnTensor *aggregated(const SnFeatureSettings *features, SnTensor *level) {
  if (!sn_ok()) return NULL;
  int64_t p = features->patch;
  if (features->pooling == SN_POOLING_ADAPTIVE) return sn_pool_neighbourhood(level, p, features->dimension);
  return sn_avg_pool2d(level, (SnPool2d){.kernel = {p, p}, .stride = {1, 1}, .padding = {p / 2, p / 2}});
}

static SnTensor *resized(const SnFeatureSettings *features, SnTensor *map, const int64_t *grid) {
  return features->upsampling == SN_UPSAMPLING_NEAREST ? sn_interpolate_nearest(map, grid[0], grid[1])
                                                       : sn_interpolate_bilinear(map, grid[0], grid[1]);
}

/* Levels finer than the grid of the features are resized at once, which leaves less work to all that follows. */
static SnTensor *at_most_grid(const SnFeatureSettings *features, SnTensor *map, const SnTensor *grid_level) {
  if (!map || !grid_level) return NULL;
  const int64_t *grid = grid_level->array.shape + 2, *own = map->array.shape + 2;
  return own[0] > grid[0] || own[1] > grid[1] ? resized(features, map, grid) : map;
}

/* Levels on the grid of the first, which no other's is finer than, channels side by side. */
static SnTensor *side_by_side(const SnFeatureSettings *features, int count, SnTensor *const *maps) {
  SnTensor *all[SN_MAX_LEVELS] = {NULL};
  for (int i = 0; i < count && sn_ok(); i++)
    all[i] = i == 0 ? maps[0] : resized(features, maps[i], maps[0]->array.shape + 2);
  return sn_cat(count, all, 1);
}

int sn_feature_level_count(const SnSettings *settings) {
  const SnFeatureSettings *features = &settings->features;
  if (!(settings->method->groups & SN_GROUP_FEATURES)) return 1;
  bool joined = features->pooling == SN_POOLING_ADAPTIVE && features->dimension % features->levels.count != 0;
  return joined ? 1 : (int)features->levels.count;
}

/* Every level's share of `dimension` numbers. Where that divides, each average is of one level's. */
static int pooled(const SnFeatureSettings *features, int count, SnTensor **maps) {
  if (features->dimension % count == 0) {
    for (int i = 0; i < count; i++) maps[i] = sn_pool_channels(maps[i], features->dimension / count);
    return count;
  }
  maps[0] = sn_pool_channels(side_by_side(features, count, maps), features->dimension);
  return 1;
}

/* Of a method without the features group: the pixels. */
static int feature_maps(const SnModel *model, SnTensor *images, SnTensor **maps) {
  const SnFeatureSettings *features = &model->settings.features;
  int count = (int)features->levels.count, grid = sn_settings_grid_index(features);
  SnTensor *levels[SN_MAX_LEVELS];
  maps[0] = images;
  if (!sn_model_has_backbone(model)) return sn_ok() ? 1 : 0;
  if (!sn_backbone_forward(model->backbone, images, levels)) return 0;
  for (int i = 0; i < count; i++) maps[i] = at_most_grid(features, aggregated(features, levels[i]), levels[grid]);
  if (features->pooling == SN_POOLING_ADAPTIVE && sn_ok()) count = pooled(features, count, maps);
  for (int i = 0; i < count; i++)
    if (model->feature_scale[i] != 1) maps[i] = sn_scale(maps[i], model->feature_scale[i]);
  return sn_ok() ? count : 0;
}

/* ---- with channels last, [N,h,w,C] ---- */

static SnTensor *channels_last(SnTensor *map) { return sn_permute(map, SN_DIMS(0, 2, 3, 1)); }

int sn_feature_levels(const SnModel *model, SnTensor *images, SnTensor **levels) {
  int count = feature_maps(model, images, levels);
  for (int i = 0; i < count; i++) levels[i] = channels_last(levels[i]);
  return sn_ok() ? count : 0;
}

/* A copy, which a plan knows how to move. */
static SnTensor *channels_first(SnTensor *level) {
  const int64_t *shape = level->array.shape;
  SnTensor *rows = sn_reshape(level, SN_SHAPE(shape[0], shape[1] * shape[2], shape[3]));
  return sn_reshape(sn_permute(rows, SN_DIMS(0, 2, 1)), SN_SHAPE(shape[0], shape[3], shape[1], shape[2]));
}

SnTensor *sn_assemble_levels(const SnSettings *settings, int count, SnTensor *const *levels) {
  SnTensor *maps[SN_MAX_LEVELS] = {NULL};
  if (!sn_ok() || count == 1) return count == 1 ? levels[0] : NULL;
  for (int i = 0; i < count && sn_ok(); i++) maps[i] = channels_first(levels[i]);
  return channels_last(side_by_side(&settings->features, count, maps));
}

SnTensor *sn_local_features(const SnModel *model, SnTensor *images) {
  SnTensor *maps[SN_MAX_LEVELS];
  int count = feature_maps(model, images, maps);
  return count > 0 ? channels_last(side_by_side(&model->settings.features, count, maps)) : NULL;
}
