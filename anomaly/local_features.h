/* Local features: what each position of an image looks like, from the levels of a backbone.
 *
 * pooling "mean": the mean of each level's patch x patch neighbourhood (zeros beyond the border counted).
 * pooling "adaptive": the neighbourhood unfolded channel-major, adaptively averaged to `dimension` numbers for each
 * level; all levels' numbers one after the other adaptively averaged to `dimension` again (anomaly/adaptive_pooling.h).
 *
 * Each level is multiplied by the model's factor (anomaly/feature_scale.h).
 *
 * Levels are [N,h,w,C], each on its own grid, none finer than that of the grid level, which is the first of them. A
 * method without the features group has one level: the photograph's pixels, [N,H,W,3]. */
#ifndef SN_ANOMALY_LOCAL_FEATURES_H
#define SN_ANOMALY_LOCAL_FEATURES_H

#include "anomaly/model.h"

/* Of one image: rows and columns of the grid level's grid, and the channels of all levels together. The backbone may
 * give further levels. */
SnFeatureShape sn_feature_shape(const SnSettings *settings, const SnBackbone *backbone);

/* How many levels there are of features with these settings. */
int sn_feature_level_count(const SnSettings *settings);

/* images [N,3,H,W], normalised as the backbone expects -> levels, at most SN_MAX_LEVELS; returns how many, 0 on
 * failure. */
int sn_feature_levels(const SnModel *model, SnTensor *images, SnTensor **levels);

/* Levels -> features [N,h,w,C]: the coarser ones resized to the first one's grid, channels side by side. */
SnTensor *sn_assemble_levels(const SnSettings *settings, int count, SnTensor *const *levels);

/* images -> features, both of the above in one. */
SnTensor *sn_local_features(const SnModel *model, SnTensor *images);

/* Whether this machine has the memory for local features of images [N,3,H,W]; else an error with what is needed at
 * least and what is available. To be asked before a forward is planned or begun, since its first tensors may still fit.
 */
bool sn_check_feature_memory(const SnTensor *images);

#endif
