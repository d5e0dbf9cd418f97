/* Feature extractor F, sections 3.1 and equations 1 to 4: what each position of an image looks like. */
#ifndef SN_MODELS_SIMPLENET_LOCAL_FEATURES_H
#define SN_MODELS_SIMPLENET_LOCAL_FEATURES_H

#include "models/backbones/backbone.h"
#include "models/simplenet/settings.h"

/* Channels of a local feature. */
int64_t sn_local_feature_channels(const SnSimpleNetSettings *settings, const SnBackbone *backbone);

/* Cells along a side of the grid of features: that of the grid level. */
int64_t sn_local_feature_grid(const SnSimpleNetSettings *settings, const SnBackbone *backbone);

/* images [N,3,H,W], ImageNet-normalised -> local features [N, grid rows * grid columns, channels].
 *
 * "paper": the mean of each level's patch x patch neighbourhood (zeros beyond the border counted), each level resized
 * bilinearly to the grid of the grid level, channels concatenated.
 * "official", as the released code: the neighbourhood unfolded channel-major, adaptively averaged to `dimension`
 * numbers per level, resized, all levels' numbers one after the other adaptively averaged to `dimension` again. */
SnTensor *sn_local_features(const SnSimpleNetSettings *settings, SnBackbone *backbone, SnTensor *images);

/* The same features before the coarser levels are resized and all are put side by side: parts[i] is [N, cells of its
 * own grid, its channels], the first one of the grid level's grid and no other of a finer one. Returns how many parts
 * there are, at most SN_MAX_LEVELS; 0 on failure. */
int sn_local_feature_parts(const SnSimpleNetSettings *settings, SnBackbone *backbone, SnTensor *images,
                           SnTensor **parts);

/* What sn_local_features gives, from the parts of square grids. */
SnTensor *sn_assemble_parts(int count, SnTensor *const *parts);

/* Whether this machine has the memory for local features of images [N,3,H,W]; else an error with what is needed at
 * least and what is available. To be asked before a forward is planned or begun, since its first tensors may still fit.
 */
bool sn_check_feature_memory(const SnTensor *images);

#endif
