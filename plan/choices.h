/* Algorithms of convolutions that were measured on this machine (`simplenet tune`), in place of the backend's own
 * choice, which knows shapes and the kind of processor only.
 *
 *     SnChoices *choices = sn_choices_read("tuned.json");
 *     sn_choices_use(choices);                      // by plans that this thread makes from now on
 *
 * What was not measured is chosen as ever. A result's bits depend on the algorithms, so on the choices; measured once
 * and read from a file, they are the same in every run. */
#ifndef SN_PLAN_CHOICES_H
#define SN_PLAN_CHOICES_H

#include "backends/backend.h"

typedef struct SnChoice {
  SnFusedConv2d conv2d;                           /* its activation and residual do not matter */
  int64_t x[4];                                   /* the shape of what it reads */
  double seconds[SN_CONVOLUTION_ALGORITHM_COUNT]; /* of a run, by algorithm; 0: not measured */
  SnConvolutionAlgorithm usual;                   /* the backend's own choice */
} SnChoice;

typedef struct SnChoices {
  SnChoice *items; /* owned */
  int64_t count;
} SnChoices;

/* In the innermost scope. */
SnChoices *sn_choices_new(void);

/* Notes that a convolution took so long. */
bool sn_choices_add(SnChoices *choices, const SnFusedConv2d *conv2d, const int64_t x[4], SnConvolutionAlgorithm usual,
                    double seconds);

/* The fastest one, but the backend's own unless another takes less than 0.97 of its time: less is noise. */
SnConvolutionAlgorithm sn_choice_fastest(const SnChoice *choice);

/* ---- in use ---- */

/* Of this thread; they must stay. NULL: none. */
void sn_choices_use(const SnChoices *choices);
const SnChoices *sn_choices_in_use(void);

/* For measurements: this algorithm wherever it is supported, whatever else is in use; SN_CONVOLUTION_DIRECT: none. */
void sn_choices_prefer(SnConvolutionAlgorithm algorithm);

/* What a plan takes. A way with rows and channels that the backend has chosen stays. */
SnConvolutionAlgorithm sn_choose_convolution(const SnBackend *backend, const SnFusedConv2d *conv2d, const int64_t x[4]);

/* ---- files: JSON ---- */

/* The machine's kind, device, threads and precision are written beside them. Reading elsewhere, or with others, is an
 * error that says what differs; so is whatever such a file cannot hold. */
bool sn_choices_write(const SnChoices *choices, const char *path);
SnChoices *sn_choices_read(const char *path);

#endif
