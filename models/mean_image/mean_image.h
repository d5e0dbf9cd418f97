/* The plainest detector there is, to compare with: how far is each pixel from the mean training image?
 *
 * Per pixel and colour the mean m and the variance v of the training images are kept. A pixel's distance is the mean
 * over the colours of (x - m)^2 / (v + v0); the anomaly map is the distance smoothed by a Gaussian, and an image's
 * score the largest value of its map. v0, the square of 0.1 (about 6 grey levels of 255), keeps a pixel that hardly
 * varies among a few training images from raising an alarm at small noise.
 *
 * It knows neither textures nor edges: what it finds stands out by its mere colour, at a place that never changes. */
#ifndef SN_MODELS_MEAN_IMAGE_MEAN_IMAGE_H
#define SN_MODELS_MEAN_IMAGE_MEAN_IMAGE_H

#include "anomaly/method.h"

/* Its entry in the table of methods. Its features are the photograph's pixels. */
extern const SnMethod sn_mean_image;

#endif
