#include "models/simplenet/schedule.h"

#include <string.h>

#include "base/print.h"
#include "nn/optimizer.h"

/* There is little to learn from a loss that falls by less than this share over SN_PLATEAU_EPOCHS, or is as small. */
static const double least_fall = 0.1, small_loss = 0.1;

SnSchedule sn_schedule(const SnSettings *settings) {
  return (SnSchedule){.cosine = sn_simplenet_settings(settings).cosine, .epochs = settings->training.epochs};
}

/* Rates fall for as long as they were constant. */
static int64_t falling_epochs(const SnSchedule *schedule) { return schedule->plateau; }

int64_t sn_schedule_epochs(const SnSchedule *schedule) {
  return schedule->plateau > 0 ? schedule->plateau + falling_epochs(schedule) : schedule->epochs;
}

void sn_schedule_factors(const SnSchedule *schedule, int64_t epoch, double *adaptor, double *discriminator) {
  *adaptor = *discriminator = 1;
  switch (schedule->cosine) {
    case SN_COSINE_YES:
      *discriminator = sn_cosine_rate(1, 0.4, epoch, schedule->epochs);
      break;
    case SN_COSINE_TO_ZERO:
      *adaptor = *discriminator = sn_cosine_rate(1, 0, epoch, schedule->epochs);
      break;
    case SN_COSINE_AT_PLATEAU:
      if (schedule->plateau > 0)
        *adaptor = *discriminator = sn_cosine_rate(1, 0, epoch - schedule->plateau, falling_epochs(schedule));
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

void sn_schedule_end_epoch(SnSchedule *schedule, int64_t epoch, double loss) {
  memmove(schedule->losses + 1, schedule->losses, sizeof schedule->losses - sizeof *schedule->losses);
  schedule->losses[0] = loss;
  if (schedule->cosine != SN_COSINE_AT_PLATEAU || schedule->plateau > 0) return;
  bool has_stopped = epoch >= 2 * SN_PLATEAU_EPOCHS &&
                     sum(schedule->losses) > (1 - least_fall) * sum(schedule->losses + SN_PLATEAU_EPOCHS);
  schedule->reason = loss < small_loss               ? SN_PLATEAU_SMALL
                     : has_stopped                   ? SN_PLATEAU_CONSTANT
                     : 2 * epoch >= schedule->epochs ? SN_PLATEAU_LIMIT
                                                     : SN_PLATEAU_NONE;
  if (schedule->reason != SN_PLATEAU_NONE) schedule->plateau = epoch;
}

bool sn_schedule_ending(const SnSchedule *schedule, char text[SN_ENDING]) {
  static const char *const reasons[] = {"", "was below 0.1", "had stopped falling",
                                        "was still falling, but half of the most epochs were done,"};
  if (schedule->cosine != SN_COSINE_AT_PLATEAU) return false;
  sn_snprintf(text, SN_ENDING,
              "the training ends after %lld epochs: after %lld of them the loss %s, and the rates fell to 0",
              (long long)sn_schedule_epochs(schedule), (long long)schedule->plateau, reasons[schedule->reason]);
  return true;
}
