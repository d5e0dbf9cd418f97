/* Algorithm 1: the adaptor and the discriminator learn to tell features from the same features with noise. */
#ifndef SN_MODELS_SIMPLENET_TRAINING_H
#define SN_MODELS_SIMPLENET_TRAINING_H

#include "models/simplenet/simplenet.h"
#include "nn/optimizer.h"

/* What a step, or on average the steps of an epoch, gave. */
typedef struct SnTrainingResult {
  double loss;
  double p_true; /* share of normal scores at or above the margin */
  double p_fake; /* share of anomalous scores below minus the margin */
} SnTrainingResult;

typedef struct SnTraining {
  SnModel *model;
  SnSimpleNet *network; /* the head that is trained */
  int level_count;
  SnTensor *levels[SN_MAX_LEVELS]; /* [images,h,w,channels] (anomaly/local_features.h) */
  SnTensor *order;                 /* int64 [images], or [rows of all steps]: an epoch's; NULL without levels */
  SnOptimizer *adaptor_optimizer, *discriminator_optimizer;
  int64_t step;            /* done, over all epochs */
  struct SnTraining *next; /* the next head's; NULL: none */
} SnTraining;

/* What a step computes, on the device and in the innermost scope: D of normal features, then of as many anomalous ones,
 * in any shape, and their loss. */
typedef struct SnStepOutcome {
  SnTensor *loss, *scores;
} SnStepOutcome;

/* Of the model's first head, and by `next` of all others, in the innermost scope. All functions below are about one
 * head. The features must outlive the training; NULL: for single steps only. */
SnTraining *sn_training_new(SnModel *model, const SnFeatures *features);

/* Lines 3 to 10 of the algorithm on rows o [R,C] with the noise e [R,C]: q = G(o), one call of D on [q; q + e], loss,
 * backward. The gradients are added to the parameters'. */
bool sn_training_backward(SnTraining *training, SnTensor *o, SnTensor *e, SnStepOutcome *outcome);

/* Gradients to zero, and both optimisers' update number `step`, from 1: kernels only, nothing on the host changes. */
void sn_training_zero_gradients(SnTraining *training);
bool sn_training_update(SnTraining *training, int64_t step);

/* One whole step as the paper writes it, which is counted. result may be NULL. */
bool sn_training_step(SnTraining *training, SnTensor *o, SnTensor *e, SnTrainingResult *result);

/* The levels of the images order[first … first + count - 1], and their assembled rows [R,C]. */
bool sn_training_select(SnTraining *training, int64_t first, int64_t count, SnTensor **levels);
SnTensor *sn_training_rows(const SnTraining *training, int count, SnTensor *const *levels);

/* By patches an epoch is so many steps: however many images there are, it takes as long. */
enum { SN_PATCH_STEPS = 20 };

/* Of a training by patches: the rows [R,C] at the positions order[first … first + count - 1]. */
SnTensor *sn_training_gather(const SnTraining *training, int64_t first, int64_t count);

/* Loss and shares from an outcome, on the host; from 2 R scores, the first half of normal features. */
bool sn_training_read(const SnTraining *training, const SnStepOutcome *outcome, SnTrainingResult *result);
void sn_training_count_margins(const double *scores, int64_t count, double margin, SnTrainingResult *result);

/* How many steps an epoch has on so many images. */
int64_t sn_simplenet_epoch_steps(const SnSettings *settings, int64_t images);

/* The order of an epoch's images, or which patches its steps take; epochs from 0. */
bool sn_training_set_order(SnTraining *training, int64_t epoch);

/* Its learning rates, as shares of the settings'. */
void sn_training_set_rates(SnTraining *training, double adaptor, double discriminator);

#endif
