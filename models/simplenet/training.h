/* Algorithm 1: the adaptor and the discriminator learn to tell features from the same features with noise. */
#ifndef SN_MODELS_SIMPLENET_TRAINING_H
#define SN_MODELS_SIMPLENET_TRAINING_H

#include "models/simplenet/features.h"
#include "models/simplenet/model.h"
#include "nn/optimizer.h"

/* What a step, or on average the steps of an epoch, gave. */
typedef struct SnTrainingResult {
  double loss;
  double p_true; /* share of normal scores at or above the margin */
  double p_fake; /* share of anomalous scores below minus the margin */
} SnTrainingResult;

typedef struct SnRecordedSteps SnRecordedSteps; /* recorded_steps.h */

typedef struct SnTraining {
  SnSimpleNet *model;
  int part_count;
  SnTensor *parts[SN_MAX_LEVELS]; /* [images, cells, channels], see local_features.h */
  SnTensor *order;                     /* int64 [images]: an epoch's; NULL without parts */
  SnRecordedSteps *recorded;           /* NULL where steps are not recorded */
  SnOptimizer *adaptor_optimizer, *discriminator_optimizer;
  int64_t epoch;          /* done */
  int64_t step;           /* done, over all epochs */
  int64_t steps_in_epoch; /* done in an epoch that was given up, and their sum: both 0 between epochs */
  SnTrainingResult sum;
} SnTraining;

/* In the innermost scope. The features' parts must outlive the training; no parts: for single steps only. */
SnTraining *sn_training_new(SnSimpleNet *model, int part_count, SnTensor *const *parts);

/* One step on rows o [R,C] with the noise e [R,C]: q = G(o), one call of D on [q; q + e], loss, backward, both
 * optimisers. result may be NULL. */
bool sn_training_step(SnTraining *training, SnTensor *o, SnTensor *e, SnTrainingResult *result);

/* One step on the images order[first … first + count - 1], by the reassociated step where it knows the network. */
bool sn_training_batch_step(SnTraining *training, int64_t first, int64_t count, SnTrainingResult *result);

/* Of 2 R scores, the first half of normal features: the shares that are on the right side of the margin. */
void sn_training_count_margins(const double *scores, int64_t count, double margin, SnTrainingResult *result);

/* What every kind of step begins and ends with: gradients to zero; both optimisers, the counts and the result. scores:
 * those of normal features, then as many of anomalous ones, in any shape. */
void sn_training_zero_gradients(SnTraining *training);
bool sn_training_finish_step(SnTraining *training, SnTensor *loss, SnTensor *scores, SnTrainingResult *result);

/* One pass over all images in a new random order, in batches of `batch` images (the last may be smaller), on devices
 * that have recordings by recorded steps. progress is called between steps, with steps; when it says stop, the result
 * is false without an error, and the next call goes on with the same epoch at the same step. */
bool sn_training_epoch(SnTraining *training, SnTrainingResult *result, SnProgress progress, void *context);

#endif
