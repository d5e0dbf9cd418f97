/* How long a plan's convolutions take, each among the other steps: with weights as cold as in use. */
#ifndef SN_PLAN_MEASURE_H
#define SN_PLAN_MEASURE_H

#include "plan/choices.h"
#include "plan/plan.h"

/* Adds the median of so many rounds for each convolution, under the algorithm that the plan takes for it. True also
 * where none takes `only`, and then nothing was run; SN_CONVOLUTION_DIRECT: whatever they take. */
bool sn_plan_measure(SnPlan *plan, SnTensor *const *inputs, int rounds, SnConvolutionAlgorithm only,
                     SnChoices *choices);

#endif
