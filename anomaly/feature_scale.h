/* Levels brought to one scale, so that a size in feature space, such as a noise's sigma or a covariance's epsilon,
 * means the same on every backbone.
 *
 * The deviation of a level is s = sqrt(mean over channels of the variance over images and positions), of the features
 * as the method sees them. A level is multiplied by SN_FEATURE_DEVIATION / s, once the training images have told s; the
 * factors are part of the model. Networks on which the sizes were chosen keep the factor 1 (sn_backbone_sets_scale),
 * unless --feature-scale says otherwise. */
#ifndef SN_ANOMALY_FEATURE_SCALE_H
#define SN_ANOMALY_FEATURE_SCALE_H

#include "anomaly/features.h"

/* That of ResNet-18's levels 2 and 3 on photographs of products, rounded. */
#define SN_FEATURE_DEVIATION 0.1

/* Measures the levels of the training images, multiplies them in place, and leaves the factors in features and model,
 * by which features that the model extracts later are scaled, too. Nothing is done where the model's settings leave
 * features as they are. A level without any variance keeps the factor 1. */
bool sn_features_to_scale(SnModel *model, SnFeatures *features);

/* Factors to and from a model's texts, exactly; `count` of them, 1 where the file lacks them. An error names `path`. */
bool sn_add_feature_scale(SnStateDict *dict, int count, const double *factors);
bool sn_read_feature_scale(const SnStateDict *dict, const char *path, int count, double *factors);

#endif
