/* Inference and scoring, section 3.6 and equations 9 to 11. */
#ifndef SN_MODELS_SIMPLENET_SCORING_H
#define SN_MODELS_SIMPLENET_SCORING_H

#include "models/simplenet/model.h"

/* Local features [N, grid * grid, C] -> patch scores s = -D(G(o)), [N, grid, grid] (equation 9). */
SnTensor *sn_patch_scores(SnSimpleNet *model, SnTensor *features);

/* Patch scores [N,h,w] -> anomaly maps [N,crop,crop]: resized bilinearly, then smoothed by a Gaussian (equation 10). */
SnTensor *sn_anomaly_maps(const SnSimpleNetSettings *settings, SnTensor *patch_scores);

/* One score an image, [N]: the maximum of its patch scores (equation 11), or of its map where image_score says so. */
SnTensor *sn_image_scores(const SnSimpleNetSettings *settings, SnTensor *patch_scores, SnTensor *maps);

/* Whether a photograph's score and its map of `pixels` numbers (NULL: no map) are finite: a verdict on NaN would be
 * "good". An error names the photograph. */
bool sn_check_scores(const char *photograph, float score, const float *map, int64_t pixels);

#endif
