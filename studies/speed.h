/* How many images a second a saved model scores. */
#ifndef SN_STUDIES_SPEED_H
#define SN_STUDIES_SPEED_H

#include "studies/study.h"

/* Images a second, from pixels in memory to the map, one at a time with all threads: of the variant's model of the
 * first category and seed. An error where there is no model. */
bool sn_measure_speed(const SnStudy *study, int64_t variant, double *speed);

#endif
