/* The plainest detector there is, to compare with: how far is each pixel from the mean training image?
 *
 * Per pixel and colour the mean m and the variance v of the training images are kept. A pixel's distance is the mean
 * over the colours of (x - m)^2 / (v + v0); the anomaly map is the distance smoothed by a Gaussian, and an image's
 * score the largest value of its map. v0, the square of 0.1 (about 6 grey levels of 255), keeps a pixel that hardly
 * varies among a few training images from raising an alarm at every whiff of noise.
 *
 * It knows neither textures nor edges: what it finds stands out by its mere colour, at a place that never changes. */
#ifndef SN_MODELS_BASELINE_MEAN_IMAGE_H
#define SN_MODELS_BASELINE_MEAN_IMAGE_H

#include "models/simplenet/testing.h"

typedef struct SnMeanImage {
  int64_t crop;           /* images are [3, crop, crop], as the network gets them */
  int64_t images;         /* learnt so far */
  double *mean, *squares; /* [3, crop, crop]: the mean, and the sum of squared deviations from it */
} SnMeanImage;

/* Without images, in the innermost scope. */
SnMeanImage *sn_mean_image_new(int64_t crop);

/* Learns one image [3, crop, crop] (Welford's update, in float64). */
void sn_mean_image_add(SnMeanImage *model, const float *image);

/* map [crop, crop] = the image's distances, not smoothed. An error where fewer than two images were learnt. */
bool sn_mean_image_distances(const SnMeanImage *model, const float *image, float *map);

/* Learns the data set's training images in the geometry of these settings, in the innermost scope. NULL on failure,
 * and without an error when progress, which may be NULL, said stop. */
SnMeanImage *sn_mean_image_train(const SnSimpleNetSettings *settings, const SnDataset *dataset, SnProgress progress,
                                 void *context);

/* Tests it on the data set's test images, as sn_simplenet_test does a SimpleNet; the settings give geometry, mask
 * threshold and smoothing. curves may be NULL. NULL as above. */
SnTestResult *sn_mean_image_test(const SnMeanImage *model, const SnSimpleNetSettings *settings,
                                 const SnDataset *dataset, SnEvaluationCurves *curves, SnProgress progress,
                                 void *context);

#endif
