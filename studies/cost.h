/* What a variant costs on this machine, measured in a few seconds before hours are spent. */
#ifndef SN_STUDIES_COST_H
#define SN_STUDIES_COST_H

#include "studies/variant.h"

typedef struct SnCost {
  double feature;  /* seconds for an image's features, without decoding */
  double training; /* seconds for a step of the fit, or for an image where it has no epochs */
  double test;     /* seconds to score an image and to rank its pixels */
  double bytes;    /* of memory for an image's features */
  double fixed;    /* bytes of memory for everything else: the program, weights, their moments, a training step */
} SnCost;

/* With all threads of the device; false and an error when the variant cannot be run. Memory is the process's peak: to
 * be called before anything large. */
bool sn_measure_cost(const SnVariant *variant, SnCost *cost);

/* Seconds for the category's features, and for one trial on them, of as many epochs as there can be. */
double sn_cost_of_features(const SnCost *cost, int64_t train_images, int64_t test_images);
double sn_cost_of_trial(const SnCost *cost, const SnSettings *settings, int64_t train_images, int64_t test_images,
                        int64_t eval_every);

/* Bytes of memory for a category: features, maps and their ranking. */
double sn_cost_memory(const SnCost *cost, int64_t train_images, int64_t test_images, SnSize crop);

#endif
