/* From patch scores to what is shown: the anomaly map and one score an image. */
#ifndef SN_ANOMALY_MAP_H
#define SN_ANOMALY_MAP_H

#include "anomaly/settings.h"
#include "tensor/tensor.h"

/* Patch scores [N,h,w] -> anomaly maps [N,height,width] of the crop: resized bilinearly, then smoothed by a Gaussian.
 */
SnTensor *sn_anomaly_maps(const SnSettings *settings, SnTensor *patches);

/* [N]: the maximum of the patch scores, or of the map where image_score says so. */
SnTensor *sn_image_scores(const SnSettings *settings, SnTensor *patches, SnTensor *maps);

/* Whether a photograph's score and its map of `pixels` numbers (NULL: no map) are finite: a verdict on NaN would be
 * "good". An error names the photograph. */
bool sn_check_scores(const char *photograph, float score, const float *map, int64_t pixels);

#endif
