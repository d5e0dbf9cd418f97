#include "models/simplenet/local_features.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "autograd/ops.h"
#include "base/memory.h"

/* A backbone may give more levels than these settings use. */
static bool uses_level(const SnSimpleNetSettings *settings, const SnBackbone *backbone, int index) {
  return settings->levels >> (backbone->levels.numbers[index] - 1) & 1;
}

static int grid_index(const SnSimpleNetSettings *settings, const SnBackbone *backbone) {
  return sn_level_index(&backbone->levels, sn_settings_grid_level(settings));
}

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

int64_t sn_local_feature_channels(const SnSimpleNetSettings *settings, const SnBackbone *backbone) {
  if (settings->features == SN_FEATURES_OFFICIAL) return settings->dimension;
  int64_t channels = 0;
  for (int i = 0; i < backbone->levels.count; i++)
    if (uses_level(settings, backbone, i)) channels += backbone->channels[i];
  return channels;
}

int64_t sn_local_feature_grid(const SnSimpleNetSettings *settings, const SnBackbone *backbone) {
  return sn_backbone_cells(backbone, grid_index(settings, backbone), settings->crop);
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

/* Levels finer than the grid of the features are resized at once, which leaves less work to all that follows. */
static SnTensor *at_most_grid(SnTensor *plane, const SnTensor *grid_level) {
  if (!plane || !grid_level) return NULL;
  const int64_t *grid = grid_level->array.shape + 2, *own = plane->array.shape + 2;
  return own[0] > grid[0] || own[1] > grid[1] ? sn_interpolate_bilinear(plane, grid[0], grid[1]) : plane;
}

/* A level's share of the official features. All levels' `dimension` numbers one after the other are averaged to
 * `dimension` again: where that divides, each average lies within a level. */
static SnTensor *official_share(SnTensor *level, int64_t share) {
  if (!level) return NULL;
  const int64_t *shape = level->array.shape;
  SnTensor *rows = sn_reshape(sn_permute(level, SN_DIMS(0, 2, 3, 1)), SN_SHAPE(shape[0], -1, shape[1]));
  SnTensor *pooled = sn_permute(sn_adaptive_avg_pool1d(rows, share), SN_DIMS(0, 2, 1));
  return sn_reshape(pooled, SN_SHAPE(shape[0], share, shape[2], shape[3]));
}

/* [N,C,h,w] -> [N, h w, C] */
static SnTensor *as_rows(SnTensor *planes) {
  if (!planes) return NULL;
  int64_t images = planes->array.shape[0], channels = planes->array.shape[1];
  return sn_reshape(sn_permute(planes, SN_DIMS(0, 2, 3, 1)), SN_SHAPE(images, -1, channels));
}

/* Equations 3 and 4: levels on the grid of the first, which no other's is finer than, side by side. */
static SnTensor *side_by_side(int count, SnTensor *const *planes) {
  SnTensor *resized[SN_MAX_LEVELS] = {NULL};
  for (int i = 0; i < count && sn_ok(); i++) {
    const int64_t *grid = planes[0]->array.shape + 2;
    resized[i] = i == 0 ? planes[0] : sn_interpolate_bilinear(planes[i], grid[0], grid[1]);
  }
  return sn_cat(count, resized, 1);
}

/* The parts as planes [N, channels, h, w]. */
static int feature_planes(const SnSimpleNetSettings *settings, SnBackbone *backbone, SnTensor *images,
                          SnTensor **planes) {
  SnTensor *levels[SN_MAX_LEVELS];
  if (!sn_backbone_forward(backbone, images, levels)) return 0;
  int count = 0;
  const SnTensor *grid_level = levels[grid_index(settings, backbone)];
  for (int i = 0; i < backbone->levels.count; i++)
    if (uses_level(settings, backbone, i)) planes[count++] = at_most_grid(aggregated(settings, levels[i]), grid_level);
  if (settings->features == SN_FEATURES_PAPER) return sn_ok() ? count : 0;
  if (settings->dimension % count == 0) {
    for (int i = 0; i < count; i++) planes[i] = official_share(planes[i], settings->dimension / count);
  } else {
    planes[0] = official_share(side_by_side(count, planes), settings->dimension);
    count = 1;
  }
  return sn_ok() ? count : 0;
}

int sn_local_feature_parts(const SnSimpleNetSettings *settings, SnBackbone *backbone, SnTensor *images,
                           SnTensor **parts) {
  int count = feature_planes(settings, backbone, images, parts);
  for (int i = 0; i < count; i++) parts[i] = as_rows(parts[i]);
  return sn_ok() ? count : 0;
}

SnTensor *sn_assemble_parts(int count, SnTensor *const *parts) {
  SnTensor *planes[SN_MAX_LEVELS] = {NULL};
  if (!sn_ok() || count == 1) return count == 1 ? parts[0] : NULL;
  for (int i = 0; i < count && sn_ok(); i++) {
    const int64_t *shape = parts[i]->array.shape, grid = (int64_t)(sqrt((double)shape[1]) + 0.5);
    planes[i] = sn_reshape(sn_permute(parts[i], SN_DIMS(0, 2, 1)), SN_SHAPE(shape[0], shape[2], grid, grid));
  }
  return as_rows(side_by_side(count, planes));
}

SnTensor *sn_local_features(const SnSimpleNetSettings *settings, SnBackbone *backbone, SnTensor *images) {
  SnTensor *planes[SN_MAX_LEVELS];
  int count = feature_planes(settings, backbone, images, planes);
  return count > 0 ? as_rows(side_by_side(count, planes)) : NULL;
}
