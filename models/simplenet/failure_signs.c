#include "models/simplenet/failure_signs.h"

#include <stdio.h>

#include "base/number.h"
#include "base/print.h"

enum { EARLY_EPOCHS = 3, EARLY_STEPS = 200 };

static bool is_early_enough(int64_t epoch, int64_t steps) {
  return epoch >= EARLY_EPOCHS && epoch * steps >= EARLY_STEPS;
}

bool sn_failure_sign(const SnSimpleNetSettings *settings, int64_t epoch, int64_t epochs, int64_t steps,
                     const SnTrainingResult *average, char text[SN_FAILURE_SIGN]) {
  char sigma[SN_NUMBER_TEXT];
  bool first_look = is_early_enough(epoch, steps) && !is_early_enough(epoch - 1, steps);
  bool last_look = epoch == epochs && epoch * steps >= EARLY_STEPS;
  sn_number_text(settings->sigma, sigma);
  if ((first_look || last_look) && average->p_true < 0.01 && average->p_fake < 0.01) {
    sn_snprintf(
        text, SN_FAILURE_SIGN,
        "after %lld epochs the loss is %.3f and no score is beyond the margin: the discriminator cannot tell the "
        "noise from the features. A larger --sigma than %s may help, or --feature-scale measured",
        (long long)epoch, average->loss, sigma);
    return true;
  }
  if (epoch == EARLY_EPOCHS && average->loss < 0.001) {
    sn_snprintf(text, SN_FAILURE_SIGN,
                "after %lld epochs the loss is %.4f: noise of --sigma %s is told from the features without effort, and "
                "small defects may be missed. A smaller --sigma may help",
                (long long)epoch, average->loss, sigma);
    return true;
  }
  return false;
}
