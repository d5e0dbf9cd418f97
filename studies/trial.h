/* One variant with one seed on one category. */
#ifndef SN_STUDIES_TRIAL_H
#define SN_STUDIES_TRIAL_H

#include "anomaly/run.h"

typedef struct SnTrial {
  SnRun *run;
  const SnTestResult *test; /* after the last epoch; NULL when untested, as are the curves */
  const SnEvaluationCurves *curves;
  double seconds; /* of training and tests, since this process began or resumed the trial */
} SnTrial;

#endif
