#include "models/simplenet/tune.h"

/* The noise first: it needs no features anew, and nothing else moves the result as much. Then the length of training.
 * What changes the features comes last, so that each kind of them is computed once. */
static const char *const noise[] = {"sigma=x2", "sigma=x0.5", "sigma=x4", NULL};
static const char *const length[] = {"epochs=x0.5", "epochs=x0.25", "epochs=x2", NULL};
static const char *const levels[] = {"levels=1,2,3 grid-level=2", "levels=2", "levels=3", NULL};
static const char *const size[] = {"resize=x1.5 crop=x1.5", NULL};

const SnTuneAxis sn_simplenet_tune[] = {{"noise", NULL, noise},
                                        {"length of training", NULL, length},
                                        {"levels", "levels=2,3 grid-level=0", levels},
                                        {"input size", NULL, size},
                                        {NULL, NULL, NULL}};
