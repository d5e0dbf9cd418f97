#include "models/simplenet/rates.h"

#include <string.h>

#include "base/print.h"
#include "nn/optimizer.h"

/* There is little to learn from a loss that falls by less than this share over SN_PLATEAU_EPOCHS, or is as small. */
static const double least_fall = 0.1, small_loss = 0.1;

SnRates sn_rates(const SnSettings *settings) {
  return (SnRates){.cosine = sn_simplenet_settings(settings).cosine, .epochs = settings->training.epochs};
}

/* Rates fall for as long as they were constant, or as long as --epochs allows. */
static int64_t falling_epochs(const SnRates *rates) {
  int64_t left = rates->epochs - rates->plateau;
  return rates->plateau < left ? rates->plateau : left;
}

int64_t sn_rates_epochs(const SnRates *rates) {
  return rates->plateau > 0 ? rates->plateau + falling_epochs(rates) : rates->epochs;
}

void sn_rates_factors(const SnRates *rates, int64_t epoch, double *adaptor, double *discriminator) {
  *adaptor = *discriminator = 1;
  switch (rates->cosine) {
    case SN_COSINE_YES:
      *discriminator = sn_cosine_rate(1, 0.4, epoch, rates->epochs);
      break;
    case SN_COSINE_TO_ZERO:
      *adaptor = *discriminator = sn_cosine_rate(1, 0, epoch, rates->epochs);
      break;
    case SN_COSINE_AT_PLATEAU:
      if (rates->plateau > 0)
        *adaptor = *discriminator = sn_cosine_rate(1, 0, epoch - rates->plateau, falling_epochs(rates));
      break;
    default:
      break;
  }
}

static double sum(const double *losses) {
  double total = 0;
  for (int i = 0; i < SN_PLATEAU_EPOCHS; i++) total += losses[i];
  return total;
}

void sn_rates_end_epoch(SnRates *rates, int64_t epoch, double loss) {
  memmove(rates->losses + 1, rates->losses, sizeof rates->losses - sizeof *rates->losses);
  rates->losses[0] = loss;
  if (rates->cosine != SN_COSINE_AT_PLATEAU || rates->plateau > 0) return;
  bool has_stopped =
      epoch >= 2 * SN_PLATEAU_EPOCHS && sum(rates->losses) > (1 - least_fall) * sum(rates->losses + SN_PLATEAU_EPOCHS);
  rates->reason = loss < small_loss            ? SN_PLATEAU_SMALL
                  : has_stopped                ? SN_PLATEAU_CONSTANT
                  : 2 * epoch >= rates->epochs ? SN_PLATEAU_LIMIT
                                               : SN_PLATEAU_NONE;
  if (rates->reason != SN_PLATEAU_NONE) rates->plateau = epoch;
}

bool sn_rates_ending(const SnRates *rates, char text[SN_ENDING]) {
  static const char *const reasons[] = {"", "was below 0.1", "had stopped falling",
                                        "was still falling, but half of --epochs were done"};
  if (rates->cosine != SN_COSINE_AT_PLATEAU) return false;
  sn_snprintf(text, SN_ENDING,
              "the training ends after %lld epochs: after %lld of them the loss %s, and the rates fell to 0",
              (long long)sn_rates_epochs(rates), (long long)rates->plateau, reasons[rates->reason]);
  return true;
}
