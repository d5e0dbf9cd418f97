#include "report/plot/ticks.h"

#include <math.h>
#include <stdio.h>

#include "report/markup.h"

double sn_tick_step(double range, double parts) {
  double wanted = range / parts, power = pow(10.0, floor(log10(wanted))), share = wanted / power;
  return power * (share < 1.5 ? 1.0 : share < 3.5 ? 2.0 : share < 7.5 ? 5.0 : 10.0);
}

int sn_tick_decimals(double step) { return (int)fmin(fmax(-floor(log10(step) + 1e-9), 0.0), 9.0); }

void sn_tick_text(double value, double step, char text[SN_TICK_LENGTH]) {
  static const char *const suffixes[] = {"", "k", "M", "G"};
  int suffix = 0;
  for (; suffix < 3 && step >= 500.0; suffix++) {
    step /= 1000.0;
    value /= 1000.0;
  }
  SnMarkup number = {0};
  bool written = sn_markup_number(&number, value, sn_tick_decimals(step));
  snprintf(text, SN_TICK_LENGTH, "%s%s", written ? number.text : "", value != 0.0 ? suffixes[suffix] : "");
  sn_markup_free(&number);
}
