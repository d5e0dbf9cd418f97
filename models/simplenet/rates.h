/* Learning rates over the epochs of a training, and when it ends. */
#ifndef SN_MODELS_SIMPLENET_RATES_H
#define SN_MODELS_SIMPLENET_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "models/simplenet/settings.h"

/* With --cosine at-plateau the loss of the last epochs is compared with that of as many before. */
enum { SN_PLATEAU_EPOCHS = 5 };

/* Why the rates begin to fall: the loss is small, or constant, or half of the most epochs are done. */
enum { SN_PLATEAU_NONE, SN_PLATEAU_SMALL, SN_PLATEAU_CONSTANT, SN_PLATEAU_LIMIT };

typedef struct SnRates {
  int64_t cosine, epochs;               /* of the settings; epochs: the most */
  int64_t plateau;                      /* epochs done when the rates began to fall; 0: not yet */
  double losses[2 * SN_PLATEAU_EPOCHS]; /* of the last epochs, the latest first */
  int64_t reason;                       /* SN_PLATEAU_… */
} SnRates;

SnRates sn_rates(const SnSettings *settings);

/* What both rates are multiplied by in an epoch, from 0. The released code's cosine leaves the adaptor's alone. */
void sn_rates_factors(const SnRates *rates, int64_t epoch, double *adaptor, double *discriminator);

/* Takes note of an epoch's mean loss; `epoch` of them are done. */
void sn_rates_end_epoch(SnRates *rates, int64_t epoch, double loss);

/* Why the training ended at its last epoch, a sentence; false, and nothing, where the settings alone decide. */
enum { SN_ENDING = 160 };
bool sn_rates_ending(const SnRates *rates, char text[SN_ENDING]);

/* How many epochs there will be, as far as is known. */
int64_t sn_rates_epochs(const SnRates *rates);

#endif
