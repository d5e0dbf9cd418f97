/* Photographs in, map and score out: the one forward of everything that only looks at photographs, planned to the end
 * (plan/plan.h). The same numbers as the eager forward up to rounding, faster, without
 * making tensors anew.
 *
 *     SnScorer *scorer = sn_scorer_new(model, SN_SCORER_IMAGES);
 *     sn_scorer_run(scorer, 1, &images, maps, scores);
 */
#ifndef SN_ANOMALY_SCORER_H
#define SN_ANOMALY_SCORER_H

#include "anomaly/method.h"
#include "plan/plan.h"

typedef enum SnScorerInput {
  SN_SCORER_IMAGES, /* [N,3,height,width] of the crop */
  SN_SCORER_LEVELS  /* of features (anomaly/local_features.h) */
} SnScorerInput;

typedef struct SnScorer SnScorer;

/* In the innermost scope, which releases it. The plan is made at the first run, from a snapshot of the model's weights,
 * and anew when inputs of other shapes come. After further training, make another scorer. */
SnScorer *sn_scorer_new(SnModel *model, SnScorerInput input);

/* Of images, up to `batch` at a time, planned now. It consumes the backbone's weights, of which a plan has a form of
 * its own: they are released one by one while the plan is made, which leaves the model half as large. */
SnScorer *sn_scorer_consume(SnModel *model, int64_t batch);

/* Images or levels -> maps [N,height,width] and scores [N] in host memory. Fewer images than the batch of
 * sn_scorer_consume are filled up with blank ones; more are an error. */
bool sn_scorer_run(SnScorer *scorer, int count, SnTensor *const *inputs, float *maps, float *scores);

/* The same from host memory: images [n,3,height,width]. */
bool sn_scorer_run_images(SnScorer *scorer, const float *images, int64_t count, float *maps, float *scores);

/* The forward that it plans, for whoever makes something else of it; context: a scorer. Images or levels -> maps
 * [N,height,width] and scores [N]. */
int sn_scorer_forward(void *context, SnTensor *const *inputs, SnTensor **outputs);

/* The plan of the last run, for looking at; NULL before. */
SnPlan *sn_scorer_plan(const SnScorer *scorer);

#endif
